"""A security key, as a browser shows it. Browsers know keys on https and on localhost only."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from .axe import violations
from .conftest import DESKTOP
from .test_journeys import PASSWORD, sign_up

pytestmark = pytest.mark.browser


@pytest.fixture
def with_a_key(chromium, demonstration):
    """A page of somebody whose device has a security key, which answers at once."""
    context = chromium.new_context(
        base_url=demonstration.url.replace("127.0.0.1", "localhost"), viewport=DESKTOP, locale="fr-FR"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.has_javascript = True
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}},
    )
    yield page
    context.close()


def type_password(page: Page) -> None:
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()


def test_a_key_is_added_then_asked_for_when_one_signs_in(with_a_key, demonstration):
    page, address = with_a_key, f"clef-{time.monotonic_ns()}@exemple.fr"
    page.goto("/compte/inscription/")
    sign_up(page, demonstration, f"Clé {time.monotonic_ns() % 100_000}", address)
    page.get_by_role("link", name="Mes appareils").click()
    expect(page.get_by_text("cet appareil")).to_be_visible()
    assert violations(page) == []
    page.goto("/compte/")
    page.get_by_role("link", name="Double authentification").click()
    assert violations(page) == []
    page.get_by_role("link", name="Ajouter une clé").click()
    type_password(page)
    page.get_by_label("Nom de cette clé").fill("la bleue")
    assert violations(page) == []

    page.get_by_role("button", name="Ajouter cette clé").click()

    expect(page.get_by_role("heading", name="Vos codes de secours")).to_be_visible()
    expect(page.locator(".account-codes li")).to_have_count(10)
    assert violations(page) == []
    page.goto("/compte/double-authentification/")
    page.get_by_role("link", name="Mettre en place une application").click()
    assert violations(page) == []
    page.goto("/compte/")
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse e-mail").fill(address)
    type_password(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Deuxième étape")
    page.get_by_role("button", name="Utiliser une clé de sécurité").click()
    expect(page).to_have_url(re.compile("/compte/$"))
