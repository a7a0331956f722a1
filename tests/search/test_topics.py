"""Topics are found with what was answered to them, by everyone and only what everyone may read."""

import pytest

from participation.consultations.actions import approve, edit_contribution, restore, withdraw, withhold
from participation.consultations.models import Activity, Consultation, Reason
from search import outbox
from search.engines import engine
from search.query import Query
from search.topics import TopicSource
from tests.factories import a_consultation, a_forum, a_reply, a_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def indexed():
    return lambda text="": [document.title for document in engine().search(Query(text=text)).documents]


@pytest.fixture
def shown(client):
    return lambda text="": [
        result["title"] for result in client.get("/recherche/", {"q": text, "format": "json"}).json()["results"]
    ]


def test_a_withheld_topic_disappears_at_once(forum, resident, moderator, indexed, shown):
    topic = a_topic(forum, resident, "Des bancs")
    outbox.rebuild()
    assert shown("bancs") == ["Des bancs"]

    withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    assert shown("bancs") == []
    outbox.drain()
    assert indexed("bancs") == []

    restore(topic, moderator)
    outbox.drain()
    assert shown("bancs") == ["Des bancs"]


def test_a_withheld_reply_is_no_longer_searched(forum, resident, moderator, indexed):
    topic = a_topic(forum, resident, "Des bancs")
    reply = a_reply(topic, resident, "Sous le micocoulier.")
    outbox.rebuild()
    assert indexed("micocoulier") == ["Des bancs"]

    withhold(reply, moderator, reason=Reason.OFF_TOPIC)
    outbox.drain()

    assert indexed("micocoulier") == []
    assert indexed("bancs") == ["Des bancs"]


def test_a_withheld_reply_is_not_quoted_even_before_the_index_has_followed(client, forum, resident, moderator):
    reply = a_reply(a_topic(forum, resident, "Des bancs"), resident, "Sous le micocoulier du boulodrome.")
    outbox.rebuild()
    assert "boulodrome" in client.get("/recherche/", {"q": "micocoulier"}).content.decode()

    withhold(reply, moderator, reason=Reason.OFF_TOPIC)

    assert "boulodrome" not in client.get("/recherche/", {"q": "micocoulier"}).content.decode()


def test_a_withdrawn_topic_disappears(forum, resident, indexed, shown):
    topic = a_topic(forum, resident, "Des bancs")
    outbox.rebuild()

    withdraw(topic, resident)

    assert shown("bancs") == []


def test_what_its_author_changes_is_searched(forum, resident, indexed):
    topic = a_topic(forum, resident, "Des bancs")
    outbox.rebuild()

    edit_contribution(topic, resident, title="Des chaises", body="Avec un dossier.")
    outbox.drain()

    assert indexed("chaises") == ["Des chaises"]
    assert indexed("bancs") == []


def test_a_reply_to_a_reply_is_searched(forum, resident, indexed):
    topic = a_topic(forum, resident, "Des bancs")
    outbox.rebuild()

    a_reply(a_reply(topic, resident), resident, "Sous le micocoulier.")
    outbox.drain()

    assert indexed("micocoulier") == ["Des bancs"]


def test_what_waits_for_a_moderator_is_not_searched(organisation, resident, moderator, indexed):
    forum = a_forum(consultation=a_consultation(organiser=organisation), moderation=Activity.Moderation.BEFORE)
    topic = a_topic(forum, resident, "Des bancs")
    outbox.rebuild()
    assert indexed("bancs") == []

    approve(topic, moderator)
    outbox.drain()

    assert indexed("bancs") == ["Des bancs"]


def test_what_is_said_among_invited_people_is_not_searched(organisation, resident, indexed, shown):
    consultation = a_consultation(organiser=organisation)
    a_topic(a_forum(consultation=consultation), resident, "Des bancs")
    outbox.rebuild()
    assert shown("bancs") == ["Des bancs"]

    consultation.access = Consultation.Access.INVITED
    consultation.save()

    assert shown("bancs") == []
    outbox.drain()
    assert indexed("bancs") == []


def test_topics_are_read_in_the_same_number_of_queries_whatever_their_number(
    forum, resident, django_assert_num_queries
):
    source = TopicSource()
    for number in range(3):
        a_reply(a_topic(forum, resident, f"Sujet {number}"), resident)
    with django_assert_num_queries(3):
        assert len(list(source.documents())) == 3

    for number in range(9):
        a_reply(a_topic(forum, resident, f"Autre sujet {number}"), resident)

    with django_assert_num_queries(3):
        assert len(list(source.documents())) == 12


def test_the_latest_replies_of_an_endless_topic_are_searched(forum, resident, monkeypatch):
    monkeypatch.setattr("search.topics.MOST_REPLIES", 2)
    topic = a_topic(forum, resident, "Des bancs", body="Début.")
    for word in ("micocoulier", "platane", "tilleul"):
        a_reply(topic, resident, word)

    (document,) = TopicSource().documents()

    assert document.text == "Début.\nplatane\ntilleul"


def test_addresses_do_not_depend_on_the_language_of_whoever_indexes(forum, resident):
    from django.utils.translation import override

    a_topic(forum, resident)

    with override("en"):
        (document,) = TopicSource().documents()

    assert document.url.startswith("/participation/")
