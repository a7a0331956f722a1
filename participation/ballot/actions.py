"""What people do in a vote. The only writers of votes, one transaction each."""

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from participation import generation
from participation.consultations import actions, recording
from participation.consultations.models import Activity, State
from participation.consultations.recording import Record
from participation.ledger import actions as ledger
from participation.ledger.canonical import canonical
from participation.ledger.models import Log
from participation.people.models import User

from . import mails
from .methods import BLANK, METHODS, Choice, choice_from
from .models import Answer, Ballot, Invitation, Vote


class QuestionChanged(ValidationError):
    """The question is no longer the one that was answered."""


@transaction.atomic
def cast_vote(
    ballot: Ballot,
    voter: User,
    ticked: Iterable[str],
    *,
    version: int | None = None,
    form_key: str = "",
    at: datetime | None = None,
) -> Vote:
    """Vote, or change one's vote, until closing. `ticked` are the keys of the answers, or "blank".

    Returns the vote; `vote.ballot` has the counters as they stand once it is counted.

    `version` is that of the question that was read. `form_key` names the form that was sent: sent twice, it counts once.
    """
    record = recording.take(ballot.consultation, at)
    sent, ticked = _name_of_form(ballot, voter, form_key), list(ticked)
    if record.log and (seq := ledger.already_written(record.log, sent)) is not None:
        vote = Vote.objects.get(ballot=ballot, voter=voter)
        if choice_from(ballot.method, ticked, ballot.keys) == _written_choice(record.log, seq):
            if vote.choice is None:
                raise ValidationError(
                    _(
                        "This form had been sent already, and its vote was taken back since. To vote again, press once more."
                    )
                )
            return vote
        # Somebody who had no answer to this form, and has chosen otherwise since: another act, under no form's name.
        sent = None
    ballot = _for_vote(ballot, voter, record)
    if version is not None and version != ballot.version:
        raise QuestionChanged(
            _(
                "The question, or its dates, changed while you were answering. Read it again: your choice is still ticked."
            )
        )
    choice = choice_from(ballot.method, ticked, ballot.keys)
    vote = Vote.objects.filter(ballot=ballot, voter=voter).first() or Vote(ballot=ballot, voter=voter)
    # The ballot that the counters move in: what is returned tells where the vote stands.
    vote.ballot = ballot
    if vote.pk is None:
        act = "vote.cast"
    elif vote.choice == choice and vote.version == ballot.version:
        return vote
    else:
        if vote.changes >= Vote.MOST_CHANGES:
            raise ValidationError(
                _("You have changed your vote %(count)s times: it stays as it is. You can still take it back.")
                % {"count": Vote.MOST_CHANGES}
            )
        act = "vote.cast" if vote.choice is None else "vote.changed"
        vote.changes += 1
    _count(ballot, vote.choice, choice)
    vote.choice, vote.version, vote.told_version = choice, ballot.version, ballot.version
    ballot.bind_invitation(voter)
    vote.seq = _write(record, act, ballot, voter, choice, sent)
    vote.save()
    vote.act = act
    generation.bump(soon=True)
    return vote


@transaction.atomic
def withdraw_vote(ballot: Ballot, voter: User, *, at: datetime | None = None) -> Vote:
    """Take one's vote back, until closing: it is no longer counted."""
    record = recording.take(ballot.consultation, at)
    ballot = Ballot.objects.select_related("consultation").get(pk=ballot.pk)
    # Whoever has voted may take it back, even if they could no longer vote: another address, another commune.
    actions.require_state_open(ballot, record.at)
    vote = Vote.objects.filter(ballot=ballot, voter=voter).first()
    if vote is None:
        raise ValidationError(_("You have no vote here to take back."))
    vote.ballot = ballot
    if vote.choice is None:
        return vote
    _count(ballot, vote.choice, None)
    vote.choice, vote.version = None, ballot.version
    vote.seq = record.write(
        "vote.withdrawn", ballot.obj, by=record.vote_tag(voter, ballot.obj), data={"version": ballot.version}
    )
    vote.save()
    generation.bump(soon=True)
    return vote


@transaction.atomic
def let_go(user: User, *, erase_texts: bool) -> None:
    """Part a person whose account is deleted from their votes: taken back where one still votes, else counted and nobody's."""
    at = timezone.now()
    for vote in user.votes.standing().select_related("ballot__consultation").order_by("ballot__consultation_id", "pk"):
        if vote.ballot.state(at) == State.OPEN:
            withdraw_vote(vote.ballot, user, at=at)
    user.votes.exclude(pk__in=user.votes.standing()).delete()
    user.votes.update(voter=None)
    Invitation.objects.filter(Q(voter=user) | Q(email=user.email.lower())).delete()


def tell_voters(*, most: int = 200) -> int:
    """Write to those who voted before the question changed, once each. Returns how many; at most `most` a call."""
    votes = Vote.objects.to_tell().select_related("ballot", "voter")[:most]
    for vote in votes:
        mails.tell_voter_of_change(vote)
        # One by one: a server that stops half-way writes again to one person at most.
        Vote.objects.filter(pk=vote.pk).update(told_version=vote.ballot.version)
    return len(votes)


def _for_vote(ballot: Ballot, voter: User, record: Record) -> Ballot:
    """The ballot, locked, if this person may vote in it now."""
    ballot = actions.require_open(ballot, voter, record.at)
    if why_not := ballot.why_not(voter):
        raise ValidationError(why_not)
    return ballot


def _write(record: Record, act: str, ballot: Ballot, voter: User, choice: Choice, sent: str | None) -> int | None:
    """In clear where results are live; elsewhere as a commitment, which the closing opens."""
    data = {"version": ballot.version}
    texts = None
    if ballot.choices_are_public:
        data["choice"] = choice
    else:
        texts = {"choice": canonical(choice).decode()}
    return record.write(
        act,
        ballot.obj,
        by=record.vote_tag(voter, ballot.obj),
        data=data,
        texts=texts,
        sealed=True,
        idempotency_key=sent,
    )


def _count(ballot: Ballot, before: Choice | None, after: Choice | None) -> None:
    """Move the counters from one choice of a voter to the next; None is no vote. Those at hand move with the stored ones."""
    if voters := (after is not None) - (before is not None):
        Activity.objects.filter(pk=ballot.pk).update(participant_count=F("participant_count") + voters)
        ballot.participant_count += voters
    if blank := (after == BLANK) - (before == BLANK):
        Ballot.objects.filter(pk=ballot.pk).update(blank_count=F("blank_count") + blank)
        ballot.blank_count += blank
    left, chosen = _supported(ballot, before), _supported(ballot, after)
    for keys, change in [(left - chosen, -1), (chosen - left, +1)]:
        if keys:
            Answer.objects.filter(ballot=ballot, key__in=keys).update(votes=F("votes") + change)
            for answer in ballot.answers:
                answer.votes += change if answer.key in keys else 0


def _supported(ballot: Ballot, choice: Choice | None) -> set[str]:
    return set() if choice is None or choice == BLANK else set(METHODS[ballot.method].supported(choice))


def _name_of_form(ballot: Ballot, voter: User, form_key: str) -> str | None:
    """The form's own name, made this person's and this ballot's: no other form has it."""
    return sha256(f"{ballot.pk} {voter.pk} {form_key}".encode()).hexdigest() if form_key else None


def _written_choice(log: Log, seq: int) -> Choice | None:
    """The choice of the vote that an entry records."""
    entry = log.entries.get(seq=seq)
    opening = entry.openings.filter(field="choice").first()
    return json.loads(opening.value) if opening else entry.content["data"].get("choice")
