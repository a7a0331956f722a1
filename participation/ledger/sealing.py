"""What is secret in a record: the salts of commitments, and the key from which a consultation's tags are made."""

import hmac
import secrets
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

KEY_BYTES = 32


def new_salt() -> bytes:
    return secrets.token_bytes(32)


def commitment(field: str, salt: bytes, value: str) -> str:
    """What an entry holds in the place of a text that may have to disappear (hexadecimal)."""
    message = b"\x00".join([b"commitment/v1", field.encode(), value.encode()])
    return hmac.new(salt, message, sha256).hexdigest()


def author_tag(key: bytes, secret: bytes) -> str:
    """By which a person's contributions to one consultation are known in its record."""
    return _tag(key, b"author/v1", secret)


def vote_tag(key: bytes, obj: str, secret: bytes) -> str:
    """By which a person's vote, or reaction, on one object is known: no two of them can be related."""
    return _tag(key, b"vote/v1", obj.encode(), secret)


def _tag(key: bytes, *parts: bytes) -> str:
    return hmac.new(key, b"\x00".join(parts), sha256).hexdigest()[:32]


def new_key() -> bytes:
    """A consultation's key K, as it is stored: encrypted with a key that is outside the database."""
    return _box().encrypt(secrets.token_bytes(KEY_BYTES))


class KeyIsLost(ValidationError):
    """A record was begun with other keys than today's: nothing is written in it."""

    def __init__(self):
        super().__init__(
            _(
                "Taking part is suspended: the keys of the public record are not those it was opened with. The site's "
                "team must first put them back."
            )
        )


def opened(stored: bytes) -> bytes:
    """The key K."""
    try:
        return _box().decrypt(bytes(stored))
    except InvalidToken:
        raise KeyIsLost from None


def _box() -> Fernet:
    return Fernet(settings.RECORD_ENCRYPTION_KEY)
