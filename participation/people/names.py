"""Names that are shown beside what people write: what they may hold, and which ones an eye takes for one another."""

import re
import unicodedata
from collections.abc import Collection

from .models import Organisation

OF_THE_HOUSE = ["La Placette", "Équipe", "Support", "Agent", "Élu", "Élue", "Maire", "Mairie", "Officiel", "Système"]
"""Names nobody takes: they would speak for the site."""

ROLES = [
    "Modération",
    "Modérateur",
    "Modératrice",
    "Administration",
    "Administrateur",
    "Administratrice",
    "Admin",
    "Animateur",
    "Animatrice",
    "Garant",
    "Garante",
]
"""Words that stand in nobody's name, even among others: « Le modérateur »."""

_LOOK_ALIKE = str.maketrans({
    "0": "o", "1": "i", "l": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g",
    "ı": "i", "ł": "i", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "þ": "p",
    "æ": "ae", "œ": "oe",
})  # fmt: skip
"""Once without accents, in lower case: what a hurried eye takes for another letter."""


def is_plain(character: str) -> bool:
    """Whether a name may hold it: other alphabets and marks make names that look like somebody else's."""
    if character in " '’.-_":
        return True
    if character.isascii():
        return character.isalnum()
    # The letters of Europe's languages; beyond are those of phonetics, made to look like the others.
    return character.isalpha() and (
        character < "\u0180" or "\u0218" <= character <= "\u021b" or "Ḁ" <= character <= "ỿ"
    )


def _skeleton(name: str) -> str:
    """What the eye keeps of a name: no accents, case, spaces nor signs, one letter for those that look alike."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))
    return letters.replace("rn", "m").replace("vv", "w").translate(_LOOK_ALIKE)


def is_of_the_house(name: str) -> bool:
    words = {_skeleton(word) for word in re.split(r"[ '’.\-_]+", name)} | {_skeleton(name)}
    return not words.isdisjoint(map(_skeleton, ROLES)) or _skeleton(name) in map(_skeleton, OF_THE_HOUSE)


def looks_like(name: str, names) -> bool:
    return _skeleton(name) in map(_skeleton, names)


def known_as(name: str) -> Organisation | None:
    """The organisation that has this name, or one that a hurried eye takes for it."""
    wanted = _skeleton(name)
    found = [one for one in Organisation.objects.order_by("pk") if _skeleton(one.name) == wanted]
    return min(found, key=lambda one: one.name.casefold() != name.casefold(), default=None)


SIGNS_OF_NAMES = '&,/()«»“”"!?:+°·–—@'
"""What the name of an organisation holds, and a person's does not."""

_IN_THE_NAME_OF = re.compile(
    r"(?:^|[ '’.\-_])(?:pour|for|au nom d[eu’']|in the name of)(?=[ '’.\-_]|\b)", re.IGNORECASE
)


def claims_a_mandate(name: str, organisations: Collection[str]) -> bool:
    """Whether it reads as the label of a message that is written in the name of one of these: « Léa pour Mairie de Digne »."""
    return any(looks_like(name[found.end() :], organisations) for found in _IN_THE_NAME_OF.finditer(name))
