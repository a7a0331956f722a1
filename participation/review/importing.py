"""How a text comes into the version in preparation: a file is received, read, matched, looked at, then written, or not.

Reading may take long: it is done between transactions, by the worker for large files. Nothing of the document changes before
an editor has confirmed which passage continues which.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from participation.consultations import actions
from participation.people.models import User

from .comparing import match
from .drafts import write_draft
from .models import Import, Review, Version
from .passages import MAX_FILE, Kind, Unreadable, Words, is_title
from .reading import read_document, read_typed

logger = logging.getLogger(__name__)

AT_ONCE = 200_000
"""Bytes of a file that is read while its editor waits; larger ones are the worker's."""
KEPT = timedelta(days=7)
"""How long what was read waits for its editor."""


@transaction.atomic
def receive_text(review: Review, by: User | None, *, name: str = "", content: bytes) -> Import:
    """Keep a file, or a text that was typed (no name), to be read into the version in preparation."""
    actions.require_editor(review.consultation, by)
    if len(content) > MAX_FILE:
        raise ValidationError(
            _("This file has %(size)s MB; %(most)s MB are allowed.")
            % {"size": len(content) // 1024**2, "most": MAX_FILE // 1024**2}
        )
    # What a name is cut of is not its end, which says what the file is.
    return Import.objects.create(review=review, by=by, name=name[-200:], content=content)


def read_text(row: Import) -> Import:
    """Read what was received and match it with the draft. What cannot be read is said in `problems`."""
    # Of two processes, one reads it.
    if not Import.objects.filter(pk=row.pk, stage=Import.Stage.WAITING).update(stage=Import.Stage.READING):
        return Import.objects.get(pk=row.pk)
    row.refresh_from_db()
    try:
        content = bytes(row.content)
        reading = read_document(row.name, content) if row.name else read_typed(content.decode())
    except Unreadable as refusal:
        return _fail(row, refusal.messages)
    except Exception:
        # Whatever a file holds, its editor is told; what went wrong is in the site's own journal.
        logger.exception("import %s could not be read", row.pk)
        return _fail(row, [_("This file could not be read. Save it again under another format, and try once more.")])
    Import.objects.filter(pk=row.pk).update(stage=Import.Stage.MATCHING)
    latest = row.review.versions.order_by("-number").first()
    known = latest.rows if latest else []
    found = match([text.words for text in known], reading.passages)
    numbers = [known[i].passage.number if i is not None else None for i in found]
    row.passages = [
        {"kind": str(words.kind), "text": words.text, "level": words.level, "number": number}
        for words, number in zip(reading.passages, numbers, strict=True)
    ]
    row.notices, row.stage, row.content = reading.notices, Import.Stage.READY, b""
    row.matched_with, row.revision = latest, latest.revision if latest else 0
    row.save()
    return row


def _fail(row: Import, problems: list[str]) -> Import:
    row.stage, row.problems, row.content = Import.Stage.FAILED, problems, b""
    row.save()
    return row


@transaction.atomic
def write_import(row: Import, by: User | None, numbers: Sequence[int | None]) -> Version:
    """Write what was read into the version in preparation. For each passage, the number of the one it continues, or None."""
    # Alone on the document from here.
    Review.objects.select_for_update(of=["self"]).get(pk=row.review_id)
    row = Import.objects.select_for_update(of=["self"]).filter(pk=row.pk, stage=Import.Stage.READY).first()
    if row is None:
        raise ValidationError(_("This text was written, or thrown away, in the meantime."))
    words = [Words(passage["kind"], passage["text"], passage["level"]) for passage in row.passages]
    if len(numbers) != len(words):
        raise ValidationError(_("A part of the form did not arrive. Nothing was written: try again."))
    latest = row.review.versions.order_by("-number").first()
    if (latest and latest.pk, latest.revision if latest else 0) != (row.matched_with_id, row.revision):
        raise ValidationError(
            _("Somebody has changed the text in preparation since this was read. Import it again: nothing was written.")
        )
    draft = write_draft(row.review, zip(numbers, words, strict=True), by)
    row.delete()
    return draft


def read_waiting() -> None:
    """The worker's part: read what waits, one file after the other, and forget what nobody came back for."""
    now = timezone.now()
    Import.objects.filter(created_at__lt=now - KEPT).delete()
    # A process that died while reading left it so.
    lost = Import.objects.filter(stage__in=[Import.Stage.READING, Import.Stage.MATCHING])
    lost.filter(created_at__lt=now - timedelta(minutes=10)).update(stage=Import.Stage.FAILED, content=b"")
    for row in Import.objects.filter(stage=Import.Stage.WAITING).order_by("created_at", "pk"):
        read_text(row)


# What would be read as a sign of the text's shape rather than as itself.
_IN_A_LINE = re.compile(r"[\\`*]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~(?=~)|\[(?=\^|[^\]]*\][(:\[])")
_AT_THE_START = re.compile(
    r"^(?:(?=[#>|])|(?=[-+:~=](?:[\s=-]|$))|(\(?(?:[0-9]{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]+))(?=[.)](?:\s|$)))"
)


def as_typed(version: Version) -> str:
    """The text of a version as one would type it: what `read_typed` reads as the same passages."""
    lines: list[str] = []
    table: list[Words] = []
    for words in [*version.words(), None]:
        if table and (words is None or words.kind != Kind.ROW or words.level):
            lines += ["", *_typed_table(table)]
            table = []
        if words is None:
            break
        if words.kind == Kind.ROW:
            table.append(words)
            continue
        text = "\\\n".join(_AT_THE_START.sub(r"\1\\", _escaped(line)) for line in words.text.split("\n"))
        if is_title(words):
            lines += ["", f"{'#' * words.level} {_escaped(' '.join(words.text.splitlines()))}"]
        elif words.kind == Kind.ITEM:
            indent = "  " * (words.level - 1)
            lines += ["", f"{indent}- " + text.replace("\n", f"\n{indent}  ")]
        else:
            lines += ["", text]
    return "\n".join(lines).strip()


def _typed_table(rows: list[Words]) -> list[str]:
    """A table must have a header to be read as one: an empty one says that it has none."""
    cells = [[_escaped(cell) for cell in row.text.split(" | ")] for row in rows]
    columns = max(map(len, cells))
    lines = [f"| {' | '.join([*row, *[''] * (columns - len(row))])} |" for row in cells]
    header = [] if rows[0].level else [f"|{'  |' * columns}"]
    return [*header, *lines[: 1 - len(header)], f"|{' --- |' * columns}", *lines[1 - len(header) :]]


def _escaped(line: str) -> str:
    return _IN_A_LINE.sub(r"\\\g<0>", line)
