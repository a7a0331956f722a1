"""What people do in a consultation. The only writers of this room's tables, one transaction each.

Each verb checks, writes, and returns the row. What it refuses, it refuses with a `ValidationError` whose message can be
shown to the person as it is. `at` is the time it happens: now, unless a demonstration is being written.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation import generation
from participation.ledger import actions as ledger
from participation.ledger.canonical import nfc
from participation.ledger.urls import RESERVED
from participation.people.actions import trust
from participation.people.models import Organisation, Role, User
from participation.plain_text import shows_something
from participation.vocabulary.models import InvolvementDegree

from . import mails, recording
from .models import Activity, Consultation, Contribution, ModerationAction, Reaction, Report, State
from .recording import Record
from .signals import contribution_changed

# ── Consultations and activities ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_consultation(
    *,
    title: str,
    organiser: Organisation,
    degree: str,
    slug: str = "",
    guests: Iterable[User] = (),
    by: User | None = None,
    **fields,
) -> Consultation:
    """A new consultation. `by` must edit the organiser's pages (None: the seed of a demonstration).

    Its short name is made from its title when none is given.
    """
    consultation = Consultation(
        title=title, slug=slug or _free_slug(title), organiser=organiser, degree=degree, **fields
    )
    require_editor(consultation, by)
    if consultation.slug in RESERVED:
        raise ValidationError({"slug": _("This word is used by the site itself.")})
    consultation.full_clean(exclude=["guests"])
    consultation.save()
    consultation.guests.set(guests)
    return consultation


@transaction.atomic
def change_consultation(
    consultation: Consultation, by: User | None = None, *, guests: Iterable[User] | None = None
) -> Consultation:
    """Save the changes made to a consultation, and its guests where they are given. Its short name stays."""
    before = Consultation.objects.select_for_update(of=["self"]).get(pk=consultation.pk)
    require_editor(before, by)
    require_editor(consultation, by)
    if consultation.organiser_id != before.organiser_id and before.activities.released().exists():
        raise ValidationError(
            {
                "organiser": _(
                    "People have been told who organises this consultation: its organiser can no longer change."
                )
            }
        )
    told = before.activities.released().exists()
    if told and consultation.is_trial != before.is_trial:
        raise ValidationError(
            {"is_trial": _("Something was opened in it: a trial stays a trial, and a real one stays real.")}
        )
    if told and consultation.guarantor != before.guarantor and not (by is None or by.has_role(Role.ADMINISTRATOR)):
        raise ValidationError(
            {"guarantor": _("Something was opened in it: only an administrator changes who its guarantor is.")}
        )
    if told and consultation.access != before.access:
        raise ValidationError(
            {"access": _("People have been told who can see this consultation: its access can no longer change.")}
        )
    if guests is not None:
        guests = list(guests)
        if set(guests) != set(before.guests.all()) and any(
            activity.specific.FIXES_GUESTS for activity in before.activities.released()
        ):
            raise ValidationError(
                {"guest_addresses": _("A vote was opened among these people: those who may take part were fixed then.")}
            )
    consultation.slug, consultation.log = before.slug, before.log
    consultation.full_clean(exclude=["guests"])
    consultation.save()
    if guests is not None:
        consultation.guests.set(guests)
    generation.bump()
    return consultation


def _free_slug(title: str) -> str:
    """A short name made from a title, that no consultation bears yet."""
    stem = slugify(title)[:70].strip("-") or "consultation"
    taken = RESERVED | set(Consultation.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for number in count(1) if (slug := stem if number == 1 else f"{stem}-{number}") not in taken)


@transaction.atomic
def permanent_consultation(organiser: Organisation, year: int) -> Consultation:
    """An organiser's permanent consultation of `year`, created on the first call: what belongs to no other is in it.

    One per organiser, because the organiser answers for the data and its editors for the moderation.
    """
    title = _("Conversations of the year %(year)s") % {"year": year}
    consultation, _created = Consultation.objects.get_or_create(
        organiser=organiser,
        site_year=year,
        defaults={
            "title": title,
            "slug": _free_slug(f"site-{year}"),
            "degree": InvolvementDegree.CONSULTATION,
        },
    )
    return consultation


@transaction.atomic
def copy_consultation(consultation: Consultation, *, title: str, by: User | None = None) -> Consultation:
    """A new consultation made after this one: what it says and its activities, as drafts; nothing of what people did."""
    require_editor(consultation, by)
    said = {
        field.name: getattr(consultation, field.name)
        for field in Consultation._meta.fields
        if field.editable and not field.primary_key and field.name not in NOT_COPIED
    }
    copy = create_consultation(**said, title=title, guests=consultation.guests.all(), by=by)
    for activity in consultation.activities.order_by("created_at", "pk"):
        original = activity.specific
        fields = {
            field.name: getattr(original, field.name)
            for field in original._meta.fields
            if field.editable and not field.primary_key and field.name not in NOT_COPIED
        }
        draft = type(original)(**{**fields, "consultation": copy, "title": original.title})
        original.give_particulars_to(draft)
        create_activity(draft)
    return copy


NOT_COPIED = {"title", "slug", "is_trial", "opens_at", "closes_at", "consultation"}


@transaction.atomic
def wipe_trial(consultation: Consultation, by: User | None = None) -> None:
    """Forget all that was done in a trial; its activities are drafts again."""
    consultation = Consultation.objects.select_for_update(of=["self"]).get(pk=consultation.pk)
    require_editor(consultation, by)
    if not consultation.is_trial:
        raise ValidationError(_("Only a trial can be wiped: what people did in a real consultation stays."))
    done = Contribution.objects.filter(activity__consultation=consultation)
    for rows in [
        Reaction.objects.filter(contribution__in=done),
        Report.objects.filter(contribution__in=done),
        ModerationAction.objects.filter(contribution__in=done),
    ]:
        rows.delete()
    while done.exists():
        # What was answered is protected by its answers: those without any go first.
        done.filter(children__isnull=True).delete()
    for activity in consultation.activities.all():
        activity.specific.forget()
    consultation.activities.update(
        released_at=None, opens_at=None, closes_at=None, contribution_count=0, participant_count=0
    )
    generation.bump()


@transaction.atomic
def create_activity(activity: Activity, by: User | None = None) -> Activity:
    """Save a new activity of any kind as a draft. `by` must edit the organiser's pages (None: the seed of a demonstration)."""
    require_editor(activity.consultation, by)
    require_going_on(activity.consultation)
    activity.kind = activity.KIND
    activity.released_at = None
    activity.full_clean()
    activity.save()
    activity.save_particulars()
    return activity


