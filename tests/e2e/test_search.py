"""The search as people use it, in a browser."""

import os

import pytest

pytestmark = pytest.mark.browser


def test_someone_searches_and_narrows_what_they_found(phone):
    phone.goto("/recherche/")
    phone.get_by_role("combobox" if phone.has_javascript else "searchbox", name="Votre recherche").fill("transports")
    phone.get_by_role("button", name="Chercher").click()
    phone.get_by_text("Filtrer", exact=True).click()
    phone.get_by_role("checkbox", name="Fiche expérience").check()
    if not phone.has_javascript:
        phone.get_by_role("button", name="Appliquer les filtres").click()

    phone.get_by_role("link", name="Retirer le filtre Fiche expérience").wait_for()

    assert "type=fiche" in phone.url
    kinds = phone.locator(".result .kind").all_inner_texts()
    assert kinds
    assert set(kinds) == {"Fiche expérience"}
    assert phone.locator(".result mark").first.inner_text().lower().startswith("transport")


def test_a_box_that_is_ticked_keeps_the_focus(chromium, demonstration):
    page = chromium.new_page(base_url=demonstration.url)
    page.goto("/recherche/")
    box = page.get_by_role("checkbox", name="Kit méthodologique")

    box.press("Space")
    page.get_by_role("link", name="Retirer le filtre Kit méthodologique").wait_for()

    assert page.evaluate("document.activeElement.value") == "kit"
    assert "résultats" in page.locator("[data-search-status]").inner_text()
    page.close()


def test_suggestions_are_chosen_with_the_keyboard(chromium, demonstration):
    page = chromium.new_page(base_url=demonstration.url)
    page.goto("/recherche/")
    field = page.get_by_role("combobox", name="Votre recherche")
    field.press_sequentially("thoa")
    page.get_by_role("option", name="Thoard commune").wait_for()

    field.press("ArrowDown")
    chosen = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    field.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    field.press("ArrowDown")
    page.get_by_role("option", name="Thoard commune").wait_for()
    field.press("ArrowDown")
    field.press("Enter")

    page.wait_for_url("**/recherche/?territoire=04217")
    page.close()


def test_the_site_searches_with_the_engine_that_is_tested(demonstration):
    answer = demonstration.json("/recherche/?q=transports&format=json")

    assert answer["total"]
    assert answer["notices"] == []
    embedded = list((demonstration.var / "index").glob("tantivy-*"))
    assert bool(embedded) != bool(os.environ.get("SEARCH_TEST_URL"))


def test_someone_asks_for_words_side_by_side_and_leaves_a_word_out(phone):
    phone.goto("/recherche/")
    phone.get_by_text("Chercher plus précisément").click()
    assert phone.get_by_text("côte à côte").is_visible()
    field = phone.get_by_role("combobox" if phone.has_javascript else "searchbox", name="Votre recherche")
    field.fill("« tirage au sort » -introuvable")
    phone.get_by_role("button", name="Chercher").click()

    phone.locator(".result mark").first.wait_for()

    assert phone.locator(".result mark").first.inner_text().lower() == "tirage au sort"
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
