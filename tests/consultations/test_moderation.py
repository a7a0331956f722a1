"""What moderators do, and what everyone then sees."""

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from participation.consultations import actions
from participation.consultations.models import Activity, Contribution, ModerationAction, Reaction, Reason, Report
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def read_beforehand(organisation):
    """A forum whose messages are read before they are shown."""
    return factories.a_forum(
        consultation=factories.a_consultation(organiser=organisation), moderation=Activity.Moderation.BEFORE
    )


def test_read_beforehand_a_message_waits_and_only_its_author_sees_it(client, read_beforehand, resident):
    topic = factories.a_topic(read_beforehand, resident)

    assert topic.state == Contribution.State.RECEIVED
    assert "Un kiosque !" not in client.get(read_beforehand.get_absolute_url()).content.decode()
    assert client.get(topic.get_absolute_url()).status_code == 404
    client.force_login(resident)
    page = client.get(read_beforehand.get_absolute_url()).content.decode()
    assert "Un kiosque !" in page
    assert "En attente de modération" in page


def test_approved_it_shows_and_counts_and_its_author_is_told(
    client, read_beforehand, resident, moderator, django_capture_on_commit_callbacks
):
    topic = factories.a_topic(read_beforehand, resident)

    with django_capture_on_commit_callbacks(execute=True):
        actions.approve(topic, moderator)

    assert "Un kiosque !" in client.get(read_beforehand.get_absolute_url()).content.decode()
    read_beforehand.refresh_from_db()
    assert read_beforehand.contribution_count == 1
    assert mail.outbox[0].to == [resident.email]


def test_refused_its_author_is_told_why(read_beforehand, resident, moderator, django_capture_on_commit_callbacks):
    topic = factories.a_topic(read_beforehand, resident)

    with django_capture_on_commit_callbacks(execute=True):
        actions.refuse(topic, moderator, reason=Reason.ADVERTISING, note="Une annonce n’a pas sa place ici.")

    letter = mail.outbox[0].body
    assert "publicité" in letter
    assert "Une annonce n’a pas sa place ici." in letter
    assert ModerationAction.objects.get().moderator == moderator


@pytest.mark.parametrize("verb", [actions.refuse, actions.withhold])
def test_nothing_is_taken_down_without_a_reason(organisation, resident, moderator, verb):
    before = Activity.Moderation.BEFORE if verb is actions.refuse else Activity.Moderation.AFTER
    forum = factories.a_forum(consultation=factories.a_consultation(organiser=organisation), moderation=before)
    topic = factories.a_topic(forum, resident)

    with pytest.raises(ValidationError, match="motif"):
        verb(topic, moderator, reason="")

    state = topic.state
    topic.refresh_from_db()
    assert topic.state == state
    assert not ModerationAction.objects.exists()


def test_the_database_too_wants_a_reason(forum, resident, moderator):
    topic = factories.a_topic(forum, resident)

    with pytest.raises(IntegrityError), transaction.atomic():
        ModerationAction.objects.create(
            contribution=topic, act=ModerationAction.Act.WITHHELD, reason="", moderator=moderator
        )


def test_two_moderators_at_once_the_second_is_told(forum, resident, moderator):
    topic = factories.a_topic(forum, resident)
    actions.withhold(topic, moderator, reason=Reason.OFF_TOPIC)

    with pytest.raises(ValidationError, match="entre-temps"):
        actions.withhold(topic, factories.a_user("Seconde", role="moderator"), reason=Reason.OFFENSIVE)

    assert ModerationAction.objects.count() == 1


def test_what_is_restored_shows_again(client, forum, resident, moderator):
    topic = factories.a_topic(forum, resident)
    actions.withhold(topic, moderator, reason=Reason.OFF_TOPIC)

    actions.restore(topic, moderator)

    assert "Un kiosque !" in client.get(forum.get_absolute_url()).content.decode()
    forum.refresh_from_db()
    assert forum.contribution_count == 1


