"""When to leave a server alone that does not answer, so that visitors do not wait for it one after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

logger = logging.getLogger(__name__)

FIRST_REST = 1.0
"""Seconds that a server is left alone after a failure; each one that follows doubles them…"""
LONGEST_REST = 30.0
"""…up to this."""


class LeftAlone(Exception):
    """The server failed a moment ago, or another thread is trying whether it is back."""


class Failed(Exception):
    """What was asked failed because of the server: raised within `asking()`, with the error as its cause."""


class Breaker:
    """Closed, everyone asks. After a failure it is open: nobody does, for a while. Then one tries, and the others do not wait."""

    def __init__(self):
        self._lock = Lock()
        self._rest = 0.0
        self._open_until = 0.0
        self._is_tried = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around a question to the server. Raises `LeftAlone` at once when it is not to be asked."""
        with self._lock:
            if self._rest and (self._is_tried or time.monotonic() < self._open_until):
                raise LeftAlone
            self._is_tried = bool(self._rest)
        try:
            yield
        except Failed:
            self._open()
            raise
        except BaseException:
            # Nothing was learned of the server.
            self._is_tried = False
            raise
        self._close()

    def _open(self) -> None:
        with self._lock:
            self._rest = min(LONGEST_REST, 2 * self._rest or FIRST_REST)
            self._open_until = time.monotonic() + self._rest
            self._is_tried = False
        logger.warning("The search server does not answer: it is left alone for %.0f s.", self._rest)

    def _close(self) -> None:
        with self._lock:
            if self._rest:
                logger.warning("The search server answers again.")
            self._rest, self._is_tried = 0.0, False
