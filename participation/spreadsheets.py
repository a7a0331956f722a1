"""Tables that people take away: a CSV as French Excel opens it, a workbook. Cells are shown and never computed."""

from __future__ import annotations

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

PIECE = 64 * 1024
"""Bytes of a file that are sent at once."""

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The types of these files."""

Value = str | int | float | date | None

_UNKNOWN_TO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = re.compile("'*(?:[\t\r\n]|\\s*[=+\\-@＝＋－＠])")


def clean(text: str) -> str:
    """`text` as files of Excel and Word may hold it."""
    return _with_line_feeds(_UNKNOWN_TO_XML.sub("", text))


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_cell(text: str) -> str:
    """`text` as a spreadsheet shows it and never computes it: an apostrophe comes before what may begin a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    shown = _UNKNOWN_TO_XML.sub("", text)
    cell = _with_line_feeds(shown)
    return f"'{cell}" if _FORMULA.match(shown) else cell


def from_cell(cell: str) -> str:
    """The text that `as_cell` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


@dataclass(frozen=True)
class Column:
    heading: str
    width: int
    """In a workbook, in characters."""


def as_csv(columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The table as French Excel opens it: semicolons, UTF-8 that says so. Rows leave as they come."""
    writer = csv.writer(_Lines(), delimiter=";", lineterminator="\r\n")
    yield BOM_UTF8 + writer.writerow([column.heading for column in columns]).encode()
    for row in rows:
        yield writer.writerow([as_cell(value) if isinstance(value, str) else value for value in row]).encode()


class _Lines:
    """For csv: a file that gives back each line it is given."""

    def write(self, line: str) -> str:
        return line


def as_xlsx(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The table as a workbook. It is made when this is called, in a temporary file, row after row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.append([_a_cell(sheet, is_bold=True, value=column.heading) for column in columns])
    # The same cells, whose style is made once, serve for all rows.
    cells, days = ([_a_cell(sheet, number_format=form) for _column in columns] for form in ("General", "dd/mm/yyyy"))
    try:
        for row in rows:
            sheet.append([_filled(value, *pair) for value, *pair in zip(row, cells, days, strict=True)])
    except BaseException:
        # What openpyxl has begun, it would end in a file that is gone.
        sheet.close()
        raise
    file = TemporaryFile()  # noqa: SIM115 – closed once it is sent
    book.save(file)
    return pieces(file)


def _a_cell(sheet, *, is_bold: bool = False, number_format: str = "General", value: str = "") -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), Font(bold=is_bold)
    cell.number_format = number_format
    return cell


def _filled(value: Value, cell: WriteOnlyCell, day: WriteOnlyCell) -> WriteOnlyCell | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        day.value = value
        return day
    cell.value = as_cell(value) if isinstance(value, str) else value
    if isinstance(value, str):
        # Otherwise “#N/A” would be an error.
        cell.data_type = "s"
    return cell


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file from its beginning, some at a time; then it is closed."""
    with file:
        file.seek(0)
        yield from iter(partial(file.read, PIECE), b"")
