"""Methods of voting: what a choice may be, and how choices are counted. Pure functions, the arithmetic of the verifier.

A choice is what the record says it is: one key (`single`), a sorted array of keys (`approval`), or "blank".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

BLANK = "blank"
MOST_CHOICES = 30

Choice = str | list[str]


@dataclass(frozen=True)
class Method:
    """How one votes and how it is counted."""

    code: str
    label: str
    explanation: str
    """In two sentences: how one answers, then how it is counted."""
    many: bool
    """Whether several boxes may be ticked."""
    read: Callable[[list[str]], Choice]
    """What was ticked, as a choice."""
    supported: Callable[[Choice], list[str]]
    """The keys that a choice adds one to."""


METHODS = {
    method.code: method
    for method in [
        Method(
            "single",
            gettext_lazy("one answer"),
            gettext_lazy(
                "Each person chooses one answer, or votes blank. The answer chosen by most people comes first."
            ),
            many=False,
            read=lambda ticked: ticked[0],
            supported=lambda choice: [choice],
        ),
        Method(
            "approval",
            gettext_lazy("several answers"),
            gettext_lazy(
                "Each person ticks all the answers that suit them, or votes blank. The answer that suits most people comes "
                "first; the shares are of those who did not vote blank, so that together they may exceed 100%."
            ),
            many=True,
            read=sorted,
            supported=lambda choice: list(choice),
        ),
    ]
}


def choice_from(method: str, ticked: Iterable[str], keys: Iterable[str]) -> Choice:
    """The choice that these ticked boxes make. ValidationError, in words for the person, when they make none."""
    ticked, keys = list(dict.fromkeys(ticked)), set(keys)
    if not ticked:
        raise ValidationError(_("Choose an answer, or the blank vote."))
    if unknown := [key for key in ticked if key != BLANK and key not in keys]:
        raise ValidationError(_("This answer does not exist: %(key)s.") % {"key": unknown[0][:20]})
    if BLANK in ticked:
        if len(ticked) > 1:
            raise ValidationError(_("A blank vote stands alone: untick it, or untick the answers."))
        return BLANK
    if len(ticked) > 1 and not METHODS[method].many:
        raise ValidationError(_("Choose one answer only."))
    return METHODS[method].read(ticked)


def tally(method: str, keys: Iterable[str], choices: Iterable[Choice]) -> dict:
    """{"method", "voters", "blank", "totals"} of these choices, one a voter: every key is listed, zeros included."""
    totals, voters, blank = dict.fromkeys(keys, 0), 0, 0
    supported = METHODS[method].supported
    for choice in choices:
        voters += 1
        if choice == BLANK:
            blank += 1
            continue
        for key in supported(choice):
            totals[key] += 1
    return {"method": method, "voters": voters, "blank": blank, "totals": totals}
