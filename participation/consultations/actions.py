"""What people do in a consultation. The only writers of this room's tables, one transaction each.

Each verb checks, writes, and returns the row. What it refuses, it refuses with a `ValidationError` whose message can be
shown to the person as it is. `at` is the time it happens: now, unless a demonstration is being written.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from participation import generation
from participation.people.models import Organisation, User
from participation.vocabulary.models import InvolvementDegree

from . import mails
from .models import Activity, Consultation, Contribution, ModerationAction, Reaction, Report, State
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
    _require_editor(consultation, by)
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
    _require_editor(before, by)
    _require_editor(consultation, by)
    if consultation.organiser_id != before.organiser_id and before.activities.released().exists():
        raise ValidationError(
            {
                "organiser": _(
                    "People have been told who organises this consultation: its organiser can no longer change."
                )
            }
        )
    consultation.slug = before.slug
    consultation.full_clean(exclude=["guests"])
    consultation.save()
    if guests is not None:
        consultation.guests.set(guests)
    generation.bump()
    return consultation


def _free_slug(title: str) -> str:
    """A short name made from a title, that no consultation bears yet."""
    stem = slugify(title)[:70].strip("-") or "consultation"
    taken = set(Consultation.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
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
def create_activity(activity: Activity, by: User | None = None) -> Activity:
    """Save a new activity of any kind as a draft. `by` must edit the organiser's pages (None: the seed of a demonstration)."""
    _require_editor(activity.consultation, by)
    activity.kind = activity.KIND
    activity.released_at = None
    activity.full_clean()
    activity.save()
    return activity


@transaction.atomic
def change_activity(activity: Activity, by: User | None = None, *, at: datetime | None = None) -> Activity:
    """Save the changes made to an activity; once it is closed, nothing of it changes, and once open it stays where it is."""
    at = at or timezone.now()
    before = Activity.objects.select_for_update().select_related("consultation").get(pk=activity.pk)
    _require_editor(before.consultation, by)
    _require_editor(activity.consultation, by)
    if before.state(at) == State.CLOSED:
        raise ValidationError(_("This activity is closed: it can no longer be changed."))
    if before.released_at and activity.consultation_id != before.consultation_id:
        raise ValidationError(_("An open activity stays in its consultation."))
    if before.released_at and activity.closes_at and activity.closes_at <= at:
        raise ValidationError(_("This closing date is past. To close it now, use “Close”."))
    if before.released_at and activity.opens_at is None:
        activity.opens_at = before.opens_at
    activity.full_clean()
    # Only what a form may change: the counters beside it move while one types.
    activity.save(
        update_fields=[field.name for field in activity._meta.fields if field.editable and not field.primary_key]
    )
    generation.bump()
    return activity


@transaction.atomic
def release_activity(activity: Activity, by: User | None = None, *, at: datetime | None = None) -> Activity:
    """Press "Open": it opens now, or at its opening date when that is to come."""
    at = at or timezone.now()
    activity = type(activity).objects.select_for_update().get(pk=activity.pk)
    _require_editor(activity.consultation, by)
    if activity.released_at:
        raise ValidationError(_("It is open already."))
    if activity.closes_at and activity.closes_at <= at:
        raise ValidationError(_("Its closing date is past: change it first."))
    activity.released_at = at
    if activity.opens_at is None or activity.opens_at < at:
        activity.opens_at = at
    activity.save(update_fields=["released_at", "opens_at"])
    generation.bump()
    return activity


@transaction.atomic
def close_activity(activity: Activity, by: User | None = None, *, at: datetime | None = None) -> Activity:
    """Close an open activity now, before its date or when it has none."""
    at = at or timezone.now()
    activity = type(activity).objects.select_for_update().get(pk=activity.pk)
    _require_editor(activity.consultation, by)
    if activity.state(at) != State.OPEN:
        raise ValidationError(_("Only an open activity can be closed."))
    activity.closes_at = at
    activity.save(update_fields=["closes_at"])
    generation.bump()
    return activity


def _require_editor(consultation: Consultation, by: User | None) -> None:
    if by is not None and not consultation.is_edited_by(by):
        raise PermissionDenied


# ── Contributions ────────────────────────────────────────────────────────────────────────────────────────────────────


def require_open(activity: Activity, to: User, at: datetime) -> Activity:
    """The activity, read again and locked, if `to` may take part in it at `at`."""
    activity = (
        Activity.objects.select_for_update(of=["self"])
        .select_related("consultation")
        .visible(to)
        .filter(pk=activity.pk)
        .first()
    )
    if activity is None:
        raise PermissionDenied
    match activity.state(at):
        case State.DRAFT:
            raise ValidationError(_("This activity is still a draft: it is not open yet."))
        case State.COMING:
            raise ValidationError(_("This activity is not open yet."))
        case State.CLOSED:
            raise ValidationError(_("This activity is closed. What was written before stays readable."))
    return activity


