"""The keys of this installation, made once by `manage.py setup` and kept in a file outside the database and backups."""

import os
import secrets
from pathlib import Path


def read_or_make(path: Path) -> str:
    """The secret key held in `path` (text, mode 0600), made on the first call.

    Two processes that start together get the same key: the second finds the file that the first linked into place.
    """
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text()
