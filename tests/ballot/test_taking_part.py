"""A vote as people meet it: in a page, on its own page, with and without an account, and what is refused."""

import json
import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.ballot.actions import cast_vote
from participation.ballot.models import Ballot, Vote
from participation.consultations import actions
from participation.ledger.models import Log
from tests import factories
from tests.ledger.reading import types

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return response.content.decode()


def vote(client, ballot, *ticked, version=1, **fields):
    address = reverse("ballot:vote", args=[ballot.pk])
    return client.post(address, {"choice": list(ticked), "version": version, **fields})


@pytest.fixture
def project(home_page, ballot):
    page = factories.a_project(home_page, "La place", consultation=ballot.consultation)
    factories.embed(page, ballot)
    return page


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_shows_the_votes_summary_and_its_fragment_takes_its_place(client, project, ballot):
    page = text_of(client.get(project.url))
    assert "Quel sol pour la place ?" in page
    assert ballot.fragment_url in page
    assert "csrfmiddlewaretoken" not in page

    fragment = client.get(ballot.fragment_url)
    assert "Pavé" in text_of(fragment)
    assert fragment["Cache-Control"] == "private, no-store"
    assert fragment["X-Robots-Tag"] == "noindex"


def test_the_projects_page_lists_votes_and_forums_in_order_of_date(client, home_page, organisation):
    now = timezone.now()
    consultation = factories.a_consultation("La place", organiser=organisation)
    closed = factories.a_ballot("D’abord le sol", consultation=consultation, at=now - timedelta(days=9))
    actions.close_activity(closed)
    factories.a_ballot("Enfin les bancs", consultation=consultation, opens_at=now + timedelta(days=2))
    factories.a_forum("Puis les arbres", consultation=consultation, at=now)
    project = factories.a_project(home_page, "La place", consultation=consultation)

    page = text_of(client.get(project.url))

    steps = [page.index(title) for title in ["D’abord le sol", "Puis les arbres", "Enfin les bancs"]]
    assert steps == sorted(steps)


def test_a_fragment_costs_the_same_whatever_the_number_of_votes(
    client, ballot, resident, django_assert_max_num_queries
):
    client.force_login(resident)
    with django_assert_max_num_queries(15):
        client.get(ballot.fragment_url)
    for _ in range(12):
        factories.a_vote(ballot, "a")
    cast_vote(ballot, resident, ["b"])
    with django_assert_max_num_queries(15):
        client.get(ballot.fragment_url)


def test_results_are_a_sentence_bars_and_a_table(client, ballot):
    for ticked in ["b", "b", "a", "blank"]:
        factories.a_vote(ballot, ticked)

    page = text_of(client.get(ballot.get_absolute_url()))

    assert "«\u202fTerre\u202f» arrive en tête, avec 2 voix." in page
    assert "4 personnes ont voté" in page
    assert "dont 1 en blanc" in page
    assert page.count("66,7\u00a0%") == 2
    assert '<rect width="66.7%"' in page
    assert '<th scope="row">Terre</th><td class="number">2</td>' in page
    assert "Chaque personne choisit une réponse, ou vote blanc." in page


def test_a_draft_is_nowhere_but_for_its_editors(client, organisation, agent, resident):
    draft = factories.a_ballot(consultation=factories.a_consultation(organiser=organisation), released=False)
    for viewer, status in [(None, 404), (resident, 404), (agent, 200)]:
        if viewer:
            client.force_login(viewer)
        assert client.get(draft.get_absolute_url()).status_code == status
        assert client.get(draft.fragment_url).status_code == status
    assert "brouillon" in text_of(client.get(draft.get_absolute_url()))


def test_a_trial_is_found_only_by_those_who_prepare_it(client, organisation, agent, resident, home_page):
    consultation = factories.a_consultation("Répétition", organiser=organisation, is_trial=True)
    ballot = factories.a_ballot("Répétons", consultation=consultation)

    assert client.get(ballot.get_absolute_url()).status_code == 404
    client.force_login(resident)
    assert client.get(ballot.get_absolute_url()).status_code == 404
    client.force_login(agent)
    page = text_of(client.get(ballot.get_absolute_url()))
    assert "Ceci est un essai" in page
    assert "Vérifier le décompte" not in page
    assert "Répétons" not in text_of(client.get(reverse("consultations:index")))
    vote(client, ballot, "a")
    assert "Mon reçu" not in text_of(client.get(ballot.get_absolute_url()))
    assert "«\u202fPavé\u202f» arrive en tête" in text_of(client.get(ballot.get_absolute_url()))


