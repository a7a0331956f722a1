"""One cell → one value: texts, dates, numbers, addresses. Pure functions.

A cell is what a file holds: a text or, from a workbook, a number, a boolean, a date or a time. What cannot be read
raises `Unreadable` with a sentence for the person who wrote the cell.
"""

from __future__ import annotations

import math
import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from openpyxl.utils.datetime import from_excel

from participation.plain_text import without_accents
from participation.spreadsheets import from_cell

Cell = str | int | float | bool | date | datetime | time | timedelta

PARIS = ZoneInfo("Europe/Paris")
"""The days of a file are those of the people it is about, wherever the server runs."""

EXCEL_DAYS = range(20_000, 80_000)
"""Numbers read as Excel's count of days: from 1954 to 2119."""

YEARS = range(1900, 2101)

GREATEST_NUMBER = 2_147_483_647
"""What a PositiveIntegerField holds on every database."""

EXCEL_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#VALEUR!", "#NOM?", "#NOMBRE!"}

LINE_ENDS = re.compile("\r\n|[\r\x0b\u2028\u2029]")

# Control signs, unpaired surrogates, marks without width: nothing a reader sees, and some of it no database keeps.
UNSEEN = re.compile("[\x00-\x08\x0c\x0e-\x1f\x7f-\x9f\u200b\ufeff\ufffe\uffff\ud800-\udfff]")

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            ("janvier", "janv", "jan"),
            ("fevrier", "fevr", "fev"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept", "sep"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ],
        start=1,
    )
    for name in names
}
DAYS = {"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "le"}


class Unreadable(ValueError):
    """A cell that cannot be read; its text is a sentence for the person who wrote it."""


def clean(value) -> Cell:
    """What a file gives, without what nobody sees; nothing is an empty text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    return seen(from_cell(value)).strip()


def seen(text: str) -> str:
    """The text without what nobody sees, its lines ended and its accents written in one way."""
    # Excel writes a carriage return inside a cell as the letters _x000D_, which openpyxl leaves as they are.
    return unicodedata.normalize("NFC", UNSEEN.sub("", LINE_ENDS.sub("\n", text.replace("_x000D_", ""))))


def text_of(cell: Cell) -> str:
    """The cell as a person would write it."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%d/%m/%Y" if cell.time() == time() else "%d/%m/%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return str(cell)


def line_of(cell: Cell, longest: int) -> str:
    """The cell on one line, spaces made single. Raises Unreadable if it has more than `longest` signs."""
    line = " ".join(text_of(cell).split())
    if len(line) > longest:
        raise Unreadable(
            _("too long: %(length)d characters, %(longest)d at most") % {"length": len(line), "longest": longest}
        )
    return line


# ── Dates ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def day(cell: Cell, *, last: bool = False) -> tuple[date, bool]:
    """The day that a cell tells, and whether it is exact.

    A month or a year is its first day, or its last one if `last`. A moment with an offset is its day in Paris. Raises
    Unreadable.
    """
    found, exact = _day(cell, last)
    if found.year not in YEARS:
        raise Unreadable(_("“%(text)s”: this year is not plausible") % {"text": shorten(cell)})
    return found, exact


def _day(cell, last) -> tuple[date, bool]:
    if isinstance(cell, datetime):
        # Near the ends of the calendar a change of offset overflows; such years are refused anyway.
        moved = cell.tzinfo and cell.year in YEARS
        return (cell.astimezone(PARIS) if moved else cell).date(), True
    if isinstance(cell, date):
        return cell, True
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        cell = text_of(cell)
    if isinstance(cell, str):
        for read in (_moment, _number, _digits, _words):
            if (found := read(cell.strip(), last)) is not None:
                return found
    raise Unreadable(
        _("“%(text)s” is not a date that can be read; write 14/11/2018, November 2018 or 2018")
        % {"text": shorten(cell)}
    )


def _moment(text, last):
    """2018-11-14, 2018-11-14 09:29:08 +0000, 2018-11-14T09:29:08.124+00:00"""
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"\s+(?=(?:[+-]\d\d:?\d\d|Z)$)", "", text.replace("UTC", "Z")))
    except ValueError:
        return None
    return _day(moment, last)


def _number(text, last):
    """2018; 43418 or 43418,5, which is how Excel counts days."""
    if re.fullmatch(r"\d{4}", text):
        return _period(int(text), None, last)
    if re.fullmatch(r"\d{5}([.,]\d+)?", text) and int(text[:5]) in EXCEL_DAYS:
        return from_excel(int(text[:5])).date(), True
    return None


