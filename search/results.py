"""One search, from the query string to what is shown: as a page or as JSON."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from participation.vocabulary.models import InvolvementDegree, Territory

from . import outbox, sources, spelling
from .documents import Kind, SearchDocument
from .engines import Engine, EngineDown, engine
from .engines.database import from_the_database
from .excerpts import excerpt, found_in, marked, plain_summary
from .filters import SearchFilters
from .hints import Hint, everything, hints
from .labels import Labels
from .lasting import LastingSearch
from .query import Answer, Query, Sort

logger = logging.getLogger(__name__)

PAGE_SIZE = 20
BATCH = 500
"""Results asked for at once by who wants them all."""
ROUNDS = 3
"""Searches done again because some of what was found is no longer public."""
MOST_NAMES = 3
"""Names shown of a document because they were found."""
PAGES_AROUND = 2
"""Pages offered on each side of the current one."""


@dataclass(frozen=True)
class Option:
    """A value of a facet: how many results one gets with it, whether it is chosen."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True)
class FacetChoice:
    """A facet as it is offered: its parameter, its label, its values; those of territories by group, (title, values)."""

    name: str
    label: str
    options: list[Option]
    groups: list[tuple[str, list[Option]]]


@dataclass(frozen=True)
class Result:
    """A document as it is shown; `title` and `excerpt` are HTML with the words found in <mark>.

    `names` are those it is classified by, where that is what was found.
    """

    document: SearchDocument
    title: SafeString
    excerpt: SafeString
    places: str
    degree: InvolvementDegree | None
    carrier: str
    names: list[SafeString]

    @property
    def lines(self) -> list[str]:
        """Where and by whom, a line each."""
        return [line for line in (self.places, self.carrier) if line]


