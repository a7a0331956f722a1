from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from participation.people.permissions import EditorsPolicy

from .models import Forum
from .viewsets import ForumViewSet

register_permission_policy(Forum, EditorsPolicy(Forum))
register_snippet(ForumViewSet)
