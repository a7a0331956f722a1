"""The queue of moderation: what each sees of it, and that every act is a verb with its reason."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from participation.consultations import actions
from participation.consultations.models import Activity, Contribution, ModerationAction, Reason
from tests import factories

from .conftest import said

pytestmark = pytest.mark.django_db

QUEUE = "/admin/moderation/"


@pytest.fixture
def forum(site):
    """Of Digne; its messages are read before they are shown."""
    consultation = factories.a_consultation("Le kiosque", organiser=site.digne)
    return factories.a_forum("Et le kiosque ?", consultation=consultation, moderation=Activity.Moderation.BEFORE)


@pytest.fixture
def waiting(forum, resident):
    return factories.a_topic(forum, resident, title="Un kiosque !", body="Place de l’église.")


@pytest.fixture
def reported(site, resident):
    """A message shown at once, that a visitor reported."""
    forum = factories.a_forum(
        "Et les bancs ?", consultation=factories.a_consultation("Les bancs", organiser=site.digne)
    )
    topic = factories.a_topic(forum, resident, title="Son numéro", body="C’est le 06…")
    actions.report(topic, reason=Reason.PERSONAL_DATA, note="C’est le mien !")
    return topic


def act(client, contribution, act, **fields):
    return client.post(reverse("moderation:item", args=[contribution.pk]), {"act": act, **fields}, follow=True)


def state(contribution) -> str:
    return Contribution.objects.get(pk=contribution.pk).state


def test_an_item_shows_all_that_one_needs_to_judge(as_agent, waiting, reported):
    queue = said(as_agent.get(QUEUE))
    reports = said(as_agent.get(QUEUE, {"liste": "signales"}))

    for words in [
        "À valider",
        "Un kiosque !",
        "Place de l’église.",
        "Mireille du Bléone",
        "Et le kiosque ?",
        "Publier",
        "Refuser…",
    ]:
        assert words in queue
    assert "Son numéro" not in queue
    for words in [
        "Son numéro",
        "C’est le 06…",
        "1 signalement",
        "données personnelles",
        "C’est le mien !",
        "Laisser affiché",
    ]:
        assert words in reports


def test_reading_the_queue_does_nothing(as_agent, waiting, reported):
    for contribution in (waiting, reported):
        for name in ("approve", "refuse", "withhold", "keep"):
            as_agent.get(reverse("moderation:item", args=[contribution.pk]), {"act": name, "reason": "publicite"})

    assert state(waiting) == Contribution.State.RECEIVED
    assert state(reported) == Contribution.State.PUBLISHED
    assert not ModerationAction.objects.exists()


def test_a_message_is_approved(as_agent, waiting):
    response = act(as_agent, waiting, "approve")

    assert state(waiting) == Contribution.State.PUBLISHED
    assert response.redirect_chain[-1][0] == QUEUE
    assert "Le message est publié." in said(response)
    assert "Rien n’attend d’être publié." in said(response)


def test_refusing_needs_a_reason_and_keeps_the_word_that_was_typed(as_agent, waiting):
    response = act(as_agent, waiting, "refuse", reason="", note="Parlez du kiosque.")

    assert response.status_code == 422
    assert "Choisissez un motif de la charte" in said(response)
    assert "Parlez du kiosque." in said(response)
    assert state(waiting) == Contribution.State.RECEIVED


def test_an_invented_reason_or_act_is_refused(as_agent, waiting):
    assert act(as_agent, waiting, "refuse", reason="ma tête").status_code == 422
    assert act(as_agent, waiting, "detruire").status_code == 422
    assert state(waiting) == Contribution.State.RECEIVED


def test_the_author_of_a_refused_message_is_told_why_and_how_to_contest(
    as_agent, site, waiting, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        act(as_agent, waiting, "refuse", reason=Reason.OFF_TOPIC, note="Parlez du kiosque.")

    letter = mail.outbox[0]
    text = letter.body.replace("\u00a0", " ").replace("\u202f", " ")
    assert state(waiting) == Contribution.State.REFUSED
    assert letter.to == [waiting.author.email]
    assert letter.subject == "[La Placette] Votre message n’est pas publié"
    for words in [
        "Bonjour Mireille du Bléone,", "Et le kiosque ?", "hors sujet", "Parlez du kiosque.", "Place de l’église.",
        "Pour contester cette décision", reverse("public_moderation:decision", args=[waiting.pk]),
    ]:  # fmt: skip
        assert words in text
    assert "&" not in text
    assert "<" not in text


@pytest.mark.parametrize(
    ("name", "subject", "contest"),
    [
        ("approve", "[La Placette] Votre message est publié", False),
        ("withhold", "[La Placette] Votre message a été retiré", True),
        ("restore", "[La Placette] Votre message est de nouveau affiché", False),
    ],
)
def test_each_act_has_its_letter(as_agent, site, waiting, name, subject, contest, django_capture_on_commit_callbacks):
    if name != "approve":
        actions.approve(waiting, site.agent)
    if name == "restore":
        actions.withhold(waiting, site.agent, reason=Reason.OFF_TOPIC)
    mail.outbox.clear()

    with django_capture_on_commit_callbacks(execute=True):
        act(as_agent, waiting, name, reason=Reason.OFF_TOPIC)

    assert [letter.subject for letter in mail.outbox] == [subject]
    assert ("contester" in mail.outbox[0].body) == contest


def test_a_reported_message_is_taken_down_and_its_history_kept(as_agent, site, reported):
    act(as_agent, reported, "withhold", reason=Reason.PERSONAL_DATA, note="Sans le numéro, bienvenue.")

    item = said(as_agent.get(QUEUE, {"liste": "retires"}))
    assert state(reported) == Contribution.State.WITHHELD
    assert reported.reports.filter(handled_at__isnull=True).count() == 0
    for words in ["Son numéro", "Historique", "Service urbanisme", "Sans le numéro, bienvenue.", "Afficher de nouveau"]:
        assert words in item


def test_a_reported_message_is_left_shown_and_its_author_told(as_agent, reported, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        act(as_agent, reported, "keep")

    assert state(reported) == Contribution.State.PUBLISHED
    assert reported.reports.filter(handled_at__isnull=True).count() == 0
    assert [letter.subject for letter in mail.outbox] == ["[La Placette] Votre message a été signalé, et reste affiché"]


def test_what_was_taken_down_is_shown_again(as_agent, site, reported):
    actions.withhold(reported, site.agent, reason=Reason.PERSONAL_DATA)

    act(as_agent, reported, "restore")

    assert state(reported) == Contribution.State.PUBLISHED


def test_of_two_moderators_the_second_is_told(as_agent, client, site, waiting):
    as_agent.get(QUEUE)
    actions.approve(waiting, site.animator)

    response = act(as_agent, waiting, "refuse", reason=Reason.OFF_TOPIC)

    assert "Quelqu’un s’est occupé de ce message entre-temps." in said(response).replace("\u00a0", " ")
    assert state(waiting) == Contribution.State.PUBLISHED


def test_one_comes_back_to_the_list_one_left_and_never_elsewhere(as_agent, waiting, reported):
    back = f"{QUEUE}?liste=signales&q=num"

    response = act(as_agent, reported, "keep", next=back)
    elsewhere = act(as_agent, waiting, "approve", next="https://ailleurs.example/")

    assert response.redirect_chain[-1][0] == back
    assert elsewhere.redirect_chain[-1][0] == QUEUE


def test_the_queue_is_narrowed_by_consultation_and_by_words(as_agent, forum, resident, waiting):
    other = factories.a_topic(forum, factories.a_user("Paul de Barles"), title="Une halle", body="Au lavoir.")
    elsewhere = factories.a_forum(
        consultation=factories.a_consultation("Les bancs", organiser=forum.consultation.organiser),
        moderation=Activity.Moderation.BEFORE,
    )
    factories.a_topic(elsewhere, resident, title="Deux bancs")

    def titles(**question):
        queue = said(as_agent.get(QUEUE, question))
        return [title for title in ("Un kiosque !", "Une halle", "Deux bancs") if title in queue]

    assert titles(consultation=forum.consultation_id) == ["Un kiosque !", "Une halle"]
    assert titles(q="lavoir") == ["Une halle"]
    assert titles(q="barles") == ["Une halle"]
    assert titles(consultation="999", liste="inconnue", p="x") == ["Un kiosque !", "Une halle", "Deux bancs"]
    assert other.state == Contribution.State.RECEIVED


def test_each_moderates_for_their_organisations_and_a_moderator_for_all(client, site, waiting):
    seen = {}
    for name in ("agent", "neighbour", "moderator", "animator"):
        client.force_login(getattr(site, name))
        seen[name] = "Un kiosque !" in said(client.get(QUEUE))

    assert seen == {"agent": True, "neighbour": False, "moderator": True, "animator": True}


def test_the_menu_counts_what_waits_and_only_for_those_who_moderate(client, site, waiting, reported):
    def menu(person):
        client.force_login(person)
        return said(client.get("/admin/"))

    agents, neighbours, guarantors = menu(site.agent), menu(site.neighbour), menu(site.guarantor)

    assert '"Mod\\u00e9ration (2)"' in agents
    assert '"Participer (2)"' in agents
    assert '"Mod\\u00e9ration"' in neighbours
    assert '"moderation"' not in guarantors


def test_the_queue_costs_the_same_queries_whatever_its_length(as_agent, forum, resident, django_assert_max_num_queries):
    def ask(most):
        with django_assert_max_num_queries(most) as done:
            as_agent.get(QUEUE)
        return len(done)

    factories.a_topic(forum, resident)
    ask(80)
    few = ask(80)
    for number in range(8):
        factories.a_topic(forum, resident, title=f"Sujet {number}")

    ask(few)


def test_what_a_moderators_eye_should_not_miss_is_pointed_out(as_agent, forum, resident):
    neighbour = factories.a_user("Paul de Barles")
    factories.a_topic(forum, resident, title="Chez moi", body="Au 12 rue du Lac, ou jean@exemple.fr, 06 12 34 56 78.")
    for author in (resident, neighbour):
        factories.a_topic(forum, author, title="Copie", body="Toujours les mêmes mots, envoyés partout.")

    queue = said(as_agent.get(QUEUE))

    for words in ["<mark>12 rue du Lac", "<mark>jean@exemple.fr", "<mark>06 12 34 56 78", "adresse postale"]:
        assert words in queue
    assert queue.count("les mêmes mots ont été écrits plusieurs fois ici") == 2


def test_marks_never_let_through_what_people_typed(as_agent, forum, resident):
    factories.a_topic(forum, resident, title="Oups", body="<script>alert(1)</script> www.ailleurs.example/<b>")

    queue = said(as_agent.get(QUEUE))

    assert "<script>alert(1)" not in queue
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>www.ailleurs.example/" in queue


def test_what_was_decided_before_about_the_author_is_said(as_agent, site, forum, resident, waiting):
    actions.refuse(waiting, site.agent, reason=Reason.OFF_TOPIC)
    factories.a_topic(forum, resident, title="Encore")

    assert "refusé × 1" in said(as_agent.get(QUEUE))


def test_what_waits_for_long_comes_first_and_says_so(as_agent, forum, resident, waiting):
    late = factories.a_topic(forum, factories.a_user("Jeannot"), title="Depuis longtemps")
    Contribution.objects.filter(pk=late.pk).update(waits_since=timezone.now() - timedelta(days=3))

    queue = said(as_agent.get(QUEUE))

    assert queue.index("Depuis longtemps") < queue.index("Un kiosque !")
    assert queue.count("queue-item__late") == 1


def bulk(client, *contributions, **fields):
    return client.post(reverse("moderation:bulk"), {"pk": [row.pk for row in contributions], **fields}, follow=True)


def test_several_are_dealt_with_at_once_and_each_author_is_told(
    as_agent, forum, waiting, django_capture_on_commit_callbacks
):
    other = factories.a_topic(forum, factories.a_user("Jeannot"), title="Une halle")

    with django_capture_on_commit_callbacks(execute=True):
        response = bulk(as_agent, waiting, other, act="refuse", reason=Reason.OFF_TOPIC, note="Au conseil du lac.")

    assert [state(waiting), state(other)] == [Contribution.State.REFUSED] * 2
    assert "2 messages sont traités." in said(response)
    assert {letter.to[0] for letter in mail.outbox} == {waiting.author.email, other.author.email}


def test_of_several_what_somebody_dealt_with_meanwhile_is_left(as_agent, site, forum, waiting):
    other = factories.a_topic(forum, factories.a_user("Jeannot"), title="Une halle")
    actions.approve(other, site.animator)

    response = bulk(as_agent, waiting, other, act="refuse", reason=Reason.OFF_TOPIC)

    assert state(other) == Contribution.State.PUBLISHED
    assert "1 message est traité. 1 a été laissé" in said(response).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"act": "refuse"}, "Choisissez un motif de la charte"),
        ({"act": "effacer"}, "choisissez une action"),
        ({"act": "approve", "pk": []}, "cochez au moins un message"),
        ({"act": "approve", "pk": ["x", "9" * 30]}, "cochez au moins un message"),
    ],
)
def test_an_act_on_several_that_cannot_be_does_nothing(as_agent, waiting, fields, words):
    response = as_agent.post(reverse("moderation:bulk"), {"pk": [waiting.pk], **fields}, follow=True)

    assert words in said(response)
    assert state(waiting) == Contribution.State.RECEIVED


def test_nobody_acts_on_several_of_another_organisation(client, site, waiting):
    client.force_login(site.neighbour)

    bulk(client, waiting, act="approve")

    assert state(waiting) == Contribution.State.RECEIVED


def test_a_script_is_answered_in_words_and_the_page_stays(as_agent, site, waiting, reported):
    def ask(contribution, **fields):
        address = reverse("moderation:item", args=[contribution.pk])
        return as_agent.post(address, fields, headers={"accept": "application/json"})

    done, again, wrong = ask(waiting, act="approve"), ask(waiting, act="approve"), ask(reported, act="withhold")

    assert (done.status_code, done.json()["message"]) == (200, "Le message est publié.")
    assert again.status_code == 409
    assert (wrong.status_code, "Choisissez un motif" in wrong.json()["message"]) == (422, True)


def test_the_thread_around_a_reply_is_shown_on_its_own_page(as_agent, site, resident):
    forum = factories.a_forum(consultation=factories.a_consultation("Les bancs", organiser=site.digne))
    topic = factories.a_topic(forum, resident, title="Des bancs", body="Il en faut.")
    factories.a_reply(topic, factories.a_user("Jeannot"), body="Avant celle-ci.")
    reply = factories.a_reply(topic, factories.a_user("Paul"), body="Celle que l’on juge.")
    factories.a_reply(topic, factories.a_user("Lucie"), body="Après celle-ci.")

    item = said(as_agent.get(reverse("moderation:item", args=[reply.pk])))

    for words in ["Il en faut.", "Avant celle-ci.", "Après celle-ci."]:
        assert words in item
