"""What is typed is found again: a tab that was closed, a session that ended, a site that was stopped; nothing when it was sent."""

import re
import shutil
import time

import pytest
from playwright.sync_api import Page, expect

from .conftest import PHONE, free_port, start, stop
from .test_journeys import open_forum, project_with_a_forum, sign_in, write_topic

pytestmark = pytest.mark.browser

FOUND = "Votre texte a été retrouvé."
WORDS = "Un abri à Champtercier, s’il vous plaît : il y pleut aussi."


def title_of_now() -> str:
    return f"Et l’abri {time.monotonic_ns() % 1_000_000}"


def begin_topic(page: Page, title: str) -> None:
    page.get_by_text("Écrire un message").click()
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Votre message").first.fill(WORDS)


def another_tab(page: Page) -> Page:
    """Close the tab, and open another in the same browser."""
    tab = page.context.new_page()
    tab.set_default_timeout(10_000)
    tab.has_javascript = page.has_javascript
    page.close()
    return tab


def draft_keys(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))")


@pytest.fixture
def tab(phone):
    if not phone.has_javascript:
        pytest.skip("what was not sent is kept by the browser's scripts")
    return phone


def test_a_text_not_yet_sent_is_found_in_another_tab_and_forgotten_once_sent(tab, demonstration):
    title, project = title_of_now(), project_with_a_forum(demonstration)
    sign_in(tab, demonstration, "habitant")
    open_forum(tab, project)
    begin_topic(tab, title)

    tab = another_tab(tab)
    open_forum(tab, project)
    expect(tab.get_by_text(FOUND)).to_be_visible()
    expect(tab.get_by_label("Titre")).to_have_value(title)
    expect(tab.get_by_label("Votre message").first).to_have_value(WORDS)
    tab.get_by_role("button", name="Publier", exact=True).click()
    expect(tab.get_by_role("heading", name=title)).to_be_visible()

    assert draft_keys(tab) == []
    open_forum(tab, project)
    expect(tab.get_by_text(FOUND)).to_have_count(0)


def test_on_the_forum_s_own_page_too_where_the_form_is_sent_plainly(tab, demonstration):
    title = title_of_now()
    sign_in(tab, demonstration, "habitant")
    tab.goto(project_with_a_forum(demonstration))
    address = re.search(r"/participation/forum/\d+-[\w-]+/", tab.content()).group()
    tab.goto(address)
    begin_topic(tab, title)
    tab.reload()
    expect(tab.get_by_text(FOUND)).to_be_visible()

    tab.get_by_role("button", name="Publier", exact=True).click()
    expect(tab.get_by_role("heading", name=title)).to_be_visible()

    assert draft_keys(tab) == []


def test_a_text_that_the_network_lost_is_still_there(tab, demonstration):
    title = title_of_now()
    sign_in(tab, demonstration, "habitant")
    tab.goto(project_with_a_forum(demonstration))
    address = re.search(r"/participation/forum/\d+-[\w-]+/", tab.content()).group()
    tab.goto(address)
    begin_topic(tab, title)
    tab.context.set_offline(True)
    tab.get_by_role("button", name="Publier", exact=True).click()
    expect(tab).to_have_url(re.compile("^chrome-error:"))
    tab.context.set_offline(False)

    tab.goto(address)

    expect(tab.get_by_text(FOUND)).to_be_visible()
    expect(tab.get_by_label("Titre")).to_have_value(title)


def test_one_drops_it_and_starts_afresh(tab, demonstration):
    project = project_with_a_forum(demonstration)
    open_forum(tab, project)
    begin_topic(tab, title_of_now())
    open_forum(tab, project)

    tab.get_by_role("button", name="L’effacer et repartir de zéro").click()

    expect(tab.get_by_label("Titre")).to_have_value("")
    assert draft_keys(tab) == []


def test_it_is_its_author_s_and_goes_when_they_sign_out(tab, demonstration):
    project = project_with_a_forum(demonstration)
    sign_in(tab, demonstration, "habitant")
    open_forum(tab, project)
    begin_topic(tab, title_of_now())
    assert len(draft_keys(tab)) == 1

    tab.goto("/compte/")
    tab.get_by_role("button", name="Se déconnecter").click()
    expect(tab).to_have_url(re.compile("/$"))

    assert draft_keys(tab) == []


