"""A text that is taken down is shown nowhere any more, and told to nobody it was not told yet."""

import pytest
from django.core import mail
from django.http import QueryDict
from django.urls import reverse

from participation.consultations.actions import withhold
from participation.consultations.models import Reason
from search import alerts, outbox
from search.lasting import LastingSearch
from tests import factories

pytestmark = pytest.mark.django_db

WORD = "Xylophonie"


@pytest.fixture
def topic(home_page, forum, resident):
    """In a forum that a page shows, indexed, with a reply; somebody follows the word and is not told yet."""
    project = factories.a_project(home_page, consultation=forum.consultation)
    factories.embed(project, forum)
    outbox.rebuild()
    asked = LastingSearch("/recherche/", "", "")
    lasting = LastingSearch.of(asked.read(QueryDict(f"q={WORD}")), "/recherche/", "")
    alerts.save_search(factories.a_user("Qui suit"), lasting, name=WORD, frequency="daily")
    topic = factories.a_topic(forum, resident, title=f"{WORD} !", body=f"{WORD} sur la place, tous les soirs.")
    factories.a_reply(topic, factories.a_user("Jeannot"))
    outbox.drain()
    topic.page = project
    return topic


def places(topic) -> dict[str, str]:
    """Where everybody reads it."""
    forum, consultation = topic.activity.specific, topic.activity.consultation
    consultation.refresh_from_db()
    data = f"/participation/consultations/{consultation.slug}/donnees/contributions"
    return {
        "the page of the activity": forum.get_absolute_url(),
        "its fragment": forum.fragment_url,
        "its own page": topic.get_absolute_url(),
        "the search": f"/recherche/?q={WORD}",
        "the search, for programs": f"/recherche/?q={WORD}&format=json",
        "suggestions": f"/recherche/suggestions/?q={WORD[:5]}",
        "the feed": f"/recherche/atom/?q={WORD}",
        "open data": f"{data}.csv",
        "open data, for programs": f"{data}.json",
        "the record": reverse("ledger:openings", args=[consultation.log.slug]),
    }


def shows(client, address: str) -> bool:
    """Whether its title or its text is there; the word alone is what one asked for."""
    response = client.get(address)
    assert response.status_code == 200, address
    text = (b"".join(response.streaming_content) if response.streaming else response.content).decode()
    return any(words in text for words in (f"{WORD} !", "sur la place, tous les soirs"))


def test_everybody_reads_it_then_nobody_does(client, topic, moderator):
    known = places(topic)
    assert [place for place, address in known.items() if not shows(client, address)] == []

    withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    outbox.drain()

    assert [place for place, address in known.items() if shows(client, address)] == []


def test_who_was_not_told_yet_is_not_told(topic, moderator):
    withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    outbox.drain()
    mail.outbox.clear()

    alerts.send_due()

    assert not [letter for letter in mail.outbox if WORD in letter.body]


def test_who_follows_is_told_when_it_stays(topic):
    mail.outbox.clear()

    alerts.send_due()

    assert [letter for letter in mail.outbox if WORD in letter.body]
