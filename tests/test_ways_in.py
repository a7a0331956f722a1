"""There is one way in, and addresses show what they should and nothing beside."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from home.models import TextPage
from participation.consultations import actions
from participation.consultations.models import Contribution, Reason
from participation.forum.actions import edit_message
from participation.people.actions import remove_member
from participation.people.forms import PseudonymField
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/_util/login/", "/en/_util/login/", "/admin/login/"])
def test_every_other_sign_in_leads_to_the_sites_own(client, home_page, address):
    response = client.get(address, {"next": "/admin/"})

    assert response.status_code == 302
    assert "compte/connexion/" in response.url
    assert client.post(address, {"username": "a@exemple.fr", "password": "x"}).status_code == 302


def test_a_private_page_asks_to_sign_in_there(client, home_page):
    page = home_page.add_child(instance=TextPage(title="Entre nous", slug="entre-nous"))
    page.view_restrictions.create(restriction_type="login")

    assert client.get("/entre-nous/").url.startswith(reverse("account_login"))


@pytest.mark.parametrize("path", ["../documents/secret.txt", "%2e%2e/documents/secret.txt", "sous/dossier.png"])
def test_pictures_have_an_address_and_nothing_beside_them(client, home_page, settings, path):
    folder = settings.MEDIA_ROOT / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret.txt").write_text("secret")

    response = client.get(f"/media/images/{path}")

    assert response.status_code == 404


def test_a_header_cannot_move_the_site_in_the_pages_of_others(client, home_page):
    client.get("/", SCRIPT_NAME="/ailleurs")

    assert "/ailleurs" not in client.get("/").content.decode()


@pytest.mark.parametrize("state", ["withheld", "withdrawn", "erased"])
def test_the_title_of_a_removed_topic_is_shown_nowhere(client, forum, resident, moderator, state):
    topic = factories.a_topic(forum, resident, title="TITRE QUI DISPARAÎT")
    factories.a_reply(topic, factories.a_user("Jeannot"))
    if state == "withheld":
        actions.withhold(topic, moderator, reason=Reason.OFFENSIVE)
    elif state == "withdrawn":
        actions.withdraw(topic, resident)
    else:
        Contribution.objects.filter(pk=topic.pk).update(state=state)

    for address in (
        forum.get_absolute_url(),
        forum.fragment_url,
        topic.get_absolute_url(),
        reverse("forum:thread", args=[topic.pk]),
    ):
        assert "TITRE QUI DISPARAÎT" not in client.get(address).content.decode()


def test_who_left_an_organisation_no_longer_changes_its_official_answer(forum, resident, agent):
    topic = factories.a_topic(forum, resident)
    answer = factories.a_reply(topic, agent, body="C’est voté.", on_behalf_of=forum.consultation.organiser)
    remove_member(forum.consultation.organiser, agent)

    with pytest.raises(ValidationError, match="au nom de"):
        edit_message(answer, agent, body="Tout est annulé.")


@pytest.mark.parametrize("number", ["9" * 20, "9" * 30])
def test_an_id_that_no_database_holds_is_not_found(client, forum, number):
    assert client.get(f"/participation/forum/message/{number}/").status_code == 404
    assert client.get(f"/participation/fragment/forum/{number}/").status_code == 404


def test_only_moderators_arrange_and_only_topics(client, forum, resident, moderator):
    reply = factories.a_reply(factories.a_topic(forum, resident), resident)
    address = reverse("forum:arrange", args=[reply.pk])

    client.force_login(resident)
    assert client.post(address, {"act": "pin"}).status_code == 403
    client.force_login(moderator)
    assert client.post(address, {"act": "pin"}).status_code == 302
    assert client.post(address, {"act": "zzz"}).status_code == 400
    reply.refresh_from_db()
    assert not reply.pinned


@pytest.mark.parametrize(
    "name", ["Luc\u0435tte", "\u3164\u3164", "Lucette\ufe0f", "Modération", "VILLE DE DIGNE-LES-BAINS", "\u2800\u2800"]
)
def test_no_pseudonym_passes_for_another_or_for_the_house(organisation, name):
    with pytest.raises(ValidationError):
        PseudonymField().clean(name)
