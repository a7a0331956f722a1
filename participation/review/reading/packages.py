"""DOCX and ODT as the archives they are: opened with care, and handed on with nothing in them but words.

A new archive is made of the parts that say something. What the old one claims of itself (sizes, duplicates, hidden
entries), its macros and the bytes of its pictures stay behind.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from django.utils.translation import gettext as _

from ..passages import Unreadable
from . import opendocument, word

MOST_ENTRIES = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
"""Bytes that all entries may announce once unpacked, pictures included."""
MOST_XML = 16 * 1024 * 1024
"""Bytes of the parts that are read: ten times what 200 pages make."""
MOST_ELEMENTS = 500_000
"""Of one part: ten times what 200 pages make."""
STEEPEST = 300
"""How many times smaller than its content an entry may be; XML that repeats itself is 20 to 100 times smaller."""
STEEP_FROM = 1024 * 1024
"""Bytes from which that is looked at."""

WORD_PARTS = re.compile(r"word/(document\d*|footnotes|endnotes|styles|numbering)\.xml")
SPREADSHEETS = ("xl/", "application/vnd.oasis.opendocument.spreadsheet")
SLIDES = ("ppt/", "application/vnd.oasis.opendocument.presentation")


@dataclass(frozen=True)
class Opened:
    """A document that may be read."""

    data: bytes
    notices: list[str]
    """Sentences on what was left out or moved."""
    pictures: int = 0
    """How many pictures were left out already; pandoc sees the others."""


def damaged() -> str:
    return _(
        "This document is damaged and cannot be read: open it in your word processor, save it again as .docx or .odt, "
        "and retry."
    )


def content_of(data: bytes) -> str:
    """What an archive is: "docx", "odt", "spreadsheet", "slides" or "archive". Raises Unreadable if it is damaged."""
    with _opened(data) as archive:
        names = set(archive.namelist())
        kind = _start_of(archive, "mimetype")
    if any(map(_is_word, names)):
        return "docx"
    if kind.startswith("application/vnd.oasis.opendocument.text") and "content.xml" in names:
        return "odt"
    first = [kind, *names]
    if any(name.startswith(SPREADSHEETS) for name in first):
        return "spreadsheet"
    return "slides" if any(name.startswith(SLIDES) for name in first) else "archive"


@contextmanager
def not_too_deep() -> Iterator[None]:
    """For what calls itself at each level of a document: Python stops before the machine does."""
    try:
        yield
    except RecursionError:
        raise Unreadable(
            _("This document nests its lists, tables or quotations too deeply: make it simpler, and retry.")
        ) from None


@not_too_deep()
def open_docx(data: bytes) -> Opened:
    """A DOCX as pandoc may read it. Raises Unreadable."""
    parts, others = _parts(data)
    trees = {name: _tree(part) for name, part in parts.items() if WORD_PARTS.fullmatch(name)}
    notices, pictures = word.mend(trees, [*parts, *others])
    return Opened(_archive(parts | {name: _written(tree) for name, tree in trees.items()}), notices, pictures)


@not_too_deep()
def open_odt(data: bytes) -> Opened:
    """An ODT as pandoc may read it. Raises Unreadable."""
    parts, others = _parts(data)
    if "encrypted-package" in others or b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise Unreadable(_protected())
    content = _tree(parts["content.xml"])
    notices = opendocument.mend(
        content, _tree(parts["styles.xml"]) if "styles.xml" in parts else None, [*parts, *others]
    )
    return Opened(_archive(parts | {"content.xml": _written(content)}), notices)


def _protected() -> str:
    return _(
        "This document is protected by a password: open it in your word processor, take the password off, and save it "
        "again."
    )


def _is_word(name: str) -> bool:
    # Some online editors call it document2.xml.
    return bool(re.fullmatch(r"word/document\d*\.xml", name))


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # zipfile lets through what struct and codecs raise.
        raise Unreadable(damaged()) from None


def _start_of(archive: zipfile.ZipFile, name: str) -> str:
    try:
        with archive.open(name) as part:
            return part.read(100).decode("ascii", errors="replace")
    except Exception:
        return ""


def _parts(data: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The XML parts by name, and the names of all the others. Raises Unreadable at what is made to harm.

    Sizes are first those that the archive announces; zipfile then unpacks no more than that, and checks what it got.
    """
    parts, others = {}, []
    with _opened(data) as archive:
        entries = archive.infolist()
        _check(entries)
        left = MOST_XML
        for entry in entries:
            if not entry.filename.endswith((".xml", ".rels")) and entry.filename != "mimetype":
                others.append(entry.filename)
                continue
            try:
                with archive.open(entry) as file:
                    part = file.read(left + 1)
            except Exception:  # zipfile lets through what zlib and struct raise.
                raise Unreadable(damaged()) from None
            left -= len(part)
            if left < 0:
                raise Unreadable(_too_large())
            # No word processor writes entities; whoever does wants them to grow, or to fetch a file.
            if b"<!DOCTYPE" in part.replace(b"\0", b""):
                raise Unreadable(damaged())
            parts[entry.filename] = part
    return parts, others


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(_protected())
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Unreadable(damaged())
    steep = any(
        entry.file_size > STEEP_FROM and entry.file_size > STEEPEST * max(entry.compress_size, 1) for entry in entries
    )
    if steep or len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Unreadable(_too_large())


def _too_large() -> str:
    return _(
        "Once unpacked this document is far too large: remove the pictures and objects it embeds, or cut it into several "
        "documents."
    )


def _tree(part: bytes) -> Element:
    """The elements of an XML part, with their names as they are written ("w:p"). Raises Unreadable."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(part, True)
        tree = builder.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError):
        raise Unreadable(damaged()) from None
    if sum(1 for _element in tree.iter()) > MOST_ELEMENTS:
        raise Unreadable(_too_large())
    return tree


def _written(tree: Element) -> bytes:
    return tostring(tree, encoding="utf-8")


def _archive(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return stream.getvalue()
