"""A higher floor adds a facet of its own pages; the search does not know what it means."""

from dataclasses import replace

import pytest
from wagtail import hooks

from home.models import TextPage
from search import outbox
from search.filters import Facet

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_methods(home_page, monkeypatch):
    """Pages say which method they tell of, by their slug."""
    read = TextPage.search_document
    monkeypatch.setattr(TextPage, "search_document", lambda page: replace(read(page), more={"methode": (page.slug,)}))
    options = {"balade": "Balade urbaine", "forum": "Forum ouvert", "jury": "Jury"}
    for slug in ("balade", "forum"):
        home_page.add_child(instance=TextPage(title=f"Une méthode : {slug}", slug=slug))

    def facet():
        return "methode", Facet("methode", lambda labels: options, label="Méthode")

    with hooks.register_temporarily("register_search_facet", facet):
        outbox.rebuild()
        yield


def test_a_registered_facet_counts_and_filters_as_the_others(with_methods, client):
    answer = client.get("/recherche/", {"format": "json", "methode": ["balade", "inconnue"]}).json()

    assert [result["title"] for result in answer["results"]] == ["Une méthode : balade"]
    assert answer["facets"]["methode"] == [
        {"value": "balade", "label": "Balade urbaine", "count": 1, "selected": True},
        {"value": "forum", "label": "Forum ouvert", "count": 1, "selected": False},
    ]
    assert "inconnue" in answer["notices"][0]


def test_it_is_drawn_with_the_others(with_methods, client):
    page = client.get("/recherche/").text

    assert 'name="methode" value="forum"' in page
    assert 'name="methode" value="jury"' not in page
