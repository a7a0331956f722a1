"""The author of a text that is not shown reads why, and asks once that somebody else look at it."""

import json

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from participation.consultations import actions as consultations
from participation.consultations.models import Activity, Contribution, ModerationAction, Reason
from participation.ledger.integrity import problems
from participation.moderation import actions
from participation.moderation.models import Appeal
from participation.people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(db, moderator):
    return factories.a_user("Seconde modératrice", role=Role.MODERATOR)


@pytest.fixture
def withheld(forum, resident, moderator):
    topic = factories.a_topic(forum, resident)
    consultations.withhold(topic, moderator, reason=Reason.OFF_TOPIC, note="Parlons du kiosque.")
    return topic


def act_of(contribution) -> ModerationAction:
    return ModerationAction.objects.filter(contribution=contribution).latest("pk")


def state(contribution) -> str:
    return Contribution.objects.get(pk=contribution.pk).state


def test_the_author_reads_the_reason_and_appeals_on_the_same_page(
    client, withheld, resident, django_capture_on_commit_callbacks
):
    client.force_login(resident)
    address = reverse("public_moderation:decision", args=[withheld.pk])

    page = client.get(address).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address, {"text": "Le kiosque en est le sujet."})
    after = client.get(address).content.decode()

    for words in ["Hors sujet", "Parlons du kiosque.", "Déposer mon recours"]:
        assert words in page
    assert response.status_code == 302
    assert "Le kiosque en est le sujet." in after
    assert "Déposer mon recours" not in after
    assert [letter.to for letter in mail.outbox] == [[resident.email]]


def test_nobody_else_reads_it_nor_appeals(client, withheld, moderator):
    address = reverse("public_moderation:decision", args=[withheld.pk])

    assert client.get(address).status_code == 302
    for other in (factories.a_user("Une autre"), moderator):
        client.force_login(other)
        assert client.get(address).status_code == 404
        assert client.post(address, {"text": "Moi."}).status_code == 404
        with pytest.raises(PermissionDenied):
            actions.appeal(act_of(withheld), other, text="Moi.")
    assert not Appeal.objects.exists()


def test_one_appeals_once(withheld, resident):
    actions.appeal(act_of(withheld), resident, text="Une fois.")

    with pytest.raises(ValidationError, match="déjà contesté"):
        actions.appeal(act_of(withheld), resident, text="Deux fois.")

    assert Appeal.objects.count() == 1


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 2001])
def test_an_empty_or_endless_appeal_is_given_back(client, withheld, resident, text):
    client.force_login(resident)

    response = client.post(reverse("public_moderation:decision", args=[withheld.pk]), {"text": text})

    assert response.status_code == 422
    assert text.strip("\u200b ")[:50] in response.content.decode()
    assert not Appeal.objects.exists()


def test_accepted_by_somebody_else_the_text_is_shown_again_and_the_record_says_by_appeal(withheld, resident, second):
    appeal = actions.appeal(act_of(withheld), resident, text="Le kiosque en est le sujet.")

    actions.decide(appeal, second, accepted=True, answer="Vous avez raison.")

    assert state(withheld) == Contribution.State.PUBLISHED
    log = withheld.activity.consultation.log or Contribution.objects.get(pk=withheld.pk).activity.consultation.log
    restored = [json.loads(bytes(row.body)) for row in log.entries.filter(type="opening.restored")]
    assert [row["data"]["origin"] for row in restored] == ["appeal"]
    assert list(problems()) == []


def test_a_refused_text_that_is_accepted_is_published(organisation, resident, moderator, second):
    forum = factories.a_forum(
        consultation=factories.a_consultation(organiser=organisation), moderation=Activity.Moderation.BEFORE
    )
    topic = factories.a_topic(forum, resident)
    consultations.refuse(topic, moderator, reason=Reason.OFF_TOPIC)
    appeal = actions.appeal(act_of(topic), resident, text="C’est le sujet.")

    actions.decide(appeal, second, accepted=True, answer="En effet.")

    assert state(topic) == Contribution.State.PUBLISHED
    assert list(problems()) == []