class Results:
    """What a query string finds.

    `restricted_to` searches one kind of documents, as the inventory does; `size` is how many results a page has; `kept` holds
    the parameters of the page itself, that stay in the addresses of its searches. Whatever the query string holds, this never
    fails: `notices` say what of it was not used.
    """

    usual: tuple[str, ...] = ("type", "territoire", "theme", "degre")
    """Facets that are drawn open; the others are folded together."""

    def __init__(
        self,
        request: HttpRequest,
        *,
        restricted_to: Kind | None = None,
        size: int = PAGE_SIZE,
        kept: Mapping[str, str] | None = None,
    ):
        self.path = request.path
        self.restricted_to = restricted_to
        self.kept = kept or {}
        self.labels = Labels.current()
        place = Query(size=size).in_language(get_language()).of_kind(restricted_to)
        self.filters = SearchFilters(request.GET, labels=self.labels, query=place)
        self.asked = self.filters.query
        self.engine = engine()
        repair = []
        try:
            answered = self._answer()
        except EngineDown as down:
            logger.warning("The search engine is down, the database answers: %s", down)
            self.engine = from_the_database()
            repair = [
                gettext("The search is being repaired: these results may be incomplete. Try again in a few minutes.")
            ]
            answered = self._answer()
        self.is_partial = bool(repair)
        self.query, self.answer, notices = answered
        self.notices = [*self.filters.notices, *repair, *notices]

    def _answer(self) -> tuple[Query, Answer, list[str]]:
        """The question that is answered in the end, its answer, and what to say of it."""
        notices = []
        if self.asked.text and not (self.asked.terms or self.asked.excluded):
            notices.append(gettext("These words are too common, or are not words: everything is shown."))
        query, answer = public_answer(self.asked, self.engine)
        corrected = spelling.corrected(query, self.engine) if query.terms and not answer.total else ""
        if corrected:
            query, answer = public_answer(replace(self.asked, text=corrected), self.engine)
            notices.append(
                gettext("No result for “%(typed)s”; here are the results for “%(corrected)s”.")
                % {"typed": self.asked.text, "corrected": corrected}
            )
        if query.page != self.asked.page:
            notices.append(gettext("This page of results does not exist: here is the last one."))
        return query, answer, notices

    def every_document(self) -> Iterator[SearchDocument]:
        """All that was found, in order, whatever the page; read some at a time. Raises `EngineDown`."""
        for page in range(1, ceil(self.total / BATCH) + 1):
            answer = self.engine.search(replace(self.query, counts=(), page=page, size=BATCH))
            yield from answer.documents

    # ── What is shown ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def total(self) -> int:
        return self.answer.total

    @property
    def number(self) -> int:
        """The page shown, from 1."""
        return self.query.page

    @property
    def num_pages(self) -> int:
        return _pages(self.total, self.query.size)

    @property
    def first_number(self) -> int:
        """The place of the first result shown among all of them, from 1."""
        return self.query.start + 1

    @cached_property
    def results(self) -> list[Result]:
        return [self._result(document) for document in as_quoted(self.answer.documents)]

    def _result(self, document: SearchDocument) -> Result:
        marks = self.query.marks
        places = self.labels.places_of(document)
        carrier = self.labels.carriers.get(document.carrier, "")
        shown = f"{document.kind.label} {document.title} {document.summary} {places} {carrier}"
        # A word that is found in a name which is not shown would leave one wondering.
        unseen = set(marks) - found_in(shown, marks)
        names = [name for name in self.labels.names_of(document) if found_in(name, unseen)]
        return Result(
            document=document,
            title=marked(document.title, marks),
            excerpt=excerpt(document, marks),
            places=places,
            degree=InvolvementDegree(document.degree) if document.degree else None,
            carrier="" if carrier == places else carrier,
            names=[marked(name, unseen) for name in names[:MOST_NAMES]],
        )

    @cached_property
    def facets(self) -> dict[str, FacetChoice]:
        """The facets by parameter, each with the values that would give something and those that are chosen."""
        return {name: self._facet(name) for name in self.filters.facets}

    def _facet(self, name: str) -> FacetChoice:
        facet, counts, chosen = self.filters.facets[name], self.answer.counts[name], self.filters.chosen[name]
        options = [
            Option(value, str(label), counts.get(value, 0), value in chosen)
            for value, label in self.filters.options[name].items()
            if value in counts or value in chosen
        ]
        if not facet.in_order:
            options.sort(key=lambda option: (-option.count, option.label))
        groups = self._by_kind_of_territory(options) if name == "territoire" else []
        return FacetChoice(name, str(facet.label), options, groups)

    def _by_kind_of_territory(self, options: list[Option]) -> list[tuple[str, list[Option]]]:
        kinds = [
            (Territory.Kind.EPCI, gettext("Intercommunalities")),
            (Territory.Kind.GAL, gettext("Local action groups")),
            (Territory.Kind.COMMUNE, gettext("Communes")),
        ]
        groups = [
            (title, [option for option in options if self.labels.territories[option.value].kind == kind])
            for kind, title in kinds
        ]
        return [(title, options) for title, options in groups if options]

    @cached_property
    def usual_facets(self) -> list[FacetChoice]:
        """Those that are drawn open."""
        return [facet for name, facet in self.facets.items() if name in self.usual and self._is_offered(facet)]

    @cached_property
    def other_facets(self) -> list[FacetChoice]:
        """Those that are drawn folded together."""
        return [facet for name, facet in self.facets.items() if name not in self.usual and self._is_offered(facet)]

    @property
    def unfolds_others(self) -> bool:
        return any(self.filters.chosen[facet.name] for facet in self.other_facets)

    def _is_offered(self, facet: FacetChoice) -> bool:
        return bool(facet.options) and not (facet.name == "type" and self.restricted_to)

    def as_json(self) -> dict:
        """The same, for programs."""
        return {
            "total": self.total,
            "page": self.number,
            "pages": self.num_pages,
            "notices": self.notices,
            "results": [
                {
                    "title": document.title,
                    "url": document.url,
                    "type": document.kind.value,
                    "summary": plain_summary(document),
                    "territoires": list(document.territories),
                    "date": document.date.isoformat() if document.date else None,
                }
                for document in self.answer.documents
            ],
            "facets": {
                name: [
                    {"value": option.value, "label": option.label, "count": option.count, "selected": option.selected}
                    for option in facet.options
                ]
                for name, facet in self.facets.items()
            },
        }

    # ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────────

    def query_string(
        self, *, page: int = 1, text: str | None = None, filters: dict | None = None, kept: dict | None = None
    ) -> str:
        """The same search with another page, text, choice of filters or parameters of the page itself."""
        query = QueryDict(mutable=True)
        query.update(self.kept if kept is None else kept)
        text = self.asked.text if text is None else text
        if text:
            query["q"] = text
        for name, values in (self.filters.chosen if filters is None else filters).items():
            if values:
                query.setlist(name, list(values))
        if self.filters.form.cleaned_data["tri"]:
            query["tri"] = self.filters.form.cleaned_data["tri"]
        if page > 1:
            query["page"] = str(page)
        return query.urlencode()

    def url(self, **changes) -> str:
        """The address of the same search, with the changes of `query_string`."""
        query = self.query_string(**changes)
        return f"{self.path}?{query}" if query else self.path

    @property
    def lasting(self) -> LastingSearch:
        """The same search, to be followed."""
        return LastingSearch.of(self.filters, self.path, self.restricted_to or "")

    def url_without(self, name: str, value: str | None = None) -> str:
        """The address of the same search without one chosen value, or without any of a facet."""
        chosen = self.filters.chosen
        left = tuple(other for other in chosen[name] if value is not None and other != value)
        return self.url(filters={**chosen, name: left})

    @cached_property
    def active_filters(self) -> list[dict]:
        """What the results are filtered by, for components/active_filters.html."""
        return [
            {"label": self.filters.options[name][value], "remove_url": self.url_without(name, value)}
            for name, values in self.filters.chosen.items()
            for value in values
        ]

    @property
    def clear_url(self) -> str:
        return self.url(filters={})

    @property
    def previous_url(self) -> str:
        return self.url(page=self.number - 1) if self.number > 1 else ""

    @property
    def next_url(self) -> str:
        return self.url(page=self.number + 1) if self.number < self.num_pages else ""

    @cached_property
    def pages(self) -> list[dict]:
        """For components/pagination.html: the first, those around this one, the last; nothing stands for a gap."""
        around = range(max(1, self.number - PAGES_AROUND), min(self.num_pages, self.number + PAGES_AROUND) + 1)
        pages, last = [], 0
        for number in sorted({1, *around, self.num_pages}):
            if number - last == 2:
                pages.append({"number": number - 1, "url": self.url(page=number - 1)})
            elif number - last > 2:
                pages.append({"number": ""})
            pages.append({"number": number, "url": self.url(page=number), "current": number == self.number})
            last = number
        return pages

    @property
    def sorts(self) -> list[dict]:
        """The orders on offer. The usual one needs no parameter; without words nothing is more relevant than another."""
        usual = Sort.RELEVANCE if self.query.terms else Sort.NEWEST
        offered = [sort for sort in Sort if sort != Sort.RELEVANCE or self.query.terms]
        return [
            {"value": "" if sort == usual else sort.value, "label": sort.label, "selected": sort == self.query.sort}
            for sort in offered
        ]

    # ── When nothing is found ────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def hints(self) -> list[Hint]:
        """What to let go of."""
        return [] if self.total else hints(self)

    @cached_property
    def everything(self) -> list[Hint]:
        """All there is, by type: where to begin again."""
        return everything(self)


def as_quoted(documents: Sequence[SearchDocument]) -> list[SearchDocument]:
    """The documents as they may be quoted: what changed and is not indexed yet may have lost words, by moderation for one."""
    waiting = outbox.waiting(document.key for document in documents)
    return [replace(document, text="") if document.key in waiting else document for document in documents]


def public_answer(query: Query, engine: Engine) -> tuple[Query, Answer]:
    """The answer on a page that exists, and the question with that page; what is no longer public is left out of both.

    The index follows what is withheld within a second; what is shown does not wait for it.
    """
    for _round in range(ROUNDS):
        if query.page > 1:
            total = engine.search(replace(query, counts=(), page=1, size=1)).total
            query = replace(query, page=min(query.page, _pages(total, query.size)))
        answer = engine.search(query)
        keys = {document.key for document in answer.documents}
        hidden = keys - sources.public(keys)
        if not hidden:
            return query, answer
        query = replace(query, without=query.without | hidden)
    shown = [document for document in answer.documents if document.key not in hidden]
    return query, replace(answer, total=answer.total - len(hidden), documents=shown)


def _pages(total: int, size: int) -> int:
    return max(1, ceil(total / size))
