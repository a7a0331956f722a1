from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StructBlock

from participation.consultations.blocks import ActivityChooserBlock


class BallotBlock(StructBlock):
    """A vote, inside a page. The page keeps a pointer; the ballot and its votes have their tables."""

    activity = ActivityChooserBlock(
        "ballot.Ballot",
        label=_("Vote"),
        help_text=_("Choose one of yours, or create one: it stays a draft until you press “Open”."),
    )

    class Meta:
        icon = "tick-inverse"
        label = _("Vote")
        group = _("Taking part")
        description = _("A question and its answers: people vote, and the count can be checked by anyone.")
        template = "ballot/blocks/ballot.html"
