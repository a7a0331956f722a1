from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StructBlock

from participation.consultations.blocks import ActivityChooserBlock


class ReviewBlock(StructBlock):
    """A document under review, inside a page. The page keeps a pointer; versions and remarks have their tables."""

    activity = ActivityChooserBlock(
        "review.Review",
        label=_("Document under review"),
        help_text=_("Choose one of yours, or create one: it stays a draft until you press “Open”."),
    )

    class Meta:
        icon = "doc-full"
        label = _("Document under review")
        group = _("Taking part")
        description = _("A text that people read and discuss passage by passage, through all its versions.")
        template = "review/blocks/review.html"
