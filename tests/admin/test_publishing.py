"""An agent publishes a sheet with a forum in it, a project and its journal, by the forms they see."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale
from wagtail.test.utils.form_data import rich_text, streamfield

from experiences.models import ExperiencePage, JournalEntryPage, ProjectPage
from participation.consultations import actions
from participation.consultations.models import Consultation, State
from participation.forum.models import Forum
from participation.vocabulary.models import Territory, Theme
from tests import factories

from .conftest import page_form_of, said

pytestmark = pytest.mark.django_db

PUBLISH = {"action-publish": "1"}


@pytest.fixture
def new_sheet(site) -> str:
    return reverse("wagtailadmin_pages:add", args=["experiences", "experiencepage", site.section.pk])


@pytest.fixture
def draft(site):
    """A forum of Digne that nobody has opened yet."""
    consultation = factories.a_consultation("Le marché", organiser=site.digne)
    return factories.a_forum("Que garder du marché ?", consultation=consultation, released=False)


def sheet_form(client, address, forum=None, **changes) -> dict:
    blocks = [("paragraph", rich_text("<p>Un samedi, sous les platanes.</p>"))]
    if forum:
        blocks.append(("forum", {"activity": forum.pk}))
    fields = {"title": "Le marché aux paroles", "slug": "le-marche-aux-paroles", **changes}
    return page_form_of(client, address, body=streamfield(blocks), **fields)


def test_a_forum_created_in_the_editor_is_a_draft_of_the_conversations_of_the_year(as_agent, site):
    address = reverse("wagtailsnippetchoosers_forum_forum:create")
    proposed = as_agent.get(reverse("wagtailsnippetchoosers_forum_forum:choose")).json()["html"]
    year = timezone.localdate().year

    answer = as_agent.post(
        address,
        {
            "title": "Que garder du marché ?",
            "question": "Dites-le.",
            "belongs_to": f"year-{site.digne.pk}",
            "closes_at": "",
        },
    ).json()

    forum = Forum.objects.get()
    assert answer["result"] == {
        "id": str(forum.pk),
        "string": "Que garder du marché ? (brouillon)",
        "edit_url": reverse("wagtailsnippets_forum_forum:edit", args=[forum.pk]),
    }
    assert forum.state() == State.DRAFT
    assert (forum.consultation.organiser, forum.consultation.site_year) == (site.digne, year)
    assert f'<option value="year-{site.digne.pk}" selected>' in proposed
    assert site.thoard.name not in proposed


def test_the_same_year_has_one_permanent_consultation_for_each_organisation(client, site):
    for person, organisation in [(site.agent, site.digne), (site.neighbour, site.thoard), (site.agent, site.digne)]:
        client.force_login(person)
        client.post(
            reverse("wagtailsnippetchoosers_forum_forum:create"),
            {"title": "Et ici ?", "question": "", "belongs_to": f"year-{organisation.pk}", "closes_at": ""},
        )

    assert {row.organiser for row in Consultation.objects.of_the_site()} == {site.digne, site.thoard}
    assert Forum.objects.count() == 3


def test_a_forum_is_not_created_in_somebody_else_s_consultation(as_agent, site):
    theirs = factories.a_consultation("La place de Thoard", organiser=site.thoard)
    address = reverse("wagtailsnippetchoosers_forum_forum:create")

    for choice in [str(theirs.pk), f"year-{site.thoard.pk}", "year-0", "n’importe quoi"]:
        answer = as_agent.post(address, {"title": "Pris", "question": "", "belongs_to": choice, "closes_at": ""}).json()
        assert answer["step"] == "reshow_creation_form"

    assert not Forum.objects.exists()


def test_what_the_verb_refuses_is_said_in_the_form_that_creates_a_forum(as_agent, site, monkeypatch):
    def refuse(*args):
        raise ValidationError("Pas aujourd’hui.")

    monkeypatch.setattr(actions, "create_activity", refuse)

    answer = as_agent.post(
        reverse("wagtailsnippetchoosers_forum_forum:create"),
        {"title": "Que garder ?", "question": "", "belongs_to": f"year-{site.digne.pk}", "closes_at": ""},
    ).json()

    assert answer["step"] == "reshow_creation_form"
    assert "Pas aujourd’hui." in answer["htmlFragment"]
    assert 'value="Que garder ?"' in answer["htmlFragment"]
    assert not Consultation.objects.exists()


def test_a_sheet_is_published_with_its_facts_and_its_forum(as_agent, new_sheet, territories, draft):
    thoard = Territory.objects.get(name="Thoard")
    theme = Theme.objects.get(slug="democratie-locale")

    form = sheet_form(
        as_agent, new_sheet, draft, degree="consultation", stage="termine", started="03/05/2025", participants="80",
        strengths=rich_text("<p>On a parlé à tout le monde.</p>"), **PUBLISH,
    )  # fmt: skip
    # One name, several values: a dictionary with lists is what the test client sends as such.
    response = as_agent.post(new_sheet, {**form, "territories": [thoard.pk], "themes": [theme.pk]})

    sheet = ExperiencePage.objects.get()
    assert response.status_code == 302
    assert sheet.live
    assert (sheet.participants, str(sheet.started), sheet.degree) == (80, "2025-05-03", "consultation")
    assert [territory.name for territory in sheet.territories.all()] == ["Thoard"]
    assert [row.slug for row in sheet.themes.all()] == ["democratie-locale"]
    assert sheet.body[1].value["activity"] == draft
    assert "On a parlé à tout le monde." in as_agent.get(sheet.url).content.decode()


def test_publishing_opens_nothing_and_says_so(as_agent, new_sheet, draft):
    response = as_agent.post(new_sheet, sheet_form(as_agent, new_sheet, draft, **PUBLISH), follow=True)

    draft.refresh_from_db()
    page = ExperiencePage.objects.get()
    assert draft.state() == State.DRAFT
    assert "(forum) est encore un brouillon : personne ne le voit." in said(response).replace("\u00a0", " ")
    back = reverse("wagtailadmin_pages:edit", args=[page.pk]).replace("/", "%2F")
    assert f'href="{reverse("wagtailsnippets_forum_forum:release", args=[draft.pk])}?next={back}"' in said(response)
    assert "Ouvrir maintenant" in said(response)


def test_the_editor_says_it_too_until_the_forum_is_open(as_agent, new_sheet, draft):
    as_agent.post(new_sheet, sheet_form(as_agent, new_sheet, draft))
    address = reverse("wagtailadmin_pages:edit", args=[ExperiencePage.objects.get().pk])
    before = said(as_agent.get(address))

    response = as_agent.post(
        reverse("wagtailsnippets_forum_forum:release", args=[draft.pk]), {"next": address}, follow=True
    )

    assert "est encore un brouillon" in before
    assert response.redirect_chain[-1][0] == address
    assert "est encore un brouillon" not in said(response)
    draft.refresh_from_db()
    assert draft.is_open


def test_somebody_else_s_draft_is_mentioned_without_a_button(as_animator, client, site, draft):
    address = reverse("wagtailadmin_pages:add", args=["experiences", "experiencepage", site.neighbours_section.pk])
    as_animator.post(address, sheet_form(as_animator, address, draft))
    client.force_login(site.neighbour)

    editor = said(client.get(reverse("wagtailadmin_pages:edit", args=[ExperiencePage.objects.get().pk])))

    assert "est encore un brouillon" in editor
    assert "Ouvrir maintenant" not in editor


def test_two_sheets_may_bear_the_same_title(as_agent, new_sheet):
    for _ in range(3):
        as_agent.post(new_sheet, sheet_form(as_agent, new_sheet, **PUBLISH))

    slugs = ExperiencePage.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["le-marche-aux-paroles", "le-marche-aux-paroles-2", "le-marche-aux-paroles-3"]


def test_a_page_is_seen_before_it_is_published(as_agent, site, new_sheet, draft):
    preview = reverse("wagtailadmin_pages:preview_on_add", args=["experiences", "experiencepage", site.section.pk])
    data = sheet_form(as_agent, new_sheet, draft)

    assert as_agent.post(preview, data).json()["is_valid"]
    seen = as_agent.get(preview).content.decode()

    assert "Un samedi, sous les platanes." in seen
    assert draft.title in seen


def test_a_publication_is_put_off_to_its_date(as_agent, new_sheet):
    tomorrow = timezone.localtime() + timedelta(days=1)
    data = sheet_form(as_agent, new_sheet, go_live_at=tomorrow.strftime("%d/%m/%Y %H:%M"), **PUBLISH)
    as_agent.post(new_sheet, data)
    sheet = ExperiencePage.objects.get()
    waited = sheet.live

    with time_machine.travel(tomorrow + timedelta(minutes=1)):
        call_command("publish_scheduled", verbosity=0)

    sheet.refresh_from_db()
    assert not waited
    assert sheet.live


def test_what_is_submitted_waits_for_an_animator(as_agent, client, site, new_sheet):
    as_agent.post(new_sheet, sheet_form(as_agent, new_sheet, **{"action-submit": "1"}))
    sheet = ExperiencePage.objects.get()
    client.force_login(site.animator)

    home = said(client.get("/admin/"))
    state = sheet.current_workflow_task_state
    client.post(reverse("wagtailadmin_pages:workflow_action", args=[sheet.pk, "approve", state.pk]), {"comment": ""})

    sheet.refresh_from_db()
    assert "Le marché aux paroles" in home
    assert sheet.live


# ── Projects and journals ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_consultation_is_created_while_one_writes_a_project(as_agent, site):
    answer = as_agent.post(
        reverse("wagtailsnippetchoosers_consultations_consultation:create"),
        {
            "title": "Le plan de circulation",
            "organiser": site.digne.pk,
            "degree": "concertation",
            "negotiable": "Les sens uniques.",
            "not_negotiable": "Les rues aux écoles.",
        },
    ).json()

    consultation = Consultation.objects.get()
    assert answer["result"]["id"] == str(consultation.pk)
    assert (consultation.slug, consultation.organiser, consultation.degree) == (
        "le-plan-de-circulation", site.digne, "concertation",
    )  # fmt: skip


def test_nobody_creates_a_consultation_in_another_s_name(as_agent, site):
    answer = as_agent.post(
        reverse("wagtailsnippetchoosers_consultations_consultation:create"),
        {"title": "Pris", "organiser": site.thoard.pk, "degree": "information", "negotiable": "", "not_negotiable": ""},
    ).json()

    assert answer["step"] == "reshow_creation_form"
    assert not Consultation.objects.exists()


def test_a_project_and_an_entry_of_its_journal_are_published(as_agent, site):
    consultation = factories.a_consultation("Le plan de circulation", organiser=site.digne)
    new_project = reverse("wagtailadmin_pages:add", args=["experiences", "projectpage", site.projects_section.pk])
    as_agent.post(
        new_project,
        page_form_of(as_agent, new_project, title="Circuler", slug="circuler", consultation=consultation.pk, **PUBLISH),
    )
    project = ProjectPage.objects.get()
    new_entry = reverse("wagtailadmin_pages:add", args=["experiences", "journalentrypage", project.pk])
    as_agent.post(
        new_entry,
        page_form_of(
            as_agent, new_entry, title="Première réunion", slug="premiere-reunion", entry_kind="report", **PUBLISH
        ),
    )

    entry = JournalEntryPage.objects.get()
    assert (project.live, project.consultation) == (True, consultation)
    assert (entry.live, entry.entry_kind, entry.date) == (True, "report", timezone.localdate())


def test_a_project_does_not_tell_somebody_else_s_consultation(as_agent, site):
    theirs = factories.a_consultation("La place de Thoard", organiser=site.thoard)
    address = reverse("wagtailadmin_pages:add", args=["experiences", "projectpage", site.projects_section.pk])

    response = as_agent.post(
        address, page_form_of(as_agent, address, title="Pris", slug="pris", consultation=theirs.pk, **PUBLISH)
    )

    assert "celle d’une autre organisation" in said(response)
    assert not ProjectPage.objects.exists()


# ── The first screen ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_screen_leads_an_agent_to_what_they_come_for(as_agent, site, new_sheet):
    consultation = factories.a_consultation("Le plan de circulation", organiser=site.digne)
    project = site.projects_section.add_child(
        instance=ProjectPage(title="Circuler", slug="circuler", consultation=consultation)
    )

    home = said(as_agent.get("/admin/"))

    for words in ["Écrire une fiche", "Écrire au journal de bord", "Ouvrir un forum", "Modérer"]:
        assert words in home
    entry = reverse("wagtailadmin_pages:add", args=["experiences", "journalentrypage", project.pk])
    for address in [new_sheet, entry, reverse("wagtailsnippets_forum_forum:add"), reverse("moderation:queue")]:
        assert f'href="{address}"' in home
    assert all(
        as_agent.get(address).status_code == 200
        for address in [new_sheet, entry, reverse("wagtailsnippets_forum_forum:add")]
    )


def test_a_moderator_is_led_to_the_queue_alone(client, site):
    client.force_login(site.moderator)

    home = said(client.get("/admin/"))

    assert "Modérer" in home
    assert "Écrire une fiche" not in home
    assert "Ouvrir un forum" not in home


def test_the_editor_of_a_sheet_is_in_french_and_proposes_boxes_to_tick(as_agent, new_sheet, territories):
    editor = said(as_agent.get(new_sheet))

    for words in ["En bref", "Points forts", "Moyens non activés", "Trouver un territoire", "Le récit", "Mobilités"]:
        assert words in editor
    assert editor.count('name="territories"') == Territory.objects.count()


# ── Two languages ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_animator_translates_a_sheet_and_the_forum_is_the_same(as_agent, client, site, new_sheet, draft):
    as_agent.post(new_sheet, sheet_form(as_agent, new_sheet, draft, **PUBLISH))
    sheet = ExperiencePage.objects.get()
    english, _created = Locale.objects.get_or_create(language_code="en")
    submit = reverse("wagtail_localize:submit_page_translation", args=[sheet.pk])
    refused = as_agent.post(submit, {"locales": [english.pk]}).status_code
    client.force_login(site.animator)

    client.post(submit, {"locales": [english.pk]})

    translation = sheet.get_translation(english)
    forum_in_editor = client.get(reverse("wagtail_localize:snippets_api_detail", args=["forum", "forum", draft.pk]))
    assert refused == 302
    assert translation.body[1].value["activity"] == draft
    assert client.get(reverse("wagtailadmin_pages:edit", args=[translation.pk])).status_code == 200
    assert forum_in_editor.json()["title"] == draft.title
