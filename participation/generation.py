"""The site's generation: a stamp that changes whenever what everybody sees has changed.

What is kept in the memory of a process (pages, the map) is kept for one generation. The stamp is the modification time of
a file under var/, so that every process of the machine reads it with one `os.stat`.
"""

import os
import time

from django.conf import settings
from django.db import transaction

SOON = 1.0
"""Seconds that may pass before votes, reactions and messages show on pages that are kept."""


def current() -> int:
    """The stamp, in nanoseconds; 0 before the first change."""
    try:
        return os.stat(_file()).st_mtime_ns
    except FileNotFoundError:
        return 0


def bump(*, soon: bool = False) -> None:
    """Start a new generation once the current transaction is committed.

    `soon=True` is for what happens often (a reaction, a message): at most one new generation a second. Without it the
    change shows at once: moderation, erasure, opening, closing, publishing.
    """
    transaction.on_commit(_start_soon if soon else _start)


def _file():
    return settings.VAR_DIR / "generation"


def _start() -> None:
    # Two bumps within the clock's tick must differ; read before `touch`, which sets the kernel's own time.
    now = max(time.time_ns(), current() + 1)
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().touch()
    os.utime(_file(), ns=(now, now))


def _start_soon() -> None:
    """Start a generation, or leave a note for `settle` when the last one is less than a second old."""
    if time.time_ns() - current() >= SOON * 1e9:
        _start()
    else:
        _pending().parent.mkdir(parents=True, exist_ok=True)
        _pending().touch()


def _pending():
    return settings.VAR_DIR / "generation.pending"


def settle() -> None:
    """Start the generation that was put off, if there is one. The worker calls it every second."""
    if _pending().exists():
        _pending().unlink(missing_ok=True)
        _start()
