from django.core.management import call_command
from django.core.management.base import BaseCommand

from participation.ledger.actions import site_log
from participation.people.actions import set_up_roles
from participation.vocabulary.actions import load_terms, load_territories


class Command(BaseCommand):
    """Reading the settings has made the keys; this makes what the code needs in the database. Safe to run again."""

    help = "Prépare une installation : tables, territoires, vocabulaire, rôles."

    def handle(self, *args, **options):
        call_command("migrate", interactive=False, verbosity=0)
        count = load_territories()
        load_terms()
        set_up_roles()
        site_log()
        self.stdout.write(f"{count} territoires, vocabulaire et rôles en place.")
