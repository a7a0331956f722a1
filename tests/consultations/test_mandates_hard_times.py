"""Writing in an organisation's name when things go wrong: what ends meanwhile, who signs in again, who counterfeits."""

import json
import re

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from participation.consultations.actions import withhold
from participation.consultations.models import Reason
from participation.forum.actions import edit_message
from participation.forum.models import Message
from participation.people.actions import set_up_roles, unverify
from participation.people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db

WORDS = {"title": "Un banc", "body": "Au lavoir."}


def kept_form(client) -> str:
    """The form of what was kept, alone."""
    return client.get(reverse("people:resume")).text.split("data-once>")[1].split("</form>")[0]


def test_once_the_verification_is_taken_back_no_new_words_are_put_in_its_name(
    forum, spokeswoman, collective, administrator
):
    topic = factories.a_topic(forum, spokeswoman, on_behalf_of=collective)
    unverify(collective, administrator)

    with pytest.raises(ValidationError, match=str(collective)):
        edit_message(topic, spokeswoman, title="Autre", body="Autre chose.")

    topic.refresh_from_db()
    assert topic.body != "Autre chose."


def test_an_organiser_that_is_not_verified_still_changes_its_official_answer(forum, agent):
    topic = factories.a_topic(forum, agent, on_behalf_of=forum.consultation.organiser)

    assert edit_message(topic, agent, title="Réponse", body="Relue.").body == "Relue."


def test_who_wrote_before_signing_in_still_chooses_in_whose_name(client, forum, spokeswoman, collective):
    client.post(reverse("forum:post_topic", args=[forum.pk]), WORDS)
    client.login(email=spokeswoman.email, password=factories.PASSWORD)

    page = client.get(reverse("people:resume")).text

    assert "J’écris" in page
    assert "En mon nom" in page
    assert f'type="radio" name="on_behalf_of" value="{collective.pk}"' in page


def test_a_choice_made_before_the_session_ended_is_kept_and_seen(client, forum, review, spokeswoman, collective):
    topic = factories.a_topic(forum, spokeswoman)
    remark = factories.a_remark(review, spokeswoman)
    for address, words in [
        (reverse("forum:post_topic", args=[forum.pk]), WORDS),
        (reverse("forum:reply", args=[topic.pk]), {"body": "D’accord."}),
        (reverse("review:write", args=[review.pk, 5]), {"body": "Long.", "nature": "comment", "version": "1"}),
        (reverse("review:reply", args=[remark.pk]), {"body": "D’accord."}),
    ]:
        client.logout()
        client.post(address, {**words, "on_behalf_of": collective.pk})
        client.login(email=spokeswoman.email, password=factories.PASSWORD)

        page = kept_form(client)

        assert page.count('name="on_behalf_of"') == 2, address
        assert page.count("checked") == 1
        assert page.split("checked")[0].rsplit("<input", 1)[1].count(f'value="{collective.pk}"') == 1


def test_somebody_else_who_signs_in_there_does_not_publish_it(client, forum, resident, collective):
    client.post(reverse("forum:post_topic", args=[forum.pk]), {**WORDS, "on_behalf_of": collective.pk})
    client.login(email=resident.email, password=factories.PASSWORD)
    page = client.get(reverse("people:resume")).text
    assert "En mon nom" not in page

    response = client.post(
        reverse("forum:post_topic", args=[forum.pk]), {**WORDS, "on_behalf_of": collective.pk, "_pending": "x"}
    )

    assert response.status_code == 422
    assert not Message.objects.exists()


def test_a_mandate_that_ended_before_one_signs_in_makes_one_choose(client, forum, spokeswoman, collective):
    ended = factories.a_verified_organisation("Graines de place")
    client.post(reverse("forum:post_topic", args=[forum.pk]), {**WORDS, "on_behalf_of": ended.pk})
    client.login(email=spokeswoman.email, password=factories.PASSWORD)

    page = kept_form(client)

    assert page.count('name="on_behalf_of"') == 2
    assert "checked" not in page
    assert "required" in page


