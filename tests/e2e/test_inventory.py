"""The inventory goes out to a spreadsheet, comes back corrected, and everything agrees; its views, on a phone."""

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from .axe import violations
from .conftest import DESKTOP, PHONE
from .test_journeys import sign_in

pytestmark = pytest.mark.browser

PLACE = "Moustiers-Sainte-Marie"
CORRECTED = 5
"""Sheets of which four cells each are corrected."""


@pytest.fixture
def desk(chromium, demonstration):
    context = chromium.new_context(base_url=demonstration.url, viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.has_javascript = True
    sign_in(page, demonstration, "animateur")
    yield page
    context.close()


def take_away(page: Page, folder: Path, name: str) -> Path:
    """The inventory as a workbook, by its link."""
    page.goto("/inventaire/?tri=titre")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    file = folder / name
    download.value.save_as(file)
    return file


def rows(file: Path) -> list[dict]:
    """Its rows by header, without what only says when a sheet last changed."""
    header, *lines = load_workbook(file).active.iter_rows(values_only=True)
    return [{name: value for name, value in zip(header, line, strict=True) if name != "Modifiée le"} for line in lines]


def bring_in(page: Page, file: Path) -> None:
    """Import and publish it, screen after screen."""
    page.goto("/admin/imports/")
    page.get_by_label("Tableur").set_input_files(file)
    page.get_by_role("button", name="Envoyer le tableur").click()
    page.get_by_role("button", name="Vérifier les lignes").click()
    page.get_by_role("button", name="Importer").click()
    expect(page.get_by_role("heading", name="Compte rendu")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name=re.compile("Publier")).click()
    expect(page.get_by_text(re.compile("en ligne"))).not_to_have_count(0)


def sheets_in(page: Page, place: str) -> int:
    """How many sheets the list beside the map counts in a commune."""
    row = page.locator(".places li").filter(has_text=place)
    return int(row.locator(".number").inner_text()) if row.count() else 0


def test_twenty_cells_corrected_in_a_spreadsheet_change_the_map_the_facets_and_the_sheets(desk, tmp_path):
    original = take_away(desk, tmp_path, "avant.xlsx")
    before = rows(original)
    desk.goto("/inventaire/?vue=carte")
    places_before = sheets_in(desk, PLACE)

    book = load_workbook(original)
    sheet = book.active
    column = {cell.value: cell.column for cell in sheet[1]}
    chosen = [row for row in range(2, sheet.max_row + 1) if PLACE not in str(sheet.cell(row, column["Communes"]).value)]
    for row in chosen[:CORRECTED]:
        places = sheet.cell(row, column["Communes"]).value
        sheet.cell(row, column["Communes"]).value = f"{places or ''}; {PLACE}".removeprefix("; ")
        sheet.cell(row, column["Participants"]).value = 1000 + row
        sheet.cell(row, column["Durée"]).value = f"{row} lunes"
        sheet.cell(row, column["Évaluation"]).value = "Évaluation prévue"
    changed = {sheet.cell(row, column["Titre"]).value: row for row in chosen[:CORRECTED]}
    corrected = tmp_path / "corrige.xlsx"
    book.save(corrected)

    bring_in(desk, corrected)

    after = {row["Titre"]: row for row in rows(take_away(desk, tmp_path, "apres.xlsx"))}
    for row in before:
        if row["Titre"] in changed:
            assert after[row["Titre"]]["Participants"] == 1000 + changed[row["Titre"]]
        else:
            assert after[row["Titre"]] == row
    desk.goto("/inventaire/?vue=carte")
    assert sheets_in(desk, PLACE) == places_before + CORRECTED
    desk.goto(f"/inventaire/?q={PLACE}&evaluation=prevue&vue=tableau")
    titles = desk.locator("tbody th > a").all_text_contents()
    assert set(changed) <= set(titles)
    title, row = next(iter(changed.items()))
    desk.get_by_role("link", name=title, exact=True).click()
    expect(desk.get_by_text(f"{row} lunes")).to_be_visible()
    expect(desk.locator(".facts")).to_contain_text(PLACE)

    bring_in(desk, original)
    assert rows(take_away(desk, tmp_path, "retour.xlsx")) == before


@pytest.mark.parametrize("has_javascript", [True, False])
def test_the_four_views_on_a_phone(chromium, demonstration, has_javascript):
    context = chromium.new_context(
        base_url=demonstration.url, viewport=PHONE, locale="fr-FR", java_script_enabled=has_javascript
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.has_javascript = has_javascript

    page.goto("/inventaire/")
    for view in ("Vignettes", "Carte", "Tableau", "Liste"):
        page.get_by_role("navigation", name="Affichage").get_by_role("link", name=view).click()
        expect(page.locator(".tabs [aria-current]")).to_have_text(view)
        assert violations(page) == []
        if has_javascript:
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.goto("/inventaire/?vue=carte")
    page.get_by_role("link", name="Sisteronais-Buëch", exact=True).click()
    expect(page.locator(".map.zoomed")).to_have_count(1)
    page.locator(".places").get_by_role("link", name="Sisteron", exact=True).click()
    expect(page.locator(".results .count")).to_contain_text("résultat")
    context.close()
