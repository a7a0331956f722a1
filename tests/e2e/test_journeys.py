"""What people come to do, at phone width, with and without JavaScript."""

import re
import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

PASSWORD = "cigale-et-lavande-04"


def sign_in(page: Page, demonstration, role: str) -> None:
    address, password = demonstration.accounts[role]
    page.goto("/compte/connexion/")
    page.get_by_label("Adresse e-mail").fill(address)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon espace")


def sign_up(page: Page, demonstration, pseudonym: str, address: str) -> None:
    """From the sign-up form to the end of the confirmation."""
    page.get_by_label("Adresse e-mail").fill(address)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_label("Pseudonyme").fill(pseudonym)
    page.get_by_label(re.compile("charte")).check()
    page.get_by_role("button", name="Créer mon compte").click()
    page.get_by_label("Les six chiffres du code").fill(code_sent_to(demonstration, address))
    page.get_by_role("button", name="Confirmer").click()


def code_sent_to(demonstration, address: str) -> str:
    for _ in range(50):
        for letter in reversed(demonstration.letters(address)):
            if found := re.search(r"\b(\d{6})\b", letter["Subject"]):
                return found[1]
        time.sleep(0.1)
    pytest.fail(f"no code was sent to {address}")


def unique(page: Page, word: str) -> str:
    return f"{word} {'avec' if page.has_javascript else 'sans'} JS {time.monotonic_ns() % 10_000}"


def open_forum(page: Page, project: str) -> None:
    """From a project's page to its forum: in the page with JavaScript, one click away without."""
    page.goto(project)
    if page.has_javascript:
        page.locator("section.activity").first.scroll_into_view_if_needed()
    else:
        page.locator("section.activity").first.get_by_role("link", name="Lire et participer").click()
    expect(page.get_by_text("Écrire un message")).to_be_visible()


def write_topic(page: Page, title: str, body: str) -> None:
    page.get_by_text("Écrire un message").click()
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Votre message").first.fill(body)
    page.get_by_role("button", name="Publier", exact=True).click()


def project_with_a_forum(demonstration) -> str:
    results = demonstration.json("/recherche/?format=json&type=projet&q=bus+de+Digne")["results"]
    return results[0]["url"]


def test_a_newcomer_reads_searches_narrows_and_speaks(phone, demonstration):
    title = unique(phone, "Et le dernier bus")
    phone.goto("/")
    expect(phone.get_by_role("heading", name="Ouvert en ce moment")).to_be_visible()

    phone.goto("/recherche/")
    phone.locator("main input[name=q]").fill("porteurs de parole")
    phone.locator("main input[name=q]").press("Enter")
    expect(phone.locator(".result").first).to_contain_text("orteur de paroles")

    phone.goto("/recherche/?q=porteurs+de+parole&territoire=04070")
    expect(phone.locator(".result").first).to_be_visible()

    open_forum(phone, project_with_a_forum(demonstration))
    write_topic(phone, title, "Après 19 h il n’y a plus rien vers les Sièyes.")
    phone.get_by_role("link", name="Créer mon compte").first.click()
    sign_up(phone, demonstration, unique(phone, "Nouvelle"), f"nouvelle-{time.monotonic_ns()}@exemple.fr")

    expect(phone.get_by_text("Après 19 h il n’y a plus rien")).to_be_visible()
    phone.get_by_role("button", name="Publier votre message").click()
    expect(phone.get_by_role("heading", name=title)).to_be_visible()


def test_from_the_home_page_to_a_recorded_reaction_in_two_minutes(phone, demonstration):
    begun = time.monotonic()
    phone.goto("/")
    phone.locator(".card").first.get_by_role("link", name=re.compile("Participer")).click()
    if not phone.has_javascript:
        phone.locator("section.activity").first.get_by_role("link", name="Lire et participer").click()
    phone.get_by_role("button", name=re.compile("D’accord")).first.click()
    phone.get_by_role("link", name="Créer mon compte").first.click()
    sign_up(phone, demonstration, unique(phone, "Pressé"), f"presse-{time.monotonic_ns()}@exemple.fr")
    phone.get_by_role("button", name="Donner votre avis sur un message").click()

    pressed = phone.locator(".reaction-agree[aria-pressed=true]").first
    if phone.has_javascript:
        phone.locator("section.activity, .forum").first.scroll_into_view_if_needed()
    else:
        # Back on the page that tells the project: the forum is one click away.
        if phone.locator("section.activity").count():
            phone.locator("section.activity").first.get_by_role("link", name="Lire et participer").click()
    expect(pressed).to_be_visible()
    assert time.monotonic() - begun < 120


def test_an_elected_official_reads_a_projects_journal_and_its_feed(phone, demonstration):
    project = project_with_a_forum(demonstration)
    phone.goto(project)

    phone.locator(".timeline a").first.click()

    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    phone.goto(project)
    feed = phone.locator("link[type='application/atom+xml']").get_attribute("href")
    with urllib.request.urlopen(feed if feed.startswith("http") else demonstration.url + feed) as answer:
        text = answer.read().decode()
    assert text.startswith("<?xml")
    assert text.count("<entry>") >= 4


