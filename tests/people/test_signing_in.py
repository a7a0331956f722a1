import re

import pytest
from allauth.account import urls as allauth_urls
from django.core import mail
from django.urls import URLPattern, get_resolver, reverse

from participation.people.models import User
from tests import factories
from tests.people.conftest import ELSEWHERE, code_in, link_in

NEW_PASSWORD = "la fontaine du bourg"


def sign_in(client, email, password=factories.PASSWORD, **others):
    return client.post(reverse("account_login"), {"login": email, "password": password, **others}, follow=True)


# ── Signing in and out ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spelling", ["mireille-du-bleone@exemple.fr", "Mireille-du-Bleone@EXEMPLE.fr", " mireille-du-bleone@exemple.fr "]
)
def test_one_signs_in_with_ones_address_however_it_is_typed(client, resident, spelling):
    page = sign_in(client, spelling)

    assert page.redirect_chain[-1][0] == reverse("people:account")
    assert page.context["user"] == resident


@pytest.mark.django_db
@pytest.mark.parametrize("key", [r"a\000bcdefghijkl", "é" * 12, "a" * 5000, "a.b-c_d/e:f'g"])
def test_a_cookie_that_is_no_session_is_a_visitor(client, home_page, key):
    page = client.get(reverse("account_login"), headers={"cookie": f'sessionid="{key}"'})

    assert page.status_code == 200
    assert page.context["user"].is_anonymous


@pytest.mark.parametrize("email", ["mireille-du-bleone@exemple.fr", "inconnue@exemple.fr"])
def test_a_refusal_does_not_tell_whether_the_address_has_an_account(client, resident, email):
    page = sign_in(client, email, "pas le bon mot")

    assert page.context["user"].is_anonymous
    assert "Cette adresse et ce mot de passe ne vont pas ensemble." in page.text


def test_passwords_are_not_guessed_one_after_the_other(client, resident, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/key"}
    for _attempt in range(3):
        sign_in(client, resident.email, "pas le bon mot")

    page = sign_in(client, resident.email)

    assert page.context["user"].is_anonymous
    assert "Trop d’essais" in page.text


def test_too_many_sign_ups_from_one_place_get_a_page_in_french(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    client.post(reverse("account_signup"), {})

    page = client.post(reverse("account_signup"), {})

    assert page.status_code == 429
    assert "Trop d’essais en peu de temps" in page.text


@pytest.mark.parametrize("asked", [True, False])
def test_the_session_ends_with_the_browser_unless_one_asks_otherwise(client, resident, asked):
    sign_in(client, resident.email, **({"remember": "on"} if asked else {}))

    assert client.session.get_expire_at_browser_close() is not asked


def test_a_closed_account_says_so(client, resident):
    resident.is_active = False
    resident.save()

    page = sign_in(client, resident.email)

    assert "Ce compte est fermé" in page.text
    assert page.context["user"].is_anonymous


def test_one_signs_out_by_pressing_a_button_never_by_following_a_link(client, resident):
    client.force_login(resident)

    page = client.get(reverse("account_logout"))
    assert "Se déconnecter" in page.text
    assert client.get(reverse("people:account")).status_code == 200
    response = client.post(reverse("account_logout"))

    assert response.url == "/"
    assert client.get(reverse("people:account")).status_code == 302


@pytest.mark.parametrize(
    "page",
    ["people:account", "people:profile", "people:my_data", "people:resume", "account_email", "account_change_password"],
)
def test_ones_own_pages_ask_to_sign_in_and_come_back(client, resident, page):
    response = client.get(reverse(page))
    assert response.url == f"{reverse('account_login')}?next={reverse(page)}"

    response = client.post(
        response.url, {"login": resident.email, "password": factories.PASSWORD, "next": reverse(page)}
    )

    assert response.url == reverse(page)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(client, resident, elsewhere):
    response = client.post(
        reverse("account_login"), {"login": resident.email, "password": factories.PASSWORD, "next": elsewhere}
    )

    assert response.url == reverse("people:account")


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_up_leads_to_no_other_site(client, answers, elsewhere):
    client.post(reverse("account_signup"), {**answers, "next": elsewhere})

    response = client.post(
        reverse("account_email_verification_sent"),
        {"action": "verify", "code": code_in(mail.outbox[0]), "next": elsewhere},
    )

    assert response.url == reverse("people:account")


# ── The admin ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_admin_sends_to_the_same_sign_in(client, moderator):
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0] == f"{reverse('account_login')}?next=%2Fadmin%2F"

    response = client.post(
        reverse("account_login"), {"login": moderator.email, "password": factories.PASSWORD, "next": "/admin/"}
    )

    assert response.url == "/admin/"


def test_a_resident_who_opens_the_admin_finds_it_closed_and_is_not_sent_round_for_ever(client, resident):
    page = sign_in(client, resident.email, next="/admin/")

    assert page.status_code == 403
    assert "Cette porte vous est fermée" in page.text


# ── Passwords ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_forgotten_password_is_replaced_by_following_a_link(client, resident, mailoutbox):
    page = client.post(reverse("account_reset_password"), {"email": resident.email.upper()}, follow=True)
    assert "Regardez votre messagerie" in page.text
    letter = mailoutbox[0]
    assert letter.subject == "[La Placette] Choisir un nouveau mot de passe"
    assert "Bonjour Mireille du Bléone," in letter.body

    page = client.get(link_in(letter), follow=True)
    page = client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD}, follow=True)

    assert page.context["user"] == resident
    assert "Votre mot de passe est changé." in page.text
    assert page.redirect_chain[-1][0] == reverse("people:account")
    client.logout()
    assert sign_in(client, resident.email).context["user"].is_anonymous
    assert sign_in(client, resident.email, NEW_PASSWORD).context["user"] == resident


