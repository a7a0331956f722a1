"""The verbs of an import that somebody follows on screen: receive a file, read it, check its rows, write them, undo it.

Rows are checked and written some at a time, each time in one transaction that also says how far it went: whoever comes
next, this process or another, goes on from there, and never makes a sheet twice. SQLite has one writer: between two
transactions the others have their turn.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from hashlib import blake2b
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter
from wagtail.actions.publish_revision import PublishPermissionError, PublishRevisionAction
from wagtail.log_actions import log
from wagtail.models import Page, PageLogEntry

from experiences.models import ExperiencePage
from search.outbox import postponed

from . import tables
from .actions import Change, apply, changes_for, the_inventory
from .cells import Cell, shorten, text_of
from .columns import HEADERS, Column, come_from_here, field_of, score
from .models import ColumnMapping, Outcome, SheetImport, SheetImportRow
from .rows import Draft, Problem, read_row
from .shown import Names, shown
from .words import Words

logger = logging.getLogger(__name__)

AT_ONCE = 100_000
"""Bytes of a file that is read while its editor waits; larger ones are the worker's."""
MANY_ROWS, FEW = 500, 25
"""Rows that are checked at once, and those that are written in one transaction."""
FORETOLD = ["outcome", "key", "title", "warned", "problems", "changes", "page"]
"""What the check says of a row."""
SECONDS = 5.0
"""How long the worker stays with imports before it turns to its other duties."""
KEPT = timedelta(days=7)
"""How long what was read waits for its editor."""
SAMPLES = 3
MOST_PUBLISHED = 100
"""Drafts that are published while somebody waits."""

Stage = SheetImport.Stage


# ── Receiving and reading ────────────────────────────────────────────────────────────────────────────────────────────


def receive(name: str, content: bytes, parent: Page, by) -> SheetImport:
    """Keep a file, to be read. Raises ValidationError when it is too large."""
    if len(content) > tables.LARGEST_FILE:
        raise ValidationError(too_large())
    # What a name is cut of is not its end, which says what the file is.
    return SheetImport.objects.create(parent=parent, by=by, name=name[-200:], size=len(content), content=content)


