from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PeopleConfig(AppConfig):
    default = True
    name = "participation.people"
    label = "people"
    verbose_name = _("People")


class AccountsConfig(WagtailUsersAppConfig):
    """`wagtail.users`, with our screens for accounts and groups in the place of Wagtail's."""

    user_viewset = "participation.people.viewsets.AccountViewSet"
    group_viewset = "participation.people.viewsets.GroupViewSet"
