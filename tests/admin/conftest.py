"""A site with two organisations, and one person of each role."""

from types import SimpleNamespace

import pytest
from wagtail.test.utils.form_data import nested_form_data, querydict_from_html, streamfield

from experiences.models import ExperienceIndexPage, ExperienceSectionPage, ProjectIndexPage, ProjectSectionPage
from home.actions import open_section, set_up_page_rights
from participation.people.models import Role
from tests import factories


@pytest.fixture
def site(home_page, organisation, agent):
    """Two organisations, « Ville de Digne-les-Bains » (with `agent`) and « Commune de Thoard » (with `neighbour`)."""
    set_up_page_rights(home_page)
    inventory = home_page.add_child(instance=ExperienceIndexPage(title="Inventaire", slug="inventaire"))
    projects = home_page.add_child(instance=ProjectIndexPage(title="Projets", slug="projets"))
    thoard = factories.an_organisation("Commune de Thoard")
    return SimpleNamespace(
        home=home_page,
        inventory=inventory,
        projects=projects,
        digne=organisation,
        thoard=thoard,
        agent=agent,
        neighbour=factories.a_user("Mairie de Thoard", edits=[thoard]),
        section=open_section(inventory, organisation, ExperienceSectionPage),
        neighbours_section=open_section(inventory, thoard, ExperienceSectionPage),
        projects_section=open_section(projects, organisation, ProjectSectionPage),
        animator=factories.a_user("Animatrice", role=Role.ANIMATOR),
        moderator=factories.a_user("Modératrice", role=Role.MODERATOR),
        administrator=factories.a_user("Service informatique", role=Role.ADMINISTRATOR),
        guarantor=factories.a_user("Garante", role=Role.GUARANTOR),
    )


@pytest.fixture
def as_agent(client, site):
    client.force_login(site.agent)
    return client


@pytest.fixture
def as_animator(client, site):
    client.force_login(site.animator)
    return client


@pytest.fixture
def as_administrator(client, site):
    client.force_login(site.administrator)
    return client


def form_of(client, address: str, form_id: str = "w-editor-form") -> dict:
    """What the editor at this address would send without a change."""
    return querydict_from_html(client.get(address).content.decode(), form_id=form_id).dict()


def page_form_of(client, address: str, **changes) -> dict:
    """The same for a page, without blocks unless `changes` has a `body`, made by Wagtail's `streamfield`."""
    form = form_of(client, address, "page-edit-form")
    return form | nested_form_data({"body": streamfield([]), **changes})


def said(response) -> str:
    """The text of the page that is reached, with what it tells the person."""
    return response.content.decode()
