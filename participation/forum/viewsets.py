"""Forums, in Wagtail's admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList

from participation.consultations.admin_forms import ActivityForm
from participation.consultations.viewsets import ActivityViewSet

from .models import Forum


class ForumViewSet(ActivityViewSet):
    model = Forum
    url_prefix = "forums"
    icon = "comment"
    menu_name = "forums"
    menu_order = 30
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("title"), FieldPanel("question"), FieldPanel("belongs_to")], heading=_("What is asked")
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")])],
                heading=_("When"),
                help_text=_("A forum stays a draft until you press “Open”, whatever its dates."),
            ),
            FieldRowPanel(
                [FieldPanel("moderation"), FieldPanel("hours_to_decide"), FieldPanel("minutes")], heading=_("How")
            ),
        ],
        base_form_class=ActivityForm,
    )
