"""The inventory as it is read: one set of sheets, in four views, and the map of where they are."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participation.vocabulary.maps import Map, draw
from participation.vocabulary.models import Territory
from search.documents import Kind
from search.results import PAGE_SIZE, Results

ROWS_OF_A_TABLE = 50
FORMATS = ("csv", "xlsx", "json", "geojson")
"""The files that hold what is found: see `exporting`."""


class View(models.TextChoices):
    """How the sheets are shown, by the value of `vue` in addresses."""

    LIST = "liste", gettext_lazy("List")
    CARDS = "vignettes", gettext_lazy("Cards")
    MAP = "carte", gettext_lazy("Map")
    TABLE = "tableau", gettext_lazy("Table")


class Inventory(Results):
    """The sheets that a query string finds, and the view it asks for."""

    usual = ("territoire", "theme", "dispositif", "degre")

    def __init__(self, request: HttpRequest):
        asked = request.GET.get("vue", "")
        self.view = View(asked) if asked in View.values else View.LIST
        size = ROWS_OF_A_TABLE if self.view == View.TABLE else PAGE_SIZE
        super().__init__(request, restricted_to=Kind.SHEET, size=size, kept=_parameters(self.view))

    @property
    def views(self) -> list[dict]:
        """The four views of what was found, for the tabs above it."""
        return [
            {"label": view.label, "url": self.url(kept=_parameters(view)), "current": view == self.view}
            for view in View
        ]

    @property
    def exports(self) -> list[dict]:
        """The files that hold all that was found, in the same order."""
        query = self.query_string(kept={})
        after = f"?{query}" if query else ""
        return [{"label": form.upper(), "url": f"{self.path}export.{form}{after}"} for form in FORMATS]

    @property
    def pks(self) -> list[int]:
        """Of the sheets on this page of results, in order."""
        return [document.pk for document in self.answer.documents]

    def every_pk(self) -> list[int]:
        """Of all that was found, in order. Raises `EngineDown`."""
        return [document.pk for document in self.every_document()]

    @cached_property
    def map(self) -> Map | None:
        """The map of what the other filters leave: each commune leads to the same search in that commune alone.

        As every facet, it ignores its own choice: another commune is one click away. In the view that is all map, a single
        territory that is chosen frames it.
        """
        chosen = self.filters.chosen["territoire"]
        places = self.labels.territories
        counts = {
            option.value: option.count
            for option in self.facets["territoire"].options
            if option.count and places[option.value].kind == Territory.Kind.COMMUNE
        }

        def url(code: str) -> str:
            return self.url(filters={**self.filters.chosen, "territoire": (code,)})

        zone = chosen[0] if len(chosen) == 1 and self.view == View.MAP else ""
        drawn = draw(counts, url, "", zone)
        return drawn and replace(drawn, label=self._told(len(drawn.counted), is_all=not chosen))

    def _told(self, communes: int, *, is_all: bool) -> str:
        """What the map shows, in words."""
        places = ngettext("%(count)s commune", "%(count)s communes", communes) % {"count": communes}
        if not is_all:
            return _("Experiences in %(communes)s") % {"communes": places}
        experiences = ngettext("%(count)s experience", "%(count)s experiences", self.total) % {"count": self.total}
        return _("%(experiences)s in %(communes)s") % {"experiences": experiences, "communes": places}

    @property
    def zones(self) -> list[dict]:
        """The divisions the map can be framed on, and the whole."""
        chosen = self.filters.chosen["territoire"]
        divisions = [
            (code, place.name)
            for code, place in self.labels.territories.items()
            if place.kind != Territory.Kind.COMMUNE
        ]
        zones = [("", _("The whole territory")), *divisions]
        return [
            {
                "label": label,
                "url": self.url(filters={**self.filters.chosen, "territoire": (code,) if code else ()}),
                "current": chosen == ((code,) if code else ()),
            }
            for code, label in zones
        ]


def _parameters(view: View) -> dict[str, str]:
    """What stands for a view in addresses: nothing for the usual one."""
    return {} if view == View.LIST else {"vue": view.value}