def test_the_link_serves_once(client, resident, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": resident.email})
    form = client.get(link_in(mailoutbox[0]), follow=True).request["PATH_INFO"]
    client.post(form, {"password1": NEW_PASSWORD})
    client.logout()

    page = client.get(link_in(mailoutbox[0]), follow=True)

    assert "Ce lien n’est plus valable" in page.text


@pytest.mark.parametrize("key", ["x", "1-2-3", "zz-abc", "999999999999999999999-abc", "a" * 3000])
def test_an_invented_link_is_refused(client, key):
    page = client.get(f"/compte/mot-de-passe/nouveau/1-{key}/", follow=True)

    assert page.status_code == 200
    assert "Ce lien n’est plus valable" in page.text


def test_whoever_followed_the_link_reads_the_mail_of_the_address_and_needs_no_code(client, mailoutbox):
    opened_for_somebody = User.objects.create_user("paul@exemple.fr", pseudonym="Paul")
    client.post(reverse("account_reset_password"), {"email": "paul@exemple.fr"})

    page = client.get(link_in(mailoutbox[0]), follow=True)
    page = client.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD}, follow=True)

    assert page.context["user"] == opened_for_somebody
    assert opened_for_somebody.emailaddress_set.get().verified


def test_the_page_does_not_tell_whether_an_address_has_an_account(client, resident, mailoutbox):
    known = client.post(reverse("account_reset_password"), {"email": resident.email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "inconnue@exemple.fr"}, follow=True)

    assert known.text == unknown.text
    assert mailoutbox[1].to == ["inconnue@exemple.fr"]
    assert mailoutbox[1].subject == "[La Placette] Aucun compte n’a cette adresse"
    assert f"http://testserver{reverse('account_signup')}" in mailoutbox[1].body


def test_one_changes_ones_password_and_is_told_by_mail(client, resident, mailoutbox):
    client.force_login(resident)
    page = client.post(reverse("account_change_password"), {"oldpassword": "faux", "password1": NEW_PASSWORD})
    assert "Ce n’est pas votre mot de passe actuel." in page.text

    page = client.post(
        reverse("account_change_password"), {"oldpassword": factories.PASSWORD, "password1": NEW_PASSWORD}, follow=True
    )

    assert page.redirect_chain[-1][0] == reverse("people:account")
    assert "Votre mot de passe est changé." in page.text
    assert page.context["user"] == resident
    assert mailoutbox[0].subject == "[La Placette] Votre mot de passe a été changé"
    resident.refresh_from_db()
    assert resident.check_password(NEW_PASSWORD)


def test_an_account_without_password_chooses_a_first_one(client, resident):
    resident.set_unusable_password()
    resident.save()
    client.force_login(resident)
    page = client.get(reverse("account_change_password"), follow=True)
    assert "Votre compte n’en a pas encore." in page.text

    client.post(reverse("account_set_password"), {"password1": NEW_PASSWORD})

    resident.refresh_from_db()
    assert resident.check_password(NEW_PASSWORD)


# ── The address ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ask_to_change(client, email, password=factories.PASSWORD):
    return client.post(reverse("account_email"), {"email": email, "password": password}, follow=True)


