"""Loading the territory and its first words, and changing them. Loading again leaves what editors changed."""

import csv
import json
from collections import defaultdict
from pathlib import Path

from django.db import transaction

from participation import generation

from .models import TERMS, Term, Territory

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load_territories() -> int:
    """Create or refresh the EPCI, GALs and communes from the files of `data/`; return how many territories there are.

    Which GAL a commune belongs to is written only when it is created: editors complete it by hand.
    """
    divisions = json.loads((DATA / "divisions.json").read_text())
    epcis = {
        row["code"]: _refresh(
            row["code"], kind=Territory.Kind.EPCI, name=row["name"], other_names="\n".join(row["other_names"])
        )
        for row in divisions["epci"]
    }
    gals = {
        row["code"]: _refresh(
            row["code"],
            kind=Territory.Kind.GAL,
            name=row["name"],
            epci=epcis[row["carried_by"]],
            other_names="\n".join(row["other_names"]),
        )
        for row in divisions["gal"]
    }
    gal_of_epci = {row["whole_of"]: gals[row["code"]] for row in divisions["gal"] if row["whole_of"]}

    contours = {
        feature["properties"]["code"]: feature["geometry"]
        for feature in json.loads((DATA / "communes.geojson").read_text())["features"]
    }
    former_names = defaultdict(list)
    for former in json.loads((DATA / "former-communes.json").read_text()):
        former_names[former["commune"]].append(former["nom"])

    with (DATA / "communes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            _refresh(
                row["code"],
                kind=Territory.Kind.COMMUNE,
                name=row["nom"],
                other_names="\n".join(former_names[row["code"]]),
                population=int(row["population"]),
                epci=epcis[row["epci"]],
                contour=contours[row["code"]],
                longitude=float(row["lon"]),
                latitude=float(row["lat"]),
                at_first={"gal": gal_of_epci.get(row["epci"])},
            )
    return Territory.objects.count()


@transaction.atomic
def load_terms() -> None:
    """Create the words of `data/terms.json` that do not exist yet."""
    terms = json.loads((DATA / "terms.json").read_text())
    for name, model in TERMS.items():
        for slug, label in terms[name].items():
            model.objects.get_or_create(slug=slug, defaults={"name": label})


@transaction.atomic
def change_territory(territory: Territory) -> Territory:
    """Save what editors complete: the local action group of a commune, other names. The rest comes from the files."""
    territory.full_clean()
    territory.save(update_fields=["gal", "other_names"])
    generation.bump()
    return territory


@transaction.atomic
def save_term(term: Term) -> Term:
    """Add a word to one of the lists, or change its name. Its short name, once in addresses, stays."""
    if term.pk:
        term.slug = type(term).objects.values_list("slug", flat=True).get(pk=term.pk)
    term.full_clean()
    term.save()
    generation.bump()
    return term


def _refresh(code, *, at_first=None, **facts) -> Territory:
    territory, _ = Territory.objects.update_or_create(
        code=code, defaults=facts, create_defaults={**facts, **(at_first or {})}
    )
    return territory
