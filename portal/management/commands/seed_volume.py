import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.demonstration import volume

PROGRESS = 5
"""Seconds between two lines that say how far it is."""
NOTHING_TO_READ = 2
"""The exit code without texts."""


class Command(BaseCommand):
    """To measure with. Made by the verbs, so that the public record, the counters and the rules are those of a real site."""

    help = "Ajoute une consultation « Volume » : un forum, un scrutin, et autant de monde qu’on veut dedans."

    def add_arguments(self, parser):
        parser.add_argument("--participants", type=int, required=True, help="comptes confirmés, sans mot de passe")
        parser.add_argument("--contributions", type=int, default=0, help="messages du forum, un sur deux est un sujet")
        parser.add_argument("--votes", type=int, default=0, help="votes ; au-delà d’un par personne, des changements")
        parser.add_argument("--texts", type=Path, required=True, metavar="DIR", help="dossier de fichiers CSV à citer")

    def handle(self, *args, participants, texts, **options):
        words = self._words(texts)
        contributions, votes = options["contributions"], options["votes"]
        if participants < 1 or contributions < 0 or not 0 <= votes <= volume.most_votes(participants):
            raise CommandError(
                f"Il faut au moins un participant, et chacun vote ou change son vote {volume.most_votes(1)} fois au plus."
            )
        people = self._timed("participants", participants, lambda: volume.create_participants(participants))
        forum, ballot = volume.create_activities(since=timezone.now() - volume.SPACING * (contributions + 1))
        self._play("contributions", contributions, volume.contributions(forum, people, words, contributions))
        self._play("votes", votes, volume.votes(ballot, people, votes))
        log = type(forum.consultation).objects.get(pk=forum.consultation_id).log
        self._say(f"Registre : {log.get_absolute_url()}, {log.size} entrées.")
        self._say(f"Forum : {forum.get_absolute_url()}")
        self._say(f"Scrutin : {ballot.get_absolute_url()}")

    def _words(self, folder: Path) -> list[tuple[str, str]]:
        if not folder.is_dir():
            raise CommandError(f"Le dossier de textes {folder} n’existe pas.", returncode=NOTHING_TO_READ)
        if not (words := volume.read_texts(folder)):
            columns = ", ".join(volume.TEXTS)
            raise CommandError(
                f"Aucun texte dans {folder} : il y faut des fichiers .csv avec une colonne nommée {columns}.",
                returncode=NOTHING_TO_READ,
            )
        self._say(f"{len(words)} textes lus dans {folder}.")
        return words

    def _timed(self, what: str, count: int, make):
        begun = time.monotonic()
        made = make()
        self._say_rate(what, count, begun)
        return made

    def _play(self, what: str, count: int, acts) -> None:
        begun = said = time.monotonic()
        done = 0
        for batch in volume.play(acts):
            done += batch
            if time.monotonic() - said >= PROGRESS:
                said = time.monotonic()
                self._say(f"… {done} {what} sur {count}")
        self._say_rate(what, done, begun)

    def _say_rate(self, what: str, count: int, begun: float) -> None:
        seconds = time.monotonic() - begun
        self._say(f"{count} {what} en {seconds:.1f} s ({count / max(seconds, 0.001):.0f} par seconde).")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
