"""Drafts → sheets of the inventory. The only writers of an import: all the sheets they are given, or none.

A new sheet is a draft page under the index of the inventory, or in the section one chose; somebody reads it and publishes
it. At the next import a row finds its sheet by its key, and only what **the file** changed since the last one is written,
as a new draft: what an editor corrected stays corrected, what is live stays as it is until someone publishes. What the
file said is remembered as digests, in the page's own history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.blocks import StreamValue
from wagtail.log_actions import log
from wagtail.models import Locale, Page, PageLogEntry
from wagtail.permissions import page_permission_policy

from experiences.drafts import keep_latest, new_sheet
from experiences.models import ExperienceIndexPage, ExperiencePage
from search.outbox import postponed

from .cells import seen
from .columns import WRITTEN_HERE
from .comparing import MANY, blocks, digest
from .prose import as_text
from .rows import Draft, Problem
from .story import as_markdown, with_kept

CHUNK = 500
"""Drafts whose sheets are read at once."""


class NoInventory(LookupError):
    """The site has no index of the inventory to put sheets under."""


@dataclass
class Outcome:
    """What an import did, or would do: how many sheets, and what there is to say of them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return self.created + self.updated + self.unchanged

    def count(self, change: Change) -> None:
        self.problems += change.problems
        if change.is_refused:
            self.refused += 1
        elif change.page is None:
            self.created += 1
        elif change.values:
            self.updated += 1
        else:
            self.unchanged += 1


@dataclass
class Change:
    """What a draft asks of the inventory: a new sheet, some fields of an existing one's latest draft, or nothing."""

    draft: Draft
    page: ExperiencePage | None = None
    stored: dict[str, Any] = field(default_factory=dict)
    """What the latest draft of the sheet says, as Wagtail keeps it."""
    told: dict[str, str] = field(default_factory=dict)
    """Digests of what the last import said."""
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return any(problem.rejects for problem in self.problems)

    def say(self, message: str, column: str = "", *, rejects: bool = False, **words) -> None:
        words = {"title": self.stored.get("title", ""), "key": self.draft.key, **words}
        self.problems.append(Problem(self.draft.line, column, message % words, rejects))


def foresee(drafts: Iterable[Draft], *, from_here: bool = False) -> Outcome:
    """What `import_drafts` would do. Writes nothing. Raises NoInventory."""
    the_inventory()
    outcome = Outcome()
    for change in changes_for(list(drafts), from_here=from_here):
        outcome.count(change)
    return outcome


@transaction.atomic
def import_drafts(drafts: Iterable[Draft], *, by=None, from_here: bool = False) -> Outcome:
    """Create or update the sheet of each draft that is not rejected, in one transaction; `by` is the user who asked.

    Raises NoInventory.
    """
    index = the_inventory(lock=True)
    outcome = Outcome()
    with postponed():  # Nothing that people can find changes: the search need not look at each draft at once.
        for change in changes_for(list(drafts), from_here=from_here):
            outcome.count(change)
            apply(change, index, by)
    return outcome


def apply(change: Change, parent: Page, by) -> ExperiencePage | None:
    """Write what a change asks for; returns the page that was written, if one was. `parent` is where a new sheet goes."""
    if change.is_refused:
        return None
    if change.page is None:
        return _create(parent, change, by)
    return _update(change, by) if change.values else None


def the_inventory(*, lock: bool = False) -> ExperienceIndexPage:
    """Locked, so that two imports wait for each other instead of making the same sheet."""
    indexes = ExperienceIndexPage.objects.select_for_update(of=["self"]) if lock else ExperienceIndexPage.objects.all()
    index = indexes.filter(locale=Locale.get_default()).first()
    if index is None:
        raise NoInventory
    return index


# ── What a draft changes ─────────────────────────────────────────────────────────────────────────────────────────────


