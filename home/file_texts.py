"""How the words of a file come into the search: a file is expected, read apart by the worker, then its pages are found by it.

A file is never read in a request. What it holds cannot stop the worker: the reader is a process of its own, with its limits.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from threading import Timer

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from wagtail.documents import get_document_model
from wagtail.models import Collection

from search.entries import LONGEST_TEXT

from .models import FileText
from .search import note_files

logger = logging.getLogger(__name__)

MOST_BYTES = 50 * 1024 * 1024
SECONDS = 20
"""Of one reading."""
MOST_TRIES = 3
BATCH = 100
TURN = 5.0
"""Seconds of one turn of the worker, after which no other file is begun."""
LOST = timedelta(minutes=2)
"""After which who was reading a file is taken for dead."""
MOST_ANSWER = 2 * 1024 * 1024
"""Bytes that the reader may print: its longest text, each character escaped, is shorter."""

State = FileText.State


class NotRead(Exception):
    """Nothing could be said of the file this time; it may be another time."""


@transaction.atomic
def expect_file(document) -> FileText:
    """Note that the worker must read a new document, or one whose file was replaced; its old words leave the search."""
    row, created = FileText.objects.get_or_create(document=document, defaults={"name": document.file.name})
    if created:
        return row
    if row.name != document.file.name or (row.digest and document.file_hash not in ("", row.digest)):
        row.name, row.state, row.tries, row.since = document.file.name, State.WAITING, 0, timezone.now()
        row.save(update_fields=["name", "state", "tries", "since"])
    # It may have gone into a private collection, or come out of one.
    note_files([document.pk])
    return row


@transaction.atomic
def note_collection(collection: Collection) -> None:
    """Note that other people may now download the files of a collection, and of those below it."""
    below = Collection.objects.descendant_of(collection, inclusive=True)
    note_files(get_document_model().objects.filter(collection__in=below).values_list("pk", flat=True))


def read_file(row: FileText) -> FileText:
    """Read what waits. Of two processes, one reads it; nothing is written about a file that was replaced meanwhile."""
    ours = FileText.objects.filter(pk=row.pk, state=State.WAITING, tries=row.tries, name=row.name)
    if not ours.update(state=State.READING, tries=F("tries") + 1, since=timezone.now()):
        return FileText.objects.get(pk=row.pk)
    row.refresh_from_db()
    with override(settings.LANGUAGE_CODE):
        try:
            found = _read(row)
        except NotRead as reason:
            return _put_off(row, str(reason))
    if found["state"] != State.READ:
        logger.warning("document %s (%s) has no text to search: %s", row.document_id, row.name, found["notice"])
    return _write(row, **found)


def read_files() -> None:
    """The worker's part: read what waits, one file after the other, for a few seconds at a time."""
    for document in get_document_model().objects.filter(own_text=None)[:BATCH]:
        expect_file(document)
    # A process that died while reading left it so.
    for row in FileText.objects.filter(state=State.READING, since__lt=timezone.now() - LOST).defer("text"):
        _put_off(row, _too_complex())
    end = time.monotonic() + TURN
    while time.monotonic() < end and (row := FileText.objects.due(timezone.now()).first()):
        read_file(row)


@transaction.atomic
def _write(row: FileText, **values) -> FileText:
    """Write what became of a reading, unless the file was replaced or read by another meanwhile."""
    ours = FileText.objects.filter(pk=row.pk, state=State.READING, since=row.since)
    if ours.update(**{"since": timezone.now(), **values}):
        note_files([row.document_id])
    return FileText.objects.filter(pk=row.pk).first() or row


def _put_off(row: FileText, reason: str) -> FileText:
    """Leave it for another try, if there is one left."""
    logger.warning("document %s (%s) was not read, try %s: %s", row.document_id, row.name, row.tries, reason)
    if row.tries < MOST_TRIES:
        return _write(row, state=State.WAITING)
    return _write(row, state=State.UNREADABLE, text="", digest="", notice=reason)


def _read(row: FileText) -> dict:
    """What is to be written of the file. Raises NotRead."""
    try:
        file = row.document.file
        if file.size > MOST_BYTES:
            notice = _("It is too large to be read: %(limit)d MB at most.") % {"limit": MOST_BYTES // 1024**2}
            return {"state": State.TOO_LARGE, "text": "", "digest": "", "notice": notice}
        with file.storage.open(file.name) as stream:
            data = stream.read(MOST_BYTES)
    except Exception:  # Each storage raises what it likes.
        raise NotRead(_("The file is missing: choose it again.")) from None
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    if row.text and digest == row.digest:
        return {"state": State.READ, "text": row.text, "digest": digest, "notice": row.notice}
    return {**_read_apart(data), "digest": digest}


def _read_apart(data: bytes) -> dict:
    """What the reader says of these bytes (see `file_reader`). Raises NotRead if it was stopped before it said anything."""
    parameters = [settings.LANGUAGE_CODE, settings.LOCALE_PATHS[0], LONGEST_TEXT, SECONDS]
    # Neither the keys nor the addresses that the site was given.
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        with subprocess.Popen(
            [sys.executable, "-m", "home.file_reader", *map(str, parameters)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=surroundings,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        ) as process:
            timer = Timer(SECONDS, _stop, [process])
            timer.start()
            try:
                said = process.stdout.read(MOST_ANSWER)
            finally:
                timer.cancel()
                _stop(process)
    try:
        return json.loads(said)
    except ValueError:
        raise NotRead(_too_complex()) from None


def _stop(process: subprocess.Popen) -> None:
    """End the reader and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _too_complex() -> str:
    return _("This file is too long, or too complex, to be read.")
