import sys

from django.core.management.base import BaseCommand

from participation.ledger.integrity import problems


class Command(BaseCommand):
    """Nightly, and whenever one likes: it reads, and changes nothing."""

    help = "Compare tout ce que le site affiche et compte avec le registre. Sort avec 1 et une ligne par différence."

    def handle(self, *args, **options):
        found = 0
        for line in problems():
            found += 1
            self.stdout.write(line)
        if found:
            sys.exit(1)
        self.stdout.write("Tout concorde avec le registre.")
