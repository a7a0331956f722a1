"""What narrows results, and what is counted."""

import pytest

from search.documents import Kind, SearchDocument
from search.entries import entries
from search.filters import facets
from search.query import Query
from tests.conformance.documents import LABELS


def test_facets_are_counted(engine):
    counts = engine.search(Query(counts=tuple(facets()))).counts

    assert set(counts) == set(facets())
    assert {name: found for name, found in counts.items() if found} == {
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


@pytest.mark.parametrize(
    ("facet", "values", "expected"),
    [
        ("type", ("fiche",), {"page:2", "page:3"}),
        ("type", ("fiche", "kit"), {"page:1", "page:2", "page:3"}),
        ("territoire", ("04070",), {"page:2"}),
        ("territoire", ("04070", "200068765"), {"page:2", "page:3"}),
        ("theme", ("eau-milieux",), {"page:2", "page:3"}),
        ("public", ("jeunes",), {"page:2"}),
        ("degre", ("concertation",), {"page:3"}),
        ("etape", ("termine",), {"page:2"}),
        ("annee", ("2022",), {"page:2"}),
        ("annee", ("2021", "2023"), {"page:2", "page:3"}),
        ("porteur", ("mairie",), {"page:2"}),
    ],
)
def test_a_facet_alone_keeps_what_has_one_of_the_values(keys, facet, values, expected):
    assert set(keys(filters={facet: values})) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": ("fiche",), "theme": ("mobilites",)}, {"page:2"}),
        ({"type": ("fiche",), "territoire": ("04070", "05118"), "annee": ("2023",)}, {"page:3"}),
        ({"type": ("kit",), "degre": ("concertation",)}, set()),
    ],
)
def test_facets_together_keep_what_has_them_all(keys, filters, expected):
    assert set(keys(filters=filters)) == expected


def test_facets_words_and_what_is_left_out_add_up(keys):
    assert keys("porteur -saules", filters={"theme": ("mobilites", "eau-milieux"), "type": ("fiche",)}) == ["page:2"]
