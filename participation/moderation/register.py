"""The public register of moderation: numbers, reasons, delays, appeals. No name, and no text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from django.db.models import QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from participation import spreadsheets
from participation.consultations.models import Consultation, Contribution, ModerationAction, Reason, Report

from .models import Appeal

Act = ModerationAction.Act


@dataclass
class Numbers:
    """What was done with the contributions of some consultations."""

    received: int = 0
    shown: int = 0
    waiting: int = 0
    reports: int = 0
    acts: list[tuple[str, int, timedelta | None]] = field(default_factory=list)
    """(what was done, how many times, the median of how long one waited for it)"""
    reasons: list[tuple[str, int]] = field(default_factory=list)
    appeals: int = 0
    accepted: int = 0
    rejected: int = 0
    appeal_delay: timedelta | None = None

    @property
    def taken_down(self) -> int:
        return sum(number for _reason, number in self.reasons)


def numbers_of(consultations: QuerySet[Consultation]) -> Numbers:
    """Seven queries, whatever the number of consultations."""
    contributions = Contribution.objects.filter(activity__consultation__in=consultations)
    acts = ModerationAction.objects.filter(contribution__activity__consultation__in=consultations).order_by()
    appeals = Appeal.objects.filter(action__contribution__activity__consultation__in=consultations).order_by()
    times, delays, reasons = Counter(), defaultdict(list), Counter()
    for act, reason, waited in acts.values_list("act", "reason", "waited").iterator():
        times[act] += 1
        if waited is not None:
            delays[act].append(waited)
        if reason:
            reasons[reason] += 1
    decided = list(appeals.exclude(decided_at=None).values_list("accepted", "created_at", "decided_at"))
    return Numbers(
        received=contributions.count(),
        shown=contributions.published().count(),
        waiting=contributions.awaiting_moderation().count(),
        reports=Report.objects.filter(contribution__in=contributions).count(),
        acts=[(act.label, times[act], median(delays[act]) if delays[act] else None) for act in Act if times[act]],
        reasons=[(reason.label, reasons[reason]) for reason in Reason if reasons[reason]],
        appeals=appeals.count(),
        accepted=sum(accepted for accepted, _from, _to in decided),
        rejected=sum(not accepted for accepted, _from, _to in decided),
        appeal_delay=median(to - since for _accepted, since, to in decided) if decided else None,
    )


COLUMNS = [
    (_("Consultation"), 40),
    (_("Month"), 10),
    (_("Act"), 34),
    (_("Reason"), 28),
    (_("How many"), 10),
    (_("Median wait, in hours"), 12),
    (_("Appeals"), 10),
    (_("Appeals accepted"), 12),
]


def columns() -> list[spreadsheets.Column]:
    return [spreadsheets.Column(str(heading), width) for heading, width in COLUMNS]


def rows(consultations: QuerySet[Consultation]) -> Iterator[list[spreadsheets.Value]]:
    """Acts counted by consultation, month and reason, with what became of the appeals against them."""
    acts = (
        ModerationAction.objects.filter(contribution__activity__consultation__in=consultations)
        .annotate(month=TruncMonth("created_at"))
        .order_by("contribution__activity__consultation__title", "month", "act", "reason")
        .values_list(
            "contribution__activity__consultation__title",
            "month",
            "act",
            "reason",
            "waited",
            "appeal__pk",
            "appeal__accepted",
        )
    )
    counted: dict[tuple, list] = {}
    for title, month, act, reason, waited, appeal, accepted in acts.iterator():
        counted.setdefault((title, month, act, reason), []).append((waited, appeal, accepted))
    for (title, month, act, reason), several in counted.items():
        waits = [waited.total_seconds() / 3600 for waited, _appeal, _accepted in several if waited is not None]
        yield [
            title,
            month.strftime("%Y-%m"),
            str(Act(act).label),
            str(Reason(reason).label) if reason else "",
            len(several),
            round(median(waits), 1) if waits else None,
            sum(appeal is not None for _waited, appeal, _accepted in several),
            sum(bool(accepted) for _waited, _appeal, accepted in several),
        ]


def in_words(delay: timedelta | None) -> str:
    """« 3 heures », « 2 jours », "" when nobody waited."""
    if delay is None:
        return ""
    hours = delay.total_seconds() / 3600
    if hours < 1:
        return gettext("less than an hour")
    if hours < 48:
        return gettext("%(hours)d h") % {"hours": round(hours)}
    return gettext("%(days)d days") % {"days": round(hours / 24)}
