"""The engines answer the same. Elasticsearch is held to it when SEARCH_TEST_URL names a server."""

import os
from datetime import UTC, datetime

import pytest

from participation.vocabulary.models import Territory
from search.documents import Kind, SearchDocument
from search.engines import Engine, EngineDown
from search.engines.elasticsearch import Elasticsearch
from search.engines.memory import Memory
from search.engines.tantivy import Tantivy
from search.entries import entries
from search.filters import facets
from search.labels import Labels, Place
from search.query import Query, Sort

LABELS = Labels(
    territories={
        "200067437": Place("Provence Alpes Agglomération", Territory.Kind.EPCI, "P2A\nagglo de Digne"),
        "200068765": Place("Sisteronais-Buëch", Territory.Kind.EPCI, "CCSB\nSisteronnais-Buëch"),
        "04070": Place("Digne-les-Bains", Territory.Kind.COMMUNE, ""),
        "05118": Place("Val Buëch-Méouge", Territory.Kind.COMMUNE, "Antonaves\nRibiers"),
    },
    themes={"mobilites": "Mobilités", "eau-milieux": "Eau, rivières et milieux"},
    audiences={"jeunes": "Jeunes"},
    carriers={"mairie": "Mairie de Digne"},
)

DOCUMENTS = [
    SearchDocument(
        key="page:1",
        kind=Kind.KIT,
        title="Porteur de paroles",
        url="/1/",
        text="Des questions sur la place, des réponses accrochées à une corde.",
        themes=("mobilites",),
        date=datetime(2024, 5, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="page:2",
        kind=Kind.SHEET,
        title="Quels transports à Digne ? Un porteur de paroles au marché",
        url="/2/",
        summary="Cinq samedis au marché.",
        text="Les habitant·es ont parlé de l’hôpital, des horaires et du Buëch.",
        territories=("04070", "200067437"),
        themes=("mobilites", "eau-milieux"),
        audiences=("jeunes",),
        degree="consultation",
        stage="termine",
        carrier="mairie",
        years=(2021, 2022),
        date=datetime(2021, 3, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="page:3",
        kind=Kind.SHEET,
        title="Élaguer les saules",
        url="/3/",
        text="Porteurs de projets et paroles d’élus ; un marché de travaux.",
        territories=("05118", "200068765"),
        themes=("eau-milieux",),
        degree="concertation",
        years=(2023,),
        date=datetime(2023, 3, 1, tzinfo=UTC),
    ),
    SearchDocument(
        key="contribution:4", kind=Kind.TOPIC, title="Un banc à l’ombre", url="/4/", text="Les élus l’ont promis."
    ),
    SearchDocument(
        key="page:5",
        kind=Kind.PAGE,
        title="The dyke",
        url="/en/5/",
        language="en",
        shown_in=("en",),
        date=datetime(2020, 1, 1, tzinfo=UTC),
    ),
]


def elasticsearch(tmp_path) -> Elasticsearch:
    url = os.environ.get("SEARCH_TEST_URL")
    if not url:
        pytest.skip("SEARCH_TEST_URL names no Elasticsearch server")
    return Elasticsearch(f"{url.rstrip('/')}/conformance-{os.getpid()}")


@pytest.fixture(params=[Tantivy, elasticsearch, lambda _folder: Memory()], ids=["tantivy", "elasticsearch", "memory"])
def empty(request, tmp_path) -> Engine:
    engine = request.param(tmp_path)
    engine.clear()
    yield engine
    engine.clear()


@pytest.fixture
def engine(empty) -> Engine:
    assert empty.rebuild(entries(DOCUMENTS, LABELS)) == 5
    return empty


def keys(engine: Engine, text: str = "", **query) -> list[str]:
    return [document.key for document in engine.search(Query(text=text, **query)).documents]


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("transport", {"page:2"}),
        ("TRANSPORTS", {"page:2"}),
        ("élu", {"page:3", "contribution:4"}),
        ("elues", {"page:3", "contribution:4"}),
        ("hopital", {"page:2"}),
        ("l'hôpital", {"page:2"}),
        ("habitante", {"page:2"}),
        ("porteurs de parole", {"page:1", "page:2", "page:3"}),
        ("marché hôpital", {"page:2"}),
        ("marché saules hôpital", set()),
        ("rivière", {"page:2", "page:3"}),
        ("Antonaves", {"page:3"}),
        ("Digne", {"page:2"}),
        ("Sisteronnais", {"page:3"}),
        ("kit", {"page:1"}),
        ("travail", {"page:3"}),
        ("introuvable", set()),
    ],
)
def test_words_are_found_in_all_their_forms(engine, text, expected):
    assert set(keys(engine, text, sort=Sort.RELEVANCE)) == expected