@transaction.atomic
def change_activity(activity: Activity, by: User | None = None, *, at: datetime | None = None) -> Activity:
    """Save the changes made to an activity; once it is closed, nothing of it changes, and once open it stays where it is.

    What the record says of an open activity is written there anew when it changes.
    """
    require_editor(activity.consultation, by)
    record = recording.take(Activity.objects.select_related("consultation").get(pk=activity.pk).consultation, at)
    before = type(activity).objects.select_related("consultation").get(pk=activity.pk)
    require_editor(before.consultation, by)
    if before.state(record.at) == State.CLOSED:
        raise ValidationError(_("This activity is closed: it can no longer be changed."))
    if before.released_at and activity.consultation_id != before.consultation_id:
        raise ValidationError(_("An open activity stays in its consultation."))
    if before.released_at and activity.closes_at and activity.closes_at <= record.at:
        raise ValidationError(_("This closing date is past. To close it now, use “Close”."))
    if before.opening_seq is not None or (before.released_at and activity.opens_at is None):
        activity.opens_at = before.opens_at
    said = recording.said_of(before)
    activity.require_may_follow(before)
    activity.full_clean()
    # Only what a form may change: the counters beside it move while one types.
    activity.save(
        update_fields=[field.name for field in activity._meta.fields if field.editable and not field.primary_key]
    )
    activity.save_particulars()
    if before.opening_seq is not None and recording.said_of(activity) != said:
        activity.before_recorded_change(before, record)
        recording.write_state(record, activity, "activity.changed")
    elif before.released_at:
        # A date that was brought forward may be due at once.
        recording.take(activity.consultation, record.at)
    generation.bump()
    return activity


@transaction.atomic
def release_activity(activity: Activity, by: User | None = None, *, at: datetime | None = None) -> Activity:
    """Press "Open": it opens now, or at its opening date when that is to come."""
    record = recording.take(activity.consultation, at)
    activity = type(activity).objects.select_related("consultation").get(pk=activity.pk)
    require_editor(activity.consultation, by)
    require_going_on(activity.consultation)
    if activity.released_at:
        raise ValidationError(_("It is open already."))
    if activity.closes_at and activity.closes_at <= record.at:
        raise ValidationError(_("Its closing date is past: change it first."))
    activity.prepare_to_open(record.at)
    activity.released_at = record.at
    if activity.opens_at is None or activity.opens_at < record.at:
        activity.opens_at = record.at
    activity.save()
    # It may open, or close, at once.
    recording.take(activity.consultation, record.at)
    generation.bump()
    return type(activity).objects.get(pk=activity.pk)


