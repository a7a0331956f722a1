"""The search of bad days: the newest documents, read from the database a little at a time. Slower, smaller, never down."""

from __future__ import annotations

import math
import time
from functools import cache
from threading import Lock

from .. import sources
from ..entries import entries
from ..labels import Labels
from .memory import Memory

MOST = 2000
"""Documents held at most, whatever there is: looking through them takes some ten milliseconds."""
SECONDS = 0.25
"""How long a visitor's question may read; the next question goes on from there."""
AT_ONCE = 20
"""Documents read between two looks at the clock."""
FRESH = 60
"""Seconds after which they are read again, while the old ones serve."""


class Database(Memory):
    """What has been read so far."""

    def __init__(self):
        super().__init__()
        self._to_read: list[str] = []
        self._begun = -math.inf
        self._reading = Lock()

    def read_on(self) -> None:
        """Read for a while, or wait as long while another thread does."""
        until = time.monotonic() + SECONDS
        if not self._reading.acquire(timeout=SECONDS):
            return
        try:
            if not self._to_read and time.monotonic() - self._begun > FRESH:
                self._begin()
            while self._to_read:
                keys, self._to_read = self._to_read[:AT_ONCE], self._to_read[AT_ONCE:]
                self.index(entries(sources.documents(keys), Labels.current()), delete=keys)
                if time.monotonic() > until:
                    break
        finally:
            self._reading.release()

    def _begin(self) -> None:
        self._begun = time.monotonic()
        self._to_read = sources.latest(MOST)
        self.index((), delete=self._held.keys() - set(self._to_read))


@cache
def _of_this_process() -> Database:
    return Database()


def from_the_database() -> Database:
    """The engine of a question that the usual one did not answer."""
    engine = _of_this_process()
    engine.read_on()
    return engine
