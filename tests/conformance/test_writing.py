"""What is written is found, what is gone is not, and nothing is lost of what changes meanwhile."""

import pytest

from search.documents import Kind, SearchDocument
from search.engines import EngineDown
from search.engines.memory import Memory
from search.entries import entries
from search.query import Query
from tests.conformance.conftest import found_by
from tests.conformance.documents import DOCUMENTS, LABELS


def test_a_document_replaces_what_it_was(engine):
    changed = SearchDocument(key="page:3", kind=Kind.SHEET, title="Planter des saules", url="/3/")

    assert engine.index(entries([changed], LABELS)) == 1

    assert found_by(engine, "saules") == ["page:3"]
    assert found_by(engine, "élaguer") == []
    assert engine.search(Query()).total == 5


def test_documents_that_are_gone_are_forgotten(engine):
    assert engine.index([], delete=["page:3", "page:77"]) == 0

    assert found_by(engine, "saules") == []
    assert engine.search(Query()).total == 4


def test_a_rebuild_forgets_what_was_there_before(engine):
    assert engine.rebuild(entries(DOCUMENTS[:1], LABELS)) == 1

    assert found_by(engine) == ["page:1"]


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


def test_readers_see_the_old_index_until_the_new_one_is_complete(engine):
    def read_meanwhile():
        yield from entries(DOCUMENTS[:1], LABELS)
        assert engine.search(Query()).total == 5
        yield from entries(DOCUMENTS[1:2], LABELS)

    engine.rebuild(read_meanwhile())

    assert engine.search(Query()).total == 2


def test_a_document_that_comes_twice_is_there_once(engine):
    engine.index(entries([DOCUMENTS[0], DOCUMENTS[0]], LABELS), delete=["page:1"])

    assert engine.search(Query()).total == 5


def test_a_long_text_is_found_to_its_end(empty):
    text = "Mot " * 20_000 + "micocoulier"
    empty.rebuild(entries([SearchDocument(key="page:1", kind=Kind.PAGE, title="Long", url="/", text=text)], LABELS))

    assert found_by(empty, "micocoulier") == ["page:1"]
    assert empty.search(Query()).documents[0].text == text
