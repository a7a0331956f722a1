"""Other words for the same thing, in this field and on this territory.

It is the question that is widened, not the documents: a group may be added without indexing anything again, words stay as rare
as they are, and what is marked in a result is what was found. The form that was typed ranks before the others of its group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from .words import plain_words, stem, stems

GROUPS: tuple[tuple[str, ...], ...] = (
    # How people take part.
    ("tirage au sort", "tirés au sort", "sortition", "désignation par le sort"),
    (
        "panel citoyen",
        "jury citoyen",
        "convention citoyenne",
        "conférence de citoyens",
        "conférence de consensus",
        "mini-public",
    ),
    ("budget participatif", "budget citoyen"),
    ("participation citoyenne", "démocratie participative", "participation des habitants", "participation du public"),
    ("concertation", "dialogue citoyen", "dialogue territorial"),
    ("co-élaboration", "coélaboration", "co-construction", "coconstruction", "co-conception", "coconception"),
    ("réunion publique", "rencontre publique", "assemblée publique"),
    ("boîte à idées", "appel à idées", "collecte d’idées"),
    ("balade urbaine", "marche exploratoire", "diagnostic en marchant"),
    ("forum ouvert", "open space"),
    ("world café", "café monde"),
    ("questionnaire", "sondage"),
    ("vote", "votation", "scrutin"),
    ("référendum local", "référendum communal"),
    ("pétition", "interpellation citoyenne", "droit d’interpellation"),
    ("chantier participatif", "chantier citoyen", "chantier collectif"),
    ("compte rendu", "procès-verbal", "relevé de décisions"),
    ("charte de la participation", "charte de la concertation", "charte de la participation citoyenne"),
    # Who meets.
    ("comité de pilotage", "COPIL"),
    ("comité technique", "COTECH"),
    ("conseil de développement", "CODEV"),
    ("conseil de quartier", "comité de quartier", "assemblée de quartier"),
    ("conseil municipal des jeunes", "conseil de jeunes", "CMJ"),
    ("commission nationale du débat public", "CNDP"),
    ("mairie", "hôtel de ville"),
    # The territory.
    ("Provence Alpes Agglomération", "P2A", "agglomération dignoise"),
    ("Sisteronais-Buëch", "CCSB"),
    ("Alpes-de-Haute-Provence", "Basses-Alpes", "AHP"),
    ("groupe d’action locale", "GAL"),
    ("intercommunalité", "EPCI", "établissement public de coopération intercommunale"),
    ("communauté de communes", "comcom"),
    ("agglomération", "agglo", "communauté d’agglomération"),
    ("parc naturel régional", "PNR"),
    ("quartier prioritaire", "QPV", "quartier prioritaire de la politique de la ville"),
    # What it plans and runs.
    ("plan local d’urbanisme", "PLU"),
    ("plan local d’urbanisme intercommunal", "PLUi"),
    ("schéma de cohérence territoriale", "SCoT"),
    ("plan climat", "PCAET", "plan climat air énergie territorial"),
    ("contrat de relance et de transition écologique", "CRTE"),
    ("opération programmée d’amélioration de l’habitat", "OPAH"),
    ("gestion des milieux aquatiques et prévention des inondations", "GEMAPI"),
    ("plan de mobilité", "plan de déplacements urbains", "PDU"),
    ("transport à la demande", "TAD"),
    ("piste cyclable", "voie cyclable", "bande cyclable"),
    ("centre communal d’action sociale", "CCAS"),
    ("cahier des clauses techniques particulières", "CCTP"),
)
"""Each group holds forms that are asked for each other, a form is in one group only."""


def at(words: Sequence[str], place: int) -> tuple[int, tuple[str, ...]]:
    """The longest form that begins at `place` among these stems, the common words included: its length, 0 for none, and the
    other forms of its group, each as stems that stand side by side."""
    forms = _forms()
    longest = min(len(words) - place, max(map(len, forms)))
    for length in range(longest, 0, -1):
        others = forms.get(tuple(words[place : place + length]))
        if others:
            return length, others
    return 0, ()


def single_words() -> Iterator[str]:
    """The forms of one word, folded: a typing error in one of them is forgiven even where no document holds it."""
    for forms in (plain_words(form) for group in GROUPS for form in group):
        if len(forms) == 1:
            yield forms[0]


@cache
def _forms() -> dict[tuple[str, ...], tuple[str, ...]]:
    """The others of its group, by form: forms to recognise have their common words, forms to look for have not."""
    return {
        tuple(map(stem, plain_words(form))): tuple(" ".join(stems(other)) for other in group if other != form)
        for group in GROUPS
        for form in group
    }
