"""The letters of the morning: to moderators about what waits, to guarantors about what was done. The worker sends them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from participation.consultations.models import Consultation, ModerationAction
from participation.people.models import Role, User

from . import mails, queue
from .models import Summary

MORNING = 7
"""The hour from which they are sent, on the site's clock."""


def send_due(*, now: datetime | None = None) -> None:
    """Write to each moderator for whom something waits, and to each guarantor where something was done: once a day."""
    now = now or timezone.now()
    if timezone.localtime(now).hour < MORNING:
        return
    today = timezone.localdate(now)
    for user in _moderators().exclude(pk__in=Summary.objects.filter(sent_on=today).values("user")):
        if (lines := queue.waits(user)) and mails.send_summary(user, lines=lines):
            Summary.objects.update_or_create(user=user, defaults={"sent_on": today})
    for user in User.objects.filter(is_active=True, groups__name=Role.GUARANTOR):
        _tell_guarantor(user, now)


def _moderators():
    """Those whose queue may hold something, who did not say no: moderators, and the members who edit for an organisation."""
    unwilling = Summary.objects.filter(is_wanted=False).values("user")
    moderates = Q(groups__name=Role.MODERATOR) | Q(membership__edits=True)
    return User.objects.filter(moderates, is_active=True).exclude(pk__in=unwilling).distinct().order_by("pk")


def _tell_guarantor(user: User, now: datetime) -> None:
    summary = Summary.objects.filter(user=user).first()
    since = (summary and summary.told_until) or now - timedelta(days=1)
    if timezone.localdate(since) == timezone.localdate(now):
        return
    acts = (
        ModerationAction.objects.filter(
            contribution__activity__consultation__in=Consultation.objects.warranted_by(user),
            created_at__gt=since,
            created_at__lte=now,
        )
        .order_by("contribution__activity__consultation__title", "act")
        .values_list("contribution__activity__consultation__title", "act")
        .annotate(times=Count("pk"))
    )
    told = defaultdict(list)
    for title, act, times in acts:
        told[title].append((ModerationAction.Act(act).label, times))
    rows = [{"consultation": title, "acts": acts} for title, acts in told.items()]
    if not rows or mails.send_acts(user, consultations=rows):
        Summary.objects.update_or_create(user=user, defaults={"told_until": now})
