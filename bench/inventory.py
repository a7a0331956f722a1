"""What an inventory of 5 000 sheets costs next to one of 50: to read in its four views, to filter, to take away.

    .venv/bin/python bench/inventory.py

Sheets are invented. Pages are compared in turns (`_asking`). Ends with 1 when the numbers of queries differ.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import _asking
import _volume
from _invented import Pen
from _timing import megabytes, say, timed

FEW, MANY = 50, 5_000
"""Sheets."""
ROUNDS, CALLS = 5, 3
SECONDS_OF_A_WORKBOOK = 10


def main() -> None:
    def fill(count: int, var: Path) -> None:
        subprocess.run([sys.executable, __file__, "--fill", str(count)], env=_volume.environment(var), check=True)
        _volume.run(var, "search_index")

    with (
        _volume.site("inventaire-peu", fill=partial(fill, FEW)) as small,
        _volume.site("inventaire-beaucoup", fill=partial(fill, MANY)) as large,
    ):
        equal = _asking.compare(__file__, {str(FEW): small, str(MANY): large}, rounds=ROUNDS)
        for extension in ("csv", "xlsx", "json", "geojson"):
            subprocess.run(
                [sys.executable, __file__, "--export", extension], env=_volume.environment(large), check=True
            )
    sys.exit(0 if equal else 1)


def fill(count: int) -> None:
    """An inventory of so many published sheets. The newest are the same however many there are: the pages compare."""
    from django.utils import timezone
    from wagtail.models import Page, Site

    from experiences.models import Evaluation, ExperienceIndexPage, ExperiencePage
    from home.models import HomePage
    from participation.vocabulary.models import TERMS, DeviceType, InvolvementDegree, Stage, Territory
    from search.outbox import postponed

    home = Page.get_first_root_node().add_child(instance=HomePage(title="Accueil", slug="accueil-mesure"))
    Site.objects.update_or_create(is_default_site=True, defaults={"hostname": "localhost", "root_page": home})
    index = home.add_child(instance=ExperienceIndexPage(title="Inventaire", slug="inventaire"))
    communes, devices = list(Territory.objects.communes()), list(DeviceType.objects.all())
    terms = {name: list(model.objects.all()) for name, model in TERMS.items()}
    lists = {
        "methods": "methods",
        "themes": "themes",
        "audiences": "audiences",
        "means": "means",
        "unused_means": "means",
        "need_kinds": "needs",
    }
    with postponed():
        for number in range(count, 0, -1):
            pen, chance = Pen(number), random.Random(number)
            sheet = ExperiencePage(
                title=f"{pen.title()}, la démarche {number}",
                slug=f"demarche-{number}",
                summary=pen.sentence(),
                first_published_at=timezone.now(),
                device_type=chance.choice(devices),
                degree=chance.choice(InvolvementDegree.values),
                degree_reached=chance.choice(InvolvementDegree.values),
                stage=chance.choice(Stage.values),
                evaluation=chance.choice(Evaluation.values),
                started=date(2026, 1, 1) - timedelta(days=number % 3000),
                participants=chance.randrange(500),
                cost=chance.randrange(20_000),
                **{name: f"<p>{pen.paragraph()}</p>" for name in ExperiencePage.LESSONS},
            )
            index.add_child(instance=sheet)
            sheet.territories = chance.sample(communes, 3)
            for name, known in lists.items():
                setattr(sheet, name, chance.sample(terms[known], 2))
            sheet.save()


def answer() -> None:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    # What a first request loads is not the page's.
    client.get("/inventaire/?q=rien")
    addresses = {
        "liste": "/inventaire/?tri=titre",
        "liste, un mot": "/inventaire/?q=démarche&tri=titre",
        "vignettes": "/inventaire/?vue=vignettes",
        "carte": "/inventaire/?vue=carte",
        "tableau": "/inventaire/?vue=tableau",
    }
    _asking.answer({name: _asking.asking(client, address) for name, address in addresses.items()}, calls=CALLS)


def export(extension: str) -> None:
    """One file of the whole inventory."""
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    # What a first request loads is not the file's.
    client.get("/inventaire/?q=rien")
    before = megabytes(resource.RUSAGE_SELF)
    size, *times = timed(lambda: sum(map(len, client.get(f"/inventaire/export.{extension}").streaming_content)))
    memory = f"{megabytes(resource.RUSAGE_SELF) - before:.0f} Mo de plus"
    budget = SECONDS_OF_A_WORKBOOK if extension == "xlsx" else None
    say(f"{MANY} fiches en {extension.upper()} ({size / 1e6:.1f} Mo ; {memory})", [times], budget)


if __name__ == "__main__":
    _volume.measure(main, fill=lambda count: fill(int(count)), answer=answer, export=export)
