"""Organisations in Wagtail's admin: their members, their verification, and the requests for a profile."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.log_actions import log
from wagtail.snippets.views.snippets import SnippetViewSet

from participation.admin_views import CreateByVerb, EditByVerb, OfOnesOwn, PlainIndexView, show_refusal, with_count

from . import actions
from .admin_forms import AnswerForm, MemberForm, NewMemberForm, OrganisationForm, VerificationForm
from .models import Organisation, ProfileRequest
from .names import known_as

# ── Organisations ────────────────────────────────────────────────────────────────────────────────────────────────────


class OrganisationIndexView(PlainIndexView):
    def get_list_more_buttons(self, instance):
        return [
            *super().get_list_more_buttons(instance),
            *(
                Button(
                    screen.page_title, url=_address(screen.route, instance), icon_name=screen.header_icon, priority=15
                )
                for screen in SCREENS
            ),
        ]


class OrganisationEditView(EditByVerb):
    @cached_property
    def header_buttons(self):
        return [
            HeaderButton(screen.page_title, url=_address(screen.route, self.object), icon_name=screen.header_icon)
            for screen in SCREENS
        ]


class OrganisationScreen(OfOnesOwn, PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, TemplateView):
    """A screen about one organisation, beside the form that changes it. `route` is the end of its address's name."""

    model = Organisation
    permission_required = "change"
    route: str

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("wagtailsnippets_people_organisation:list"), "label": _("Organisations")},
            {"url": _address("edit", self.object), "label": str(self.object)},
            {"url": "", "label": self.get_page_title()},
        ]


class OrganisationMembersView(OrganisationScreen):
    """Who edits an organisation's pages and who speaks in its name."""

    route = "members"
    template_name = "people/admin/members.html"
    page_title = gettext_lazy("Members")
    header_icon = "group"

    def post(self, request, pk):
        """`add` a person by address; `change` or `remove` the one whose account is in `user`."""
        act = request.POST.get("act")
        if act == "add":
            form = NewMemberForm(request.POST)
            if not form.is_valid():
                return self.render_to_response(self.get_context_data(new_member=form), status=422)
            user = form.cleaned_data["email"]
            form.save(self.object, user)
            messages.success(request, _("%(person)s is a member.") % {"person": user})
            return redirect(request.path)
        number = request.POST.get("user", "")
        user = get_object_or_404(self.object.members, pk=number if number.isdecimal() else 0)
        if act == "remove":
            actions.remove_member(self.object, user)
            messages.success(request, _("%(person)s is no longer a member.") % {"person": user})
        elif act == "change":
            form = MemberForm(request.POST)
            form.full_clean()
            form.save(self.object, user)
            messages.success(request, _("The rights of %(person)s are saved.") % {"person": user})
        return redirect(request.path)

    def get_context_data(self, **kwargs):
        members = self.object.membership_set.select_related("user").order_by("user__pseudonym")
        return super().get_context_data(**{"members": members, "new_member": NewMemberForm(auto_id="new_%s"), **kwargs})


class VerificationView(OrganisationScreen):
    """Whether its profile is verified, since when, by whom; to verify it, or to take that back."""

    route = "verification"
    template_name = "people/admin/verification.html"
    page_title = gettext_lazy("Verification")
    header_icon = "success"

    def post(self, request, pk):
        if request.POST.get("act") == "unverify":
            actions.unverify(self.object, request.user)
            log(self.object, "people.unverify", user=request.user)
            messages.success(request, _("The profile of %(name)s is no longer public.") % {"name": self.object})
            return redirect(request.path)
        form = VerificationForm(request.POST)
        if form.is_valid():
            actions.verify(self.object, request.user, **form.cleaned_data)
            log(self.object, "people.verify", user=request.user)
            messages.success(request, _("The profile of %(name)s is verified and public.") % {"name": self.object})
            return redirect(request.path)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**{"form": VerificationForm(), **kwargs})


SCREENS = [OrganisationMembersView, VerificationView]


def _address(route: str, organisation: Organisation) -> str:
    return reverse(f"wagtailsnippets_people_organisation:{route}", args=[organisation.pk])


