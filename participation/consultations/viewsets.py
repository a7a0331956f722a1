"""Consultations and activities, in Wagtail's admin. Each kind of activity has a viewset of its own in its room."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import SubmenuMenuItem
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, NumberColumn, StatusTagColumn
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.log_actions import log
from wagtail.snippets.views.chooser import SnippetChooserViewSet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from participation.admin_views import (
    ChooseOwn,
    ChooseOwnResults,
    CreateByVerb,
    CreateChosenByVerb,
    EditByVerb,
    OfOnesOwn,
    OwnChosen,
    OwnChosenMultiple,
    OwnHistoryView,
    OwnUsageView,
    PlainIndexView,
    with_count,
)

from . import actions, converters  # noqa: F401 — the addresses below are made of its ids
from .admin_forms import ConsultationForm, NewConsultationForm, new_activity_form
from .models import Activity, Consultation, State
from .places import pages_of
from .widgets import ActivityChooser, OwnRowsChooser, title_with_state


class WhenColumn(Column):
    """A date to come as well as one that is past, as it is written; Wagtail's own column says "0 minutes ago"."""

    def get_value(self, instance):
        value = super().get_value(instance)
        return date_format(timezone.localtime(value), "j F Y, H:i") if value else ""


class OwnRowsChooserViewSet(SnippetChooserViewSet):
    """Chooses among what the person may change, or creates by a verb."""

    choose_view_class = ChooseOwn
    choose_results_view_class = ChooseOwnResults
    chosen_view_class = OwnChosen
    chosen_multiple_view_class = OwnChosenMultiple
    create_view_class = CreateChosenByVerb
    base_widget_class = OwnRowsChooser
    search_tab_label = gettext_lazy("In the list")
    creation_tab_label = gettext_lazy("Create")


class OwnRowsViewSet(SnippetViewSet):
    """Lists and opens what the person may change, and nothing else; saves by verbs."""

    index_view_class = PlainIndexView
    add_view_class = CreateByVerb
    edit_view_class = EditByVerb
    usage_view_class = OwnUsageView
    history_view_class = OwnHistoryView
    copy_view_enabled = False
    search_fields = ["title"]
    search_backend_name = None

    def get_queryset(self, request):
        return self.model.objects.edited_by(request.user)

    def get_permissions_to_register(self):
        # The screen of groups' rights offers none: see EditorsPolicy.
        return super().get_permissions_to_register().none()


class VerbView(OfOnesOwn, PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, TemplateView):
    """Asks for a confirmation, then does what the button said."""

    permission_required = "change"
    index_url_name = None
    edit_url_name = None
    header_icon = "comment"

    log_action = ""
    """What the history of the row keeps; see wagtail_hooks.py."""

    def do(self):
        """Call the verb; return the words that say it is done."""
        raise NotImplementedError

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse(self.index_url_name), "label": self.object._meta.verbose_name_plural.capitalize()},
            {"url": reverse(self.edit_url_name, args=[self.object.pk]), "label": str(self.object)},
            {"url": "", "label": self.get_page_title()},
        ]

    @property
    def back_url(self) -> str:
        return get_valid_next_url_from_request(self.request) or reverse(self.index_url_name)

    def post(self, request, pk):
        try:
            # The history tells all that was done, and nothing else.
            with transaction.atomic():
                done = self.do()
                log(self.object, self.log_action, user=request.user)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, done)
        return HttpResponseRedirect(self.back_url)

    def get_context_data(self, **kwargs):
        return super().get_context_data(row=self.object, back_url=self.back_url, **kwargs)


# ── Consultations ────────────────────────────────────────────────────────────────────────────────────────────────────


class ConsultationChooserViewSet(OwnRowsChooserViewSet):
    creation_form_class = NewConsultationForm


class ReuseView(VerbView):
    """A new consultation made after this one."""

    page_title = gettext_lazy("Reuse it as a template")
    template_name = "consultations/admin/reuse.html"
    log_action = "consultations.reuse"

    def do(self):
        title = forms.CharField(max_length=140, required=False).clean(self.request.POST.get("title")) or str(
            self.object
        )
        self.copy = actions.copy_consultation(self.object, title=title, by=self.request.user)
        return _("“%(title)s” is created. Its activities are drafts: read them again, then open them.") % {
            "title": self.copy
        }

    @property
    def back_url(self) -> str:
        if copy := getattr(self, "copy", None):
            return reverse(self.edit_url_name, args=[copy.pk])
        return super().back_url

    def get_context_data(self, **kwargs):
        return super().get_context_data(activities=self.object.activities.order_by("created_at", "pk"), **kwargs)


class WipeView(VerbView):
    page_title = gettext_lazy("Wipe the trial")
    template_name = "consultations/admin/wipe.html"
    log_action = "consultations.wipe"

    def do(self):
        actions.wipe_trial(self.object, self.request.user)
        return _("What was done in “%(title)s” is wiped; its activities are drafts again.") % {"title": self.object}


class EndView(VerbView):
    page_title = gettext_lazy("End the consultation")
    template_name = "consultations/admin/end.html"
    log_action = "consultations.end"

    def do(self):
        actions.end_consultation(self.object, self.request.user)
        return _("“%(title)s” is ended. Its record stays public.") % {"title": self.object}