@transaction.atomic
def close_activity(activity: Activity, by: User | None = None, *, at: datetime | None = None) -> Activity:
    """Close an open activity now, before its date or when it has none."""
    record = recording.take(activity.consultation, at)
    activity = type(activity).objects.select_related("consultation").get(pk=activity.pk)
    require_editor(activity.consultation, by)
    if activity.state(record.at) != State.OPEN:
        raise ValidationError(_("Only an open activity can be closed."))
    activity.closes_at = record.at
    activity.save(update_fields=["closes_at"])
    # It may open, or close, at once.
    recording.take(activity.consultation, record.at)
    generation.bump()
    return type(activity).objects.get(pk=activity.pk)


@transaction.atomic
def keep_time(consultation: Consultation, *, at: datetime | None = None) -> None:
    """Write in the record the openings and closings whose time has come."""
    recording.take(consultation, at)


@transaction.atomic
def end_consultation(consultation: Consultation, by: User | None = None, *, at: datetime | None = None) -> Consultation:
    """End participation in a consultation for good: all its activities are closed and nothing opens in it any more.

    Its record stays, and moderation, answers and erasures are still written there.
    """
    record = recording.take(consultation, at)
    consultation = Consultation.objects.select_for_update(of=["self"]).select_related("log").get(pk=consultation.pk)
    require_editor(consultation, by)
    require_going_on(consultation)
    if record.log is None:
        raise ValidationError(_("Nothing has opened in this consultation: there is nothing to end."))
    if consultation.activities.released().exclude(pk__in=consultation.activities.closed(record.at)).exists():
        raise ValidationError(_("An activity is still open, or is to open: close it first."))
    ledger.close_log(record.log, at=record.at)
    if consultation.closes_at is None or consultation.closes_at > record.at:
        consultation.closes_at = record.at
        consultation.save(update_fields=["closes_at"])
    generation.bump()
    return consultation


KEY_LASTS = timedelta(days=61)
"""After the end of a consultation: two months."""


@transaction.atomic
def forget_who(consultation: Consultation, *, at: datetime | None = None) -> None:
    """Two months after the end: destroy the key of the tags, and forget whose votes and reactions these were."""
    record = recording.take(consultation, at)
    if record.log is None or record.log.is_open or record.log.key is None:
        return
    if record.log.closed_at + KEY_LASTS > record.at:
        return
    ledger.destroy_key(record.log, at=record.at)
    Reaction.objects.filter(contribution__activity__consultation=consultation).update(user=None)
    for activity in consultation.activities.all():
        activity.specific.forget_who()


@transaction.atomic
def count_participation(consultation: Consultation, *, at: datetime | None = None) -> None:
    """Write how many people take part in each open activity, once a day."""
    record = recording.take(consultation, at)
    if record.log is None:
        return
    for activity in consultation.activities.open(record.at).order_by("pk"):
        counts = {"participants": activity.participant_count, "contributions": activity.contribution_count}
        record.write("participation.count", activity.specific.obj, data=counts)


def require_going_on(consultation: Consultation) -> None:
    if consultation.log and not consultation.log.is_open:
        raise ValidationError(_("This consultation is ended: nothing opens in it any more. Reuse it as a template."))


def require_editor(consultation: Consultation, by: User | None) -> None:
    if by is not None and not consultation.is_edited_by(by):
        raise PermissionDenied


# ── Contributions ────────────────────────────────────────────────────────────────────────────────────────────────────


def require_open(activity: Activity, to: User, at: datetime) -> Activity:
    """The activity, read again, if `to` may take part in it at `at`. The verb has taken the record: it is alone in it."""
    activity = type(activity).objects.select_related("consultation").filter(pk=activity.pk).first()
    if activity is None or not activity.is_visible(to):
        raise PermissionDenied
    require_state_open(activity, at)
    return activity


def require_state_open(activity: Activity, at: datetime) -> None:
    """Refuse, in words, unless the activity is open at `at`."""
    match activity.state(at):
        case State.DRAFT:
            raise ValidationError(_("This activity is still a draft: it is not open yet."))
        case State.COMING:
            raise ValidationError(_("This activity is not open yet."))
        case State.CLOSED:
            raise ValidationError(_("This activity is closed. What was written before stays readable."))


AGAIN = timedelta(minutes=1)
"""Within it, the same words at the same place are the same contribution: a button that was pressed twice."""


def just_filed(contribution: Contribution, at: datetime, *, place: Iterable[str] = ()) -> Contribution | None:
    """The same contribution, when its author has filed it a moment ago. `place`: what else must be the same, by field.

    The verb has taken the record: of the same form sent twice at once, the second finds what the first wrote.
    """
    same = {field: getattr(contribution, field) for field in ("activity", "author", "on_behalf_of", "parent", *place)}
    filed = type(contribution).objects.filter(
        **same,
        **contribution.texts(),
        state__in=[Contribution.State.RECEIVED, Contribution.State.PUBLISHED],
        created_at__gt=at - AGAIN,
        created_at__lte=at,
    )
    return filed.first()


