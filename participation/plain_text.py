"""Short plain texts, as they are seen: what shows nothing, or turns what follows around, is taken off. Names in a few words."""

import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext

BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters, for Unicode, that show nothing: Hangul fillers and the empty Braille cell."""


def as_seen(text: str) -> str:
    """`text` in Unicode's form C, without invisible or reversing characters; spaces and line breaks stay."""
    kept = (
        character for character in text if character in "\n\t" or unicodedata.category(character) not in ("Cf", "Cc")
    )
    return unicodedata.normalize("NFC", "".join(kept))


def shows_something(text: str) -> bool:
    """Whether a reader sees anything of it: spaces and what only looks like one are nothing."""
    return any(not character.isspace() and character not in BLANKS for character in as_seen(text))


def one_line(text: str) -> str:
    """`text` as it is seen, on one line."""
    return " ".join(as_seen(text).split())


def without_accents(text: str) -> str:
    """« Vélo Bléone » as « Velo Bleone »: what one compares where people type as they like. Letters written in one are parted."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def some_of(names: Sequence[str], *, most: int) -> str:
    """« Sisteron, Serres, Rosans et 4 autres »: all the names when there are `most` at most, else one fewer and how many others."""
    if len(names) <= most:
        return ", ".join(names)
    named = most - 1
    return gettext("%(names)s and %(count)s others") % {"names": ", ".join(names[:named]), "count": len(names) - named}
