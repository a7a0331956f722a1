"""A search as an Atom feed."""

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from participation.consultations.actions import edit_contribution, withhold
from participation.consultations.models import Reason
from search import outbox
from search.models import Arrival
from tests import factories
from tests.factories import a_sheet, a_topic
from tests.search.reading import plain

ATOM = "{http://www.w3.org/2005/Atom}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client):
    """The feed of a query string: its root element and the answer. All is indexed first."""

    def ask(query: str = "", path: str = "/recherche/atom/"):
        outbox.drain()
        answer = client.get(f"{path}?{query}")
        assert answer.status_code == 200
        return ElementTree.fromstring(answer.content), answer

    return ask


def titles(feed) -> list[str]:
    return [entry.find(f"{ATOM}title").text for entry in feed.iter(f"{ATOM}entry")]


def test_a_search_is_a_feed_that_programs_can_keep_nothing_of(home_page, read):
    sheet = a_sheet(home_page, "La digue & le pont", summary="On longe <b>la</b> Durance.")
    a_sheet(home_page, "Le marché")

    feed, answer = read("q=digue&page=7&tri=titre&faux=1")

    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Cache-Control"] == "private, no-cache"
    assert not answer.cookies
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {
        "alternate": "http://testserver/recherche/?q=digue",
        "self": "http://testserver/recherche/atom/?q=digue",
    }
    assert plain(feed.find(f"{ATOM}title").text) == "« digue » · La Placette"
    (entry,) = feed.iter(f"{ATOM}entry")
    assert entry.find(f"{ATOM}title").text == "La digue & le pont"
    assert entry.find(f"{ATOM}link").get("href") == f"http://testserver{sheet.url}"
    assert entry.find(f"{ATOM}id").text.startswith("urn:uuid:")
    # What a reader draws as HTML shows the text that was typed.
    assert entry.find(f"{ATOM}summary").text == "On longe &lt;b&gt;la&lt;/b&gt; Durance."


def test_everything_is_in_the_feed_of_no_question(home_page, read):
    a_sheet(home_page, "La digue")

    feed, _answer = read()

    assert "La digue" in titles(feed)
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        assert element.find(f"{ATOM}id").text
        assert datetime.fromisoformat(element.find(f"{ATOM}updated").text)


def test_the_last_published_comes_first_whatever_year_it_tells_of(home_page, read, monkeypatch):
    monkeypatch.setattr("search.feeds.MOST_ENTRIES", 3)
    outbox.rebuild()
    for year in range(2020, 2024):
        a_sheet(home_page, f"Digue de {year}", started=date(year, 1, 1))
    outbox.drain()
    Arrival.objects.update(arrived=datetime(2024, 1, 1, tzinfo=UTC))
    a_sheet(home_page, "Digue de 1998", started=date(1998, 1, 1))

    feed, _answer = read("q=digue")

    assert titles(feed) == ["Digue de 1998", "Digue de 2023", "Digue de 2022"]


def test_an_entry_keeps_its_id_when_its_address_changes(home_page, read):
    sheet = a_sheet(home_page, "La digue")
    before = read("q=digue")[0].find(f"{ATOM}entry/{ATOM}id").text

    sheet.slug = "autre-adresse"
    sheet.save_revision().publish()

    feed, _answer = read("q=digue")
    assert "autre-adresse" in feed.find(f"{ATOM}entry/{ATOM}link").get("href")
    assert feed.find(f"{ATOM}entry/{ATOM}id").text == before


def test_what_is_withheld_leaves_the_feed_at_once(home_page, forum, resident, moderator, client):
    topic = a_topic(forum, resident, "Des bancs")
    outbox.rebuild()
    assert "Des bancs" in client.get("/recherche/atom/?q=bancs").text

    withhold(topic, moderator, reason=Reason.OFF_TOPIC)

    assert "Des bancs" not in client.get("/recherche/atom/?q=bancs").text


def test_words_that_were_taken_back_are_not_quoted_before_the_index_has_followed(home_page, forum, resident, client):
    topic = a_topic(forum, resident, "Des bancs", body="Sous le micocoulier.")
    outbox.rebuild()
    assert "micocoulier" in client.get("/recherche/atom/?q=bancs").text

    edit_contribution(topic, resident, title="Des bancs", body="Au soleil.")

    assert "micocoulier" not in client.get("/recherche/atom/?q=bancs").text


def test_a_character_that_xml_refuses_does_not_break_the_feed(home_page, read):
    a_sheet(home_page, "La digue", summary="Copiée\x0b d’un \ufffePDF")

    feed, _answer = read("q=digue")

    assert feed.find(f"{ATOM}entry/{ATOM}summary").text == "Copiée d’un PDF"


def test_the_inventory_has_a_feed_of_its_sheets_alone(home_page, forum, resident, read, client):
    a_sheet(home_page, "La digue")
    a_topic(forum, resident, "La digue aussi")
    inventory = factories.an_inventory(home_page)
    outbox.rebuild()

    feed, _answer = read("q=digue&type=sujet", f"{inventory.url}atom/")

    assert titles(feed) == ["La digue"]
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"http://testserver{inventory.url}atom/?q=digue"
    assert f'href="{inventory.url}atom/?q=digue"' in client.get(f"{inventory.url}?q=digue").text
    assert f'href="{inventory.url}atom/"' in client.get(inventory.url).text


def test_while_the_engine_is_down_the_database_fills_the_feed(home_page, client):
    a_sheet(home_page, "La digue")

    answer = client.get("/recherche/atom/?q=digues")

    assert "La digue" in answer.text


def test_a_feed_takes_the_same_few_queries_whatever_it_finds(home_page, client, django_assert_max_num_queries):
    for number in range(60):
        a_sheet(home_page, f"Digue {number}")
    outbox.rebuild()
    Arrival.objects.update(arrived=timezone.now() - timedelta(days=1))
    client.get("/recherche/")

    with django_assert_max_num_queries(12):
        answer = client.get("/recherche/atom/?q=digue")

    assert answer.text.count("<entry>") == 50
