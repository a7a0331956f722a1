"""The facets of the inventory: what sheets are classified by, beyond what every page is."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from participation.vocabulary.models import InvolvementDegree
from search.documents import Kind
from search.filters import Facet, Options
from search.labels import Labels

from .models import Completeness, Evaluation, ExperiencePage


def _periods(_labels: Labels) -> Options:
    return {f"{year}-{year + 4}": f"{year}–{year + 4}" for year in range(2100, 1899, -5)}


def _expected(_labels: Labels) -> Options:
    return {name: ExperiencePage._meta.get_field(name).verbose_name for name in ExperiencePage.EXPECTED}


_of_sheets = partial(Facet, kind=Kind.SHEET)

FACETS = {
    "dispositif": _of_sheets("device_type", lambda labels: labels.device_types, label=_("Type of device")),
    "atteint": _of_sheets(
        "degree_reached", lambda labels: dict(InvolvementDegree.choices), label=_("Degree reached"), in_order=True
    ),
    "moyens": _of_sheets("means", lambda labels: labels.means, label=_("Means mobilised")),
    "nonactives": _of_sheets("unused_means", lambda labels: labels.means, label=_("Means not activated")),
    "besoins": _of_sheets("needs", lambda labels: labels.needs, label=_("Needs")),
    "periode": _of_sheets("period", _periods, label=_("Period"), in_order=True),
    "evaluation": _of_sheets(
        "evaluation", lambda labels: dict(Evaluation.choices), label=_("Evaluation"), in_order=True
    ),
    "completude": _of_sheets(
        "completeness", lambda labels: dict(Completeness.choices), label=_("Completeness of the sheet"), in_order=True
    ),
    "manque": _of_sheets("missing", _expected, label=_("What is missing")),
}
"""By parameter in addresses; their values are those of `ExperiencePage.facet_values`."""
