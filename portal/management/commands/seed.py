from django.core.management.base import BaseCommand

from portal.demonstration import seed


class Command(BaseCommand):
    help = "Remplit une base vide avec la démonstration ; sans effet sur une base qui a déjà des comptes."

    def handle(self, *args, **options):
        if seed():
            self.stdout.write("Démonstration en place.")
        else:
            self.stdout.write("Des comptes existent déjà : la démonstration n’est pas ajoutée.")
