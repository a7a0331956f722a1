"""The map of the inventory: how many sheets there are in each commune."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation.vocabulary.maps import Map, draw
from participation.vocabulary.models import Territory
from search.results import Results


def map_of_sheets(counts: Mapping[str, int], urls: Callable[[str], str], sheets: int | None = None) -> Map | None:
    """The map of `counts` (sheets by code of commune); `sheets`: how many there are in all, if that means something."""
    places = sum(1 for count in counts.values() if count)
    communes = ngettext("%(count)s commune", "%(count)s communes", places) % {"count": places}
    if sheets is None:
        label = _("Experiences in %(communes)s") % {"communes": communes}
    else:
        experiences = ngettext("%(count)s experience", "%(count)s experiences", sheets) % {"count": sheets}
        label = _("%(experiences)s in %(communes)s") % {"experiences": experiences, "communes": communes}
    return draw(counts, urls, label)


def inventory_map(results: Results) -> Map | None:
    """The map of what the other filters leave: each commune leads to the same search in that commune alone.

    As every facet, it ignores its own choice: another commune is one click away.
    """
    places = results.labels.territories
    counts = {
        option.value: option.count
        for option in results.facets["territoire"].options
        if places[option.value].kind == Territory.Kind.COMMUNE
    }

    def url(code: str) -> str:
        return results.url(filters={**results.filters.chosen, "territoire": (code,)})

    return map_of_sheets(counts, url, None if results.filters.chosen["territoire"] else results.total)
