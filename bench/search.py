"""Searching 50 000 documents, in process: python bench/search.py [documents]

They are rows of a database made for it: as many experience sheets as forum topics, of the territory's own words, some common
and many rare, drawn by chance. Indexing them reads them there. The same questions are put to Elasticsearch when SEARCH_TEST_URL names a server.
Prints figures and fails on none.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from copy import copy
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

import _volume

MANY = 50_000
WORDS_OF_A_SHEET, WORDS_OF_A_TOPIC = 180, 90
BATCH = 1000
TIMES = 200
SECONDS_TO_INDEX = 60
"""What indexing everything may take with the embedded engine, reading included."""
MEDIAN, MOST, SUGGESTED = 10, 30, 5
"""Milliseconds: half of the questions, all but one in twenty; half of the suggestions."""


def main(count: int) -> None:
    def fill(var: Path) -> None:
        subprocess.run([sys.executable, __file__, "--fill", str(count)], env=_volume.environment(var), check=True)

    with _volume.site(f"recherche-{count}", fill=fill) as var:
        _volume.enter(var)
        from search.engines.tantivy import Tantivy

        with tempfile.TemporaryDirectory() as folder:
            measure("moteur embarqué", Tantivy(Path(folder)))
        if url := os.environ.get("SEARCH_TEST_URL"):
            from search.engines.elasticsearch import Elasticsearch

            engine = Elasticsearch(f"{url.rstrip('/')}/mesure-{os.getpid()}", seconds=20)
            measure("Elasticsearch", engine)
            engine.clear()


class Words:
    """A language with few common words and many rare ones, the same for everybody."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)
        data = _volume.ROOT / "participation" / "vocabulary" / "data"
        names = [row["properties"]["nom"] for row in json.loads((data / "communes.geojson").read_text())["features"]]
        text = " ".join([(data / "README.md").read_text(), (data / "terms.json").read_text(), *names])
        words = sorted({word.strip('.,()`|*":{}') for word in text.split() if len(word) > 4})
        self.all = [f"{word}{end}" for word in words for end in ("", "eux", "ance", "ible", "oir", "age")]
        random.Random(2027).shuffle(self.all)
        self.weights = [1 / (rank + 1) for rank in range(len(self.all))]

    def text(self, count: int) -> str:
        return " ".join(self.chance.choices(self.all, self.weights, k=count))

    def asked(self, count: int) -> str:
        """Words that people would ask for: among the three hundred commonest."""
        return " ".join(self.chance.choice(self.all[:300]) for _word in range(count))


# ── What is searched ─────────────────────────────────────────────────────────────────────────────────────────────────


