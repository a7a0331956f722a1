"""What people do with the sheets they propose. What editors decide of them: outcomes.py."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, PageLogEntry

from participation.people.models import User

from . import sheets, workflow
from .forms import LABELS, LONGEST_KEPT, checked
from .models import Proposal
from .outcomes import enter

MOST_BEGUN = 10
"""Proposals a person may have that are neither being read nor published."""
MOST_WAITING = 5
"""Proposals of a person that wait to be read."""

FULL_TEXT = "wagtailsearch_indexentry_fts"
"""Wagtail's own table."""

State = Proposal.State


@transaction.atomic
def begin(author: User, answers: dict) -> Proposal:
    """Keep the first answers of a new proposal; the same one when its author has just begun it with the same answers."""
    _require_short(answers)
    _take(author)
    begun = list(Proposal.objects.editable().filter(author=author))
    for proposal in begun:
        if proposal.state == State.DRAFT and proposal.answers == answers:
            return proposal
    if len(begun) >= MOST_BEGUN:
        raise ValidationError(
            _(
                "You have %(number)d proposals begun already. Your text stays here: delete one of them in “My space”, then send again."
            )
            % {"number": len(begun)}
        )
    now = timezone.now()
    return Proposal.objects.create(author=author, answers=answers, created_at=now, changed_at=now, state_at=now)


@transaction.atomic
def save_step(proposal: Proposal, author: User, answers: dict) -> Proposal:
    """Keep the answers of a step, right or wrong."""
    _require_short(answers)
    proposal = _own(proposal, author)
    _require_editable(proposal)
    proposal.answers = {**proposal.answers, **answers}
    proposal.changed_at = timezone.now()
    proposal.save(update_fields=["answers", "changed_at"])
    return proposal


@transaction.atomic
def send(proposal: Proposal, author: User) -> Proposal:
    """Make a draft sheet of the answers and put it before those who read it; what was sent a moment ago is left alone.

    When changes had been asked for, or it had been declined, the same sheet is taken up again.
    """
    _take(author)
    proposal = _own(proposal, author)
    if proposal.state == State.SENT:
        return proposal
    _require_editable(proposal)
    if Proposal.objects.waiting().filter(author=author).count() >= MOST_WAITING:
        raise ValidationError(
            _(
                "%(number)d proposals of yours wait to be read already. This one is kept: send it when one of them has been answered."
            )
            % {"number": MOST_WAITING}
        )
    values = checked(proposal.answers)
    index = sheets.inventory()
    if index is None:
        raise ValidationError(_("Nothing can be proposed now: the inventory is not online. Your text is kept."))
    if proposal.page:
        sheets.update_sheet(proposal.page, values, before=proposal.sent, now=proposal.answers)
    else:
        proposal.page = sheets.create_sheet(index, values)
    proposal.sent, proposal.sent_at = proposal.answers, timezone.now()
    enter(proposal, State.SENT)
    workflow.submit(proposal.page, index)
    return proposal


@transaction.atomic
def withdraw(proposal: Proposal, author: User) -> Proposal:
    """Take back what is being read. The draft sheet goes, the answers stay with their author."""
    proposal = _own(proposal, author)
    if proposal.state == State.WITHDRAWN:
        return proposal
    if not proposal.is_under_review:
        raise ValidationError(_("Only a proposal that is being read can be withdrawn."))
    page = proposal.page
    proposal.page = None
    enter(proposal, State.WITHDRAWN)
    _delete_draft(page)
    return proposal


@transaction.atomic
def discard(proposal: Proposal, author: User) -> None:
    """Delete a proposal that nobody is reading, and the draft sheet that was made of it."""
    proposal = _own(proposal, author)
    if not proposal.is_deletable:
        raise ValidationError(_("This proposal is being read, or is published: it cannot be deleted here."))
    page = proposal.page
    proposal.delete()
    _delete_draft(page)


@transaction.atomic
def let_go(user: User, *, erase_texts: bool) -> None:
    """Part a person whose account is deleted from the sheets they proposed.

    A published sheet is the editors': of its proposal stays the organisation it was made in the name of, if any. One that is
    being read goes on without its author, when texts are kept. The others go, with the draft sheets made of them.
    """
    _take(user)
    for row in Proposal.objects.filter(author=user).order_by("pk"):
        proposal = _own(row, user)
        if proposal.state == State.PUBLISHED:
            _leave_to_editors(proposal, answers=(), sent=NAMED_BY if proposal.is_on_behalf else ())
        elif proposal.is_under_review and not erase_texts:
            said = {*LABELS} - {"contact", "link"}
            _leave_to_editors(proposal, answers=said, sent=said)
        else:
            page = proposal.page
            proposal.delete()
            _delete_draft(page)


NAMED_BY = ("credit", "on_behalf_of")
"""The answers by which a sheet names who proposed it."""


def _leave_to_editors(proposal: Proposal, *, answers: Iterable[str], sent: Iterable[str]) -> None:
    """Keep these fields of the answers, and of what was sent; nobody is written to about it any more."""
    proposal.author, proposal.reason = None, ""
    proposal.answers = {name: proposal.answers[name] for name in answers if name in proposal.answers}
    proposal.sent = {name: proposal.sent[name] for name in sent if name in proposal.sent}
    proposal.save(update_fields=["author", "reason", "answers", "sent"])


def _take(author: User) -> None:
    """Of two acts of one person at once, the second waits for the first."""
    User.objects.select_for_update(of=["self"]).get(pk=author.pk)


def _own(proposal: Proposal, author: User) -> Proposal:
    """The proposal, locked, as it is now; Proposal.DoesNotExist when it is somebody else's.

    The revisions of its sheet and the sheet are locked before it, in the order of publishing: the other way round, two acts
    could wait for each other.
    """
    sheet = Page.objects.filter(pk__in=Proposal.objects.filter(pk=proposal.pk).values("page")).first()
    if sheet:
        list(sheet.revisions.select_for_update(of=["self"]).order_by("pk"))
        Page.objects.select_for_update(of=["self"]).filter(pk=sheet.pk).first()
    return Proposal.objects.select_for_update(of=["self"]).select_related("page").get(pk=proposal.pk, author=author)


def _require_editable(proposal: Proposal) -> None:
    if not proposal.is_editable:
        raise ValidationError(
            _("This proposal was sent meanwhile, perhaps in another tab: it can no longer be changed.")
        )


def _require_short(answers: dict) -> None:
    if any(len(answer) > LONGEST_KEPT for answer in answers.values()):
        raise ValidationError(_("One of these texts is too long to be kept: shorten it, then go on."))


def _delete_draft(page) -> None:
    """A sheet that was online once is the editors'."""
    if page and page.first_published_at is None:
        number = page.pk
        page.delete()
        # Wagtail's history would keep its title.
        PageLogEntry.objects.filter(page=number).delete()
        _merge_full_text()


def _merge_full_text() -> None:
    """Have SQLite's full-text index of pages drop the words of deleted rows, which it keeps until its pieces are merged.

    https://www.sqlite.org/fts5.html#the_optimize_command
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {FULL_TEXT} ({FULL_TEXT}) VALUES ('optimize')")
