"""What people type, read as a question: words to find, words to find side by side, words to leave out.

    budget participatif           both words, anywhere, or another name of the same thing
    "budget participatif"         these words, side by side (« … » and “…” as well)
    jardin -école -"place du marché"   without these

A mark that is not closed, a dash alone and a dash inside a word (Digne-les-Bains) mean nothing. Any text is a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from . import synonyms
from .words import STOP_WORDS, Word, stem, stems, words

MOST_WORDS = 100
"""Words of a question that are read."""

_MARKS = '"“”„«»'
_PIECE = re.compile(
    rf"""
    (?P<dash> (?<!\S) [-−] )?
    (?: " (?P<straight> [^"]* ) "
      | [“”„] (?P<curled> [^“”„]* ) [“”]
      | « (?P<french> [^«»]* ) » )
    | (?<!\S) [-−] (?P<left_out> [^\W_] [^\s{_MARKS}]* )
    | (?P<bare> [^\s{_MARKS}]+ )
    """,
    re.VERBOSE,
)


class Term(NamedTuple):
    """Something to find: all of `parts`, or one of `synonyms` instead.

    A part, and a synonym, is one or several stems that stand side by side in a field, with a space between them.
    """

    parts: tuple[str, ...]
    synonyms: tuple[str, ...] = ()


class Piece(NamedTuple):
    """A part of the text that may be let go of: `text[start:end]`; `words` are without quotation marks nor dash."""

    start: int
    end: int
    words: str
    side_by_side: bool
    left_out: bool


@dataclass(frozen=True)
class Question:
    """A text that was read. `words` are those to find, common ones included, where they stand in it."""

    terms: tuple[Term, ...]
    excluded: tuple[str, ...]
    words: tuple[Word, ...]
    pieces: tuple[Piece, ...]


@lru_cache(maxsize=1000)
def read(text: str) -> Question:
    """The question that a text asks."""
    terms, excluded, wanted, pieces, bare = [], [], [], [], []
    for piece in _pieces(text):
        found = [Word(piece.start + start, piece.start + end, plain) for start, end, plain in words_of(text, piece)]
        if len(wanted) + len(found) > MOST_WORDS:
            break
        pieces.append(piece)
        if piece.left_out:
            excluded.append(" ".join(stems(piece.words)))
            continue
        wanted += found
        if piece.side_by_side:
            terms += [*_terms(bare), Term((" ".join(stems(piece.words)),))]
            bare = []
        else:
            bare += found
    terms += _terms(bare)
    return Question(_each_once(terms), _each_once(excluded), tuple(wanted), tuple(pieces))


def words_of(text: str, piece: Piece) -> Iterator[Word]:
    """The words of a piece and where they stand in it."""
    return words(text[piece.start : piece.end])


def _pieces(text: str) -> Iterator[Piece]:
    """What is between spaces or marks; a part without any word is none, nor are quotation marks around common words."""
    for match in _PIECE.finditer(text):
        phrase = next((match[name] for name in ("straight", "curled", "french") if match[name] is not None), None)
        left_out = match["left_out"] is not None or match["dash"] is not None
        inside = match["left_out"] or match["bare"] if phrase is None else phrase
        if stems(inside) if left_out or phrase is not None else any(words(inside)):
            yield Piece(match.start(), match.end(), inside.strip(), phrase is not None, left_out)


def _terms(bare: Sequence[Word]) -> Iterator[Term]:
    """Words as they come, those that are another name of something together with its other names."""
    forms = [stem(word.plain) for word in bare]
    place = 0
    while place < len(bare):
        length, others = synonyms.at(forms, place)
        end = place + max(length, 1)
        parts = [
            form for form, word in zip(forms[place:end], bare[place:end], strict=True) if word.plain not in STOP_WORDS
        ]
        if parts:
            yield Term(_each_once(parts), others)
        place = end


def _each_once(values: Sequence) -> tuple:
    return tuple(dict.fromkeys(values))