def test_a_title_that_is_just_these_words_comes_first(engine):
    assert keys(engine, "porteurs de parole", sort=Sort.RELEVANCE) == ["page:1", "page:2", "page:3"]


def test_the_very_form_that_was_typed_comes_first(empty):
    documents = [
        SearchDocument(key="page:1", kind=Kind.PAGE, title="Marcher le long de la digue", url="/1/"),
        SearchDocument(
            key="page:2", kind=Kind.PAGE, title="Le samedi et le mercredi, un grand marché à Sisteron", url="/2/"
        ),
    ]
    empty.rebuild(entries(documents, LABELS))

    assert keys(empty, "marché", sort=Sort.RELEVANCE) == ["page:2", "page:1"]
    assert keys(empty, "marcher", sort=Sort.RELEVANCE) == ["page:1", "page:2"]


def test_a_document_comes_back_whole(engine):
    (document,) = engine.search(Query(text="transport")).documents

    assert document == DOCUMENTS[1]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.NEWEST, ["page:1", "page:3", "page:2", "page:5", "contribution:4"]),
        (Sort.OLDEST, ["page:5", "page:2", "page:3", "page:1", "contribution:4"]),
        (Sort.TITLE, ["page:3", "page:1", "page:2", "page:5", "contribution:4"]),
    ],
)
def test_documents_are_read_in_order(engine, sort, expected):
    assert keys(engine, sort=sort) == expected


