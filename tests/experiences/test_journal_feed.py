"""A project's journal as an Atom feed."""

from datetime import date
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from wagtail.models import PageViewRestriction

from experiences.models import JournalEntryPage
from tests import factories

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def project(home_page, organisation):
    consultation = factories.a_consultation(organiser=organisation)
    return factories.a_project(
        home_page, "Les bus & les cars", summary="Où s’arrêtent-ils ?", consultation=consultation
    )


def an_entry(project, title="Réunion publique", *, body=(), **fields) -> JournalEntryPage:
    entry = project.add_child(instance=JournalEntryPage(**{"title": title, "date": date(2026, 11, 5), **fields}))
    entry.body = [{"type": kind, "value": value} for kind, value in body]
    entry.save_revision().publish()
    return entry


def read(client, project):
    """The feed's root element and the response."""
    page = BeautifulSoup(client.get(project.url).text, "html.parser")
    response = client.get(page.head.find("link", type="application/atom+xml")["href"])
    return ElementTree.fromstring(response.content), response


def texts(element, name) -> list[str]:
    return [found.text for found in element.iter(f"{ATOM}{name}")]


def test_the_page_announces_its_feed_and_the_feed_is_atom(client, project):
    feed, response = read(client, project)

    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert response["X-Robots-Tag"] == "noindex"
    assert feed.tag == f"{ATOM}feed"
    assert feed.find(f"{ATOM}title").text == "Les bus & les cars\xa0: le journal de bord"
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "Ville de Digne-les-Bains"


def test_entries_are_whole_newest_first_with_absolute_addresses(client, project):
    old = an_entry(project, "Le début", date=date(2026, 10, 1))
    new = an_entry(
        project,
        summary="Soixante-trois personnes.",
        body=[("paragraph", f'<p>Le compte rendu <a linktype="page" id="{old.pk}">du début</a>.</p>')],
    )

    feed, _response = read(client, project)

    entries = feed.findall(f"{ATOM}entry")
    assert [entry.find(f"{ATOM}title").text for entry in entries] == ["Réunion publique", "Le début"]
    assert entries[0].find(f"{ATOM}link").get("href") == f"http://testserver{new.url}"
    assert entries[0].find(f"{ATOM}published").text == "2026-11-05T12:00:00+01:00"
    assert entries[0].find(f"{ATOM}updated").text >= "2026-11-05T12:00:00+01:00"
    summary = entries[0].find(f"{ATOM}summary").text
    assert "<p>Soixante-trois personnes.</p>" in summary
    assert f'<a href="http://testserver{old.url}">du début</a>' in summary


def test_an_entry_stays_the_same_for_readers_when_its_address_changes(client, project):
    entry = an_entry(project)
    before = texts(read(client, project)[0], "id")

    entry.slug = "autre-adresse"
    entry.save_revision().publish()

    assert texts(read(client, project)[0], "id") == before


def test_drafts_are_not_in_the_feed(client, project):
    an_entry(project, "Secret").unpublish()

    assert "Secret" not in read(client, project)[1].text


def test_entries_made_private_are_neither_in_the_feed_nor_in_the_page(client, project):
    entry = an_entry(project, "Entre élus")
    PageViewRestriction.objects.create(page=entry, restriction_type=PageViewRestriction.LOGIN)

    assert "Entre élus" not in read(client, project)[1].text
    assert "Entre élus" not in client.get(project.url).text


def test_drawings_and_forums_are_left_out(client, project, forum):
    an_entry(
        project,
        body=[
            ("scene", {"scene": "market", "caption": "Un dessin"}),
            ("forum", {"activity": forum.pk}),
            ("paragraph", "<p>Le texte.</p>"),
        ],
    )

    answer = read(client, project)[1].text

    assert "Le texte." in answer
    assert "svg" not in answer
    assert "hx-get" not in answer


def test_control_characters_do_not_break_the_feed(client, project):
    an_entry(
        project,
        "Réunion\x0b publique\x01",
        summary="Un copier-coller\x08 malheureux \ufffe.",
        body=[("paragraph", "<p>Et\x1f dedans.</p>")],
    )

    feed, _response = read(client, project)

    assert feed.find(f"{ATOM}entry/{ATOM}title").text == "Réunion publique"
    assert "Un copier-coller malheureux" in feed.find(f"{ATOM}entry/{ATOM}summary").text


def test_a_journal_without_entries_has_a_feed(client, project):
    feed, response = read(client, project)

    assert response.status_code == 200
    assert feed.findall(f"{ATOM}entry") == []


def test_the_feed_is_kept_like_a_page(client, project, django_assert_num_queries):
    an_entry(project)
    address = project.url + project.reverse_subpage("feed")
    etag = client.get(address)["ETag"]

    with django_assert_num_queries(0):
        answer = client.get(address, headers={"if-none-match": etag})

    assert answer.status_code == 304
    assert client.get(address)["X-Robots-Tag"] == "noindex"


def test_queries_do_not_grow_with_the_journal(client, project, django_assert_max_num_queries):
    for number in range(12):
        an_entry(project, f"Entrée {number}", body=[("paragraph", "<p>Un texte.</p>")])

    client.get(project.url + project.reverse_subpage("feed"), {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(14):
        client.get(project.url + project.reverse_subpage("feed"))
