"""The bytes of a file → a table: what kind of file it is, how it is written, where its headers are. Pure functions.

The kind is told by the content, never by the extension. Whatever the bytes are, the answer is a table or an
`UnreadableFile` with a sentence for the person who chose the file.
"""

from __future__ import annotations

import csv
import io
import re
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from .cells import Cell, clean, quoted, shorten

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 50 * 1024 * 1024
"""Bytes that a workbook may announce once unpacked; zipfile reads no more of an archive than it announces."""
MOST_ROWS = 50_000
MOST_COLUMNS = 200
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""Excel's own: a file can claim more, and make us count to it."""
MOST_CELLS = 5_000_000
"""Cells looked at, empty ones included: a workbook of few bytes can announce many."""
HEADERS_WITHIN = 10
"""Rows looked at for the headers: a title or a note may stand above them."""

SEPARATORS = [",", ";", "\t", "|"]

FRENCH_SIGNS = set("éèêëàâäçîïôöùûüÿœæÉÈÊËÀÂÄÇÎÏÔÖÙÛÜŸŒÆ’‘“”«»…–—€°·\xa0\u202f")

Score = Callable[[list[Cell]], int]
"""How much a row looks like the line of headers; 0: not at all."""

Records = Iterator[tuple[int, int, list[Cell]]]
"""Rows that are not empty: their line, their width, and their cells up to the last filled one."""


class UnreadableFile(Exception):
    """A file of which nothing can be imported; its text is a sentence for the person who chose it."""


class _NoHeader(UnreadableFile):
    pass


@dataclass(frozen=True)
class Table:
    """The headers and the filled rows under them, each with its line as a spreadsheet numbers it; how it was read.

    No row is longer than the headers in a table from a workbook; in one from a text it may be, and is then out of step.
    """

    header: list[Cell]
    rows: list[tuple[int, list[Cell]]]
    description: str


def read_file(path: Path) -> bytes:
    """Its bytes. Raises UnreadableFile."""
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise UnreadableFile(_("%(path)s is a folder, not a file.") % {"path": path})
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableFile(_("%(path)s is not an ordinary file.") % {"path": path})
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise UnreadableFile(_("%(path)s does not exist.") % {"path": path}) from None
    except PermissionError:
        raise UnreadableFile(_("%(path)s may not be read by this account.") % {"path": path}) from None
    except OSError as error:
        raise UnreadableFile(_("%(path)s cannot be opened (%(error)s).") % {"path": path, "error": error}) from None
    return data