def test_pages_share_out_the_documents(engine):
    pages = [keys(engine, page=page, size=2) for page in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert sorted(key for page in pages for key in page) == sorted(document.key for document in DOCUMENTS)
    assert engine.search(Query(page=4, size=2)).total == 5


# ── Facets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_facets_are_counted(engine):
    counts = engine.search(Query(counts=tuple(facets()))).counts

    assert counts == {
        "type": {"fiche": 2, "kit": 1, "sujet": 1, "page": 1},
        "territoire": {"04070": 1, "200067437": 1, "05118": 1, "200068765": 1},
        "theme": {"mobilites": 2, "eau-milieux": 2},
        "public": {"jeunes": 1},
        "degre": {"consultation": 1, "concertation": 1},
        "etape": {"termine": 1},
        "annee": {"2021": 1, "2022": 1, "2023": 1},
        "porteur": {"mairie": 1},
    }


def test_a_choice_narrows_the_results_and_the_other_facets_not_its_own(engine):
    query = Query(counts=("type", "theme", "degre")).where("theme", ("mobilites",))

    answer = engine.search(query)

    assert answer.total == 2
    assert answer.counts == {
        "type": {"fiche": 1, "kit": 1},
        "theme": {"mobilites": 2, "eau-milieux": 2},
        "degre": {"consultation": 1},
    }


def test_two_choices_each_leave_their_own_out(engine):
    query = Query(counts=("type", "theme", "degre")).where("theme", ("mobilites",)).where("type", ("fiche", "kit"))

    answer = engine.search(query)

    assert answer.total == 2
    assert answer.counts["type"] == {"fiche": 1, "kit": 1}
    assert answer.counts["theme"] == {"mobilites": 2, "eau-milieux": 2}
    assert answer.counts["degre"] == {"consultation": 1}


def test_a_facet_is_counted_within_the_words(engine):
    answer = engine.search(Query(text="marché", counts=("type",)).where("type", ("kit",)))

    assert answer.total == 0
    assert answer.counts["type"] == {"fiche": 2}


def test_a_place_to_search_in_narrows_everything(engine):
    answer = engine.search(Query(counts=("type",)).narrowed("type", ("fiche",)))

    assert answer.total == 2
    assert answer.counts["type"] == {"fiche": 2}


def test_a_language_shows_its_documents_and_those_of_all_languages(engine):
    in_french, in_english = (engine.search(Query().in_language(language)) for language in ("fr", "en"))

    assert {document.key for document in in_french.documents} == {"page:1", "page:2", "page:3", "contribution:4"}
    assert in_english.total == 5


def test_keys_can_be_left_out(engine):
    answer = engine.search(Query(without=frozenset({"page:2", "page:9"}), counts=("type",)))

    assert answer.total == 4
    assert answer.counts["type"]["fiche"] == 1


def test_many_values_are_all_counted(empty):
    documents = [
        SearchDocument(key=f"page:{number}", kind=Kind.SHEET, title="Fiche", url="/", carrier=f"porteur-{number}")
        for number in range(300)
    ]
    empty.rebuild(entries(documents, LABELS))

    assert len(empty.search(Query(counts=("porteur",))).counts["porteur"]) == 300


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_document_replaces_what_it_was(engine):
    changed = SearchDocument(key="page:3", kind=Kind.SHEET, title="Planter des saules", url="/3/")

    assert engine.index(entries([changed], LABELS)) == 1

    assert keys(engine, "saules") == ["page:3"]
    assert keys(engine, "élaguer") == []
    assert engine.search(Query()).total == 5


def test_documents_that_are_gone_are_forgotten(engine):
    assert engine.index([], delete=["page:3", "page:77"]) == 0

    assert keys(engine, "saules") == []
    assert engine.search(Query()).total == 4


def test_a_rebuild_forgets_what_was_there_before(engine):
    assert engine.rebuild(entries(DOCUMENTS[:1], LABELS)) == 1

    assert keys(engine) == ["page:1"]


def test_a_rebuild_that_fails_leaves_what_was_there(engine):
    def broken():
        yield from entries(DOCUMENTS[:1], LABELS)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        engine.rebuild(broken())

    assert engine.search(Query()).total == 5
    assert engine.rebuild(entries(DOCUMENTS[:2], LABELS)) == 2


def test_the_stamp_moves_with_the_index(empty):
    assert empty.stamp() == 0
    empty.rebuild(entries(DOCUMENTS, LABELS))
    first = empty.stamp()
    assert first > 0

    empty.index([], delete=["page:1"])

    assert empty.stamp() > first


def test_an_engine_that_was_never_filled_says_so(empty):
    if isinstance(empty, Memory):
        pytest.skip("it is filled before anything is asked of it")
    for ask in (
        lambda: empty.search(Query()),
        lambda: empty.frequencies(["mot"]),
        lambda: empty.suggest(["mo"], Query()),
        lambda: empty.index(entries(DOCUMENTS, LABELS)),
    ):
        with pytest.raises(EngineDown):
            ask()


# ── Help ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_are_counted_by_document(engine):
    assert engine.frequencies(["marche", "saules", "digne", "introuvable"]) == {"marche": 2, "saules": 1, "digne": 1}
    assert engine.frequencies([]) == {}


@pytest.mark.parametrize(
    ("beginnings", "expected"),
    [
        (["port"], ["page:1", "page:2"]),
        (["port", "tr"], ["page:2"]),
        (["paroles"], ["page:1", "page:2"]),
        (["l"], ["page:3", "contribution:4"]),
        (["zz"], []),
    ],
)
def test_titles_are_offered_by_their_beginnings(engine, beginnings, expected):
    assert [document.key for document in engine.suggest(beginnings, Query())] == expected


@pytest.mark.parametrize(
    "text", ["a" * 200, "* ? ( [ \\ / : ^ ~ AND OR NOT \" '", "\0\n\t", "🌊", "ﷺ", "()" * 100, "élu " * 50]
)
def test_nothing_that_people_type_is_a_command(engine, text):
    engine.search(Query(text=text, sort=Sort.RELEVANCE))
