"""Reading journals: entries with their projects, and what had been said before a decision."""

from collections.abc import Iterable
from datetime import datetime, time

from django.db.models import Count, Q
from django.utils import timezone

from participation.consultations.models import Contribution

from .models import JournalEntryPage, ProjectPage


def with_projects(entries: Iterable[JournalEntryPage]) -> list[JournalEntryPage]:
    """The entries, each knowing its project (`entry.project`). Two queries, however many entries."""
    entries = list(entries)
    paths = {entry.path[: -entry.steplen] for entry in entries}
    projects = {
        project.path: project
        for project in ProjectPage.objects.filter(path__in=paths).select_related("consultation").defer_streamfields()
    }
    for entry in entries:
        entry.project = projects[entry.path[: -entry.steplen]]
    return entries


def heard_before(entries: Iterable[JournalEntryPage]) -> dict[int, int]:
    """How many contributions everyone could read in the project's consultation before the day of each entry, by its pk.

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
