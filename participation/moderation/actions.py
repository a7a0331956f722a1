"""Appeals, what guarantors publish, daily letters. The only writers of this room's tables, one transaction each."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from participation.consultations import actions as consultations
from participation.consultations import recording
from participation.consultations.models import Consultation, Contribution, ModerationAction
from participation.people.models import User
from participation.plain_text import as_seen, one_line, shows_something

from . import mails
from .models import Appeal, GuarantorNote, Summary

TAKEN_DOWN = {
    ModerationAction.Act.REFUSED: Contribution.State.REFUSED,
    ModerationAction.Act.WITHHELD: Contribution.State.WITHHELD,
}
"""The acts that one may appeal, with the state that each leaves."""


def may_be_appealed(action: ModerationAction) -> bool:
    """Whether it is the act by which the text is not shown now, and nobody has appealed yet."""
    contribution = action.contribution
    return (
        TAKEN_DOWN.get(action.act) == contribution.state
        and not Appeal.objects.filter(action=action).exists()
        and not contribution.moderation_actions.filter(act__in=TAKEN_DOWN, pk__gt=action.pk).exists()
    )


@transaction.atomic
def appeal(action: ModerationAction, by: User, *, text: str, at: datetime | None = None) -> Appeal:
    """The author of a text that was taken down asks that somebody else look at it."""
    record = recording.take(action.contribution.activity.consultation, at)
    action = ModerationAction.objects.select_related("contribution__activity__consultation__organiser").get(
        pk=action.pk
    )
    if action.contribution.author_id != by.pk:
        raise PermissionDenied
    if Appeal.objects.filter(action=action).exists():
        raise ValidationError(_("You have appealed against this decision already: somebody else will look at it."))
    if not may_be_appealed(action):
        raise ValidationError(_("This decision can no longer be appealed against."))
    row = Appeal(action=action, text=as_seen(text), created_at=record.at)
    if not shows_something(row.text):
        raise ValidationError({"text": _("Say why your message should be shown.")})
    row.full_clean(exclude=["action", "decided_by"])
    row.save()
    mails.acknowledge_appeal(row)
    mails.tell_guarantor_of_appeal(row)
    return row


@transaction.atomic
def decide(row: Appeal, by: User, *, accepted: bool, answer: str, at: datetime | None = None) -> Appeal:
    """Somebody else than whoever took the text down answers its author; accepted, the text is shown again."""
    record = recording.take(row.contribution.activity.consultation, at)
    row = (
        Appeal.objects.select_for_update(of=["self"])
        .select_related("action__contribution__activity__consultation")
        .get(pk=row.pk)
    )
    if not row.contribution.activity.consultation.is_moderated_by(by) or row.action.moderator_id == by.pk:
        raise PermissionDenied
    if row.decided_at:
        raise ValidationError(_("Somebody has answered this appeal in the meantime."))
    row.answer = as_seen(answer)
    if not shows_something(row.answer):
        raise ValidationError({"answer": _("Answer the author: say why.")})
    row.accepted, row.decided_by, row.decided_at = accepted, by, record.at
    row.full_clean(exclude=["action", "decided_by"])
    row.save()
    if accepted and row.contribution.state in TAKEN_DOWN.values():
        consultations.restore(row.contribution, by, note=row.answer[:1000], on_appeal=True, at=record.at)
    else:
        mails.answer_appeal(row)
    mails.tell_guarantor_of_answer(row)
    return row


def publish_overdue(*, at: datetime | None = None) -> None:
    """Publish what waited longer than its activity says. The worker calls it."""
    at = at or timezone.now()
    for contribution in Contribution.objects.overdue(at).select_related("activity__consultation").order_by("pk"):
        try:
            consultations.publish_overdue(contribution, at=at)
        except ValidationError:
            # A moderator was quicker.
            continue


@transaction.atomic
def publish_note(
    consultation: Consultation, by: User, *, kind: str, title: str, body: str, at: datetime | None = None
) -> GuarantorNote:
    """The guarantor of a consultation publishes a note or a report, which stays as it is."""
    if not Consultation.objects.warranted_by(by).filter(pk=consultation.pk).exists():
        raise PermissionDenied
    row = GuarantorNote(consultation=consultation, kind=kind, title=one_line(title), body=as_seen(body), author=by)
    row.published_at = at or timezone.now()
    row.full_clean(exclude=["consultation", "author"])
    row.save()
    return row


@transaction.atomic
def want_summary(user: User, *, wanted: bool) -> None:
    """Whether this person is written to each day about what waits for them."""
    Summary.objects.update_or_create(user=user, defaults={"is_wanted": wanted})


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def let_go(user: User, *, erase_texts: bool) -> None:
    """Part a person whose account is deleted from what they said here; before their texts lose their author."""
    forget_appeals(Appeal.objects.filter(action__contribution__author=user))
    Appeal.objects.filter(decided_by=user).update(decided_by=None)
    GuarantorNote.objects.filter(author=user).update(author=None)


def forget_appeals(appeals: QuerySet[Appeal]) -> None:
    """That there was an appeal, and what became of it, stays; its words go. One that waits has nobody left to answer."""
    appeals.waiting().delete()
    appeals.update(text="", answer="")