def too_large() -> str:
    return _("The file is too large: %(limit)d MB at most.") % {"limit": tables.LARGEST_FILE // 1024**2}


def read(row: SheetImport) -> SheetImport:
    """Read the file into rows and propose what its columns fill. What cannot be read is said in `problem`."""
    try:
        table = tables.parse(bytes(row.content), likely)
        if not table.rows:
            raise tables.UnreadableFile(_("The file has headers and no row under them: there is nothing to import."))
    except tables.UnreadableFile as refusal:
        return _fail(row, str(refusal))
    except Exception:
        # Whatever a file holds, its editor is told; what went wrong is in the site's own journal.
        logger.exception("import %s could not be read", row.pk)
        return _fail(row, _("This file could not be read. Save it again under another format, and try once more."))
    with transaction.atomic():
        if not _turn(row, Stage.RECEIVED, Stage.MAPPING):
            return SheetImport.objects.get(pk=row.pk)
        row.refresh_from_db()
        row.description, row.content = table.description[:1000], b""
        row.columns = _columns(table)
        row.from_here = come_from_here([Column(c["place"], c["header"], field_of(c["header"])) for c in row.columns])
        row.empties = row.from_here
        row.save()
        SheetImportRow.objects.bulk_create(
            [SheetImportRow(sheet_import=row, line=line, cells=list(map(_kept, cells))) for line, cells in table.rows],
            batch_size=500,
        )
    return row


def likely(cells: Sequence[Cell]) -> int:
    """As `score`; where nothing is called a title, somebody can still say which column is: two known headers do."""
    known = {field for cell in cells if (field := field_of(cell))}
    return score(cells) or (len(known) if len(known) >= 2 else 0)


def _fail(row: SheetImport, problem: str) -> SheetImport:
    SheetImport.objects.filter(pk=row.pk, stage=Stage.RECEIVED).update(stage=Stage.FAILED, problem=problem, content=b"")
    return SheetImport.objects.get(pk=row.pk)


def _turn(row: SheetImport, stage: str, then: str, **fields) -> bool:
    """Of two processes, one takes the import from a stage to the next."""
    return bool(SheetImport.objects.filter(pk=row.pk, stage=stage).update(stage=then, **fields))


def _columns(table: tables.Table) -> list[dict]:
    columns = []
    headers = [shorten(cell, 200) for cell in table.header]
    remembered = ColumnMapping.objects.filter(headers=_digest(headers)).first()
    taken: set[str] = set()
    for place, header in enumerate(headers):
        filled = (cells[place] for _line, cells in table.rows if len(cells) > place and cells[place] != "")
        samples = [shorten(cell, 80) for _turn, cell in zip(range(SAMPLES), filled, strict=False)]
        if not header and not samples:
            continue
        field = remembered.fields[place] if remembered else field_of(header)
        # The first of two columns that say the same: the other one is for a person to place.
        field = "" if field in taken else field
        taken |= {field} - {""}
        columns.append({"place": place, "header": header, "field": field, "samples": samples})
    return columns


def _digest(headers: Sequence[str]) -> str:
    return blake2b("\n".join(headers).encode(), digest_size=32).hexdigest()


def label_of(column: Mapping[str, Any]) -> str:
    """How messages name a column of the file: « B – Résumé »."""
    letter = get_column_letter(column["place"] + 1)
    return f"{letter} – {column['header']}" if column["header"] else letter


def columns_of(row: SheetImport) -> list[Column]:
    """The columns as `read_row` wants them, one for each place."""
    known = {column["place"]: column for column in row.columns}
    return [
        Column(place, label_of(known[place]), known[place]["field"]) if place in known else Column(place, "", "")
        for place in range(max(known, default=-1) + 1)
    ]


def _kept(cell: Cell) -> Any:
    """A cell as JSON keeps it."""
    if isinstance(cell, datetime | date):
        return {"date": cell.isoformat()}
    if isinstance(cell, clock_time | timedelta) or (isinstance(cell, float) and not -1e300 < cell < 1e300):
        return str(cell)
    return cell


def _given_back(cell: Any) -> Cell:
    return datetime.fromisoformat(cell["date"]) if isinstance(cell, dict) else cell


# ── What the columns fill ────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def map_columns(row: SheetImport, fields: Mapping[int, str], by, *, empties: bool) -> None:
    """Say what each column fills, by its place, and have the rows checked. Raises ValidationError, nothing changed."""
    row = SheetImport.objects.select_for_update(of=["self"]).get(pk=row.pk)
    if row.stage not in (Stage.MAPPING, Stage.READY):
        raise ValidationError(_("This import has gone on in the meantime."))
    if unknown := set(fields.values()) - {"", *HEADERS}:
        raise ValidationError(_("“%(name)s” is nothing a sheet has.") % {"name": shorten(unknown.pop())})
    chosen = [field for place, field in fields.items() if field and place in {c["place"] for c in row.columns}]
    if "title" not in chosen:
        raise ValidationError(_("Say which column is the title: a sheet has one."))
    for field in chosen:
        if chosen.count(field) > 1:
            raise ValidationError(
                _("Two columns fill “%(name)s”. Choose one, and leave the other out.")
                % {"name": Column(0, "", field).fills}
            )
    row.columns = [{**column, "field": fields.get(column["place"], "")} for column in row.columns]
    row.empties, row.by, row.stage = empties, by, Stage.CHECKING
    row.save(update_fields=["columns", "empties", "by", "stage"])
    row.rows.update(outcome="", key="")
    width = max(column["place"] for column in row.columns) + 1
    by_place = {column["place"]: column for column in row.columns}
    headers = [by_place[place]["header"] if place in by_place else "" for place in range(width)]
    ColumnMapping.objects.update_or_create(
        headers=_digest(headers), defaults={"fields": [fields.get(place, "") for place in range(width)]}
    )


# ── Checking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def check(row: SheetImport, *, until: Callable[[], bool] = lambda: False) -> SheetImport:
    """Foresee what each row becomes, until all are or `until` says to stop. Writes no sheet."""
    known, names = Words.load(), Names()
    while not until():
        row = SheetImport.objects.select_related("by").get(pk=row.pk)
        some = list(row.rows.filter(outcome="")[:MANY_ROWS]) if row.stage == Stage.CHECKING else []
        if not some:
            _turn(row, Stage.CHECKING, Stage.READY)
            break
        for one, change in _changes(row, some, known):
            _foretell(one, change, columns_of(row), names)
        SheetImportRow.objects.bulk_update(some, FORETOLD, batch_size=100)
    return SheetImport.objects.get(pk=row.pk)


def _changes(row: SheetImport, some: Sequence[SheetImportRow], known: Words) -> list[tuple[SheetImportRow, Change]]:
    """What these rows ask of the inventory as it is now."""
    columns = columns_of(row)
    drafts = [
        read_row(one.line, list(map(_given_back, one.cells)), columns, known, empties=row.empties) for one in some
    ]
    _tell_doubles(row, drafts)
    accepted = [draft for draft in drafts if not draft.rejected]
    changes = {change.draft.line: change for change in changes_for(accepted, by=row.by, from_here=row.from_here)}
    return [
        (one, changes.get(draft.line) or Change(draft, problems=[])) for one, draft in zip(some, drafts, strict=True)
    ]


def _tell_doubles(row: SheetImport, drafts: Sequence[Draft]) -> None:
    """Two rows with one key would overwrite each other: the second is rejected."""
    keys = {draft.key for draft in drafts if not draft.rejected}
    before = row.rows.filter(key__in=keys, line__lt=drafts[0].line).exclude(outcome__in=["", Outcome.REJECTED])
    lines = dict(before.values_list("key", "line"))
    for draft in drafts:
        if draft.rejected:
            continue
        if draft.key in lines:
            draft.reject(
                "",
                _("same key as line %(line)d (“%(key)s”); give each sheet an identifier of its own")
                % {"line": lines[draft.key], "key": shorten(draft.key)},
            )
        lines.setdefault(draft.key, draft.line)


def _foretell(one: SheetImportRow, change: Change, columns: list[Column], names: Names) -> None:
    draft = change.draft
    problems = [*draft.problems, *change.problems]
    one.key, one.page = draft.key[:200], change.page
    one.title = _title(draft, change)
    one.problems = [_problem(problem, one.cells, columns) for problem in problems]
    one.warned = bool(problems)
    one.changes = []
    if any(problem.rejects for problem in problems):
        one.outcome = Outcome.REJECTED
    elif change.page is None:
        one.outcome = Outcome.CREATED
    elif change.values:
        one.outcome = Outcome.UPDATED
        one.changes = [
            {"field": name, "before": shown(name, change.stored.get(name), names), "after": shown(name, value, names)}
            for name, value in change.values.items()
        ]
    else:
        one.outcome = Outcome.UNCHANGED


def _title(draft: Draft, change: Change) -> str:
    return str(draft.values.get("title") or change.stored.get("title") or "")[:255]


def _problem(problem: Problem, cells: Sequence[Any], columns: Sequence[Column]) -> dict:
    """What is wrong, with the letter of the column and what the cell holds."""
    place = next((column.place for column in columns if problem.column and column.label == problem.column), None)
    cell = text_of(_given_back(cells[place])) if place is not None and place < len(cells) else ""
    return {
        "column": problem.column,
        "cell": shorten(cell, 200),
        "message": problem.message,
        "rejects": problem.rejects,
    }


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def begin(row: SheetImport, by, *, leave_rejected: bool) -> None:
    """Have the valid rows written, in the name of `by`. Raises ValidationError, nothing begun."""
    row = SheetImport.objects.select_for_update(of=["self"]).get(pk=row.pk)
    if row.stage != Stage.READY:
        raise ValidationError(_("This import has gone on in the meantime."))
    totals = row.totals()
    if not totals["created"] + totals["updated"]:
        raise ValidationError(_("No row of this file changes anything: there is nothing to import."))
    if totals["rejected"] and not leave_rejected:
        raise ValidationError(_("Say that the rejected rows are left out, or correct them and send the file again."))
    row.stage, row.by = Stage.WRITING, by
    row.save(update_fields=["stage", "by"])


def write(row: SheetImport, *, until: Callable[[], bool] = lambda: False) -> SheetImport:
    """Write what is not written yet, until all is or `until` says to stop. What goes wrong is said in `problem`."""
    known, names = Words.load(), Names()
    while not until():
        try:
            row, goes_on = _write_some(row, known, names)
        except OperationalError:
            raise  # The database is busy, or gone: nothing is lost, it is tried again.
        except Exception:
            logger.exception("import %s was stopped", row.pk)
            message = _("Something went wrong on our side. What was written is below; you can go on, or undo it.")
            _turn(row, Stage.WRITING, Stage.STOPPED, problem=message)
            return SheetImport.objects.get(pk=row.pk)
        if not goes_on:
            break
    return row


@transaction.atomic
def _write_some(row: SheetImport, known: Words, names: Names) -> tuple[SheetImport, bool]:
    """The next rows, in one transaction; and whether some are left."""
    the_inventory(lock=True)
    row = SheetImport.objects.select_for_update(of=["self"]).select_related("by", "parent").get(pk=row.pk)
    if row.stage != Stage.WRITING:
        return row, False
    some = list(row.rows.filter(is_done=False).exclude(outcome=Outcome.REJECTED)[:FEW])
    if not some:
        row.rows.update(cells=[])
        row.stage, row.finished_at, row.problem = Stage.DONE, timezone.now(), ""
        row.save(update_fields=["stage", "finished_at", "problem"])
        return row, False
    parent = row.parent.specific
    with postponed():  # Nothing that people can find changes: the search need not look at each draft at once.
        for one, change in _changes(row, some, known):
            _foretell(one, change, columns_of(row), names)
            one.before = change.page.latest_revision if change.page else None
            if not change.draft.rejected and (page := apply(change, parent, row.by)):
                one.page, one.revision = page.page_ptr, page.latest_revision
            one.is_done = True
    SheetImportRow.objects.bulk_update(some, [*FORETOLD, "revision", "before", "is_done"], batch_size=FEW)
    return row, True


def resume(row: SheetImport) -> None:
    """Go on with an import that an error stopped. Raises ValidationError."""
    if not _turn(row, Stage.STOPPED, Stage.WRITING):
        raise ValidationError(_("This import has gone on in the meantime."))


# ── Afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────────


def to_publish(row: SheetImport):
    """The rows that updated a sheet that is online and was not touched since: their drafts wait to be published."""
    return row.rows.filter(
        outcome=Outcome.UPDATED, is_done=True, is_undone=False, page__live=True, page__latest_revision=F("revision")
    ).exclude(page__live_revision=F("revision"))


def publish_updates(row: SheetImport, by) -> tuple[int, int]:
    """Publish these drafts, those at least that this person may publish: how many were, how many were not."""
    published = refused = 0
    for one in to_publish(row).select_related("revision")[:MOST_PUBLISHED]:
        with transaction.atomic():
            page = ExperiencePage.objects.select_for_update(of=["self"]).get(pk=one.page_id)
            if page.latest_revision_id != one.revision_id:
                refused += 1
                continue
            try:
                PublishRevisionAction(one.revision, user=by).execute()
                published += 1
            except PublishPermissionError:
                refused += 1
    return published, refused


def begin_to_undo(row: SheetImport) -> None:
    """Have what the import wrote taken back, where nobody has touched it since. Raises ValidationError."""
    if not (_turn(row, Stage.DONE, Stage.UNDOING) or _turn(row, Stage.STOPPED, Stage.UNDOING)):
        raise ValidationError(_("This import has gone on in the meantime."))


def undo(row: SheetImport, by, *, until: Callable[[], bool] = lambda: False) -> SheetImport:
    """Take back what is not yet taken back; a sheet that was touched, or published, stays as it is."""
    while not until():
        with transaction.atomic():
            row = SheetImport.objects.select_for_update(of=["self"]).get(pk=row.pk)
            if row.stage != Stage.UNDOING:
                break
            some = list(row.rows.filter(is_done=True, is_undone=False, revision__isnull=False)[:FEW])
            if not some:
                row.stage, row.finished_at = Stage.UNDONE, timezone.now()
                row.save(update_fields=["stage", "finished_at"])
                break
            with postponed():
                for one in some:
                    one.is_undone = _take_back(one, by)
                    one.revision = None
            SheetImportRow.objects.bulk_update(some, ["is_undone", "revision"], batch_size=FEW)
    return row


def _take_back(one: SheetImportRow, by) -> bool:
    """Whether nobody had touched it since, so that it is as it was before."""
    page = ExperiencePage.objects.filter(pk=one.page_id, latest_revision=one.revision_id, locked=False).first()
    if page is None or page.live_revision_id == one.revision_id or (one.outcome == Outcome.CREATED and page.live):
        return False
    if one.outcome == Outcome.CREATED:
        log(instance=page, action="wagtail.delete", user=by, deleted=True)
        page.delete()
        one.page = None
        return True
    if one.before is None:
        return False
    before = one.before.as_object()
    if not page.live:
        before.save()
    told = PageLogEntry.objects.filter(page=page.pk, data__has_key="import").order_by("-timestamp", "-pk")[1:2]
    log(
        instance=before,
        action="wagtail.revert",
        user=by,
        revision=before.save_revision(user=by, clean=False),
        content_changed=True,
        # The next file is compared with what was said before this one.
        data={"import": told[0].data["import"] if told else {}},
    )
    return True


def forget(row: SheetImport) -> None:
    """Throw away an import of which nothing was written. Raises ValidationError."""
    if not SheetImport.objects.filter(
        pk=row.pk, stage__in=[Stage.RECEIVED, Stage.MAPPING, Stage.CHECKING, Stage.READY, Stage.FAILED]
    ).delete()[0]:
        raise ValidationError(_("This import has gone on in the meantime."))


# ── The worker ───────────────────────────────────────────────────────────────────────────────────────────────────────


def work_on(row: SheetImport, *, seconds: float = SECONDS) -> SheetImport:
    """Go on with an import, whatever its stage, for about so long."""
    end = time.monotonic() + seconds

    def is_late() -> bool:
        return time.monotonic() > end

    if row.stage == Stage.RECEIVED:
        row = read(row)
    if row.stage == Stage.CHECKING:
        row = check(row, until=is_late)
    if row.stage == Stage.WRITING:
        row = write(row, until=is_late)
    if row.stage == Stage.UNDOING:
        row = undo(row, row.by, until=is_late)
    return row


def work_on_waiting() -> None:
    """The worker's part: go on with what waits, the oldest first, and forget what nobody came back for."""
    unwritten = [Stage.RECEIVED, Stage.MAPPING, Stage.CHECKING, Stage.READY, Stage.FAILED]
    SheetImport.objects.filter(stage__in=unwritten, created_at__lt=timezone.now() - KEPT).delete()
    going_on = [Stage.RECEIVED, Stage.CHECKING, Stage.WRITING, Stage.UNDOING]
    for row in SheetImport.objects.filter(stage__in=going_on).order_by("created_at", "pk")[:1]:
        work_on(row)
