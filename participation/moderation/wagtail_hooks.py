from django.urls import include, path, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from participation.consultations.viewsets import ParticipationGroup

from . import account, actions, admin_urls, guarantor, queue


@hooks.register("register_admin_urls")
def add_moderation():
    return [path("moderation/", include(admin_urls))]


@hooks.register(ParticipationGroup.submenu_hook)
def add_moderation_to_the_menu():
    return queue.ModerationMenuItem(
        _("Moderation"), reverse_lazy("moderation:queue"), name="moderation", icon_name="tasks", order=10
    )


@hooks.register("register_admin_menu_item")
def add_what_guarantors_see():
    return guarantor.GuarantorMenuItem(
        _("Guarantor"), reverse_lazy("moderation:warrants"), name="warrants", icon_name="view", order=210
    )


hooks.register("register_participation_count", queue.waiting_for)
hooks.register("register_personal_data", account.appeals_as_data)
hooks.register("register_words_of_data", account.words_of_data)
hooks.register("register_account_deletion", actions.let_go, order=25)
