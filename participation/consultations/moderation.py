"""The queue of moderation, in Wagtail's admin: what waits, what is reported, what was taken down.

Reading it does nothing; each act is a POST that calls a verb. Everyone sees the queue of the organisations they
moderate.
"""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, Q
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, ListView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from participation.admin_views import show_refusal
from participation.people.models import Organisation, User

from . import actions
from .admin_forms import ModerationForm
from .models import Consultation, Contribution, ModerationAction, Report


@dataclass(frozen=True)
class Tab:
    slug: str
    label: str
    queryset: str
    """The method of ContributionQuerySet that names its read."""
    empty: str


TABS = [
    Tab("a-valider", gettext_lazy("To approve"), "awaiting_moderation", gettext_lazy("Nothing waits to be published.")),
    Tab("signales", gettext_lazy("Reported"), "reported", gettext_lazy("Nothing is reported.")),
    Tab("retires", gettext_lazy("Taken down"), "taken_down", gettext_lazy("Nothing was taken down.")),
]


class QueueForm(forms.Form):
    """What narrows the queue; a value that does not exist is ignored."""

    consultation = forms.ModelChoiceField(
        Consultation.objects.none(),
        label=gettext_lazy("Consultation"),
        required=False,
        empty_label=gettext_lazy("All consultations"),
    )
    q = forms.CharField(label=gettext_lazy("Words or pseudonym"), required=False, max_length=100)

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        organisers = Organisation.objects.moderated_by(user)
        self.fields["consultation"].queryset = Consultation.objects.filter(organiser__in=organisers)
        self.full_clean()

    @property
    def question(self) -> Q:
        asked = Q()
        if consultation := self.cleaned_data.get("consultation"):
            asked &= Q(activity__consultation=consultation)
        if words := self.cleaned_data.get("q"):
            asked &= Q(body__icontains=words) | Q(author__pseudonym__icontains=words)
        return asked


class ForModerators:
    """Of a view: open to those who moderate something, with what they need to judge a contribution."""

    def dispatch(self, request, *args, **kwargs):
        if not Organisation.objects.moderated_by(request.user).exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        reports = Report.objects.filter(handled_at__isnull=True).order_by("created_at", "pk")
        history = ModerationAction.objects.select_related("moderator")
        return (
            Contribution.objects.moderated_by(self.request.user)
            .with_particulars()
            .select_related("activity__consultation__organiser", "author", "on_behalf_of", "parent")
            .prefetch_related(Prefetch("reports", reports), Prefetch("moderation_actions", history))
        )


class QueueView(ForModerators, WagtailAdminTemplateMixin, ListView):
    page_title = gettext_lazy("Moderation")
    header_icon = "tasks"
    template_name = "consultations/admin/queue.html"
    context_object_name = "contributions"
    paginate_by = 20
    page_kwarg = "p"

    @property
    def tab(self) -> Tab:
        return next((tab for tab in TABS if tab.slug == self.request.GET.get("liste")), TABS[0])

    def get_queryset(self):
        self.form = QueueForm(self.request.GET, user=self.request.user)
        rows = getattr(super().get_queryset(), self.tab.queryset)().filter(self.form.question)
        # What waits longest comes first; of what was taken down, the latest.
        return rows.order_by("-created_at" if self.tab.slug == "retires" else "created_at", "pk")

    def paginate_queryset(self, queryset, page_size):
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get(self.page_kwarg))
        return paginator, page, page.object_list, page.has_other_pages()

    def get_breadcrumbs_items(self):
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs):
        mine = Contribution.objects.moderated_by(self.request.user).filter(self.form.question)
        kept = {name: value for name in self.form.fields if (value := self.form[name].value())}
        tabs = [
            {
                "label": tab.label,
                "count": getattr(mine, tab.queryset)().count(),
                "url": f"?{urlencode({'liste': tab.slug, **kept})}",
                "current": tab == self.tab,
            }
            for tab in TABS
        ]
        return super().get_context_data(
            tabs=tabs,
            tab=self.tab,
            form=self.form,
            moderation_form=ModerationForm(auto_id=False),
            next=self.request.get_full_path(),
            **kwargs,
        )


class ItemView(ForModerators, WagtailAdminTemplateMixin, DetailView):
    """One contribution, with its history; a POST acts on it."""

    page_title = gettext_lazy("Moderation")
    header_icon = "tasks"
    template_name = "consultations/admin/queue_item.html"
    context_object_name = "contribution"

    ACTS = {
        "approve": (lambda row, by, words: actions.approve(row, by), gettext_lazy("The message is published.")),
        "refuse": (lambda row, by, words: actions.refuse(row, by, **words), gettext_lazy("The message is refused.")),
        "withhold": (
            lambda row, by, words: actions.withhold(row, by, **words),
            gettext_lazy("The message is taken down."),
        ),
        "restore": (
            lambda row, by, words: actions.restore(row, by, note=words["note"]),
            gettext_lazy("The message is shown again."),
        ),
        "keep": (
            lambda row, by, words: actions.keep(row, by),
            gettext_lazy("The message stays; the reports are dealt with."),
        ),
    }

    def post(self, request, pk):
        self.object = self.get_object()
        form = ModerationForm(request.POST)
        act, done = self.ACTS.get(request.POST.get("act"), (None, None))
        if act and form.is_valid():
            try:
                act(self.object, request.user, form.cleaned_data)
            except ValidationError as refusal:
                if "reason" not in getattr(refusal, "error_dict", {}):
                    messages.error(request, " ".join(refusal.messages))
                    return HttpResponseRedirect(self.back_url)
                show_refusal(form, refusal)
            else:
                messages.success(request, done)
                return HttpResponseRedirect(self.back_url)
        return self.render_to_response(self.get_context_data(moderation_form=form), status=422)

    @property
    def back_url(self) -> str:
        return get_valid_next_url_from_request(self.request) or reverse("moderation:queue")

    def get_breadcrumbs_items(self):
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("moderation:queue"), "label": self.get_page_title()},
            {"url": "", "label": str(self.object.specific)},
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"moderation_form": ModerationForm(), "next": self.back_url, **kwargs})


urlpatterns = [
    path("", QueueView.as_view(), name="queue"),
    path("<int:pk>/", ItemView.as_view(), name="item"),
]


# ── The menu ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def waiting_for(user) -> int:
    """How many contributions wait for this person's judgment: those to publish and those reported."""
    mine = Contribution.objects.moderated_by(user)
    return mine.awaiting_moderation().count() + mine.reported().count()


def with_count(label: str, number: int) -> str:
    return f"{label} ({number})" if number else str(label)


class ModerationMenuItem(MenuItem):
    """For those who moderate something, with what waits for them."""

    def is_shown(self, request):
        return Organisation.objects.moderated_by(request.user).exists()

    def render_component(self, request):
        component = super().render_component(request)
        component.label = with_count(component.label, waiting_for(request.user))
        return component
