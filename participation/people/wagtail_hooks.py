from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from wagtail import hooks
from wagtail.admin.forms.models import register_form_field_override
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from .models import DataRequest, Organisation, User
from .permissions import ReadByAdministrators
from .viewsets import DataRequestViewSet, OrganisationViewSet

register_snippet(OrganisationViewSet)
register_permission_policy(DataRequest, ReadByAdministrators(DataRequest))
register_snippet(DataRequestViewSet)
# A list is quicker than a chooser as long as organisations fit on a screen or two.
register_form_field_override(models.ForeignKey, to=Organisation, override={"widget": forms.Select})


@hooks.register("before_bulk_action")
def accounts_are_changed_one_by_one(request, action_type, objects, action):
    """Wagtail's bulk acts write groups and accounts without our verbs."""
    if action.model is User:
        raise PermissionDenied
