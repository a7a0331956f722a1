"""A vote from end to end: a resident on a phone, an agent, and a third party who takes nobody's word for it."""

import json
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESKTOP
from .test_journeys import sign_in, sign_up, unique

pytestmark = pytest.mark.browser

OPEN = "Si l’on ne peut pas tout faire, par quoi commencer ?"
CLOSED = "Une réponse, mais sous quel délai ?"


def page_of(demonstration, words: str) -> str:
    results = demonstration.json(f"/recherche/?format=json&type=projet&q={words}")["results"]
    return results[0]["url"]


def open_vote(page: Page, project: str, title: str) -> None:
    """From a project's page to its vote: in the page with JavaScript, one click away without."""
    page.goto(project)
    place = page.locator("section.activity").filter(has_text=title)
    if page.has_javascript:
        place.scroll_into_view_if_needed()
    else:
        place.get_by_role("link", name=re.compile("Lire")).click()
    expect(page.get_by_role("heading", name=re.compile("Où en est le vote|Le résultat")).last).to_be_visible()


def verifier(demonstration, slug: str, tmp_path, *arguments: str) -> tuple[int, str]:
    """What anyone runs: the file that the site gives, on the address that the site gives."""
    file = tmp_path / "verifier.py"
    with urllib.request.urlopen(f"{demonstration.url}/registre/{slug}/verifier.py") as answer:
        file.write_bytes(answer.read())
    done = subprocess.run(
        [sys.executable, "-I", str(file), f"{demonstration.url}/registre/{slug}", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_resident_votes_changes_their_vote_and_has_their_receipt_checked(phone, demonstration, tmp_path):
    project = page_of(demonstration, "bus+de+Digne")
    open_vote(phone, project, OPEN)
    vote = phone.locator("section.activity, main").filter(has_text=OPEN).last
    vote.get_by_label("Un bus le samedi matin pour le marché").check()
    vote.get_by_label("Des arrêts mieux éclairés").check()
    vote.get_by_role("button", name="Voter").click()

    # Nobody is asked for an account before; what was ticked is kept.
    phone.get_by_role("link", name="Créer mon compte").first.click()
    sign_up(phone, demonstration, unique(phone, "Votante"), f"votante-{time.monotonic_ns()}@exemple.fr")
    phone.get_by_role("button", name="Enregistrer votre vote").click()
    if not phone.has_javascript:
        expect(phone.get_by_text("Votre vote est enregistré.")).to_be_visible()
    open_vote(phone, project, OPEN)
    own = phone.locator(".ballot-own")
    expect(own).to_contain_text("Un bus le samedi matin pour le marché")
    expect(own).to_contain_text("Des arrêts mieux éclairés")

    phone.get_by_text("Changer mon vote").first.click()
    phone.get_by_label("Des arrêts mieux éclairés").uncheck()
    phone.get_by_role("button", name="Changer mon vote").click()
    expect(phone.get_by_text("Votre vote est modifié.")).to_be_visible()
    expect(own).not_to_contain_text("Des arrêts mieux éclairés")

    own.get_by_role("link", name="Mon reçu").click()
    expect(phone.locator(".receipt")).to_contain_text("Vote modifié")
    with phone.expect_download() as downloading:
        phone.get_by_role("link", name="Télécharger le reçu").click()
    receipt = tmp_path / "recu.json"
    downloading.value.save_as(receipt)
    phone.get_by_role("link", name="Vérifier un reçu").first.click()
    phone.get_by_label("Le fichier du reçu").set_input_files(receipt)
    phone.get_by_role("button", name="Vérifier").click()
    expect(phone.get_by_role("heading", name="Ce reçu est bon")).to_be_visible()
    expect(phone.locator("main")).to_contain_text("Un bus le samedi matin pour le marché")

    code, said = verifier(demonstration, "transport-urbain-dignois", tmp_path, "--receipt", str(receipt))
    assert said.strip().splitlines()[-1] == "CONFORME", said
    assert code == 0


def test_a_third_party_finds_the_totals_of_the_page_and_sees_one_changed_row(phone, demonstration, tmp_path):
    open_vote(phone, page_of(demonstration, "concertation+sur+la+concertation"), CLOSED)
    shown = {
        row.locator(".result-label").inner_text(): int(re.search(r"(\d+) voix", row.inner_text())[1])
        for row in phone.locator(".result-bar").all()
    }
    assert sum(shown.values()) >= 200

    code, said = verifier(demonstration, "concertation-sur-la-concertation", tmp_path)

    assert code == 0, said
    for label, votes in shown.items():
        assert re.search(rf"{re.escape(label)} \(\w+\)\s: {votes}$", said, re.MULTILINE), said
    database = sqlite3.connect(demonstration.var / "portal.sqlite3", timeout=20)
    row, before = database.execute(
        "SELECT id, choice FROM ballot_vote WHERE choice = ? LIMIT 1", (json.dumps("a"),)
    ).fetchone()
    try:
        with database:
            database.execute("UPDATE ballot_vote SET choice = ? WHERE id = ?", (json.dumps("b"), row))
        code, said = verifier(demonstration, "concertation-sur-la-concertation", tmp_path)
    finally:
        with database:
            database.execute("UPDATE ballot_vote SET choice = ? WHERE id = ?", (before, row))
    assert said.strip().splitlines()[-1] == "NON CONFORME", said
    assert code == 1
    assert verifier(demonstration, "concertation-sur-la-concertation", tmp_path)[0] == 0
    with pytest.raises(sqlite3.IntegrityError, match="le registre ne se modifie pas"), database:
        database.execute("UPDATE ledger_entry SET body = body")


def test_who_lives_elsewhere_reads_why_they_may_not_vote(phone, demonstration):
    sign_in(phone, demonstration, "habitant")

    open_vote(phone, page_of(demonstration, "place+fontaine+Thoard"), "Quel sol pour la place de la fontaine ?")

    expect(phone.get_by_text("Ce vote est réservé aux habitants de")).to_be_visible()
    expect(phone.get_by_role("button", name="Voter")).to_have_count(0)
    expect(phone.get_by_text("Le résultat est publié à la clôture du vote.").first).to_be_visible()


def test_every_record_of_the_demonstration_is_conform(demonstration, tmp_path):
    records = demonstration.json("/registre/index.json")
    assert len(records) >= 4
    for record in records:
        code, said = verifier(demonstration, record["slug"], tmp_path)
        assert code == 0, said


def test_an_agent_puts_a_question_to_the_vote_in_a_page_and_opens_it(chromium, demonstration, phone):
    context = chromium.new_context(base_url=demonstration.url, viewport=DESKTOP, locale="fr-FR")
    desk = context.new_page()
    desk.set_default_timeout(10_000)
    title = f"Quel banc ? {time.monotonic_ns() % 100_000}"
    sign_in(desk, demonstration, "agent")
    desk.goto("/admin/")
    desk.get_by_role("main").get_by_role("link", name="Commune de Thoard").click()
    desk.locator("[name=title]").fill(f"Un banc à l’ombre {time.monotonic_ns() % 100_000}")
    desk.locator("[name=summary]").fill("Trois modèles, un seul tilleul.")
    desk.locator("[data-streamfield-stream-container] .c-sf-add-button").last.click()
    desk.get_by_role("option", name="Vote", exact=True).click()
    desk.get_by_role("button", name="Choisir ou créer").click()
    chooser = desk.locator(".modal-content")
    chooser.get_by_role("tab").last.click()
    chooser.locator("[name$=title]").last.fill(title)
    chooser.locator("[name$=question]").fill("Lequel conseillez-vous ?")
    chooser.locator("[name$=labels]").fill("Le banc en pierre\nLe banc en bois")
    chooser.get_by_label("Décider, à lui seul").check()
    chooser.get_by_role("button", name="Créer").click()
    expect(chooser.get_by_text("code électoral")).to_be_visible()
    chooser.get_by_role("tab").last.click()
    chooser.get_by_label(re.compile("Conseiller les élus")).check()
    chooser.get_by_role("button", name="Créer").click()
    expect(desk.get_by_text("(brouillon)").first).to_be_visible()
    desk.locator("footer [data-w-dropdown-target=toggle]").click()
    desk.get_by_role("button", name="Publier", exact=True).click()
    expect(desk.locator(".messages")).to_contain_text("est encore un brouillon")
    desk.locator(".messages").get_by_role("link", name="Ouvrir maintenant").click()
    expect(desk.get_by_role("main")).to_contain_text("on ne peut plus ajouter, retirer ni échanger de réponse")
    desk.get_by_role("main").get_by_role("button", name=re.compile("Ouvrir")).click()
    context.close()

    sign_in(phone, demonstration, "habitant")
    phone.goto("/participation/")
    phone.get_by_role("heading", name=title).get_by_role("link").click()
    if phone.has_javascript:
        phone.locator("section.activity").filter(has_text=title).scroll_into_view_if_needed()
    else:
        phone.locator("section.activity").get_by_role("link", name=re.compile("Lire")).click()
    phone.get_by_label("Le banc en bois").check()
    phone.get_by_role("button", name="Voter").click()
    expect(phone.get_by_text("Votre vote est enregistré.")).to_be_visible()


def test_a_receipt_prints_on_a_ticket(phone, demonstration):
    sign_in(phone, demonstration, "habitant")
    phone.goto("/compte/")
    phone.get_by_role("link", name=re.compile("Mon reçu")).first.click()

    phone.emulate_media(media="print")

    expect(phone.locator(".receipt")).to_be_visible()
    expect(phone.locator(".site-header")).to_be_hidden()
    expect(phone.get_by_role("link", name="Télécharger le reçu")).to_be_hidden()