def speak_for(contribution: Contribution, organisation: Organisation | None) -> None:
    """Have it written in an organisation's name, of which its author has the mandate; in the organiser's, it is official.

    It is one more label and nothing else: a person's views and votes are counted once, whoever they write for. PermissionDenied
    without the mandate, or where the organisation is not heard: see `Consultation.voices`. None: in one's own name.
    """
    if organisation is None:
        return
    consultation = contribution.activity.consultation
    if not consultation.voices(contribution.author).filter(pk=organisation.pk).exists():
        raise PermissionDenied
    contribution.on_behalf_of = organisation
    contribution.official = organisation.pk == consultation.organiser_id


@transaction.atomic
def receive(contribution: Contribution, record: Record) -> Contribution:
    """File a contribution that a room has built (activity, author, body, parent, its own fields), and publish it or let it wait.

    It is published at once when the activity is moderated afterwards, or when its author moderates the activity.
    `record` is the consultation's, which the room's verb has taken; its activity comes from `require_open`.
    """
    activity = contribution.activity
    waits = _waits(activity, contribution.author)
    contribution.created_at = record.at
    contribution.state = Contribution.State.RECEIVED if waits else Contribution.State.PUBLISHED
    _normalise(contribution)
    # What it points to was just read, and the database holds the constraints: no query for them.
    relations = {field.name for field in contribution._meta.fields if field.is_relation}
    contribution.full_clean(exclude=relations, validate_constraints=False)
    contribution.save()
    _write_text(contribution, record, "contribution.received", activity)
    if waits:
        _await(contribution, record, contribution.text_seq)
        _changed(contribution)
    else:
        record.write("contribution.published", contribution.obj, data={"target": contribution.text_seq})
        _count(contribution, +1, participant=_is_alone(contribution))
    return contribution


@transaction.atomic
def edit_contribution(
    contribution: Contribution, by: User, *, at: datetime | None = None, **changes: str
) -> Contribution:
    """The author changes their text (`changes`: field → value).

    Where texts are read beforehand, the new text waits and the one that everyone reads stays until a moderator approves.
    """
    record = recording.take(contribution.activity.consultation, at)
    activity = require_open(contribution.activity, by, record.at)
    contribution = type(contribution)._default_manager.get(pk=contribution.pk)
    if contribution.author_id != by.pk:
        raise PermissionDenied
    voice = contribution.on_behalf_of
    if voice and not activity.consultation.voices(by).filter(pk=voice.pk).exists():
        raise ValidationError(
            _("You wrote this in the name of “%(organisation)s”, and may no longer write so. You can withdraw it.")
            % {"organisation": voice}
        )
    if contribution.state not in [Contribution.State.PUBLISHED, Contribution.State.RECEIVED]:
        raise ValidationError(_("This message can no longer be changed."))
    contribution.require_unsettled()
    shown = {field: getattr(contribution, field) for field in changes}
    replaced = contribution.text_seq
    for field, value in changes.items():
        setattr(contribution, field, value)
    _normalise(contribution)
    contribution.edited_at = record.at
    contribution.full_clean()
    _write_text(contribution, record, "contribution.edited", activity)
    if _waits(activity, by):
        _await(contribution, record, contribution.text_seq)
        if contribution.is_published:
            contribution.pending = {field: getattr(contribution, field) for field in changes}
            contribution.pending_seq, contribution.text_seq = contribution.text_seq, replaced
            contribution.edited_at = None
            for field, value in shown.items():
                setattr(contribution, field, value)
    else:
        # Whether an earlier edit waited or not, this one is what the author says.
        contribution.pending = contribution.pending_seq = None
        if contribution.state == Contribution.State.RECEIVED:
            record.write("contribution.published", contribution.obj, data={"target": contribution.text_seq})
        record.withhold(replaced, contribution.texts(), obj=contribution.obj, reason="replaced", origin="author")
    # Only these columns: the counters beside them move while one types.
    contribution.save(update_fields=[*changes, "edited_at", "pending", "pending_seq", "text_seq"])
    if contribution.state == Contribution.State.RECEIVED and not _waits(activity, by):
        _publish(contribution)
    else:
        _changed(contribution)
    return contribution


@transaction.atomic
def withdraw(contribution: Contribution, by: User, *, at: datetime | None = None) -> Contribution:
    """The author takes their text back; its place and its replies stay. Possible at any time, closed or not."""
    record = recording.take(contribution.activity.consultation, at)
    contribution = _locked(contribution)
    if contribution.author_id != by.pk:
        raise PermissionDenied
    if contribution.state not in [Contribution.State.PUBLISHED, Contribution.State.RECEIVED]:
        raise ValidationError(_("This message can no longer be withdrawn."))
    record.write("contribution.withdrawn", contribution.obj, by=record.author_tag(by, contribution.obj))
    record.withhold(
        contribution.text_seq,
        contribution.specific.texts(),
        obj=contribution.obj,
        reason="withdrawn",
        origin="author",
    )
    _drop_pending(contribution)
    _unpublish(contribution, Contribution.State.WITHDRAWN)
    return contribution


