"""What axe finds wrong with a page: RGAA's automated part."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """A line for each rule that is broken, with the first place where it is.

    axe is a script: a page without JavaScript is looked at as the same visitor would see it with JavaScript.
    """
    if page.has_javascript:
        return _run(page)
    context = page.context.browser.new_context(
        storage_state=page.context.storage_state(), viewport=page.viewport_size, locale="fr-FR"
    )
    try:
        same = context.new_page()
        same.goto(page.url)
        return _run(same)
    finally:
        context.close()


def _run(page: Page) -> list[str]:
    # Words that are still fading in have no contrast yet.
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    found = AXE.run(page, options={"runOnly": RULES})
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found.response["violations"]]
