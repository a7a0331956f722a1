"""One typing error is forgiven in words of five letters or more, and said: « voici les résultats pour transport »."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product, takewhile
from string import ascii_lowercase, digits

from .documents import SearchDocument
from .engines import Engine
from .labels import Labels
from .query import Query
from .synonyms import single_words
from .words import STOP_WORDS, Word, stem, words

SHORTEST = 5
"""Letters of a word that may be mistyped: among shorter ones everything looks like everything."""
MOST_WORDS = 8
"""Words of a question that is corrected."""
MOST_TRIES = 12
"""Questions asked to find the right one…"""
SECONDS = 0.5
"""…within this time: an engine that is slow must not make slower pages still."""


def corrected(query: Query, engine: Engine) -> str:
    """The text of a question that finds nothing, put right; "" when no single error in a word explains it.

    A word that is nowhere is replaced by the closest that is somewhere. When each is somewhere but nowhere together, one of
    them is. Filters do not count, nor words that are left out: a question that finds something elsewhere is well written.
    """
    query = replace(query, filters={}, counts=(), page=1, size=1)
    typed = [word for word in query.question.words if word.plain not in STOP_WORDS]
    if not typed or len(typed) > MOST_WORDS or engine.search(replace(query, text=_without_exclusions(query))).total:
        return ""
    until = time.monotonic() + SECONDS
    unknown = [word for word in typed if not engine.search(replace(query, text=word.plain)).total]
    if unknown:
        tries = product(*(_pairs(word, engine) for word in unknown))
    else:
        tries = ([pair] for word in typed for pair in _pairs(word, engine))
    best, most = "", 0
    for replacements in takewhile(lambda _try: time.monotonic() < until, islice(tries, MOST_TRIES)):
        answer = engine.search(replace(query, text=_replaced(query.text, replacements)))
        if answer.total > most:
            most = answer.total
            best = _replaced(
                query.text, [(word, _as_written(near, answer.documents[0])) for word, near in replacements]
            )
    return best


def _pairs(word: Word, engine: Engine) -> list[tuple[Word, str]]:
    """The word with each of the three commonest words that are one error away."""
    if len(word.plain) < SHORTEST:
        return []
    near = {near for near in neighbours(word.plain) if stem(near) != stem(word.plain)}
    found = dict.fromkeys(near.intersection(single_words()), 0) | engine.frequencies(near)
    commonest = sorted(found, key=lambda near: (-found[near], near))
    return [(word, near) for near in commonest[:3]]


def _without_exclusions(query: Query) -> str:
    pieces = query.question.pieces
    return " ".join(query.text[piece.start : piece.end] for piece in pieces if not piece.left_out)


def neighbours(word: str) -> Iterator[str]:
    """What one error makes of a word: a letter missing, too many, another, or two that changed places."""
    letters = ascii_lowercase + digits
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    found = {before + after[1:] for before, after in halves if after}
    found |= {before + after[1] + after[0] + after[2:] for before, after in halves if len(after) > 1}
    found |= {before + letter + after[1:] for before, after in halves if after for letter in letters}
    found |= {before + letter + after for before, after in halves for letter in letters}
    return iter(found - {word})


def _replaced(text: str, replacements) -> str:
    for word, near in sorted(replacements, key=lambda pair: -pair[0].start):
        text = text[: word.start] + near + text[word.end :]
    return text


def _as_written(plain: str, document: SearchDocument) -> str:
    """The word with its accents, as a document that holds it writes it."""
    for text in (document.title, document.summary, document.text, *Labels.current().names_of(document)):
        for word in words(text):
            if word.plain == plain:
                return text[word.start : word.end].lower()
    return plain
