from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StructBlock
from wagtail.snippets.blocks import SnippetChooserBlock


class ForumBlock(StructBlock):
    """A forum, open inside a page. The page keeps a pointer; the forum and its messages have their tables."""

    activity = SnippetChooserBlock("forum.Forum", label=_("forum"))

    class Meta:
        icon = "comment"
        label = _("Forum")
        group = _("Taking part")
        description = _("An open discussion: topics, replies, agreements and disagreements.")
        template = "forum/blocks/forum.html"
