"""The keys of this installation, made once by `manage.py setup` and kept in a file outside the database and backups."""

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path


def new_phrase() -> str:
    """For Django's signatures."""
    return secrets.token_urlsafe(50)


def new_key() -> str:
    """32 random bytes in base64: an Ed25519 private key, or a key of encryption."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def read_or_make(path: Path, make: Callable[[], str] = new_phrase) -> str:
    """The key held in `path` (text, mode 0600), made on the first call.

    Two processes that start together get the same key: the second finds the file that the first linked into place.
    """
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()
