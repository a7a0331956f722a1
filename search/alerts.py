"""Searches that people follow, and the letters about what is new in them. The only writers of these tables.

**What is new** for a search is a document that matches it, first came into the index after the search was saved and less
than sixty days ago, and was not found for it before.

- Nothing is missed. Whatever changes a document has it indexed again, which moves `Arrival.changed`: what was published
  first and classified later, withheld then restored, or waited for an engine that was down, is looked at again. What
  was indexed while we looked is looked at twice (`OVERLAP`).
- Nothing is repeated: a row of `News` for each document and search, unique in the database. After sixty days a document
  is no news any more and its rows go (`forget_news`), so that the table holds two months, whatever the age of the site.
- Looking and telling are apart. Looking asks the engine, and leaves all for the next round when it is down. Telling
  reads the documents in the database: what was withheld since is neither named nor counted, and is told if it comes back.

A letter takes its searches before it leaves (`attempted_at`) and notes what it told once it has left. Two workers cannot
take the same ones; a server that refuses it, or a crash between the two, is tried again an hour later, and no sooner.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from participation.people.models import User

from . import mails, outbox, sources
from .engines import EngineDown, engine
from .lasting import LastingSearch
from .mails import Section
from .models import LONGEST_QUERY, Arrival, News, SavedSearch

logger = logging.getLogger(__name__)

MOST_SEARCHES = 50
"""Searches that one person may follow."""
NEW_FOR = timedelta(days=60)
"""How long a document may be news."""
OVERLAP = timedelta(minutes=10)
"""What was indexed that long before the last look is looked at again: its row may have been written meanwhile."""
BATCH = 1000
"""Documents that the engine is asked about at once."""
MOST_LISTED = 10
"""Documents of a search that a letter names; the others are counted."""

# ── Following a search ───────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def save_search(user: User, lasting: LastingSearch, *, name: str, frequency: str) -> SavedSearch:
    """Follow a search; one that is followed already takes this name and this frequency."""
    if len(lasting.query) > LONGEST_QUERY:
        raise ValidationError(_("This search has too many filters to be followed: take some away."))
    # Locked, so that two requests at once do not make one search too many.
    User.objects.select_for_update(of=["self"]).get(pk=user.pk)
    place = {"path": lasting.path, "restricted_to": lasting.restricted_to, "query": lasting.query}
    search = SavedSearch.objects.filter(user=user, **place).first()
    if search:
        return change_search(search, name=name, frequency=frequency)
    if SavedSearch.objects.filter(user=user).count() >= MOST_SEARCHES:
        raise ValidationError(
            _(
                "You already follow %(count)s searches, which is the most: delete one in your space, then come back here."
            )
            % {"count": MOST_SEARCHES}
        )
    return SavedSearch.objects.create(user=user, name=name, frequency=frequency, **place)


@transaction.atomic
def change_search(search: SavedSearch, *, name: str, frequency: str) -> SavedSearch:
    """Give it another name or frequency. What came while no letter was wanted is not written about afterwards."""
    if search.frequency == SavedSearch.Frequency.NONE:
        search.news.filter(told_at=None).update(told_at=timezone.now())
    search.name, search.frequency = name, frequency
    search.save(update_fields=["name", "frequency"])
    return search


def delete_search(search: SavedSearch) -> None:
    search.delete()


def visit(search: SavedSearch) -> None:
    """Its owner goes and sees the results: what is new is counted from now on."""
    search.visited_at = timezone.now()
    search.save(update_fields=["visited_at"])


def stop_letters(user_pk: int) -> None:
    """No more letters about this person's searches. They stay in their space."""
    SavedSearch.objects.filter(user=user_pk).update(frequency=SavedSearch.Frequency.NONE)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def look_for_news(at: datetime) -> None:
    """Note what is new for each search. Raises `EngineDown`, and notes nothing then."""
    oldest = SavedSearch.objects.aggregate(Min("looked_at"))["looked_at__min"]
    if oldest is None:
        return
    arrivals = list(Arrival.objects.filter(changed__gte=oldest - OVERLAP, arrived__gte=at - NEW_FOR))
    if not arrivals:
        return
    searches = list(SavedSearch.objects.all())
    found = [
        News(search=search, key=key, found_at=at)
        for lasting, followers in _by_question(searches).items()
        for search, keys in _matching(lasting, followers, arrivals)
        for key in keys
    ]
    with transaction.atomic():
        News.objects.bulk_create(found, ignore_conflicts=True)
        SavedSearch.objects.filter(pk__in=[search.pk for search in searches]).update(looked_at=at)


