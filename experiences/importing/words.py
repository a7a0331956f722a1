"""The words of the site that a file may name: places, themes, publics, methods, organisations, degrees, stages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from experiences.models import Evaluation
from participation.people.models import Organisation
from participation.plain_text import without_accents
from participation.vocabulary.models import TERMS, InvolvementDegree, Stage, Territory

ARTICLES = {"le", "la", "les", "l", "un", "une", "des", "d"}
SAINTS = {"st": "saint", "ste": "sainte", "sts": "saint", "stes": "sainte"}

LIST_SEPARATORS = (r"[;|\n]", r"[,/]", r"\s(?:et|&)\s")
"""Between the values of one cell. Each is tried only on what is not known as a whole: some names hold a comma."""


def fold(text: str) -> str:
    """What two spellings of a name share: no accent, case, hyphen, space, leading article, plural or abbreviated saint.

    Les Mées → mee, St-Geniez → saintgeniez, « Thème(s) » → theme.
    """
    text = re.sub(r"\((?:s|x|e|es)\)", "", text.casefold()).replace("œ", "oe").replace("æ", "ae")
    plain = without_accents(text)
    words = [SAINTS.get(word, word) for word in re.findall(r"[a-z0-9]+", plain)]
    if len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return "".join(re.sub(r"(?<=\w{3})[sx]$", "", word) for word in words)


STAGES = {
    Stage.IDEA: ["idée", "sujet"],
    Stage.PREPARATION: ["en préparation", "préparation", "en projet", "à venir"],
    Stage.UNDER_WAY: ["en cours", "ouvert", "ouverte"],
    Stage.DECISION: ["en attente d’une décision", "en attente de décision", "décision"],
    Stage.IMPLEMENTATION: ["mise en œuvre", "en réalisation", "en cours de réalisation"],
    Stage.COMPLETED: ["terminé", "terminée", "achevé", "achevée", "clos", "close", "clôturé", "fini", "finie"],
    Stage.INTERRUPTED: ["interrompu", "interrompue", "abandonné", "abandonnée", "suspendu", "suspendue", "arrêté"],
}
"""How a stage is written in French spreadsheets, beside the site's own words."""

EVALUATIONS = {
    Evaluation.NONE: ["non", "pas d’évaluation", "aucune"],
    Evaluation.PLANNED: ["prévue", "à faire", "en cours"],
    Evaluation.DONE: ["oui", "faite", "réalisée"],
}
"""The same for whether something was evaluated."""


@dataclass
class Words:
    """What the site knows, by folded spelling. `load` asks the database; tests fill in what they need."""

    territories: Mapping[str, Any] = field(default_factory=dict)
    themes: Mapping[str, Any] = field(default_factory=dict)
    audiences: Mapping[str, Any] = field(default_factory=dict)
    methods: Mapping[str, Any] = field(default_factory=dict)
    device_types: Mapping[str, Any] = field(default_factory=dict)
    means: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, Any] = field(default_factory=dict)
    organisations: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Words:
        return cls(
            territories=_by_every_name(Territory.objects.all()),
            organisations=_by_name(Organisation.objects.all()),
            **{name: _by_name(terms.objects.all()) for name, terms in TERMS.items()},
        )

    def territory(self, text: str):
        """A place by its name, a former or usual one, or its INSEE code: Thoard, « Thoard (04) », « 04217 », 4217."""
        if re.fullmatch(r"\d{4,5}", text):
            return self.territories.get(text.zfill(5))
        if named := re.fullmatch(r"(.+?)\s*\(\s*([\w-]+)\s*\)", text):
            # Two places may share a name, which their codes tell apart.
            place = self.territories.get(fold(named[2]))
            if place is not None and fold(named[1]) == fold(place.name):
                return place
        # A code beside a name may be a postal one: the name decides.
        return self.territories.get(fold(text)) or self.territories.get(fold(re.sub(r"\(\s*\d+\s*\)|\d+", " ", text)))

    def theme(self, text: str):
        return self.themes.get(fold(text))

    def audience(self, text: str):
        return self.audiences.get(fold(text))

    def method(self, text: str):
        return self.methods.get(fold(text))

    def device_type(self, text: str):
        return self.device_types.get(fold(text))

    def one_means(self, text: str):
        return self.means.get(fold(text))

    def need(self, text: str):
        return self.needs.get(fold(text))

    def organisation(self, text: str):
        return self.organisations.get(fold(text))


def find_all(text: str, find) -> tuple[list, list[str]]:
    """The known things that a cell names, each once and in order, and the parts of it that are not known."""
    found, unknown = _find(text, find, LIST_SEPARATORS)
    return list(dict.fromkeys(found)), unknown


def degree(text: str) -> str:
    """The value of an InvolvementDegree, or an empty text."""
    return _choice(text, InvolvementDegree, {})


def evaluation(text: str) -> str:
    """The value of an Evaluation, or an empty text."""
    return _choice(text, Evaluation, EVALUATIONS)


def stage(text: str) -> str:
    """The value of a Stage, or an empty text."""
    return _choice(text, Stage, STAGES)


def _find(text, find, separators) -> tuple[list, list[str]]:
    text = text.strip(" \t\n\xa0-–•*.")
    if not text:
        return [], []
    if (known := find(text)) is not None:
        return [known], []
    if not separators:
        return [], [text]
    parts = [_find(part, find, separators[1:]) for part in re.split(separators[0], text)]
    found = [known for part, _ in parts for known in part]
    # A phrase of which no part is known is told whole.
    return found, [word for _, words in parts for word in words] if found else [text]


def _choice(text, choices, spellings) -> str:
    for choice in choices:
        if fold(text) in {fold(word) for word in [choice.value, str(choice.label), *spellings.get(choice, [])]}:
            return choice.value
    return ""


def _by_name(rows: Iterable) -> dict:
    """By name or short name; a name comes first."""
    rows = list(rows)
    known = {fold(row.slug): row for row in rows} | {fold(row.name): row for row in rows}
    known.pop("", None)
    return known


def _by_every_name(territories: Iterable[Territory]) -> dict:
    """Where a name is shared, a commune comes before a division, a name before a usual name."""
    ranks = [Territory.Kind.COMMUNE, Territory.Kind.EPCI, Territory.Kind.GAL]
    territories = sorted(territories, key=lambda territory: ranks.index(territory.kind))
    known = {}
    for names_of in [lambda t: [t.name], lambda t: t.other_names.splitlines(), lambda t: [t.code]]:
        for territory in territories:
            for name in names_of(territory):
                known.setdefault(fold(name), territory)
    known.pop("", None)
    return known
