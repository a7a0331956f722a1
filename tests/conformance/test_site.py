"""The whole search, from the page to the answer, on each of the engines."""

import pytest
from wagtail.models import PageViewRestriction

from home.models import TextPage
from participation.consultations.actions import restore, withhold
from participation.consultations.models import Reason
from search import outbox, sources
from search.models import Change
from tests.factories import a_sheet, a_topic
from tests.search.reading import plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client, site):
    """What `/recherche/` answers, as JSON; nothing is indexed that was not."""
    return lambda query="", **parameters: client.get("/recherche/", {"q": query, "format": "json", **parameters}).json()


@pytest.fixture
def titles(ask):
    return lambda query="", **parameters: [result["title"] for result in ask(query, **parameters)["results"]]


@pytest.fixture
def page(home_page, site):
    """A page about the dyke, indexed."""
    page = home_page.add_child(instance=TextPage(title="La digue"))
    outbox.rebuild()
    return page


# ── Who may read what ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_unpublished_disappears_before_the_index_knows(page, titles):
    page.unpublish()

    assert titles("digue") == []


def test_what_is_deleted_disappears_before_the_index_knows(page, titles):
    page.delete()

    assert titles("digue") == []


def test_what_becomes_private_disappears_before_the_index_knows(page, ask):
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)

    answer = ask()

    assert [result["title"] for result in answer["results"]] == ["La Placette"]
    assert (answer["total"], answer["facets"]["type"][0]["count"]) == (1, 1)


def test_what_is_withheld_disappears_and_comes_back(site, forum, resident, moderator, titles):
    topic = a_topic(forum, resident, "Des bancs à l’ombre")
    outbox.rebuild()

    withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    assert titles("bancs") == titles('"bancs à l’ombre"') == []
    restore(topic, moderator)
    outbox.drain()

    assert titles("bancs") == ["Des bancs à l’ombre"]


def test_what_is_no_longer_public_is_not_offered(page, client):
    page.unpublish()

    assert client.get("/recherche/suggestions/", {"q": "dig", "format": "json"}).json() == {"suggestions": []}


# ── What changes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_changes_is_found_by_its_new_words_once_indexed(page, titles):
    page.title = "Le pont"
    page.save_revision().publish()
    outbox.drain()

    assert (titles("pont"), titles("digue")) == (["Le pont"], [])


def test_what_changes_while_everything_is_read_is_indexed_afterwards(page, home_page, titles, monkeypatch):
    other = home_page.add_child(instance=TextPage(title="Le canal"))
    read = sources.every_document

    def read_and_change():
        documents = list(read())
        page.title = "Le pont"
        page.save_revision().publish()
        home_page.add_child(instance=TextPage(title="La fontaine"))
        other.delete()
        yield from documents

    with monkeypatch.context() as patch:
        patch.setattr(sources, "every_document", read_and_change)
        outbox.rebuild()
    assert Change.objects.exists()
    outbox.drain()

    assert not Change.objects.exists()
    assert set(titles()) == {"La Placette", "Le pont", "La fontaine"}
    assert titles("digue") == titles("canal") == []


# ── What is said ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("transprot", "transport"),
        ("transprot -bus", "transport -bus"),
        ('"transprot à la demande"', '"transport à la demande"'),
        ("sortitoin", "sortition"),
    ],
)
def test_a_typing_error_is_forgiven_and_said(home_page, site, ask, typed, corrected):
    a_sheet(home_page, "Le transport à la demande")
    a_sheet(home_page, "Le tirage au sort")
    outbox.rebuild()

    answer = ask(typed)

    assert answer["total"] == 1
    assert [plain(notice) for notice in answer["notices"]] == [
        f"Aucun résultat pour « {typed} » ; voici les résultats pour « {corrected} »."
    ]


def test_words_that_are_left_out_are_no_typing_error(page, ask):
    answer = ask("digue -digue")

    assert (answer["total"], answer["notices"]) == (0, [])


def test_what_was_found_is_marked(home_page, site, client):
    a_sheet(home_page, "Trente personnes", summary="Par tirage au sort : le sort de l’eau.")
    outbox.rebuild()

    shown = [client.get("/recherche/", {"q": query}).text for query in ("sortition", '"tirage au sort"', "tirage sort")]

    assert "Par <mark>tirage au sort</mark> : le sort de" in shown[0]
    assert "Par <mark>tirage au sort</mark> : le sort de" in shown[1]
    assert "Par <mark>tirage</mark> au <mark>sort</mark> : le <mark>sort</mark> de" in shown[2]


def test_nothing_found_says_what_to_let_go_of(page, client):
    page_of = lambda query: client.get("/recherche/", {"q": query}).text  # noqa: E731

    assert "Sans les guillemets" in page_of('"digue la" "digue digue"')
    assert "Sans écarter « digue »" in plain(page_of("digue -digue"))
    assert "Sans les mots « pont neuf »" in plain(page_of('digue "pont neuf"'))


@pytest.mark.parametrize("query", ["title:*", "~", '"', "AND", "*", "\\", "-", "é" * 10_000, '-"' * 500, "(" * 500])
def test_what_is_no_question_gets_a_calm_answer(page, client, query):
    for address in ("/recherche/", "/recherche/suggestions/"):
        response = client.get(address, {"q": query, "format": "json"})

        assert response.status_code == 200
        assert "réparation" not in response.text


def test_a_thousand_values_of_a_facet_get_a_calm_answer(page, ask):
    answer = ask(type=["page", *map(str, range(1000))])

    assert answer["total"] == 2
    assert plain(answer["notices"][0]).startswith("1000 filtres ont été ignorés")
