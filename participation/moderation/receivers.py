"""What this room does when something happens in the rooms below."""

from participation.consultations.models import Contribution
from participation.consultations.signals import contribution_changed

from . import actions
from .models import Appeal


def forget_what_was_erased(sender, contribution: Contribution, **kwargs) -> None:
    """The words of an appeal may quote the text."""
    if contribution.state == Contribution.State.ERASED:
        actions.forget_appeals(Appeal.objects.filter(action__contribution=contribution.pk))


def connect() -> None:
    contribution_changed.connect(forget_what_was_erased, dispatch_uid="moderation.erased")
