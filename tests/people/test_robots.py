"""Robots are kept out without shutting the door to anyone: limits, a proof of work, and moderation where there is none."""

import hashlib
import json
import re
from base64 import b64decode, b64encode

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from participation.consultations import actions
from participation.consultations.models import Reason
from participation.forum.models import Message
from participation.ledger.integrity import problems
from participation.moderation.queue import waiting_for
from participation.people import proof
from participation.people.forms import ProfileForm, PseudonymField
from participation.people.models import Role, User
from portal.settings import base
from tests import factories
from tests.ledger.reading import save, verify


@pytest.fixture
def strict(settings):
    """Two sign-ups an hour without proof, four in all."""
    settings.PEOPLE_RATES = {"sign_up_unproved": "2/h/ip", "sign_up": "4/h/ip"}


@pytest.fixture
def sign_up_as(client, answers):
    """Sign somebody up, from an address; the page that follows."""

    def post(name, *, place="192.0.2.1", **others):
        client.cookies.clear()
        fields = {**answers, "email": f"{name}@exemple.fr", "pseudonym": f"Personne {name}", **others}
        return client.post(reverse("account_signup"), fields, follow=True, REMOTE_ADDR=place)

    return post


@pytest.fixture
def page_from(client):
    """The page of sign-up, seen from an address by somebody who has begun nothing."""

    def get(place="192.0.2.1"):
        client.cookies.clear()
        return client.get(reverse("account_signup"), REMOTE_ADDR=place)

    return get


def solve(challenge: dict) -> str:
    """What a browser works out."""
    for number in range(challenge["maxnumber"] + 1):
        if hashlib.sha256(f"{challenge['salt']}{number}".encode()).hexdigest() == challenge["challenge"]:
            said = {key: challenge[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
            return b64encode(json.dumps(said).encode()).decode()
    raise AssertionError("no number solves the challenge")


def challenge_in(page) -> dict:
    return json.loads(re.search(r'<script id="challenge"[^>]*>(.*?)</script>', page.text).group(1))


# ── The proof of work ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_challenge_is_solved_once():
    answer = solve(proof.ask())

    assert proof.is_right(answer)
    assert not proof.is_right(answer)


def test_the_answer_to_an_old_challenge_is_no_longer_good(time_machine):
    time_machine.move_to(timezone.now())
    answer = solve(proof.ask())
    time_machine.shift(proof.LASTS + 1)

    assert not proof.is_right(answer)


def forged(**changes) -> str:
    said = json.loads(b64decode(solve(proof.ask())))
    return b64encode(json.dumps(said | changes).encode()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"number": -1},
        {"signature": "0" * 64},
        {"salt": "00?expires=99999999999"},
        {"salt": "00"},
        {"challenge": hashlib.sha256(b"x0").hexdigest(), "salt": "x", "number": 0},
        {"number": "é"},
        {"number": None},
        {"number": 1e400},
    ],
)
def test_a_forged_answer_is_refused(changes):
    assert not proof.is_right(forged(**changes))


@pytest.mark.parametrize("answer", ["", "x", "é", "e30=", "bnVsbA==", "W10=", "WyJ4Il0=", "A" * 100_000, "[" * 5_000])
def test_anything_may_be_sent_as_an_answer(answer):
    assert not proof.is_right(answer)


def test_it_costs_a_browser_work_and_the_site_none():
    challenge = proof.ask()

    assert challenge["maxnumber"] >= 50_000
    assert challenge["algorithm"] == "SHA-256"
    assert len(challenge["challenge"]) == 64


# ── Sign-ups from one place ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_sign_ups_from_a_place_ask_for_nothing(page_from, sign_up_as, strict):
    assert 'name="proof"' not in page_from().text

    sign_up_as("a")
    sign_up_as("b")

    assert list(User.objects.values_list("is_doubtful", flat=True)) == [False, False]
    assert 'name="proof"' in page_from().text
    assert 'name="proof"' not in page_from("192.0.2.2").text


def test_beyond_them_a_browser_shows_its_work(page_from, sign_up_as, strict):
    sign_up_as("a")
    sign_up_as("b")
    challenge = challenge_in(page_from())

    sign_up_as("c", proof=solve(challenge))

    assert not User.objects.get(email="c@exemple.fr").is_doubtful


@pytest.mark.parametrize("answer", ["", "x"])
def test_without_it_the_account_opens_and_is_doubtful(sign_up_as, strict, answer, mailoutbox):
    sign_up_as("a")
    sign_up_as("b")

    sign_up_as("c", proof=answer)

    assert User.objects.get(email="c@exemple.fr").is_doubtful
    assert len(mailoutbox) == 3


def test_a_form_drawn_before_the_limit_is_given_back_with_the_challenge(sign_up_as, strict):
    sign_up_as("a")
    sign_up_as("b")

    page = sign_up_as("c")

    assert challenge_in(page)
    assert "Beaucoup de comptes se créent" in page.text
    assert not User.objects.filter(email="c@exemple.fr").exists()


def test_a_flood_from_one_place_fills_neither_the_table_nor_the_mail(sign_up_as, strict, mailoutbox):
    for number in range(12):
        page = sign_up_as(str(number), proof="")

    assert page.status_code == 429
    assert "Revenez dans une heure" in page.text
    assert User.objects.count() == len(mailoutbox) == 4
    assert sign_up_as("ailleurs", place="198.51.100.7").status_code == 200
    assert User.objects.count() == 5


def test_a_flood_on_an_address_that_has_an_account_stops_as_soon(sign_up_as, strict, resident, mailoutbox):
    for number in range(12):
        sign_up_as(str(number), email=resident.email, proof="")

    assert len(mailoutbox) == 4


