"""Sheets that are alike, and what makes them so.

A sheet is an ExperiencePage, which finds those like it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page

from participation.plain_text import some_of

MOST = 3

WEIGHTS = {
    "methods": 10,
    "device_type": 7,
    "need_kinds": 5,
    "themes": 4,
    "audiences": 3,
    "territories": 2,
    "degree": 1,
}
"""What each field counts for where two sheets say the same in it, however many of its values they share.

Whoever reads a sheet wants to do something like it: how comes before what about, for whom and where, which a filter of the
inventory gives in one click. So the same method alone counts for more than the same theme, audience and place together (9).
Needs come before themes: those who lack the same thing have something to say to each other. The degree, which one sheet in
four shares, only decides between sheets that are alike already.
"""
LEAST = 2
"""The weight of two similar sheets at least: more than a degree."""
MOST_NAMED = 4
"""Names given in a reason."""

MANY = ["methods", "need_kinds", "themes", "audiences", "territories"]

_SENTENCES: dict[str, Callable[[int], str]] = {
    "methods": lambda count: ngettext("Same method: %(names)s", "Same methods: %(names)s", count),
    "device_type": lambda count: _("Same type of device: %(names)s"),
    "need_kinds": lambda count: ngettext("Same need: %(names)s", "Same needs: %(names)s", count),
    "themes": lambda count: ngettext("Same theme: %(names)s", "Same themes: %(names)s", count),
    "audiences": lambda count: ngettext("Same audience: %(names)s", "Same audiences: %(names)s", count),
    "communes": lambda count: ngettext("Same commune: %(names)s", "Same communes: %(names)s", count),
    "territories": lambda count: ngettext("Same territory: %(names)s", "Same territories: %(names)s", count),
    "degree": lambda count: _("Same degree of involvement: %(names)s"),
}


@dataclass(frozen=True)
class Similar:
    """A sheet, and what it shares with another, the weightiest first: « Même méthode : World café »."""

    sheet: Page
    reasons: list[str]


def similar_to(sheet: Page) -> list[Similar]:
    """The three live and public sheets of its language that are most like it, the newest first among equals.

    The database weighs them all in one query, each part of which reads an index once: a twentieth of a second for 5 000 sheets.
    The search, which finds and counts values, cannot weigh them.
    """
    weights = [
        Case(When(condition, then=WEIGHTS[name]), default=0, output_field=IntegerField())
        for name, condition in _conditions(sheet)
    ]
    if not weights:
        return []
    others = type(sheet).objects.live().public().filter(locale_id=sheet.locale_id).exclude(pk=sheet.pk)
    nearest = (
        others.annotate(weight=sum(weights, Value(0)))
        .order_by("-weight", F("started").desc(nulls_last=True), "pk")
        .select_related("device_type")
        .prefetch_related(*MANY)
        .defer_streamfields()
    )
    return [Similar(other, list(_reasons(sheet, other))) for other in nearest[:MOST] if other.weight >= LEAST]


def _conditions(sheet: Page) -> Iterator[tuple[str, Q]]:
    """For each field in which the sheet says something, that another one says it too."""
    for name in WEIGHTS:
        values = _values(sheet, name)
        if values and name in MANY:
            field = type(sheet)._meta.get_field(name)
            links = field.remote_field.through.objects.filter(**{f"{field.m2m_reverse_field_name()}__in": values})
            yield name, Q(pk__in=links.values(field.m2m_field_name()))
        elif values:
            yield name, Q(**{name: values[0]})


def _values(sheet: Page, name: str) -> list:
    value = getattr(sheet, name)
    return list(value.all()) if name in MANY else [value] if value else []


def _reasons(sheet: Page, other: Page) -> Iterator[str]:
    for name in WEIGHTS:
        shared = [value for value in _values(sheet, name) if value in _values(other, name)]
        if shared:
            what = "communes" if name == "territories" and all(place.is_commune for place in shared) else name
            labels = [sheet.get_degree_display()] if name == "degree" else [value.name for value in shared]
            yield _SENTENCES[what](len(shared)) % {"names": some_of(labels, most=MOST_NAMED)}