def test_hidden_results_show_turnout_and_the_reason_until_closing(client, organisation):
    ballot = factories.a_ballot(
        consultation=factories.a_consultation(organiser=organisation),
        results="hidden",
        results_reason="Pour que personne ne suive les autres.",
    )
    for _ in range(30):
        factories.a_vote(ballot, "b")

    page = text_of(client.get(ballot.get_absolute_url()))
    assert "30 votants" in page
    assert "Le résultat est publié à la clôture du vote." in page
    assert "Pour que personne ne suive les autres." in page
    assert "«\u202fTerre\u202f» arrive en tête" not in page
    assert "result-bar" not in page

    actions.close_activity(ballot)
    assert "«\u202fTerre\u202f» arrive en tête, avec 30 voix." in text_of(client.get(ballot.get_absolute_url()))


# ── Voting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_votes_changes_ones_mind_and_takes_it_back(client, ballot, resident):
    client.force_login(resident)
    response = vote(client, ballot, "a")
    assert response.status_code == 302
    page = text_of(client.get(response["Location"]))
    assert "Votre vote est enregistré." in page
    assert re.search(r"<strong>Pavé</strong>", page)
    assert "checked" in page

    assert "Votre vote est modifié." in text_of(client.get(vote(client, ballot, "c")["Location"]))
    assert "sans changement" in text_of(client.get(vote(client, ballot, "c")["Location"]))
    response = client.post(reverse("ballot:withdraw", args=[ballot.pk]))
    page = text_of(client.get(response["Location"]))
    assert "Votre vote est retiré" in page
    assert "Mon reçu" not in page
    assert Vote.objects.get().choice is None


def test_a_vote_from_a_page_comes_back_to_its_place_in_it(client, project, ballot, resident):
    client.force_login(resident)

    response = vote(client, ballot, "a", next=project.url)

    assert response["Location"] == f"{project.url}#activity-{ballot.pk}"


def test_a_vote_by_htmx_brings_the_fragment_with_the_receipt(client, ballot, resident):
    client.force_login(resident)
    response = client.post(
        reverse("ballot:vote", args=[ballot.pk]), {"choice": "a", "version": 1}, headers={"HX-Request": "true"}
    )

    assert response.status_code == 200
    seq = Vote.objects.get().seq
    assert f"/participation/recu/la-place/{seq}/" in text_of(response)
    assert "data-focus" in text_of(response)


def test_a_visitor_votes_then_signs_in_and_the_choice_is_kept(client, ballot, resident):
    response = vote(client, ballot, "b", form="abc")
    assert response["Location"].startswith("/compte/connexion/")
    client.force_login(resident)

    page = text_of(client.get("/compte/reprendre/"))

    assert 'name="choice" value="b"' in page
    assert "enregistrer votre vote" in page.lower()
    # What will be sent is said: the question, and the answer.
    assert "Quel sol pour la place ?" in page
    assert "<strong>Terre</strong>" in page
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    response = client.post(reverse("ballot:vote", args=[ballot.pk]), fields)
    assert response.status_code == 302
    assert Vote.objects.get(voter=resident).choice == "b"


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["vote", "withdraw"])
def test_nothing_is_voted_by_following_a_link(client, ballot, resident, name):
    client.force_login(resident)

    response = client.get(reverse(f"ballot:{name}", args=[ballot.pk]), {"choice": "a", "version": 1})

    assert response.status_code == 405
    assert "Un vote s’envoie par son formulaire" in text_of(response)
    assert not Vote.objects.exists()


def test_a_vote_is_ones_own_whatever_the_form_says(client, ballot, resident):
    other = factories.a_user()
    client.force_login(resident)

    vote(client, ballot, "a", voter=other.pk, user=other.pk, activity=999, seq=0)

    assert Vote.objects.get().voter == resident


@pytest.mark.parametrize(
    ("ticked", "why"),
    [
        ((), "Choisissez une réponse"),
        (("z",), "n’existe pas"),
        (("a", "b"), "Choisissez une seule réponse"),
        (("<script>alert(1)</script>",), "n’existe pas"),
        (("x" * 10_000,), "n’existe pas"),
        (tuple(f"k{number}" for number in range(31)), "n’existe pas"),
    ],
)
def test_what_is_no_choice_is_answered_in_words_and_the_form_stays(client, ballot, resident, ticked, why):
    client.force_login(resident)

    response = vote(client, ballot, *ticked)

    assert response.status_code == 422
    assert why in text_of(response)
    assert "<script>alert" not in text_of(response)
    assert 'name="choice"' in text_of(response)
    assert not Vote.objects.exists()


