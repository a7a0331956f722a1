"""What of each log has left this machine, kept outside the database.

A database restored from a copy may be older than what people hold receipts of. Going on from there would write a second
version of the same record. So the size of each log is noted in a file when an entry is committed, before anybody is
answered; a log that is shorter than its note takes no more entries.
"""

import fcntl
import os
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from . import notes, sealing
from .models import Log


class RecordIsBehind(ValidationError):
    """The database is older than what was published: nothing is written."""


def require(log: Log) -> None:
    """Refuse to write in a log that is shorter than what has left, or that another key signed."""
    if log.size < read(log.slug)[0]:
        raise RecordIsBehind(
            _(
                "Taking part is suspended: the database was restored from an older copy, and writing in it would "
                "contradict the receipts already given. The site's team must first bring it up to date."
            )
        )
    if log.size and not notes.is_of_our_key(log.checkpoint):
        raise sealing.KeyIsLost


def read(slug: str) -> tuple[int, str]:
    """The size and the root (hexadecimal) that were last noted; (0, "") before the first."""
    try:
        return _parsed(_file(slug).read_text())
    except FileNotFoundError:
        return 0, ""


def note(log: Log) -> None:
    """Note the log's size, unless a later one is noted already: commits and notes may not come in the same order."""
    path = _file(log.slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if _parsed(file.read())[0] < log.size:
            file.seek(0)
            # Longer than what it replaces, or as long: sizes only grow.
            file.write(f"{log.size} {log.root.hex()}\n")


def _parsed(text: str) -> tuple[int, str]:
    size, _space, root = text.strip().partition(" ")
    return (int(size), root) if size else (0, "")


def _file(slug: str) -> Path:
    return settings.VAR_DIR / "record" / slug
