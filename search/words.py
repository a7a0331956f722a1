"""From text to the words that are compared: the one analysis of French, done before any engine.

Engines are given words that are ready (`stems`, `plain_words`) and split at spaces, nothing more. So two engines find the
same documents, and what is marked in a result is what was found.

A word is folded (« Buëch » → "buech"), cut from its elision (« l’eau » → "eau") and from its inclusive ending
(« habitant·es » → "habitant"), then stemmed. The stemmer is a light one that works on folded words, in the manner of
J. Savoy's (https://doi.org/10.1145/312624.312698): plural, feminine, the endings of verbs in -er and a few suffixes. The
usual one (Snowball) wants its accents: on folded words it parts « élu » from « élus » and « vélo » from « vélos ».
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST = 40
"""Letters of a word that count: nothing in French is longer, and what is is not a word."""

# A word and what it drags behind a middle dot: habitant·e·s, élu·es. `\w` without the underscore.
_WORD = re.compile(r"[^\W_]+(?:[·•‧・][^\W_]+)*", re.UNICODE)
_DOT = re.compile(r"[·•‧・]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})

STOP_WORDS = frozenset(
    # What is left of an elision comes first.
    """c d j l m n qu s t jusqu lorsqu puisqu quoiqu
    a au aux avec ce ces cet cette dans de des du elle elles en est et eux il ils je la le les leur leurs lui ma mais me mes
    mon ne nos notre nous on ou par pas pour que qui sa se ses si son sont sur ta te tes ton tu un une vos votre vous y
    the of and to""".split()
)
"""Words too common to look for."""

# « plus » is no plural: a PLU is a plan.
_IRREGULAR = {"travaux": "travail", "yeux": "oeil", "plus": "plus"}


class Word(NamedTuple):
    """A word of a text: where it is (`text[start:end]`) and itself, folded."""

    start: int
    end: int
    plain: str


def words(text: str) -> Iterator[Word]:
    """The words of a text and where they are, in order, the common ones included."""
    for match in _WORD.finditer(text):
        if plain := fold(match[0]):
            yield Word(match.start(), match.end(), plain)


def plain_words(text: str) -> list[str]:
    """The folded words of a text, the common ones included."""
    return [plain for plain in map(fold, _WORD.findall(text)) if plain]


def stems(text: str) -> list[str]:
    """What is compared: the stems of its words, without the common ones."""
    return [found for found in map(_stem_of_any, _WORD.findall(text)) if found]


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """In lower case, without accents, ligatures or inclusive ending."""
    kept = _DOT.split(word, maxsplit=1)[0][: 2 * LONGEST]
    decomposed = unicodedata.normalize("NFKD", kept.casefold().translate(_LIGATURES))
    # Neither the accents that were taken off, nor what some letters decompose into (½ is 1⁄2).
    return "".join(letter for letter in decomposed if letter.isalnum())[:LONGEST]


@lru_cache(maxsize=200_000)
def _stem_of_any(word: str) -> str:
    """The stem of a word as it is written; "" for a common one."""
    plain = fold(word)
    return "" if plain in STOP_WORDS else stem(plain)


@lru_cache(maxsize=200_000)
def stem(plain: str) -> str:
    """The stem of a folded word."""
    if len(plain) < 4 or not plain.isalpha():
        return plain
    word = _IRREGULAR.get(plain) or _singular(plain)
    word = _without_suffix(_single_letters(word))
    if len(word) > 4 and word.endswith(("er", "ez")):
        word = word[:-1]
    # é, ée, e: « concerté », « concertée » and « concerte » are one.
    while len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return word


def _singular(word: str) -> str:
    if word.endswith("aux") and not word.endswith("eaux") and len(word) > 5:
        return f"{word[:-2]}l"
    if word.endswith(("eux", "oux", "eaux")):
        return word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _single_letters(word: str) -> str:
    """Double letters are where people hesitate (Sisteronais, Sisteronnais); ss is left: it is another sound."""
    return re.sub(r"([^s])\1", r"\1", word)


_FEMININE = [
    ("ienne", "ien"),
    ("euse", "eur"),
    ("trice", "teur"),
    ("ive", "if"),
    ("ique", "ic"),
    ("ere", "er"),
    ("aise", "ai"),
    ("oise", "oi"),
]
_DROPPED = ["atif", "ation", "ateur", "ement"]
_KEPT_LETTERS = 5


def _without_suffix(word: str) -> str:
    for feminine, masculine in _FEMININE:
        if word.endswith(feminine) and len(word) - len(feminine) >= 3:
            word = word[: -len(feminine)] + masculine
            break
    for suffix in _DROPPED:
        if word.endswith(suffix) and len(word) - len(suffix) >= _KEPT_LETTERS:
            return word[: -len(suffix)]
    return word
