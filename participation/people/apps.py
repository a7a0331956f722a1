from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PeopleConfig(AppConfig):
    default = True
    name = "participation.people"
    label = "people"
    verbose_name = _("People")


class AccountsConfig(WagtailUsersAppConfig):
    """Wagtail's screens for accounts and groups, with ours in their place. Stands for "wagtail.users" in INSTALLED_APPS."""

    user_viewset = "participation.people.viewsets.AccountViewSet"
    group_viewset = "participation.people.viewsets.GroupViewSet"
