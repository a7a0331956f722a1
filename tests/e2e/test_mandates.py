"""Somebody asks for the profile of their collective, the animator verifies it, and it speaks; on a phone."""

import time

import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import DESKTOP
from .test_journeys import open_forum, project_with_a_forum, sign_in, sign_up, unique

pytestmark = pytest.mark.browser


def test_a_collective_is_verified_and_a_member_speaks_in_its_name(phone, demonstration, chromium):
    number = time.monotonic_ns()
    collective, word = f"Les Lavandes {number}", f"lavandière{number}"
    address, project = f"mandatee-{number}@exemple.fr", project_with_a_forum(demonstration)
    phone.goto("/participation/organisations/")
    assert violations(phone) == []
    phone.get_by_role("link", name="Demander un profil vérifié").click()
    assert violations(phone) == []
    phone.get_by_label("Nom").fill(collective)
    phone.get_by_label("Type").select_option(label="collectif")
    phone.get_by_label("Présentation").fill("On sèche le linge et les larmes.")
    phone.get_by_label("Votre mandat").fill("L’assemblée du 3 mars.")
    phone.get_by_role("button", name="Envoyer ma demande").click()
    phone.get_by_role("link", name="Créer mon compte").click()
    sign_up(phone, demonstration, unique(phone, "Mandatée"), address)
    expect(phone.locator("main")).to_contain_text(collective)
    phone.get_by_role("button", name="Envoyer").click()
    expect(phone.locator("main")).to_contain_text("Votre demande est envoyée")

    desk = chromium.new_context(base_url=demonstration.url, viewport=DESKTOP, locale="fr-FR").new_page()
    sign_in(desk, demonstration, "animateur")
    desk.goto("/admin/demandes-de-profil/")
    desk.get_by_role("link", name=collective).click()
    expect(desk.get_by_role("main")).to_contain_text("L’assemblée du 3 mars.")
    desk.get_by_label("Ce qui a été vérifié").fill("Compte rendu lu.")
    desk.get_by_role("button", name="La vérifier et donner le mandat").click()
    expect(desk.locator("body")).to_contain_text("Votre réponse est envoyée")
    desk.context.close()
    assert any("vérifié" in letter["Subject"] for letter in demonstration.letters(address))

    phone.goto("/compte/")
    assert violations(phone) == []
    open_forum(phone, project)
    phone.locator("summary", has_text="Écrire un message").click()
    phone.get_by_label(f"Au nom de « {collective} »").check()
    assert violations(phone) == []
    phone.get_by_label("Titre").fill(unique(phone, "À nous"))
    phone.get_by_label("Votre message").first.fill(f"Une {word} pour tous.")
    phone.get_by_role("button", name="Publier", exact=True).click()
    phone.get_by_role("link", name=collective).first.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(collective)
    expect(phone.locator("main")).to_contain_text(word)
    expect(phone.locator("main")).to_contain_text("Profil vérifié le")
    assert violations(phone) == []
