"""Plain pages, the parts of organisations, and the words a body is written with."""

import gc
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import PageViewRestriction

from experiences.models import ExperienceSectionPage
from home.models import TextPage
from participation.blocks import ACTIVITY_BLOCKS
from tests import factories

RICH = "<p>Un paragraphe <b>important</b>.</p>"


def a_page(home_page, body=(), **fields) -> TextPage:
    page = home_page.add_child(instance=TextPage(**{"title": "À propos", "slug": "a-propos", **fields}))
    page.body = [{"type": kind, "value": value} for kind, value in body]
    page.save_revision().publish()
    return page


def main_of(response) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser").main


def levels(response) -> list[int]:
    """The levels of its headings, in order."""
    return [int(heading.name[1]) for heading in main_of(response).find_all(["h1", "h2", "h3", "h4"])]


def skips_none(found: list[int]) -> bool:
    return found[:1] == [1] and found.count(1) == 1 and all(b <= a + 1 for a, b in pairwise(found))


def test_a_page_says_what_it_is_to_those_who_share_it(client, home_page):
    page = a_page(home_page, summary="Qui nous sommes, et « pourquoi ».")

    head = BeautifulSoup(client.get(page.url).text, "html.parser").head

    assert head.title.text == "À propos · La Placette"
    assert head.find("meta", {"name": "description"})["content"] == "Qui nous sommes, et « pourquoi »."
    assert head.find("meta", property="og:title")["content"] == "À propos"
    assert head.find("meta", property="og:image")["content"].startswith("http://testserver/static/")
    assert head.find("link", rel="canonical")["href"] == page.full_url


def test_the_breadcrumb_leads_home(client, home_page):
    section = a_page(home_page, title="Charte", slug="charte")
    page = a_page(section, title="Modération", slug="moderation")

    items = BeautifulSoup(client.get(page.url).text, "html.parser").select(".breadcrumb li")

    assert [item.text for item in items] == ["Accueil", "Charte", "Modération"]
    assert items[0].a["href"] == "/"
    assert items[2].find(attrs={"aria-current": "page"})


def test_a_long_page_has_a_list_of_its_headings(client, home_page):
    titles = ["Qui répond", "Vos données", "Vos droits", "Nous écrire"]
    page = a_page(home_page, [("heading", {"text": title}) for title in titles])

    main = main_of(client.get(page.url))

    links = main.select(".contents a")
    assert [link.text for link in links] == titles
    assert all(main.find("h2", id=link["href"][1:]) for link in links)


def test_a_short_page_has_none(client, home_page):
    page = a_page(home_page, [("heading", {"text": "Qui répond"})])

    assert not main_of(client.get(page.url)).select(".contents")


# Wagtail leaves to the collector the temporary file of the pictures it makes.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_word_of_a_body_is_drawn(client, home_page):
    document = get_document_model().objects.create(title="Le plan", file=ContentFile(b"plan", name="plan.pdf"))
    image = get_image_model().objects.create(title="La place", file=get_test_image_file())
    other = a_page(home_page, title="Mentions légales", slug="mentions", summary="Qui édite ce site.")
    words = {
        "heading": ({"text": "Le début"}, "Le début"),
        "paragraph": (RICH, "<b>important</b>"),
        "quote": ({"text": "Je viens pour les tomates.", "author": "Une passante"}, "Une passante"),
        "callout": ({"title": "À retenir", "text": RICH}, "À retenir"),
        "figure": (
            {"image": image.pk, "alt": "Une place et son platane", "caption": "Photo : la commune"},
            "Une place et son",
        ),
        "scene": ({"scene": "market", "caption": "Un samedi"}, "Un samedi"),
        "key_figures": ({"title": "Le relevé", "figures": [{"value": "23", "label": "places"}]}, "Le relevé"),
        "steps": (
            {"title": "Du carton au mélèze", "steps": [{"title": "La maquette", "text": "En mars."}]},
            "La maquette",
        ),
        "questions": (
            {"title": "On demande", "questions": [{"question": "Et s’il pleut ?", "answer": RICH}]},
            "Et s’il pleut ?",
        ),
        "terms": ({"terms": [{"term": "COPIL", "definition": "Comité de pilotage."}]}, "Comité de pilotage."),
        "pages": ({"title": "À lire aussi", "pages": [other.pk]}, "Qui édite ce site."),
        "download": ({"document": document.pk, "description": "Au 1/200"}, "PDF, 4"),
        "video": ({"title": "Le film", "url": "https://video.example/1", "transcript": RICH}, "Le film"),
        "contact": ({"who": "Service urbanisme", "how": "Le matin.\n- par téléphone"}, "par téléphone"),
    }
    page = a_page(home_page, [(kind, value) for kind, (value, _seen) in words.items()])

    answer = client.get(page.url)

    assert set(words) == set(page.body.stream_block.child_blocks) - set(dict(ACTIVITY_BLOCKS))
    for kind, (_value, seen) in words.items():
        assert seen in answer.text, kind
    assert skips_none(levels(answer))
    assert "style=" not in str(main_of(answer))
    assert main_of(answer).select_one(".picture img")["alt"] == "Une place et son platane"
    gc.collect()


