"""The parts of a method kit."""

from decimal import Decimal

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, DecimalBlock, IntegerBlock, ListBlock, StructBlock, StructValue, TextBlock


def in_days(days: Decimal | None) -> str:
    """« 3,5 jours », "" when it is not known. A plural begins at two, in French: « 1,5 jour »."""
    return (
        ngettext("%(days)s day", "%(days)s days", int(days)) % {"days": floatformat(days, -1)}
        if days is not None
        else ""
    )


def in_hours(minutes: int) -> str:
    """« 45 min », « 2 h », « 2 h 15 »."""
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return ngettext("%(minutes)s min", "%(minutes)s min", minutes) % {"minutes": minutes}
    if not minutes:
        return gettext("%(hours)s h") % {"hours": hours}
    return gettext("%(hours)s h %(minutes)02d") % {"hours": hours, "minutes": minutes}


class PhaseValue(StructValue):
    @property
    def effort(self) -> str:
        return in_days(self["days"])


class PhaseBlock(StructBlock):
    title = CharBlock(label=_("title"))
    days = DecimalBlock(label=_("days of work"), required=False, min_value=0, max_digits=5, decimal_places=1)
    text = TextBlock(label=_("text"), required=False)
    steps = ListBlock(CharBlock(label=_("step")), label=_("steps"))

    class Meta:
        icon = "list-ol"
        label = _("Phase")
        template = "resources/blocks/phase.html"
        value_class = PhaseValue


class MomentBlock(StructBlock):
    minutes = IntegerBlock(label=_("minutes"), min_value=1)
    title = CharBlock(label=_("title"))
    text = TextBlock(label=_("what one does and says"), required=False)


class WorkshopValue(StructValue):
    @property
    def minutes(self) -> int:
        return sum(moment["minutes"] for moment in self["sequence"])

    @property
    def length(self) -> str:
        return in_hours(self.minutes)

    @property
    def moments(self) -> list[dict]:
        """Its moments, each with the minute of the workshop it begins at (`start`), and both in words (`clock`, `length`)."""
        start, moments = 0, []
        for moment in self["sequence"]:
            moments.append({"start": start, "clock": in_hours(start), "length": in_hours(moment["minutes"]), **moment})
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
