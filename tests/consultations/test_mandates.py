"""Writing in an organisation's name: who may, what it changes, and what it never does."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from participation.consultations import actions
from participation.consultations.models import Contribution, Reaction
from participation.forum.actions import edit_message
from participation.forum.models import Message
from participation.ledger.integrity import problems
from participation.people.actions import give_mandate_back, remove_member, unverify
from participation.review.actions import reply_to
from participation.review.models import Remark
from tests import factories
from tests.search.reading import plain

pytestmark = pytest.mark.django_db


def post(client, forum, **fields):
    return client.post(
        reverse("forum:post_topic", args=[forum.pk]), {"title": "Un banc", "body": "Au lavoir.", **fields}
    )


def test_the_form_asks_in_whose_name_those_who_have_a_mandate(client, forum, spokeswoman, resident):
    client.force_login(resident)
    assert "on_behalf_of" not in client.get(forum.get_absolute_url()).text

    client.force_login(spokeswoman)
    page = client.get(forum.get_absolute_url()).text

    assert "En mon nom" in page
    assert "Collectif Vélo Bléone" in page


def test_what_is_written_in_its_name_says_so_and_leads_to_its_profile(client, forum, spokeswoman, collective):
    client.force_login(spokeswoman)

    response = post(client, forum, on_behalf_of=collective.pk)

    message = Message.objects.get()
    assert response.status_code == 302
    assert (message.author, message.on_behalf_of, message.official) == (spokeswoman, collective, False)
    client.logout()
    page = client.get(forum.get_absolute_url()).text
    assert f'pour <a href="{collective.get_absolute_url()}">Collectif Vélo Bléone</a>' in page
    assert "Réponse officielle" not in page
    assert list(problems()) == []


def test_in_one_s_own_name_nothing_is_said_of_the_organisation(client, forum, spokeswoman):
    client.force_login(spokeswoman)

    post(client, forum, on_behalf_of="")

    message = Message.objects.get()
    page = BeautifulSoup(client.get(message.get_absolute_url()).text, "html.parser")
    assert message.on_behalf_of is None
    assert "Aïcha" in page.select_one(f"#{message.anchor}").text
    assert "Collectif" not in page.select_one(f"#{message.anchor}").text


def test_a_remark_and_its_replies_may_be_the_organisation_s(client, review, spokeswoman, collective):
    client.force_login(spokeswoman)
    written = {"version": 1, "body": "Trop long.", "on_behalf_of": collective.pk}

    client.post(reverse("review:write", args=[review.pk, 5]), {**written, "nature": "comment"})
    client.post(reverse("review:write", args=[review.pk, 5]), {**written, "nature": "amendment", "wording": "Un mois."})
    remark = Remark.objects.get(nature="comment")
    client.post(reverse("review:reply", args=[remark.pk]), {"body": "Vraiment.", "on_behalf_of": collective.pk})

    assert Remark.objects.filter(on_behalf_of=collective, official=False).count() == 3


def test_a_remark_in_the_organiser_s_name_is_official_too(client, review, agent):
    remark = factories.a_remark(review, agent, on_behalf_of=review.consultation.organiser)

    page = BeautifulSoup(client.get(remark.get_absolute_url()).text, "html.parser")

    article = page.select_one(f"#{remark.anchor}")
    assert remark.official
    assert article.select_one(".badge-official").text == "Réponse officielle"
    assert "message-official" in article["class"]


def test_who_works_on_the_remarks_reads_in_whose_name_they_are(client, review, agent, spokeswoman, collective):
    remark = factories.a_remark(review, spokeswoman, on_behalf_of=collective)
    own = factories.a_remark(review, agent, body="Non.")
    reply_to(own, spokeswoman, body="Si.", on_behalf_of=collective)
    listed = reverse("wagtailsnippets_review_review:work", args=[review.pk])
    client.force_login(agent)

    for address in [listed, f"{listed}{remark.pk}/", f"{listed}{own.pk}/"]:
        assert "Aïcha (Collectif Vélo Bléone)" in plain(BeautifulSoup(client.get(address).text, "html.parser").text)


def test_someone_else_s_organisation_is_refused_in_words_and_nothing_is_lost(client, forum, spokeswoman):
    other = factories.a_verified_organisation("Graines de place")
    client.force_login(spokeswoman)

    response = post(client, forum, on_behalf_of=other.pk)

    assert response.status_code == 422
    assert "Vous n’avez pas le mandat" in response.text
    assert "Au lavoir." in response.text
    assert not Message.objects.exists()


def test_a_mandate_that_ended_while_one_wrote_is_said_and_nobody_speaks_for_themselves_by_mistake(
    client, forum, spokeswoman, collective
):
    client.force_login(spokeswoman)
    remove_member(collective, spokeswoman)

    response = post(client, forum, on_behalf_of=collective.pk)

    assert response.status_code == 422
    assert "Au lavoir." in response.text
    assert "écrire en votre nom" in response.text
    assert not Message.objects.exists()
    assert post(client, forum).status_code == 302


@pytest.mark.parametrize("number", ["0", "-1", "9" * 25, "x", "1 OR 1=1"])
def test_what_is_no_organisation_is_refused(client, forum, spokeswoman, number):
    client.force_login(spokeswoman)

    assert post(client, forum, on_behalf_of=number).status_code == 422


def test_the_verb_itself_refuses_who_has_no_mandate(forum, resident, collective):
    with pytest.raises(PermissionDenied):
        factories.a_topic(forum, resident, on_behalf_of=collective)

    assert not Contribution.objects.exists()


def test_one_that_is_not_verified_speaks_nowhere_else_than_in_what_it_organises(forum, agent):
    """`agent` speaks for the organiser of `forum`."""
    elsewhere = factories.a_forum()

    assert factories.a_topic(forum, agent, on_behalf_of=forum.consultation.organiser).official
    with pytest.raises(PermissionDenied):
        factories.a_topic(elsewhere, agent, on_behalf_of=forum.consultation.organiser)


def test_once_the_verification_is_taken_back_what_was_said_keeps_its_label_without_a_profile(
    client, forum, spokeswoman, collective, administrator
):
    topic = factories.a_topic(forum, spokeswoman, on_behalf_of=collective)
    unverify(collective, administrator)

    page = client.get(topic.get_absolute_url()).text

    assert "pour Collectif Vélo Bléone" in page
    assert collective.get_absolute_url() not in page
    with pytest.raises(PermissionDenied):
        factories.a_topic(forum, spokeswoman, "Encore", on_behalf_of=collective)


def test_the_same_words_in_one_s_own_name_are_another_message(forum, spokeswoman, collective):
    factories.a_topic(forum, spokeswoman, "Un banc", "Au lavoir.", on_behalf_of=collective)
    factories.a_topic(forum, spokeswoman, "Un banc", "Au lavoir.")
    factories.a_topic(forum, spokeswoman, "Un banc", "Au lavoir.", on_behalf_of=collective)

    assert list(Message.objects.order_by("pk").values_list("on_behalf_of", flat=True)) == [collective.pk, None]


def test_it_never_adds_a_view_nor_a_vote(client, forum, ballot, resident, spokeswoman, collective):
    topic = factories.a_topic(forum, resident)
    client.force_login(spokeswoman)

    for named, view, choice in [("", "agree", "b"), (collective.pk, "nuance", "c")]:
        client.post(reverse("consultations:react", args=[topic.pk]), {"choice": view, "on_behalf_of": named})
        client.post(reverse("ballot:vote", args=[ballot.pk]), {"choice": choice, "version": 1, "on_behalf_of": named})

    topic.refresh_from_db()
    assert [reaction.choice for reaction in Reaction.objects.all()] == ["nuance"]
    assert (topic.agree_count, topic.nuance_count) == (0, 1)
    assert [vote.choice for vote in ballot.votes.all()] == ["c"]
    assert list(problems()) == []


def test_who_gave_the_mandate_back_withdraws_but_no_longer_changes(forum, spokeswoman, collective):
    topic = factories.a_topic(forum, spokeswoman, on_behalf_of=collective)
    give_mandate_back(collective, spokeswoman)

    with pytest.raises(ValidationError, match="au nom de"):
        edit_message(topic, spokeswoman, title="Autre", body="Autre chose.")
    with pytest.raises(ValidationError, match="au nom de"):
        actions.erase(topic, spokeswoman)
    actions.withdraw(topic, spokeswoman)

    topic.refresh_from_db()
    assert topic.state == Contribution.State.WITHDRAWN


def test_the_form_costs_the_same_whatever_the_mandates(client, forum, spokeswoman, collective):
    topic = factories.a_topic(forum, spokeswoman, on_behalf_of=collective)
    client.force_login(spokeswoman)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(topic.get_absolute_url())
        return len(queries)

    cost()
    few = cost()
    for name in "ABCDE":
        factories.set_member(factories.a_verified_organisation(f"Collectif {name}"), spokeswoman, speaks=True)
        factories.a_reply(topic, spokeswoman, body=f"Et {name}.", on_behalf_of=collective)

    assert cost() == few
