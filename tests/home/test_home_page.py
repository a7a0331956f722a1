"""The home page answers: what is open and until when, what happened, where, what came of it."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone
from wagtail.models import Locale, Site

from experiences.models import JournalEntryPage
from participation.consultations.models import Consultation
from tests import factories

NOW = timezone.now


def an_entry(project, title, *, days_ago=0, kind=JournalEntryPage.EntryKind.STEP, **fields) -> JournalEntryPage:
    date = timezone.localdate() - timedelta(days=days_ago)
    return project.add_child(instance=JournalEntryPage(title=title, date=date, entry_kind=kind, **fields))


def headings(response) -> list[str]:
    """The texts of its h2, in order."""
    return [heading.get_text(strip=True) for heading in BeautifulSoup(response.text, "html.parser").main.find_all("h2")]


def test_what_is_open_comes_first_the_soonest_to_close_before_the_others(client, home_page):
    for title, days in [("Sans fin", None), ("Dans un mois", 30), ("Demain", 1), ("Dans huit jours", 8)]:
        factories.a_forum(title, closes_at=NOW() + timedelta(days=days) if days else None)

    page = client.get("/").text

    assert "Ouvert en ce moment" in page
    assert page.index("Demain") < page.index("Dans huit jours") < page.index("Dans un mois")
    assert "Sans fin" not in page


def test_a_card_leads_to_the_page_that_shows_the_activity(client, home_page, forum):
    project = factories.a_project(home_page, consultation=forum.consultation)
    factories.embed(project, forum)

    assert f'href="{project.url}#activity-{forum.pk}"' in client.get("/").text


def test_what_is_reserved_to_guests_does_not_show(client, home_page):
    consultation = factories.a_consultation(access=Consultation.Access.INVITED)
    factories.a_forum("Entre nous", consultation=consultation)

    assert "Entre nous" not in client.get("/").text


def test_when_nothing_is_open_what_is_coming_shows(client, home_page):
    factories.a_forum("Les bancs de la place", opens_at=NOW() + timedelta(days=3))

    page = client.get("/").text

    assert "Bientôt" in page
    assert "Les bancs de la place" in page


def test_when_nothing_is_open_nor_coming_the_page_says_so(client, home_page):
    assert "Rien n’est ouvert aujourd’hui" in client.get("/").text


def test_the_last_fifteen_days_of_all_journals(client, home_page):
    project = factories.a_project(home_page, "Les bus de Digne")
    for title, days_ago in [
        ("Vieille nouvelle", 16),
        ("Réunion publique", 3),
        ("Un retard", 1),
        ("Affichage", 15),
        ("Vote", 2),
    ]:
        an_entry(project, title, days_ago=days_ago)

    answer = client.get("/")

    assert "Ces quinze derniers jours" in headings(answer)
    assert answer.text.index("Un retard") < answer.text.index("Vote") < answer.text.index("Réunion publique")
    assert "Affichage" not in answer.text
    assert "Les bus de Digne" in answer.text


def test_without_recent_news_the_latest_show_as_such(client, home_page):
    an_entry(factories.a_project(home_page), "Vieille nouvelle", days_ago=16)

    answer = client.get("/")

    assert "Dernières nouvelles" in headings(answer)
    assert "Vieille nouvelle" in answer.text


def test_the_map_and_its_list_lead_to_the_inventory(client, home_page, territories):
    factories.a_sheet(home_page, territories=[territories["04217"], territories["04070"]])
    factories.a_sheet(home_page, "Balade", territories=[territories["04217"], territories["200067437"]])
    factories.a_sheet(home_page, "Brouillon", live=False, territories=[territories["04217"]])

    page = client.get("/").text

    assert "2 expériences et projets" in page
    assert 'href="/recherche/?type=fiche&amp;type=projet&amp;territoire=04217"' in page
    assert "Thoard" in page


def test_a_decision_says_how_many_contributions_came_before(client, home_page, resident):
    forum = factories.a_forum(at=NOW() - timedelta(days=10))
    project = factories.a_project(home_page, consultation=forum.consultation)
    for days_ago in (9, 8, 7, 2):
        factories.a_topic(forum, resident, title=f"Il y a {days_ago} jours", at=NOW() - timedelta(days=days_ago))
    an_entry(project, "Deux arrêts ajoutés", days_ago=5, kind=JournalEntryPage.EntryKind.DECISION)

    answer = client.get("/")

    assert "Ce que ça a changé" in headings(answer)
    assert "après 3 contributions" in answer.text


def test_a_decision_nobody_spoke_before_claims_nothing(client, home_page):
    an_entry(factories.a_project(home_page), "Le gymnase reste fermé", kind=JournalEntryPage.EntryKind.DECISION)

    page = client.get("/").text

    assert "Le gymnase reste fermé" in page
    assert "après 0" not in page


def test_how_it_works_is_what_the_editors_wrote(client, home_page):
    steps = [{"title": "On vous pose une question", "text": "Jusqu’à quand, et sur quoi."}]
    home_page.body = [
        {"type": "steps", "value": {"title": "", "steps": steps}},
        {"type": "paragraph", "value": "<p>Et ensuite ?</p>"},
    ]
    home_page.save_revision().publish()

    answer = client.get("/")

    assert headings(answer)[-1] == "Comment ça marche"
    assert "On vous pose une question" in answer.text
    assert "Et ensuite ?" in answer.text


def test_an_empty_site_has_a_home_page(client, home_page):
    assert headings(client.get("/")) == ["Ouvert en ce moment"]


def test_the_home_page_in_english_shows_what_is_written_in_english(client, home_page):
    an_entry(factories.a_project(home_page), "Une nouvelle")
    english, _created = Locale.objects.get_or_create(language_code="en")
    translation = home_page.copy_for_translation(english)
    translation.save_revision().publish()
    Site.clear_site_root_paths_cache()

    answer = client.get("/en/")

    assert answer.status_code == 200
    assert "Une nouvelle" not in answer.text


def test_queries_do_not_grow_with_the_site(client, home_page, territories, resident, django_assert_max_num_queries):
    for number in range(5):
        consultation = factories.a_consultation()
        forum = factories.a_forum(f"Forum {number}", consultation=consultation, closes_at=NOW() + timedelta(days=9))
        factories.a_topic(forum, resident)
        project = factories.a_project(home_page, f"Projet {number}", consultation=consultation)
        factories.embed(project, forum)
        an_entry(project, f"Décision {number}", kind=JournalEntryPage.EntryKind.DECISION)
        factories.a_sheet(home_page, f"Fiche {number}", territories=list(territories.values())[number : number + 9])

    client.get("/", {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(31):
        client.get("/")


@pytest.mark.parametrize("address", ["/?q=%00", "/?next=//ailleurs.example", "/?page=-1"])
def test_query_strings_are_ignored(client, home_page, address):
    assert client.get(address).status_code == 200
