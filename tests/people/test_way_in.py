"""The way in tells nothing of who has an account, leads nowhere else, and shuts no owner out."""

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.urls import reverse

from participation.consultations.models import Contribution
from participation.forum.models import Message
from participation.people.models import Role, User
from tests import factories
from tests.people.conftest import ELSEWHERE, code_in, link_in

NEW_PASSWORD = "la fontaine du bourg"
LIMITS = {"login_failed": "10/m/ip,5/300s/key"}


def sign_in(client, email, password=factories.PASSWORD, place="192.0.2.1", **others):
    return client.post(
        reverse("account_login"), {"login": email, "password": password, **others}, follow=True, REMOTE_ADDR=place
    )


def is_in(page) -> bool:
    return page.context["user"].is_authenticated


# ── Nobody learns who has an account ─────────────────────────────────────────────────────────────────────────────────


def without(text: str, *addresses: str) -> str:
    """A page, but for its token and the address that was typed."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    for address in addresses:
        text = text.replace(address, "ADRESSE")
    return text


@pytest.fixture
def hashes(monkeypatch) -> list:
    """The passwords that were hashed: what takes time."""
    made = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: made.append(args) or encode(*args))
    return made


@pytest.mark.parametrize("state", ["open", "closed", "unconfirmed", "without password"])
def test_a_wrong_password_tells_nothing_of_the_account_by_text_status_or_work(client, resident, hashes, state):
    if state == "closed":
        User.objects.update(is_active=False)
    elif state == "unconfirmed":
        resident.emailaddress_set.update(verified=False)
    elif state == "without password":
        resident.set_unusable_password()
        resident.save()
    hashes.clear()
    unknown = sign_in(client, "inconnue@exemple.fr", "pas le bon mot")
    work = len(hashes)
    hashes.clear()

    known = sign_in(client, resident.email, "pas le bon mot")

    assert known.status_code == unknown.status_code
    assert without(known.text, resident.email) == without(unknown.text, "inconnue@exemple.fr")
    assert len(hashes) == work == 1


@pytest.mark.parametrize("state", ["open", "closed", "unconfirmed"])
def test_asking_for_a_new_password_tells_nothing_and_sends_one_letter(client, resident, mailoutbox, state):
    if state == "closed":
        User.objects.update(is_active=False)
    elif state == "unconfirmed":
        resident.emailaddress_set.update(verified=False)

    pages = []
    for email in ("inconnue@exemple.fr", resident.email):
        client.cookies.clear()
        page = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        pages.append((page.status_code, page.redirect_chain, without(page.text, email)))

    assert pages[0] == pages[1]
    assert len(mailoutbox) == 2


def test_a_new_address_that_is_somebody_s_gets_the_same_page(client, resident, mailoutbox):
    neighbour = factories.a_user("Paul")
    client.force_login(resident)

    pages = [
        without(
            client.post(reverse("account_email"), {"email": email, "password": factories.PASSWORD}, follow=True).text,
            email,
        )
        for email in ("libre@exemple.fr", neighbour.email)
    ]

    assert pages[0] == pages[1]
    assert len(mailoutbox) == 2


def test_limits_count_the_addresses_that_have_no_account_as_well(client, resident, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/key"}
    pages = []
    for email in ("inconnue@exemple.fr", resident.email):
        client.cookies.clear()
        said = [without(sign_in(client, email, "pas le bon mot").text, email) for _attempt in range(4)]
        pages.append(said)

    assert pages[0] == pages[1]
    assert "Trop d’essais" in pages[0][3]


# ── Nobody shuts the owner out ───────────────────────────────────────────────────────────────────────────────────────


def test_failures_elsewhere_do_not_shut_the_owner_out(client, resident, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    for attempt in range(60):
        sign_in(client, resident.email, "pas le bon mot", place=f"198.51.100.{attempt % 20}")

    assert is_in(sign_in(client, resident.email))


def test_whoever_guesses_is_stopped_where_they_are(client, resident, settings):
    settings.ACCOUNT_RATE_LIMITS = LIMITS
    for _attempt in range(5):
        sign_in(client, resident.email, "pas le bon mot", place="198.51.100.1")

    page = sign_in(client, resident.email, place="198.51.100.1")

    assert not is_in(page)
    assert "Trop d’essais" in page.text


@pytest.fixture
def besieged(settings):
    """The account has had its fill of wrong passwords, from everywhere."""
    settings.PEOPLE_RATES = {"wrong_password": "6/d/key"}

    def besiege(client, email):
        for attempt in range(8):
            client.cookies.clear()
            page = sign_in(client, email, "pas le bon mot", place=f"203.0.113.{attempt}")
        return page

    return besiege


def test_guesses_from_everywhere_are_counted_slowly(client, resident, besieged):
    page = besieged(client, resident.email)
    assert "Trop de mots de passe faux" in page.text

    client.cookies.clear()

    assert not is_in(sign_in(client, resident.email, place="203.0.113.99"))


def test_a_browser_the_account_knows_comes_in_meanwhile(client, resident, besieged):
    sign_in(client, resident.email)
    known = client.cookies["connu"].value
    besieged(client, resident.email)
    client.cookies.clear()
    client.cookies["connu"] = known

    assert is_in(sign_in(client, resident.email))


def test_it_is_known_to_that_account_only_and_tells_no_address(client, resident, besieged):
    sign_in(client, factories.a_user("Paul").email)
    known = client.cookies["connu"]
    assert "paul" not in known.value
    assert known["httponly"]
    besieged(client, resident.email)
    client.cookies.clear()
    client.cookies["connu"] = known.value

    assert not is_in(sign_in(client, resident.email))


def test_a_forgotten_password_opens_a_besieged_account(client, resident, besieged, mailoutbox):
    besieged(client, resident.email)
    client.post(reverse("account_reset_password"), {"email": resident.email})

    page = client.get(link_in(mailoutbox[-1]), follow=True)
    page = client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD}, follow=True)
    assert is_in(page)
    client.logout()

    assert is_in(sign_in(client, resident.email, NEW_PASSWORD))


def test_right_passwords_are_not_counted(client, resident, settings):
    settings.PEOPLE_RATES = {"wrong_password": "2/d/key"}

    for _time in range(4):
        client.cookies.clear()
        assert is_in(sign_in(client, resident.email))


# ── Letters lead to the site, whoever asks for them ──────────────────────────────────────────────────────────────────


def letters_asked_from(client, host, resident, answers):
    """Every letter of an account, asked for under another name of the site."""
    elsewhere = {"HTTP_HOST": host}
    client.post(reverse("account_signup"), answers, **elsewhere)
    client.cookies.clear()
    client.post(reverse("account_signup"), {**answers, "email": resident.email, "pseudonym": "Autre"}, **elsewhere)
    client.cookies.clear()
    for email in (resident.email, "inconnue@exemple.fr"):
        client.post(reverse("account_reset_password"), {"email": email}, **elsewhere)
    client.force_login(resident)
    client.post(
        reverse("account_change_password"), {"oldpassword": factories.PASSWORD, "password1": NEW_PASSWORD}, **elsewhere
    )


def test_letters_never_name_the_host_of_the_request(client, resident, answers, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["*"]

    letters_asked_from(client, "mechant.example", resident, answers)

    assert len(mailoutbox) == 5
    for letter in mailoutbox:
        assert "mechant.example" not in letter.body + letter.subject
        assert "http://testserver/" in letter.body
    assert link_in(mailoutbox[2])


def test_a_link_that_has_served_changes_nothing_more(client, resident, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": resident.email})
    link = link_in(mailoutbox[0])
    form = client.get(link, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": NEW_PASSWORD})
    client.logout()

    client.get(link, follow=True)
    client.post(form, {"password1": "un autre mot de passe"})
    client.post(link, {"password1": "un autre mot de passe"})

    resident.refresh_from_db()
    assert resident.check_password(NEW_PASSWORD)


def test_a_link_asked_for_before_the_address_changed_is_dead(client, resident, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": resident.email})
    User.objects.filter(pk=resident.pk).update(email="autre@exemple.fr")

    page = client.get(link_in(mailoutbox[0]), follow=True)

    assert "Ce lien n’est plus valable" in page.text


# ── `next` leads to this site ────────────────────────────────────────────────────────────────────────────────────────


def leads_elsewhere(response) -> bool:
    return "mechant" in response.get("Location", "") or "script" in response.get("Location", "").lower()


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_no_page_of_the_account_leads_to_another_site(client, home_page, resident, elsewhere):
    sign_in(client, resident.email)
    answers = {
        "account_login": {"login": resident.email, "password": factories.PASSWORD},
        "account_reauthenticate": {"password": factories.PASSWORD},
        "account_email": {"email": "x@exemple.fr", "password": factories.PASSWORD},
        "account_email_verification_sent": {"action": "restart"},
        "account_change_password": {"oldpassword": factories.PASSWORD, "password1": factories.PASSWORD},
        "mfa_reauthenticate": {"code": "000000"},
        "people:devices": {},
        "people:abandon": {},
        "account_logout": {},
    }

    for name, fields in answers.items():
        address = reverse(name)
        responses = [
            client.get(address, {"next": elsewhere}),
            client.post(address, {**fields, "next": elsewhere}),
            client.post(address, fields, query_params={"next": elsewhere}),
        ]
        assert not any(map(leads_elsewhere, responses)), name


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nor_do_the_forms_of_contributions(client, forum, resident, elsewhere):
    client.force_login(resident)

    response = client.post(
        reverse("forum:post_topic", args=[forum.pk]), {"title": "Un banc", "body": "Au lavoir.", "next": elsewhere}
    )

    assert not leads_elsewhere(response)
    assert Message.objects.exists()


# ── Nobody gives themselves what they are not asked ──────────────────────────────────────────────────────────────────

MORE = {
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "on",
    "groups": "1",
    "roles": "administrator",
    "user_permissions": "1",
    "secret": "",
    "is_doubtful": "",
    "pk": "1",
    "id": "1",
}


def test_signing_up_gives_no_more_than_an_account(client, answers, mailoutbox):
    client.post(reverse("account_signup"), {**answers, **MORE})

    user = User.objects.get(email="mado@exemple.fr")
    assert not any([user.is_staff, user.is_superuser, user.user_permissions.exists()])
    assert user.roles == {Role.RESIDENT}
    assert code_in(mailoutbox[0])


def test_nor_does_changing_one_s_profile(client, resident):
    client.force_login(resident)
    secret = bytes(resident.secret)

    client.post(
        reverse("people:profile"),
        {"pseudonym": "Mireille", "commune": "", "email": "a@exemple.fr", "password": "x", **MORE},
    )

    user = User.objects.get(pk=resident.pk)
    assert user.pseudonym == "Mireille"
    assert user.email == resident.email
    assert bytes(user.secret) == secret
    assert not any([user.is_staff, user.is_superuser, user.roles])


def test_a_doubtful_account_does_not_clear_itself(client, db):
    doubtful = factories.a_user("Peut-être Personne", is_doubtful=True)
    client.force_login(doubtful)

    client.post(reverse("people:profile"), {"pseudonym": "Quelqu’un", "commune": "", "is_doubtful": ""})

    doubtful.refresh_from_db()
    assert doubtful.is_doubtful


def test_a_message_is_its_author_s_whatever_the_form_says(client, forum, resident, agent):
    client.force_login(resident)

    client.post(
        reverse("forum:post_topic", args=[forum.pk]),
        {
            "title": "Un banc",
            "body": "Au lavoir.",
            "author": agent.pk,
            "author_id": agent.pk,
            "official": "on",
            "state": "published",
            "pinned": "on",
            "created_at": "2020-01-01",
            "text_seq": "0",
        },
    )

    message = Message.objects.get()
    assert message.author == resident
    assert not any([message.official, message.pinned, message.on_behalf_of])
    assert message.created_at.year > 2020


def test_where_texts_are_read_beforehand_no_field_publishes_one(client, resident, organisation):
    forum = factories.a_forum(
        consultation=factories.a_consultation("La place", organiser=organisation), moderation="a_priori"
    )
    client.force_login(resident)

    client.post(
        reverse("forum:post_topic", args=[forum.pk]), {"title": "Un banc", "body": "Au lavoir.", "state": "published"}
    )

    assert Message.objects.get().state == Contribution.State.RECEIVED
