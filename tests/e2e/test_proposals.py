"""A resident on a phone proposes a sheet; an animator reads it; it is in the inventory, and its author knows."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from .axe import violations
from .conftest import DESKTOP
from .test_journeys import sign_in, sign_up, unique

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(chromium, demonstration):
    """An animator's own screen, signed in."""
    context = chromium.new_context(base_url=demonstration.url, viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(20_000)
    sign_in(page, demonstration, "animateur")
    yield page
    context.close()


def go_on(phone: Page, step: int) -> None:
    phone.get_by_role("button", name="Enregistrer et continuer").click()
    expect(phone.get_by_text(f"Étape {step} sur 4")).to_be_visible()


def read_letter(phone: Page, address: str, subject: str):
    """The letter, in the demonstration's mail room; the worker writes within some seconds."""
    letter = phone.get_by_role("article").filter(has=phone.get_by_role("heading", name=subject))
    for _ in range(60):
        phone.goto(f"/courrier/?a={address}")
        if letter.count():
            return letter
        time.sleep(0.5)
    pytest.fail(f"no letter “{subject}” was sent to {address}")


def test_a_sheet_proposed_on_a_phone_is_read_published_and_credited(phone, desk, demonstration):
    title = f"Le four à pain {time.monotonic_ns() % 1_000_000}"
    author, address = unique(phone, "Boulangère"), f"boulangere-{time.monotonic_ns()}@exemple.fr"

    # One begins without an account, and is asked who one is only then.
    phone.goto("/proposer-une-experience/")
    assert violations(phone) == []
    phone.get_by_label("Titre").fill(title)
    phone.get_by_label("En une phrase").fill("Des habitants ont rallumé le four du village.")
    phone.get_by_role("button", name="Enregistrer et continuer").click()
    phone.get_by_role("link", name="Créer mon compte").first.click()
    sign_up(phone, demonstration, author, address)
    phone.get_by_role("button", name="Continuer votre proposition").click()

    # The place was forgotten: it is said, and nothing else is asked again.
    expect(phone.get_by_role("alert").get_by_role("link", name="Où")).to_be_visible()
    expect(phone.get_by_label("Titre")).to_have_value(title)
    assert violations(phone) == []
    phone.get_by_label("Où").select_option(label="Thoard")
    phone.locator("summary").filter(has_text="Sisteronais-Buëch").click()
    phone.get_by_label("Sisteron", exact=True).check()
    go_on(phone, 2)
    assert violations(phone) == []
    phone.get_by_label("Début").fill("mars 2023")
    phone.get_by_label(re.compile("Concertation –")).check()
    go_on(phone, 3)
    assert violations(phone) == []
    phone.get_by_label("Ce qui a marché").fill("Tout le monde est venu.")
    go_on(phone, 4)
    expect(phone.get_by_role("main")).to_contain_text("mars 2023")
    assert violations(phone) == []
    phone.get_by_label("Comment vous joindre").fill("06 00 00 00 00")
    phone.get_by_label(re.compile("J’accepte la charte")).check()
    phone.get_by_role("button", name="Envoyer ma proposition").click()
    expect(phone.get_by_text("Votre proposition est envoyée.")).to_be_visible()
    assert violations(phone) == []
    expect(read_letter(phone, address, "Votre proposition est arrivée")).to_contain_text(title)

    # The animator finds it on the first panel, sees whose it is, and publishes it.
    desk.goto("/admin/")
    desk.get_by_role("link", name=title).first.click()
    expect(desk.get_by_text("06 00 00 00 00")).to_be_visible()
    expect(desk.get_by_role("main")).to_contain_text(author)
    desk.get_by_role("button", name="Plus d’actions").or_(
        desk.locator("footer [data-w-dropdown-target=toggle]")
    ).first.click()
    desk.get_by_role("button", name=re.compile("Approuver et publier", re.IGNORECASE)).first.click()
    desk.wait_for_url(re.compile("/admin/pages/"))

    # The author is told; the sheet says what they agreed to, and no more.
    read_letter(phone, address, "Votre proposition est publiée").get_by_role("link").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(title)
    expect(phone.get_by_text(f"Proposée par {author}")).to_be_visible()
    expect(phone.get_by_text("06 00 00 00 00")).to_have_count(0)
    assert violations(phone) == []
    phone.goto(f"/inventaire/?q={title.replace(' ', '+')}")
    expect(phone.get_by_role("link", name=title)).to_be_visible()
    phone.goto("/compte/")
    expect(phone.get_by_text("Publiée", exact=True)).to_be_visible()
    assert violations(phone) == []
