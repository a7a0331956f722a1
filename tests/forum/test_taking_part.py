"""Reading and writing in a forum, on its own page and from its fragment."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from participation.consultations.actions import close_activity, withdraw, withhold
from participation.consultations.models import Activity, Contribution, Reaction, Reason
from participation.forum.actions import edit_message
from participation.forum.models import Message
from tests import factories

pytestmark = pytest.mark.django_db


def post(client, forum, **fields):
    return client.post(
        reverse("forum:post_topic", args=[forum.pk]), {"title": "Un kiosque !", "body": "Place de l’église.", **fields}
    )


def text_of(response) -> str:
    return response.content.decode()


def test_a_message_is_read_on_the_forums_page_and_in_its_fragment(client, forum, resident):
    client.force_login(resident)

    response = post(client, forum)

    message = Message.objects.get()
    assert response.status_code == 302
    assert response.url == f"{forum.get_absolute_url()}#contribution-{message.pk}"
    for address in (forum.get_absolute_url(), forum.fragment_url):
        assert "Un kiosque !" in text_of(client.get(address))


def test_a_message_posted_from_a_page_comes_back_to_that_page(client, forum, resident):
    client.force_login(resident)

    response = post(client, forum, next="/projets/le-kiosque/")

    assert response.url == f"/projets/le-kiosque/#activity-{forum.pk}"


def test_a_message_posted_on_the_forums_page_stays_there_and_keeps_the_way_back(client, forum, resident):
    client.force_login(resident)

    response = post(client, forum, back="/projets/le-kiosque/")

    address = f"{forum.get_absolute_url()}?next=%2Fprojets%2Fle-kiosque%2F"
    assert response.url == f"{address}#contribution-{Message.objects.get().pk}"
    assert 'href="/projets/le-kiosque/#activity' in text_of(client.get(address))


@pytest.mark.parametrize(
    "elsewhere", ["https://mechant.example/", "//mechant.example", "javascript:alert(1)", "\\\\mechant"]
)
def test_a_page_of_another_site_is_never_gone_back_to(client, forum, resident, elsewhere):
    client.force_login(resident)

    response = post(client, forum, next=elsewhere)

    assert "mechant" not in response.url
    assert "javascript" not in response.url


def test_posted_by_htmx_the_fragment_answers_with_the_message(client, forum, resident):
    client.force_login(resident)

    response = client.post(
        reverse("forum:post_topic", args=[forum.pk]),
        {"title": "Un kiosque !", "body": "Place de l’église.", "next": "/projets/"},
        headers={"HX-Request": "true"},
    )

    assert response.status_code == 200
    assert "Un kiosque !" in text_of(response)
    assert "Votre message est publié" in text_of(response)
    assert "<html" not in text_of(response)


def test_contributions_are_kept_from_search_engines_and_caches(client, forum, resident):
    topic = factories.a_topic(forum, resident)

    for address in (
        forum.get_absolute_url(),
        forum.fragment_url,
        topic.get_absolute_url(),
        reverse("consultations:index"),
    ):
        response = client.get(address)
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Cache-Control"] == "private, no-store"


def test_what_people_write_is_shown_as_text(client, forum, resident):
    factories.a_topic(
        forum, resident, title="<b>gras</b>", body="<script>alert(1)</script> voir https://exemple.fr/carte"
    )

    page = text_of(client.get(forum.get_absolute_url()))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert '<a href="https://exemple.fr/carte" rel="nofollow">' in page


def test_a_reply_shows_under_its_topic(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    client.force_login(factories.a_user("Jeannot"))

    response = client.post(reverse("forum:reply", args=[topic.pk]), {"body": "Et l’ombre ?"})

    reply = Message.objects.get(depth=1)
    landing = client.get(response.url)
    assert landing.url == f"{topic.get_absolute_url()}#contribution-{reply.pk}"
    assert "Et l’ombre ?" in text_of(client.get(topic.get_absolute_url()))
    topic.refresh_from_db()
    assert topic.reply_count == 1


def test_replies_go_two_levels_deep_and_no_deeper(client, forum, resident):
    second = factories.a_reply(factories.a_reply(factories.a_topic(forum, resident), resident), resident)
    client.force_login(resident)

    response = client.post(reverse("forum:reply", args=[second.pk]), {"body": "Trop profond, mais gardé."})

    assert response.status_code == 422
    assert "Les réponses ne vont pas plus loin" in text_of(response)
    assert "Trop profond, mais gardé." in text_of(response)
    assert Message.objects.count() == 3


def test_a_text_that_is_too_long_is_given_back_whole(client, forum, resident):
    client.force_login(resident)
    long = "é" * 10_000

    response = post(client, forum, body=long)

    assert response.status_code == 422
    assert "10000 caractères" in text_of(response).replace("\u202f", "").replace("\xa0", " ")
    assert long in text_of(response)
    assert not Message.objects.exists()


def test_a_topic_without_title_is_given_back(client, forum, resident):
    client.force_login(resident)

    response = post(client, forum, title="   ", body="Mon texte reste.")

    assert response.status_code == 422
    assert "Donnez un titre" in text_of(response)
    assert "Mon texte reste." in text_of(response)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opens_at": timedelta(days=2)}, "pas encore ouvert"),
        ({"opens_at": timedelta(days=-9), "closes_at": timedelta(days=-1)}, "close"),
    ],
)
def test_nobody_writes_before_the_opening_or_after_the_closing(client, organisation, resident, fields, words):
    now = timezone.now()
    dates = {name: now + delta for name, delta in fields.items()}
    consultation = factories.a_consultation(organiser=organisation)
    forum = factories.a_forum(consultation=consultation, at=now - timedelta(days=10), **dates)
    client.force_login(resident)

    response = post(client, forum, body="Trop tard ou trop tôt.")

    assert response.status_code == 422
    assert words in text_of(response)
    assert not Message.objects.exists()


def test_a_text_begun_before_the_closing_and_sent_after_is_shown_to_be_copied(client, forum, resident):
    client.force_login(resident)
    close_activity(forum)

    response = post(client, forum, body="J’écrivais encore.")

    assert response.status_code == 422
    assert "J’écrivais encore." in text_of(response)


def test_a_draft_does_not_exist_for_others_and_is_marked_for_its_editors(client, organisation, agent, resident):
    draft = factories.a_forum(consultation=factories.a_consultation(organiser=organisation), released=False)

    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.get(draft.fragment_url).status_code == 404
    client.force_login(resident)
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert post(client, draft).status_code == 404
    client.force_login(agent)
    response = client.get(draft.get_absolute_url())
    assert "Brouillon" in text_of(response)
    assert "<textarea" not in text_of(response)


def test_a_forum_among_invited_people_is_closed_to_others(client, organisation, resident):
    consultation = factories.a_consultation(organiser=organisation, access="invited")
    forum = factories.a_forum(consultation=consultation)
    guest = factories.a_user("Invitée")
    consultation.guests.add(guest)
    message = factories.a_topic(forum, guest)

    for visitor in (None, resident):
        client.force_login(visitor) if visitor else client.logout()
        assert client.get(forum.get_absolute_url()).status_code == 404
        assert client.get(message.get_absolute_url()).status_code == 404
    client.force_login(guest)
    assert "Un kiosque !" in text_of(client.get(forum.get_absolute_url()))


def test_nothing_turns_the_words_around(client, forum, resident):
    client.force_login(resident)

    post(
        client,
        forum,
        title="Un \N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
        body="\N{LEFT-TO-RIGHT ISOLATE}Lisez\N{POP DIRECTIONAL ISOLATE} : مرحبا 👩\N{ZERO WIDTH JOINER}🌾",
    )

    message = Message.objects.get()
    assert (message.title, message.body) == ("Un gnp.exe", "Lisez : مرحبا 👩\N{ZERO WIDTH JOINER}🌾")


def test_the_organisers_answer_is_marked_as_such(client, forum, resident, agent):
    topic = factories.a_topic(forum, resident)
    client.force_login(agent)

    client.post(
        reverse("forum:reply", args=[topic.pk]),
        {"body": "Le kiosque est au budget.", "on_behalf_of": forum.consultation.organiser_id},
    )

    reply = Message.objects.get(depth=1)
    assert reply.official
    assert reply.on_behalf_of == forum.consultation.organiser
    assert "Réponse officielle" in text_of(client.get(topic.get_absolute_url()))


def test_nobody_else_answers_in_the_organisers_name(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    client.force_login(resident)

    client.post(reverse("forum:reply", args=[topic.pk]), {"body": "Je décide.", "official": "on"})

    assert not Message.objects.get(depth=1).official


def test_the_latest_the_most_supported_and_the_unanswered_topics(client, forum, resident):
    now = timezone.now()
    forum.opens_at = now - timedelta(days=10)
    forum.save()
    old = factories.a_topic(forum, resident, title="Ancien", at=now - timedelta(days=5))
    new = factories.a_topic(forum, resident, title="Récent", at=now - timedelta(days=1))
    factories.a_reply(new, resident)
    Contribution.objects.filter(pk=old.pk).update(agree_count=3)

    def order(sort):
        page = text_of(client.get(forum.get_absolute_url(), {"ordre": sort}))
        return [title for title in sorted(("Ancien", "Récent"), key=lambda t: page.find(t)) if title in page]

    assert order("recent") == ["Récent", "Ancien"]
    assert order("soutenus") == ["Ancien", "Récent"]
    assert order("sans-reponse") == ["Ancien"]
    assert order("n-importe-quoi") == ["Récent", "Ancien"]


def test_a_moderator_pins_and_closes_a_topic(client, forum, resident, moderator):
    topic = factories.a_topic(forum, resident)
    address = reverse("forum:arrange", args=[topic.pk])
    client.force_login(moderator)

    client.post(address, {"act": "pin"})
    client.post(address, {"act": "close"})

    topic.refresh_from_db()
    assert topic.pinned
    assert topic.closed
    client.force_login(resident)
    response = client.post(reverse("forum:reply", args=[topic.pk]), {"body": "Encore un mot."})
    assert response.status_code == 422
    assert "Ce sujet est clos" in text_of(response)
    assert "Encore un mot." in text_of(response)
    assert client.post(address, {"act": "reopen"}).status_code == 403


def test_an_author_changes_their_text_and_readers_see_it(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    client.force_login(resident)

    client.post(reverse("forum:edit", args=[topic.pk]), {"title": "Un kiosque ?", "body": "Place du marché."})

    page = text_of(client.get(topic.get_absolute_url()))
    assert "Place du marché." in page
    assert "Place de l’église." not in page
    assert "Modifié par son auteur" in page


def test_changing_a_text_leaves_the_counters_that_moved_meanwhile(forum, resident):
    topic = factories.a_topic(forum, resident)
    Contribution.objects.filter(pk=topic.pk).update(agree_count=7)

    edit_message(topic, resident, title="Autre", body="Autre texte.")

    topic.refresh_from_db()
    assert topic.agree_count == 7


def test_nobody_changes_or_withdraws_the_text_of_another(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    client.force_login(factories.a_user("Jeannot"))

    assert client.get(reverse("forum:edit", args=[topic.pk])).status_code == 403
    assert client.post(reverse("forum:edit", args=[topic.pk]), {"title": "Volé", "body": "Volé"}).status_code == 403
    assert client.post(reverse("consultations:withdraw", args=[topic.pk])).status_code == 403
    topic.refresh_from_db()
    assert topic.title == "Un kiosque !"
    assert topic.is_published


def test_a_withdrawn_message_keeps_its_place_and_its_replies(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    reply = factories.a_reply(topic, factories.a_user("Jeannot"), body="Et l’ombre ?")
    factories.a_reply(reply, resident, body="Des platanes.")

    withdraw(reply, reply.author)

    page = text_of(client.get(topic.get_absolute_url()))
    assert "Message retiré par son auteur" in page
    assert "Et l’ombre ?" not in page
    assert "Des platanes." in page


def test_a_withheld_message_says_why_and_only_its_author_reads_it(client, forum, resident, moderator):
    topic = factories.a_topic(forum, resident, body="Des mots de trop.")
    withhold(topic, moderator, reason=Reason.OFFENSIVE)

    page = text_of(client.get(forum.get_absolute_url()))
    assert "Message retiré par la modération" in page
    assert "propos injurieux" in page
    assert "Des mots de trop." not in page
    client.force_login(resident)
    assert "Des mots de trop." in text_of(client.get(forum.get_absolute_url()))


def test_one_reaction_at_a_time_and_the_same_again_takes_it_back(client, forum, resident):
    topic = factories.a_topic(forum, factories.a_user("Jeannot"))
    address = reverse("consultations:react", args=[topic.pk])
    client.force_login(resident)

    def counts():
        topic.refresh_from_db()
        return topic.agree_count, topic.nuance_count, topic.disagree_count

    client.post(address, {"choice": "agree"})
    assert counts() == (1, 0, 0)
    client.post(address, {"choice": "nuance"})
    assert counts() == (0, 1, 0)
    client.post(address, {"choice": "nuance"})
    assert counts() == (0, 0, 0)
    assert not Reaction.objects.standing().exists()
    client.post(address, {"choice": "adore"})
    assert counts() == (0, 0, 0)


def test_reactions_are_sent_not_fetched(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    client.force_login(resident)

    assert client.get(reverse("consultations:react", args=[topic.pk]), {"choice": "agree"}).status_code == 405


def test_every_form_of_a_forum_carries_its_token(client, forum, resident, agent):
    topic = factories.a_topic(forum, resident)
    factories.a_reply(topic, agent)
    client.force_login(agent)

    for address in (forum.get_absolute_url(), forum.fragment_url, topic.get_absolute_url()):
        page = text_of(client.get(address))
        forms = re.findall(r'<form[^>]+method="post".*?</form>', page, re.DOTALL)
        assert forms
        assert all("csrfmiddlewaretoken" in form for form in forms)


def test_a_button_pressed_twice_posts_once(client, forum, resident):
    client.force_login(resident)

    first, second = post(client, forum), post(client, forum)
    other = post(client, forum, body="Place du marché.")

    assert first.url == second.url
    assert other.url != first.url
    assert Message.objects.count() == 2
    forum.refresh_from_db()
    assert forum.contribution_count == 2


def test_no_two_things_of_a_page_have_the_same_id(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    factories.a_reply(factories.a_reply(topic, resident), resident)

    for address in (forum.get_absolute_url(), topic.get_absolute_url()):
        ids = re.findall(r'\sid="([^"]+)"', text_of(client.get(address)))
        assert len(ids) == len(set(ids))


def test_a_visitor_who_reacts_is_asked_to_sign_in(client, forum, resident):
    topic = factories.a_topic(forum, resident)

    response = client.post(reverse("consultations:react", args=[topic.pk]), {"choice": "agree"})

    assert response.url.startswith(reverse("account_login"))
    assert not Reaction.objects.standing().exists()


def test_a_visitors_text_is_kept_while_they_sign_in(client, forum):
    response = post(client, forum, body="Mon texte commencé.")

    assert response.url.startswith(reverse("account_login"))
    client.force_login(factories.a_user("Nouvelle"))
    page = text_of(client.get(reverse("people:resume")))
    assert "Mon texte commencé." in page


def test_a_foreign_or_missing_message_is_not_found(client, resident):
    client.force_login(resident)

    for name in ("forum:contribution", "forum:edit"):
        assert client.get(reverse(name, args=[999_999])).status_code == 404
    for name in ("forum:reply", "forum:post_topic", "consultations:react", "consultations:withdraw"):
        assert client.post(reverse(name, args=[999_999]), {"body": "?"}).status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "999999999", "abc", "²", "10" * 30])
def test_a_strange_page_number_is_no_error(client, forum, resident, page):
    factories.a_topic(forum, resident)

    assert client.get(forum.get_absolute_url(), {"page": page}).status_code == 200


def test_a_topic_of_many_replies_is_read_by_pages(client, forum, resident):
    topic = factories.a_topic(forum, resident)
    replies = [factories.a_reply(topic, resident, body=f"Réponse numéro {number}.") for number in range(53)]

    first, second = (text_of(client.get(topic.get_absolute_url(), {"page": page})) for page in (1, 2))

    assert "Réponse numéro 49." in first
    assert "Réponse numéro 50." not in first
    assert "Réponse numéro 52." in second
    assert client.get(replies[52].get_absolute_url()).url.endswith(f"?page=2#contribution-{replies[52].pk}")


@pytest.mark.parametrize("topics", [1, 12])
def test_a_forum_costs_the_same_queries_whatever_its_size(
    client, forum, resident, moderator, django_assert_max_num_queries, topics
):
    for number in range(topics):
        topic = factories.a_topic(forum, factories.a_user(), title=f"Sujet {number}")
        factories.a_reply(topic, resident)
    withhold(topic, moderator, reason=Reason.OFF_TOPIC)
    client.force_login(resident)
    client.get(forum.fragment_url)

    with django_assert_max_num_queries(12):
        client.get(forum.fragment_url)


def test_activity_counters_follow_what_is_published(forum, resident, moderator):
    topic = factories.a_topic(forum, resident)
    reply = factories.a_reply(topic, factories.a_user("Jeannot"))

    def counts():
        forum.refresh_from_db()
        return forum.contribution_count, forum.participant_count

    assert counts() == (2, 2)
    withhold(reply, moderator, reason=Reason.OFF_TOPIC)
    assert counts() == (1, 1)
    assert Activity.objects.get(pk=forum.pk).contributions.published().count() == 1
