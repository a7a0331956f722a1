"""What everybody may know of moderation, and what the guarantor of a consultation sees and says."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from participation.consultations import actions as consultations
from participation.consultations.models import Consultation, Contribution, ModerationAction, Reason
from participation.moderation import actions
from participation.moderation.models import GuarantorNote
from participation.people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def guarantor(db, moderator):
    return factories.a_user("Garante", role=Role.GUARANTOR)


@pytest.fixture
def warranted(forum, guarantor):
    consultation = forum.consultation
    consultation.guarantor = guarantor
    return consultations.change_consultation(consultation)


@pytest.fixture
def moderated(forum, resident, moderator):
    """Two texts of which one is withheld, with an appeal that was rejected."""
    factories.a_topic(forum, resident, title="Il reste")
    topic = factories.a_topic(forum, resident, title="TITRE RETIRÉ", body="TEXTE RETIRÉ")
    consultations.withhold(topic, moderator, reason=Reason.OFF_TOPIC, note="MOT À L’AUTEUR")
    appeal = actions.appeal(ModerationAction.objects.get(), resident, text="TEXTE DU RECOURS")
    second = factories.a_user("Seconde modératrice", role=Role.MODERATOR)
    actions.decide(appeal, second, accepted=False, answer="RÉPONSE AU RECOURS")
    return topic


def words_of(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize("name", ["register", "file", "consultation", "consultation_file"])
def test_numbers_and_reasons_are_everybodys_names_and_texts_nobodys(client, moderated, name):
    arguments = [moderated.activity.consultation.slug] if name.startswith("consultation") else []

    response = client.get(reverse(f"public_moderation:{name}", args=arguments))
    words = words_of(response)

    assert response.status_code == 200
    assert "noindex" in response["X-Robots-Tag"]
    assert "ors sujet" in words or "hors sujet" in words
    for secret in [
        "RETIRÉ", "MOT À L’AUTEUR", "TEXTE DU RECOURS", "RÉPONSE AU RECOURS", "Mireille", "Modératrice", "Seconde",
    ]:  # fmt: skip
        assert secret not in words


def test_the_register_counts_acts_reasons_and_appeals(client, moderated):
    rows = words_of(client.get(reverse("public_moderation:file"))).splitlines()

    title = moderated.activity.consultation.title
    assert rows[0].endswith("Consultation;Mois;Acte;Motif;Combien;Attente médiane, en heures;Recours;Recours acceptés")
    assert [row.split(";")[0] for row in rows[1:]] == [title]
    assert rows[1].endswith("retiré par la modération;hors sujet;1;;1;0")


def test_a_restricted_consultation_has_its_register_among_those_who_see_it(client, organisation, resident, agent):
    consultation = factories.a_consultation("Entre nous", organiser=organisation, access=Consultation.Access.INVITED)
    factories.a_forum(consultation=consultation)
    address = reverse("public_moderation:consultation", args=[consultation.slug])

    client.force_login(resident)
    assert client.get(address).status_code == 404
    assert "Entre nous" not in words_of(client.get(reverse("public_moderation:register")))
    client.force_login(agent)
    assert client.get(address).status_code == 200


def test_the_register_costs_the_same_however_much_was_done(
    client, forum, resident, moderator, django_assert_num_queries
):
    def ask():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as done:
            client.get(reverse("public_moderation:register"))
        return len(done)

    consultations.withhold(factories.a_topic(forum, resident), moderator, reason=Reason.OFF_TOPIC)
    ask()
    few = ask()
    for number in range(6):
        topic = factories.a_topic(forum, resident, title=f"Sujet {number}")
        consultations.withhold(topic, moderator, reason=Reason.ADVERTISING)

    assert ask() == few


# ── The guarantor ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_guarantor_sees_every_act_and_every_text_that_was_taken_down(client, warranted, moderated, guarantor):
    client.force_login(guarantor)

    page = words_of(client.get(reverse("moderation:warranted", args=[warranted.pk])))

    for words in ["TEXTE RETIRÉ", "MOT À L’AUTEUR", "TEXTE DU RECOURS", "RÉPONSE AU RECOURS", "Mireille du Bléone"]:
        assert words in page


def test_of_the_consultations_of_others_a_guarantor_sees_nothing(client, warranted, moderated, guarantor):
    other = factories.a_user("Autre garant", role=Role.GUARANTOR)
    elsewhere = factories.a_consultation("Ailleurs", guarantor=other)

    for person in (other, factories.a_user("Habitante")):
        client.force_login(person)
        response = client.get(reverse("moderation:warranted", args=[warranted.pk]), follow=True)
        assert "TEXTE RETIRÉ" not in words_of(response)
    with pytest.raises(PermissionDenied):
        actions.publish_note(elsewhere, guarantor, kind="note", title="Ici", body="Non.")


def test_a_guarantor_who_has_lost_the_role_sees_nothing_any_more(client, warranted, moderated, guarantor):
    guarantor.groups.clear()
    client.force_login(guarantor)

    response = client.get(reverse("moderation:warranted", args=[warranted.pk]), follow=True)

    assert "TEXTE RETIRÉ" not in words_of(response)


def test_among_invited_people_the_guarantor_reads_while_they_hold_the_role(client, organisation, guarantor):
    consultation = factories.a_consultation(
        "Entre nous", organiser=organisation, access=Consultation.Access.INVITED, guarantor=guarantor
    )
    forum = factories.a_forum(consultation=consultation)
    client.force_login(guarantor)
    assert client.get(forum.get_absolute_url()).status_code == 200

    guarantor.groups.clear()

    assert client.get(forum.get_absolute_url()).status_code == 404


def test_the_guarantor_judges_nothing(warranted, forum, resident, guarantor):
    topic = factories.a_topic(forum, resident)

    with pytest.raises(PermissionDenied):
        consultations.withhold(topic, guarantor, reason=Reason.OFF_TOPIC)

    assert Contribution.objects.get(pk=topic.pk).is_published


def test_what_the_guarantor_publishes_everybody_reads_and_nobody_changes(client, warranted, guarantor):
    client.force_login(guarantor)

    response = client.post(
        reverse("moderation:warranted", args=[warranted.pk]),
        {"kind": "report", "title": "Bilan d’étape", "body": "Tout a été lu.\n\n<b>Tout.</b>"},
    )
    client.logout()
    page = words_of(client.get(reverse("public_moderation:consultation", args=[warranted.slug])))

    assert response.status_code == 302
    for words in ["Bilan d’étape", "Tout a été lu.", "&lt;b&gt;Tout.&lt;/b&gt;", "Garante"]:
        assert words in page
    assert GuarantorNote.objects.count() == 1


def test_a_note_without_words_is_given_back(client, warranted, guarantor):
    client.force_login(guarantor)

    response = client.post(
        reverse("moderation:warranted", args=[warranted.pk]), {"kind": "note", "title": "Gardez ce mot", "body": ""}
    )

    assert response.status_code == 422
    assert "Gardez ce mot" in words_of(response)


def test_once_something_is_open_only_an_administrator_changes_the_guarantor(warranted, agent):
    warranted.guarantor = None

    with pytest.raises(Exception, match="seul un administrateur"):
        consultations.change_consultation(warranted, agent)

    administrator = factories.a_user("Administratrice", role=Role.ADMINISTRATOR)
    assert consultations.change_consultation(warranted, administrator).guarantor is None
