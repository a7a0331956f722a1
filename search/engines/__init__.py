"""The engines behind one small interface: an embedded one by default, a cluster where `SEARCH_URL` names one.

They are given words that are ready (see `search.words`) and answer the same. tests/conformance/ holds them to
it. A question asked of an engine that cannot answer raises `EngineDown`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings

from .. import entries, words
from ..documents import SearchDocument
from ..entries import Entry
from ..query import Answer, Query


class EngineDown(Exception):
    """The engine cannot answer: it is off, was never filled, or its files are damaged."""


class Engine(Protocol):
    def index(self, entries: Iterable[Entry], *, delete: Iterable[str] = (), patient: bool = False) -> int:
        """Add or replace these entries and forget the keys of `delete`, at once for who searches; return how many came in.

        `patient`: an engine that is busy may be waited for, as nobody waits for the answer.
        """

    def rebuild(self, entries: Iterable[Entry]) -> int:
        """Replace all that is indexed by these entries, in one go for who searches; return how many there are."""

    def search(self, query: Query) -> Answer:
        """The documents that match."""

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many documents each of these folded words is, those in none left out."""

    def suggest(self, beginnings: list[str], query: Query) -> list[SearchDocument]:
        """Documents that have in their title a word for each of these beginnings, newest first: `query` scopes them."""

    def stamp(self) -> int:
        """The time of the last write that is in the index, in nanoseconds; 0 while it was never filled."""

    def clear(self) -> None:
        """Forget everything, as if it was never filled."""


@cache
def engine() -> Engine:
    """The engine of this installation."""
    if getattr(settings, "SEARCH_URL", ""):
        from .elasticsearch import Elasticsearch

        return Elasticsearch(settings.SEARCH_URL, seconds=settings.SEARCH_SECONDS)
    from .tantivy import Tantivy

    return Tantivy(settings.SEARCH_INDEX_DIR)


def fingerprint(version: str, module: str) -> str:
    """Eight characters that change with all that decides how an index is made: a new one is then begun beside the old.

    `version` is the engine's, `module` the path of the file that drives it.
    """
    code = "".join(Path(path).read_text() for path in (words.__file__, entries.__file__, module))
    return hashlib.sha256(f"{version} {code}".encode()).hexdigest()[:8]