@transaction.atomic
def react(contribution: Contribution, by: User, choice: str, *, at: datetime | None = None) -> Reaction | None:
    """Say what one thinks of a contribution: the same choice again takes it back (None), another replaces it."""
    if choice not in Reaction.Choice.values:
        raise ValidationError(_("This choice does not exist."))
    record = recording.take(contribution.activity.consultation, at)
    require_open(contribution.activity, by, record.at)
    contribution = _locked(contribution)
    if not contribution.is_published:
        raise ValidationError(_("This message is not published: one cannot react to it."))
    contribution.specific.require_unsettled()
    reaction = Reaction.objects.filter(contribution=contribution, user=by).first()
    if reaction is None:
        reaction = Reaction(contribution=contribution, user=by, created_at=record.at)
        act = "reaction.cast"
    elif reaction.choice == choice:
        act = "reaction.withdrawn"
    else:
        if reaction.changes >= Reaction.MOST_CHANGES:
            raise ValidationError(
                _("You have changed your mind %(count)s times on this message: your view stays as it is.")
                % {"count": Reaction.MOST_CHANGES}
            )
        act = "reaction.changed" if reaction.choice else "reaction.cast"
        reaction.changes += 1
    _move_reaction(reaction, "" if act == "reaction.withdrawn" else choice, record, act)
    return reaction if reaction.choice else None


def _move_reaction(reaction: Reaction, choice: str, record: Record, act: str) -> None:
    """From what it was to `choice` ("": taken back), in the record and in the counters."""
    contribution, counts = reaction.contribution, {}
    if reaction.choice:
        counts[reaction.choice] = -1
    if choice:
        counts[choice] = 1
    reaction.choice = choice
    reaction.seq = record.write(
        act,
        contribution.obj,
        by=record.vote_tag(reaction.user, contribution.obj),
        data={"choice": choice} if choice else None,
    )
    reaction.save()
    Contribution.objects.filter(pk=contribution.pk).update(
        **{f"{which}_count": F(f"{which}_count") + change for which, change in counts.items()}
    )
    generation.bump(soon=True)


@transaction.atomic
def report(
    contribution: Contribution, *, reason: str, note: str = "", contact: str = "", by: User | None = None
) -> Report:
    """Tell the moderators that a published contribution seems to break the charter. Whoever leaves a `contact` is answered."""
    row = Report(contribution=contribution, reporter=by, reason=reason, note=note, contact=contact)
    row.full_clean()
    # Of two reports in the same instant, the second finds the first.
    contribution = _locked(contribution)
    if not contribution.is_published:
        raise ValidationError(_("This message is no longer shown."))
    if Report.objects.filter(contribution=contribution, reporter=by, handled_at__isnull=True).exists():
        raise ValidationError(_("This message is reported already; a moderator will look at it."))
    row.save()
    mails.acknowledge_report(row)
    return row


# ── Erasure ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def erase(contribution: Contribution, by: User, *, at: datetime | None = None) -> Contribution:
    """The author has their text erased for good, all its wordings; its place and its replies stay. Possible at any time."""
    record = recording.take(contribution.activity.consultation, at)
    contribution = _locked(contribution)
    if contribution.author_id != by.pk:
        raise PermissionDenied
    if contribution.on_behalf_of:
        raise ValidationError(
            _("This answer was given in the name of %(organisation)s: it is theirs. You can withdraw it.")
            % {"organisation": contribution.on_behalf_of}
        )
    _erase(contribution, record)
    return contribution


@transaction.atomic
def take_records(user: User, *, erase_texts: bool) -> None:
    """Take the record of each consultation in which somebody did something, before their account is deleted.

    In one order: of two people who leave at once, one waits for the other.
    """
    for consultation in Consultation.objects.with_acts_of(user).order_by(F("log").asc(nulls_last=True), "pk"):
        recording.take(consultation)


@transaction.atomic
def let_go(user: User, *, erase_texts: bool) -> None:
    """Part a person whose account is deleted from all they did here; `take_records` comes first.

    Views on what is still open are taken back; elsewhere they stay counted, nobody's. Of the texts, those that may stay lose
    their author: the ones that are shown or wait to be, when they are kept, and answers given in an organisation's name.
    """
    _take_reactions_back(user)
    stays = [Contribution.State.PUBLISHED, Contribution.State.RECEIVED]
    rows = Contribution.objects.filter(author=user).exclude(state=Contribution.State.ERASED)
    for row in rows.select_related("activity__consultation").order_by("activity__consultation_id", "pk"):
        consultation = row.activity.consultation
        goes = row.on_behalf_of_id is None and (erase_texts or row.state not in stays)
        if goes or consultation.is_trial:
            _erase(_locked(row), recording.take(consultation))
    ModerationAction.objects.filter(contribution__author=user).update(note="")
    ModerationAction.objects.filter(moderator=user).update(moderator=None)
    Report.objects.filter(reporter=user).update(reporter=None, note="")
    Contribution.objects.filter(author=user).update(author=None)
    generation.bump()


