"""Two moderators and a full queue; the author of a text that is not shown, who reads why and is heard."""

import os
import re
import subprocess
import sys
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from .axe import violations
from .conftest import DESKTOP, ROOT
from .test_journeys import open_forum, project_with_a_forum, sign_in, unique, write_topic

pytestmark = pytest.mark.browser

FULL = 200
"""Messages that wait."""

FILL = """
from participation.consultations.actions import create_activity, release_activity
from participation.consultations.models import Activity, Consultation
from participation.forum.actions import post_message
from participation.forum.models import Forum
from participation.people.models import User

consultation = Consultation.objects.filter(access="public", log__closed_at=None, log__isnull=False).first()
forum = Forum(consultation=consultation, title={title!r}, moderation=Activity.Moderation.BEFORE)
forum = release_activity(create_activity(forum))
author = User.objects.get(email={author!r})
for number in range({count}):
    post_message(forum, author, title=f"Message {{number}}", body={title!r} + f", message numéro {{number}}.")
print(consultation.pk)
"""


def fill(demonstration, title: str, author: str, count: int) -> str:
    """A forum read beforehand, with so many messages that wait; returns the number of its consultation."""
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "shell",
            "--no-imports",
            "--command",
            FILL.format(title=title, author=author, count=count),
        ],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings.demo", "PORTAL_VAR": str(demonstration.var)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.split()[-1]


@pytest.fixture
def desk(chromium, demonstration):
    """Opens a window of its own for somebody: role → page, signed in."""
    contexts = []

    def open_for(role: str, **options) -> Page:
        context = chromium.new_context(base_url=demonstration.url, viewport=DESKTOP, locale="fr-FR", **options)
        contexts.append(context)
        page = context.new_page()
        page.has_javascript = options.get("java_script_enabled", True)
        page.set_default_timeout(15_000)
        sign_in(page, demonstration, role)
        return page

    yield open_for
    for context in contexts:
        context.close()


def test_two_moderators_empty_a_full_queue_by_keyboard_and_no_page_is_loaded_again(desk, demonstration):
    title = "File pleine"
    consultation = fill(demonstration, title, demonstration.accounts["habitant"][0], FULL)
    pages = [desk("modérateur"), desk("animateur")]
    loaded = []
    for page in pages:
        page.goto(f"/admin/moderation/?q={quote(title)}&consultation={consultation}")
        page.on("framenavigated", lambda frame: loaded.append(frame.url))
        page.locator("[data-queue] article").first.focus()

    # In turns, a key each: the second often finds that the first was quicker.
    for turn in range(3 * FULL):
        page = pages[turn % 2]
        if all(page.locator("[data-queue] article").count() == 0 for page in pages):
            break
        if page.locator("[data-queue] article").count() == 0:
            continue
        said = page.locator("[data-said]")
        before = page.locator("[data-queue] article").first.get_attribute("id")
        page.keyboard.press("p" if turn % 5 else "r")
        if turn % 5 == 0:
            page.keyboard.press("1")
            page.keyboard.press("Enter")
        expect(page.locator(f"#{before}")).to_have_count(0, timeout=20_000)
        expect(said).not_to_be_empty()

    for page in pages:
        expect(page.locator("[data-queue] article")).to_have_count(0)
        expect(page.locator("[data-said]")).to_contain_text("Plus rien n’attend dans cette liste.")
    assert loaded == []
    pages[0].goto(f"/admin/moderation/?liste=retires&q={quote(title)}&consultation={consultation}")
    expect(pages[0].locator("[data-count=retires]")).to_have_text(re.compile(r"^(3\d|[4-9]\d)$"))
    assert violations(pages[0]) == []


def test_without_javascript_the_queue_works_all_the_same(desk, demonstration):
    title = "File sans script"
    consultation = fill(demonstration, title, demonstration.accounts["habitant"][0], 3)
    page = desk("modérateur", java_script_enabled=False)
    queue = f"/admin/moderation/?q={quote(title)}&consultation={consultation}"

    page.goto(queue)
    page.locator("article").first.get_by_role("button", name="Publier", exact=True).click()
    expect(page.get_by_text("Le message est publié.")).to_be_visible()
    assert "consultation=" in page.url
    for box in page.locator("article input[name=pk]").all():
        box.check()
    page.get_by_text("Agir sur plusieurs messages à la fois").click()
    page.locator("#bulk-reason").select_option(label="hors sujet")
    page.get_by_role("button", name="Refuser les messages cochés").click()

    expect(page.get_by_text("2 messages sont traités.")).to_be_visible()
    expect(page.locator("article")).to_have_count(0)


def test_the_author_of_a_message_taken_down_reads_why_appeals_and_is_heard(phone, desk, demonstration):
    title = unique(phone, "Un banc au soleil")
    sign_in(phone, demonstration, "habitant")
    open_forum(phone, project_with_a_forum(demonstration))
    write_topic(phone, title, "Il manque un banc au soleil, devant l’école.")
    place = phone.get_by_role("article").filter(has_text=title).get_by_role("link").first.get_attribute("href")
    moderator = desk("modérateur")
    moderator.goto(place)
    moderator.get_by_role("article").first.get_by_role("link", name=re.compile("Modérer")).click()
    moderator.locator(".queue-item__acts summary").click()
    moderator.get_by_role("radio", name="hors sujet").check()
    moderator.locator("[name=act][value=withhold]").click()
    expect(moderator.locator(".messages")).to_be_visible()

    phone.goto("/compte/")
    phone.get_by_role("listitem").filter(has_text="devant l’école").first.get_by_role(
        "link", name=re.compile("Pourquoi")
    ).click()
    expect(phone.get_by_text("Hors sujet", exact=True)).to_be_visible()
    assert violations(phone) == []
    phone.get_by_label(re.compile("Pourquoi votre message devrait-il")).fill("Le banc est dans le projet.")
    phone.get_by_role("button", name="Déposer mon recours").click()
    expect(phone.get_by_text("Votre recours est déposé.")).to_be_visible()

    other = desk("animateur")
    other.goto("/admin/moderation/?liste=recours")
    appeal = other.locator("article").filter(has_text=title)
    assert violations(other) == []
    appeal.get_by_role("radio", name=re.compile("afficher de nouveau")).check()
    appeal.get_by_label("Votre réponse à l’auteur").fill("Vous avez raison.")
    appeal.get_by_role("button", name="Répondre").click()
    expect(appeal).to_have_count(0)

    phone.reload()
    expect(phone.get_by_text("Votre recours est accepté.")).to_be_visible()
    expect(phone.get_by_text("Vous avez raison.")).to_be_visible()
    phone.goto(place)
    expect(phone.get_by_role("heading", name=title)).to_be_visible()


def test_everybody_reads_how_the_site_is_moderated(phone, demonstration):
    phone.goto("/participation/moderation/")

    expect(phone.get_by_role("heading", level=1)).to_have_text("Comment le site est modéré")
    assert violations(phone) == []
    phone.locator("#each ~ ul a").first.click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("La modération de")
    assert violations(phone) == []
