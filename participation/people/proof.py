"""A proof of work: a puzzle that a browser solves in a second or two, and that costs a robot as much each time.

Altcha's protocol (https://altcha.org/docs/proof-of-work/), without its service nor its script. The challenge is
SHA-256(salt + number) in hexadecimal; the browser looks for the number, from 0 to `maxnumber`. The site signs what it
asks, so that it has nothing to remember but the answers already given.
"""

import binascii
import hashlib
import hmac
import json
import secrets
import time
from base64 import b64decode
from urllib.parse import parse_qs

from django.conf import settings
from django.core.cache import cache

HARDEST = 60_000
"""The greatest number: half of it is tried on average."""
LASTS = 30 * 60
"""Seconds within which the answer is sent."""
LONGEST = 2_000
"""Characters of an answer."""


def ask() -> dict:
    """A challenge: {algorithm, challenge, maxnumber, salt, signature}."""
    salt = f"{secrets.token_hex(12)}?expires={int(time.time()) + LASTS}"
    challenge = _hash(salt, secrets.randbelow(HARDEST + 1))
    return {
        "algorithm": "SHA-256",
        "challenge": challenge,
        "maxnumber": HARDEST,
        "salt": salt,
        "signature": _signature(challenge),
    }


def is_right(answer: str) -> bool:
    """Whether `answer` (base64 of the JSON {algorithm, challenge, number, salt, signature}) solves one of ours, for the first time."""
    try:
        said = json.loads(b64decode(answer[:LONGEST], validate=True))
        challenge, salt, number = str(said["challenge"]), str(said["salt"]), int(said["number"])
        signature, expires = str(said["signature"]), int(parse_qs(salt.partition("?")[2])["expires"][0])
    except (binascii.Error, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return False
    if time.time() > expires or not hmac.compare_digest(signature.encode(), _signature(challenge).encode()):
        return False
    return _hash(salt, number) == challenge and cache.add(f"proof:{challenge}", True, LASTS)


def _hash(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _signature(challenge: str) -> str:
    key = hashlib.sha256(b"proof-of-work/v1" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, challenge.encode(), hashlib.sha256).hexdigest()
