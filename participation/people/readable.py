"""What is held about a person, put in words: the file they download, as a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .hooks import words_of_data


@dataclass
class Line:
    """A label and what is said under it: a text (perhaps the address of a page), lines, or several rows of lines."""

    label: str
    text: str = ""
    lines: list[Line] = field(default_factory=list)
    rows: list[list[Line]] = field(default_factory=list)

    @property
    def is_address(self) -> bool:
        return self.text.startswith("/")


def parts(data: dict) -> list[Line]:
    """The parts of the page; what holds nothing is left out."""
    return _lines(data, words_of_data())


def _lines(held: dict, words: dict) -> list[Line]:
    lines = [_line(key, value, words) for key, value in held.items()]
    return [line for line in lines if line.text or line.lines or line.rows]


def _line(key: str, value, words: dict) -> Line:
    label = str(words.get(key, key))
    match value:
        case dict():
            return Line(label, lines=_lines(value, words))
        case [dict(), *_]:
            return Line(label, rows=[_lines(row, words) for row in value])
        case list():
            return Line(label, ", ".join(str(words.get(f"{key}.{item}", item)) for item in value))
        case bool():
            return Line(label, _("yes") if value else _("no"))
        case datetime():
            return Line(label, date_format(timezone.localtime(value), "j F Y, H:i"))
        case None:
            return Line(label)
    return Line(label, str(words.get(f"{key}.{value}", value)))
