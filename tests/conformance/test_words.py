"""Words are found in all their forms, and the order of what answers is one order."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search.documents import Kind, SearchDocument
from search.entries import entries
from search.query import Query, Sort
from tests.conformance.conftest import found_by
from tests.conformance.documents import DOCUMENTS, LABELS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("transport", {"page:2"}),
        ("TRANSPORTS", {"page:2"}),
        ("élu", {"page:3", "contribution:4"}),
        ("elues", {"page:3", "contribution:4"}),
        ("elu·es", {"page:3", "contribution:4"}),
        ("hopital", {"page:2"}),
        ("hôpitaux", {"page:2"}),
        ("l'hôpital", {"page:2"}),
        ("d’horaire", {"page:2"}),
        ("habitante", {"page:2"}),
        ("porteurs de parole", {"page:1", "page:2", "page:3"}),
        ("marché hôpital", {"page:2"}),
        ("hôpital marché", {"page:2"}),
        ("marché saules hôpital", set()),
        ("rivière", {"page:2", "page:3"}),
        ("Antonaves", {"page:3"}),
        ("Digne", {"page:2"}),
        ("Digne-les-Bains", {"page:2"}),
        ("Sisteronnais", {"page:3"}),
        ("BUECH", {"page:2", "page:3"}),
        ("kit", {"page:1"}),
        ("travail", {"page:3"}),
        ("dyke", {"page:5"}),
        ("introuvable", set()),
    ],
)
def test_words_are_found_in_all_their_forms(keys, text, expected):
    assert set(keys(text, sort=Sort.RELEVANCE)) == expected


def test_common_words_alone_are_no_condition(keys):
    assert set(keys("de la")) == {document.key for document in DOCUMENTS}


def test_a_title_that_is_just_these_words_comes_first(keys):
    assert keys("porteurs de parole", sort=Sort.RELEVANCE) == ["page:1", "page:2", "page:3"]


def test_words_in_the_order_they_were_typed_come_first(empty):
    documents = [
        SearchDocument(key="page:1", kind=Kind.PAGE, title="Le marché de la place", url="/1/"),
        SearchDocument(key="page:2", kind=Kind.PAGE, title="La place du marché", url="/2/"),
    ]
    empty.rebuild(entries(documents, LABELS))

    assert found_by(empty, "place marché", sort=Sort.RELEVANCE) == ["page:2", "page:1"]
    assert found_by(empty, "marché place", sort=Sort.RELEVANCE) == ["page:1", "page:2"]


def test_the_very_form_that_was_typed_comes_first(empty):
    documents = [
        SearchDocument(key="page:1", kind=Kind.PAGE, title="Marcher le long de la digue", url="/1/"),
        SearchDocument(
            key="page:2", kind=Kind.PAGE, title="Le samedi et le mercredi, un grand marché à Sisteron", url="/2/"
        ),
    ]
    empty.rebuild(entries(documents, LABELS))

    assert found_by(empty, "marché", sort=Sort.RELEVANCE) == ["page:2", "page:1"]
    assert found_by(empty, "marcher", sort=Sort.RELEVANCE) == ["page:1", "page:2"]


def test_a_word_of_the_title_counts_more_than_one_of_the_summary_then_of_the_text(empty):
    documents = [
        SearchDocument(key="page:1", kind=Kind.PAGE, title="Une page", url="/1/", text="Elle longe la digue."),
        SearchDocument(key="page:2", kind=Kind.PAGE, title="Une page", url="/2/", summary="Elle longe la digue."),
        SearchDocument(key="page:3", kind=Kind.PAGE, title="Elle longe la digue", url="/3/"),
    ]
    empty.rebuild(entries(documents, LABELS))

    assert found_by(empty, "digue", sort=Sort.RELEVANCE) == ["page:3", "page:2", "page:1"]


@pytest.mark.parametrize("order", [1, -1])
def test_among_those_that_answer_as_well_the_newest_comes_first_whatever_came_in_first(empty, order):
    documents = [
        SearchDocument(
            key=f"page:{year}", kind=Kind.PAGE, title="La digue", url="/", date=datetime(year, 1, 1, tzinfo=UTC)
        )
        for year in range(2001, 2031)
    ]
    empty.rebuild(entries(documents[::order], LABELS))
    pages = [found_by(empty, "digue", sort=Sort.RELEVANCE, page=page, size=7) for page in range(1, 7)]

    assert [key for page in pages for key in page] == [f"page:{year}" for year in range(2030, 2000, -1)]


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
def test_documents_are_read_in_order(keys, sort, expected):
    assert keys(sort=sort) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.NEWEST, ["page:3", "page:2", "review:1", "contribution:1", "page:1"]),
        (Sort.OLDEST, ["page:1", "contribution:1", "review:1", "page:2", "page:3"]),
        (Sort.TITLE, ["contribution:1", "page:1", "page:2", "page:3", "review:1"]),
    ],
)
def test_documents_of_the_same_second_or_name_keep_one_order(empty, sort, expected):
    day = datetime(2024, 5, 1, tzinfo=UTC)
    same = SearchDocument(key="page:1", kind=Kind.PAGE, title="Été", url="/", date=day)
    documents = [replace(same, key=key) for key in ("page:3", "review:1", "page:1", "contribution:1", "page:2")]
    empty.rebuild(entries(documents, LABELS))

    assert found_by(empty, sort=sort) == expected


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_share_out_the_documents_to_the_last(empty, sort):
    documents = [
        SearchDocument(key=f"page:{number}", kind=Kind.PAGE, title=f"Digue {number % 3}", url="/")
        for number in range(23)
    ]
    empty.rebuild(entries(documents, LABELS))

    pages = [found_by(empty, "digue", sort=sort, page=page, size=5) for page in range(1, 7)]

    assert [len(page) for page in pages] == [5, 5, 5, 5, 3, 0]
    assert sorted(key for page in pages for key in page) == sorted(document.key for document in documents)
    assert empty.search(Query(text="digue", sort=sort, page=6, size=5)).total == 23
