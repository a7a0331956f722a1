"""Checkpoints: the state of a log in three signed lines (a C2SP signed note, Ed25519)."""

from base64 import b64decode, b64encode, urlsafe_b64decode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

ED25519 = b"\x01"
"""The type of signature, in the notes and in the keys."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says of a log."""

    origin: str
    size: int
    root: bytes


def sign(checkpoint: Checkpoint) -> str:
    """The checkpoint as a signed note: text that ends with a line break."""
    body = f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"
    signature = _private_key().sign(body.encode())
    return f"{body}\n— {checkpoint.origin} {b64encode(_key_id(checkpoint.origin) + signature).decode()}\n"


def read(note: str) -> Checkpoint | None:
    """What a note says, if it is well formed and signed by this site; None otherwise."""
    body, separator, signatures = note.partition("\n\n")
    lines = body.split("\n")
    if not separator or len(lines) != 3 or not (lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 17):
        return None
    checkpoint = Checkpoint(lines[0], int(lines[1]), _decoded(lines[2]))
    prefix = f"— {checkpoint.origin} "
    for line in signatures.splitlines():
        signed = _decoded(line.removeprefix(prefix)) if line.startswith(prefix) else b""
        if signed[:4] == _key_id(checkpoint.origin) and _is_ours(f"{body}\n", signed[4:]):
            return checkpoint
    return None


def verification_key(origin: str) -> str:
    """The site's public key as one publishes it under this origin."""
    return f"{origin}+{_key_id(origin).hex()}+{b64encode(ED25519 + public_key()).decode()}"


def is_of_our_key(note: str) -> bool:
    """Whether a note was signed with today's key, by the name of the key it bears (the signature is not checked)."""
    _body, _separator, signature = note.partition("\n\n")
    origin = note.partition("\n")[0]
    return _decoded(signature.strip().removeprefix(f"— {origin} "))[:4] == _key_id(origin)


@cache
def public_key() -> bytes:
    """32 bytes."""
    return _private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@cache
def _private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(settings.RECORD_SIGNING_KEY))


@cache
def _key_id(origin: str) -> bytes:
    return sha256(origin.encode() + b"\n" + ED25519 + public_key()).digest()[:4]


def _is_ours(body: str, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key()).verify(signature, body.encode())
    except InvalidSignature:
        return False
    return True


def _decoded(text: str) -> bytes:
    """The bytes of a base64 text, none for what is not base64."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
