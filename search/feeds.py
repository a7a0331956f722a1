"""A search as an Atom feed, for whoever has no account."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from . import arrivals
from .documents import Kind, SearchDocument
from .engines import EngineDown, engine
from .engines.database import from_the_database
from .excerpts import plain_summary
from .lasting import LastingSearch
from .query import Query, Sort
from .results import as_quoted, public_answer
from .views import unindexed

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML 1.0 document may hold; pasted text brings them. https://www.w3.org/TR/xml/#charsets"""

MOST_ENTRIES = 50
MOST_ARRIVALS = 200
"""Documents of the whole site, the last that came, among which new entries are looked for."""
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for the date of a document that has none and was never indexed: Atom wants one."""


class SearchFeed(Feed):
    """What a search finds, the last published first.

    As a view it is the whole search; a page that searches one kind of documents calls
    `SearchFeed()(request, restricted_to=Kind.SHEET, path=its own path)` at `path` + "atom/".
    """

    feed_type = Atom1Feed

    def __call__(self, request, *args, **kwargs):
        return unindexed(super().__call__(request, *args, **kwargs))

    def get_object(self, request, restricted_to: Kind | None = None, path: str = "") -> LastingSearch:
        self.request = request
        place = LastingSearch(path or reverse("search:search"), restricted_to or "", "")
        return LastingSearch.of(place.read(request.GET), place.path, place.restricted_to)

    def title(self, lasting: LastingSearch) -> str:
        return printable(f"{lasting.name} · {settings.PORTAL_NAME}")

    def subtitle(self, lasting: LastingSearch) -> str:
        return _("What this search finds, the last published first.")

    def link(self, lasting: LastingSearch) -> str:
        return lasting.url

    def feed_url(self, lasting: LastingSearch) -> str:
        return lasting.feed_url

    def author_name(self, lasting: LastingSearch) -> str:
        return settings.PORTAL_NAME

    def items(self, lasting: LastingSearch) -> list[SearchDocument]:
        query = replace(lasting.read().query, counts=(), sort=Sort.NEWEST, size=MOST_ENTRIES)
        latest = replace(query.among(arrivals.latest(MOST_ARRIVALS)), size=MOST_ARRIVALS)
        # A sheet published today may tell of 2019: by date alone it would not be among the first.
        found = {document.key: document for asked in (latest, query) for document in _public(asked)}
        self.moments = arrivals.moments(found)
        return sorted(found.values(), key=lambda one: (self._moment(one), one.date or UNDATED), reverse=True)[
            :MOST_ENTRIES
        ]

    def item_title(self, document: SearchDocument) -> str:
        return printable(document.title)

    def item_description(self, document: SearchDocument) -> str:
        """Plain text, in the HTML that Django says it is."""
        return printable(escape(plain_summary(document)))

    def item_link(self, document: SearchDocument) -> str:
        return document.url

    def item_guid(self, document: SearchDocument) -> str:
        """Stays the same when its address changes, so that no reader shows it twice."""
        return uuid5(NAMESPACE_URL, f"{settings.WAGTAILADMIN_BASE_URL}/{document.key}").urn

    def item_categories(self, document: SearchDocument) -> list[str]:
        return [str(document.kind.label)]

    def item_updateddate(self, document: SearchDocument) -> datetime:
        return self._moment(document)

    def _moment(self, document: SearchDocument) -> datetime:
        """When it came; its own date while the index does not know it."""
        return self.moments.get(document.key) or document.date or UNDATED


def printable(text: str) -> str:
    return NOT_IN_XML.sub("", str(text))


def _public(query: Query) -> list[SearchDocument]:
    try:
        _asked, answer = public_answer(query, engine())
    except EngineDown:
        _asked, answer = public_answer(query, from_the_database())
    return as_quoted(answer.documents)
