"""The neutral document: what the search knows of a page, a forum topic or a text under review, whatever the engine.

A higher floor registers where its documents come from with the hook `register_search_source`; the hook's function returns
a `Source`. When something changes, its floor calls `search.outbox.enqueue(key)` in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Protocol

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """The kinds of documents, with the words that stand for them in addresses."""

    SHEET = "fiche", _("Experience sheet")
    PROJECT = "projet", _("Project")
    JOURNAL = "journal", _("Journal entry")
    KIT = "kit", _("Method kit")
    DOCUMENT = "document", _("Document")
    PAGE = "page", _("Page")
    TOPIC = "sujet", _("Forum topic")
    REVIEW = "a-discuter", _("Document under review")


@dataclass(frozen=True)
class SearchDocument:
    """What everyone may read of one thing, as plain text.

    `key` is "SOURCE:ID" (`page:12`, `contribution:345`). `territories` holds the codes it counts for: a commune's sheet
    counts for its EPCI, and its GAL where known (`Territory.codes`). `themes`, `audiences`, `methods` and `carrier` are short names,
    `degree` and `stage` values of `InvolvementDegree` and `Stage`, `date` an aware datetime. `language` is that of the
    text, `shown_in` the languages of the site whose search shows it (none: all of them). `more` holds the values of the
    facets that a higher floor registered, by name of facet.
    """

    key: str
    kind: Kind
    title: str
    url: str
    summary: str = ""
    text: str = ""
    language: str = "fr"
    shown_in: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    degree: str = ""
    stage: str = ""
    carrier: str = ""
    years: tuple[int, ...] = field(default=())
    date: datetime | None = None
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pk(self) -> int:
        """The id of its row, among those of its source."""
        return int(self.key.partition(":")[2])

    def to_json(self) -> str:
        """As engines keep it."""
        return json.dumps(vars(self), default=datetime.isoformat, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> SearchDocument:
        """The document that `to_json` wrote."""
        values = json.loads(text, object_hook=_with_tuples)
        date = values["date"] and datetime.fromisoformat(values["date"])
        return cls(**{**values, "kind": Kind(values["kind"]), "date": date})


def _with_tuples(values: dict) -> dict:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def at_noon(day: date) -> datetime:
    """A day as the aware datetime that stands for it in a document."""
    return timezone.make_aware(datetime.combine(day, time(12)))


class Source(Protocol):
    """Where a floor's documents come from."""

    name: str
    """The part of its keys before the colon."""

    def documents(self, ids: Iterable[int] | None = None) -> Iterator[SearchDocument]:
        """The documents of these rows that everyone may read now (None: all of them), in few queries."""

    def latest(self, most: int) -> list[int]:
        """The rows that came last among those that everyone may read now, the last first. One query."""

    def public(self, ids: Iterable[int]) -> set[int]:
        """Which of these rows everyone may read now: asked again when results are shown."""
