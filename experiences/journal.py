"""What had been said before a decision."""

from collections.abc import Iterable
from datetime import datetime, time

from django.db.models import Count, Q
from django.utils import timezone

from participation.consultations.models import Contribution


def heard_before(entries: Iterable) -> dict[int, int]:
    """How many contributions everyone could read in the project's consultation before the day of each journal entry, by its pk.

    One query. An entry whose project has no public consultation is left out.
    """
    counts, consultations = {}, set()
    for entry in entries:
        consultation = entry.project.consultation
        if consultation is None or not consultation.is_public:
            continue
        consultations.add(consultation.pk)
        morning = timezone.make_aware(datetime.combine(entry.date, time()))
        before = Q(activity__consultation=consultation.pk, created_at__lt=morning)
        counts[str(entry.pk)] = Count("pk", filter=before)
    if not counts:
        return {}
    heard = Contribution.objects.published().filter(activity__consultation__in=consultations).aggregate(**counts)
    return {int(pk): count for pk, count in heard.items()}