def changes_for(drafts: Sequence[Draft], *, by=None, from_here: bool = False) -> list[Change]:
    """What each draft asks for, in a number of queries that does not depend on how many there are, `CHUNK` by `CHUNK`.

    `by` may only change the sheets that Wagtail lets them change; without, every sheet. `from_here`: the file is an export
    of this inventory, so that what it says of a sheet is not compared with what an earlier file said.
    """
    changes = []
    for start in range(0, len(drafts), CHUNK):
        changes += _changes_for(drafts[start : start + CHUNK], by, from_here)
    return changes


def _changes_for(drafts: Sequence[Draft], by, from_here: bool) -> list[Change]:
    sheets = _sheets_of({draft.key for draft in drafts}, from_here)
    numbers = [sheet.pk for sheet in sheets.values()]
    told = _told_of(numbers)
    own = None if by is None else _changed_by(by, numbers)
    changes = []
    lines: dict[int, int] = {}
    for draft in drafts:
        sheet = sheets.get(draft.key)
        change = Change(draft, sheet)
        changes.append(change)
        if sheet is None:
            change.values = dict(draft.values)
            _place_blocks(change)
            continue
        change.stored = _content(sheet)
        change.told, revision = told.get(sheet.pk, ({}, None))
        if sheet.pk in lines:
            change.say(_("the same sheet as line %(line)d, “%(title)s”"), rejects=True, line=lines[sheet.pk])
        elif own is not None and sheet.pk not in own:
            change.say(_("the sheet “%(title)s” is not yours to change"), rejects=True)
        elif draft.key_from_identifier and _is_another(change):
            change.say(
                _("the identifier “%(key)s” is that of another sheet, “%(title)s”; choose another one"), rejects=True
            )
        else:
            _compare(change, revision, from_here)
        lines.setdefault(sheet.pk, draft.line)
    return changes


def _sheets_of(keys: set[str], from_here: bool) -> dict[str, ExperiencePage]:
    """The sheets that have these keys, by key."""
    sheets = ExperiencePage.objects.select_related("latest_revision", "locale")
    if from_here:
        sheets = sheets.prefetch_related(*sorted(MANY))
    found = {sheet.source_key: sheet for sheet in sheets.filter(source_key__in=keys)}
    written = {
        key: match for key in keys if (match := re.fullmatch(rf"{WRITTEN_HERE}([0-9a-f-]{{36}})(?::(.+))?", key))
    }
    try:
        wanted = {UUID(match[1]) for match in written.values()}
    except ValueError:
        wanted = set()
    if wanted:
        default = Locale.get_default().language_code
        known = {
            (str(sheet.translation_key), sheet.locale.language_code): sheet
            for sheet in sheets.filter(translation_key__in=wanted)
        }
        for key, match in written.items():
            if sheet := known.get((match[1], match[2] or default)):
                found.setdefault(key, sheet)
    return found


def _told_of(numbers: list[int]) -> dict[int, tuple[dict[str, str], int | None]]:
    """By sheet: what the last file that changed something said, as digests, and the revision that came of it."""
    entries = PageLogEntry.objects.filter(page__in=numbers, data__has_key="import").order_by("timestamp", "pk")
    return {entry.page_id: (entry.data["import"], entry.revision_id) for entry in entries}


def _changed_by(by, numbers: list[int]) -> set[int]:
    """Those of these sheets that this person may change."""
    pages = page_permission_policy.instances_user_has_permission_for(by, "change")
    return set(pages.filter(pk__in=numbers).values_list("pk", flat=True))


def _content(sheet: ExperiencePage) -> dict[str, Any]:
    revision = sheet.latest_revision
    return revision.content if revision else sheet.serializable_data()


def _compare(change: Change, revision: int | None, from_here: bool) -> None:
    """Keep what the file changed, and say what becomes of it."""
    sheet = change.page
    change.values = {
        name: value for name, value in change.draft.values.items() if _is_new(change, name, value, from_here)
    }
    _place_blocks(change)
    if not change.values:
        return
    if sheet.locked:
        change.values = {}
        change.say(_("the sheet “%(title)s” is locked; left as it is"))
    elif sheet.live:
        change.say(_("the sheet “%(title)s” is online and stays as it is; a new draft waits to be read and published"))
    elif not from_here and sheet.latest_revision_id != revision:
        change.say(_("the sheet “%(title)s” was changed on the site since the last import; read its new draft"))


