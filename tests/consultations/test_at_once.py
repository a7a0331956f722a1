"""People who act in the same instant, each in a connection of their own.

SQLite lets one write at a time; PostgreSQL lets all of them, but for the rows that a verb locks.
"""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from participation.consultations import actions
from participation.consultations.models import Activity, Reason, Report
from participation.people import actions as people
from participation.people.models import Organisation, ProfileRequest, Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts) -> list:
    """What each act returned, or why it was refused; all of them begin together."""
    answers = []
    ready = threading.Barrier(len(acts))

    def run(act):
        ready.wait()
        try:
            answers.append(act())
        except ValidationError as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_message_reported_by_several_people_at_once_is_reported_once(forum, resident):
    topic = factories.a_topic(forum, resident)

    answers = at_once(*[lambda: actions.report(topic, reason=Reason.OFF_TOPIC)] * 4)

    assert Report.objects.count() == 1
    assert sum(isinstance(answer, ValidationError) for answer in answers) == 3


def test_an_author_whose_messages_are_approved_at_once_is_one_participant(organisation, resident, moderator):
    consultation = factories.a_consultation(organiser=organisation)
    forum = factories.a_forum(consultation=consultation, moderation=Activity.Moderation.BEFORE)
    topics = [factories.a_topic(forum, resident, title=f"Idée {number}") for number in range(4)]

    at_once(*[lambda topic=topic: actions.approve(topic, moderator) for topic in topics])

    forum.refresh_from_db()
    assert (forum.contribution_count, forum.participant_count) == (4, 1)


def test_a_reply_and_a_view_on_the_same_message_wait_for_each_other_and_both_pass(forum, resident):
    topic = factories.a_topic(forum, resident)
    jeannot = factories.a_user("Jeannot")
    replying = threading.Event()

    def react():
        replying.wait()
        actions.react(topic, resident, "agree")
        connection.close()

    reaction = threading.Thread(target=react)
    reaction.start()
    with transaction.atomic():
        actions.require_open(forum, jeannot, timezone.now())
        replying.set()
        reaction.join(0.5)  # it has gone as far as it can
        factories.a_reply(topic, jeannot)
    reaction.join()

    topic.refresh_from_db()
    assert (topic.reply_count, topic.agree_count) == (1, 1)


def test_requests_for_a_profile_sent_and_answered_at_once_are_one(resident):
    people.set_up_roles()
    animators = [factories.a_user(f"Animatrice {number}", role=Role.ANIMATOR) for number in (1, 2)]
    words = {"kind": "collective", "territory": None, "presentation": "On plante.", "website": "", "mandate": "Vu."}

    answers = at_once(*[lambda: people.ask_for_profile(resident, name="Les Lavandes", **words)] * 4)
    assert sum(isinstance(answer, ProfileRequest) for answer in answers) == 1

    asked = ProfileRequest.objects.get()
    answers = at_once(
        lambda: people.accept_profile_request(asked, animators[0], checked="Lu."),
        lambda: people.accept_profile_request(asked, animators[1], checked="Lu."),
        lambda: people.decline_profile_request(asked, animators[1], answer="Non."),
        lambda: people.take_profile_request_back(asked, resident),
    )

    assert sum(isinstance(answer, ValidationError) for answer in answers) == 3
    assert Organisation.objects.count() <= 1