def test_a_wrong_address_is_answered_in_french(phone):
    response = phone.goto("/n-existe-pas/")

    assert response.status == 404
    expect(phone.get_by_role("heading", level=1)).to_be_visible()


@pytest.fixture
def desk(chromium, demonstration):
    """A page at the width of an agent's screen, with JavaScript: Wagtail's admin needs it."""
    context = chromium.new_context(base_url=demonstration.url, viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def test_an_agent_publishes_a_sheet_with_a_forum_in_it_and_finds_it_at_once(desk, demonstration):
    title = f"Une balade au crépuscule {time.monotonic_ns() % 100_000}"
    sign_in(desk, demonstration, "agent")

    desk.goto("/admin/")
    desk.get_by_role("main").get_by_role("link", name="Commune de Thoard").click()
    desk.locator("[name=title]").fill(title)
    desk.locator("[name=summary]").fill("Vingt personnes, des lampes et trois bancs à déplacer.")
    desk.locator("[data-streamfield-stream-container] .c-sf-add-button").last.click()
    desk.get_by_role("option", name="Forum", exact=True).click()
    desk.get_by_role("button", name="Choisir ou créer").click()
    chooser = desk.locator(".modal-content")
    chooser.get_by_role("tab").last.click()
    chooser.locator("[name$=title]").last.fill("On marche où, la prochaine fois ?")
    chooser.locator("[name$=question]").fill("Quel chemin faut-il éclairer en premier ?")
    chooser.get_by_role("button", name="Créer").click()
    expect(desk.get_by_text("(brouillon)").first).to_be_visible()
    desk.locator("footer [data-w-dropdown-target=toggle]").click()
    desk.get_by_role("button", name="Publier", exact=True).click()
    expect(desk.locator(".messages")).to_contain_text("est encore un brouillon")

    desk.locator(".messages").get_by_role("link", name="Ouvrir maintenant").click()
    desk.get_by_role("main").get_by_role("button", name=re.compile("Ouvrir")).click()

    desk.goto(f"/recherche/?q={title.replace(' ', '+')}")
    desk.get_by_role("link", name=title).click()
    expect(desk.get_by_role("heading", name="On marche où, la prochaine fois ?")).to_be_visible()


def test_a_moderator_takes_a_message_down_and_everyone_sees_why(desk, demonstration, phone):
    title = unique(phone, "Un mot de trop")
    sign_in(phone, demonstration, "habitant")
    open_forum(phone, project_with_a_forum(demonstration))
    write_topic(phone, title, "Celui qui a dessiné ce plan est un âne.")
    expect(phone.get_by_role("heading", name=title)).to_be_visible()
    place = phone.get_by_role("article").filter(has_text=title).get_by_role("link").first.get_attribute("href")

    sign_in(desk, demonstration, "modérateur")
    desk.goto(place)
    desk.get_by_role("article").first.get_by_role("link", name=re.compile("Modérer")).click()
    desk.locator(".queue-item__acts summary").click()
    desk.get_by_role("radio", name="propos injurieux").check()
    desk.locator("[name=act][value=withhold]").click()
    expect(desk.locator(".messages")).to_be_visible()

    desk.context.clear_cookies()
    desk.goto(place)
    expect(desk.get_by_text("Message retiré par la modération")).to_be_visible()
    expect(desk.get_by_text("est un âne")).to_have_count(0)


def test_what_one_writes_in_the_page_is_said_and_seen(chromium, demonstration):
    """With JavaScript, in the page that embeds the forum: no reload, focus on the answer, the message on the screen."""
    context = chromium.new_context(base_url=demonstration.url, viewport=PHONE, locale="fr-FR")
    page = context.new_page()
    page.has_javascript = True
    sign_in(page, demonstration, "habitant")
    title = unique(page, "Un banc de plus")
    open_forum(page, project_with_a_forum(demonstration))

    write_topic(page, title, "Devant la poste, à l’ombre.")
    expect(page.locator("[tabindex='-1']:focus")).to_contain_text("Votre message est publié")
    page.get_by_role("link", name="Voir votre message").click()
    article = page.get_by_role("article").filter(has_text=title)
    expect(article).to_be_in_viewport()

    article.get_by_role("button", name=re.compile("À nuancer")).click()
    expect(article.get_by_role("button", name=re.compile("À nuancer"))).to_have_attribute("aria-pressed", "true")
    expect(article.get_by_role("button", name=re.compile("À nuancer"))).to_be_focused()

    thread = page.locator(".topics > li").filter(has_text=title).locator(".topic-replies")
    thread.get_by_role("link").click()
    thread.locator("summary").first.click()
    thread.get_by_label("Votre message").first.fill("Et une fontaine.")
    thread.get_by_role("button", name="Publier ma réponse").first.click()
    expect(page.locator("[tabindex='-1']:focus")).to_contain_text("Votre message est publié")
    expect(thread.get_by_text("Et une fontaine.")).to_be_visible()
    context.close()


def test_the_home_page_is_read_in_english_and_back(phone):
    phone.goto("/")
    phone.get_by_role("link", name="English").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Take part, and know what it changes")
    expect(phone.get_by_role("heading", name="You read")).to_be_visible()

    phone.get_by_role("link", name="Français").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Participer, et savoir ce que ça change")
