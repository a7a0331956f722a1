"""`manage.py import_experiences FILE [--dry-run]`: experience sheets from a spreadsheet. See docs/import.md."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils.translation import gettext as _

from experiences.importing import columns, rows, tables
from experiences.importing.actions import NoInventory, Outcome, foresee, import_drafts
from experiences.importing.cells import quoted
from experiences.importing.words import Words


class Command(BaseCommand):
    help = "Imports experience sheets from a CSV or XLSX file, as drafts. All the rows that can be read, or none."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a .csv or .xlsx file, 20 MB at most")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")

    def handle(self, *, file: Path, dry_run: bool, **options):
        """Exit status: 0 when the file was read, 2 when it cannot be, 1 without a database, 130 when interrupted."""
        try:
            table = tables.parse(tables.read_file(file), columns.score)
            reading = rows.read(table, Words.load())
            accepted = [draft for draft in reading.drafts if not draft.rejected]
            take = foresee if dry_run else import_drafts
            outcome = take(accepted, from_here=reading.comes_from_here)
        except tables.UnreadableFile as reason:
            self.stop(str(reason), status=2)
        except NoInventory:
            self.stop(_("This site has no inventory yet: create its page under the home page, then retry."), status=2)
        except DatabaseError as error:
            self.stop(_("The database refused (%(error)s): nothing was imported.") % {"error": error}, status=1)
        except KeyboardInterrupt:
            self.stop(_("Interrupted: nothing was imported."), status=130)
        self.report(reading, outcome, dry_run)

    def say(self, text: str) -> None:
        """In plain spaces: what is typed to search these lines has no other."""
        self.stdout.write(text.replace("\xa0", " "))

    def stop(self, reason: str, *, status: int):
        self.stderr.write(reason.replace("\xa0", " "))
        sys.exit(status)

    def report(self, reading: rows.Reading, outcome: Outcome, dry_run: bool) -> None:
        self.say(_("Read: %(description)s") % {"description": reading.description})
        self.say(_("Columns:"))
        for column in reading.columns:
            if column.field:
                self.say(f"  {quoted(column.label)} → {column.fills}")
        if reading.left_out:
            left_out = ", ".join(quoted(column.label) for column in reading.left_out)
            self.say(_("Columns left out: %(columns)s") % {"columns": left_out})

        problems = [problem for draft in reading.drafts for problem in draft.problems] + outcome.problems
        problems.sort(key=lambda problem: problem.line)
        self.list(_("Rejected rows:"), [problem for problem in problems if problem.rejects])
        self.list(_("To check:"), [problem for problem in problems if not problem.rejects])

        if dry_run:
            self.say(_("Trial: nothing was written. An import would make:"))
        self.say(_("%(created)d created, %(updated)d updated, %(unchanged)d unchanged") % vars(outcome))
        read = len(reading.drafts)
        # A contract with programs that read this line: the same in every language, singular or plural.
        self.say(f"{read} fiches lues, {outcome.accepted} valides, {read - outcome.accepted} rejetées")

    def list(self, heading: str, problems: list[rows.Problem]) -> None:
        if problems:
            self.say(heading)
        for problem in problems:
            self.say(f"  {problem}")