def _digits(text, last):
    """14/11/2018, 14.11.18, 14/11/2018 09:29, 2018/11/14, 11/2018, 2018-11"""
    text = re.sub(r"\s+\d{1,2}[:hH]\d{0,2}(:\d{2})?$", "", text)
    if match := re.fullmatch(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})", text):
        return _exact(_year(match[4]), int(match[3]), int(match[1]))
    if match := re.fullmatch(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})", text):
        return _exact(int(match[1]), int(match[3]), int(match[4]))
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{4})", text):
        return _period(int(match[2]), int(match[1]), last)
    if match := re.fullmatch(r"(\d{4})[/.-](\d{1,2})", text):
        return _period(int(match[1]), int(match[2]), last)
    return None


def _words(text, last):
    """14 novembre 2018, mercredi 1er nov. 2018, novembre 2018, nov.-18"""
    plain = without_accents(text.lower())
    words = [word for word in re.split(r"[\s,./-]+", plain) if word and word not in DAYS]
    if len(words) < 2 or words[-2] not in MONTHS or not re.fullmatch(r"\d{4}|\d{2}", words[-1]):
        return None
    year, month = _year(words[-1]), MONTHS[words[-2]]
    if len(words) == 2:
        return _period(year, month, last)
    if len(words) == 3 and (match := re.fullmatch(r"(\d{1,2})(er)?", words[0])):
        return _exact(year, month, int(match[1]))
    return None


def _year(digits: str) -> int:
    """Two digits are of this century, or of the last one from 70."""
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 70 else 1900)


def _exact(year, month, number):
    try:
        return date(year, month, number), True
    except ValueError:
        return None


def _period(year, month, last):
    if year < 1 or month not in [None, *range(1, 13)]:
        return None
    month = month or (12 if last else 1)
    return date(year, month, monthrange(year, month)[1] if last else 1), False


# ── Numbers, addresses ───────────────────────────────────────────────────────────────────────────────────────────────


def whole(cell: Cell) -> int:
    """A number of people: 1200, « 1 200 ». Raises Unreadable."""
    number = _decimal(cell)
    if number != int(number):
        raise Unreadable(_("“%(text)s” is not a whole number") % {"text": shorten(cell)})
    return int(number)


def euros(cell: Cell) -> int:
    """An amount, rounded to the euro: 12000, « 12 000,50 € », « 800 euros TTC ». Raises Unreadable."""
    if isinstance(cell, str):
        cell = re.sub(r"(?i)\s*(€|euros?|eur)?\s*(ht|ttc)?\s*$", "", cell)
    return int(_decimal(cell).quantize(Decimal(1), ROUND_HALF_UP))


def _decimal(cell) -> Decimal:
    digits = re.sub(r"\s", "", text_of(cell)).replace("−", "-")
    if isinstance(cell, bool) or not re.fullmatch(r"-?\d{1,30}([.,]\d{1,30})?", digits):
        raise Unreadable(_("“%(text)s” is not a number; write the digits alone") % {"text": shorten(cell)})
    if isinstance(cell, str) and re.fullmatch(r"-?\d{1,3}[.,]\d{3}", digits):
        raise Unreadable(
            _("“%(text)s” can be read in two ways; write %(thousands)s if these are thousands")
            % {"text": shorten(cell), "thousands": re.sub(r"[.,]", "", digits)}
        )
    number = Decimal(digits.replace(",", "."))
    if number < 0:
        raise Unreadable(_("“%(text)s”: a number below zero") % {"text": shorten(cell)})
    if number > GREATEST_NUMBER:
        raise Unreadable(_("“%(text)s”: this number is too large") % {"text": shorten(cell)})
    return number


def address(cell: Cell, longest: int) -> str:
    """An address of the web; « www.exemple.fr » is completed. Raises Unreadable."""
    text = line_of(cell, longest)
    if text.lower().startswith("www."):
        text = f"https://{text}"
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        raise Unreadable(
            _("“%(text)s” is not an address of the web; write https://…") % {"text": shorten(cell)}
        ) from None
    return text


def quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}


def shorten(cell: Cell, longest: int = 60) -> str:
    """The beginning of a cell, to show it in a sentence."""
    line = " ".join(text_of(cell).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
