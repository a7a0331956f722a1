"""Accounts, groups and requests about personal data, in Wagtail's admin. Organisations are in organisation_viewsets.py."""

import django_filters
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.forms import CheckboxSelectMultiple
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, TitleColumn
from wagtail.admin.widgets.boolean_radio_select import BooleanRadioSelect
from wagtail.snippets.views.snippets import SnippetViewSet
from wagtail.users.views import groups, users

from participation.admin_views import PlainIndexView, SavesByVerb

from .admin_forms import AccountChangeForm, AccountForm, GroupForm
from .models import DataRequest, Role, User

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
