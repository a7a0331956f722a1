"""Organisations, their members, accounts and groups, in Wagtail's admin."""

import django_filters
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.forms import CheckboxSelectMultiple
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.views.generic.base import BaseObjectMixin
from wagtail.admin.widgets.boolean_radio_select import BooleanRadioSelect
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.snippets.views.snippets import SnippetViewSet
from wagtail.users.views import groups, users

from participation.admin_views import CreateByVerb, EditByVerb, OfOnesOwn, PlainIndexView, SavesByVerb

from . import actions
from .admin_forms import AccountChangeForm, AccountForm, GroupForm, MemberForm, NewMemberForm, OrganisationForm
from .models import DataRequest, Organisation, Role, User

# ── Organisations ────────────────────────────────────────────────────────────────────────────────────────────────────


class OrganisationIndexView(PlainIndexView):
    def get_list_more_buttons(self, instance):
        return [
            *super().get_list_more_buttons(instance),
            Button(
                _("Members"),
                url=reverse("wagtailsnippets_people_organisation:members", args=[instance.pk]),
                icon_name="group",
                priority=15,
            ),
        ]


class OrganisationEditView(EditByVerb):
    @cached_property
    def header_buttons(self):
        return [
            HeaderButton(
                _("Members"),
                url=reverse("wagtailsnippets_people_organisation:members", args=[self.object.pk]),
                icon_name="group",
            )
        ]


class OrganisationMembersView(
    OfOnesOwn, PermissionCheckedMixin, BaseObjectMixin, WagtailAdminTemplateMixin, TemplateView
):
    """Who edits an organisation's pages and who speaks in its name."""

    model = Organisation
    permission_required = "change"
    template_name = "people/admin/members.html"
    page_title = gettext_lazy("Members")
    header_icon = "group"

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("wagtailsnippets_people_organisation:list"), "label": _("Organisations")},
            {
                "url": reverse("wagtailsnippets_people_organisation:edit", args=[self.object.pk]),
                "label": str(self.object),
            },
            {"url": "", "label": self.get_page_title()},
        ]

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
    list_display = ["name", Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"), "territory"]
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

    @property
    def members_view(self):
        return self.construct_view(OrganisationMembersView)

    def get_queryset(self, request):
        return Organisation.objects.select_related("territory")

    def get_urlpatterns(self):
        return [*super().get_urlpatterns(), path("membres/<int:pk>/", self.members_view, name="members")]


# ── Accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class AccountFilterSet(WagtailFilterSet):
    role = django_filters.MultipleChoiceFilter(
        field_name="groups__name", choices=Role.choices, label=gettext_lazy("Role"), widget=CheckboxSelectMultiple
    )
    is_active = django_filters.BooleanFilter(label=gettext_lazy("Open"), widget=BooleanRadioSelect)

    class Meta:
        model = User
        fields = []


class AccountIndexView(users.IndexView):
    page_title = gettext_lazy("Accounts")
    add_item_label = gettext_lazy("Open an account")
    template_name = "wagtailadmin/generic/index.html"
    search_fields = ["email", "pseudonym"]
    default_ordering = "pseudonym"

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title(
                "pseudonym",
                label=gettext_lazy("Pseudonym"),
                sort_key="pseudonym",
                get_url=self.get_edit_url,
            ),
            Column("email", label=gettext_lazy("E-mail address"), sort_key="email"),
            Column("roles", label=gettext_lazy("Roles"), accessor=_names_of_roles),
            BooleanColumn("is_active", label=gettext_lazy("Open"), sort_key="is_active"),
            DateColumn("last_login", label=gettext_lazy("Last sign-in"), sort_key="last_login"),
        ]

    def get_base_queryset(self):
        return super().get_base_queryset().prefetch_related("groups")

    def get_filterset_kwargs(self):
        kwargs = super().get_filterset_kwargs()
        kwargs.pop("is_searching")
        return kwargs

    def get_edit_url(self, instance):
        if instance.is_superuser and not self.request.user.is_superuser:
            return None
        return super().get_edit_url(instance)


def _names_of_roles(user: User) -> str:
    held = {group.name for group in user.groups.all()}
    return ", ".join(str(role.label) for role in Role if role in held)


class AccountCreateView(SavesByVerb, users.CreateView):
    page_title = gettext_lazy("Open an account")
    success_message = gettext_lazy(
        "The account of “%(object)s” is open. They choose a password by “Forgotten password?”."
    )


class AccountEditView(SavesByVerb, users.EditView):
    success_message = gettext_lazy("The account of “%(object)s” is saved.")

    def dispatch(self, request, *args, **kwargs):
        if self.object.is_superuser and not request.user.is_superuser:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class AccountDeleteView(users.DeleteView):
    """Nothing is deleted here: an account carries words and votes, which are erased by other means."""

    def dispatch(self, request, *args, **kwargs):
        raise PermissionDenied


class AccountViewSet(users.UserViewSet):
    menu_label = gettext_lazy("Accounts")
    copy_view_enabled = False
    filterset_class = AccountFilterSet
    index_view_class = AccountIndexView
    add_view_class = AccountCreateView
    edit_view_class = AccountEditView
    delete_view_class = AccountDeleteView
    template_prefix = ""

    def get_form_class(self, for_update=False):
        return AccountChangeForm if for_update else AccountForm


# ── Groups ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _name_of_group(group: Group) -> str:
    """A role by its name in people's language; other groups as they are."""
    return str(Role(group.name).label) if group.name in Role.values else group.name


class GroupIndexView(groups.IndexView):
    columns = [
        TitleColumn(
            "name",
            label=gettext_lazy("Name"),
            accessor=_name_of_group,
            sort_key="name",
            url_name="wagtailusers_groups:edit",
        ),
    ]


class GroupEditView(groups.EditView):
    header_buttons = []

    def get_page_subtitle(self):
        return _name_of_group(self.object)


class GroupDeleteView(groups.DeleteView):
    """Roles and organisations' editors stay: the site counts on them."""

    def dispatch(self, request, *args, **kwargs):
        if self.object.name in Role.values or hasattr(self.object, "organisation"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class GroupViewSet(groups.GroupViewSet):
    menu_label = gettext_lazy("Rights of groups")
    index_view_class = GroupIndexView
    edit_view_class = GroupEditView
    delete_view_class = GroupDeleteView

    def get_form_class(self, for_update=False):
        return GroupForm


# ── Requests about personal data ─────────────────────────────────────────────────────────────────────────────────────


class DataRequestIndexView(PlainIndexView):
    @cached_property
    def columns(self):
        return [
            DateColumn("made_at", label=gettext_lazy("When"), sort_key="made_at"),
            Column("kind", label=gettext_lazy("Request"), accessor="get_kind_display", sort_key="kind"),
            Column("by", label=gettext_lazy("By"), accessor=lambda row: row.by or _("erased account")),
            Column("purpose", label=gettext_lazy("Purpose")),
        ]


class DataRequestViewSet(SnippetViewSet):
    """Read by administrators, written by the verbs alone."""

    model = DataRequest
    url_prefix = "demandes"
    icon = "history"
    menu_label = gettext_lazy("GDPR requests")
    menu_name = "data-requests"
    menu_order = 260
    add_to_admin_menu = True
    index_view_class = DataRequestIndexView
    list_filter = ["kind"]
    inspect_view_enabled = False
    copy_view_enabled = False

    def register_chooser_viewset(self):
        """Nothing chooses a request; a chooser would show them to whoever enters the admin."""

    def get_queryset(self, request):
        return DataRequest.objects.select_related("by")