def parse(data: bytes, score: Score) -> Table:
    """The table in these bytes. `score` finds its line of headers. Raises UnreadableFile."""
    if len(data) > LARGEST_FILE:
        raise UnreadableFile(
            _("The file is too large: %(limit)d MB at most.") % {"limit": LARGEST_FILE // (1024 * 1024)}
        )
    if not data.strip():
        raise UnreadableFile(_("The file is empty."))
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _from_workbook(data, score)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile(
            _("This is a workbook in Excel’s old format (.xls) or protected by a password. Save it as .xlsx or .csv.")
        )
    return _from_text(data, score)


# ── Text ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _from_text(data: bytes, score: Score) -> Table:
    text, encoding = decode(data)
    if not text.strip():
        raise UnreadableFile(_("The file is empty."))
    separator = max(SEPARATORS, key=lambda separator: _promise(text, separator, score))
    header, rows = _split(_records(text, separator), score)
    return Table(
        header,
        rows,
        _("CSV text, separator “%(separator)s”, encoding %(encoding)s")
        % {"separator": _("tab") if separator == "\t" else separator, "encoding": encoding},
    )


def decode(data: bytes) -> tuple[str, str]:
    """The text in these bytes and the name of its encoding. Raises UnreadableFile if they are no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, encoding = data.decode("utf-16", errors="replace"), "UTF-16"
    elif b"\0" in data:
        text, encoding = _decode_wide(data), "UTF-16"
    else:
        text, encoding = _decode_narrow(data)
    start = text[:10_000]
    hidden = sum(sign < " " and sign not in "\t\n\r\x0b\x0c" for sign in start)
    if "\0" in text or hidden > len(start) / 100:
        raise UnreadableFile(
            _("This file is neither a text nor an Excel workbook: it cannot be read as a spreadsheet.")
        )
    return text.removeprefix("\ufeff"), encoding


def _decode_wide(data: bytes) -> str:
    """UTF-16 without its mark: in our languages, one byte in two is null."""
    start = data[:4096]
    order = "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    return data.decode(order, errors="replace")


def _decode_narrow(data: bytes) -> tuple[str, str]:
    """UTF-8 if it is; otherwise the encoding that makes the most French out of the bytes beyond ASCII."""
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass

    def french(text: str) -> int:
        return sum(1 if sign in FRENCH_SIGNS else -1 for sign in re.findall(r"[^\x00-\x7f]", text))

    candidates = [("Windows-1252", "cp1252"), ("Mac OS Roman", "mac_roman"), (_("damaged UTF-8"), "utf-8")]
    texts = [(data.decode(codec, errors="replace"), name) for name, codec in candidates]
    return max(texts, key=lambda candidate: french(candidate[0][:200_000]))


def _promise(text: str, separator: str, score: Score) -> tuple[int, int, int]:
    """How well this separator makes headers, how many cells, and how few rows that are wider than they."""
    seen = []
    # What is wrong with a row is told when the file is read with the separator that is chosen.
    with suppress(UnreadableFile):
        for _line, width, row in islice(_records(text, separator), HEADERS_WITHIN):
            seen.append((score(row[:MOST_COLUMNS]), width))
    known, width = max(seen, default=(0, 0))
    return known, width, -sum(other > width for _score, other in seen)


def _records(text: str, separator: str) -> Records:
    """The filled rows. A cell may hold line ends, so a line is a row as a spreadsheet shows it."""
    # csv says nothing of a quotation mark that is never closed: what we add after the text is then inside a cell.
    end = "\0"
    reader = csv.reader(io.StringIO(f"{text}\n{end}\n", newline=""), delimiter=separator)
    line = 0
    try:
        for line, row in enumerate(reader, start=1):
            if row == [end]:
                return
            if cells := _filled(row):
                yield line, len(row), cells
    except csv.Error:
        raise UnreadableFile(
            _("Line %(line)d: a cell never ends, or holds more than 100,000 characters. Look at its quotation marks.")
            % {"line": line + 1}
        ) from None
    raise UnreadableFile(
        _("Line %(line)d: a quotation mark is opened and never closed, so the rest of the file cannot be told apart.")
        % {"line": line}
    )


# ── Workbooks ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _from_workbook(data: bytes, score: Score) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {entry.filename for entry in archive.infolist()}
            size = sum(entry.file_size for entry in archive.infolist())
    except Exception:  # zipfile lets through what struct, zlib and codecs raise.
        raise UnreadableFile(
            _("The file is damaged: it begins like an Excel workbook and cannot be unpacked.")
        ) from None
    if size > LARGEST_UNPACKED:
        raise UnreadableFile(
            _("Once unpacked this workbook is too large: %(limit)d MB at most.")
            % {"limit": LARGEST_UNPACKED // (1024 * 1024)}
        )
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise UnreadableFile(
            _("This compressed file is not an Excel workbook. Save your spreadsheet as .xlsx or .csv.")
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What openpyxl leaves out (styles, validations) is not what we read.
            return _read_workbook(data, score)
    except UnreadableFile:
        raise
    except Exception:  # On damaged parts openpyxl raises whatever its parsers raise: KeyError, ParseError, TypeError…
        raise UnreadableFile(
            _("The workbook is damaged: open it in a spreadsheet, save it again, and retry.")
        ) from None


def _read_workbook(data: bytes, score: Score) -> Table:
    """The first sheet that has headers. No formula is computed: its recorded result is read, or else its text."""
    results = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, data_only=True)
    formulas = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    visible = [sheet for sheet in results.worksheets if sheet.sheet_state == "visible"]
    missing = None
    for sheet in visible:
        try:
            header, rows = _split(_sheet_rows(sheet, formulas[sheet.title]), score)
        except _NoHeader as error:
            missing = missing or error
            continue
        # A cell beyond the headers is a note in a column without a title; in a text it would be a row out of step.
        header += [""] * (max((len(row) for _line, row in rows), default=0) - len(header))
        return Table(header, rows, _describe(sheet.title, [other.title for other in visible if other is not sheet]))
    raise missing or UnreadableFile(_("This workbook holds no sheet that can be seen."))


def _describe(title: str, others: list[str]) -> str:
    if not others:
        return _("Excel workbook, sheet “%(title)s”") % {"title": title}
    return _("Excel workbook, sheet “%(title)s” (sheets not read: %(others)s)") % {
        "title": title,
        "others": ", ".join(map(quoted, others)),
    }


def _sheet_rows(results, formulas) -> Records:
    """The filled rows of a sheet; both views of it are read together."""
    for view in (results, formulas):
        view.reset_dimensions()  # The file says how large it is, and is often wrong.
    looked_at = 0
    pairs = zip_longest(results.iter_rows(), formulas.iter_rows(values_only=True), fillvalue=())
    for line, (cells, texts) in enumerate(pairs, start=1):
        looked_at += len(cells) + 1
        if line > LAST_ROW or looked_at > MOST_CELLS:
            raise UnreadableFile(
                _("The sheet announces far too many cells. Copy your rows into a new workbook, and retry.")
            )
        if filled := _filled([_value(cell, text) for cell, text in zip(cells, texts, strict=True)]):
            yield line, len(cells), filled


def _value(cell, text):
    """What a spreadsheet shows. A formula without a recorded result is its text; "str" says it is recorded empty."""
    if cell.value is None and text is not None and cell.data_type != "str":
        return str(getattr(text, "text", text))  # An array formula holds its text.
    return cell.value


# ── Both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _filled(row: list) -> list[Cell]:
    """The row without the empty cells at its end; an empty list if none is left."""
    cells = [clean(value) for value in row[:LAST_COLUMN]]
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _split(records: Records, score: Score) -> tuple[list[Cell], list[tuple[int, list[Cell]]]]:
    """The headers and the rows under them. Raises UnreadableFile without headers, or beyond the limits."""
    first: list[Cell] = []
    for _line, width, cells in islice(records, HEADERS_WITHIN):
        first = first or cells
        if score(cells[:MOST_COLUMNS]):
            header = cells + [""] * (min(width, MOST_COLUMNS) - len(cells))
            break
    else:
        raise _NoHeader(
            _("No column is called “Title”: nothing can be imported. Columns found: %(columns)s.")
            % {"columns": ", ".join(quoted(shorten(cell, 30)) for cell in first[:12] if cell != "") or "–"}
        )
    rows = []
    for line, _width, cells in records:
        rows.append((line, cells))
        if len(rows) > MOST_ROWS:
            raise UnreadableFile(
                _("The file has more than %(limit)d rows. Cut it in several files.") % {"limit": MOST_ROWS}
            )
        if max(len(header), len(cells)) > MOST_COLUMNS:
            raise UnreadableFile(_("The file has more than %(limit)d columns.") % {"limit": MOST_COLUMNS})
    return header, rows