def test_after_a_week_it_is_forgotten(tab, demonstration):
    project = project_with_a_forum(demonstration)
    open_forum(tab, project)
    begin_topic(tab, title_of_now())
    tab.evaluate(
        """() => { for (const key of Object.keys(localStorage).filter((key) => key.startsWith('draft:'))) {
             const draft = JSON.parse(localStorage.getItem(key));
             localStorage.setItem(key, JSON.stringify({ ...draft, at: draft.at - 8 * 24 * 3600 * 1000 }));
           } }"""
    )

    open_forum(tab, project)

    expect(tab.get_by_text(FOUND)).to_have_count(0)
    assert draft_keys(tab) == []


def test_a_session_that_ended_loses_nothing_of_what_is_sent(phone, demonstration):
    """With and without JavaScript: the site keeps it, and gives it back once one has signed in again."""
    title = title_of_now()
    sign_in(phone, demonstration, "habitant")
    open_forum(phone, project_with_a_forum(demonstration))
    phone.context.clear_cookies(name="sessionid")

    write_topic(phone, title, WORDS)
    address, password = demonstration.accounts["habitant"]
    phone.get_by_label("Adresse e-mail").fill(address)
    phone.locator("input[type=password]").fill(password)
    phone.get_by_role("button", name="Se connecter").click()
    expect(phone.get_by_text(WORDS)).to_be_visible()
    phone.locator("main form button[type=submit]").first.click()

    expect(phone.get_by_role("heading", name=title)).to_be_visible()
    if phone.has_javascript:
        assert draft_keys(phone) == []


def test_an_expired_token_gives_the_text_back(phone, demonstration):
    title = title_of_now()
    sign_in(phone, demonstration, "habitant")
    open_forum(phone, project_with_a_forum(demonstration))
    phone.context.clear_cookies(name="csrftoken")

    write_topic(phone, title, f"{title}, {WORDS}")

    expect(phone.get_by_text(f"{title}, {WORDS}").first).to_be_visible()


def test_the_site_stops_and_starts_again_and_nobody_is_signed_out(chromium, demonstration, tmp_path):
    shutil.copytree(demonstration.var, tmp_path / "var")
    port = free_port()
    site = start(tmp_path / "var", port=port)
    context = chromium.new_context(base_url=site.url, viewport=PHONE, locale="fr-FR")
    page, title = context.new_page(), title_of_now()
    try:
        sign_in(page, site, "habitant")
        page.goto(project_with_a_forum(site))
        address = re.search(r"/participation/forum/\d+-[\w-]+/", page.content()).group()
        page.goto(address)
        begin_topic(page, title)
        stop(site)
        site = start(tmp_path / "var", port=port)

        page.goto(address)
        expect(page.get_by_text(FOUND)).to_be_visible()
        page.get_by_role("button", name="Publier", exact=True).click()

        expect(page.get_by_role("heading", name=title)).to_be_visible()
    finally:
        context.close()
        stop(site)


def test_in_whose_name_one_writes_is_found_again_with_the_text(tab, demonstration):
    title, project = title_of_now(), project_with_a_forum(demonstration)
    sign_in(tab, demonstration, "agent")
    open_forum(tab, project)
    begin_topic(tab, title)
    tab.locator(".forum-write").first.get_by_role("radio", name=re.compile("Au nom de")).check()

    tab = another_tab(tab)
    open_forum(tab, project)
    expect(tab.get_by_text(FOUND)).to_be_visible()
    found = tab.locator(".forum-write").first
    expect(found.get_by_role("radio", name=re.compile("Au nom de"))).to_be_checked()
    tab.get_by_role("button", name="L’effacer et repartir de zéro").click()
    expect(found.get_by_role("radio", name="En mon nom")).to_be_checked()


def test_what_was_chosen_in_a_request_for_a_profile_is_found_again(tab, demonstration):
    address = "/compte/organisations/demander/"
    tab.goto(address)
    tab.get_by_label("Type").select_option(label="collectif")
    tab.get_by_label("Nom").fill(title_of_now())
    tab.get_by_label("Site web").fill("https://lavandes.example")

    tab = another_tab(tab)
    tab.goto(address)

    expect(tab.get_by_label("Type")).to_have_value("collective")
    expect(tab.get_by_label("Site web")).to_have_value("https://lavandes.example")
