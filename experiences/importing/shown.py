"""What a field of a sheet says, as one reads it in a cell: before and after an import."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format

from experiences.models import ExperiencePage

from .comparing import MANY, ONE, blocks
from .prose import as_text
from .story import as_markdown

LONGEST = 600


class Names:
    """The names of the rows that a field of a sheet may point to, by field and key; read once, when they are needed."""

    def __init__(self):
        self._known: dict[str, dict[int, str]] = {}

    def of(self, field: str, row: Any) -> str:
        if field not in self._known:
            rows = ExperiencePage._meta.get_field(field).related_model.objects.all()
            self._known[field] = {known.pk: str(known) for known in rows}
        return self._known[field].get(getattr(row, "pk", row), "?")


def shown(name: str, value: Any, names: Names) -> str:
    """A value of a draft, or of a revision's content, as text, cut where it is long; an empty text when there is none."""
    text = _text(name, value, names)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(name: str, value: Any, names: Names) -> str:
    if value in (None, "", []):
        return ""
    if name in MANY:
        return " ; ".join(names.of(name, row) for row in value)
    if name in ONE:
        return names.of(name, value)
    if name == "body":
        return as_markdown(blocks(value))
    if name in ExperiencePage.LESSONS:
        return as_text(value)
    field = ExperiencePage._meta.get_field(name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if name in ("started", "ended"):
        return date_format(parse_date(value) if isinstance(value, str) else value)
    return str(value)
