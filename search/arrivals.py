"""When documents came into the index: what is new is told by it, whatever date a document bears.

A sheet published today may tell of 2019. What counts here is the first time that everyone could find it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from .models import Arrival

BATCH = 1000


@transaction.atomic
def note(keys: Iterable[str]) -> None:
    """These documents have just been indexed, for the first time or again."""
    now = timezone.now()
    # In one order: two processes that wrote the same rows crosswise would wait for ever.
    rows = [Arrival(key=key, arrived=now, changed=now) for key in sorted(set(keys))]
    Arrival.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["changed"], batch_size=BATCH
    )


def latest(most: int) -> list[str]:
    """The keys of the documents that came last."""
    return list(Arrival.objects.order_by("-arrived", "-pk").values_list("key", flat=True)[:most])


def moments(keys: Iterable[str]) -> dict[str, datetime]:
    """When each of these documents came first, those that never did left out."""
    return dict(Arrival.objects.filter(key__in=list(keys)).values_list("key", "arrived"))
