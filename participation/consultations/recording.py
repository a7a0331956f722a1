"""How the verbs of all rooms write in the public record of a consultation.

A verb begins by taking the record: from then on it is alone in the consultation until it commits. What the calendar owes
comes first (`activity.opened`, `activity.closed`), so that nothing is ever written in the wrong order, then its own entries.
A trial has no record: the same verbs write nothing there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from participation import generation
from participation.ledger import actions as ledger
from participation.ledger import sealing
from participation.ledger.models import Log
from participation.people.models import User

from .models import Activity, Consultation


@dataclass
class Record:
    """The record of a consultation, held by the current transaction."""

    log: Log | None
    """None for a trial, and for a consultation where nothing has opened yet."""
    at: datetime
    """The time of the act: now, never before what is recorded already."""

    def write(
        self,
        type: str,
        obj: str,
        *,
        by: str = "",
        data: dict | None = None,
        texts: dict[str, str] | None = None,
        sealed: bool = False,
        idempotency_key: str | None = None,
    ) -> int | None:
        """Append an entry; returns its seq, None in a trial. `by` is a tag."""
        if self.log is None:
            return None
        return ledger.append(
            self.log,
            type,
            at=self.at,
            obj=obj,
            who=by,
            data=data,
            texts=texts,
            sealed=sealed,
            idempotency_key=idempotency_key,
        )

    def withhold(self, target: int | None, fields: Iterable[str], *, obj: str, reason: str, origin: str) -> None:
        if self.log is not None and target is not None:
            ledger.withhold(self.log, target, at=self.at, fields=fields, reason=reason, origin=origin, obj=obj)

    def restore(self, target: int | None, fields: Iterable[str], *, obj: str, reason: str, origin: str) -> None:
        if self.log is not None and target is not None:
            ledger.restore(self.log, target, at=self.at, fields=fields, reason=reason, origin=origin, obj=obj)

    def erase(self, obj: str, *, ground: str) -> None:
        """Erase every text that was filed for `obj`, those that were replaced or never shown too. `ground` is a code."""
        if self.log is not None:
            ledger.erase(self.log, obj, at=self.at, ground=ground)

    def author_tag(self, author: User, obj: str) -> str:
        """The tag of the author of a contribution, known from its first entry once the key is destroyed."""
        if self.log is None:
            return ""
        if self.log.key is None:
            return self.log.entries.filter(obj=obj).earliest("seq").content["who"]
        return sealing.author_tag(sealing.opened(self.log.key), bytes(author.secret))

    def vote_tag(self, voter: User, obj: str) -> str:
        if self.log is None:
            return ""
        return sealing.vote_tag(sealing.opened(self.log.key), obj, bytes(voter.secret))


def take(consultation: Consultation, at: datetime | None = None) -> Record:
    """The consultation's record, locked, with what was due at this time written in it. `at` is now unless a past is told.

    On PostgreSQL too, everything else a verb locks comes after: two verbs never wait for each other.
    """
    if consultation.log_id is None:
        # Unless it has opened since this row was read.
        consultation = Consultation.objects.get(pk=consultation.pk)
    if consultation.is_trial:
        # Nothing to append to: the row of the consultation is what its verbs wait for.
        Consultation.objects.select_for_update().get(pk=consultation.pk)
        return Record(None, at or timezone.now())
    if consultation.log_id is None:
        return _take_unopened(consultation, at)
    log = ledger.hold(Log(pk=consultation.log_id))
    record = Record(log, log.not_before(at or timezone.now()))
    settle(record, consultation)
    return record


def _take_unopened(consultation: Consultation, at: datetime | None) -> Record:
    """The record of a consultation where nothing had opened: it is opened with the first of its activities."""
    consultation = Consultation.objects.select_for_update(of=["self"]).select_related("log").get(pk=consultation.pk)
    if consultation.log is not None:
        return take(consultation, at)
    at = at or timezone.now()
    if not consultation.activities.due(at).exists():
        return Record(None, at)
    # The name of what is among invited people would tell everyone its title.
    slug = consultation.slug if consultation.is_public else f"prive-{secrets.token_hex(6)}"
    log = ledger.open_log(slug, at=at)
    Consultation.objects.filter(pk=consultation.pk).update(log=log)
    record = Record(log, at)
    settle(record, consultation)
    return record


def settle(record: Record, consultation: Consultation) -> None:
    """Write the openings and closings whose time has come, in order of date."""
    due = list(consultation.activities.due(record.at))
    for activity in sorted(due, key=lambda row: (row.opens_at, row.pk)):
        if activity.opening_seq is None:
            _open(record, activity)
    for activity in sorted(due, key=lambda row: (row.closes_at or record.at, row.pk)):
        if activity.closes_at and activity.closes_at <= record.at:
            _close(record, activity)


def _open(record: Record, activity: Activity) -> None:
    activity = activity.specific
    seq = write_state(record, activity, "activity.opened")
    Activity.objects.filter(pk=activity.pk).update(opening_seq=seq)
    activity.after_opening(record)
    generation.bump()


def _close(record: Record, activity: Activity) -> None:
    activity = activity.specific
    activity.closing_seq = record.write("activity.closed", activity.obj)
    activity.save(update_fields=["closing_seq"])
    activity.after_closing(record)
    generation.bump()


def write_state(record: Record, activity: Activity, type: str) -> int | None:
    """`activity.opened` or `activity.changed`: the whole state of the activity, as everyone will be told it."""
    data, texts = said_of(activity)
    return record.write(type, activity.obj, data=data, texts=texts)


def said_of(activity: Activity) -> tuple[dict, dict[str, str]]:
    """What the record says of an activity (the row of its own room): in clear, and the words it commits to."""
    dates = {"opens": moment(activity.opens_at), "closes": moment(activity.closes_at)}
    return {"kind": activity.kind} | dates | activity.recorded(), activity.recorded_texts()


def moment(at: datetime | None) -> str | None:
    """A date as the record writes it: UTC, to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ") if at else None
