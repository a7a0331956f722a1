"""One way to write an entry as bytes: RFC 8785 JSON, in the profile of the record.

ASCII keys; values are NFC strings, integers below 2^53, booleans, null, arrays and objects; no float; at most 8 KiB.
"""

import json
import unicodedata

MOST_BYTES = 8192
LARGEST = 2**53


def canonical(value) -> bytes:
    """`value` as canonical JSON. ValueError for what the profile does not hold."""
    _require_profile(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _require_profile(value) -> None:
    match value:
        case None | bool():
            return
        case str():
            if not unicodedata.is_normalized("NFC", value):
                raise ValueError("a string that is not in Unicode's normal form C")
        case int():
            if abs(value) >= LARGEST:
                raise ValueError(f"an integer too large to be exact everywhere: {value}")
        case list() | tuple():
            for item in value:
                _require_profile(item)
        case dict():
            for key, item in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise ValueError(f"a key that is not ASCII: {key!r}")
                _require_profile(item)
        case _:
            raise ValueError(f"neither a string, an integer, a boolean, null, an array nor an object: {value!r}")
