"""An engine of one process' memory: the reference that the others are compared with, and the search of bad days."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..documents import SearchDocument
from ..entries import AS_ASKED, AS_TYPED, EXACT_TITLE, IN_ORDER, SYNONYM, TIE_BREAKER, WEIGHTS, Entry
from ..query import Answer, Query, Sort


class Held(NamedTuple):
    """An entry, its fields with a space at either end, and how many words each has."""

    entry: Entry
    fields: dict[str, str]
    lengths: dict[str, int]

    @classmethod
    def of(cls, entry: Entry) -> Held:
        fields = {field: f" {getattr(entry, field)} " for field in WEIGHTS}
        return cls(entry, fields, {field: len(text.split()) for field, text in fields.items()})

    def has(self, part: str) -> bool:
        """Whether one of the fields has these words side by side."""
        return any(f" {part} " in text for text in self.fields.values())


class Memory:
    """Entries in a dictionary, looked through one by one."""

    def __init__(self):
        self._held: dict[str, Held] = {}
        self._stamp = 0

    def index(self, entries: Iterable[Entry], *, delete: Iterable[str] = (), patient: bool = False) -> int:
        came = {entry.key: Held.of(entry) for entry in entries}
        gone = set(delete)
        # Another dictionary: whoever looks through the old one is not disturbed.
        self._held = {key: held for key, held in self._held.items() if key not in gone} | came
        self._stamp = time.time_ns()
        return len(came)

    def rebuild(self, entries: Iterable[Entry]) -> int:
        self._held = {entry.key: Held.of(entry) for entry in entries}
        self._stamp = time.time_ns()
        return len(self._held)

    def clear(self) -> None:
        self._held, self._stamp = {}, 0

    def stamp(self) -> int:
        return self._stamp

    def search(self, query: Query) -> Answer:
        with_words = [held for held in self._held.values() if _answers(held, query)]
        found = [held for held in with_words if _meets(held.entry, query)]
        if query.sort == Sort.OLDEST:
            found.sort(key=lambda held: held.entry.oldest)
        elif query.sort == Sort.TITLE:
            found.sort(key=lambda held: held.entry.alphabetical)
        else:
            found.sort(key=lambda held: held.entry.newest, reverse=True)
        if query.sort == Sort.RELEVANCE:
            # Among equals the newest stays first.
            found.sort(key=_scores(list(self._held.values()), query), reverse=True)
        counts = {
            name: dict(
                Counter(
                    value
                    for held in with_words
                    if _meets(held.entry, query, but=but)
                    for value in held.entry.facets[name]
                )
            )
            for but, names in query.rounds_of_counts()
            for name in names
        }
        page = found[query.start :][: query.size]
        return Answer(len(found), [SearchDocument.from_json(held.entry.document) for held in page], counts)

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        wanted = set(words)
        return dict(
            Counter(word for held in self._held.values() for word in wanted.intersection(held.entry.plain.split()))
        )

    def suggest(self, beginnings: list[str], query: Query) -> list[SearchDocument]:
        found = [
            held.entry
            for held in self._held.values()
            if _meets(held.entry, query)
            and all(any(name.startswith(beginning) for name in held.entry.names.split()) for beginning in beginnings)
        ]
        found.sort(key=lambda entry: entry.newest, reverse=True)
        return [SearchDocument.from_json(entry.document) for entry in found[: query.size]]


def _answers(held: Held, query: Query) -> bool:
    """Whether it has every term and nothing that is excluded."""
    return all(all(map(held.has, term.parts)) or any(map(held.has, term.synonyms)) for term in query.terms) and not any(
        map(held.has, query.excluded)
    )


def _meets(entry: Entry, query: Query, *, but: str = "") -> bool:
    return entry.key not in query.without and all(
        not set(values).isdisjoint(entry.facets.get(facet, [])) for facet, values in query.conditions(but=but)
    )


def _scores(all_held: list[Held], query: Query) -> Callable[[Held], float]:
    """How much an entry answers: as Lucene and Tantivy count (BM25), roughly."""
    size = len(all_held)
    rarity = {}
    for stem in query.stems:
        for field in WEIGHTS:
            holders = sum(f" {stem} " in held.fields[field] for held in all_held)
            rarity[stem, field] = math.log(1 + (size - holders + 0.5) / (holders + 0.5))
    usual = {field: max(1, sum(held.lengths[field] for held in all_held) / max(size, 1)) for field in WEIGHTS}
    wanted, typed = " ".join(query.stems), set(query.plain_words)

    def weighs(held: Held, part: str) -> float:
        """What a part counts in the best of the fields."""
        counted = []
        for field, weight in WEIGHTS.items():
            times = len(re.findall(f"(?<= ){part}(?= )", held.fields[field]))
            rare = sum(rarity[stem, field] for stem in part.split())
            length = held.lengths[field] / usual[field]
            counted.append(weight * rare * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length)))
        return max(counted) + TIE_BREAKER * (sum(counted) - max(counted))

    def score(held: Held) -> float:
        total = EXACT_TITLE * (held.entry.title == wanted)
        if len(query.stems) > 1:
            total += sum(weight * (f" {wanted} " in held.fields[field]) for field, weight in IN_ORDER.items())
        for field, weight in AS_TYPED.items():
            total += weight * len(typed.intersection(getattr(held.entry, field).split()))
        for term in query.terms:
            if all(map(held.has, term.parts)):
                total += sum(weighs(held, part) for part in term.parts) + AS_ASKED * bool(term.synonyms)
            total += max(
                (SYNONYM[field] for part in term.synonyms for field in WEIGHTS if f" {part} " in held.fields[field]),
                default=0.0,
            )
        return total

    return score
