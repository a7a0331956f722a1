"""Who reaches what: every address of the admin, asked by every role, about what is theirs and what is not."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.shortcuts import resolve_url
from django.urls import reverse
from wagtail.documents.models import Document
from wagtail.models import Collection, GroupApprovalTask, GroupPagePermission, Locale, Page, Workflow

from experiences.models import ExperiencePage, ExperienceSectionPage
from home.actions import give_rights, open_section, set_up_page_rights
from participation.consultations.models import Report
from participation.people.models import Role
from tests import factories

from .conftest import page_form_of, said

pytestmark = pytest.mark.django_db


EVERYONE = {"agent", "neighbour", "animator", "moderator", "administrator", "guarantor", "resident", "nobody"}
EDITORS = {"agent", "neighbour", "animator", "administrator"}
EVERYWHERE = {"animator", "administrator"}


@pytest.fixture
def people(site, resident):
    """Role → account, None for a visitor. The resident has no access to the admin."""
    roles = ["agent", "neighbour", "animator", "moderator", "administrator", "guarantor"]
    return {**{role: getattr(site, role) for role in roles}, "resident": resident, "nobody": None}


@pytest.fixture
def things(site, resident):
    """Of Thoard: a consultation, a forum (open) and a draft, a message that was reported, a sheet."""
    consultation = factories.a_consultation("La place de Thoard", organiser=site.thoard)
    forum = factories.a_forum(consultation=consultation)
    topic = factories.a_topic(forum, resident)
    Report.objects.create(contribution=topic, reason="hors-sujet")
    sheet = site.neighbours_section.add_child(instance=ExperiencePage(title="Le four", slug="le-four"))
    draft = factories.a_forum("Brouillon", consultation=consultation, released=False)
    return {"consultation": consultation, "forum": forum, "draft": draft, "topic": topic, "sheet": sheet}


def reached(response) -> bool:
    """Whether the address showed its page; otherwise one is sent elsewhere, or refused."""
    assert response.status_code in (200, 302, 403, 404), response.status_code
    return response.status_code == 200


OF_NO_ONE = [
    # address, and those who reach it
    ("wagtailadmin_home", EVERYONE - {"resident", "nobody"}),
    ("moderation:queue", EDITORS | {"moderator"}),
    ("wagtailsnippets_forum_forum:list", EDITORS),
    ("wagtailsnippets_forum_forum:add", EDITORS),
    ("wagtailsnippets_consultations_consultation:list", EDITORS),
    ("wagtailsnippets_consultations_consultation:add", EDITORS),
    ("wagtailsnippetchoosers_consultations_consultation:create", EDITORS),
    ("wagtailsnippetchoosers_forum_forum:create", EDITORS),
    ("wagtailsnippets_people_organisation:list", EVERYWHERE),
    ("wagtailsnippets_people_organisation:add", EVERYWHERE),
    ("wagtailsnippets_vocabulary_territory:list", EVERYWHERE),
    ("wagtailsnippets_vocabulary_territory:add", set()),
    ("wagtailsnippets_vocabulary_theme:list", EVERYWHERE),
    ("wagtailsnippets_vocabulary_theme:add", EVERYWHERE),
    ("wagtailsnippets_vocabulary_audience:add", EVERYWHERE),
    ("wagtailsnippets_vocabulary_method:add", EVERYWHERE),
    ("wagtailusers_users:index", {"administrator"}),
    ("wagtailusers_users:add", {"administrator"}),
    ("wagtailusers_groups:index", {"administrator"}),
    ("wagtailusers_groups:add", set()),
]


@pytest.mark.parametrize(("name", "allowed"), OF_NO_ONE, ids=[name for name, _ in OF_NO_ONE])
def test_each_screen_opens_to_its_roles_alone(client, people, name, allowed):
    for role, person in people.items():
        client.force_login(person) if person else client.logout()

        assert reached(client.get(reverse(name))) == (role in allowed), role


OF_THE_NEIGHBOURS = [
    ("wagtailsnippets_forum_forum:edit", "forum", EDITORS - {"agent"}),
    ("wagtailsnippets_forum_forum:usage", "forum", EDITORS - {"agent"}),
    ("wagtailsnippets_forum_forum:history", "forum", EDITORS - {"agent"}),
    ("wagtailsnippets_forum_forum:history_results", "forum", EDITORS - {"agent"}),
    ("wagtailsnippets_forum_forum:release", "draft", EDITORS - {"agent"}),
    ("wagtailsnippets_forum_forum:close", "forum", EDITORS - {"agent"}),
    ("wagtailsnippets_forum_forum:delete", "draft", set()),
    ("wagtailsnippets_consultations_consultation:edit", "consultation", EDITORS - {"agent"}),
    ("wagtailsnippets_consultations_consultation:usage", "consultation", EDITORS - {"agent"}),
    ("wagtailsnippets_consultations_consultation:history", "consultation", EDITORS - {"agent"}),
    ("wagtailsnippets_consultations_consultation:delete", "consultation", set()),
    ("wagtailsnippetchoosers_forum_forum:chosen", "forum", EDITORS - {"agent"}),
    ("wagtailsnippetchoosers_consultations_consultation:chosen", "consultation", EDITORS - {"agent"}),
    ("wagtail_localize:snippets_api_detail", "forum", EDITORS - {"agent"}),
    ("moderation:item", "topic", (EDITORS | {"moderator"}) - {"agent"}),
    ("wagtailadmin_pages:edit", "sheet", EDITORS - {"agent"}),
    ("wagtailadmin_pages:delete", "sheet", EDITORS - {"agent"}),
    ("wagtailadmin_pages:history", "sheet", EDITORS - {"agent"}),
    ("wagtailadmin_pages:move", "sheet", EDITORS - {"agent"}),
]


@pytest.mark.parametrize(("name", "thing", "allowed"), OF_THE_NEIGHBOURS, ids=[name for name, *_ in OF_THE_NEIGHBOURS])
def test_what_belongs_to_an_organisation_opens_to_its_own_editors(client, people, things, name, thing, allowed):
    for role, person in people.items():
        client.force_login(person) if person else client.logout()

        args = ["forum", "forum"] if name.startswith("wagtail_localize") else []
        assert reached(client.get(reverse(name, args=[*args, things[thing].pk]))) == (role in allowed), role


@pytest.mark.parametrize("kind", ["forum_forum", "consultations_consultation"])
def test_several_at_once_a_chooser_tells_nothing_of_the_neighbours(as_agent, things, kind):
    thing = things["draft" if kind == "forum_forum" else "consultation"]

    response = as_agent.get(
        reverse(f"wagtailsnippetchoosers_{kind}:chosen_multiple"), {"id": [thing.pk, "zz", "9" * 30]}
    )

    assert response.status_code == 200
    assert thing.title not in response.content.decode()


def test_an_agent_changes_nothing_of_the_neighbours_by_sending_a_form(as_agent, things):
    before = {name: type(row).objects.filter(pk=row.pk).values().get() for name, row in things.items()}
    posts = [
        ("wagtailsnippets_forum_forum:edit", "forum", {"title": "Pris"}),
        ("wagtailsnippets_forum_forum:release", "draft", {}),
        ("wagtailsnippets_forum_forum:close", "forum", {}),
        ("wagtailsnippets_forum_forum:delete", "draft", {}),
        ("wagtailsnippets_consultations_consultation:edit", "consultation", {"title": "Pris"}),
        ("wagtailsnippets_consultations_consultation:delete", "consultation", {}),
        ("moderation:item", "topic", {"act": "withhold", "reason": "publicite"}),
        ("moderation:item", "topic", {"act": "keep"}),
        ("wagtailadmin_pages:edit", "sheet", {"title": "Pris", "action-publish": "1"}),
        ("wagtailadmin_pages:delete", "sheet", {}),
    ]

    for name, thing, data in posts:
        assert as_agent.post(reverse(name, args=[things[thing].pk]), data).status_code in (302, 403, 404)

    assert {name: type(row).objects.filter(pk=row.pk).values().get() for name, row in things.items()} == before
    assert things["topic"].reports.filter(handled_at__isnull=True).count() == 1


def test_nobody_deletes_a_forum_by_the_dozen(client, site, things):
    site.administrator.is_superuser = True
    site.administrator.save()
    client.force_login(site.administrator)

    client.post(f"/admin/bulk/forum/forum/delete/?id={things['draft'].pk}&next=/admin/")

    things["draft"].refresh_from_db()


def test_lists_and_choosers_show_ones_own(as_agent, site, things):
    own = factories.a_forum("Quels bancs ?", consultation=factories.a_consultation("La halle", organiser=site.digne))
    addresses = [
        ("wagtailsnippets_forum_forum:list", own.title, things["forum"].title),
        ("wagtailsnippets_consultations_consultation:list", "La halle", "La place de Thoard"),
        ("wagtailsnippetchoosers_forum_forum:choose", own.title, things["forum"].title),
        ("wagtailsnippetchoosers_forum_forum:choose_results", own.title, things["forum"].title),
        ("wagtailsnippetchoosers_consultations_consultation:choose", "La halle", "La place de Thoard"),
        ("/admin/localize/api/snippets/forum/forum/", own.title, things["forum"].title),
        ("/admin/localize/api/snippets/consultations/consultation/", "La halle", "La place de Thoard"),
    ]

    for name, mine, theirs in addresses:
        answer = as_agent.get(resolve_url(name)).content.decode()
        assert mine in answer, name
        assert theirs not in answer, name


# ── Pages and files ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_agent_writes_in_their_section_and_nowhere_else(as_agent, site):
    add = [reverse("wagtailadmin_pages:add", args=["experiences", "experiencepage", page.pk]) for page in (
        site.section, site.neighbours_section, site.inventory
    )]  # fmt: skip

    assert [as_agent.get(address).status_code for address in add] == [200, 302, 302]


def test_an_agent_does_not_give_their_section_away(as_agent, site):
    address = reverse("wagtailadmin_pages:edit", args=[site.section.pk])

    as_agent.post(
        address, page_form_of(as_agent, address, organisation=site.thoard.pk, title="Digne", **{"action-publish": "1"})
    )

    site.section.refresh_from_db()
    assert site.section.title == "Digne"
    assert site.section.organisation == site.digne
    assert not GroupPagePermission.objects.filter(page=site.section, group=site.thoard.editors).exists()


def test_files_are_chosen_among_ones_own(as_agent, site):
    own, theirs = (Collection.objects.get(name=name) for name in ("Ville de Digne-les-Bains", "Commune de Thoard"))
    Document.objects.create(title="Plan du kiosque", file=ContentFile(b"plan", "plan.pdf"), collection=own)
    other = Document.objects.create(title="Plan du four", file=ContentFile(b"plan", "four.pdf"), collection=theirs)

    chooser = as_agent.get(reverse("wagtaildocs_chooser:choose")).content.decode()

    assert "Plan du kiosque" in chooser
    assert "Plan du four" not in chooser
    assert as_agent.get(reverse("wagtaildocs:edit", args=[other.pk])).status_code == 302


def test_a_section_that_an_animator_creates_is_worked_in_by_its_organisation(as_animator, site):
    newcomer = factories.an_organisation("Collectif du Bès")
    address = reverse("wagtailadmin_pages:add", args=["experiences", "experiencesectionpage", site.inventory.pk])
    changes = {"title": "Collectif du Bès", "slug": "collectif-du-bes", "organisation": newcomer.pk}

    as_animator.post(address, page_form_of(as_animator, address, **changes, **{"action-publish": "1"}))

    section = ExperienceSectionPage.objects.get(slug="collectif-du-bes")
    rights = GroupPagePermission.objects.filter(page=section, group=newcomer.editors)
    assert {right.permission.codename.removesuffix("_page") for right in rights} == {
        "add", "change", "publish", "lock", "unlock",
    }  # fmt: skip
    assert Collection.objects.filter(name="Collectif du Bès").exists()


def test_rights_follow_a_section_that_changes_hands(as_animator, site):
    address = reverse("wagtailadmin_pages:edit", args=[site.section.pk])

    as_animator.post(
        address, page_form_of(as_animator, address, organisation=site.thoard.pk, **{"action-publish": "1"})
    )

    groups = {right.group for right in GroupPagePermission.objects.filter(page=site.section)}
    assert groups == {site.thoard.editors}


def test_opening_a_section_twice_gives_the_same(site):
    again = open_section(site.inventory, site.digne, ExperienceSectionPage)
    give_rights(again)

    assert again == site.section
    assert again.live
    assert Collection.objects.filter(name="Ville de Digne-les-Bains").count() == 1


def test_the_same_people_work_in_a_section_in_every_language(site):
    english, _created = Locale.objects.get_or_create(language_code="en")
    site.home.copy_for_translation(english)
    site.inventory.copy_for_translation(english)

    translated = site.section.copy_for_translation(english)

    assert translated.permissions_for_user(site.agent).can_edit()
    assert not translated.permissions_for_user(site.neighbour).can_edit()
    assert translated.permissions_for_user(site.animator).can_edit()


def test_the_groups_are_the_roles_and_the_organisations(site):
    set_up_page_rights(site.home)

    names = set(Group.objects.values_list("name", flat=True))
    assert names == {*Role.values, "Rédaction : Ville de Digne-les-Bains", "Rédaction : Commune de Thoard"}


def test_what_is_submitted_for_review_is_read_by_the_animators(site):
    assert [group.name for group in GroupApprovalTask.objects.get().groups.all()] == [Role.ANIMATOR]
    assert Workflow.objects.get().name == "Relecture par l’équipe d’animation"


def test_pages_of_the_site_are_explored_from_the_home_page(as_agent, site):
    root = as_agent.get(reverse("wagtailadmin_explore_root"), follow=True)

    assert Page.objects.get(depth=1).title not in said(root)
    assert "Ville de Digne-les-Bains" in said(as_agent.get(reverse("wagtailadmin_explore", args=[site.inventory.pk])))


# ── Coming in ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_signs_in_where_everybody_does(client, site):
    response = client.get("/admin/pages/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/compte/")
    assert "next=%2Fadmin%2Fpages%2F" in response.redirect_chain[-1][0]


def test_wagtail_s_own_sign_in_is_closed(client, site):
    response = client.post("/admin/login/", {"username": site.animator.email, "password": factories.PASSWORD})

    assert response.status_code == 302
    assert response.url.startswith("/compte/")
    assert "_auth_user_id" not in client.session


def test_a_resident_who_comes_is_told_no_rather_than_sent_in_circles(client, resident, site):
    client.force_login(resident)

    assert client.get("/admin/", follow=True).status_code == 403


def test_the_admin_has_a_policy_of_its_own(as_agent):
    policy = as_agent.get("/admin/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "frame-ancestors 'self'" in policy