def test_an_agent_moderates_their_organisation_and_no_other(forum, resident, agent):
    foreign = factories.a_forum(consultation=factories.a_consultation())

    actions.withhold(factories.a_topic(forum, resident), agent, reason=Reason.OFF_TOPIC)
    with pytest.raises(PermissionDenied):
        actions.withhold(factories.a_topic(foreign, resident), agent, reason=Reason.OFF_TOPIC)


@pytest.mark.parametrize("verb", [actions.approve, actions.keep, actions.restore])
def test_residents_do_not_moderate(forum, resident, verb):
    with pytest.raises(PermissionDenied):
        verb(factories.a_topic(forum, resident), resident)


def test_edited_where_texts_are_read_beforehand_the_new_words_wait_and_the_old_ones_stay(
    client, read_beforehand, resident, moderator
):
    topic = factories.a_topic(read_beforehand, resident)
    actions.approve(topic, moderator)
    client.force_login(resident)

    client.post(reverse("forum:edit", args=[topic.pk]), {"title": "Autre", "body": "Tout autre chose."})

    mine = client.get(read_beforehand.get_absolute_url()).content.decode()
    assert "Votre modification attend la modération" in mine
    client.logout()
    everyones = client.get(read_beforehand.get_absolute_url()).content.decode()
    assert "Tout autre chose." not in everyones
    assert "Place de l’église." in everyones
    assert "Votre modification attend" not in everyones
    read_beforehand.refresh_from_db()
    assert read_beforehand.contribution_count == 1


def test_anyone_reports_a_message_without_an_account(client, forum, resident):
    topic = factories.a_topic(forum, resident)

    response = client.post(
        reverse("consultations:report", args=[topic.pk]), {"reason": "publicite", "note": "C’est une réclame."}
    )

    assert response.status_code == 302
    report = Report.objects.get()
    assert report.reporter is None
    assert list(Contribution.objects.reported()) == [topic.contribution_ptr]


def test_a_report_without_reason_is_given_back(client, forum, resident):
    topic = factories.a_topic(forum, resident)

    response = client.post(reverse("consultations:report", args=[topic.pk]), {"note": "Gardez ce mot."})

    assert response.status_code == 422
    assert "Gardez ce mot." in response.content.decode()


def test_the_same_person_reports_once(client, forum, resident):
    topic = factories.a_topic(forum, factories.a_user("Jeannot"))
    client.force_login(resident)
    address = reverse("consultations:report", args=[topic.pk])

    client.post(address, {"reason": "publicite"})
    response = client.post(address, {"reason": "publicite"})

    assert response.status_code == 422
    assert Report.objects.count() == 1


def test_one_address_does_not_fill_the_queue(client, forum, resident):
    topics = [factories.a_topic(forum, resident, title=f"Sujet {number}") for number in range(21)]

    answers = [
        client.post(reverse("consultations:report", args=[topic.pk]), {"reason": "publicite"}) for topic in topics
    ]

    assert {answer.status_code for answer in answers[:20]} == {302}
    assert answers[20].status_code == 422
    assert "de votre adresse" in answers[20].content.decode()
    assert Report.objects.count() == 20


def test_a_reported_message_that_is_kept_leaves_the_queue(forum, resident, moderator):
    topic = factories.a_topic(forum, resident)
    actions.report(topic, reason=Reason.OFF_TOPIC)

    actions.keep(topic, moderator)

    assert not Contribution.objects.reported().exists()
    topic.refresh_from_db()
    assert topic.is_published


def test_one_reaction_per_person_is_the_databases_word(forum, resident):
    topic = factories.a_topic(forum, resident)
    Reaction.objects.create(contribution=topic, user=resident, choice="agree")

    with pytest.raises(IntegrityError), transaction.atomic():
        Reaction.objects.create(contribution=topic, user=resident, choice="disagree")
