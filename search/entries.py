"""What an engine keeps of a document: words that are ready to be compared, values to count, keys to sort by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from .documents import SearchDocument
from .filters import Facet, facets
from .labels import Labels
from .query import EVERY_LANGUAGE
from .words import fold, plain_words, stems

LONGEST_TEXT = 100_000
"""Characters of a text that are looked into: a book of seventy pages."""

WEIGHTS = {"title": 4.0, "summary": 2.0, "labels": 1.5, "text": 1.0}
"""How much a word found in each of the fields counts; the best field gives the score, the others this much of theirs:"""
TIE_BREAKER = 0.1
EXACT_TITLE = 10.0
"""What a title counts more when it is just the words asked for…"""
IN_ORDER = {"title": 8.0, "text": 2.0}
"""…and a field when it has them side by side in their order."""
AS_ASKED = 1.0
"""What a document counts more when it has what was typed, where another name of it would do…"""
SYNONYM = {"title": 0.5, "summary": 0.3, "labels": 0.2, "text": 0.1}
"""…which counts this, in the best of the fields: always less."""
AS_TYPED = {"names": 3.0, "plain": 1.0}
"""What a document counts more for each word that its title, or anything of it, has in the very form that was typed:
« marché » is rather a market than to walk."""

YEAR_ONE = datetime.min.replace(tzinfo=UTC)
FAR_FUTURE = 10**12
"""Seconds since year 1, after every date there is."""


@dataclass(frozen=True)
class Entry:
    """One document, ready. Words are joined by single spaces; `plain` holds each folded word once, `names` those of the title.

    Documents are read from the greatest `newest`, from the smallest `oldest` or `alphabetical`; those without a date come
    last either way. `newest` and `oldest` hold the seconds since year 1, then the id and the source, so that no two are the
    same. Names in `labels` are kept apart by a |: no words are side by side across it.
    """

    key: str
    title: str
    summary: str
    labels: str
    text: str
    plain: str
    names: str
    facets: Mapping[str, list[str]]
    newest: int
    oldest: int
    alphabetical: str
    document: str


def entries(documents: Iterable[SearchDocument], labels: Labels) -> Iterator[Entry]:
    """The entries of documents, one by one."""
    declared = facets()
    for document in documents:
        yield _entry(document, labels, declared)


def _entry(document: SearchDocument, labels: Labels, declared: Mapping[str, Facet]) -> Entry:
    names = labels.names_of(document)
    text = document.text[:LONGEST_TEXT]
    everything = " ".join([document.title, document.summary, *names, text])
    return Entry(
        key=document.key,
        title=" ".join(stems(document.title)),
        summary=" ".join(stems(document.summary)),
        labels=" | ".join(" ".join(stems(name)) for name in names),
        text=" ".join(stems(text)),
        plain=" ".join(sorted(set(plain_words(everything)))),
        names=" ".join(plain_words(document.title)),
        facets={name: facet.values(document) for name, facet in declared.items()}
        | {"language": list(document.shown_in or [EVERY_LANGUAGE]), "key": [document.key]},
        newest=_moment(document, undated=0),
        oldest=_moment(document, undated=FAR_FUTURE),
        alphabetical=f"{' '.join(fold(word) for word in document.title.split())} {document.key}",
        document=document.to_json(),
    )


def _moment(document: SearchDocument, *, undated: int) -> int:
    """The second of its date, the last bits of its id and three of its source's name, in 63 bits."""
    seconds = int((document.date - YEAR_ONE).total_seconds()) if document.date else undated
    source = document.key.partition(":")[0]
    return seconds << 23 | (document.pk & 0xFFFFF) << 3 | crc32(source.encode()) & 7