def _take_reactions_back(user: User) -> None:
    reactions = Reaction.objects.filter(user=user)
    standing = reactions.standing().select_related("contribution__activity__consultation")
    for reaction in standing.order_by("contribution__activity__consultation_id", "pk"):
        activity = reaction.contribution.activity
        record = recording.take(activity.consultation)
        if activity.state(record.at) == State.OPEN:
            _move_reaction(reaction, "", record, "reaction.withdrawn")
    reactions.filter(choice="").delete()
    reactions.update(user=None)


def _erase(contribution: Contribution, record: Record) -> None:
    """Of a contribution that is locked: its texts, wherever this room and the record keep them, and whose it was."""
    record.erase(contribution.obj, ground="author")
    contribution.moderation_actions.update(note="")
    # What is said of a text may quote it.
    contribution.reports.all().delete()
    _unpublish(contribution, Contribution.State.ERASED)
    specific = contribution.specific
    fields = [*specific.texts()]
    for field in fields:
        setattr(specific, field, "")
    specific.pending = specific.pending_seq = specific.author = None
    specific.save(update_fields=[*fields, "pending", "pending_seq", "author"])


# ── Moderation ───────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def approve(contribution: Contribution, by: User, *, at: datetime | None = None) -> Contribution:
    """Publish what was waiting: a text nobody has read yet, or the new words of one that is shown."""
    record, contribution = _for_moderation(contribution, by, at)
    _require_waiting(contribution)
    _note_act(contribution, by, ModerationAction.Act.APPROVED, at=record.at)
    if contribution.author:
        trust(contribution.author)
    return _publish_waiting(contribution, record, origin="moderator")


@transaction.atomic
def publish_overdue(contribution: Contribution, *, at: datetime | None = None) -> Contribution:
    """Publish what nobody has judged in the time that its activity gives moderators."""
    record = recording.take(contribution.activity.consultation, at)
    contribution = _locked(contribution)
    if not Contribution.objects.overdue(record.at).filter(pk=contribution.pk).exists():
        raise ValidationError(DEALT_WITH)
    _note_act(contribution, None, ModerationAction.Act.LAPSED, at=record.at)
    return _publish_waiting(contribution, record, origin="rule")


def _publish_waiting(contribution: Contribution, record: Record, *, origin: str) -> Contribution:
    if contribution.pending is None:
        _write_publication(contribution, record, contribution.text_seq, origin)
        _publish(contribution)
        return contribution
    specific = contribution.specific
    _write_publication(contribution, record, contribution.pending_seq, origin)
    record.withhold(specific.text_seq, specific.texts(), obj=contribution.obj, reason="replaced", origin="author")
    for field, value in specific.pending.items():
        setattr(specific, field, value)
    specific.text_seq, specific.edited_at = specific.pending_seq, record.at
    fields = [*specific.pending, "text_seq", "edited_at"]
    specific.pending = specific.pending_seq = None
    specific.save(update_fields=[*fields, "pending", "pending_seq"])
    _changed(specific)
    return contribution


@transaction.atomic
def refuse(
    contribution: Contribution, by: User, *, reason: str, note: str = "", at: datetime | None = None
) -> Contribution:
    """Do not publish what was waiting, for a reason of the charter that its author is told. What is shown stays shown."""
    record, contribution = _for_moderation(contribution, by, at)
    _require_waiting(contribution)
    _note_act(contribution, by, ModerationAction.Act.REFUSED, reason, note, at=record.at)
    if contribution.pending is not None:
        _write_refusal(contribution, record, contribution.pending_seq, reason)
        _drop_pending(contribution)
    else:
        _write_refusal(contribution, record, contribution.text_seq, reason)
        contribution.state = Contribution.State.REFUSED
        contribution.save(update_fields=["state"])
    _changed(contribution)
    return contribution


