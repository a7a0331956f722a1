"""The parts of a method kit."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, DecimalBlock, IntegerBlock, ListBlock, StructBlock, StructValue, TextBlock


class PhaseBlock(StructBlock):
    title = CharBlock(label=_("title"))
    days = DecimalBlock(label=_("days of work"), required=False, min_value=0, max_digits=5, decimal_places=1)
    text = TextBlock(label=_("text"), required=False)
    steps = ListBlock(CharBlock(label=_("step")), label=_("steps"))

    class Meta:
        icon = "list-ol"
        label = _("Phase")
        template = "resources/blocks/phase.html"


class MomentBlock(StructBlock):
    minutes = IntegerBlock(label=_("minutes"), min_value=1)
    title = CharBlock(label=_("title"))
    text = TextBlock(label=_("what one does and says"), required=False)


class WorkshopValue(StructValue):
    @property
    def minutes(self) -> int:
        return sum(moment["minutes"] for moment in self["sequence"])

    @property
    def moments(self) -> list[dict]:
        """Its moments, each with the minute of the workshop it begins at (`start`)."""
        start, moments = 0, []
        for moment in self["sequence"]:
            moments.append({"start": start, **moment})
            start += moment["minutes"]
        return moments


class WorkshopBlock(StructBlock):
    """A facilitation guide: what happens minute by minute."""

    title = CharBlock(label=_("title"))
    size = CharBlock(label=_("size of the group"), required=False)
    objective = TextBlock(label=_("objective"), required=False)
    sequence = ListBlock(MomentBlock(), label=_("sequence"))

    class Meta:
        icon = "time"
        label = _("Workshop")
        template = "resources/blocks/workshop.html"
        value_class = WorkshopValue
