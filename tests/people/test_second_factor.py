"""The second factor: no address of the admin opens without it to those who must have one."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from experiences.models import ExperienceIndexPage, ExperienceSectionPage
from home.actions import open_section
from participation.people.models import Role
from portal.settings import base, demo
from tests import factories
from tests.people.conftest import link_in
from tests.people.test_signing_in import ENGLISH


@pytest.fixture(autouse=True)
def _required(settings):
    settings.STAFF_NEED_A_SECOND_FACTOR = True


@pytest.fixture
def animator(home_page):
    return factories.a_user("Animatrice", role=Role.ANIMATOR)


def figures(secret: str, ahead: int = 0) -> str:
    """What the application of a telephone shows, `ahead` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def sign_in(client, user, **others):
    return client.post(
        reverse("account_login"), {"login": user.email, "password": factories.PASSWORD, **others}, follow=True
    )


def confirm(client):
    return client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def set_up(client) -> str:
    """Set an application up, signed in. Returns its secret."""
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = re.search(r'account-secret">(\w+)<', page.text).group(1)
    client.post(reverse("mfa_activate_totp"), {"code": figures(secret)})
    return secret


def with_application(user) -> str:
    client = Client()
    sign_in(client, user)
    return set_up(client)


# ── The door of the admin ────────────────────────────────────────────────────────────────────────────────────────────

ADDRESSES = [
    "/admin/",
    "/admin/pages/",
    "/admin/pages/1/",
    "/admin/reports/site-history/",
    "/admin/account/",
    "/admin/organisations/",
    "/admin/api/main/pages/",
    "/admin/choose-page/",
    "/admin/images/chooser/",
    "/admin/sprite/",
    "/admin/jsi18n/",
    "/admin/tag-autocomplete/?term=a",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_of_the_admin_opens_without_a_second_factor(client, animator, address):
    sign_in(client, animator)

    response = client.get(address)

    assert response.status_code in (302, 404)
    if response.status_code == 302:
        assert response.url.startswith(f"{reverse('mfa_index')}?next=")


@pytest.mark.parametrize("address", ADDRESSES)
def test_nor_is_anything_sent_or_asked_by_script(client, animator, address):
    sign_in(client, animator)

    statuses = {
        client.post(address, {"title": "x"}).status_code,
        client.put(address).status_code,
        client.delete(address).status_code,
        client.get(address, headers={"X-Requested-With": "XMLHttpRequest"}).status_code,
    }

    assert statuses <= {403, 404}


def test_a_page_is_neither_written_nor_published_without_it(client, animator, home_page):
    sign_in(client, animator)

    response = client.post(
        reverse("wagtailadmin_pages:edit", args=[home_page.pk]),
        {"title": "Pris", "slug": "pris", "action-publish": "action-publish"},
    )

    home_page.refresh_from_db()
    assert response.status_code == 403
    assert home_page.title == "La Placette"


@pytest.mark.parametrize("role", [Role.ANIMATOR, Role.AGENT, Role.MODERATOR, Role.GUARANTOR, Role.ADMINISTRATOR])
def test_every_role_that_enters_the_admin_needs_one(client, home_page, role):
    sign_in(client, factories.a_user("Quelqu’un", role=role))

    assert client.get("/admin/").url.startswith(reverse("mfa_index"))


def test_so_does_a_superuser(client, home_page):
    sign_in(client, factories.a_user("Racine", is_superuser=True, is_staff=True))

    assert client.get("/admin/").url.startswith(reverse("mfa_index"))


def test_so_does_an_organisation_s_editor(client, home_page, organisation, agent):
    inventory = home_page.add_child(instance=ExperienceIndexPage(title="Inventaire", slug="inventaire"))
    open_section(inventory, organisation, ExperienceSectionPage)
    sign_in(client, agent)

    assert client.get("/admin/").url.startswith(reverse("mfa_index"))


def test_a_resident_needs_none_and_may_have_one(client, home_page, resident):
    assert sign_in(client, resident).redirect_chain[-1][0] == reverse("people:account")

    set_up(client)

    assert Authenticator.objects.filter(user=resident, type="totp").exists()


def test_the_demonstration_does_without_and_says_so(client, animator, settings):
    assert base.STAFF_NEED_A_SECOND_FACTOR
    assert not demo.STAFF_NEED_A_SECOND_FACTOR
    settings.STAFF_NEED_A_SECOND_FACTOR = False
    sign_in(client, animator)

    page = client.get("/admin/")

    assert page.status_code == 200
    assert "sans double authentification" in page.text


# ── Setting one up ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_animator_sets_an_application_up_and_comes_in(client, animator):
    sign_in(client, animator)
    page = client.get("/admin/", follow=True)
    assert "Vous faites vivre une partie du site" in page.text
    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))

    set_up(client)

    assert client.get("/admin/").status_code == 200
    codes = client.get(reverse("mfa_view_recovery_codes"))
    assert len(re.findall(r"<code>\d{8}</code>", codes.text)) == 10