def consultation_buttons(consultation: Consultation, edit_url_name: str, button: type) -> list:
    """What can be done with a whole consultation; each leads to a page that asks for a confirmation."""
    namespace = edit_url_name.split(":")[0]

    def to(name: str, label: str, icon: str):
        return button(label, url=reverse(f"{namespace}:{name}", args=[consultation.pk]), icon_name=icon, priority=20)

    buttons = [to("reuse", _("Reuse as a template…"), "copy")]
    if consultation.is_trial:
        buttons.append(to("wipe", _("Wipe the trial…"), "bin"))
    elif consultation.log and consultation.log.is_open:
        buttons.append(to("end", _("End it…"), "lock"))
    return buttons


class ConsultationIndexView(PlainIndexView):
    def get_list_more_buttons(self, instance):
        return [*super().get_list_more_buttons(instance), *consultation_buttons(instance, self.edit_url_name, Button)]


class ConsultationEditView(EditByVerb):
    @cached_property
    def header_buttons(self):
        row = self.object
        buttons = consultation_buttons(row, self.edit_url_name, HeaderButton)
        if row.log:
            buttons.append(HeaderButton(_("Its record"), url=row.log.get_absolute_url(), icon_name="view"))
        return buttons


def _status_of(consultation: Consultation) -> str:
    """What sets a consultation apart in the list; nothing for most."""
    if consultation.is_trial:
        return _("Trial")
    return _("Ended") if consultation.log and not consultation.log.is_open else ""


class ConsultationViewSet(OwnRowsViewSet):
    model = Consultation
    url_prefix = "consultations"
    icon = "group"
    menu_name = "consultations"
    menu_order = 20
    index_view_class = ConsultationIndexView
    edit_view_class = ConsultationEditView
    chooser_viewset_class = ConsultationChooserViewSet
    list_display = [
        "title",
        "organiser",
        Column("degree", label=gettext_lazy("Degree of involvement"), accessor="get_degree_display"),
        WhenColumn("opens_at", label=gettext_lazy("Opens"), sort_key="opens_at"),
        WhenColumn("closes_at", label=gettext_lazy("Closes"), sort_key="closes_at"),
        StatusTagColumn("status", label=gettext_lazy("State"), accessor=_status_of),
    ]
    list_filter = ["degree", "access", "is_trial"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("title"), FieldPanel("organiser"), FieldPanel("territory"), FieldPanel("question")],
                heading=gettext_lazy("What is asked, by whom"),
            ),
            MultiFieldPanel(
                [FieldPanel("degree"), FieldPanel("negotiable"), FieldPanel("not_negotiable")],
                heading=gettext_lazy("What is promised"),
                help_text=gettext_lazy("Say only what will be kept: people come back to it."),
            ),
            MultiFieldPanel(
                [FieldPanel("modalities"), FieldPanel("information"), FieldPanel("follow_up")],
                heading=gettext_lazy("What the law wants people to know"),
                help_text=gettext_lazy(
                    "Article L131-1 of the code of relations between the public and the administration."
                ),
            ),
            FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")], heading=gettext_lazy("When")),
            FieldPanel("guarantor"),
            MultiFieldPanel(
                [FieldPanel("access"), FieldPanel("guest_addresses"), FieldPanel("is_trial")],
                heading=gettext_lazy("For whom"),
            ),
        ],
        base_form_class=ConsultationForm,
    )

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("organiser", "log")

    @property
    def reuse_view(self):
        return self.construct_view(ReuseView)

    @property
    def wipe_view(self):
        return self.construct_view(WipeView)

    @property
    def end_view(self):
        return self.construct_view(EndView)

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("reutiliser/<id:pk>/", self.reuse_view, name="reuse"),
            path("effacer-l-essai/<id:pk>/", self.wipe_view, name="wipe"),
            path("terminer/<id:pk>/", self.end_view, name="end"),
        ]


class ParticipationMenuItem(SubmenuMenuItem):
    """Says how many things wait for this person: what the rooms count with the hook `register_participation_count`."""

    def render_component(self, request):
        component = super().render_component(request)
        waiting = sum(number(request.user) for number in hooks.get_hooks("register_participation_count"))
        component.label = with_count(component.label, waiting)
        return component


class ParticipationGroup(SnippetViewSetGroup):
    """The part of the menu about what people do; each room adds its own items by the hook."""

    items = [ConsultationViewSet]
    menu_label = gettext_lazy("Take part")
    menu_name = "participation"
    menu_icon = "comment"
    menu_order = 200
    submenu_hook = "register_participation_menu_item"

    def get_menu_item(self, order=None):
        item = super().get_menu_item(order)
        return ParticipationMenuItem(item.label, item.menu, name=item.name, icon_name=item.icon_name, order=item.order)


# ── Activities ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _consultations_of(request):
    return Consultation.objects.edited_by(request.user)


class ActivityFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=State.choices, method="in_state")
    consultation = django_filters.ModelChoiceFilter(label=gettext_lazy("Consultation"), queryset=_consultations_of)

    class Meta:
        model = Activity
        fields = []

    def in_state(self, queryset, name, value):
        match value:
            case State.DRAFT:
                return queryset.filter(released_at__isnull=True)
            case State.COMING:
                return queryset.coming(timezone.now())
            case State.OPEN:
                return queryset.open(timezone.now())
            case _:
                return queryset.closed(timezone.now())


class ActivityIndexView(PlainIndexView):
    def paginate_queryset(self, queryset, page_size):
        paginator, page, activities, is_paginated = super().paginate_queryset(queryset, page_size)
        page.object_list = activities = list(activities)
        pages = pages_of(activities)
        for activity in activities:
            activity.page = pages.get(activity.pk)
        return paginator, page, activities, is_paginated

    def get_list_more_buttons(self, instance):
        return [*super().get_list_more_buttons(instance), *state_buttons(instance, self.edit_url_name, Button)]


class ActivityEditView(EditByVerb):
    @cached_property
    def header_buttons(self):
        return [
            *state_buttons(self.object, self.edit_url_name, HeaderButton),
            HeaderButton(_("See it"), url=self.object.get_absolute_url(), icon_name="view"),
        ]


def state_buttons(activity: Activity, edit_url_name: str, button: type) -> list:
    """The button that opens a draft or closes what is open; both lead to a page that asks for a confirmation."""
    namespace = edit_url_name.split(":")[0]
    match activity.state():
        case State.DRAFT:
            return [
                button(
                    _("Open…"),
                    url=reverse(f"{namespace}:release", args=[activity.pk]),
                    icon_name="lock-open",
                    priority=5,
                )
            ]
        case State.OPEN:
            return [
                button(_("Close…"), url=reverse(f"{namespace}:close", args=[activity.pk]), icon_name="lock", priority=5)
            ]
    return []


class ActivityVerbView(VerbView):
    def get_context_data(self, **kwargs):
        page = pages_of([self.object]).get(self.object.pk)
        return super().get_context_data(activity=self.object, page=page, **kwargs)


class ReleaseView(ActivityVerbView):
    page_title = gettext_lazy("Open it")
    template_name = "consultations/admin/release.html"
    log_action = "consultations.release"

    def do(self):
        activity = actions.release_activity(self.object, self.request.user)
        if activity.state() == State.COMING:
            return _("“%(title)s” opens at its date.") % {"title": activity}
        return _("“%(title)s” is open.") % {"title": activity}


class CloseView(ActivityVerbView):
    page_title = gettext_lazy("Close it")
    template_name = "consultations/admin/close.html"
    log_action = "consultations.close"

    def do(self):
        return _("“%(title)s” is closed.") % {"title": actions.close_activity(self.object, self.request.user)}


class StateColumn(StatusTagColumn):
    def __init__(self):
        super().__init__(
            "state",
            label=gettext_lazy("State"),
            accessor=lambda activity: activity.state().label,
            primary=lambda activity: activity.is_open,
        )


class PlaceColumn(Column):
    """The public page that shows an activity."""

    cell_template_name = "consultations/admin/place_cell.html"

    def __init__(self):
        super().__init__("page", label=gettext_lazy("Shown in"))


class SaysState:
    """Of a chooser's answer: the title says whether the activity is open."""

    def get_display_title(self, instance):
        return title_with_state(instance)


class ActivityChosen(SaysState, OwnChosen):
    pass


class CreateChosenActivity(SaysState, CreateChosenByVerb):
    pass


class ActivityChooserViewSet(OwnRowsChooserViewSet):
    chosen_view_class = ActivityChosen
    create_view_class = CreateChosenActivity
    base_widget_class = ActivityChooser


class ActivityViewSet(OwnRowsViewSet):
    """Of one kind of activity: the room gives the model, its form, its addresses and its panels."""

    menu_hook = ParticipationGroup.submenu_hook
    index_view_class = ActivityIndexView
    edit_view_class = ActivityEditView
    filterset_class = ActivityFilterSet
    list_display = [
        "title",
        StateColumn(),
        Column("consultation", label=gettext_lazy("Consultation"), accessor="consultation.title"),
        NumberColumn("contribution_count", label=gettext_lazy("Contributions"), sort_key="contribution_count"),
        NumberColumn("participant_count", label=gettext_lazy("Participants"), sort_key="participant_count"),
        WhenColumn("closes_at", label=gettext_lazy("Closes"), sort_key="closes_at"),
        PlaceColumn(),
    ]
    ordering = "-created_at"
    new_form = None
    """The short form that creates one while one writes a page; a title, a question and a closing date unless told."""

    @property
    def chooser_viewset_class(self):
        form = self.new_form or new_activity_form(self.model)
        return type("ActivityChooserViewSet", (ActivityChooserViewSet,), {"creation_form_class": form})

    @property
    def release_view(self):
        return self.construct_view(ReleaseView)

    @property
    def close_view(self):
        return self.construct_view(CloseView)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("consultation")

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("ouvrir/<id:pk>/", self.release_view, name="release"),
            path("fermer/<id:pk>/", self.close_view, name="close"),
        ]
