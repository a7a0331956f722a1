import os

import pytest

from search import outbox
from search.engines import database, engine

SERVER = os.environ.get("SEARCH_TEST_URL")
"""An Elasticsearch server to run these tests on, instead of the embedded engine."""


@pytest.fixture(autouse=True)
def _empty_index(settings):
    if SERVER:
        settings.SEARCH_URL = f"{SERVER.rstrip('/')}/tests-{os.getpid()}"
        engine.cache_clear()
    # A test may put another in its place.
    tested = engine()
    tested.clear()
    database._of_this_process.cache_clear()
    yield
    if SERVER:
        tested.clear()
        engine.cache_clear()


@pytest.fixture
def found(client, db):
    """What `/recherche/` answers to a query string, as JSON, once all is indexed."""

    def ask(query: str = "", **parameters) -> dict:
        outbox.rebuild()
        return client.get("/recherche/", {"q": query, "format": "json", **parameters}).json()

    return ask


@pytest.fixture
def titles(found):
    """The titles that a query string finds, in order."""
    return lambda query="", **parameters: [result["title"] for result in found(query, **parameters)["results"]]
