"""The one declaration of facets: their parameter in addresses, the field of the document they read, the values that exist.

It validates the query string (nothing else reads it), it says what to index, and it draws the form. A higher floor adds a
facet of its own pages with the hook `register_search_facet`, whose function returns (parameter, Facet); their values are
those of `SearchDocument.more`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy

import django_filters
from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from participation.vocabulary.models import InvolvementDegree, Stage

from .documents import Kind, SearchDocument
from .labels import Labels
from .query import Query, Sort

LONGEST_TEXT = 200
"""Characters of a question that are read."""
BEYOND = 10**9
"""The page asked for by those who ask for one that cannot be."""

Options = Mapping[str, str]
"""The values of a facet and their labels, in the order they are offered."""


class ValuesField(forms.MultipleChoiceField):
    """The values that exist among those given, each once: an old link or a stray hand never gives an error."""

    def clean(self, value) -> tuple[str, ...]:
        known = {choice for choice, _label in self.choices}
        return tuple(dict.fromkeys(chosen for chosen in self.to_python(value) if chosen in known))


class Facet(django_filters.MultipleChoiceFilter):
    """A way to narrow results: values of one field of the documents, any of which will do."""

    field_class = ValuesField

    def __init__(
        self,
        field_name: str,
        options: Callable[[Labels], Options],
        *,
        label,
        in_order: bool = False,
        kind: Kind | None = None,
    ):
        """`options` gives the values from the labels; `in_order`: offered in that order rather than by their counts.

        A facet of one `kind` of documents exists only where one searches that kind alone.
        """
        super().__init__(field_name, label=label)
        self.options = options
        self.in_order = in_order
        self.kind = kind

    def exists_in(self, query: Query) -> bool:
        """Whether it exists where this question is asked."""
        return self.kind is None or query.scope.get("type") == (self.kind.value,)

    def values(self, document: SearchDocument) -> list[str]:
        """What a document counts for."""
        value = document.more.get(self.field_name, getattr(document, self.field_name, ()))
        if isinstance(value, tuple):
            return [str(one) for one in value]
        return [str(value)] if value else []


class TextField(forms.CharField):
    """What people type, cut to a readable length; what cannot be shown (NUL, half characters) becomes a space."""

    def clean(self, value) -> str:
        text = (value or "")[: LONGEST_TEXT + 1]
        if len(text) > LONGEST_TEXT:
            # Half a word would find nothing.
            text = text.rpartition(" ")[0] or text[:LONGEST_TEXT]
        shown = "".join(letter if letter.isprintable() else " " for letter in text)
        return " ".join(shown.split())


class TextFilter(django_filters.CharFilter):
    field_class = TextField


class SortField(forms.ChoiceField):
    def clean(self, value) -> str:
        return value if value in Sort.values else ""


class SortFilter(django_filters.ChoiceFilter):
    field_class = SortField


class PageField(forms.Field):
    def clean(self, value) -> int:
        if not value:
            return 1
        return int(value) if value.isascii() and value.isdecimal() and 0 < len(value) < 10 and int(value) else BEYOND


class PageFilter(django_filters.Filter):
    field_class = PageField


def _years(_labels: Labels) -> Options:
    return {str(year): str(year) for year in range(2100, 1899, -1)}


def _territories(labels: Labels) -> Options:
    return {code: territory.name for code, territory in labels.territories.items()}


class SearchFilters(django_filters.FilterSet):
    """The question that a query string asks. `query` is the question without its answers: where one searches."""

    q = TextFilter(label=_("Your search"))
    type = Facet("kind", lambda labels: dict(Kind.choices), label=_("Type"), in_order=True)
    territoire = Facet("territories", _territories, label=_("Territory"))
    theme = Facet("themes", lambda labels: labels.themes, label=_("Theme"))
    public = Facet("audiences", lambda labels: labels.audiences, label=_("Audience"))
    degre = Facet(
        "degree", lambda labels: dict(InvolvementDegree.choices), label=_("Degree of involvement"), in_order=True
    )
    etape = Facet("stage", lambda labels: dict(Stage.choices), label=_("Stage"), in_order=True)
    annee = Facet("years", _years, label=_("Year"), in_order=True)
    methode = Facet("methods", lambda labels: labels.methods, label=_("Method"))
    porteur = Facet("carrier", lambda labels: labels.carriers, label=_("Carried by"))
    tri = SortFilter(label=_("Order"), choices=Sort.choices)
    page = PageFilter(label=_("Page"))

    def __init__(self, data, *, labels: Labels, query: Query):
        super().__init__(data, query)
        # Copied as those of the class are: a filter keeps the choices it was first asked for.
        self.filters |= deepcopy(registered_facets())
        self.facets = {
            name: facet for name, facet in self.filters.items() if isinstance(facet, Facet) and facet.exists_in(query)
        }
        self.options = {name: facet.options(labels) for name, facet in self.facets.items()}
        for name, facet in self.facets.items():
            facet.extra["choices"] = list(self._allowed(name).items())
        self.form.is_valid()
        self.chosen: dict[str, tuple[str, ...]] = {name: self.form.cleaned_data[name] for name in self.facets}

    def _allowed(self, name: str) -> Options:
        """The values of a facet that exist where one searches."""
        within = self.queryset.scope.get(name)
        return {value: label for value, label in self.options[name].items() if within is None or value in within}

    @property
    def query(self) -> Query:
        """The question asked."""
        data = self.form.cleaned_data
        query = self.queryset
        for name, values in self.chosen.items():
            query = query.where(name, values)
        return query.asking(data["q"], sort=data["tri"], page=data["page"], counts=tuple(self.facets))

    @property
    def notices(self) -> list[str]:
        """What of the query string was not used, in sentences."""
        notices = []
        if len(self.data.get("q", "")) > LONGEST_TEXT:
            notices.append(
                gettext("Your search was too long: only its first %(count)s characters were used.")
                % {"count": LONGEST_TEXT}
            )
        for name, facet in self.facets.items():
            ignored = [
                value for value in dict.fromkeys(self.data.getlist(name)) if value and value not in self.chosen[name]
            ]
            if ignored:
                notices.append(
                    ngettext(
                        "A filter was ignored: “%(values)s” is not a value of “%(facet)s”.",
                        "%(count)s filters were ignored, which are not values of “%(facet)s”: %(values)s.",
                        len(ignored),
                    )
                    % {"count": len(ignored), "values": _shortened(ignored), "facet": facet.label}
                )
        if self.data.get("tri") and not self.form.cleaned_data["tri"]:
            notices.append(gettext("This order does not exist: the results are in the usual one."))
        return notices


def _shortened(values: list[str]) -> str:
    """The first three of them, on one line."""
    shown = [TextField().clean(value)[:40] or "?" for value in values[:3]]
    return ", ".join([*shown, "…"] if len(values) > 3 else shown)


def registered_facets() -> dict[str, Facet]:
    """The facets of higher floors, by parameter."""
    return dict(build() for build in hooks.get_hooks("register_search_facet"))


def facets() -> dict[str, Facet]:
    """Every facet, by parameter."""
    declared = {name: facet for name, facet in SearchFilters.base_filters.items() if isinstance(facet, Facet)}
    return declared | registered_facets()
