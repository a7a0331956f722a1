"""A search that lasts: where one searches and what for, without the page one is at. It can be linked to, followed, saved."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language_from_path, gettext

from participation.people.pending import page_of_this_site

from .documents import Kind
from .filters import SearchFilters
from .labels import Labels
from .query import Query

LONGEST_PATH = 255
LONGEST_NAME = 80


@dataclass(frozen=True)
class LastingSearch:
    """`path` is the page of results, `restricted_to` the kind of documents it is about ("" for all of them).

    `query` holds the parameters that are declared and their values that exist, always in the same order: the same
    search is written in one way. Neither the page nor the order of the results is in it.
    """

    path: str
    restricted_to: str
    query: str

    @classmethod
    def of(cls, filters: SearchFilters, path: str, restricted_to: str = "") -> LastingSearch:
        return cls(path, str(restricted_to), _canonical(filters))

    @classmethod
    def asked_in(cls, request) -> LastingSearch:
        """What the address of a request asks to follow: `ou` is the page of results, `dans` its kind of documents."""
        restricted_to = request.GET.get("dans", "")
        path = iri_to_uri(urlsplit(page_of_this_site(request, request.GET.get("ou", ""))).path)
        if restricted_to not in Kind.values or not 0 < len(path) <= LONGEST_PATH:
            path, restricted_to = reverse("search:search"), ""
        return cls.of(cls(path, restricted_to, "").read(request.GET), path, restricted_to)

    def read(self, data: QueryDict | None = None) -> SearchFilters:
        """Its filters, as they are now; or those of another query string in the same place."""
        place = Query().in_language(self.language).of_kind(self.restricted_to)
        return SearchFilters(QueryDict(self.query) if data is None else data, labels=Labels.current(), query=place)

    @property
    def is_whole(self) -> bool:
        """Whether all its filters still exist: without one of them (a theme that was deleted) it finds too much."""
        return QueryDict(_canonical(self.read())) == QueryDict(self.query)

    @property
    def language(self) -> str:
        """That of its page: it decides which documents are shown."""
        return get_language_from_path(self.path) or settings.LANGUAGE_CODE

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def feed_url(self) -> str:
        return f"{self.path}atom/?{self.query}" if self.query else f"{self.path}atom/"

    @property
    def save_url(self) -> str:
        """Where one asks to be told of what is new."""
        place = urlencode({"dans": self.restricted_to, "ou": self.path}) if self.restricted_to else ""
        query = "&".join(part for part in (place, self.query) if part)
        return f"{reverse('search:save')}?{query}" if query else reverse("search:save")

    @property
    def name(self) -> str:
        """What it may be called: the words, then what the filters say."""
        filters = self.read()
        words = gettext("“%(text)s”") % {"text": filters.query.text} if filters.query.text else ""
        labels = [str(filters.options[name][value]) for name, values in filters.chosen.items() for value in values]
        parts = [str(Kind(self.restricted_to).label)] if self.restricted_to else []
        name = ", ".join([*parts, *([words] if words else []), *labels]) or gettext("All that is published")
        return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip(' ,')}…"


def _canonical(filters: SearchFilters) -> str:
    query = QueryDict(mutable=True)
    if text := filters.query.text:
        query["q"] = text
    for name, values in filters.chosen.items():
        # What the place imposes goes without saying.
        if values and name not in filters.queryset.scope:
            query.setlist(name, sorted(values))
    return query.urlencode()