@transaction.atomic
def receive(contribution: Contribution, *, at: datetime | None = None) -> Contribution:
    """File a contribution that a room has built (activity, author, body, parent, its own fields), and publish it or let it wait.

    It is published at once when the activity is moderated afterwards, or when its author moderates the activity.
    """
    at = at or timezone.now()
    activity = require_open(contribution.activity, contribution.author, at)
    contribution.created_at = at
    contribution.state = Contribution.State.RECEIVED
    contribution.full_clean()
    contribution.save()
    if activity.moderation == Activity.Moderation.AFTER or activity.consultation.is_moderated_by(contribution.author):
        _publish(contribution)
    else:
        _changed(contribution)
    return contribution


@transaction.atomic
def edit_contribution(contribution: Contribution, by: User, *, at: datetime | None = None, **changes) -> Contribution:
    """The author changes their text (`changes`: field → value); where texts are moderated beforehand, it waits again."""
    at = at or timezone.now()
    contribution = type(contribution)._default_manager.select_for_update(of=["self"]).get(pk=contribution.pk)
    if contribution.author_id != by.pk:
        raise PermissionDenied
    activity = require_open(contribution.activity, by, at)
    if contribution.state not in [Contribution.State.PUBLISHED, Contribution.State.RECEIVED]:
        raise ValidationError(_("This message can no longer be changed."))
    for field, value in changes.items():
        setattr(contribution, field, value)
    contribution.edited_at = at
    contribution.full_clean()
    # Only these columns: the counters beside them move while one types.
    contribution.save(update_fields=[*changes, "edited_at"])
    waits = activity.moderation == Activity.Moderation.BEFORE and not activity.consultation.is_moderated_by(by)
    if contribution.is_published and waits:
        _unpublish(contribution, Contribution.State.RECEIVED)
    else:
        _changed(contribution)
    return contribution


@transaction.atomic
def withdraw(contribution: Contribution, by: User) -> Contribution:
    """The author takes their text back; its place and its replies stay. Possible at any time, closed or not."""
    contribution = _locked(contribution)
    if contribution.author_id != by.pk:
        raise PermissionDenied
    if contribution.state not in [Contribution.State.PUBLISHED, Contribution.State.RECEIVED]:
        raise ValidationError(_("This message can no longer be withdrawn."))
    _unpublish(contribution, Contribution.State.WITHDRAWN)
    return contribution


@transaction.atomic
def react(contribution: Contribution, by: User, choice: str, *, at: datetime | None = None) -> Reaction | None:
    """Say what one thinks of a contribution: the same choice again takes it back (None), another replaces it."""
    at = at or timezone.now()
    if choice not in Reaction.Choice.values:
        raise ValidationError(_("This choice does not exist."))
    contribution = _locked(contribution)
    require_open(contribution.activity, by, at)
    if not contribution.is_published:
        raise ValidationError(_("This message is not published: one cannot react to it."))
    reaction = Reaction.objects.select_for_update().filter(contribution=contribution, user=by).first()
    counts = {}
    if reaction is None:
        reaction = Reaction.objects.create(contribution=contribution, user=by, choice=choice, created_at=at)
        counts[choice] = 1
    elif reaction.choice == choice:
        reaction.delete()
        reaction = None
        counts[choice] = -1
    else:
        counts = {reaction.choice: -1, choice: 1}
        reaction.choice = choice
        reaction.save()
    Contribution.objects.filter(pk=contribution.pk).update(
        **{f"{which}_count": F(f"{which}_count") + change for which, change in counts.items()}
    )
    generation.bump(soon=True)
    return reaction


@transaction.atomic
def report(contribution: Contribution, *, reason: str, note: str = "", by: User | None = None) -> Report:
    """Tell the moderators that a published contribution seems to break the charter."""
    row = Report(contribution=contribution, reporter=by, reason=reason, note=note)
    row.full_clean()
    if not contribution.is_published:
        raise ValidationError(_("This message is no longer shown."))
    if Report.objects.filter(contribution=contribution, reporter=by, handled_at__isnull=True).exists():
        raise ValidationError(_("This message is reported already; a moderator will look at it."))
    row.save()
    return row