def test_words_without_a_title_skip_no_level_of_heading(client, home_page):
    steps = {"title": "", "steps": [{"title": "La maquette", "text": ""}]}
    page = a_page(home_page, [("steps", steps), ("callout", {"title": "À retenir", "text": RICH})])

    assert skips_none(levels(client.get(page.url)))


def test_a_block_whose_row_is_gone_draws_nothing(client, home_page):
    document = get_document_model().objects.create(title="Le plan", file=ContentFile(b"plan", name="plan.pdf"))
    page = a_page(home_page, [("download", {"document": document.pk, "description": ""}), ("paragraph", RICH)])
    document.delete()

    answer = client.get(page.url)

    assert answer.status_code == 200
    assert "Télécharger" not in answer.text
    assert "important" in answer.text


def test_a_page_that_is_private_or_a_draft_is_no_card(client, home_page):
    private = a_page(home_page, title="Réservée", slug="reservee")
    PageViewRestriction.objects.create(page=private, restriction_type=PageViewRestriction.LOGIN)
    draft = a_page(home_page, title="Brouillon", slug="brouillon")
    draft.unpublish()
    page = a_page(home_page, [("pages", {"title": "", "pages": [private.pk, draft.pk]})])

    text = client.get(page.url).text

    assert "Réservée" not in text
    assert "Brouillon" not in text


def test_the_part_of_an_organisation_presents_it_and_its_pages(client, home_page, territories):
    organisation = factories.an_organisation("Commune de Thoard", presentation="Six cents habitants.", contact="Mairie")
    inventory = factories.an_inventory(home_page)
    section = inventory.add_child(
        instance=ExperienceSectionPage(title="Thoard", slug="thoard", organisation=organisation)
    )
    for title in ["La place", "Le four"]:
        sheet = factories.a_sheet(home_page, title, territories=[territories["04217"]])
        sheet.move(section, pos="last-child")

    text = client.get(section.url).text

    assert "Six cents habitants." in text
    assert "La place" in text
    assert "Le four" in text


def test_a_part_without_pages_says_so(client, home_page, organisation):
    section = factories.an_inventory(home_page).add_child(
        instance=ExperienceSectionPage(title="Thoard", slug="thoard", organisation=organisation)
    )

    assert "Rien pour l’instant" in client.get(section.url).text


def test_queries_of_a_part_do_not_grow_with_its_pages(
    client, home_page, organisation, territories, django_assert_max_num_queries
):
    inventory = factories.an_inventory(home_page)
    section = inventory.add_child(
        instance=ExperienceSectionPage(title="Thoard", slug="thoard", organisation=organisation)
    )
    for number in range(6):
        factories.a_sheet(home_page, f"Fiche {number}", territories=list(territories.values())[:4]).move(
            section, pos="last-child"
        )

    client.get(section.url, {"a": "b"})  # so that the types of content are known

    with django_assert_max_num_queries(21):
        client.get(section.url)
