import pytest

from search import outbox
from search.engines import engine


@pytest.fixture(autouse=True)
def _empty_index():
    engine().clear()


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
