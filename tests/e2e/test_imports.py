"""A spreadsheet brought in by an animator, from the file to the sheets online, at a desk and on a phone."""

import time

import pytest
from playwright.sync_api import Page, expect

from .axe import violations
from .conftest import DESKTOP, PHONE
from .test_journeys import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screen(request, chromium, demonstration):
    context = chromium.new_context(base_url=demonstration.url, viewport=request.param, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.has_javascript = True
    sign_in(page, demonstration, "animateur")
    yield page
    context.close()


def own_violations(screen: Page) -> list[str]:
    """What axe finds in our part of the screen; Wagtail's own menu and header are Wagtail's."""
    return [
        line
        for line in violations(screen)
        if "sidebar" not in line and "w-header" not in line and "skiplink" not in line
    ]


def fits(screen: Page) -> bool:
    return screen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_spreadsheet_comes_in_and_is_corrected(screen, tmp_path):
    mark = str(time.monotonic_ns())
    file = tmp_path / "fiches.csv"
    file.write_text(
        f"Identifiant;Intitulé;Quand;Récit\ne2e-{mark}-1;Le four {mark};14/11/2018;**Un** four\n"
        f"e2e-{mark}-2;Le lavoir {mark};hier;\n"
    )

    screen.goto("/admin/imports/")
    assert own_violations(screen) == []
    assert fits(screen)
    screen.get_by_label("Tableur").set_input_files(file)
    screen.get_by_label("Les fiches nouvelles vont dans").select_option(index=0)
    screen.get_by_role("button", name="Envoyer le tableur").click()

    expect(screen.get_by_text("14/11/2018")).to_be_visible()
    expect(screen.get_by_label("B – Intitulé")).to_have_value("title")
    screen.get_by_label("C – Quand").select_option("started")
    assert own_violations(screen) == []
    assert fits(screen)
    screen.get_by_role("button", name="Vérifier les lignes").click()

    expect(screen.get_by_text("n’est pas une date lisible")).to_be_visible()
    assert own_violations(screen) == []
    assert fits(screen)
    screen.get_by_label("Laisser de côté la ligne rejetée").check()
    screen.get_by_role("button", name="Importer").click()

    expect(screen.get_by_role("heading", name="Compte rendu")).to_be_visible()
    assert own_violations(screen) == []
    assert fits(screen)
    screen.get_by_role("link", name=f"Le four {mark}").click()
    expect(screen.locator("[name=title]")).to_have_value(f"Le four {mark}")

    file.write_text(f"Identifiant;Intitulé;Quand\ne2e-{mark}-1;Le four banal {mark};14/11/2018\n")
    screen.goto("/admin/imports/")
    screen.get_by_label("Tableur").set_input_files(file)
    screen.get_by_role("button", name="Envoyer le tableur").click()
    screen.get_by_label("C – Quand").select_option("started")
    screen.get_by_role("button", name="Vérifier les lignes").click()
    expect(screen.get_by_text(f"Le four banal {mark}").first).to_be_visible()
    screen.get_by_role("button", name="Importer").click()
    screen.get_by_text("Annuler cet import").click()
    screen.get_by_role("button", name="Annuler l’import").click()
    expect(screen.get_by_text("Cet import a été annulé.")).to_be_visible()
