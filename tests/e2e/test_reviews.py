"""A document discussed from end to end: an agent who imports it, a resident on a phone, a new version, a third party."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from .axe import violations
from .conftest import DESKTOP
from .test_journeys import sign_in, sign_up, unique
from .test_votes import page_of, verifier

pytestmark = pytest.mark.browser

ARTICLES = ["Informer", "Écouter", "Réunir", "Décider", "Écrire", "Compter", "Répondre", "Évaluer"]
SEVENTH = "La commune répond à chaque contribution dans un délai de trois mois."
PROPOSED = "La commune répond à chaque contribution, par écrit, dans un délai d’un mois."
TEXT = "## Ce que la commune promet\n\n" + "\n\n".join(
    f"### Article {number}. {title}\n\n{SEVENTH if number == 7 else f'Pour {title.lower()}, la commune prend le temps qu’il faut.'}"
    for number, title in enumerate(ARTICLES, 1)
)


@pytest.fixture
def desk(chromium, demonstration):
    """An agent's own screen, signed in."""
    context = chromium.new_context(base_url=demonstration.url, viewport=DESKTOP, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    sign_in(page, demonstration, "agent")
    yield page
    context.close()


def open_document(desk: Page, tmp_path, title: str) -> str:
    """Create it, import its text, open it; returns its address in the admin."""
    file = tmp_path / "charte.md"
    file.write_text(TEXT)
    desk.goto("/admin/documents-a-discuter/add/")
    desk.locator("[name=title]").fill(title)
    desk.locator("[name=question]").fill("Qu’est-ce qui manque ?")
    desk.get_by_role("button", name=re.compile("Enregistrer|Créer")).first.click()
    desk.get_by_role("main").get_by_role("link", name=title).click()
    desk.get_by_role("link", name="Le texte").first.click()
    desk.get_by_role("link", name="Importer un fichier").first.click()
    desk.locator("[name=file]").set_input_files(file)
    desk.get_by_role("button", name="Envoyer le fichier").click()
    expect(desk.get_by_role("main")).to_contain_text(SEVENTH)
    desk.get_by_role("button", name="L’écrire dans la version en préparation").click()
    expect(desk.get_by_role("main")).to_contain_text("Article 7, passage 1")
    return desk.url


def release(desk: Page) -> None:
    desk.get_by_role("link", name="Réglages").click()
    desk.get_by_role("link", name="Ouvrir…").first.click()
    desk.get_by_role("main").get_by_role("button", name=re.compile("Ouvrir")).click()


def find(phone: Page, title: str) -> None:
    phone.goto("/participation/")
    phone.get_by_role("heading", name=title).get_by_role("link").click()


def unfold(phone: Page, passage: str) -> None:
    """To the remarks on a passage: beside it with JavaScript, on their own page without."""
    phone.get_by_role("link", name=re.compile(rf": {passage}$")).click()
    if not phone.has_javascript:
        expect(phone.get_by_role("heading", name=passage)).to_be_visible()


def test_a_proposed_wording_is_followed_to_the_version_that_takes_it(phone, desk, demonstration, tmp_path):
    title = f"La charte du bourg {time.monotonic_ns() % 1_000_000}"
    text_screen = open_document(desk, tmp_path, title)
    release(desk)

    # A resident comments article 7, and is asked who they are only then.
    find(phone, title)
    unfold(phone, "Article 7, passage 1")
    phone.get_by_label("Votre message").fill("Trois mois, c’est le temps d’oublier la question.")
    phone.get_by_role("button", name="Publier ma remarque").click()
    phone.get_by_role("link", name="Créer mon compte").first.click()
    author = unique(phone, "Relectrice")
    sign_up(phone, demonstration, author, f"relectrice-{time.monotonic_ns()}@exemple.fr")
    phone.get_by_role("button", name="Publier votre remarque").click()
    expect(phone.get_by_text("Votre remarque est publiée.")).to_be_visible()
    # And proposes another wording.
    find(phone, title)
    unfold(phone, "Article 7, passage 1")
    expect(phone.get_by_text("c’est le temps d’oublier")).to_be_visible()
    phone.get_by_text("Proposer une autre rédaction").click()
    wording = phone.get_by_label("Le passage comme vous le voudriez")
    expect(wording).to_have_value(SEVENTH)
    wording.fill(PROPOSED)
    phone.get_by_label("Pourquoi").fill("Un mois, c’est tenable.")
    phone.get_by_role("button", name="Publier ma proposition").click()
    expect(phone.get_by_text("Votre remarque est publiée.")).to_be_visible()
    amendment = phone.locator(".remark-amendment").filter(has_text="Un mois, c’est tenable.")
    expect(amendment.locator("ins").first).to_be_visible()
    address = amendment.locator(".message-head a").get_attribute("href")
    assert violations(phone) == []

    # The carrier takes it into version 2.
    desk.goto(text_screen)
    desk.get_by_role("link", name="Les remarques").click()
    desk.get_by_role("row").filter(has_text="Un mois, c’est tenable.").get_by_role("link", name="Traiter").click()
    expect(desk.get_by_label("Le passage dans la prochaine version")).to_have_value(PROPOSED)
    desk.get_by_label("Un mot à son auteur").fill("Le secrétariat peut tenir un mois.")
    desk.get_by_role("button", name="La retenir", exact=True).click()
    desk.goto(text_screen)
    desk.get_by_role("link", name="Publier…").click()
    desk.get_by_label("Ce qui change, et pourquoi").fill("On répond en un mois.")
    desk.get_by_role("button", name="La publier maintenant").click()
    expect(desk.get_by_text("La version 2 est publiée.")).to_be_visible()

    # The resident sees what became of it, the comparison names it, the record verifies.
    phone.goto(address)
    expect(phone.locator(".remark-amendment")).to_contain_text("Retenue dans la version 2")
    expect(phone.locator(".remark-amendment")).to_contain_text("Le secrétariat peut tenir un mois.")
    expect(phone.locator(".remark-amendment")).to_contain_text(SEVENTH)
    assert violations(phone) == []
    phone.get_by_role("link", name="voir ce que change la version 2").click()
    expect(phone.locator(".change")).to_have_count(1)
    expect(phone.locator(".change ins").first).to_contain_text(", par écrit,")
    expect(phone.locator(".change").get_by_role("link", name=author)).to_be_visible()
    assert violations(phone) == []
    phone.goto("/compte/")
    expect(phone.get_by_text("Retenue dans la version 2").first).to_be_visible()
    phone.get_by_role("link", name=re.compile("Mon reçu.*Un mois")).click()
    expect(phone.locator(".receipt")).to_contain_text("Article 7, passage 1, version 1")
    expect(phone.locator(".receipt")).to_contain_text(SEVENTH)
    for record in demonstration.json("/registre/index.json"):
        code, said = verifier(demonstration, record["slug"], tmp_path)
        assert code == 0, said


def test_the_charter_is_read_compared_and_filtered(phone, demonstration):
    project = page_of(demonstration, "concertation+sur+la+concertation")
    phone.goto(project)
    place = phone.locator("section.activity").filter(has_text="Charte de la participation").first
    if phone.has_javascript:
        place.scroll_into_view_if_needed()
        expect(place.locator(".passage").first).to_be_visible()
    else:
        place.get_by_role("link", name=re.compile("Lire")).click()
    assert violations(phone) == []
    phone.get_by_role("link", name=re.compile("Ce qui a changé depuis la version 1")).click()
    expect(phone.locator(".change").first).to_be_visible()
    expect(phone.get_by_text(re.compile("D’après l(a|es) remarques? de")).first).to_be_visible()
    assert violations(phone) == []
    phone.locator("main").get_by_role("link", name="Charte de la participation").first.click()
    phone.get_by_role("link", name="Toutes les remarques").click()
    phone.locator("[name=genre]").select_option("amendment")
    phone.get_by_role("button", name="Afficher").click()
    expect(phone.locator(".remark").first).to_contain_text("Rédaction proposée")
    assert phone.locator(".remark").count() == phone.locator(".remark-amendment").count()
    assert violations(phone) == []


def test_words_that_are_selected_are_quoted(phone, demonstration):
    if not phone.has_javascript:
        pytest.skip("selecting words is an enhancement: without JavaScript one comments the whole passage")
    sign_in(phone, demonstration, "habitant")
    phone.goto("/participation/")
    phone.get_by_role("heading", name="Charte de la participation").get_by_role("link").click()
    phone.locator("section.activity").filter(has_text="Charte de la participation").first.scroll_into_view_if_needed()
    passage = phone.locator(".passage-paragraph").first
    passage.scroll_into_view_if_needed()
    words = passage.locator("[data-words]")
    chosen = words.evaluate(
        """element => {
            const text = element.firstChild, range = document.createRange();
            range.setStart(text, 3); range.setEnd(text, 20);
            getSelection().removeAllRanges(); getSelection().addRange(range);
            return range.toString();
        }"""
    )
    passage.get_by_role("button", name="Commenter les mots choisis").click()
    expect(passage.locator(".quoted").first).to_contain_text(chosen)
    passage.get_by_label("Votre message").fill("Ces mots-là, justement.")
    passage.get_by_role("button", name="Publier ma remarque").click()
    own = passage.locator(".remark").filter(has_text="Ces mots-là, justement.")
    expect(own.locator(".quoted")).to_have_text(chosen)


def test_what_one_has_begun_to_write_is_not_lost_in_the_text(phone, demonstration):
    if not phone.has_javascript:
        pytest.skip("without JavaScript each passage has a page of its own")
    sign_in(phone, demonstration, "habitant")
    phone.goto("/participation/")
    phone.get_by_role("heading", name="Charte de la participation").get_by_role("link").click()
    document = phone.locator("section.activity").filter(has_text="Charte de la participation").first
    document.scroll_into_view_if_needed()
    passage = document.locator(".passage").filter(has=phone.locator(".passage-way.has-remarks")).first
    way = passage.locator(".passage-way")
    way.click()
    passage.locator(".write summary").first.click()
    passage.get_by_label("Votre message").fill("Un début de phrase")

    # Folded by the keyboard, then unfolded: nothing is asked for again.
    passage.get_by_label("Votre message").press("Escape")
    expect(passage.get_by_label("Votre message")).to_be_hidden()
    expect(way).to_be_focused()
    expect(way).to_have_attribute("aria-expanded", "false")
    way.press("Enter")
    expect(passage.get_by_label("Votre message")).to_have_value("Un début de phrase")

    # The other form is sent: what was begun in this one stays.
    passage.get_by_text("Proposer une autre rédaction").click()
    wording = passage.get_by_label("Le passage comme vous le voudriez")
    wording.fill(wording.input_value() + " Et c’est tout.")
    passage.get_by_label("Pourquoi").fill("Pour finir.")
    passage.get_by_role("button", name="Publier ma proposition").click()
    expect(passage.get_by_text("Votre remarque est publiée.")).to_be_visible()
    expect(passage.get_by_label("Votre message")).to_have_value("Un début de phrase")
    expect(way).to_contain_text("amendement")
    assert violations(phone) == []