@pytest.mark.django_db(transaction=True)
def test_setting_one_up_is_told_by_mail(client, animator, mailoutbox):
    with_application(animator)

    assert mailoutbox[0].to == [animator.email]
    assert mailoutbox[0].subject == "[La Placette] La double authentification de votre compte"
    assert "codes d’une application sont demandés" in mailoutbox[0].body


def test_the_picture_is_allowed_on_its_page_only(client, animator):
    sign_in(client, animator)
    confirm(client)

    assert "img-src 'self' data:" in client.get(reverse("mfa_activate_totp"))["Content-Security-Policy"]
    assert "data:" not in client.get(reverse("mfa_index"))["Content-Security-Policy"]


def test_a_wrong_code_sets_nothing_up(client, animator):
    sign_in(client, animator)
    confirm(client)
    client.get(reverse("mfa_activate_totp"))

    page = client.post(reverse("mfa_activate_totp"), {"code": "000000"})

    assert "Ce n’est pas le bon code" in page.text
    assert not Authenticator.objects.exists()


def test_what_makes_the_codes_is_not_readable_in_the_database(client, animator):
    secret = with_application(animator)

    kept = Authenticator.objects.get(type="totp").data["secret"]

    assert secret not in kept
    assert kept.startswith("gAAAA")


PAGES = ["mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes"]
PAGES += ["mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_reauthenticate"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_it_is_ours_in_french_and_kept_by_nobody(client, resident, name):
    sign_in(client, resident)
    confirm(client)
    if name != "mfa_activate_totp":
        set_up(client)

    page = client.get(reverse(name))

    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Robots-Tag"] == "noindex"
    if "<main" in page.text:
        text = re.sub(
            r"<script.*?</script>|<[^>]+>", " ", page.text.split("<main")[1].split("</main>")[0], flags=re.DOTALL
        )
        assert not ENGLISH.search(text), text
        assert "placeholder=" not in page.text.split("<main")[1]


def test_nobody_removes_the_key_of_somebody_else(client, resident):
    key = Authenticator.objects.create(user=resident, type="webauthn", data={"name": "la bleue", "credential": {}})
    sign_in(client, factories.a_user("Paul"))
    confirm(client)

    response = client.post(reverse("mfa_remove_webauthn", args=[key.pk]))

    assert response.status_code == 404
    assert Authenticator.objects.exists()


# ── Signing in with it ───────────────────────────────────────────────────────────────────────────────────────────────


def test_signing_in_asks_for_it_then_leads_where_one_was_going(client, animator):
    secret = with_application(animator)

    page = sign_in(client, animator, next="/admin/")
    assert page.redirect_chain[-1][0].startswith(reverse("mfa_authenticate"))
    assert page.context["user"].is_anonymous
    assert client.get("/admin/").url.startswith("/admin/login/")
    response = client.post(reverse("mfa_authenticate"), {"code": figures(secret, 1)})

    assert response.url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_a_code_serves_once(client, animator):
    secret = with_application(animator)
    code = figures(secret, 1)
    sign_in(client, animator)
    client.post(reverse("mfa_authenticate"), {"code": code})
    client.logout()
    sign_in(client, animator)

    page = client.post(reverse("mfa_authenticate"), {"code": code})

    assert page.context["user"].is_anonymous


def test_a_recovery_code_takes_its_place_once(client, animator):
    with_application(animator)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    sign_in(client, animator)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get("/admin/").status_code == 200
    client.logout()
    sign_in(client, animator)

    page = client.post(reverse("mfa_authenticate"), {"code": code})

    assert page.context["user"].is_anonymous


def test_a_session_opened_before_the_factor_was_set_up_shows_it_too(client, animator):
    sign_in(client, animator)
    secret = with_application(animator)

    response = client.get("/admin/pages/")
    assert response.url == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2Fpages%2F"
    response = client.post(response.url, {"code": figures(secret, 1), "next": "/admin/pages/"})

    assert response.url == "/admin/pages/"
    assert client.get("/admin/").status_code == 200


def test_a_password_alone_does_not_pass_for_it(client, animator):
    sign_in(client, animator)
    with_application(animator)

    confirm(client)

    assert client.get("/admin/").status_code == 302


def test_a_forgotten_password_is_no_way_round(client, animator, mailoutbox):
    with_application(animator)
    client.post(reverse("account_reset_password"), {"email": animator.email})

    page = client.get(link_in(mailoutbox[-1]), follow=True)
    page = client.post(page.request["PATH_INFO"], {"password1": "la fontaine du bourg"}, follow=True)

    assert page.redirect_chain[-1][0].startswith(reverse("mfa_authenticate"))
    assert page.context["user"].is_anonymous


def test_codes_are_not_guessed_one_after_the_other(client, animator, settings):
    secret = with_application(animator)
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/m/key"}
    sign_in(client, animator)
    for _attempt in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})

    page = client.post(reverse("mfa_authenticate"), {"code": figures(secret, 1)})

    assert page.context["user"].is_anonymous
    assert "Trop d’essais" in page.text


