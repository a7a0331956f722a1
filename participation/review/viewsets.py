"""Documents under review, in Wagtail's admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList

from participation.consultations.admin_forms import ActivityForm
from participation.consultations.viewsets import ActivityViewSet

from .admin_forms import NewReviewForm
from .models import Review


class ReviewViewSet(ActivityViewSet):
    model = Review
    url_prefix = "documents-a-discuter"
    icon = "doc-full"
    menu_name = "reviews"
    menu_order = 32
    new_form = NewReviewForm
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("title"), FieldPanel("question"), FieldPanel("belongs_to")],
                heading=_("What is asked"),
                help_text=_("The text itself is written, or imported, under “The text”."),
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")])],
                heading=_("When"),
                help_text=_("A document stays a draft until you press “Open”, whatever its dates."),
            ),
            FieldRowPanel([FieldPanel("moderation"), FieldPanel("minutes")], heading=_("How")),
        ],
        base_form_class=ActivityForm,
    )