def fill(count: int) -> None:
    """Rows written many at a time, without the verbs: it is reading and searching them that is measured."""
    _volume.enter(Path(os.environ["PORTAL_VAR"]))
    from django.core.management import call_command
    from django.db import transaction

    with transaction.atomic():
        add_sheets(count - count // 2)
        add_topics(count // 2)
    call_command("check", verbosity=0)


def add_sheets(count: int) -> None:
    from django.contrib.contenttypes.models import ContentType
    from wagtail.models import Page, Site

    from experiences.models import ExperienceIndexPage, ExperiencePage
    from participation.people.actions import create_organisation
    from participation.people.models import Organisation
    from participation.vocabulary.models import Audience, InvolvementDegree, Stage, Territory, Theme

    chance, words = random.Random(2027), Words(1)
    home = Site.objects.get(is_default_site=True).root_page
    index = ExperienceIndexPage.objects.first() or home.add_child(
        instance=ExperienceIndexPage(title="Inventaire", slug="inventaire-mesure")
    )
    communes = list(Territory.objects.filter(kind=Territory.Kind.COMMUNE))
    themes, audiences = list(Theme.objects.all()), list(Audience.objects.all())
    carriers = [
        create_organisation(name=f"Porteur {number}", slug=f"porteur-{number}", kind=Organisation.Kind.ASSOCIATION)
        for number in range(60)
    ]
    kind = ContentType.objects.get_for_model(ExperiencePage)
    first = Page.objects.order_by("-pk").values_list("pk", flat=True).first() + 1

    def sheets(numbers: range) -> Iterator[ExperiencePage]:
        for number in numbers:
            started = date(2015, 1, 1) + timedelta(days=number % 4300)
            yield ExperiencePage(
                id=first + number, page_ptr_id=first + number, path=index._get_path(index.path, index.depth + 1, number + 1),
                depth=index.depth + 1, translation_key=uuid4(), locale=index.locale, content_type=kind, live=True,
                title=words.text(6), slug=f"f{number}", draft_title="",
                url_path=f"{index.url_path}f{number}/", summary=words.text(18), started=started,
                carrier=chance.choice(carriers), degree=chance.choice(InvolvementDegree.values),
                stage=chance.choice(Stage.values), objectives=f"<p>{words.text(WORDS_OF_A_SHEET // 2)}</p>",
                results=f"<p>{words.text(WORDS_OF_A_SHEET // 2)}</p>",
            )  # fmt: skip

    for start in range(0, count, BATCH):
        rows = list(sheets(range(start, min(count, start + BATCH))))
        insert(rows, Page, ExperiencePage)
        for field, values, most in (("territories", communes, 2), ("themes", themes, 2), ("audiences", audiences, 2)):
            through = ExperiencePage._meta.get_field(field).remote_field.through
            _page, other = [name.attname for name in through._meta.concrete_fields if name.is_relation]
            through.objects.bulk_create(
                through(**{_page: row.pk, other: value.pk})
                for row in rows
                for value in chance.sample(values, chance.randrange(1, most + 1))
            )
    Page.objects.filter(pk=index.pk).update(numchild=count)


def add_topics(count: int) -> None:
    from participation.consultations.models import Contribution
    from participation.forum.models import Message
    from portal.demonstration.volume import create_activities, create_participants, post_message, timezone

    words, now = Words(2), timezone.now()
    (author,) = create_participants(1)
    forum, _ballot = create_activities(since=now - timedelta(days=400))
    model = post_message(forum, author, title="Un banc", body="À l’ombre.", at=now - timedelta(days=400))
    for start in range(1, count, BATCH):
        rows = []
        for number in range(start, min(count, start + BATCH)):
            row = copy(model)
            row.id = row.contribution_ptr_id = model.pk + number
            row.title, row.body = words.text(5), words.text(WORDS_OF_A_TOPIC)
            row.created_at = row.last_activity_at = model.created_at + timedelta(minutes=number)
            rows.append(row)
        insert(rows, Contribution, Message)


def insert(rows: list, *models) -> None:
    """The rows of models that inherit their table from each other, parent first."""
    for model in models:
        fields = model._meta.local_concrete_fields
        for start in range(0, len(rows), 100):
            model._base_manager.all()._insert(rows[start : start + 100], fields=fields, using="default")


# ── What is measured ─────────────────────────────────────────────────────────────────────────────────────────────────


def measure(name: str, engine) -> None:
    from search import sources
    from search.entries import entries
    from search.filters import facets
    from search.labels import Labels
    from search.query import Query, Sort

    print(f"\n{name}")
    embedded = name != "Elasticsearch"
    labels, chance = Labels.read(), random.Random(4)
    began = time.perf_counter()
    count = engine.rebuild(entries(sources.every_document(), labels))
    seconds = time.perf_counter() - began
    budget = f", budget {SECONDS_TO_INDEX} s {_volume.verdict(seconds <= SECONDS_TO_INDEX)}"
    print(f"{count} documents lus dans la base et indexés en {seconds:.1f} s{budget if embedded else ''}")
    counts, words = tuple(facets()), Words(3)

    def asked(number: int, form: str = "{}") -> Query:
        return Query(text=form.format(words.asked(number)), counts=counts, sort=Sort.RELEVANCE)

    def chosen() -> Query:
        query = asked(1).where("territoire", tuple(chance.sample(list(labels.territories), 3)))
        return query.where("degre", ("concertation",))

    print(f"{len(counts)} facettes comptées à chaque question")

    def report(what: str, ask, *, median_most: float = MEDIAN, times: int = TIMES, budget: bool = embedded) -> None:
        ask()
        taken = sorted(_milliseconds(ask) for _time in range(times))
        middle, most = median(taken), quantiles(taken, n=20)[-1]
        verdict = f", {_volume.verdict(middle <= median_most and most <= MOST)}" if budget else ""
        print(f"{what} : médiane {middle:.1f} ms, 95 % sous {most:.1f} ms, au plus {taken[-1]:.0f} ms{verdict}")

    report("tout", lambda: engine.search(Query(counts=counts)))
    report("un mot", lambda: engine.search(asked(1)))
    report("deux mots", lambda: engine.search(asked(2)))
    report("un mot, deux facettes choisies", lambda: engine.search(chosen()))
    report("deux mots entre guillemets", lambda: engine.search(asked(2, '"{}"')))
    report("un mot sans un autre", lambda: engine.search(asked(1, f"{words.asked(1)} -{{}}")))
    report("un mot qui a d’autres noms", lambda: engine.search(asked(1, "concertation {}")))
    report(
        "le mot le plus courant", lambda: engine.search(Query(text=words.all[0], counts=counts, sort=Sort.RELEVANCE))
    )
    report("la dernière page", lambda: engine.search(Query(page=count // 20, counts=counts)))
    report("suggestions", lambda: engine.suggest([words.asked(1)[:3].lower()], Query(size=8)), median_most=SUGGESTED)
    one = list(entries(sources.documents(sources.latest(1)), labels))
    report("un document réindexé", lambda: engine.index(one), times=50, budget=False)


def _milliseconds(ask) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--fill", count]:
            fill(int(count))
        case [count]:
            main(int(count))
        case _:
            main(MANY)
