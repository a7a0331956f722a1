from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StructBlock

from participation.consultations.blocks import ActivityChooserBlock


class ForumBlock(StructBlock):
    """A forum, open inside a page. The page keeps a pointer; the forum and its messages have their tables."""

    activity = ActivityChooserBlock(
        "forum.Forum",
        label=_("Forum"),
        help_text=_("Choose one of yours, or create one: it stays a draft until you press “Open”."),
    )

    class Meta:
        icon = "comment"
        label = _("Forum")
        group = _("Taking part")
        description = _("An open discussion: topics, replies, agreements and disagreements.")
        template = "forum/blocks/forum.html"
