"""The engines, one after the other. Elasticsearch is held to it when SEARCH_TEST_URL names a server."""

import os

import pytest

from search.engines import Engine
from search.engines.elasticsearch import Elasticsearch
from search.engines.memory import Memory
from search.engines.tantivy import Tantivy
from search.entries import entries
from search.query import Query
from tests.conformance.documents import ABOUT_DRAWING_LOTS, DOCUMENTS, LABELS


def elasticsearch(_folder) -> Elasticsearch:
    url = os.environ.get("SEARCH_TEST_URL")
    if not url:
        pytest.skip("SEARCH_TEST_URL names no Elasticsearch server")
    return Elasticsearch(f"{url.rstrip('/')}/conformance-{os.getpid()}", seconds=20)


def memory(_folder) -> Memory:
    return Memory()


@pytest.fixture(params=[Tantivy, elasticsearch, memory], ids=["tantivy", "elasticsearch", "memory"])
def empty(request, tmp_path) -> Engine:
    engine = request.param(tmp_path)
    engine.clear()
    yield engine
    engine.clear()


@pytest.fixture
def engine(empty) -> Engine:
    assert empty.rebuild(entries(DOCUMENTS, LABELS)) == 5
    return empty


@pytest.fixture
def keys(engine):
    """The keys that a text finds among the documents, in order."""
    return lambda text="", **query: found_by(engine, text, **query)


@pytest.fixture
def drawn(empty):
    """The keys that a text finds among the documents about drawing lots, in order."""
    empty.rebuild(entries(ABOUT_DRAWING_LOTS, LABELS))
    return lambda text="", **query: found_by(empty, text, **query)


def found_by(engine: Engine, text: str = "", **query) -> list[str]:
    return [document.key for document in engine.search(Query(text=text, **query)).documents]


@pytest.fixture
def site(empty, monkeypatch) -> Engine:
    """The site searches with this engine, and indexes with it."""
    from search import outbox, results, suggestions

    for module in (outbox, results, suggestions):
        monkeypatch.setattr(module, "engine", lambda: empty)
    return empty
