"""How long a faceted search takes over many documents, in process: python bench/search.py [documents]

Prints figures and fails on none. The documents are made of the territory's own words, drawn by chance.
"""

import json
import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

import django  # noqa: E402

django.setup()

from participation.vocabulary.models import InvolvementDegree, Stage, Territory  # noqa: E402
from search.documents import Kind, SearchDocument  # noqa: E402
from search.engines.tantivy import Tantivy  # noqa: E402
from search.entries import entries  # noqa: E402
from search.filters import facets  # noqa: E402
from search.labels import Labels, Place  # noqa: E402
from search.query import Query, Sort  # noqa: E402

DATA = ROOT / "participation" / "vocabulary" / "data"
WORDS_OF_A_TEXT = 120
TIMES = 200


def main(count: int) -> None:
    chance = random.Random(2027)
    labels, words = vocabulary()
    with tempfile.TemporaryDirectory() as folder:
        engine = Tantivy(Path(folder))
        began = time.perf_counter()
        engine.rebuild(entries(documents(count, labels, words, chance), labels))
        print(f"{count} documents indexed in {time.perf_counter() - began:.1f} s")
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        print(f"index of {size / 1e6:.0f} MB")
        counts = tuple(facets())
        report("everything, 8 facets", lambda: engine.search(Query(counts=counts)))
        report("a word, 8 facets", lambda: engine.search(asked(chance, words, counts, 1)))
        report("two words, 8 facets", lambda: engine.search(asked(chance, words, counts, 2)))
        report(
            "a word, 8 facets, 2 of them chosen",
            lambda: engine.search(chosen(asked(chance, words, counts, 1), chance, labels)),
        )
        report("the last page", lambda: engine.search(Query(page=count // 20, counts=counts)))
        report("suggestions", lambda: engine.suggest([chance.choice(words)[:3]], Query(size=8)))
        one = list(entries(documents(1, labels, words, chance), labels))
        report("one document indexed again", lambda: engine.index(one, delete=["page:0"]), times=20)


def vocabulary() -> tuple[Labels, list[str]]:
    """The names of the communes and the words that documents are made of."""
    names = {row["properties"]["code"]: row["properties"]["nom"] for row in _communes()}
    terms = json.loads((DATA / "terms.json").read_text())
    places = {code: Place(name, Territory.Kind.COMMUNE, "") for code, name in names.items()}
    text = (DATA / "README.md").read_text() + json.dumps(terms, ensure_ascii=False) + " ".join(names.values())
    words = sorted({word.strip('.,()`|*":{}') for word in text.split() if len(word) > 4})
    # A language has many rare words: some stand for them.
    words += [f"{word}{suffix}" for word in words for suffix in ("eux", "ance", "ible", "oir", "age")]
    return Labels(
        places, terms["themes"], terms["audiences"], {f"porteur-{n}": f"Porteur {n}" for n in range(60)}
    ), words


def _communes() -> list[dict]:
    return json.loads((DATA / "communes.geojson").read_text())["features"]


def documents(count: int, labels: Labels, words: list[str], chance: random.Random):
    codes, weights = list(labels.territories), [1 / (rank + 1) for rank in range(len(words))]
    chance.shuffle(words)
    for number in range(count):
        text = chance.choices(words, weights, k=WORDS_OF_A_TEXT)
        year = chance.randrange(2015, 2028)
        yield SearchDocument(
            key=f"page:{number}",
            kind=chance.choice(list(Kind)),
            title=" ".join(text[:6]),
            url=f"/{number}/",
            summary=" ".join(text[6:24]),
            text=" ".join(text),
            territories=tuple(chance.sample(codes, chance.randrange(3))),
            themes=tuple(chance.sample(list(labels.themes), 2)),
            audiences=tuple(chance.sample(list(labels.audiences), 2)),
            degree=chance.choice(InvolvementDegree.values),
            stage=chance.choice(Stage.values),
            carrier=chance.choice(list(labels.carriers)),
            years=(year,),
            date=datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=number),
        )


def asked(chance: random.Random, words: list[str], counts: tuple[str, ...], number: int) -> Query:
    text = " ".join(chance.choice(words[:300]) for _word in range(number))
    return Query(text=text, counts=counts, sort=Sort.RELEVANCE)


def chosen(query: Query, chance: random.Random, labels: Labels) -> Query:
    query = query.where("territoire", tuple(chance.sample(list(labels.territories), 3)))
    return query.where("degre", (chance.choice(InvolvementDegree.values),))


def report(what: str, ask, *, times: int = TIMES) -> None:
    ask()
    seconds = []
    for _time in range(times):
        began = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - began)
    print(f"{what}: median {median(seconds) * 1000:.1f} ms, 95 % under {quantiles(seconds, n=20)[-1] * 1000:.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
