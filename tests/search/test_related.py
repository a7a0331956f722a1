"""Kits and sheets meet by their methods, without knowing each other."""

from datetime import date, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.utils import timezone

from participation.vocabulary.models import Method
from resources.models import MethodKitPage, ResourceIndexPage
from search.documents import Kind
from search.engines import engine
from search.outbox import rebuild
from search.related import related
from tests.factories import a_sheet
from tests.search.reading import plain


@pytest.fixture
def method(territories) -> Method:
    return Method.objects.get(slug="world-cafe")


@pytest.fixture
def kit(home_page, method) -> MethodKitPage:
    index = home_page.add_child(instance=ResourceIndexPage(title="Ressources", slug="ressources"))
    return index.add_child(instance=MethodKitPage(title="Le world café pas à pas", slug="world-cafe", method=method))


def main_of(response) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser").main


def titles_of(response) -> list[str]:
    return [title.text for title in main_of(response).select(".card-title")]


def link_of(response, method) -> str:
    facts = main_of(response).select_one(".facts")
    return next(link["href"] for link in facts.find_all("a") if method.name in link.text)


def test_a_few_documents_are_given_the_newest_first_with_their_total(home_page, method):
    for year in range(2019, 2025):
        a_sheet(home_page, f"Le café de {year}", methods=[method], started=date(year, 3, 1))
    a_sheet(home_page, "Le marché")
    rebuild()

    found = related(Kind.SHEET, "methode", ["world-cafe"], most=2)

    assert [document.title for document in found.documents] == ["Le café de 2024", "Le café de 2023"]
    assert (found.total, found.is_known) == (6, True)
    assert found.url == "/recherche/?type=fiche&methode=world-cafe"


def test_nothing_is_related_to_no_value(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        found = related(Kind.SHEET, "methode", [], most=2)

    assert (found.total, found.documents, found.is_known) == (0, [], True)


def test_a_kit_shows_the_experiences_that_used_its_method(client, home_page, territories, method, kit):
    sheet = a_sheet(
        home_page,
        "Le café de Thoard",
        methods=[method],
        territories=[territories["04217"]],
        summary="Trois soirées.",
        started=date(2023, 1, 20),
        ended=date(2024, 6, 22),
    )
    a_sheet(home_page, "Le marché")
    rebuild()

    page = client.get(kit.url)

    assert titles_of(page) == ["Le café de Thoard"]
    card = main_of(page).select_one(".card")
    assert card.find("a")["href"] == sheet.url
    assert "Trois soirées." in card.text
    assert [line.text for line in card.select(".meta li")] == ["Thoard", "2023 – 2024"]
    assert main_of(page).find("a", href="/recherche/?type=fiche&methode=world-cafe").text == (
        "1 expérience qui l’a utilisée"
    )


def test_a_kit_that_nobody_used_says_nothing_of_it(client, home_page, kit):
    rebuild()

    assert "Elles l’ont utilisée ici" not in client.get(kit.url).text


def test_a_method_leads_to_its_kit_and_says_so(client, home_page, method, kit):
    sheet = a_sheet(home_page, methods=[method])
    rebuild()

    facts = main_of(client.get(sheet.url)).select_one(".facts")

    assert plain(facts.find("a", href=kit.url).text) == "World café kit"


def test_a_method_without_a_kit_leads_to_all_that_speaks_of_it(client, home_page, territories):
    sheet = a_sheet(home_page, methods=[Method.objects.get(slug="forum-ouvert")])
    rebuild()

    facts = main_of(client.get(sheet.url)).select_one(".facts")

    assert facts.find("a", href="/recherche/?methode=forum-ouvert").text == "Forum ouvert"


def test_what_is_unpublished_disappears_at_once(client, home_page, method, kit):
    """Even from a page that is kept, and while the index still has it."""
    sheet = a_sheet(home_page, "Le café", methods=[method])
    other = a_sheet(home_page, "Le marché", methods=[method])
    rebuild()
    assert sorted(titles_of(client.get(kit.url))) == ["Le café", "Le marché"]
    assert link_of(client.get(other.url), method) == kit.url

    sheet.unpublish()
    kit_url = kit.url
    assert titles_of(client.get(kit.url, {"a": "b"})) == ["Le marché"]

    kit.unpublish()
    assert link_of(client.get(other.url, {"a": "b"}), method) != kit_url


def test_pages_drawn_while_the_index_is_down_are_not_kept_for_long(client, home_page, method, kit):
    sheet = a_sheet(home_page, "Le café", methods=[method])
    engine().clear()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert titles_of(client.get(kit.url)) == []
        assert link_of(client.get(sheet.url), method) == "/recherche/?methode=world-cafe"
        rebuild()

        clock.shift(timedelta(seconds=11))
        assert titles_of(client.get(kit.url)) == ["Le café"]
        assert link_of(client.get(sheet.url), method) == kit.url
