"""Somebody comes, writes, votes, takes their data away and leaves for good; the record still agrees."""

import json
import time

import pytest
from playwright.sync_api import expect

from .test_journeys import PASSWORD, open_forum, project_with_a_forum, sign_up, unique, write_topic
from .test_votes import OPEN, open_vote, verifier

pytestmark = pytest.mark.browser

RECORD = "transport-urbain-dignois"


def test_a_resident_leaves_with_everything_they_wrote(phone, demonstration, tmp_path):
    word = f"zinzolin{time.monotonic_ns()}"
    address, project = f"partante-{time.monotonic_ns()}@exemple.fr", project_with_a_forum(demonstration)
    phone.goto("/compte/inscription/")
    sign_up(phone, demonstration, unique(phone, "Partante"), address)

    open_forum(phone, project)
    write_topic(phone, unique(phone, "Des bus"), f"Peignons-les en {word}.")
    expect(phone.get_by_text(word).first).to_be_visible()
    open_vote(phone, project, OPEN)
    phone.get_by_label("Un bus le samedi matin pour le marché").check()
    phone.get_by_role("button", name="Voter").click()
    expect(phone.locator(".ballot-own")).to_contain_text("Un bus le samedi matin pour le marché")
    assert word in demonstration.get(f"/registre/{RECORD}/openings.ndjson")[2]

    phone.goto("/compte/")
    phone.get_by_role("link", name="Lire mes données").click()
    expect(phone.locator("main")).to_contain_text(word)
    with phone.expect_download() as downloading:
        phone.get_by_role("link", name="Télécharger mes données (JSON)").click()
    downloading.value.save_as(tmp_path / "mes-donnees.json")
    data = json.loads((tmp_path / "mes-donnees.json").read_text())
    assert word in data["contributions"][0]["text"]
    assert data["votes"][0]["answers"] == ["Un bus le samedi matin pour le marché"]

    phone.get_by_role("link", name="Effacer mon compte").click()
    phone.get_by_label("Effacer aussi mes textes").check()
    phone.locator("input[type=password]").fill(PASSWORD)
    phone.get_by_role("button", name="Effacer définitivement mon compte").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Votre compte est effacé")

    phone.goto("/compte/")
    expect(phone.get_by_label("Adresse e-mail")).to_be_visible()
    assert any("effacé" in letter["Subject"] for letter in demonstration.letters(address))
    assert word not in demonstration.get(f"/registre/{RECORD}/openings.ndjson")[2]
    assert demonstration.json(f"/recherche/?format=json&q={word}")["results"] == []
    code, said = verifier(demonstration, RECORD, tmp_path)
    assert said.strip().splitlines()[-1] == "CONFORME", said
    assert code == 0