def test_the_limits_of_a_real_installation_stop_five_thousand_sign_ups():
    most = int(base.PEOPLE_RATES["sign_up"].split("/")[0])

    assert most <= 100
    assert base.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] >= 10_000


def test_an_hour_later_the_place_is_like_any_other(sign_up_as, strict, time_machine):
    time_machine.move_to(timezone.now())
    for number in range(5):
        sign_up_as(str(number), proof="")
    time_machine.shift(60 * 60 + 1)

    sign_up_as("plus-tard")

    assert not User.objects.get(email="plus-tard@exemple.fr").is_doubtful


def test_the_page_of_sign_up_opens_no_door_of_its_policy(page_from, sign_up_as, strict):
    sign_up_as("a")
    sign_up_as("b")

    page = page_from()

    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "people/proof-worker.js" in page.text


# ── What a doubtful account writes ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def doubtful(db):
    return factories.a_user("Peut-être Personne", is_doubtful=True)


def test_what_they_write_waits_and_nobody_reads_it(client, forum, doubtful):
    client.force_login(doubtful)
    assert "est lu par la modération avant" in client.get(forum.get_absolute_url()).text

    client.post(reverse("forum:post_topic", args=[forum.pk]), {"title": "Pilules", "body": "Moins chères ici."})

    assert Message.objects.get().state == Message.State.RECEIVED
    client.logout()
    assert "Moins chères" not in client.get(forum.get_absolute_url()).text


def test_once_a_first_text_is_approved_the_next_show_at_once(forum, doubtful, agent):
    first = factories.a_topic(forum, doubtful)
    assert not first.is_published

    actions.approve(first, agent)

    doubtful.refresh_from_db()
    assert not doubtful.is_doubtful
    assert factories.a_topic(forum, doubtful, title="Encore").is_published


def test_their_texts_are_in_the_queue_and_the_record_stays_in_order(forum, doubtful, agent, tmp_path):
    waits = factories.a_topic(forum, doubtful)
    factories.a_topic(forum, doubtful, title="Un autre")

    assert waiting_for(agent) == 2
    actions.approve(waits, agent)
    code, said = verify(save(forum.consultation.log, tmp_path))

    assert waiting_for(agent) == 1
    assert code == 0, said
    assert not list(problems())


def test_a_text_that_is_refused_clears_nobody(forum, doubtful, agent):
    first = factories.a_topic(forum, doubtful)

    actions.refuse(first, agent, reason=Reason.ADVERTISING)

    doubtful.refresh_from_db()
    assert doubtful.is_doubtful


def test_an_administrator_clears_somebody_in_the_account(client, home_page, doubtful):
    client.force_login(factories.a_user("Service informatique", role=Role.ADMINISTRATOR))
    address = reverse("wagtailusers_users:edit", args=[doubtful.pk])
    assert "is_doubtful" in client.get(address).text

    client.post(address, {"email": doubtful.email, "pseudonym": doubtful.pseudonym, "commune": "", "is_active": "on"})

    doubtful.refresh_from_db()
    assert not doubtful.is_doubtful


# ── Names that would pass for others ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "Modérateur",
        "M0dérateur",
        "Mοdérateur",  # Greek omicron
        "Mоdérateur",  # Cyrillic o
        "\u202eruetarédoM\u202c Modérateur",
        "Mod\u00e9rateur du site",
        "Le-modérateur",
        "MODÉRATRICE 2",
        "Mod3rateur",
        "A d m i n",
        "Adm1n",
        "Adrnin",
        "AdmĪn",
        "Garаnt",
        "Équipe",
        "1a P1acette",
        "ɑdmin",
        "ᴍodérateur",
        "Ｍｏｄérateur",
        "𝐌odérateur",
        "Modé\u0307rateur",
        "٣ admin",
    ],
)
def test_no_spelling_of_a_role_is_a_pseudonym(name):
    with pytest.raises(ValidationError):
        PseudonymField().clean(name)


@pytest.mark.parametrize("name", ["Lucie Marnier", "LUC1E MARN1ER", "Lucie-Mamier", "Lùcie  Marnïer", "1ucie marnier"])
def test_nobody_takes_the_name_of_somebody_who_works_for_the_site(home_page, organisation, name):
    factories.a_user("Lucie Marnier", role=Role.MODERATOR)
    factories.a_user("Marc Esclangon", speaks=[organisation])

    with pytest.raises(ValidationError):
        PseudonymField().clean(name)
    with pytest.raises(ValidationError):
        PseudonymField().clean("Marc Esc1angon")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Łukasz", "Zoë d’Astoin", "J. M.", "Ana-Țenţ", "Bertrand 04", "Adminette", "Nguyễn"])
def test_people_are_named_as_they_are(name):
    assert PseudonymField().clean(name) == name


def test_who_works_for_the_site_keeps_their_own_name(home_page):
    moderator = factories.a_user("Modératrice", role=Role.MODERATOR)

    assert ProfileForm({"pseudonym": "Modératrice", "commune": ""}, user=moderator).is_valid()
    assert not ProfileForm({"pseudonym": "Administratrice", "commune": ""}, user=moderator).is_valid()


def test_the_administration_s_own_form_refuses_them_too(client, home_page, resident):
    client.force_login(factories.a_user("Service informatique", role=Role.ADMINISTRATOR))
    address = reverse("wagtailusers_users:edit", args=[resident.pk])

    for name in ["M0dérateur", "Serv1ce informatique"]:
        client.post(address, {"email": resident.email, "pseudonym": name, "commune": "", "is_active": "on"})

    resident.refresh_from_db()
    assert resident.pseudonym == "Mireille du Bléone"
