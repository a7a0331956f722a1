"""Ways out of a search that found nothing: what to let go of, where to begin again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Protocol

from django.utils.translation import gettext

from .documents import Kind
from .engines import Engine, EngineDown
from .filters import SearchFilters
from .query import Query
from .questions import Piece
from .spelling import MOST_WORDS
from .words import stems

SECONDS = 0.5
"""After this time no other words are tried."""
MOST = 3
"""Hints of a sort, and values of a filter that are named."""


class Asked(Protocol):
    """What was asked, and how to ask otherwise: `search.results.Results`."""

    query: Query
    engine: Engine
    filters: SearchFilters
    restricted_to: Kind | None
    clear_url: str

    def url(self, **changes) -> str: ...

    def url_without(self, name: str) -> str: ...


@dataclass(frozen=True)
class Hint:
    """Something else to ask, how many results it has, and its address."""

    label: str
    count: int
    url: str


def hints(results: Asked) -> list[Hint]:
    """What to let go of, what gives most first: a facet's choice, or all of them; then a word."""
    until = time.monotonic() + SECONDS
    try:
        found = _without_filters(results)
        return [*found, *(_without_words(results) if time.monotonic() < until else [])]
    except EngineDown:
        return []


def everything(results: Asked) -> list[Hint]:
    """All there is, by type."""
    whole = replace(results.query, text="", filters={}, counts=("type",), page=1, size=1)
    try:
        counts = results.engine.search(whole).counts["type"]
    except EngineDown:
        return []
    return [
        Hint(str(kind.label), counts[kind], results.url(text="", filters={"type": (kind.value,)}))
        for kind in Kind
        if counts.get(kind) and kind != results.restricted_to
    ]


def _without_filters(results: Asked) -> list[Hint]:
    query, found = results.query, []
    for name, values in query.filters.items():
        if count := _count(results, query.where(name, ())):
            labels = ", ".join(str(results.filters.options[name][value]) for value in values[:MOST])
            label = gettext("Without the filter “%(label)s”") % {"label": labels}
            found.append(Hint(label, count, results.url_without(name)))
    if not found and len(query.filters) > 1 and (count := _count(results, replace(query, filters={}))):
        found.append(Hint(gettext("Without any filter"), count, results.clear_url))
    return _best(found)


def _without_words(results: Asked) -> list[Hint]:
    """Without the quotation marks, or one of the words; and without the filters, when they would still find nothing."""
    text = results.query.text
    pieces = [piece for piece in results.query.question.pieces if stems(piece.words)]
    if not pieces or len(pieces) > MOST_WORDS:
        return []
    fewer = [(_label(piece), _joined(text[: piece.start], text[piece.end :])) for piece in pieces]
    if any(piece.side_by_side and not piece.left_out for piece in pieces):
        fewer.append((gettext("Without the quotation marks"), _without_marks(results.query)))
    choices = [("%(hint)s", results.query.filters)]
    if results.query.filters:
        choices.append((gettext("%(hint)s and without any filter"), {}))
    for form, filters in choices:
        found = []
        for label, left in fewer:
            # Nothing to find is no way out.
            query = replace(results.query, text=left, filters=filters)
            if query.terms and (count := _count(results, query)):
                found.append(Hint(form % {"hint": label}, count, results.url(text=left, filters=filters)))
        if found:
            return _best(found)
    return []


def _label(piece: Piece) -> str:
    if piece.left_out:
        return gettext("Without leaving out “%(words)s”") % {"words": piece.words}
    if piece.side_by_side:
        return gettext("Without the words “%(words)s”") % {"words": piece.words}
    return gettext("Without the word “%(word)s”") % {"word": piece.words}


def _without_marks(query: Query) -> str:
    """Its words to find, those that stood side by side in no order."""
    kept = (query.text[p.start : p.end] if p.left_out else p.words for p in query.question.pieces)
    return " ".join(kept)


def _joined(before: str, after: str) -> str:
    return " ".join(f"{before} {after}".split())


def _best(found: list[Hint]) -> list[Hint]:
    return sorted(found, key=lambda hint: -hint.count)[:MOST]


def _count(results: Asked, query: Query) -> int:
    return results.engine.search(replace(query, counts=(), page=1, size=1)).total