@transaction.atomic
def withhold(
    contribution: Contribution, by: User, *, reason: str, note: str = "", at: datetime | None = None
) -> Contribution:
    """Take a published text down, for a reason of the charter that everyone sees and its author is told."""
    record, contribution = _for_moderation(contribution, by, at, Contribution.State.PUBLISHED)
    _note_act(contribution, by, ModerationAction.Act.WITHHELD, reason, note, at=record.at)
    reported = contribution.reports.filter(handled_at__isnull=True).exists()
    record.withhold(
        contribution.text_seq,
        contribution.specific.texts(),
        obj=contribution.obj,
        reason=reason,
        origin="report" if reported else "moderator",
    )
    if contribution.pending is not None:
        _write_refusal(contribution, record, contribution.pending_seq, reason)
        _drop_pending(contribution)
    _unpublish(contribution, Contribution.State.WITHHELD)
    _handle_reports(contribution)
    return contribution


@transaction.atomic
def restore(
    contribution: Contribution, by: User, *, note: str = "", on_appeal: bool = False, at: datetime | None = None
) -> Contribution:
    """Show again what was withheld or refused; `on_appeal`: because its author was heard."""
    record, contribution = _for_moderation(
        contribution, by, at, Contribution.State.WITHHELD, Contribution.State.REFUSED
    )
    _note_act(contribution, by, ModerationAction.Act.RESTORED, note=note, at=record.at)
    origin = "appeal" if on_appeal else "moderator"
    if contribution.state == Contribution.State.REFUSED:
        _write_publication(contribution, record, contribution.text_seq, origin)
    else:
        fields = contribution.specific.texts()
        record.restore(contribution.text_seq, fields, obj=contribution.obj, reason="reviewed", origin=origin)
    _publish(contribution)
    return contribution


@transaction.atomic
def keep(contribution: Contribution, by: User) -> Contribution:
    """Leave a reported text as it is: the reports are dealt with."""
    record, contribution = _for_moderation(contribution, by, None, Contribution.State.PUBLISHED)
    if not contribution.reports.filter(handled_at__isnull=True).exists():
        raise ValidationError(DEALT_WITH)
    _note_act(contribution, by, ModerationAction.Act.KEPT, at=record.at)
    _handle_reports(contribution)
    return contribution


DEALT_WITH = gettext_lazy("Somebody has dealt with this message in the meantime.")


def _for_moderation(
    contribution: Contribution, by: User, at: datetime | None, *states: str
) -> tuple[Record, Contribution]:
    """The record and the contribution, both locked, for somebody who may judge it; it must be in one of `states`, if told."""
    record = recording.take(contribution.activity.consultation, at)
    contribution = _locked(contribution)
    if not contribution.activity.consultation.is_moderated_by(by):
        raise PermissionDenied
    if states and contribution.state not in states:
        raise ValidationError(DEALT_WITH)
    return record, contribution


def _require_waiting(contribution: Contribution) -> None:
    if contribution.state != Contribution.State.RECEIVED and contribution.pending is None:
        raise ValidationError(DEALT_WITH)


def _note_act(contribution, by, act, reason="", note="", *, at: datetime) -> None:
    action = ModerationAction(
        contribution=contribution,
        act=act,
        reason=reason,
        note=note,
        moderator=by,
        waited=_waited(contribution, act, at),
        created_at=at,
    )
    if act in [ModerationAction.Act.REFUSED, ModerationAction.Act.WITHHELD] and not reason:
        raise ValidationError({"reason": _("Choose a reason of the charter: the author will be told.")})
    action.full_clean(exclude=["moderator"])
    action.save()
    mails.tell_author_of_moderation(action)


def _waited(contribution: Contribution, act: str, at: datetime) -> timedelta | None:
    """How long those who wait for this act have waited: the author of the text, or the first who reported it."""
    if act in [ModerationAction.Act.APPROVED, ModerationAction.Act.REFUSED, ModerationAction.Act.LAPSED]:
        since = contribution.waits_since
    else:
        since = contribution.reports.filter(handled_at__isnull=True).aggregate(first=Min("created_at"))["first"]
    return max(at - since, timedelta()) if since else None


def _handle_reports(contribution: Contribution) -> None:
    """Those who reported it are told what was decided, and their addresses forgotten."""
    waiting = contribution.reports.filter(handled_at__isnull=True)
    for report in waiting.select_related("reporter"):
        mails.tell_reporter(report, contribution)
    waiting.update(handled_at=timezone.now(), contact="")


# ── What the record is told ──────────────────────────────────────────────────────────────────────────────────────────


def _write_text(contribution: Contribution, record: Record, type: str, activity: Activity) -> None:
    """The entry that commits to the contribution's texts; `text_seq` remembers which."""
    data = {}
    if type == "contribution.received":
        data = {"activity": activity.specific.obj, "parent": contribution.parent.obj if contribution.parent else None}
        data |= contribution.recorded()
    contribution.text_seq = record.write(
        type,
        contribution.obj,
        by=record.author_tag(contribution.author, contribution.obj),
        data=data,
        texts=contribution.texts(),
    )
    Contribution.objects.filter(pk=contribution.pk).update(text_seq=contribution.text_seq)


