"""The names that people read and type for what documents hold as short names: places, themes, audiences, carriers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.cache import cache
from django.utils.translation import override

from participation import generation
from participation.people.models import Organisation
from participation.plain_text import some_of
from participation.vocabulary.models import TERMS, Territory

from .documents import SearchDocument

CACHE_SECONDS = 60
MOST_PLACES = 3
"""Named of a document."""


class Place(NamedTuple):
    """A territory, without its contour. `kind` is a value of `Territory.Kind`."""

    name: str
    kind: str
    other_names: str


@dataclass(frozen=True)
class Labels:
    """Names by short name."""

    territories: Mapping[str, Place] = field(default_factory=dict)
    carriers: Mapping[str, str] = field(default_factory=dict)
    themes: Mapping[str, str] = field(default_factory=dict)
    audiences: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    device_types: Mapping[str, str] = field(default_factory=dict)
    means: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Labels:
        """From the database, in eight queries."""
        territories = Territory.objects.order_by("name").values_list("code", "name", "kind", "other_names")
        return cls(
            territories={code: Place(*row) for code, *row in territories},
            carriers=dict(Organisation.objects.values_list("slug", "name")),
            **{name: dict(terms.objects.values_list("slug", "name")) for name, terms in TERMS.items()},
        )

    @classmethod
    def current(cls) -> Labels:
        """What a page of results shows: read once for each generation of the site, once a minute at least."""
        return cache.get_or_set(f"search.labels:{generation.current()}", cls.read, CACHE_SECONDS)

    def places_of(self, document: SearchDocument) -> str:
        """The places it is about: its communes, or the divisions it is about as a whole."""
        places = [self.territories[code] for code in document.territories if code in self.territories]
        communes = [place.name for place in places if place.kind == Territory.Kind.COMMUNE]
        return some_of(communes or [place.name for place in places], most=MOST_PLACES)

    def names_of(self, document: SearchDocument) -> list[str]:
        """The names a document can be found by, beside its own text.

        The divisions that hold a commune count by their name only: one of their other names is « agglo de Digne », and
        whoever looks for Digne does not ask for every commune around it.
        """
        places = [self.territories[code] for code in document.territories if code in self.territories]
        communes = [place for place in places if place.kind == Territory.Kind.COMMUNE]
        names = [place.name for place in places]
        names += [name for place in communes or places for name in place.other_names.splitlines()]
        names += [self.themes.get(slug, "") for slug in document.themes]
        names += [self.audiences.get(slug, "") for slug in document.audiences]
        names += [self.methods.get(slug, "") for slug in document.methods]
        names.append(self.carriers.get(document.carrier, ""))
        with override(document.language):
            names.append(str(document.kind.label))
        return [name for name in names if name]
