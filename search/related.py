"""Documents that go with a page because they share a value of a facet: the sheets that used a method, the kits that explain it.

Floors that do not know each other's pages meet here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language

from .documents import Kind, SearchDocument
from .engines import EngineDown, engine
from .labels import Labels
from .query import Query
from .results import public_answer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Related:
    """A few documents, newest first, how many there are in all, and the address of the search that finds them all.

    `is_known` is false when the engine could not say: there is nothing then, and it must not be believed for long.
    """

    url: str
    total: int = 0
    documents: list[SearchDocument] = field(default_factory=list)
    is_known: bool = True

    def cards(self) -> list[dict]:
        """What each of them is in a few words: the parameters of components/card.html."""
        labels = Labels.current()
        return [_card(document, labels) for document in self.documents]


def _card(document: SearchDocument, labels: Labels) -> dict:
    years = " – ".join(str(year) for year in dict.fromkeys([*document.years[:1], *document.years[-1:]]))
    return {
        "title": document.title,
        "url": document.url,
        "summary": document.summary,
        "lang": "" if document.language == get_language() else document.language,
        "meta": [line for line in (labels.places_of(document), years) if line],
    }


def related(kind: Kind, facet: str, values: Iterable[str], *, most: int) -> Related:
    """The documents of a kind that everyone may read and that have one of these values of a facet (its parameter)."""
    values = tuple(values)
    url = f"{reverse('search:search')}?{urlencode({'type': kind.value, facet: values}, doseq=True)}"
    if not values:
        return Related(url)
    place = Query(size=most).in_language(get_language()).of_kind(kind)
    try:
        _query, answer = public_answer(place.where(facet, values), engine())
    except EngineDown as down:
        logger.warning("The search engine is down, nothing is related to %s: %s", ", ".join(values), down)
        return Related(url, is_known=False)
    return Related(url, answer.total, answer.documents)