def test_a_new_address_counts_once_its_code_is_typed_and_the_former_one_is_told(client, resident, mailoutbox):
    former = resident.email
    client.force_login(resident)
    page = ask_to_change(client, "Mireille@Exemple.fr")
    assert "mireille@exemple.fr" in page.text
    assert "Garder mon adresse actuelle" in page.text
    resident.refresh_from_db()
    assert resident.email == former

    page = client.post(
        reverse("account_email_verification_sent"), {"action": "verify", "code": code_in(mailoutbox[0])}, follow=True
    )

    assert page.redirect_chain[-1][0] == reverse("people:account")
    resident.refresh_from_db()
    assert resident.email == "mireille@exemple.fr"
    assert [(a.email, a.verified, a.primary) for a in resident.emailaddress_set.all()] == [(resident.email, True, True)]
    assert mailoutbox[1].to == [former]
    assert "mireille@exemple.fr" in mailoutbox[1].body
    client.logout()
    assert sign_in(client, former).context["user"].is_anonymous
    assert sign_in(client, "mireille@exemple.fr").context["user"] == resident


def test_the_address_does_not_change_without_the_password(client, resident, mailoutbox):
    client.force_login(resident)

    page = ask_to_change(client, "voleur@exemple.fr", password="au hasard")

    assert "Ce n’est pas votre mot de passe." in page.text
    assert not mailoutbox


def test_the_address_of_another_account_is_not_taken_even_with_its_code(client, resident, mailoutbox):
    other = factories.a_user("Paul")
    client.force_login(resident)
    page = ask_to_change(client, other.email)
    assert "Tapez le code" in page.text

    page = client.post(
        reverse("account_email_verification_sent"), {"action": "verify", "code": code_in(mailoutbox[0])}, follow=True
    )

    assert "Cette adresse a déjà un compte." in page.text
    resident.refresh_from_db()
    assert resident.email != other.email


def test_the_same_address_is_no_change(client, resident):
    client.force_login(resident)

    assert "C’est déjà l’adresse de votre compte." in ask_to_change(client, resident.email).text


# ── What holds for all of allauth's pages ────────────────────────────────────────────────────────────────────────────

JOURNEYS = [
    pattern for pattern in get_resolver("participation.people.urls").url_patterns if isinstance(pattern, URLPattern)
]
ENGLISH = re.compile(r"\b(the|your|password|sign|email|address|you)\b", re.IGNORECASE)


def page_of(client, pattern):
    known = {"uidb36": "1", "key": "x", "pk": 1}
    return client.get(reverse(pattern.name, kwargs={name: known[name] for name in pattern.pattern.regex.groupindex}))


def test_every_page_of_allauth_is_one_of_ours():
    ours = {pattern.name for pattern in JOURNEYS}
    theirs = {pattern.name for pattern in allauth_urls.urlpatterns}
    factors = {name for name in get_resolver("allauth.mfa.urls").reverse_dict if isinstance(name, str)}

    # Nobody signs in by a code alone: nothing leads there. Keys are listed with the other factors, and keep their names.
    assert theirs - ours == {"account_confirm_login_code"}
    assert factors - ours == {"mfa_list_webauthn", "mfa_edit_webauthn"}


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("pattern", JOURNEYS, ids=lambda pattern: pattern.name)
def test_every_page_is_ours_in_french_and_kept_by_nobody(client, resident, pattern, signed_in):
    if signed_in:
        client.force_login(resident)

    page = page_of(client, pattern)

    if pattern.name.startswith("mfa_") and page.status_code != 200:
        return  # these open once one has shown who one is: see test_second_factor.py
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Robots-Tag"] == "noindex"
    if page.status_code == 200:
        assert "people/people.css" in page.text
        assert '<meta name="robots" content="noindex">' in page.text
        assert "placeholder=" not in page.text.split("<main")[1]
        text = re.sub(r"<[^>]+>", " ", page.text.split("<main")[1].split("</main>")[0])
        assert not ENGLISH.search(text), text


def test_no_form_of_a_page_has_a_box_without_label(client):
    for name in ["account_login", "account_signup", "account_reset_password"]:
        page = client.get(reverse(name)).text.split("<main")[1].split("</main>")[0]
        for box in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            if 'type="hidden"' not in box:
                identifier = re.search(r'id="([^"]+)"', box).group(1)
                assert f'for="{identifier}"' in page
