"""The engine of bad days: the documents themselves, read from the database and held in memory. Slower, never down."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from threading import Lock

from .. import sources
from ..documents import SearchDocument
from ..entries import AS_TYPED, EXACT_TITLE, IN_ORDER, TIE_BREAKER, WEIGHTS, Entry, entries
from ..labels import Labels
from ..query import Answer, Query, Sort

MOST = 1000
"""Documents read from the database when the engine is down: some two seconds."""
SECONDS = 60
"""How long they serve."""


class Memory:
    """Entries in a dictionary, looked through one by one."""

    def __init__(self):
        self._entries: dict[str, Entry] = {}
        self._fields: dict[str, dict[str, Counter]] = {}
        self._stamp = 0

    def index(self, entries: Iterable[Entry], *, delete: Iterable[str] = ()) -> int:
        for key in delete:
            self._entries.pop(key, None)
        count = 0
        for entry in entries:
            count += 1
            self._entries[entry.key] = entry
            self._fields[entry.key] = {field: Counter(getattr(entry, field).split()) for field in WEIGHTS}
        self._stamp = time.time_ns()
        return count

    def rebuild(self, entries: Iterable[Entry]) -> int:
        entries = list(entries)
        self.clear()
        return self.index(entries)

    def clear(self) -> None:
        self._entries, self._fields, self._stamp = {}, {}, 0

    def stamp(self) -> int:
        return self._stamp

    def search(self, query: Query) -> Answer:
        with_words = {key: entry for key, entry in self._entries.items() if self._has_words(key, query)}
        found = [entry for entry in with_words.values() if _meets(entry, query)]
        if query.sort == Sort.NEWEST:
            found.sort(key=lambda entry: entry.newest, reverse=True)
        elif query.sort == Sort.OLDEST:
            found.sort(key=lambda entry: entry.oldest)
        elif query.sort == Sort.TITLE:
            found.sort(key=lambda entry: entry.alphabetical)
        else:
            found.sort(key=self._scores(query), reverse=True)
        counts = {
            name: dict(
                Counter(
                    value
                    for entry in with_words.values()
                    if _meets(entry, query, but=but)
                    for value in entry.facets[name]
                )
            )
            for but, names in query.rounds_of_counts()
            for name in names
        }
        return Answer(
            total=len(found),
            documents=[SearchDocument.from_json(entry.document) for entry in found[query.start :][: query.size]],
            counts=counts,
        )

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        held = Counter(word for entry in self._entries.values() for word in entry.plain.split())
        return {word: held[word] for word in words if word in held}

    def suggest(self, beginnings: list[str], query: Query) -> list[SearchDocument]:
        found = [
            entry
            for entry in self._entries.values()
            if _meets(entry, query)
            and all(any(name.startswith(beginning) for name in entry.names.split()) for beginning in beginnings)
        ]
        found.sort(key=lambda entry: entry.newest, reverse=True)
        return [SearchDocument.from_json(entry.document) for entry in found[: query.size]]

    def _has_words(self, key: str, query: Query) -> bool:
        fields = self._fields[key].values()
        return all(any(stem in field for field in fields) for stem in query.stems)

    def _scores(self, query: Query):
        """How much an entry answers: as Lucene and Tantivy count (BM25), roughly."""
        size = len(self._entries)
        rarity = {}
        for stem in query.stems:
            for field in WEIGHTS:
                holders = sum(stem in fields[field] for fields in self._fields.values())
                rarity[stem, field] = math.log(1 + (size - holders + 0.5) / (holders + 0.5))
        usual = {
            field: max(1, sum(fields[field].total() for fields in self._fields.values()) / max(size, 1))
            for field in WEIGHTS
        }
        wanted, typed = " ".join(query.stems), set(query.plain_words)

        def score(entry: Entry) -> float:
            total = EXACT_TITLE * (entry.title == wanted)
            total += sum(weight * (f" {wanted} " in f" {getattr(entry, field)} ") for field, weight in IN_ORDER.items())
            for field, weight in AS_TYPED.items():
                total += weight * len(typed & set(getattr(entry, field).split()))
            for stem in query.stems:
                parts = []
                for field, weight in WEIGHTS.items():
                    words = self._fields[entry.key][field]
                    times, length = words[stem], words.total() / usual[field]
                    parts.append(weight * rarity[stem, field] * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length)))
                total += max(parts) + TIE_BREAKER * (sum(parts) - max(parts))
            return total

        return score


def _meets(entry: Entry, query: Query, *, but: str = "") -> bool:
    return entry.key not in query.without and all(
        not set(values).isdisjoint(entry.facets.get(facet, [])) for facet, values in query.conditions(but=but)
    )


_lock = Lock()
_filled: tuple[float, Memory] | None = None


def from_the_database() -> Memory:
    """An engine that holds the documents as they were less than a minute ago."""
    global _filled
    with _lock:
        if _filled is None or time.monotonic() - _filled[0] > SECONDS:
            engine = Memory()
            engine.index(entries(islice(sources.every_document(), MOST), Labels.read()))
            _filled = (time.monotonic(), engine)
        return _filled[1]
