"""Short plain texts, as they are seen: what shows nothing, or turns what follows around, is taken off."""

import unicodedata


def as_seen(text: str) -> str:
    """`text` in Unicode's form C, without invisible or reversing characters; spaces and line breaks stay."""
    kept = (
        character for character in text if character in "\n\t" or unicodedata.category(character) not in ("Cf", "Cc")
    )
    return unicodedata.normalize("NFC", "".join(kept))


def one_line(text: str) -> str:
    """`text` as it is seen, on one line."""
    return " ".join(as_seen(text).split())