def _by_question(searches: Iterable[SavedSearch]) -> dict[LastingSearch, list[SavedSearch]]:
    """Those who follow the same search: it is asked once."""
    followers = defaultdict(list)
    for search in searches:
        followers[search.lasting].append(search)
    return followers


def _matching(
    lasting: LastingSearch, followers: list[SavedSearch], arrivals: list[Arrival]
) -> Iterator[tuple[SavedSearch, list[str]]]:
    """For each who follows it, the documents that came since and that it finds."""
    candidates = {search.pk: _candidates(search, arrivals) for search in followers}
    wanted = sorted(set().union(*candidates.values()))
    found = _found(lasting, wanted) if wanted else set()
    # What changed since it was indexed is looked at again when it is.
    found -= outbox.waiting(found)
    for search in followers:
        yield search, sorted(candidates[search.pk] & found)


def _candidates(search: SavedSearch, arrivals: list[Arrival]) -> set[str]:
    return {
        arrival.key
        for arrival in arrivals
        if arrival.arrived > search.created and arrival.changed >= search.looked_at - OVERLAP
    }


def _found(lasting: LastingSearch, keys: list[str]) -> set[str]:
    """Those of these documents that it finds."""
    if not lasting.is_whole:
        return set()
    query = replace(lasting.read().query, counts=(), size=BATCH)
    batches = (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))
    return {document.key for batch in batches for document in engine().search(query.among(batch)).documents}


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def send_due(*, most: int = 200) -> int:
    """Look for what is new, then write to those whose letter may leave: one letter each, `most` at once.

    Returns how many left. While the engine is down nothing is sent.
    """
    at = timezone.now()
    try:
        look_for_news(at)
    except EngineDown as down:
        logger.warning("What is new in saved searches waits for the search engine: %s", down)
        return 0
    people = User.objects.filter(pk__in=SavedSearch.objects.due(at).with_news().values("user"))
    return sum(_write_to(user, at) for user in people.order_by("pk")[:most])


def forget_news() -> None:
    """What was found too long ago to be news."""
    News.objects.filter(found_at__lt=timezone.now() - NEW_FOR).delete()


def _write_to(user: User, at: datetime) -> bool:
    sections = [section for search in _take(user, at) for section in [_section(search)] if section.total]
    if not sections or not mails.tell_news(user, sections):
        return False
    _note_told(user, sections, at)
    return True


@transaction.atomic
def _take(user: User, at: datetime) -> list[SavedSearch]:
    """The searches of this person that a letter may tell of now, taken from any other worker."""
    due = SavedSearch.objects.due(at).filter(user=user).select_for_update(of=["self"])
    searches = list(due.order_by("pk"))
    SavedSearch.objects.filter(pk__in=[search.pk for search in searches]).update(attempted_at=at)
    return searches


def _section(search: SavedSearch) -> Section:
    """What everyone may read now of what is new for it, the last found first."""
    rows = dict(search.news.filter(told_at=None).order_by("-pk").values_list("key", "pk"))
    public = sources.public(rows)
    keys = [key for key in rows if key in public]
    read = {document.key: document for document in sources.documents(keys[:MOST_LISTED])}
    documents = [read[key] for key in keys if key in read]
    return Section(search, documents, len(keys), [rows[key] for key in keys])


@transaction.atomic
def _note_told(user: User, sections: list[Section], at: datetime) -> None:
    News.objects.filter(pk__in=[row for section in sections for row in section.rows]).update(told_at=at)
    # Those that had nothing to tell wait for the next letter too: one a day is enough.
    SavedSearch.objects.filter(user=user, attempted_at=at).update(told_at=at, attempted_at=None)