def test_rejected_the_decision_stays_and_the_author_reads_why(
    client, withheld, resident, second, django_capture_on_commit_callbacks
):
    appeal = actions.appeal(act_of(withheld), resident, text="Le kiosque en est le sujet.")

    with django_capture_on_commit_callbacks(execute=True):
        actions.decide(appeal, second, accepted=False, answer="Ce fil parle du lac.")

    client.force_login(resident)
    page = client.get(reverse("public_moderation:decision", args=[withheld.pk])).content.decode()
    assert state(withheld) == Contribution.State.WITHHELD
    assert "Ce fil parle du lac." in page
    assert "Ce fil parle du lac." in mail.outbox[-1].body


def test_whoever_took_it_down_does_not_answer(client, withheld, resident, moderator):
    appeal = actions.appeal(act_of(withheld), resident, text="Le kiosque en est le sujet.")

    with pytest.raises(PermissionDenied):
        actions.decide(appeal, moderator, accepted=False, answer="Non.")

    client.force_login(moderator)
    address = reverse("moderation:decide", args=[appeal.pk])
    # Wagtail's admin leads those it refuses to its home.
    assert client.post(address, {"decision": "rejected", "answer": "Non."}).status_code in (302, 403)
    assert "c’est à quelqu’un d’autre de répondre" in client.get("/admin/moderation/?liste=recours").content.decode()
    appeal.refresh_from_db()
    assert appeal.decided_at is None


def test_an_editor_of_another_organisation_does_not_answer(client, withheld, resident):
    appeal = actions.appeal(act_of(withheld), resident, text="Le kiosque en est le sujet.")
    neighbour = factories.a_user("Mairie de Thoard", edits=[factories.an_organisation("Commune de Thoard")])

    with pytest.raises(PermissionDenied):
        actions.decide(appeal, neighbour, accepted=True, answer="Oui.")

    assert state(withheld) == Contribution.State.WITHHELD


def test_two_answers_the_second_is_told(withheld, resident, second):
    appeal = actions.appeal(act_of(withheld), resident, text="Le kiosque en est le sujet.")
    actions.decide(appeal, second, accepted=False, answer="Non.")

    with pytest.raises(ValidationError, match="entre-temps"):
        actions.decide(appeal, factories.a_user("Tierce", role=Role.MODERATOR), accepted=True, answer="Si.")


def test_an_answer_takes_a_decision_and_words(client, withheld, resident, second):
    appeal = actions.appeal(act_of(withheld), resident, text="Le kiosque en est le sujet.")
    client.force_login(second)

    response = client.post(reverse("moderation:decide", args=[appeal.pk]), {"answer": "Gardez ce mot."})

    assert response.status_code == 422
    assert "Gardez ce mot." in response.content.decode()
    assert "Choisissez ce que vous décidez." in response.content.decode()


def test_what_is_shown_cannot_be_appealed_against(forum, resident, moderator):
    topic = factories.a_topic(forum, resident)
    consultations.withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    act = act_of(topic)
    consultations.restore(topic, moderator)

    with pytest.raises(ValidationError, match="ne peut plus"):
        actions.appeal(act, resident, text="Trop tard.")


def test_the_author_took_it_back_meanwhile_the_answer_still_leaves(
    withheld, resident, second, django_capture_on_commit_callbacks
):
    appeal = actions.appeal(act_of(withheld), resident, text="Le kiosque en est le sujet.")
    Contribution.objects.filter(pk=withheld.pk).update(state=Contribution.State.ERASED)

    with django_capture_on_commit_callbacks(execute=True):
        actions.decide(appeal, second, accepted=True, answer="Vous aviez raison.")

    assert state(withheld) == Contribution.State.ERASED
    assert "Vous aviez raison." in mail.outbox[-1].body