def _write_publication(contribution: Contribution, record: Record, target: int | None, origin: str) -> None:
    """The text of the entry `target` is published: a moderator approved it, an appeal was heard, or it waited too long."""
    record.write("contribution.published", contribution.obj, data={"target": target})
    fields = contribution.specific.texts()
    record.restore(target, fields, obj=contribution.obj, reason="approved", origin=origin)


def _write_refusal(contribution: Contribution, record: Record, target: int | None, reason: str) -> None:
    record.write("contribution.refused", contribution.obj, data={"target": target, "reason": reason})


def _await(contribution: Contribution, record: Record, target: int | None) -> None:
    """The text waits for a moderator: nobody reads it yet."""
    contribution.waits_since = record.at
    Contribution.objects.filter(pk=contribution.pk).update(waits_since=record.at)
    record.withhold(target, contribution.texts(), obj=contribution.obj, reason="awaiting", origin="rule")


def _waits(activity: Activity, author: User) -> bool:
    read_beforehand = activity.moderation == Activity.Moderation.BEFORE or author.is_doubtful
    return read_beforehand and not activity.consultation.is_moderated_by(author)


_TURNS_AROUND = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Unicode's directional controls: with them « gnp.exe » reads « exe.png ». Arabic or Hebrew need none."""


def as_filed(words: str) -> str:
    """One form for what looks the same: Unicode's form C, one kind of line break, nothing around, nothing read backwards."""
    return nfc(words.replace("\r\n", "\n").translate(_TURNS_AROUND)).strip()


def _normalise(contribution: Contribution) -> None:
    """Put its texts in the form they are filed in; refuse what nobody would see, and what is too long once it is so."""
    for field, words in contribution.texts().items():
        words, most = as_filed(words), contribution._meta.get_field(field).max_length
        if not shows_something(words):
            raise ValidationError({field: _("Write your message.")})
        if len(words) > most:
            said = {"most": most, "length": len(words)}
            raise ValidationError({field: _("This text has %(length)s characters; %(most)s are allowed.") % said})
        setattr(contribution, field, words)


def _drop_pending(contribution: Contribution) -> None:
    contribution.pending = contribution.pending_seq = None
    contribution.save(update_fields=["pending", "pending_seq"])


# ── What the verbs share ─────────────────────────────────────────────────────────────────────────────────────────────


def _locked(contribution: Contribution) -> Contribution:
    """The contribution, read again and locked; after the record, for the verbs that write in it."""
    return (
        Contribution.objects.select_for_update(of=["self"])
        .with_particulars()
        .select_related("activity__consultation")
        .get(pk=contribution.pk)
    )


def _publish(contribution: Contribution) -> None:
    contribution.state = Contribution.State.PUBLISHED
    contribution.save(update_fields=["state"])
    _count(contribution, +1, participant=_is_alone(contribution))


def _unpublish(contribution: Contribution, state: str) -> None:
    was_published = Contribution.objects.published().filter(pk=contribution.pk).exists()
    contribution.state = state
    contribution.save(update_fields=["state"])
    if was_published:
        _count(contribution, -1, participant=_is_alone(contribution))
    else:
        _changed(contribution)


def _is_alone(contribution: Contribution) -> bool:
    """Whether its author has published nothing else in this activity."""
    others = Contribution.objects.published().filter(activity=contribution.activity_id, author=contribution.author_id)
    others = others.exclude(pk=contribution.pk)
    return not (others.exists() if contribution.author_id else _shares_its_tag(contribution, others))


def _shares_its_tag(contribution: Contribution, others: Iterable[Contribution]) -> bool:
    """Whether who filed it filed one of `others`: of accounts that are deleted, only the record still tells them apart."""
    objs = {other.obj for other in others}
    filed = contribution.activity.consultation.log.entries.filter(type="contribution.received")
    tag = filed.get(obj=contribution.obj).content["who"]
    rows = filed.values_list("obj", "body").iterator(chunk_size=2000)
    return any(json.loads(bytes(body))["who"] == tag for obj, body in rows if obj in objs)


def _count(contribution: Contribution, change: int, *, participant: bool) -> None:
    Activity.objects.filter(pk=contribution.activity_id).update(
        contribution_count=F("contribution_count") + change,
        participant_count=F("participant_count") + (change if participant else 0),
    )
    if contribution.parent_id:
        Contribution.objects.filter(pk=contribution.parent_id).update(reply_count=F("reply_count") + change)
    contribution.specific.count_in_place(change)
    _changed(contribution)


def _changed(contribution: Contribution) -> None:
    """A message shows within a second; what is taken down disappears at once."""
    generation.bump(soon=contribution.is_published)
    contribution_changed.send(sender=type(contribution), contribution=contribution)
