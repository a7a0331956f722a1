"""The program that reads one file, apart from the site: `python -m home.file_reader LANGUAGE CATALOGUES LONGEST SECONDS < FILE`.

The file is not ours. Whatever it holds, this process ends soon and stays small; it knows neither the database nor the
settings. It prints one JSON object: `state` ("read", "nothing", "other", "unreadable"), `text` (at most LONGEST characters, on
one line) and `notice` (a sentence for editors, in LANGUAGE), or nothing at all when it was stopped.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import django
from django.conf import settings
from django.utils.translation import activate
from django.utils.translation import gettext as _
from pypdf import PdfReader
from pypdf.errors import LimitReachedError

from participation.plain_text import one_line
from participation.review.reading import Unreadable, packages, words_of

MEMORY = 512 * 1024 * 1024
ENOUGH = 0.6
"""Part of its seconds after which no other page of a PDF is begun: what was read of it is kept."""
WHERE_PDF_BEGINS = 1024
"""Bytes within which readers look for the sign of a PDF."""

TOO_COMPLEX = (MemoryError, RecursionError, LimitReachedError)

# A word that a line's end cuts in two, if it is one: « Haute-\nProvence » is two.
CUT_WORD = re.compile(r"\b(\w{2,40})-\s*\n\s*(\w{2,40})\b")


class AnotherKind(Exception):
    """It is no PDF, DOCX or ODT, whatever its name says."""


def main(language: str, catalogues: str, longest: str, seconds: str) -> None:
    _hold_back(int(seconds))
    settings.configure(LANGUAGE_CODE=language, LOCALE_PATHS=[catalogues], USE_I18N=True)
    django.setup()
    activate(language)
    print(json.dumps(answer(sys.stdin.buffer.read(), int(longest), ENOUGH * int(seconds))))


def _hold_back(seconds: int) -> None:
    """Take no more than a file's due of the machine; pandoc, which this process starts, inherits it."""
    os.nice(10)
    limits = [(resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)]
    for kind, limit in limits:
        with suppress(ValueError, OSError):  # Not every system has them all.
            resource.setrlimit(kind, (limit, limit))


def answer(data: bytes, longest: int, enough: float) -> dict:
    """What is printed of these bytes; no page is begun when `enough` seconds of work are past."""
    try:
        text, whole = _text_of(data, longest, enough)
    except AnotherKind:
        return _said("other", notice=_("Only PDF, DOCX and ODT files are read, and without a password."))
    except Unreadable as refusal:
        return _said("unreadable", notice=" ".join(refusal.messages))
    except TOO_COMPLEX:
        return _said("unreadable", notice=_("This file is too long, or too complex, to be read."))
    except Exception:  # Whatever a file holds: pypdf lets through what struct, zlib and codecs raise.
        return _said("unreadable", notice=_("This file is damaged: save it again from the document it was made from."))
    if not text:
        return _said(
            "nothing",
            notice=_(
                "No text can be selected in it. If it was scanned, have its text recognised: people who do not see it "
                "cannot read it either."
            ),
        )
    return _said("read", text=text, notice="" if whole else _("It is long: only its beginning is searched."))


def _said(state: str, *, text: str = "", notice: str = "") -> dict:
    return {"state": state, "text": text, "notice": notice}


def _text_of(data: bytes, longest: int, enough: float) -> tuple[str, bool]:
    """The words of a file, as its content says it must be read, and whether they are all there. Raises Unreadable."""
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable(_("The file is empty."))
    if b"%PDF-" in data[:WHERE_PDF_BEGINS]:
        return _of_pdf(data, longest, enough)
    if data.startswith(b"PK") and packages.content_of(data) in ("docx", "odt"):
        return _bounded(words_of(data), longest)
    raise AnotherKind


def _of_pdf(data: bytes, longest: int, enough: float) -> tuple[str, bool]:
    reader = PdfReader(io.BytesIO(data))
    # Many are encrypted only to forbid printing: they open without a password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable(_("It is protected by a password: replace it with a file that anybody can open."))
    pages, length = [], 0
    for text in _pages(reader):
        if length >= longest or time.process_time() > enough:
            return _bounded(_mended("\n".join(pages)), longest)[0], False
        pages.append(text[:longest])
        length += len(text)
    return _bounded(_mended("\n".join(pages)), longest)


def _pages(reader: PdfReader) -> Iterator[str]:
    """The words of each page. One that is damaged does not keep the others from being read; all of them do."""
    damaged = 0
    for number, page in enumerate(reader.pages, start=1):
        try:
            yield page.extract_text()
        except TOO_COMPLEX:
            raise
        except Exception:
            damaged += 1
            if damaged == number == len(reader.pages):
                raise


def _mended(text: str) -> str:
    """The text without the hyphens that only end a line: where the whole word stands elsewhere in the text."""
    text = re.sub("\u00ad\\s*\n\\s*", "", text)
    known = set(re.findall(r"\w+", text.lower()))
    return CUT_WORD.sub(lambda cut: cut[1] + cut[2] if (cut[1] + cut[2]).lower() in known else cut[0], text)


def _bounded(text: str, longest: int) -> tuple[str, bool]:
    """The text on one line, as any database keeps it, and whether it is all there."""
    # Some fonts give halves of characters, which UTF-8 does not hold.
    text = one_line(text.encode(errors="ignore").decode())
    return text[:longest], len(text) <= longest


if __name__ == "__main__":
    main(*sys.argv[1:])