@pytest.mark.parametrize("version", ["", "0", "2", "x", "9" * 30, "-1"])
def test_a_form_of_another_version_is_given_back_with_the_choice_ticked(client, ballot, resident, version):
    client.force_login(resident)

    response = vote(client, ballot, "b", version=version)

    assert response.status_code == 422
    assert "ont changé pendant que vous répondiez" in text_of(response)
    assert re.search(r'value="b"[^>]*checked', text_of(response))
    assert not Vote.objects.exists()


def test_a_closed_vote_says_so_and_shows_the_result(client, ballot, resident):
    client.force_login(resident)
    actions.close_activity(ballot)

    response = vote(client, ballot, "b")

    assert response.status_code == 422
    assert "Cette activité est close" in text_of(response)
    assert "Personne n’a voté." in text_of(response)


def test_a_foreign_or_missing_ballot_is_not_there(client, resident, agent, organisation, forum):
    client.force_login(resident)
    invited = factories.a_consultation(access="invited", organiser=organisation)
    invited.guests.add(agent)
    foreign = factories.a_ballot(consultation=invited)
    for pk in [foreign.pk, forum.pk, 999_999, 10**17]:
        assert client.post(reverse("ballot:vote", args=[pk]), {"choice": "a", "version": 1}).status_code == 404
        assert client.get(reverse("ballot:fragment", args=[pk])).status_code == 404


def test_who_may_not_vote_reads_why_and_no_form(client, territories):
    ballot = factories.a_ballot(electorate="residents", places=[territories["04217"]])
    neighbour = factories.a_user(commune=territories["04070"])
    client.force_login(neighbour)

    page = text_of(client.get(ballot.get_absolute_url()))

    assert "réservé aux habitants de\u00a0: Thoard" in page
    assert 'name="choice"' not in page
    assert vote(client, ballot, "a").status_code == 422


def test_an_expired_token_gives_the_choice_back(ballot, resident):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(resident)

    response = vote(strict, ballot, "b")

    assert response.status_code == 403
    assert 'name="choice" value="b"' in text_of(response)


# ── Receipts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_is_shown_downloaded_and_checked_by_anyone(client, ballot, resident):
    client.force_login(resident)
    vote(client, ballot, "b")
    seq = Vote.objects.get().seq

    ticket = text_of(client.get(reverse("consultations:receipt", args=["la-place", seq])))
    assert "Vote enregistré" in ticket
    assert "Terre" in ticket
    file = client.get(reverse("consultations:receipt_file", args=["la-place", seq]))
    assert file["Content-Disposition"] == f'attachment; filename="recu-la-place-{seq}.json"'
    receipt = file.content.decode()
    assert set(json.loads(receipt)) == {"origin", "seq", "entry", "path", "checkpoint", "openings"}

    client.logout()
    factories.a_vote(ballot, "a")
    answer = client.post("/registre/verification/", {"receipt": receipt})
    assert answer.status_code == 200
    assert "Ce reçu est bon" in text_of(answer)
    assert "Terre" in text_of(answer)
    assert not answer.cookies


@pytest.mark.parametrize(
    ("alter", "why"),
    [
        (lambda r: {**r, "entry": r["entry"].replace('"b"', '"a"')}, "a été modifié"),
        (lambda r: {**r, "seq": r["seq"] + 1}, "Son numéro"),
        (lambda r: {**r, "path": r["path"][1:]}, "a été modifié"),
        (lambda r: {**r, "path": ["?"]}, "pas un reçu"),
        (lambda r: {**r, "checkpoint": r["checkpoint"].replace("test.local", "ailleurs")}, "pas signé"),
        (lambda r: {k: v for k, v in r.items() if k != "entry"}, "pas un reçu"),
        (lambda r: {**r, "openings": [{"seq": 1, "field": "choice", "salt": "AAAA", "value": "x"}]}, "n’est pas celui"),
        (lambda r: [], "pas un reçu"),
        (lambda r: {**r, "entry": 3}, "pas un reçu"),
    ],
)
def test_an_altered_receipt_is_not_good(client, ballot, resident, alter, why):
    client.force_login(resident)
    vote(client, ballot, "b")
    receipt = client.get(reverse("consultations:receipt_file", args=["la-place", Vote.objects.get().seq])).json()

    answer = client.post("/registre/verification/", {"receipt": json.dumps(alter(receipt))})

    assert answer.status_code == 422
    assert why in text_of(answer)


