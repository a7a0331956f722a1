"""What the calendar owes the record; the worker calls it. Late, it is late for the record only: verbs check dates themselves."""

import logging
from datetime import UTC

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils import timezone

from participation.ledger import actions as ledger
from participation.people.actions import STAFF_ROLES
from participation.people.models import User

from . import actions
from .models import Activity, Consultation

logger = logging.getLogger(__name__)


def keep_time() -> None:
    """Open and close, in the record, what opens and closes by its date."""
    now = timezone.now()
    due = Activity.objects.due(now).filter(consultation__is_trial=False)
    for consultation in Consultation.objects.filter(activities__in=due).distinct():
        _do(actions.keep_time, consultation)


def end_consultations() -> None:
    """End those whose date is past once nothing is open in them.

    Permanent ones are over with their year; what is still open in them closes a year later.
    """
    now = timezone.now()
    this_year = timezone.localdate().year
    for activity in Activity.objects.open(now).filter(consultation__site_year__lt=this_year - 1):
        _do(actions.close_activity, activity.specific)
    for consultation in Consultation.objects.filter(log__closed_at=None, log__isnull=False, is_trial=False):
        year = consultation.site_year
        over = (consultation.closes_at and consultation.closes_at <= now) or (year and year < this_year)
        pending = consultation.activities.released().exclude(pk__in=consultation.activities.closed(now))
        if over and not pending.exists():
            _do(actions.end_consultation, consultation)


def forget_who() -> None:
    """Two months after the end, destroy the keys of the tags."""
    before = timezone.now() - actions.KEY_LASTS
    for consultation in Consultation.objects.filter(log__closed_at__lte=before, log__key__isnull=False):
        _do(actions.forget_who, consultation)


def count_participation() -> None:
    """How many take part in what is open, and how many accounts there are, by how well they are known: once a day."""
    now = timezone.now()
    if _counted_on() == now.astimezone(UTC).strftime("%Y-%m-%d"):
        return
    for consultation in Consultation.objects.filter(activities__in=Activity.objects.open(now)).distinct():
        if consultation.log and not consultation.is_trial:
            _do(actions.count_participation, consultation)
    _do(ledger.tell_site, "site.accounts", _accounts())


def _counted_on() -> str:
    """The day of the latest count, in UTC: a worker that starts again does not count twice."""
    latest = ledger.site_log().entries.filter(type="site.accounts").order_by("-seq").first()
    return latest.content["ts"][:10] if latest else ""


def _accounts() -> dict[str, int]:
    """Open accounts: of the staff; of others, those whose address is confirmed, and those whose address is not yet."""
    accounts = User.objects.filter(is_active=True)
    staff = accounts.filter(groups__name__in=STAFF_ROLES).distinct()
    others = accounts.exclude(pk__in=staff)
    confirmed = EmailAddress.objects.filter(verified=True).values("user")
    return {
        "email": others.filter(pk__in=confirmed).count(),
        "invited": others.exclude(pk__in=confirmed).count(),
        "staff": staff.count(),
    }


def _do(verb, *arguments) -> None:
    """One record that cannot be written in (restored, or locked) must not stop the others."""
    try:
        verb(*arguments)
    except ValidationError as refusal:
        logger.error("%s: %s", verb.__name__, " ".join(refusal.messages))
