"""What is asked of an engine, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db import models
from django.utils.translation import gettext_lazy as _

from .documents import SearchDocument
from .questions import Question, Term, read
from .words import STOP_WORDS

EVERY_LANGUAGE = "*"
"""Stands for the languages of a document that is shown in all of them."""


class Sort(models.TextChoices):
    """The orders results may be read in."""

    RELEVANCE = "pertinence", _("most relevant")
    NEWEST = "recent", _("newest first")
    OLDEST = "ancien", _("oldest first")
    TITLE = "titre", _("by title")


@dataclass(frozen=True)
class Query:
    """A question: words that must be there or must not, values wanted in each facet, and which part of the results to bring.

    `text` is what was typed (see `search.questions`). `filters` holds what people chose (a document counts when it has one of the values of each facet); `scope` what the place
    they search in imposes, which no facet undoes. `counts` names the facets to count.
    """

    model = None  # django-filter asks its queryset for one.

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scope: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    counts: tuple[str, ...] = ()
    sort: Sort = Sort.NEWEST
    page: int = 1
    size: int = 20

    @property
    def question(self) -> Question:
        """Its text, read."""
        return read(self.text)

    @property
    def terms(self) -> tuple[Term, ...]:
        """What must be found."""
        return self.question.terms

    @property
    def excluded(self) -> tuple[str, ...]:
        """What must not be: stems that stand side by side, with a space between them."""
        return self.question.excluded

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of the words to find, in order, each once."""
        return tuple(dict.fromkeys(stem for term in self.terms for part in term.parts for stem in part.split()))

    @property
    def marks(self) -> tuple[str, ...]:
        """All that may have been found, to be marked: parts and synonyms."""
        return tuple(dict.fromkeys(mark for term in self.terms for mark in (*term.parts, *term.synonyms)))

    @property
    def plain_words(self) -> tuple[str, ...]:
        """The words to find as they were typed, folded, each once, without the common ones."""
        return tuple(dict.fromkeys(word.plain for word in self.question.words if word.plain not in STOP_WORDS))

    @property
    def start(self) -> int:
        return (self.page - 1) * self.size

    def where(self, facet: str, values: tuple[str, ...]) -> Query:
        """The same question, among the documents that have one of `values`; none: among all."""
        others = {name: chosen for name, chosen in self.filters.items() if name != facet}
        return replace(self, filters={**others, facet: values} if values else others)

    def asking(self, text: str, *, sort: str, page: int, counts: tuple[str, ...]) -> Query:
        """The same question with words. Without words nothing is more relevant than another: the newest comes first."""
        terms = read(text).terms
        usual = Sort.RELEVANCE if terms else Sort.NEWEST
        chosen = Sort(sort) if sort and (sort != Sort.RELEVANCE or terms) else usual
        return replace(self, text=text, sort=chosen, page=page, counts=counts)

    def narrowed(self, facet: str, values: tuple[str, ...]) -> Query:
        """The same question, in a place where only documents with one of `values` are."""
        return replace(self, scope={**self.scope, facet: values})

    def among(self, keys: Iterable[str]) -> Query:
        """The same question, among the documents of these keys."""
        return self.narrowed("key", tuple(keys))

    def of_kind(self, kind: str | None) -> Query:
        """The same question, among the documents of a kind; none: of all."""
        return self.narrowed("type", (str(kind),)) if kind else self

    def in_language(self, language: str) -> Query:
        """The same question, among the documents shown in a language of the site."""
        return self.narrowed("language", (language, EVERY_LANGUAGE))

    def conditions(self, *, but: str = "") -> list[tuple[str, tuple[str, ...]]]:
        """All that filters it, scope included; `but` names a facet whose own choice is left out, as its counts want."""
        return [*self.scope.items(), *((name, values) for name, values in self.filters.items() if name != but)]

    def rounds_of_counts(self) -> list[tuple[str, list[str]]]:
        """How to count the facets in as few rounds as possible: (the facet whose own choice is left out, facets to count)."""
        chosen = [name for name in self.counts if name in self.filters]
        free = [name for name in self.counts if name not in self.filters]
        return [*([("", free)] if free else []), *((name, [name]) for name in chosen)]


@dataclass(frozen=True)
class Answer:
    """How many documents match, those of the page that was asked for, and how many there are by value of each facet."""

    total: int
    documents: list[SearchDocument]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
