"""What helps to ask: how common a word is, titles by their beginnings."""

import pytest

from search.entries import entries
from search.query import Query
from tests.conformance.documents import DOCUMENTS, LABELS


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


def test_a_word_replaced_in_a_document_is_counted_no_more(engine):
    engine.index([], delete=["page:3"])
    engine.index(entries(DOCUMENTS[1:2], LABELS))

    assert engine.frequencies(["saules"]) == {}


def test_titles_are_offered_within_a_language_and_no_more_than_are_wanted(engine):
    assert [document.key for document in engine.suggest(["dy"], Query().in_language("fr"))] == []
    assert [document.key for document in engine.suggest(["dy"], Query().in_language("en"))] == ["page:5"]
    assert len(engine.suggest(["p"], Query(size=1))) == 1


@pytest.mark.parametrize("beginning", ["*", ".*", "(", "[a-z]", "a" * 500, "\\", "?", "é"])
def test_a_beginning_is_no_pattern(engine, beginning):
    assert engine.suggest([beginning], Query()) == []
