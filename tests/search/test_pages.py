"""Pages come and go with what editors do; nobody finds what they may not read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale, PageViewRestriction

from experiences.models import ExperienceIndexPage, JournalEntryPage, ProjectSectionPage
from home.models import TextPage
from participation.vocabulary.models import Theme
from search import outbox
from search.engines import engine
from search.query import Query
from tests.factories import a_consultation, a_project, a_sheet, an_inventory

pytestmark = pytest.mark.django_db


@pytest.fixture
def editing(django_capture_on_commit_callbacks):
    """Within it, commits set off what they do outside tests."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def indexed():
    return lambda text="", **scope: {
        document.title for document in engine().search(Query(text=text, scope=scope)).documents
    }


@pytest.fixture
def shown(client):
    """The titles that a visitor finds, without waiting for the index."""
    return lambda text="", **parameters: {
        result["title"]
        for result in client.get("/recherche/", {"q": text, "format": "json", **parameters}).json()["results"]
    }


@pytest.fixture
def page(home_page):
    page = home_page.add_child(instance=TextPage(title="La digue"))
    outbox.rebuild()
    return page


def test_publishing_a_revision_is_found(page, editing, indexed):
    page.title = "Le pont"
    revision = page.save_revision()
    assert indexed("digue") == {"La digue"}

    with editing():
        revision.publish()

    assert indexed("pont") == {"Le pont"}
    assert indexed("digue") == set()


def test_a_draft_changes_nothing(page, editing, indexed):
    with editing():
        page.title = "Le pont"
        page.save_revision()

    assert indexed() == {"La Placette", "La digue"}


def test_an_unpublished_page_disappears_at_once(page, editing, indexed, shown):
    page.unpublish()
    assert shown() == {"La Placette"}
    assert indexed() == {"La Placette", "La digue"}

    outbox.drain()

    assert indexed() == {"La Placette"}


def test_a_deleted_page_disappears_at_once(page, editing, indexed, shown):
    page.delete()
    assert shown() == {"La Placette"}

    outbox.drain()

    assert indexed() == {"La Placette"}


def test_a_page_made_private_disappears_at_once_with_all_below(page, indexed, shown):
    page.add_child(instance=TextPage(title="Sous la digue"))
    outbox.drain()
    assert shown("digue") == {"La digue", "Sous la digue"}

    restriction = PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    assert shown("digue") == set()
    outbox.drain()
    assert indexed("digue") == set()

    restriction.delete()
    outbox.drain()
    assert shown("digue") == {"La digue", "Sous la digue"}


def test_a_page_moved_into_a_private_section_disappears_at_once(page, home_page, indexed, shown):
    private = home_page.add_child(instance=TextPage(title="Privé"))
    PageViewRestriction.objects.create(page=private, restriction_type=PageViewRestriction.LOGIN)

    page.move(private, "last-child")

    assert shown("digue") == set()
    outbox.drain()
    assert indexed("digue") == set()


def test_the_total_and_the_facets_leave_out_what_has_just_disappeared(page, client):
    page.unpublish()

    answer = client.get("/recherche/", {"format": "json"}).json()

    assert answer["total"] == 1
    assert [option["count"] for option in answer["facets"]["type"]] == [1]


@pytest.mark.parametrize("how", ["slug", "move"])
def test_an_address_that_changes_is_followed_by_the_pages_below(page, home_page, editing, client, how):
    below = page.add_child(instance=TextPage(title="Sous la digue", slug="dessous"))
    other = home_page.add_child(instance=TextPage(title="Ailleurs", slug="ailleurs"))
    outbox.drain()

    with editing():
        if how == "slug":
            page.slug = "le-pont"
            page.save()
        else:
            page.move(other, "last-child")

    below.refresh_from_db()
    (result,) = client.get("/recherche/", {"q": "sous", "format": "json"}).json()["results"]
    assert result["url"] == below.get_url()
    assert client.get(result["url"]).status_code == 200


def test_journal_entries_follow_their_project(home_page, territories, editing, indexed):
    project = a_project(home_page, territories=[territories["04070"]])
    project.add_child(instance=JournalEntryPage(title="Première réunion"))
    outbox.rebuild()
    assert indexed(territoire=("04209",)) == set()

    with editing():
        project.territories = [territories["04209"]]
        project.save_revision().publish()

    assert "Première réunion" in indexed(territoire=("04209",))


def test_a_project_follows_its_consultation(home_page, editing, indexed):
    consultation = a_consultation("Les bus", degree="consultation")
    project = a_project(home_page, "Les bus", consultation=consultation)
    outbox.rebuild()
    assert "Les bus" in indexed(degre=("consultation",))

    with editing():
        consultation.degree = "co-elaboration"
        consultation.save()

    assert project.title in indexed(degre=("co-elaboration",))


def test_an_empty_section_of_an_organisation_is_no_result(home_page, organisation, titles):
    index = a_project(home_page).get_parent()
    index.add_child(instance=ProjectSectionPage(title="Ville de Digne", slug="digne", organisation=organisation))
    index.add_child(
        instance=ProjectSectionPage(
            title="Ville d’Aiglun", slug="aiglun", organisation=organisation, summary="Nos projets."
        )
    )

    assert titles("ville") == ["Ville d’Aiglun"]


def test_a_page_in_another_language_is_shown_to_those_who_read_it(home_page, client, shown):
    english = Locale.objects.get_or_create(language_code="en")[0]
    home_page.copy_for_translation(english).save_revision().publish()
    page = home_page.add_child(instance=TextPage(title="La digue"))
    home_page.add_child(instance=TextPage(title="La digue seule"))
    translation = page.copy_for_translation(english)
    translation.title = "The dyke (digue)"
    translation.save_revision().publish()
    outbox.rebuild()

    in_english = client.get("/en/recherche/", {"q": "digue", "format": "json"}).json()["results"]

    assert shown("digue") == {"La digue", "La digue seule"}
    assert {result["title"] for result in in_english} == {"The dyke (digue)", "La digue seule"}
    assert {result["url"].startswith("/en/") for result in in_english} == {True, False}


def test_an_alias_is_as_private_as_its_source(page, home_page, indexed, shown):
    english = Locale.objects.get_or_create(language_code="en")[0]
    home_page.copy_for_translation(english, alias=True)
    page.copy_for_translation(english, alias=True)
    outbox.drain()

    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    outbox.rebuild()

    assert indexed("digue") == set()


def test_sheets_are_read_in_as_many_queries_however_many_they_are(home_page, territories):
    from home.search import PageSource

    def queries_to_read(sheets: int) -> int:
        for number in range(sheets):
            themes = [Theme.objects.get(slug="mobilites")]
            communes = [territories["04070"], territories["05118"]]
            a_sheet(home_page, f"Fiche {sheets} {number}", territories=communes, themes=themes)
        with CaptureQueriesContext(connection) as queries:
            list(PageSource().documents())
        return len(queries)

    queries_to_read(1)

    assert queries_to_read(2) == queries_to_read(8)


def test_all_sheets_are_read_in_few_queries(home_page, django_assert_max_num_queries):
    for number in range(3):
        a_sheet(home_page, f"Fiche {number}")
    an_inventory(home_page)
    from home.search import PageSource

    with django_assert_max_num_queries(70):
        documents = list(PageSource().documents())

    assert len(documents) == 5
    assert ExperienceIndexPage.objects.get().title in {document.title for document in documents}
