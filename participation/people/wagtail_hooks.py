from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms.models import register_form_field_override
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from .models import DataRequest, Organisation, ProfileRequest, Role, User
from .organisation_viewsets import OrganisationViewSet, ProfileRequestViewSet
from .permissions import ReadOnly
from .viewsets import DataRequestViewSet

register_snippet(OrganisationViewSet)
register_permission_policy(ProfileRequest, ReadOnly(ProfileRequest, Role.ADMINISTRATOR, Role.ANIMATOR))
register_snippet(ProfileRequestViewSet)
register_permission_policy(DataRequest, ReadOnly(DataRequest, Role.ADMINISTRATOR))
register_snippet(DataRequestViewSet)
# A list is quicker than a chooser as long as organisations fit on a screen or two.
register_form_field_override(models.ForeignKey, to=Organisation, override={"widget": forms.Select})


@hooks.register("register_log_actions")
def add_to_the_history(actions):
    actions.register_action("people.verify", _("Verify it"), _("Verified"))
    actions.register_action("people.unverify", _("Take the verification back"), _("Verification taken back"))


@hooks.register("before_bulk_action")
def accounts_are_changed_one_by_one(request, action_type, objects, action):
    """Wagtail's bulk acts write groups and accounts without our verbs."""
    if action.model is User:
        raise PermissionDenied
