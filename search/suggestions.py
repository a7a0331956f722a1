"""What is offered while one types: places and themes to search in, titles to open."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language, gettext

from participation.vocabulary.models import Territory

from . import sources
from .engines import EngineDown, engine
from .filters import TextField
from .labels import Labels
from .query import Query
from .questions import read
from .words import plain_words

SHORTEST = 2
"""Letters before anything is offered."""
MOST_WORDS = 6
MOST_LINKS = 3
MOST = 8


@dataclass(frozen=True)
class Suggestion:
    """A line that is offered: the words, what they are, where they lead."""

    text: str
    kind: str
    url: str

    def as_json(self) -> dict:
        return asdict(self)


def suggestions(typed: str) -> list[Suggestion]:
    """What begins like the words typed; nothing while the engine is down."""
    beginnings = [word.plain for word in read(TextField().clean(typed)).words][:MOST_WORDS]
    if not beginnings or (len(beginnings) == 1 and len(beginnings[0]) < SHORTEST):
        return []
    named = _names(beginnings)[:MOST_LINKS]
    return [*named, *_titles(beginnings, MOST - len(named))]


def _names(beginnings: list[str]) -> list[Suggestion]:
    """Places and themes, as filters of the search."""
    labels = Labels.current()
    kinds = dict(Territory.Kind.choices)
    found = [
        Suggestion(place.name, str(kinds[place.kind]), _address("territoire", code))
        for code, place in labels.territories.items()
        if _begin(beginnings, f"{place.name} {place.other_names}")
    ]
    found += [
        Suggestion(name, gettext("theme"), _address("theme", slug))
        for slug, name in labels.themes.items()
        if _begin(beginnings, name)
    ]
    return found


def _titles(beginnings: list[str], most: int) -> list[Suggestion]:
    try:
        found = engine().suggest(beginnings, Query(size=most).in_language(get_language()))
    except EngineDown:
        return []
    public = sources.public(document.key for document in found)
    return [
        Suggestion(document.title, str(document.kind.label), document.url)
        for document in found
        if document.key in public
    ]


def _begin(beginnings: list[str], text: str) -> bool:
    words = plain_words(text)
    return all(any(word.startswith(beginning) for word in words) for beginning in beginnings)


def _address(facet: str, value: str) -> str:
    query = QueryDict(mutable=True)
    query[facet] = value
    return f"{reverse('search:search')}?{query.urlencode()}"