class OrganisationViewSet(SnippetViewSet):
    model = Organisation
    url_prefix = "organisations"
    icon = "group"
    menu_name = "organisations"
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    add_view_class = CreateByVerb
    edit_view_class = OrganisationEditView
    index_view_class = OrganisationIndexView
    list_display = [
        "name",
        Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"),
        "territory",
        DateColumn("verified_at", label=gettext_lazy("Verified"), sort_key="verified_at"),
    ]
    list_filter = ["kind"]
    search_fields = ["name"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("name"), FieldPanel("kind"), FieldPanel("territory")], heading=gettext_lazy("What it is")
            ),
            MultiFieldPanel(
                [FieldPanel("presentation"), FieldPanel("contact"), FieldPanel("website")],
                heading=gettext_lazy("What people read of it"),
            ),
            FieldPanel("legal_notice"),
        ],
        base_form_class=OrganisationForm,
    )

    def get_queryset(self, request):
        return Organisation.objects.select_related("territory")

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("membres/<int:pk>/", self.construct_view(OrganisationMembersView), name="members"),
            path("verification/<int:pk>/", self.construct_view(VerificationView), name="verification"),
        ]


# ── Requests for a profile ───────────────────────────────────────────────────────────────────────────────────────────


class ProfileRequestIndexView(PlainIndexView):
    @cached_property
    def columns(self):
        return [
            TitleColumn(
                "name",
                label=gettext_lazy("Name"),
                get_url=lambda row: reverse("wagtailsnippets_people_profilerequest:answer", args=[row.pk]),
            ),
            Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"),
            Column("by", label=gettext_lazy("By")),
            DateColumn("made_at", label=gettext_lazy("When"), sort_key="made_at"),
            Column("state", label=gettext_lazy("State"), accessor="get_state_display", sort_key="state"),
        ]


class AnswerView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """A request, and its answer: the organisation is verified and the asker gets its mandate, or they are told why not."""

    permission_required = "view"
    template_name = "people/admin/profile_request.html"
    page_title = gettext_lazy("Request for a profile")
    header_icon = "group"

    def setup(self, request, *args, pk, **kwargs):
        super().setup(request, *args, pk=pk, **kwargs)
        rows = ProfileRequest.objects.select_related("by", "territory", "organisation", "answered_by")
        self.asked = get_object_or_404(rows, pk=pk)

    def get_page_subtitle(self):
        return str(self.asked)

    def get_breadcrumbs_items(self):
        requests = reverse("wagtailsnippets_people_profilerequest:list")
        return [
            *super().get_breadcrumbs_items(),
            {"url": requests, "label": _("Requests for a profile")},
            {"url": "", "label": str(self.asked)},
        ]

    def post(self, request, pk):
        form = AnswerForm(request.POST)
        try:
            if form.is_valid():
                self._answer(form)
                messages.success(request, _("Your answer is sent to %(person)s.") % {"person": self.asked.by})
                return redirect("wagtailsnippets_people_profilerequest:list")
        except ValidationError as refusal:
            show_refusal(form, refusal)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    @transaction.atomic
    def _answer(self, form: AnswerForm) -> None:
        """The history of an organisation tells that it was verified, however that came."""
        organisation = form.save(self.asked, self.request.user)
        if organisation is None:
            return
        if not form.cleaned_data["organisation"]:
            log(organisation, "wagtail.create", user=self.request.user)
        log(organisation, "people.verify", user=self.request.user)

    def get_context_data(self, **kwargs):
        known = known_as(self.asked.name)
        form = AnswerForm(initial={"organisation": known})
        return super().get_context_data(**{"asked": self.asked, "known": known, "form": form, **kwargs})


class ProfileRequestViewSet(SnippetViewSet):
    """Read by those who run organisations, written by the verbs alone."""

    model = ProfileRequest
    url_prefix = "demandes-de-profil"
    icon = "group"
    menu_label = gettext_lazy("Profile requests")
    menu_name = "profile-requests"
    menu_order = 255
    add_to_admin_menu = True
    index_view_class = ProfileRequestIndexView
    list_filter = ["state"]
    inspect_view_enabled = False
    copy_view_enabled = False

    def register_chooser_viewset(self):
        """Nothing chooses a request; a chooser would show them to whoever enters the admin."""

    @cached_property
    def menu_item_class(self):
        class MenuItem(super().menu_item_class):
            """With how many requests wait."""

            def render_component(self, request):
                component = super().render_component(request)
                waiting = ProfileRequest.objects.filter(state=ProfileRequest.State.WAITING)
                component.label = with_count(component.label, waiting.count())
                return component

        return MenuItem

    def get_queryset(self, request):
        return ProfileRequest.objects.select_related("by")

    def get_urlpatterns(self):
        answer = AnswerView.as_view(permission_policy=self.permission_policy)
        return [*super().get_urlpatterns(), path("repondre/<int:pk>/", answer, name="answer")]
