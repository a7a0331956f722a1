from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from participation.people.permissions import EditorsPolicy

from . import counting
from .models import Review
from .viewsets import ReviewViewSet

register_permission_policy(Review, EditorsPolicy(Review))
register_snippet(ReviewViewSet)

hooks.register("register_recount", counting.recount)


@hooks.register("register_log_actions")
def add_to_the_history(actions):
    actions.register_action("review.text", _("Work on the text"), _("Text worked on"))
    actions.register_action("review.publish", _("Publish a version"), _("Version published"))
