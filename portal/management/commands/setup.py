from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from participation.ledger.actions import site_log
from participation.people.actions import set_up_roles
from participation.vocabulary.actions import load_terms, load_territories


class Command(BaseCommand):
    """Reading the settings has made the keys; this makes what the code needs in the database. Safe to run again."""

    help = "Prépare une installation : tables, territoires, vocabulaire, rôles."

    def handle(self, *args, **options):
        _migrate_libraries()
        call_command("migrate", interactive=False, verbosity=0)
        count = load_territories()
        load_terms()
        set_up_roles()
        site_log()
        self.stdout.write(f"{count} territoires, vocabulaire et rôles en place.")


def _migrate_libraries() -> None:
    """The tables of the libraries first: a quarter less time than in the order of names.

    At each step Django makes anew all the models that lead to the one that changes, and all of ours lead to pages and people.
    """
    executor = MigrationExecutor(connection)
    executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if not _is_ours(leaf[0])])


def _is_ours(label: str) -> bool:
    path = Path(apps.get_app_config(label).path)
    return path.is_relative_to(settings.BASE_DIR) and ".venv" not in path.parts
