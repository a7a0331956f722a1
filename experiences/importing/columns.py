"""The headers that a file may have, and what each column fills. docs/import.md tells it to those who fill them in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from experiences.models import ExperiencePage

from .cells import Cell, line_of, shorten
from .words import fold

HEADERS = {
    "file": ["fichier"],
    "identifier": ["identifiant", "id", "clé"],
    "title": ["titre", "title", "intitulé", "nom de la démarche", "nom du dispositif", "nom de l’expérience"],
    "summary": ["résumé", "description", "présentation", "accroche"],
    "carrier": ["porteur", "organisateur", "porté par", "organisé par", "structure porteuse", "organisation"],
    "partners": ["partenaires", "avec", "prestataires", "outils"],
    "territories": ["communes", "territoires", "lieu", "code INSEE", "INSEE"],
    "themes": ["thèmes", "thématiques"],
    "audiences": ["publics", "publics visés", "publics concernés"],
    "device_type": ["type de dispositif", "dispositif", "type", "forme du dispositif"],
    "degree": ["degré", "degré d’implication", "niveau d’implication", "niveau de participation"],
    "degree_reached": ["degré atteint", "degré d’implication atteint", "niveau d’implication atteint"],
    "stage": ["étape", "état", "statut", "avancement"],
    "under_way": ["en cours", "in_progress"],
    "evaluation": ["évaluation", "évaluation faite", "évalué"],
    "started": ["début", "date", "date de début", "année"],
    "ended": ["fin", "date de fin"],
    "duration": ["durée"],
    "participants": ["participants", "nombre de participants", "nb de participants"],
    "cost": ["coût", "coût en euros", "budget", "montant"],
    "methods": ["méthodes", "méthodes utilisées"],
    "means": ["moyens mobilisés, en un mot", "types de moyens mobilisés", "types de moyens"],
    "unused_means": [
        "moyens non activés, en un mot",
        "moyens non mobilisés, en un mot",
        "types de moyens non activés",
        "types de moyens non mobilisés",
    ],
    "need_kinds": ["besoins, en un mot", "types de besoins"],
    "objectives": ["objectifs"],
    "means_mobilised": ["moyens mobilisés", "moyens"],
    "means_not_activated": ["moyens non activés", "moyens non mobilisés"],
    "results": ["résultats", "effets"],
    "strengths": ["forces", "points forts", "forces / points forts", "atouts"],
    "weaknesses": ["faiblesses", "points faibles", "faiblesses / points faibles", "limites", "inconvénients"],
    "potential": ["potentiel", "potentiel de changement", "perspectives"],
    "needs": ["besoins"],
    "contact": ["contact"],
    "website": ["site", "site internet", "site web", "lien", "link", "URL", "pour en savoir plus"],
    "body": ["récit", "corps_markdown", "markdown", "corps", "texte", "contenu", "déroulement"],
}
"""What a column fills → the headers it may have. Accents, capitals, plurals and hyphens do not count (`fold`)."""

WRITTEN_HERE = "fiche:"
"""What the identifier of a sheet that was not imported begins with."""

FIELD_OF = {fold(header): field for field, headers in HEADERS.items() for header in headers}


SPECIAL = ("file", "identifier", "under_way")
"""What a column may fill that is no field of a sheet."""

OURS = 12
"""Columns of a file that is taken for one of our own exports, at least."""


@dataclass(frozen=True)
class Column:
    """A column of the file: its place from 0, how messages name it, and what it fills, or an empty text."""

    place: int
    label: str
    field: str

    @property
    def fills(self) -> str:
        """What it fills, in the words of the sheet's form."""
        if self.field in ("file", "identifier"):
            return _("stable key")
        name = {"under_way": "stage"}.get(self.field, self.field)
        return str(ExperiencePage._meta.get_field(name).verbose_name)


def field_of(header: Cell) -> str:
    """What a column with this header fills, or an empty text. « Coût (€) » is « Coût »."""
    text = line_of(header, longest=1000) if isinstance(header, str) and len(header) <= 1000 else ""
    for spelling in (text, re.sub(r"\([^)]*\)", "", text)):
        if field := FIELD_OF.get(fold(spelling)):
            return field
    return ""


def header_of(field: str) -> str:
    """The header that an export gives to what this column fills: « Résumé »."""
    return capfirst(HEADERS[field][0])


def identifier_of(sheet: ExperiencePage) -> str:
    """What the column « Identifiant » of an export says of a sheet, so that an import finds it again.

    A sheet that came from a file keeps the key it has there; one that was written here has « fiche: » and its key among
    translations, with its language unless it is the site's own.
    """
    if sheet.source_key:
        return sheet.source_key
    language = sheet.locale.language_code
    after = "" if language == settings.LANGUAGE_CODE else f":{language}"
    return f"{WRITTEN_HERE}{sheet.translation_key}{after}"


def come_from_here(columns: Sequence[Column]) -> bool:
    """Whether these are the headers of one of our own exports, some columns of which may have been taken away."""
    known = [column for column in columns if column.field]
    return (
        len(known) >= OURS
        and any(column.field == "identifier" for column in known)
        and all(column.label == header_of(column.field) for column in known)
    )


def score(cells: Sequence[Cell]) -> int:
    """How much a row looks like the line of headers: the number of columns known, 0 if none is a title."""
    fields = [field_of(cell) for cell in cells]
    return sum(map(bool, fields)) if "title" in fields else 0


def columns_of(header: Sequence[Cell]) -> list[Column]:
    """The columns that a line of headers announces. Two that bear the same name are told apart by their letter."""
    names = [shorten(cell) for cell in header]
    times = Counter(names)
    return [
        Column(place, _label(name, place, alone=times[name] == 1), field_of(cell))
        for place, (cell, name) in enumerate(zip(header, names, strict=True))
    ]


def _label(name: str, place: int, *, alone: bool) -> str:
    letter = get_column_letter(place + 1)
    if not name:
        return _("column %(letter)s, without a title") % {"letter": letter}
    return name if alone else _("%(name)s (column %(letter)s)") % {"name": name, "letter": letter}
