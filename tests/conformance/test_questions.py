"""Phrases, what is left out, other names of the same thing; and whatever else people type."""

import pytest

from search.documents import Kind, SearchDocument
from search.entries import entries
from search.query import Query, Sort
from tests.conformance.conftest import found_by
from tests.conformance.documents import DOCUMENTS, LABELS

EVERYTHING = {document.key for document in DOCUMENTS}


# ── Phrases ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"porteur de paroles"', {"page:1", "page:2"}),
        ("« porteur de paroles »", {"page:1", "page:2"}),
        ("“porteur de paroles”", {"page:1", "page:2"}),
        ('"porteurs parole"', {"page:1", "page:2"}),
        ('"paroles porteur"', set()),
        ('"marché hôpital"', set()),
        ('"hôpital"', {"page:2"}),
        ('"porteur de paroles" marché', {"page:2"}),
        ('"porteur de paroles" "au marché"', {"page:2"}),
        ('"Provence Alpes Agglomération"', {"page:2"}),
        ('"Bains Mobilités"', set()),
        ('"porteur de paroles', {"page:1", "page:2", "page:3"}),
        ("porteur « de paroles", {"page:1", "page:2", "page:3"}),
        ('""', EVERYTHING),
        ('"de la"', EVERYTHING),
    ],
)
def test_words_in_quotation_marks_stand_side_by_side(keys, text, expected):
    assert set(keys(text)) == expected


# ── What is left out ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("porteur -marché", {"page:1"}),
        ("porteur -marchés", {"page:1"}),
        ('porteur -"porteur de paroles"', {"page:3"}),
        ("porteur -« porteur de paroles »", {"page:3"}),
        ("porteur -place -saules", {"page:2"}),
        ("-marché porteur", {"page:1"}),
        ("-marché", {"page:1", "contribution:4", "page:5"}),
        ("-marché -dyke", {"page:1", "contribution:4"}),
        ("-Digne-les-Bains -fiche", {"page:1", "contribution:4", "page:5"}),
        ("porteur -introuvable", {"page:1", "page:2", "page:3"}),
        ("porteur -porteur", set()),
        ("porteur - marché", {"page:2", "page:3"}),
        ("Digne-les-Bains", {"page:2"}),
        ("-", EVERYTHING),
        ("-de", EVERYTHING),
        ('-""', EVERYTHING),
    ],
)
def test_words_after_a_dash_are_left_out(keys, text, expected):
    assert set(keys(text)) == expected


def test_facets_are_counted_without_what_is_left_out(engine):
    answer = engine.search(Query(text="-marché", counts=("type",)))

    assert answer.total == 3
    assert answer.counts["type"] == {"kit": 1, "sujet": 1, "page": 1}


# ── Other names ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sortition", ["page:11", "page:12"]),
        ("tirage au sort", ["page:13", "page:12", "page:11"]),
        ("tirages au sort", ["page:13", "page:12", "page:11"]),
        ('"tirage au sort"', ["page:12"]),
        ('"sortition"', ["page:11"]),
        ("jury citoyen", ["page:12", "page:13"]),
        ("convention citoyenne", ["page:13", "page:12"]),
        ("PLU", ["page:13", "page:14"]),
        ("plan local d’urbanisme", ["page:14", "page:13"]),
        ("plus", ["page:13"]),
        ("COPIL", ["page:14"]),
        ("sortition -jury", ["page:11"]),
        ("sortition dix", ["page:11"]),
        ("sortition eau", ["page:12"]),
        ("eau tirage au sort", ["page:12"]),
        ("Provence Alpes Agglomération", ["page:14"]),
        ("-sortition", ["page:13", "page:12", "page:14"]),
    ],
)
def test_other_names_of_a_thing_are_found_after_the_one_that_was_typed(drawn, text, expected):
    sort = Sort.NEWEST if text.startswith("-") else Sort.RELEVANCE

    assert drawn(text, sort=sort) == expected


def test_a_name_that_was_typed_comes_before_the_others_wherever_it_stands(empty):
    far = "Mot " * 2000
    documents = [
        SearchDocument(key="page:1", kind=Kind.PAGE, title="Une page", url="/1/", text=f"{far} sortition {far}"),
        SearchDocument(key="page:2", kind=Kind.PAGE, title="Le tirage au sort", url="/2/", text="Le tirage au sort."),
        SearchDocument(key="page:3", kind=Kind.PAGE, title="Rien", url="/3/"),
    ]
    empty.rebuild(entries(documents, LABELS))

    assert found_by(empty, "sortition", sort=Sort.RELEVANCE) == ["page:1", "page:2"]
    assert found_by(empty, "tirage au sort", sort=Sort.RELEVANCE) == ["page:2", "page:1"]


# ── Whatever else is typed ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["*", "title:*", "NOT", "~", "AND", "\\", "AND OR NOT ~2 ^9 ( [ {", "+marche", "marché~ ", "ma?ché", "m*"]
)
def test_nothing_that_people_type_is_a_command(keys, text):
    assert set(keys(text)) <= {"page:2", "page:3"} or set(keys(text)) == EVERYTHING


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200,
        "mot " * 2_500,
        "* ? ( [ \\ / : ^ ~ AND OR NOT \" '",
        '"' * 99,
        '-"' * 99,
        '- " « “ » ”' * 20,
        "\0\n\t",
        "🌊",
        "ﷺ",
        "()" * 100,
        '"élu ' * 50,
        '"' + "élu " * 90 + '"',
        "élu " * 50,
        "-élu " * 90,
        "tirage au sort " * 30,
        "é" * 10_000,
    ],
)
@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.NEWEST])
def test_nothing_that_people_type_is_too_strange(engine, text, sort):
    answer = engine.search(Query(text=text, sort=sort, counts=("type",)))

    assert 0 <= len(answer.documents) <= answer.total <= 5


@pytest.mark.parametrize(
    "values", [("*",), (".*",), ("",), ("fiche OR kit",), ("é" * 5_000,), tuple(map(str, range(1000)))]
)
def test_a_value_that_does_not_exist_finds_nothing(engine, values):
    answer = engine.search(Query(counts=("type",)).where("type", values))

    assert answer.total == 0
    assert answer.counts["type"] == {"fiche": 2, "kit": 1, "sujet": 1, "page": 1}


def test_one_value_among_a_thousand_is_found(keys):
    assert keys(filters={"type": ("kit", *map(str, range(1000)))}) == ["page:1"]
