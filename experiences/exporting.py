"""The sheets that one takes away: a spreadsheet that can be corrected and imported again, JSON, GeoJSON.

A column of a spreadsheet bears the header that `importing` reads, and a cell says what it reads as the same value: what is
not changed changes nothing. The last columns say where a sheet is and what it lacks; nothing reads them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from participation import spreadsheets
from participation.spreadsheets import Value
from participation.vocabulary.models import Territory

from .importing.columns import header_of, identifier_of
from .importing.prose import as_text
from .models import ExperiencePage

CHUNK = 200
"""Sheets that are read at once: a file of thousands holds no more of them in memory."""


@dataclass(frozen=True)
class Cell:
    """A column of the files, by the name it has in programs."""

    name: str
    width: int
    """In a workbook, in characters."""
    of: Callable[[ExperiencePage], Value]
    heading: str = ""
    """What it is called in spreadsheets, where nothing imports it."""


def _place(territory: Territory) -> str:
    return f"{territory.name} ({territory.code})"


def _day(moment: datetime | None) -> date | None:
    return localtime(moment).date() if moment else None


def _choice(name: str) -> Callable[[ExperiencePage], str]:
    return lambda sheet: str(getattr(sheet, f"get_{name}_display")())


def _note(name: str) -> Callable[[ExperiencePage], str]:
    return lambda sheet: as_text(getattr(sheet, name))


def _plain(name: str) -> Callable[[ExperiencePage], Value]:
    return lambda sheet: getattr(sheet, name)


def _terms(name: str) -> Callable[[ExperiencePage], str]:
    return lambda sheet: "; ".join(term.name for term in sheet.listed(name))


CELLS = [
    Cell("identifier", 24, identifier_of),
    Cell("title", 40, _plain("title")),
    Cell("summary", 50, _plain("summary")),
    Cell("carrier", 28, lambda sheet: sheet.carrier.name if sheet.carrier else ""),
    Cell("partners", 28, _plain("partners")),
    Cell("territories", 30, lambda sheet: "; ".join(map(_place, sheet.listed("territories")))),
    Cell("themes", 24, _terms("themes")),
    Cell("audiences", 24, _terms("audiences")),
    Cell("device_type", 24, lambda sheet: sheet.device_type.name if sheet.device_type else ""),
    Cell("degree", 16, _choice("degree")),
    Cell("degree_reached", 16, _choice("degree_reached")),
    Cell("stage", 16, _choice("stage")),
    Cell("evaluation", 16, _choice("evaluation")),
    Cell("started", 12, _plain("started")),
    Cell("ended", 12, _plain("ended")),
    Cell("duration", 20, _plain("duration")),
    Cell("participants", 12, _plain("participants")),
    Cell("cost", 12, _plain("cost")),
    Cell("methods", 24, _terms("methods")),
    Cell("objectives", 50, _note("objectives")),
    Cell("means", 28, _terms("means")),
    Cell("means_mobilised", 50, _note("means_mobilised")),
    Cell("unused_means", 28, _terms("unused_means")),
    Cell("means_not_activated", 50, _note("means_not_activated")),
    Cell("results", 50, _note("results")),
    Cell("strengths", 50, _note("strengths")),
    Cell("weaknesses", 50, _note("weaknesses")),
    Cell("potential", 50, _note("potential")),
    Cell("need_kinds", 28, _terms("need_kinds")),
    Cell("needs", 50, _note("needs")),
    Cell("contact", 24, _plain("contact")),
    Cell("website", 30, _plain("website")),
    Cell("address", 40, lambda sheet: sheet.full_url or "", _("Address of the sheet")),
    Cell("missing", 40, lambda sheet: ", ".join(sheet.missing_words), _("What the sheet lacks")),
    Cell("published_on", 12, lambda sheet: _day(sheet.first_published_at), _("Published on")),
    Cell("changed_on", 12, lambda sheet: _day(sheet.last_published_at), _("Changed on")),
]


def sheets(pks: list[int]) -> Iterator[ExperiencePage]:
    """Those of these sheets that everyone may still read, in this order, some at a time."""
    for start in range(0, len(pks), CHUNK):
        yield from ExperiencePage.objects.live().public().in_order_to_write(pks[start : start + CHUNK])


def _rows(pks: list[int]) -> Iterator[list[Value]]:
    for sheet in sheets(pks):
        with override(settings.LANGUAGE_CODE):
            yield [cell.of(sheet) for cell in CELLS]


def _columns() -> list[spreadsheets.Column]:
    with override(settings.LANGUAGE_CODE):
        return [spreadsheets.Column(str(cell.heading or header_of(cell.name)), cell.width) for cell in CELLS]


def as_csv(pks: list[int]) -> Iterator[bytes]:
    """A row for each sheet; days as 2024-03-31."""
    return spreadsheets.as_csv(_columns(), _rows(pks))


def as_xlsx(pks: list[int]) -> Iterator[bytes]:
    """A row for each sheet; days and numbers are days and numbers. It is made when this is called, in a temporary file."""
    with override(settings.LANGUAGE_CODE):
        title = gettext("Experience sheets")
    return spreadsheets.as_xlsx(title, _columns(), _rows(pks))


# ── For programs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def as_json(pks: list[int]) -> Iterator[bytes]:
    """A list of objects: the columns of the spreadsheets by their names, lists as lists, the story as plain text."""
    yield b"["
    for number, sheet in enumerate(sheets(pks)):
        yield (b",\n" if number else b"\n") + _json(properties_of(sheet))
    yield b"\n]\n"


def as_geojson(pks: list[int]) -> Iterator[bytes]:
    """A FeatureCollection (RFC 7946): a feature for each sheet, the middles of its communes as its points."""
    yield b'{"type": "FeatureCollection", "features": ['
    for number, sheet in enumerate(sheets(pks)):
        points = [
            [place.longitude, place.latitude] for place in sheet.listed("territories") if place.longitude is not None
        ]
        feature = {
            "type": "Feature",
            "id": sheet.pk,
            "geometry": {"type": "MultiPoint", "coordinates": points} if points else None,
            "properties": properties_of(sheet),
        }
        yield (b",\n" if number else b"\n") + _json(feature)
    yield b"\n]}\n"


def properties_of(sheet: ExperiencePage) -> dict:
    """What a sheet says, in JSON: short names where the site has some, texts without marks."""
    with override(settings.LANGUAGE_CODE):
        values = {cell.name: cell.of(sheet) for cell in CELLS}
    lists = {name: [term.slug for term in sheet.listed(name)] for name in sheet.TERMS}
    return {
        **values,
        **lists,
        "territories": [
            {"code": place.code, "name": place.name, "kind": place.kind} for place in sheet.listed("territories")
        ],
        "device_type": sheet.device_type.slug if sheet.device_type else None,
        "degree": sheet.degree or None,
        "degree_reached": sheet.degree_reached or None,
        "stage": sheet.stage or None,
        "evaluation": sheet.evaluation or None,
        "missing": sheet.missing,
        "story": sheet.plain_text(),
    }


def _json(value: dict) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat).encode()


FILES: dict[str, tuple[str, Callable[[list[int]], Iterator[bytes]]]] = {
    "csv": (spreadsheets.CSV, as_csv),
    "xlsx": (spreadsheets.XLSX, as_xlsx),
    "json": ("application/json", as_json),
    "geojson": ("application/geo+json", as_geojson),
}
"""By extension: the type of the file, and what gives its bytes for the sheets of these pks."""
