"""Drafts → sheets of the inventory. The only writers of this import: all the sheets of a file, or none.

A new sheet is a draft page under the index of the inventory; an animator reads it, moves it to its organisation's
section and publishes it. At the next import a row finds its sheet by its key, and only what **the file** changed since
the last one is written, as a new draft: what an editor corrected stays corrected, what is live stays as it is until
someone publishes. What the file said is remembered as digests, in the page's own history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.coreutils import find_available_slug
from wagtail.log_actions import log
from wagtail.models import Locale, PageLogEntry

from experiences.models import ExperienceIndexPage, ExperiencePage
from search.outbox import postponed

from .rows import Draft, Problem

LONGEST_SLUG = 100


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
        if change.problem:
            self.problems.append(change.problem)
        if change.problem and change.problem.rejects:
            self.refused += 1
        elif change.page is None:
            self.created += 1
        elif change.values:
            self.updated += 1
        else:
            self.unchanged += 1


@dataclass(frozen=True)
class Change:
    """What a draft asks of the inventory: a new sheet, some fields of an existing one's latest draft, or nothing."""

    draft: Draft
    page: ExperiencePage | None = None
    values: dict[str, Any] = field(default_factory=dict)
    problem: Problem | None = None


def foresee(drafts: Iterable[Draft]) -> Outcome:
    """What `import_drafts` would do. Writes nothing. Raises NoInventory."""
    _inventory()
    outcome = Outcome()
    for draft in drafts:
        outcome.count(_change_for(draft))
    return outcome


@transaction.atomic
def import_drafts(drafts: Iterable[Draft], *, by=None) -> Outcome:
    """Create or update the sheet of each draft that is not rejected, in one transaction; `by` is the user who asked.

    Raises NoInventory.
    """
    index = _inventory(lock=True)
    outcome = Outcome()
    with postponed():  # Nothing that people can find changes: the search need not look at each draft at once.
        for draft in drafts:
            change = _change_for(draft)
            outcome.count(change)
            if change.page is None:
                _create(index, change, by)
            elif change.values:
                _update(change, by)
    return outcome


def _inventory(*, lock: bool = False) -> ExperienceIndexPage:
    """Locked, so that two imports wait for each other instead of making the same sheet."""
    indexes = ExperienceIndexPage.objects.select_for_update(of=["self"]) if lock else ExperienceIndexPage.objects.all()
    index = indexes.filter(locale=Locale.get_default()).first()
    if index is None:
        raise NoInventory
    return index


# ── What a draft changes ─────────────────────────────────────────────────────────────────────────────────────────────


def _change_for(draft: Draft) -> Change:
    row = ExperiencePage.objects.filter(source_key=draft.key).first()
    if row is None:
        return Change(draft, values=draft.values)
    latest = row.get_latest_revision_as_object()
    last_import = _last_import(row)
    told = last_import.data["import"] if last_import else {}

    def say(message: str, *, rejects: bool = False) -> Problem:
        return Problem(draft.line, "", message % {"title": latest.title, "key": draft.key}, rejects)

    if draft.key_from_identifier and _is_another(draft, latest, told):
        message = _("the identifier “%(key)s” is that of another sheet, “%(title)s”; choose another one")
        return Change(draft, latest, problem=say(message, rejects=True))
    values = {
        name: value
        for name, value in draft.values.items()
        if _digest(name, value) not in (told.get(name), _digest(name, _stored(latest, name)))
    }
    if not values:
        return Change(draft, latest)
    if row.locked:
        return Change(draft, latest, problem=say(_("the sheet “%(title)s” is locked; left as it is")))
    if row.live:
        message = _("the sheet “%(title)s” is online and stays as it is; a new draft waits to be read and published")
        return Change(draft, latest, values, say(message))
    if last_import is None or row.latest_revision_id != last_import.revision_id:
        message = _("the sheet “%(title)s” was changed on the site since the last import; read its new draft")
        return Change(draft, latest, values, say(message))
    return Change(draft, latest, values)


def _is_another(draft: Draft, page: ExperiencePage, told: dict) -> bool:
    """Whether a short identifier leads to a sheet of some other file: another title, and nothing else in common."""

    def same(name: str) -> bool:
        return _digest(name, draft.values.get(name)) in (told.get(name), _digest(name, _stored(page, name)))

    evidence = [
        name for name in ("carrier", "partners", "territories") if draft.values.get(name) or _stored(page, name)
    ]
    return not same("title") and bool(evidence) and not any(map(same, evidence))


def _stored(page: ExperiencePage, name: str):
    """A field's value in the form a draft gives it."""
    value = getattr(page, name)
    if name == "body":
        return [(block.block_type, block.block.get_prep_value(block.value)) for block in value]
    return list(value.all()) if hasattr(value, "all") else value


def _digest(name: str, value) -> str:
    """The same for two values that mean the same; says nothing of a text that may have to be erased."""
    if name in ("territories", "themes", "audiences", "methods"):
        value = sorted(row.pk for row in value or [])
    elif name == "carrier":
        value = value and value.pk
    return blake2b(json.dumps(value, default=str, sort_keys=True).encode(), digest_size=12).hexdigest()


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _create(index: ExperienceIndexPage, change: Change, by) -> None:
    slug = slugify(change.values["title"])[:LONGEST_SLUG].strip("-") or "fiche"
    page = ExperiencePage(
        live=False,
        slug=find_available_slug(index, slug),
        locale=index.locale,
        owner=by,
        source_key=change.draft.key,
    )
    _fill(page, change.values)
    index.add_child(instance=page)
    _record(page, change.draft, by)


def _update(change: Change, by) -> None:
    _fill(change.page, change.values)
    if not change.page.live:
        # As when an editor saves a draft: what is not online has no other state than its latest.
        change.page.save()
    _record(change.page, change.draft, by)


def _fill(page: ExperiencePage, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(page, name, value)


def _record(page: ExperiencePage, draft: Draft, by) -> None:
    """A revision, and in the page's history what this file said."""
    last_import = _last_import(page)
    told = {name: _digest(name, value) for name, value in draft.values.items()}
    log(
        instance=page,
        action="wagtail.edit",
        user=by,
        # Not validated as a whole, like any draft: an editor may have left other fields unfinished.
        revision=page.save_revision(user=by, clean=False),
        content_changed=True,
        data={"import": {**(last_import.data["import"] if last_import else {}), **told}},
    )


def _last_import(page: ExperiencePage) -> PageLogEntry | None:
    """The entry of the page's history that says what the file said the last time it changed something."""
    return PageLogEntry.objects.filter(page=page, data__has_key="import").first()