@pytest.mark.parametrize("text", ["", "bonjour", "[" * 5000, "x" * 300_000, '{"entry":1}', "null", "é" * 100])
def test_what_is_no_receipt_is_answered_in_words(client, ballot, text):
    answer = client.post("/registre/verification/", {"receipt": text})

    assert answer.status_code == 422
    assert "Quelque chose ne va pas" in text_of(answer) or "notice-error" in text_of(answer)


def test_a_receipt_is_nobody_elses(client, ballot, resident):
    cast_vote(ballot, resident, ["b"])
    seq = Vote.objects.get().seq
    addresses = [
        reverse(name, args=["la-place", seq]) for name in ["consultations:receipt", "consultations:receipt_file"]
    ]
    assert {client.get(address).status_code for address in addresses} == {404}
    client.force_login(factories.a_user())
    assert {client.get(address).status_code for address in addresses} == {404}
    client.force_login(resident)
    # The opening of the activity is nobody's act; what does not exist is nowhere.
    for other in [1, 999, 10**17]:
        assert client.get(reverse("consultations:receipt", args=["la-place", other])).status_code == 404


def test_ones_votes_are_in_ones_space_and_in_ones_data(client, ballot, resident):
    client.force_login(resident)
    vote(client, ballot, "b")

    page = text_of(client.get("/compte/"))
    assert "Mes votes" in page
    assert "Terre" in page
    assert "/participation/recu/la-place/" in page
    data = json.loads(client.get(reverse("people:my_data")).content)
    assert data["votes"] == [
        {
            "question": "Quel sol pour la place ?",
            "answers": ["Terre"],
            "record": "test.local/registre/la-place",
            "entry": Vote.objects.get().seq,
        }
    ]


def test_votes_are_counted_in_participants_of_the_page(client, project, ballot):
    factories.a_vote(ballot, "a")

    assert "1 participant" in text_of(client.get(project.url))
    assert types(Log.objects.get(slug="la-place"))[-1] == "vote.cast"
    assert Ballot.objects.get().participant_count == 1


# ── Found by trying to cheat ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_choice_made_after_a_lost_answer_is_not_thrown_away(client, ballot, resident):
    """The first answer was lost on the way; the same form is sent with another choice."""
    client.force_login(resident)
    vote(client, ballot, "a", form="K")

    vote(client, ballot, "b", form="K")

    assert Vote.objects.get().choice == "b"


def test_a_form_sent_again_after_its_vote_was_taken_back_is_refused_aloud(client, ballot, resident):
    client.force_login(resident)
    vote(client, ballot, "a", form="K")
    client.post(reverse("ballot:withdraw", args=[ballot.pk]))

    response = vote(client, ballot, "a", form="K")

    assert response.status_code == 422
    assert "son vote a été retiré depuis" in text_of(response)
    assert Vote.objects.get().choice is None
    fresh = re.search(r'name="form" value="([^"]+)"', text_of(response))[1]
    assert vote(client, ballot, "a", form=fresh).status_code == 302


def test_one_form_key_serves_two_votes_of_the_same_consultation(client, ballot, resident):
    other = factories.a_ballot("Et les bancs ?", consultation=ballot.consultation)
    client.force_login(resident)

    assert vote(client, ballot, "a", form="K").status_code == 302
    assert vote(client, other, "b", form="K").status_code == 302

    assert Vote.objects.count() == 2


def test_an_invitation_is_one_persons_whatever_becomes_of_the_address(client, organisation):
    guest = factories.a_user("Invitée")
    consultation = factories.a_consultation(organiser=organisation)
    ballot = factories.a_ballot(consultation=consultation, electorate="invited", addresses=[guest.email])
    cast_vote(ballot, guest, ["a"])
    address = guest.email
    guest.emailaddress_set.update(email="ailleurs@exemple.fr")
    type(guest).objects.filter(pk=guest.pk).update(email="ailleurs@exemple.fr")
    second = factories.a_user("Seconde")
    second.emailaddress_set.update(email=address)
    type(guest).objects.filter(pk=second.pk).update(email=address)

    for person, status in [(second, 422), (guest, 302)]:
        client.force_login(type(guest).objects.get(pk=person.pk))
        assert vote(client, ballot, "b").status_code == status
    assert Ballot.objects.get().participant_count == 1


