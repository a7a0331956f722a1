"""Following a search, from the page of results to the letter and the way out of it."""

import os
import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import ROOT
from .test_journeys import open_forum, project_with_a_forum, sign_up, write_topic

pytestmark = pytest.mark.browser


def work(demonstration) -> None:
    """What the worker does within a minute, at once."""
    environment = {"DJANGO_SETTINGS_MODULE": "portal.settings.demo", "PORTAL_VAR": str(demonstration.var)}
    environment["PORT"] = demonstration.url.rpartition(":")[2]
    command = [sys.executable, "manage.py", "worker", "--once"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=True, timeout=120)


def letter_about(demonstration, address: str, word: str):
    for _ in range(50):
        for letter in demonstration.letters(address):
            if word in letter["Subject"]:
                return letter
        time.sleep(0.1)
    pytest.fail(f"no letter about {word} was sent to {address}")


def test_someone_follows_a_search_is_told_and_stops_the_letters(phone, demonstration):
    word = f"micocoulier{time.monotonic_ns() % 100_000_000}"
    address = f"{word}@exemple.fr"
    phone.goto(f"/recherche/?q={word}")
    expect(phone.get_by_label("Lien permanent")).to_have_value(re.compile(f"/recherche/.q={word}$"))
    assert violations(phone) == []

    phone.get_by_role("link", name="M’avertir des nouveaux résultats").click()
    assert violations(phone) == []
    phone.get_by_label("Nom de cette recherche").fill(f"Mon {word}")
    phone.get_by_label("par e-mail, une fois par semaine au plus").check()
    phone.get_by_role("button", name="Suivre cette recherche").click()
    phone.get_by_role("link", name="Créer mon compte").first.click()
    sign_up(phone, demonstration, word[:24], address)
    expect(phone.get_by_text("par e-mail, une fois par semaine au plus")).to_be_visible()
    phone.get_by_role("button", name=re.compile("suivre cette recherche", re.IGNORECASE)).click()
    expect(phone.get_by_role("heading", name="Mes recherches suivies")).to_be_visible()
    assert violations(phone) == []

    open_forum(phone, project_with_a_forum(demonstration))
    write_topic(phone, f"Un {word} sur la place", "Pour l’ombre.")
    expect(phone.get_by_role("heading", name=f"Un {word} sur la place")).to_be_visible()
    work(demonstration)

    letter = letter_about(demonstration, address, f"Mon {word}")
    assert f"Un {word} sur la place (Sujet de forum)" in letter.get_content()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    phone.goto(f"/courrier/?a={address}")
    expect(phone.get_by_text(f"Un {word} sur la place (Sujet de forum)")).to_be_visible()

    phone.context.clear_cookies()
    phone.goto(letter["List-Unsubscribe"].strip(" <>"))
    assert violations(phone) == []
    phone.get_by_role("button", name="Ne plus recevoir d’e-mails").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Vous ne recevrez plus d’e-mails sur vos recherches")
