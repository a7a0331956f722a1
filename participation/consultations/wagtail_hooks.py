from django.urls import include, path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from participation.people.permissions import EditorsPolicy

from . import account, actions, profile, raw_export, registry
from .models import Consultation
from .viewsets import ParticipationGroup

# Before the viewset, which would otherwise get rights by model.
register_permission_policy(Consultation, EditorsPolicy(Consultation))
register_snippet(ParticipationGroup)


@hooks.register("register_admin_urls")
def add_the_raw_export():
    return [path("donnees-brutes/", include((raw_export.urlpatterns, "raw_export")))]


@hooks.register("register_admin_menu_item")
def add_the_raw_export_to_the_menu():
    return raw_export.RawExportMenuItem(
        _("Raw data"), reverse_lazy("raw_export:form"), name="raw-data", icon_name="download", order=270
    )


hooks.register("register_log_subjects", registry.subjects)
hooks.register("register_recount", registry.recount)
hooks.register("register_account_section", account.my_contributions)
hooks.register("register_account_section", account.my_reactions)
hooks.register("register_organisation_section", profile.contributions)
hooks.register("register_personal_data", account.contributions_as_data)
hooks.register("register_personal_data", account.reactions_as_data)
hooks.register("register_personal_data", account.reports_as_data)
hooks.register("register_words_of_data", account.words_of_data)
hooks.register("register_account_deletion", actions.take_records, order=10)
hooks.register("register_account_deletion", actions.let_go, order=30)


@hooks.register("register_log_actions")
def add_to_the_history(actions):
    actions.register_action("consultations.release", _("Open it"), _("Open"))
    actions.register_action("consultations.close", _("Close it"), _("Closed"))
    actions.register_action("consultations.reuse", _("Reuse it as a template"), _("Reused as a template"))
    actions.register_action("consultations.wipe", _("Wipe the trial"), _("Trial wiped"))
    actions.register_action("consultations.end", _("End the consultation"), _("Ended"))