# ── Moderation ───────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def approve(contribution: Contribution, by: User) -> Contribution:
    """Publish what was waiting."""
    contribution = _for_moderation(contribution, by, Contribution.State.RECEIVED)
    _record(contribution, by, ModerationAction.Act.APPROVED)
    _publish(contribution)
    return contribution


@transaction.atomic
def refuse(contribution: Contribution, by: User, *, reason: str, note: str = "") -> Contribution:
    """Do not publish what was waiting, for a reason of the charter that its author is told."""
    contribution = _for_moderation(contribution, by, Contribution.State.RECEIVED)
    _record(contribution, by, ModerationAction.Act.REFUSED, reason, note)
    contribution.state = Contribution.State.REFUSED
    contribution.save(update_fields=["state"])
    _changed(contribution)
    return contribution


@transaction.atomic
def withhold(contribution: Contribution, by: User, *, reason: str, note: str = "") -> Contribution:
    """Take a published text down, for a reason of the charter that everyone sees and its author is told."""
    contribution = _for_moderation(contribution, by, Contribution.State.PUBLISHED)
    _record(contribution, by, ModerationAction.Act.WITHHELD, reason, note)
    _unpublish(contribution, Contribution.State.WITHHELD)
    _handle_reports(contribution)
    return contribution


@transaction.atomic
def restore(contribution: Contribution, by: User, *, note: str = "") -> Contribution:
    """Show again what was withheld or refused."""
    contribution = _for_moderation(contribution, by, Contribution.State.WITHHELD, Contribution.State.REFUSED)
    _record(contribution, by, ModerationAction.Act.RESTORED, note=note)
    _publish(contribution)
    return contribution


@transaction.atomic
def keep(contribution: Contribution, by: User) -> Contribution:
    """Leave a reported text as it is: the reports are dealt with."""
    contribution = _for_moderation(contribution, by, Contribution.State.PUBLISHED)
    _record(contribution, by, ModerationAction.Act.KEPT)
    _handle_reports(contribution)
    return contribution


def _for_moderation(contribution: Contribution, by: User, *states: str) -> Contribution:
    contribution = _locked(contribution)
    if not contribution.activity.consultation.is_moderated_by(by):
        raise PermissionDenied
    if contribution.state not in states:
        raise ValidationError(_("Somebody has dealt with this message in the meantime."))
    return contribution


def _record(contribution, by, act, reason="", note="") -> None:
    action = ModerationAction(contribution=contribution, act=act, reason=reason, note=note, moderator=by)
    if act in [ModerationAction.Act.REFUSED, ModerationAction.Act.WITHHELD] and not reason:
        raise ValidationError({"reason": _("Choose a reason of the charter: the author will be told.")})
    action.full_clean()
    action.save()
    mails.tell_author_of_moderation(action)


def _handle_reports(contribution: Contribution) -> None:
    contribution.reports.filter(handled_at__isnull=True).update(handled_at=timezone.now())


# ── What the verbs share ─────────────────────────────────────────────────────────────────────────────────────────────


def _locked(contribution: Contribution) -> Contribution:
    return (
        Contribution.objects.select_for_update(of=["self"])
        .select_related("activity__consultation")
        .get(pk=contribution.pk)
    )


def _publish(contribution: Contribution) -> None:
    first = not (
        Contribution.objects.published()
        .filter(activity=contribution.activity_id, author=contribution.author_id)
        .exclude(pk=contribution.pk)
        .exists()
    )
    contribution.state = Contribution.State.PUBLISHED
    contribution.save(update_fields=["state"])
    _count(contribution, +1, participant=first)


def _unpublish(contribution: Contribution, state: str) -> None:
    was_published = Contribution.objects.published().filter(pk=contribution.pk).exists()
    contribution.state = state
    contribution.save(update_fields=["state"])
    if was_published:
        last = not (
            Contribution.objects.published()
            .filter(activity=contribution.activity_id, author=contribution.author_id)
            .exists()
        )
        _count(contribution, -1, participant=last)
    else:
        _changed(contribution)


def _count(contribution: Contribution, change: int, *, participant: bool) -> None:
    Activity.objects.filter(pk=contribution.activity_id).update(
        contribution_count=F("contribution_count") + change,
        participant_count=F("participant_count") + (change if participant else 0),
    )
    if contribution.parent_id:
        Contribution.objects.filter(pk=contribution.parent_id).update(reply_count=F("reply_count") + change)
    _changed(contribution)


def _changed(contribution: Contribution) -> None:
    """A message shows within a second; what is taken down disappears at once."""
    generation.bump(soon=contribution.is_published)
    contribution_changed.send(sender=type(contribution), contribution=contribution)
