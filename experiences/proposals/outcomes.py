"""What becomes of a proposed sheet, decided by editors in Wagtail, and the letters that tell it. Those of its author: actions.py."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from wagtail.models import TaskState

from . import mails
from .models import Proposal

TOLD_WITHIN = timedelta(days=7)
"""A letter that comes later than that would be read as news of something else."""


@transaction.atomic
def decline(task_state: TaskState, by, *, comment: str = "") -> None:
    """End the reading of a sheet without publishing it; `comment` is told to its author."""
    task_state.reject(user=by, update=False, comment=comment)
    task_state.workflow_state.cancel(user=by)
    _becomes(task_state.workflow_state.object_id, Proposal.State.DECLINED, comment)


@transaction.atomic
def ask_for_changes(page_id: int, words: str) -> None:
    """Give the answers back to their author, to be completed."""
    _becomes(page_id, Proposal.State.CHANGES, words)


@transaction.atomic
def note_publication(page_id: int) -> None:
    """The sheet is online: by the workflow, without it, or long after it was declined."""
    proposal = Proposal.objects.select_for_update(of=["self"]).filter(page_id=page_id).first()
    if proposal and proposal.state != Proposal.State.PUBLISHED:
        enter(proposal, Proposal.State.PUBLISHED)


@transaction.atomic
def note_deletion(page_id: int) -> None:
    """Editors have deleted a sheet that was never published."""
    _becomes(page_id, Proposal.State.DECLINED, "")


def tell_proposers(*, most: int = 200) -> int:
    """Write to those whose proposal changed state, once for each. Returns how many; at most `most` a call.

    A letter that could not leave is tried again at the next call, for a week.
    """
    proposals = Proposal.objects.to_tell(timezone.now() - TOLD_WITHIN).order_by("state_at")
    told = 0
    for proposal in proposals.select_related("author", "page")[:most]:
        if mails.tell(proposal):
            # One by one: a server that stops half-way writes again to one person at most.
            Proposal.objects.filter(pk=proposal.pk).update(told_at=proposal.state_at)
            told += 1
    return told


def enter(proposal: Proposal, state: Proposal.State, reason: str = "") -> None:
    """Change the state of a proposal that the caller has locked."""
    proposal.state, proposal.reason, proposal.state_at = state, reason, timezone.now()
    proposal.save()


def _becomes(page_id, state: Proposal.State, reason: str) -> None:
    """Nothing happens to a proposal that is not under review: its sheet leads its own life."""
    proposal = Proposal.objects.select_for_update(of=["self"]).under_review().filter(page_id=page_id).first()
    if proposal:
        enter(proposal, state, reason)
