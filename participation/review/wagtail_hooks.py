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