# ── Losing it, taking it away ────────────────────────────────────────────────────────────────────────────────────────


def test_taking_it_away_asks_for_the_password_closes_the_admin_and_is_told(client, animator, mailoutbox):
    sign_in(client, animator)
    set_up(client)
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    assert client.post(reverse("mfa_deactivate_totp")).url.startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.filter(type="totp").exists()

    confirm(client)
    client.post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.exists()
    assert client.get("/admin/").url.startswith(reverse("mfa_index"))
    assert "ne sont plus demandés" in mailoutbox[-1].body


def account_screen(client, user) -> tuple[str, dict]:
    address = reverse("wagtailusers_users:edit", args=[user.pk])
    form = {"email": user.email, "pseudonym": user.pseudonym, "commune": "", "is_active": "on", "roles": user.roles}
    return address, form


@pytest.fixture
def administrator(home_page):
    return factories.a_user("Service informatique", role=Role.ADMINISTRATOR)


def test_an_administrator_resets_what_somebody_lost_and_they_are_told(client, animator, administrator, mailoutbox):
    with_application(animator)
    sign_in(client, administrator)
    set_up(client)
    mailoutbox.clear()
    address, form = account_screen(client, animator)
    assert "reset_second_factor" in client.get(address).text

    client.post(address, form | {"reset_second_factor": "on"})

    assert not Authenticator.objects.filter(user=animator).exists()
    assert [letter.to for letter in mailoutbox] == [[animator.email]]
    assert "Un administrateur a retiré" in mailoutbox[0].body
    theirs = Client()
    assert sign_in(theirs, animator).context["user"] == animator
    assert theirs.get("/admin/").url.startswith(reverse("mfa_index"))


def test_nobody_resets_their_own_there(client, administrator):
    sign_in(client, administrator)
    set_up(client)
    address, form = account_screen(client, administrator)

    client.post(address, form | {"reset_second_factor": "on"})

    assert Authenticator.objects.filter(user=administrator, type="totp").exists()


def test_an_account_without_a_second_factor_has_none_to_reset(client, animator, administrator):
    sign_in(client, administrator)
    set_up(client)

    assert "reset_second_factor" not in client.get(account_screen(client, animator)[0]).text
