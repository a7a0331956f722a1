"""Someone who chooses experiences in the inventory and looks at them side by side."""

import pytest

from . import axe

pytestmark = pytest.mark.browser


def test_someone_compares_two_experiences(phone):
    phone.goto("/inventaire/")
    boxes = phone.get_by_role("checkbox", name="Comparer")
    boxes.nth(0).check()
    boxes.nth(2).check()
    phone.get_by_role("button", name="Comparer les fiches choisies").click()

    phone.get_by_role("heading", name="Comparer des expériences").wait_for()
    assert phone.get_by_role("columnheader").count() == 2
    assert axe.violations(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= phone.viewport_size["width"]
    assert phone.get_by_role("button", name="Imprimer").is_visible() == phone.has_javascript

    phone.get_by_role("link", name="Comparer : ").first.click()
    assert phone.get_by_role("columnheader").count() == 3
    phone.get_by_role("link", name="Retirer : ").first.click()
    assert phone.get_by_role("columnheader").count() == 2


def test_only_what_differs_is_printed(phone):
    phone.goto("/inventaire/?methode=world-cafe")
    for box in phone.get_by_role("checkbox", name="Comparer").all()[:2]:
        box.check()
    phone.get_by_role("button", name="Comparer les fiches choisies").click()
    facts = phone.get_by_role("rowheader")
    whole = facts.count()
    same = facts.filter(has_text="Identique").count()
    assert same

    phone.get_by_role("link", name="Seulement ce qui diffère").click()
    phone.get_by_role("link", name="Tout montrer").wait_for()
    assert facts.count() == whole - same
    assert axe.violations(phone) == []

    phone.emulate_media(media="print")
    assert phone.get_by_role("table").is_visible()
    assert not phone.get_by_role("link", name="Tout montrer").is_visible()
    assert not phone.get_by_role("heading", name="Ajouter une fiche").is_visible()


def test_a_sheet_leads_to_the_kit_of_its_method_and_back(phone):
    phone.goto("/ressources/world-cafe/")
    phone.locator("section", has_text="Elles l’ont utilisée ici").get_by_role("link").nth(1).click()
    phone.get_by_role("link", name="World café kit").click()

    phone.get_by_role("heading", name="Elles l’ont utilisée ici").wait_for()
    assert axe.violations(phone) == []