def test_a_vote_can_be_taken_back_by_who_could_no_longer_vote(client, territories):
    moved = factories.a_user(commune=territories["04070"])
    ballot = factories.a_ballot(electorate="residents", places=[territories["04070"]])
    cast_vote(ballot, moved, ["a"])
    type(moved).objects.filter(pk=moved.pk).update(commune=territories["04217"])
    client.force_login(type(moved).objects.get(pk=moved.pk))

    assert vote(client, ballot, "b").status_code == 422
    assert client.post(reverse("ballot:withdraw", args=[ballot.pk])).status_code == 302
    assert Ballot.objects.get().participant_count == 0
    # From a stale tab, once more: it is done already.
    assert client.post(reverse("ballot:withdraw", args=[ballot.pk])).status_code == 302


def test_the_people_a_vote_was_opened_among_are_fixed(organisation, resident, agent):
    consultation = factories.a_consultation(access="invited", organiser=organisation)
    actions.change_consultation(consultation, agent, guests=[resident])
    factories.a_ballot(consultation=consultation)

    with pytest.raises(ValidationError, match="arrêté"):
        actions.change_consultation(consultation, agent, guests=[resident, factories.a_user()])
    actions.change_consultation(consultation, agent, guests=[resident])
    assert list(consultation.guests.all()) == [resident]


def test_a_receipt_that_opens_a_field_twice_is_not_good(client, organisation, resident):
    sealed = factories.a_ballot(
        consultation=factories.a_consultation("Scellé", organiser=organisation),
        results="hidden",
        results_reason="Pourquoi.",
    )
    client.force_login(resident)
    vote(client, sealed, "b")
    receipt = client.get(reverse("consultations:receipt_file", args=["scelle", Vote.objects.get().seq])).json()
    for value in ['"a"', "not json", '{"x":1}', "[[1]]"]:
        forged = {**receipt, "openings": [{**receipt["openings"][0], "value": value}, *receipt["openings"]]}
        answer = client.post("/registre/verification/", {"receipt": json.dumps(forged)})
        assert answer.status_code == 422
    assert client.post("/registre/verification/", {"receipt": "\ufeff" + json.dumps(receipt)}).status_code == 200


def test_a_receipt_with_half_a_character_is_answered_in_words(client, ballot):
    checkpoint = client.get("/registre/la-place/checkpoint").content.decode()
    text = json.dumps(
        {"seq": 0, "path": [], "openings": [], "checkpoint": checkpoint, "entry": '{"seq":0,"a":"\ud800"}'}
    )

    assert client.post("/registre/verification/", {"receipt": text}).status_code == 422


def test_an_empty_vote_is_told_before_signing_in(client, ballot):
    response = vote(client, ballot)

    assert response.status_code == 422
    assert "Choisissez une réponse" in text_of(response)


def test_a_vote_that_a_waiting_text_keeps_out_is_told(client, ballot, forum):
    client.post(reverse("forum:post_topic", args=[forum.pk]), {"title": "Un kiosque", "body": "Place de l’église."})

    page = text_of(client.post(reverse("ballot:vote", args=[ballot.pk]), {"choice": "a", "version": 1}, follow=True))

    assert "Un texte de vous attend déjà" in page


@pytest.mark.parametrize(
    "answers", [["\u200b", "Oui", "Non"], ["Oui", "\u200bOui", "Non"], ["Oui", "\u202eOui", "Non"]]
)
def test_answers_that_look_empty_or_alike_are_not_two_answers(organisation, answers):
    """An answer that shows nothing is left out; two that look the same are refused."""
    consultation = factories.a_consultation(organiser=organisation)
    if answers[0] == "\u200b":
        assert [a.label for a in factories.a_ballot(consultation=consultation, answers=answers).answers] == [
            "Oui",
            "Non",
        ]
    else:
        with pytest.raises(ValidationError, match="même chose"):
            factories.a_ballot(consultation=consultation, answers=answers)


def test_a_title_that_shows_nothing_is_refused(organisation):
    with pytest.raises(ValidationError, match="que l’on puisse lire"):
        factories.a_ballot("\u200b\u200b", consultation=factories.a_consultation(organiser=organisation))


def test_the_address_of_what_is_among_invited_people_does_not_tell_its_title(organisation):
    consultation = factories.a_consultation("Le départ de la secrétaire", organiser=organisation, access="invited")
    consultation.guests.add(factories.a_user())
    ballot = factories.a_ballot("Qui la remplace ?", consultation=consultation)

    assert "remplace" not in ballot.get_absolute_url()
    log = Log.objects.get(consultation=consultation)
    assert log.slug.startswith("prive-")
    assert "secretaire" not in log.origin
