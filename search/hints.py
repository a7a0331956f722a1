"""Ways out of a search that found nothing: what to let go of, where to begin again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from django.utils.translation import gettext

from .documents import Kind
from .engines import Engine, EngineDown
from .filters import SearchFilters
from .query import Query
from .spelling import MOST_WORDS
from .words import stems

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
    try:
        return [*_without_filters(results), *_without_words(results)]
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
    """Without one of the words; and without the filters, when they would still find nothing."""
    typed = [word for word in results.query.text.split() if stems(word)]
    if not 1 < len(typed) <= MOST_WORDS:
        return []
    choices = [(gettext("Without the word “%(word)s”"), results.query.filters)]
    if results.query.filters:
        choices.append((gettext("Without the word “%(word)s” nor any filter"), {}))
    for label, filters in choices:
        found = []
        for place, word in enumerate(typed):
            text = " ".join([*typed[:place], *typed[place + 1 :]])
            if count := _count(results, replace(results.query, text=text, filters=filters)):
                found.append(Hint(label % {"word": word}, count, results.url(text=text, filters=filters)))
        if found:
            return _best(found)
    return []


def _best(found: list[Hint]) -> list[Hint]:
    return sorted(found, key=lambda hint: -hint.count)[:MOST]


def _count(results: Asked, query: Query) -> int:
    return results.engine.search(replace(query, counts=(), page=1, size=1)).total
