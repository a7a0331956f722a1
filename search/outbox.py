"""What changed and is not indexed yet: written with the change itself, indexed after the commit, lost by no crash.

Whoever holds the lock indexes; the others leave it to them. The process that changed a page does it at once, so that an
editor finds the page in the search; `manage.py worker` takes what is left: what came in too fast, what an engine that was
down refused, and the rebuilds: it notices an index that came back empty or older than it was.
"""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from participation import generation

from . import arrivals, sources
from .documents import SearchDocument
from .engines import EngineDown, engine
from .entries import entries
from .labels import Labels
from .models import Change, IndexStamp

logger = logging.getLogger(__name__)

EVERYTHING = "*"
"""The key that stands for all documents: a theme has another name, say. The worker rebuilds the index."""
BATCH = 100
BATCH_AFTER_COMMIT = 20
SECONDS_AFTER_COMMIT = 0.3
"""How long a visitor's or an editor's request indexes, a small batch after the other; the worker takes the rest."""
SOON = 1.0
"""Seconds between two commits of the index for what comes in fast."""
REST = 30.0
"""Seconds that requests leave an engine alone that was down."""

_postponed: ContextVar[bool] = ContextVar("postponed", default=False)
_rests_until = 0.0


def enqueue(*keys: str, at_once: bool = True) -> None:
    """Note that these documents changed, appeared or disappeared. Call it in the transaction that changes them.

    They are indexed once it is committed: at once, or (`at_once=False`, for what comes in fast) at most once a second.
    """
    if not keys:
        return
    now = timezone.now()
    Change.objects.bulk_create(
        # In one order, here and in `_forget`: two processes that locked the same rows crosswise would wait for ever.
        [Change(key=key, created=now) for key in sorted(set(keys))],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["created"],
    )
    if not _postponed.get():
        transaction.on_commit(_drain_now if at_once else _drain_soon, robust=True)


def waiting(keys: Iterable[str]) -> set[str]:
    """Those of these documents that changed and are not indexed yet. One query."""
    return set(Change.objects.filter(key__in=list(keys)).values_list("key", flat=True))


@contextmanager
def postponed() -> Iterator[None]:
    """Within it, changes are noted and left to the worker or to a `drain()` at the end: for imports and demonstrations."""
    token = _postponed.set(True)
    try:
        yield
    finally:
        _postponed.reset(token)


def drain(*, batches: int | None = None) -> int:
    """Index what waits, `batches` × 100 changes at most (None: all), all anew when the index is not whole: the worker's duty.

    Return how many were dealt with. Fewer than wait when another process is at it, or the engine down: they wait on.
    """
    done = 0
    with suppress(EngineDown):
        if not _is_whole():
            with postponed():
                enqueue(EVERYTHING)
        # Asked again after each turn: what another process noted during it, and left to us, would wait for the next change.
        while (batches is None or batches > 0) and Change.objects.exists():
            dealt_with = _take_a_turn(BATCH, patient=True)
            if not dealt_with:
                break
            done += dealt_with
            batches = None if batches is None else batches - 1
    return done


def rebuild() -> int:
    """Replace the whole index; readers see the old one until the new one is complete. Return how many documents it holds.

    Raises `EngineDown`.
    """
    # While it waits, no request writes, on any machine: what it would write in the old index would be lost.
    with postponed():
        enqueue(EVERYTHING)
    with _turn(wait=True):
        return _rebuild()


def _drain_now() -> None:
    """What a request does: little, and nothing to an index that the worker must make again."""
    global _rests_until
    until = time.monotonic() + SECONDS_AFTER_COMMIT
    try:
        if until < _rests_until or not _is_whole() or Change.objects.filter(key=EVERYTHING).exists():
            return
        while Change.objects.exists() and _take_a_turn(BATCH_AFTER_COMMIT, patient=False):
            if time.monotonic() > until:
                break
    except EngineDown:
        _rests_until = time.monotonic() + REST


def _drain_soon() -> None:
    with suppress(EngineDown):
        if time.time_ns() - engine().stamp() >= SOON * 1e9:
            _drain_now()


def _is_whole() -> bool:
    """Whether the index has all that it was ever given, as far as is known: not when it is empty, or an old copy of itself."""
    # In this order: another process may write, and note it, between the two.
    known = IndexStamp.objects.values_list("stamp", flat=True).first()
    stamp = engine().stamp()
    return bool(known and stamp and stamp >= known)


def _take_a_turn(most: int, *, patient: bool) -> int:
    """Index `most` changes, if nobody else is at it; return how many."""
    with _turn() as ours:
        if not ours:
            return 0
        changes = list(Change.objects.all()[:most])
        try:
            if any(change.key == EVERYTHING for change in changes):
                _rebuild()
            else:
                keys = {change.key for change in changes}
                found = list(sources.documents(keys))
                gone = keys - {document.key for document in found}
                engine().index(entries(found, Labels.read()), delete=gone, patient=patient)
                arrivals.note(document.key for document in found)
                _forget(changes, engine().stamp())
        except EngineDown as down:
            logger.warning("%s changes wait for the search engine: %s", Change.objects.count(), down)
            raise
        return len(changes)


def _rebuild() -> int:
    changes = list(Change.objects.all())
    keys: list[str] = []
    count = engine().rebuild(entries(_noting_keys(sources.every_document(), keys), Labels.read()))
    arrivals.note(keys)
    _forget(changes, engine().stamp())
    return count


def _noting_keys(documents: Iterable[SearchDocument], keys: list[str]) -> Iterator[SearchDocument]:
    """The documents one by one, their keys added to `keys` as they pass."""
    for document in documents:
        keys.append(document.key)
        yield document


@transaction.atomic
def _forget(changes: list[Change], stamp: int) -> None:
    """Delete the rows that are indexed, but for those that changed again meanwhile; note the stamp of the index."""
    IndexStamp.objects.update_or_create(pk=1, defaults={"stamp": stamp})
    indexed = {change.pk: change.created for change in changes}
    rows = Change.objects.select_for_update().filter(pk__in=indexed).order_by("key")
    same = [pk for pk, created in rows.values_list("pk", "created") if created == indexed[pk]]
    Change.objects.filter(pk__in=same).delete()
    # A page that is kept may show results: the inventory does.
    generation.bump(soon=True)


@contextmanager
def _turn(*, wait: bool = False) -> Iterator[bool]:
    """Whether it is this process's turn to write; `wait` until it is."""
    path = settings.SEARCH_INDEX_DIR / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