def test_one_of_several_mandates_that_ended_while_one_wrote_makes_one_choose_again(client, forum, spokeswoman):
    ended = factories.a_verified_organisation("Graines de place")
    client.force_login(spokeswoman)

    response = client.post(reverse("forum:post_topic", args=[forum.pk]), {**WORDS, "on_behalf_of": ended.pk})

    choices = re.findall(r'<input type="radio" name="on_behalf_of"[^>]*>', response.text)
    assert len(choices) == 2
    assert all("required" in choice and "checked" not in choice for choice in choices)


def test_what_a_broken_token_gives_back_still_says_in_whose_name(forum, spokeswoman, collective):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(spokeswoman)

    response = browser.post(reverse("forum:post_topic", args=[forum.pk]), {**WORDS, "on_behalf_of": collective.pk})

    assert response.status_code == 403
    assert f'type="radio" name="on_behalf_of" value="{collective.pk}"' in response.text


def test_a_remark_in_the_organiser_s_name_is_official_as_its_form_says(client, review, agent):
    factories.a_remark(review, agent, on_behalf_of=review.consultation.organiser)

    assert "Réponse officielle" in client.get(reverse("review:passage", args=[review.pk, 5])).text


def test_their_author_sees_which_messages_were_the_organisation_s(client, forum, spokeswoman, collective):
    factories.a_topic(forum, spokeswoman, "Un", "Mes mots.")
    factories.a_topic(forum, spokeswoman, "Deux", "Nos mots.", on_behalf_of=collective)
    client.force_login(spokeswoman)

    page = client.get(reverse("people:account")).text
    data = client.get(reverse("people:my_data")).json()

    assert len(re.findall(r"Au nom de «\sCollectif Vélo Bléone\s»", page)) == 1
    assert [one["on_behalf_of"] for one in data["contributions"]] == [None, "Collectif Vélo Bléone"]
    assert "Au nom de" in client.get(reverse("people:my_data_readable")).text


def test_a_profile_costs_the_same_however_much_is_written(client, forum, spokeswoman, collective):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(collective.get_absolute_url()).status_code == 200
        return len(queries)

    factories.a_topic(forum, spokeswoman, "Un", "Le premier.", on_behalf_of=collective)
    cost()
    few = cost()
    for number in range(8):
        factories.a_topic(forum, spokeswoman, f"Sujet {number}", f"Texte {number}.", on_behalf_of=collective)

    assert cost() == few


def test_open_data_say_in_whose_name_and_never_what_was_taken_down(client, forum, spokeswoman, collective, moderator):
    factories.a_topic(forum, spokeswoman, "Un", "Resté.", on_behalf_of=collective)
    taken = factories.a_topic(forum, spokeswoman, "Deux", "Ôté.", on_behalf_of=collective)
    withhold(taken, moderator, reason=Reason.OFF_TOPIC)

    slug = forum.consultation.slug
    response = client.get(f"/participation/consultations/{slug}/donnees/contributions.json")
    rows = json.loads(response.getvalue())["rows"]

    assert [(row["au_nom_de"], row["texte"]) for row in rows] == [("Collectif Vélo Bléone", "Resté.")]
    assert "Aïcha" not in str(rows)


def test_those_who_work_on_remarks_and_moderate_see_in_whose_name_they_are(
    client, review, forum, spokeswoman, collective
):
    remark = factories.a_remark(review, spokeswoman, on_behalf_of=collective)
    set_up_roles()
    animator = factories.a_user("Maëlle", role=Role.ANIMATOR)
    topic = factories.a_topic(forum, spokeswoman)
    factories.a_reply(topic, spokeswoman, on_behalf_of=collective)
    client.force_login(animator)

    for address in [
        reverse("wagtailsnippets_review_review:work", args=[review.pk]),
        reverse("wagtailsnippets_review_review:remark", args=[review.pk, remark.pk]),
        reverse("moderation:item", args=[topic.pk]),
    ]:
        assert "Aïcha (Collectif Vélo Bléone)" in client.get(address).text, address
