"""What editors see of pages in the admin: their rights, what is still a draft, what one comes to do, the menu."""

from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page
from wagtail.signals import copy_for_translation_done
from wagtail_localize.views.snippets_api import SnippetViewSet

from participation.blocks import ACTIVITY_BLOCKS
from participation.consultations.models import Activity
from participation.moderation.queue import waiting_for
from participation.people.models import Organisation

from . import actions
from .editor_tasks import EditorTask, TasksPanel
from .models import FileText, HomePage, SectionPage
from .search import files_shown

# ── Rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@hooks.register("after_create_page")
@hooks.register("after_publish_page")
def rights_follow_the_section(request, page):
    """A section that an animator creates, or gives to another organisation, is worked in by that organisation."""
    if isinstance(page, SectionPage):
        # As it is published: a change that is still a draft gives nothing.
        section = type(page).objects.get(pk=page.pk)
        if section.organisation:
            actions.give_rights(section)


@receiver(copy_for_translation_done)
def rights_follow_the_translation(sender, target_obj, **kwargs):
    """The same people work in a section, and on the whole site, in every language."""
    if isinstance(target_obj, SectionPage) and target_obj.organisation:
        actions.give_rights(target_obj)
    elif isinstance(target_obj, HomePage):
        actions.set_up_page_rights(target_obj)


@hooks.register("before_move_page")
def only_who_may_move_it_looks(request, page, destination):
    """Wagtail asks whether one may once it is confirmed; what it shows before that names drafts to everyone in the admin."""
    if not page.permissions_for_user(request.user).can_move_to(destination):
        raise PermissionDenied


class OwnRowsApi(SnippetViewSet):
    """What the translation editor asks about chosen rows. wagtail-localize's own names every row to everyone in the admin."""

    def get_queryset(self):
        rows = super().get_queryset()
        return rows.edited_by(self.request.user) if hasattr(rows, "edited_by") else rows


@hooks.register("register_admin_urls")
def stand_before_the_api_of_translations():
    # This floor is installed before wagtail-localize, so its addresses are tried first.
    return [
        path("localize/api/snippets/<slug:app_label>/<slug:model_name>/", OwnRowsApi.as_view({"get": "list"})),
        path(
            "localize/api/snippets/<slug:app_label>/<slug:model_name>/<str:pk>/",
            OwnRowsApi.as_view({"get": "retrieve"}),
        ),
    ]


# ── Activities that are still drafts ─────────────────────────────────────────────────────────────────────────────────


def drafts_in(page: Page) -> list[Activity]:
    """The activities its body shows that nobody has opened yet, in order."""
    kinds = dict(ACTIVITY_BLOCKS)
    shown = [block.value["activity"] for block in getattr(page, "body", []) if block.block_type in kinds]
    return list({activity.pk: activity for activity in shown if activity and activity.released_at is None}.values())


@hooks.register("after_publish_page")
def say_what_is_still_a_draft(request, page):
    """Publishing a page opens nothing: it is said, with the button that does."""
    for activity in drafts_in(page):
        kind = activity._meta.verbose_name
        buttons = []
        if activity.consultation.is_edited_by(request.user):
            back = reverse("wagtailadmin_pages:edit", args=[page.pk])
            address = reverse(type(activity).snippet_viewset.get_url_name("release"), args=[activity.pk])
            buttons.append(messages.button(f"{address}?{urlencode({'next': back})}", _("Open it now")))
        messages.warning(
            request,
            _("“%(title)s” (%(kind)s) is still a draft: nobody sees it yet.") % {"title": activity, "kind": kind},
            buttons=buttons,
        )


@hooks.register("before_edit_page")
def say_it_in_the_editor_too(request, page):
    if _is_whole_page(request):
        say_what_is_still_a_draft(request, page)


def _is_whole_page(request) -> bool:
    return request.method == "GET" and "_w_hydrate_create_view" not in request.GET


# ── Files whose words are not searched ───────────────────────────────────────────────────────────────────────────────


@hooks.register("before_edit_page")
def say_which_files_are_not_searched(request, page):
    """A scan is not found, nor read by people who do not see it: who edits its page can do something about it."""
    if not _is_whole_page(request):
        return
    shown = [document for _page, document in files_shown([page])]
    for row in FileText.objects.unsearched().filter(document__in=shown).select_related("document").defer("text"):
        buttons = []
        if row.document.is_editable_by_user(request.user):
            buttons.append(messages.button(reverse("wagtaildocs:edit", args=[row.document_id]), _("See the file")))
        said = _("The words of the file “%(title)s” are not searched.") % {"title": row.document}
        messages.info(request, f"{said} {row.notice}", buttons=buttons)


# ── What one comes to do ─────────────────────────────────────────────────────────────────────────────────────────────


@hooks.register("construct_homepage_panels")
def tasks_come_first(request, panels):
    panels.append(TasksPanel(request))


@hooks.register("register_editor_task")
def open_a_forum(request) -> EditorTask | None:
    if not Organisation.objects.edited_by(request.user).exists():
        return None
    return EditorTask(
        30,
        "comment",
        _("Open a forum"),
        _("Create it here or while you write a page; nobody sees it until you press “Open”."),
        [
            (_("New forum"), reverse("wagtailsnippets_forum_forum:add")),
            (_("My forums"), reverse("wagtailsnippets_forum_forum:list")),
        ],
    )


@hooks.register("register_editor_task")
def open_a_vote(request) -> EditorTask | None:
    if not Organisation.objects.edited_by(request.user).exists():
        return None
    return EditorTask(
        35,
        "tick-inverse",
        _("Put a question to the vote"),
        _(
            "A question and its answers; anyone can check the count. It advises: who decides says why they follow it or not."
        ),
        [
            (_("New vote"), reverse("wagtailsnippets_ballot_ballot:add")),
            (_("My votes"), reverse("wagtailsnippets_ballot_ballot:list")),
        ],
    )


@hooks.register("register_editor_task")
def discuss_a_document(request) -> EditorTask | None:
    if not Organisation.objects.edited_by(request.user).exists():
        return None
    return EditorTask(
        37,
        "doc-full",
        _("Have a document discussed"),
        _("Typed or imported; people comment each passage and propose other words, through all its versions."),
        [
            (_("New document"), reverse("wagtailsnippets_review_review:add")),
            (_("My documents"), reverse("wagtailsnippets_review_review:list")),
        ],
    )


@hooks.register("register_editor_task")
def moderate(request) -> EditorTask | None:
    if not Organisation.objects.moderated_by(request.user).exists():
        return None
    number = waiting_for(request.user)
    text = (
        ngettext("%(number)s message waits for you.", "%(number)s messages wait for you.", number) % {"number": number}
        if number
        else _("No message waits for you.")
    )
    return EditorTask(40, "tasks", _("Moderate"), text, [(_("Go to the queue"), reverse("moderation:queue"))])


# ── The menu and the look ────────────────────────────────────────────────────────────────────────────────────────────


@hooks.register("construct_help_menu")
def keep_only_what_helps_here(request, items):
    """Wagtail's news and guide are elsewhere, in English; ours is docs/guide-editeur.md."""
    items[:] = [item for item in items if item.name == "keyboard-shortcuts"]


@hooks.register("insert_global_admin_css")
def admin_css():
    return format_html('<link rel="stylesheet" href="{}">', static("home/admin/admin.css"))
