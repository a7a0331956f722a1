"""Two to four sheets side by side, fact by fact.

A sheet is an ExperiencePage, and the inventory that has them an ExperienceIndexPage, which shows the comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from search.documents import Kind
from search.filters import TextField
from search.results import Results
from search.views import unindexed

from .similar import similar_to

FEWEST, MOST = 2, 4
"""Sheets that are compared."""
MOST_FOUND = 8
"""Sheets offered for a search."""
MOST_READ = 20
"""Sheets of an address that are looked for."""
SMALL = 10
"""Euros below which cents are said."""


# ── What is compared ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Cell:
    """What a sheet says of a fact: a few words, one thing a line, and rich text."""

    words: list[str]
    text: str = ""

    def __bool__(self):
        return bool(self.words or self.text)


@dataclass(frozen=True)
class Fact:
    """A row: its label, how a sheet says it in words, the rich text field that tells more."""

    label: str
    words: Callable[[Page], Iterable[str]] = lambda sheet: ()
    field: str = ""

    def cell(self, sheet: Page) -> Cell:
        words = [capfirst(str(word)) for word in self.words(sheet) if word]
        return Cell(words, getattr(sheet, self.field) if self.field else "")


def _names(field: str) -> Callable[[Page], Iterable[str]]:
    return lambda sheet: sorted(row.name for row in getattr(sheet, field).all())


def _carrier(sheet: Page) -> list[str]:
    partners = gettext("With %(partners)s") % {"partners": sheet.partners} if sheet.carrier else sheet.partners
    return [sheet.carrier.name if sheet.carrier else "", partners if sheet.partners else ""]


def _degrees(sheet: Page) -> list[str]:
    if not sheet.reached:
        return [sheet.get_degree_display()]
    announced = gettext("announced: %(degree)s") % {"degree": sheet.involvement.label} if sheet.involvement else ""
    reached = gettext("reached: %(degree)s") % {"degree": sheet.reached.label}
    return [announced, f"{reached} ({sheet.reach})" if sheet.reach else reached]


def _participants(sheet: Page) -> list[str]:
    if sheet.participants is None:
        return []
    return [
        ngettext("%(number)s person", "%(number)s people", sheet.participants)
        % {"number": intcomma(sheet.participants)}
    ]


def _cost(sheet: Page) -> list[str]:
    if sheet.cost is None:
        return []
    return [_euros(sheet.cost) if sheet.cost else gettext("No outside cost")]


def _cost_of_each(sheet: Page) -> list[str]:
    if not sheet.cost or not sheet.participants:
        return []
    return [_euros(sheet.cost / sheet.participants)]


def _euros(amount: float) -> str:
    cents = 2 if amount < SMALL and amount != int(amount) else 0
    return f"{number_format(amount, cents, use_l10n=True, force_grouping=True)}\u00a0€"


FACTS = [
    Fact(_("Where"), _names("territories")),
    Fact(_("When"), lambda sheet: [sheet.period, sheet.duration]),
    Fact(_("Who"), _carrier),
    Fact(_("Stage"), lambda sheet: [sheet.get_stage_display()]),
    Fact(_("Type of device"), lambda sheet: [sheet.device_type.name if sheet.device_type else ""]),
    Fact(_("Degree of involvement"), _degrees),
    Fact(_("Methods"), _names("methods")),
    Fact(_("Themes"), _names("themes")),
    Fact(_("Audiences"), _names("audiences")),
    Fact(_("Participants"), _participants),
    Fact(_("Cost"), _cost),
    Fact(_("Cost per participant"), _cost_of_each),
    Fact(_("What was wanted"), field="objectives"),
    Fact(_("Means mobilised"), _names("means"), "means_mobilised"),
    Fact(_("Means not activated"), _names("unused_means"), "means_not_activated"),
    Fact(_("Results"), field="results"),
    Fact(_("What worked"), field="strengths"),
    Fact(_("What did not"), field="weaknesses"),
    Fact(_("What would help"), _names("need_kinds"), "needs"),
    Fact(_("Potential for change"), field="potential"),
    Fact(_("Evaluation"), lambda sheet: [sheet.get_evaluation_display()]),
]


@dataclass(frozen=True)
class Row:
    """A fact, and what each sheet says of it."""

    label: str
    cells: list[Cell]

    @property
    def is_same(self) -> bool:
        return all(cell == self.cells[0] for cell in self.cells)


# ── What an address asks ─────────────────────────────────────────────────────────────────────────────────────────────


class NumbersField(forms.MultipleChoiceField):
    """The ids that an address names, in their order, each once. What cannot be one is 0."""

    def clean(self, value) -> tuple[int, ...]:
        return tuple(dict.fromkeys(_id(number) for number in self.to_python(value)[:MOST_READ]))


def _id(number: str) -> int:
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


class ComparisonForm(forms.Form):
    """The question that an address asks: whatever it holds, it has an answer."""

    fiche = NumbersField()
    differences = forms.BooleanField(required=False)
    q = TextField(required=False)


class Comparison:
    """The sheets that are chosen, and what one can do next.

    A sheet that does not exist, or that not everyone may read, is left out: `notices` say so, and never which of the two.
    """

    def __init__(self, inventory: Page, data: QueryDict):
        form = ComparisonForm(data)
        form.is_valid()
        asked = form.cleaned_data["fiche"]
        known = inventory.sheets().defer_streamfields().in_order(asked)
        self.path = inventory.compare_url
        self.sheets: list[Page] = known[:MOST]
        self.text: str = form.cleaned_data["q"]
        self.only_differences: bool = form.cleaned_data["differences"]
        self.notices = list(_notices(unknown=len(asked) - len(known), too_many=known[MOST:]))

    @property
    def is_possible(self) -> bool:
        return len(self.sheets) >= FEWEST

    @property
    def is_full(self) -> bool:
        return len(self.sheets) == MOST

    @cached_property
    def rows(self) -> list[Row]:
        """What at least one of the sheets says."""
        rows = [Row(str(fact.label), [fact.cell(sheet) for sheet in self.sheets]) for fact in FACTS]
        return [row for row in rows if any(row.cells)]

    @property
    def shown(self) -> list[Row]:
        return [row for row in self.rows if not (self.only_differences and row.is_same)]

    @property
    def same(self) -> list[Row]:
        """What all the sheets say alike."""
        return [row for row in self.rows if row.is_same]

    # ── Addresses ────────────────────────────────────────────────────────────────────────────────────────────────────

    def url(self, sheets: Iterable[int], *, only_differences: bool | None = None) -> str:
        """The address of the comparison of these sheets."""
        query = QueryDict(mutable=True)
        query.setlist("fiche", [str(pk) for pk in sheets])
        if self.only_differences if only_differences is None else only_differences:
            query["differences"] = "oui"
        return f"{self.path}?{query.urlencode()}" if query else self.path

    @property
    def ids(self) -> list[int]:
        return [sheet.pk for sheet in self.sheets]

    @property
    def columns(self) -> list[dict]:
        """Each sheet, with the address of the comparison without it."""
        return [
            {"sheet": sheet, "remove_url": self.url(pk for pk in self.ids if pk != sheet.pk)} for sheet in self.sheets
        ]

    @property
    def differences_url(self) -> str:
        return self.url(self.ids, only_differences=True)

    @property
    def everything_url(self) -> str:
        return self.url(self.ids, only_differences=False)

    # ── Which sheet to add ───────────────────────────────────────────────────────────────────────────────────────────

    def offers(self, request: HttpRequest) -> dict:
        """`offers`: sheets that can be added, found by the words that were typed (`results`), else like the first one.

        Each is a {title, note, url}, where `url` compares it too.
        """
        if self.is_full:
            return {}
        if self.text:
            results = Results(request, restricted_to=Kind.SHEET)
            found = [(one.document.pk, one.document.title, one.places) for one in results.results]
        else:
            results = None
            alike = similar_to(self.sheets[0]) if self.sheets else []
            found = [(one.sheet.pk, one.sheet.title, " · ".join(one.reasons)) for one in alike]
        offers = [self._offer(*one) for one in found if one[0] not in self.ids]
        return {"results": results, "offers": offers[:MOST_FOUND]}

    def _offer(self, pk: int, title: str, note: str) -> dict:
        return {"title": title, "note": note, "url": self.url([*self.ids, pk])}


def _notices(*, unknown: int, too_many: list[Page]) -> Iterable[str]:
    if unknown:
        yield ngettext(
            "A sheet that was asked for does not exist, or is no longer public: it is left out.",
            "%(count)s sheets that were asked for do not exist, or are no longer public: they are left out.",
            unknown,
        ) % {"count": unknown}
    if too_many:
        titles = ", ".join(gettext("“%(title)s”") % {"title": sheet.title} for sheet in too_many)
        yield gettext("At most %(most)s sheets are compared. Left out: %(titles)s.") % {"most": MOST, "titles": titles}


def compare(request: HttpRequest, inventory: Page) -> HttpResponse:
    """The sheets that the address names, side by side; with fewer than two, how to choose them."""
    comparison = Comparison(inventory, request.GET)
    context = {"page": inventory, "comparison": comparison, **comparison.offers(request)}
    return unindexed(render(request, "experiences/compare.html", context))