def _is_new(change: Change, name: str, value: Any, from_here: bool) -> bool:
    """Whether the file says of this field what neither the sheet nor the last file said."""
    stored, told = change.stored.get(name), change.told.get(name)
    said, kept = digest(name, value), digest(name, stored)
    if said == kept or (said == told and not from_here):
        return False
    if name == "partners" and not value and name not in change.draft.emptied:
        # Its carrier is known by now; what is there is taken away only if it is what the last file said.
        return kept == told
    if from_here and change.page.live and said == digest(name, _of_row(change.page, name)):
        # An export tells what is online; what waits to be published is none of the file's business.
        return False
    text = change.draft.texts.get(name)
    return not (text and text == _as_cell(name, stored))


def _as_cell(name: str, stored: Any) -> str:
    return seen(as_markdown(blocks(stored)) if name == "body" else as_text(stored or "")).strip()


def _of_row(sheet: ExperiencePage, name: str) -> Any:
    value = getattr(sheet, name)
    if name == "body":
        return list(value.raw_data)
    return list(value.all()) if name in MANY else value


def _place_blocks(change: Change) -> None:
    """A story replaces words only: the blocks that a cell cannot hold must all be in it by their lines, or it waits."""
    if "body" not in change.values:
        return
    named = [value for kind, value in change.values["body"] if kind == "kept"]
    there = [value for kind, value in with_kept(blocks(change.stored.get("body"))) if kind == "kept"]
    if sorted(named) == sorted(there):
        return
    if change.page is None:
        change.values["body"] = [block for block in change.values["body"] if block[0] != "kept"]
        change.say(_("%(names)s: these parts of the story stay where they were; left out"), names=", ".join(named))
    else:
        del change.values["body"]
        change.say(
            _("the story of “%(title)s” holds %(names)s; keep each of these lines once. The story is left as it is"),
            names=", ".join(f"[[{name}]]" for name in there) or "–",
        )


def _is_another(change: Change) -> bool:
    """Whether a short identifier leads to a sheet of some other file: another title, and nothing else in common."""
    values, stored = change.draft.values, change.stored

    def same(name: str) -> bool:
        return digest(name, values.get(name)) in (change.told.get(name), digest(name, stored.get(name)))

    evidence = [name for name in ("carrier", "partners", "territories") if values.get(name) or stored.get(name)]
    return not same("title") and bool(evidence) and not any(map(same, evidence))


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _create(parent: Page, change: Change, by) -> ExperiencePage:
    page = new_sheet(parent, change.values["title"], owner=by, source_key=change.draft.key)
    _fill(page, change)
    parent.add_child(instance=page)
    _record(page, change, by)
    return page


def _update(change: Change, by) -> ExperiencePage:
    page = change.page.get_latest_revision_as_object()
    _fill(page, change)
    keep_latest(page)
    _record(page, change, by)
    return page


def _fill(page: ExperiencePage, change: Change) -> None:
    for name, value in change.values.items():
        setattr(page, name, _body(page, value) if name == "body" else value)


def _body(page: ExperiencePage, value: list[tuple[str, Any]]) -> list:
    """The story of a file, with the blocks of the page that its lines stand for."""
    there = [block for block in page.body.raw_data if block["type"] not in ("heading", "paragraph")]
    placed = {f"{block['type']} {number}": block for number, block in enumerate(there, start=1)}
    blocks = [placed[text] if kind == "kept" else {"type": kind, "value": text} for kind, text in value]
    return StreamValue(page.body.stream_block, blocks, is_lazy=True)


def _record(page: ExperiencePage, change: Change, by) -> None:
    """A revision, and in the page's history what this file said."""
    told = {name: digest(name, value) for name, value in change.draft.values.items()}
    log(
        instance=page,
        action="wagtail.edit",
        user=by,
        # Not validated as a whole, like any draft: an editor may have left other fields unfinished.
        revision=page.save_revision(user=by, clean=False),
        content_changed=True,
        data={"import": {**change.told, **told}},
    )
