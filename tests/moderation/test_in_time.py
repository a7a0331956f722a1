"""Texts that nobody has judged in time, reports that are answered, letters of the morning."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from participation.consultations import actions as consultations
from participation.consultations.models import Activity, Contribution, ModerationAction, Reason, Report
from participation.ledger.integrity import problems
from participation.moderation import actions, morning
from participation.people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def given_a_day(organisation):
    """A forum whose messages are read beforehand, within a day."""
    consultation = factories.a_consultation(organiser=organisation)
    return factories.a_forum(consultation=consultation, moderation=Activity.Moderation.BEFORE, hours_to_decide=24)


def wait(contribution, **time):
    Contribution.objects.filter(pk=contribution.pk).update(waits_since=timezone.now() - timedelta(**time))


def test_what_nobody_has_judged_in_time_is_published_and_the_act_has_nobody(given_a_day, resident):
    topic = factories.a_topic(given_a_day, resident)
    wait(topic, hours=23)
    actions.publish_overdue()
    assert not Contribution.objects.published().exists()

    wait(topic, hours=25)
    actions.publish_overdue()

    act = ModerationAction.objects.get()
    assert Contribution.objects.published().get().pk == topic.pk
    assert (act.act, act.moderator) == ("lapsed", None)
    assert act.waited > timedelta(hours=24)
    assert list(problems()) == []


def test_an_edit_that_waits_is_published_too(given_a_day, resident, moderator):
    from participation.forum.actions import edit_message

    topic = factories.a_topic(given_a_day, resident)
    consultations.approve(topic, moderator)
    edit_message(topic, resident, title="Autre", body="Tout autre chose.")
    wait(topic, hours=25)

    actions.publish_overdue()

    topic.refresh_from_db()
    assert (topic.body, topic.pending) == ("Tout autre chose.", None)
    assert list(problems()) == []


def test_what_may_come_from_a_robot_waits_for_somebody(given_a_day):
    topic = factories.a_topic(given_a_day, factories.a_user("Robot", is_doubtful=True))
    wait(topic, days=3)

    actions.publish_overdue()

    assert not Contribution.objects.published().exists()


def test_where_no_time_is_given_texts_wait(organisation, resident):
    forum = factories.a_forum(
        consultation=factories.a_consultation(organiser=organisation), moderation=Activity.Moderation.BEFORE
    )
    topic = factories.a_topic(forum, resident)
    wait(topic, days=90)

    actions.publish_overdue()

    assert not Contribution.objects.published().exists()


def test_time_is_given_only_where_texts_wait(organisation):
    with pytest.raises(ValidationError, match="rien n’attend"):
        factories.a_forum(consultation=factories.a_consultation(organiser=organisation), hours_to_decide=24)


# ── Reports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reported(client, forum, resident, django_capture_on_commit_callbacks):
    topic = factories.a_topic(forum, resident)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("consultations:report", args=[topic.pk]),
            {"reason": "publicite", "contact": "lectrice@exemple.fr"},
        )
    return topic


def test_whoever_reports_and_leaves_an_address_is_answered_twice_and_forgotten(
    reported, moderator, django_capture_on_commit_callbacks
):
    received = [letter.subject for letter in mail.outbox if letter.to == ["lectrice@exemple.fr"]]
    with django_capture_on_commit_callbacks(execute=True):
        consultations.withhold(reported, moderator, reason=Reason.ADVERTISING)

    handled = [letter for letter in mail.outbox if letter.to == ["lectrice@exemple.fr"]][-1]
    assert received == ["[La Placette] Votre signalement est bien reçu"]
    assert "l’a retiré" in handled.body
    assert "Place de l’église." not in handled.body
    assert Report.objects.get().contact == ""


def test_the_author_never_learns_who_reported(reported, moderator, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        consultations.keep(reported, moderator)

    to_author = [letter.body for letter in mail.outbox if letter.to == [reported.author.email]]
    assert len(to_author) == 1
    assert "lectrice" not in to_author[0]


def test_a_wrong_address_is_given_back_and_nothing_is_lost(client, forum, resident):
    topic = factories.a_topic(forum, resident)

    response = client.post(
        reverse("consultations:report", args=[topic.pk]),
        {"reason": "publicite", "note": "Gardez ce mot.", "contact": "lectrice"},
    )

    assert response.status_code == 422
    assert "Gardez ce mot." in response.content.decode()
    assert not Report.objects.exists()


def test_of_a_report_of_a_million_letters_nothing_is_kept(client, forum, resident):
    topic = factories.a_topic(forum, resident)

    response = client.post(
        reverse("consultations:report", args=[topic.pk]), {"reason": "publicite", "note": "x" * 1_000_000}
    )

    assert response.status_code == 422
    assert not Report.objects.exists()


def test_a_reported_text_that_its_author_takes_back_leaves_the_queue(reported, resident):
    consultations.withdraw(reported, resident)

    assert not Contribution.objects.reported().exists()


# ── Letters of the morning ───────────────────────────────────────────────────────────────────────────────────────────


def at(hour: int):
    return timezone.localtime().replace(hour=hour, minute=5)


def to(person) -> list[str]:
    return [letter.body for letter in mail.outbox if letter.to == [person.email]]


def test_moderators_are_written_to_once_a_day_when_something_waits(reported, moderator, agent):
    mail.outbox.clear()

    morning.send_due(now=at(5))
    assert not mail.outbox
    morning.send_due(now=at(8))
    morning.send_due(now=at(9))

    for person in (moderator, agent):
        assert len(to(person)) == 1
        assert "Signalés : 1" in to(person)[0].replace("\u00a0", " ")
    assert "Place de l’église." not in to(moderator)[0]


def test_nothing_waits_nothing_is_sent_and_whoever_said_no_is_not_written_to(reported, moderator, agent):
    mail.outbox.clear()
    actions.want_summary(agent, wanted=False)
    stranger = factories.a_user("Mairie de Thoard", edits=[factories.an_organisation("Commune de Thoard")])

    morning.send_due(now=at(8))

    assert to(moderator)
    assert not to(agent)
    assert not to(stranger)


def test_a_guarantor_is_told_each_day_of_the_acts_in_their_consultations(forum, resident, moderator):
    guarantor = factories.a_user("Garante", role=Role.GUARANTOR)
    consultation = forum.consultation
    consultation.guarantor = guarantor
    consultations.change_consultation(consultation)
    topic = factories.a_topic(forum, resident)
    consultations.withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    ModerationAction.objects.update(created_at=at(9))
    tomorrow = at(8) + timedelta(days=1)
    mail.outbox.clear()

    morning.send_due(now=tomorrow)
    morning.send_due(now=tomorrow + timedelta(hours=1))

    assert len(to(guarantor)) == 1
    assert "Le kiosque" in to(guarantor)[0]
    assert "retiré par la modération : 1" in to(guarantor)[0].replace("\u00a0", " ")
