"""What this floor adds to the home page (what happened, where, what came of it) and to the admin's first panel."""

from collections import Counter
from datetime import timedelta

from django.db.models import Count, F
from django.urls import include, path, reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.permissions import page_permission_policy

from home.editor_tasks import EditorTask
from home.models import HomePage, HomeSection
from participation.people.models import Role
from participation.vocabulary.maps import draw
from participation.vocabulary.models import Territory
from search.documents import Kind

from . import carried, import_screens
from .facets import FACETS
from .journal import heard_before
from .models import (
    ExperienceIndexPage,
    ExperiencePage,
    ExperienceSectionPage,
    JournalEntryPage,
    ProjectIndexPage,
    ProjectPage,
)
from .proposals import account, actions
from .proposals.models import Proposal

RECENT = timedelta(days=15)
MOST_ENTRIES = 3
MOST_LINKS = 5
"""In a task of the admin's first panel."""

hooks.register("register_organisation_section", carried.carried)

for parameter, facet in FACETS.items():
    hooks.register("register_search_facet", lambda facet=(parameter, facet): facet)


@hooks.register("register_home_section")
def latest_news(request, home: HomePage) -> HomeSection | None:
    """The last entries of all journals: of the last fifteen days, else the latest there are."""
    entries = JournalEntryPage.objects.descendant_of(home).live().public().newest_first()
    recent = entries.since(timezone.localdate() - RECENT)[:MOST_ENTRIES].with_projects()
    shown = recent or entries[:MOST_ENTRIES].with_projects()
    if not shown:
        return None
    projects = ProjectIndexPage.objects.child_of(home).live().first()
    context = {"entries": shown, "recent": bool(recent), "projects": projects}
    return HomeSection(10, "experiences/home/news.html", context)


@hooks.register("register_home_section")
def near_you(request, home: HomePage) -> HomeSection | None:
    """What happened and what is happening, commune by commune: each leads to its sheets and its projects."""
    inventory = ExperienceIndexPage.objects.child_of(home).live().first()
    if inventory is None:
        return None
    counts: Counter[str] = Counter()
    total = 0
    for model in (ExperiencePage, ProjectPage):
        pages = model.objects.descendant_of(home).live().public()
        total += pages.count()
        counts.update(
            dict(
                pages.filter(territories__kind=Territory.Kind.COMMUNE)
                .values_list("territories__code")
                .annotate(Count("pk", distinct=True))
                .order_by()
            )
        )
    label = ngettext("%(count)s experience or project", "%(count)s experiences and projects", total) % {"count": total}
    around = f"{reverse('search:search')}?type={Kind.SHEET.value}&type={Kind.PROJECT.value}&territoire="
    drawing = draw(counts, lambda code: around + code, label)
    context = {"map": drawing, "inventory": inventory}
    return HomeSection(20, "experiences/home/near_you.html", context) if drawing else None


@hooks.register("register_home_section")
def what_it_changed(request, home: HomePage) -> HomeSection | None:
    """The latest decisions and answers, with how many contributions came before each."""
    decisions = JournalEntryPage.objects.descendant_of(home).live().public().decisions().newest_first()
    entries = decisions[:MOST_ENTRIES].with_projects()
    if not entries:
        return None
    return HomeSection(30, "experiences/home/outcomes.html", {"entries": entries, "heard": heard_before(entries)})


hooks.register("register_account_section", account.my_proposals)
hooks.register("register_personal_data", account.proposals_as_data)
hooks.register("register_words_of_data", account.words_of_data)
hooks.register("register_account_deletion", actions.let_go, order=100)


# ── The admin ────────────────────────────────────────────────────────────────────────────────────────────────────────


@hooks.register("register_editor_task")
def write_a_sheet(request) -> EditorTask | None:
    """In each section of the inventory this person may write in."""
    sections = _where_one_may_add(ExperienceSectionPage, request.user)
    links = [(section.title, _address_to_add(ExperiencePage, section)) for section in sections]
    text = _("Tell an experience of participation, what worked and what did not.")
    return EditorTask(10, "doc-full", _("Write a sheet"), text, links) if links else None


@hooks.register("register_editor_task")
def read_proposed_sheets(request) -> EditorTask | None:
    """Those that wait, the oldest first."""
    if not request.user.has_role(Role.ANIMATOR):
        return None
    waiting = Proposal.objects.waiting().filter(page__isnull=False).order_by("state_at")[:MOST_LINKS]
    links = [(row.title, reverse("wagtailadmin_pages:edit", args=[row.page_id])) for row in waiting]
    text = _("Sheets that people propose: publish them, ask for more, or say why not.")
    return EditorTask(15, "doc-full-inverse", _("Read proposed sheets"), text, links) if links else None


@hooks.register("register_editor_task")
def write_in_the_journal(request) -> EditorTask | None:
    """In the journal of each project this person may write in, the latest first."""
    projects = _where_one_may_add(ProjectPage, request.user)
    links = [(project.title, _address_to_add(JournalEntryPage, project)) for project in projects]
    text = _("Say what happened in a project: a step, a report, a decision, an answer.")
    return EditorTask(20, "history", _("Write in a journal"), text, links) if links else None


def _where_one_may_add(model, user, most: int = MOST_LINKS) -> list:
    allowed = page_permission_policy.instances_user_has_permission_for(user, "add")
    # Databases do not agree on where what has no revision goes.
    latest = F("latest_revision_created_at").desc(nulls_last=True)
    return list(model.objects.filter(pk__in=allowed.values("pk")).order_by(latest, "-pk")[:most])


def _address_to_add(model, parent) -> str:
    return reverse("wagtailadmin_pages:add", args=[model._meta.app_label, model._meta.model_name, parent.pk])


@hooks.register("register_admin_urls")
def add_the_imports():
    return [path("imports/", include((import_screens.urlpatterns, "sheet_imports")))]


@hooks.register("register_admin_menu_item")
def add_the_imports_to_the_menu():
    return import_screens.ImportMenuItem(
        gettext_lazy("Import sheets"),
        reverse_lazy("sheet_imports:index"),
        name="import-sheets",
        icon_name="upload",
        order=150,
    )
