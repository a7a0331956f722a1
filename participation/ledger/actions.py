"""Writing in the record. One function appends, inside the transaction of the verb that records what it does.

A verb takes the log first (`hold`), which makes it the only writer until it commits; it checks its rules, then appends.
Nothing leaves before the commit: the note of what was published is written after it, and only then is anybody answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import notes, sealing, tree, watermark
from .canonical import MOST_BYTES, canonical, nfc
from .models import SITE, Entry, Log, Node, Opening

RULES = "registre/v1"
"""The version of the rules by which entries are read (docs/registre.md)."""

TO_THE_HOUR = ("vote.", "reaction.")
"""What is dated to the hour only: the order of entries says enough."""

FILED = ("contribution.received", "contribution.edited")
"""The entries that commit to the words of a person; those that commit to the words of an organisation stay."""


class NotTheHead(Exception):
    """The log was written by somebody else meanwhile: `hold` was forgotten."""


@transaction.atomic
def open_log(slug: str, *, at: datetime) -> Log:
    """Open a consultation's log, and say so in the site's. Returns it held by this transaction."""
    log = Log.objects.create(slug=slug, origin=_origin(slug), key=sealing.new_key(), opened_at=at)
    log = hold(log)
    append(log, "log.opened", at=at, data=_first_words(log))
    append(hold(site_log(at=at)), "site.log_opened", at=at, data={"origin": log.origin, "checkpoint": log.checkpoint})
    return log


@transaction.atomic
def close_log(log: Log, *, at: datetime) -> None:
    """End participation in a held log. What may follow the end of an activity may still follow it."""
    append(log, "log.closed", at=at)
    log.closed_at = at
    log.save(update_fields=["closed_at"])
    append(hold(site_log(at=at)), "site.log_closed", at=at, data={"origin": log.origin, "checkpoint": log.checkpoint})


@transaction.atomic
def destroy_key(log: Log, *, at: datetime) -> None:
    """Two months after the end: nobody, the site included, can tell any more whose a tag is."""
    append(log, "log.key_destroyed", at=at)
    log.key = None
    log.save(update_fields=["key"])


@transaction.atomic
def site_log(*, at: datetime | None = None) -> Log:
    """The log of the site itself, opened on the first call."""
    at = at or timezone.now()
    if log := Log.objects.filter(slug=SITE).first():
        return log
    log, created = Log.objects.get_or_create(slug=SITE, defaults={"origin": _origin(SITE), "opened_at": at})
    if created:
        log = hold(log)
        append(log, "log.opened", at=at, data=_first_words(log))
        append(log, "site.key", at=at, data={"key": notes.verification_key(log.origin)})
    return log


@transaction.atomic
def tell_site(type: str, data: dict, *, at: datetime | None = None, once: bool = False) -> None:
    """Append an entry of the site's own log. `once`: not when the latest of its type says the same."""
    at = at or timezone.now()
    log = hold(site_log(at=at))
    if once:
        latest = log.entries.filter(type=type).order_by("-seq").first()
        if latest and latest.content.get("data") == data:
            return
    append(log, type, at=at, data=data)


def hold(log: Log) -> Log:
    """The log, read again and locked until the end of the transaction; refused when the database is older than what left.

    Of the log that is given, only its key is looked at.
    """
    log = Log.objects.select_for_update().get(pk=log.pk)
    watermark.require(log)
    # Of the savepoint where it is called: undone with it, it leaves no note of what was not written.
    transaction.on_commit(partial(watermark.note, log))
    return log


def append(
    log: Log,
    type: str,
    *,
    at: datetime,
    obj: str = "",
    who: str = "",
    data: dict | None = None,
    texts: dict[str, str] | None = None,
    sealed: bool = False,
    idempotency_key: str | None = None,
) -> int:
    """Add one entry to a log that this transaction holds; returns its seq, counted from 0.

    `texts` (field → words) are committed to rather than written: their openings are public at once, or by the closing of
    the activity when `sealed`. Acts on openings (`opening.*`, `activity.closed`) take effect on them here.
    """
    seq, at = log.size, log.not_before(at)
    data = dict(data or {})
    openings = [
        Opening(field=field, salt=sealing.new_salt(), value=nfc(words)) for field, words in (texts or {}).items()
    ]
    if openings:
        data["commit"] = {row.field: sealing.commitment(row.field, row.salt, row.value) for row in openings}
    entry = {"v": 1, "log": log.origin, "seq": seq, "ts": _written(at, type), "type": type}
    entry |= {name: value for name, value in [("obj", obj), ("who", who), ("data", data)] if value}
    body = canonical(entry)
    if len(body) > MOST_BYTES:
        raise ValueError(f"an entry of {len(body)} bytes")
    frontier, completed = tree.grown(log.hashes, seq, tree.leaf(body))
    log.size, log.frontier, log.hour = seq + 1, b"".join(frontier), entry["ts"][:13]
    log.checkpoint = notes.sign(notes.Checkpoint(log.origin, log.size, tree.root(frontier)))
    row = Entry.objects.create(log=log, seq=seq, type=type, obj=obj, body=body, idempotency_key=idempotency_key)
    if completed:
        Node.objects.bulk_create(
            Node(log=log, level=level, index=index, hash=value) for (level, index), value in completed
        )
    if openings:
        for opening in openings:
            opening.entry, opening.public_since = row, None if sealed else seq
        Opening.objects.bulk_create(openings)
    moved = Log.objects.filter(pk=log.pk, size=seq).update(
        size=log.size, frontier=log.frontier, hour=log.hour, checkpoint=log.checkpoint
    )
    if not moved:
        raise NotTheHead(log.origin)
    _act_on_openings(log, type, seq, obj, data)
    return seq


def withhold(log: Log, target: int, *, at: datetime, fields: Iterable[str], reason: str, origin: str, obj: str) -> int:
    """Take the openings of an entry out of what everyone may read. `reason` and `origin` are codes."""
    data = {"target": target, "fields": sorted(fields), "reason": reason, "origin": origin}
    return append(log, "opening.withheld", at=at, obj=obj, data=data)


def restore(log: Log, target: int, *, at: datetime, fields: Iterable[str], reason: str, origin: str, obj: str) -> int:
    """Give the openings of an entry back to everybody."""
    data = {"target": target, "fields": sorted(fields), "reason": reason, "origin": origin}
    return append(log, "opening.restored", at=at, obj=obj, data=data)


def erase(log: Log, obj: str, *, at: datetime, ground: str) -> None:
    """Delete the openings of everything that was filed for `obj`, with an entry for each entry that committed to them."""
    held = Opening.objects.filter(entry__log=log, entry__obj=obj, entry__type__in=FILED)
    fields = defaultdict(list)
    for target, field in held.order_by("entry__seq", "field").values_list("entry__seq", "field"):
        fields[target].append(field)
    for target, names in fields.items():
        append(log, "opening.erased", at=at, obj=obj, data={"target": target, "fields": names, "ground": ground})


def already_written(log: Log, idempotency_key: str) -> int | None:
    """The seq of what the same form has written already."""
    if not idempotency_key:
        return None
    return log.entries.filter(idempotency_key=idempotency_key).values_list("seq", flat=True).first()


def _act_on_openings(log: Log, type: str, seq: int, obj: str, data: dict) -> None:
    match type:
        case "opening.withheld":
            _of(log, data).update(public_since=None)
        case "opening.restored":
            _of(log, data).update(public_since=seq)
        case "opening.erased":
            _of(log, data).delete()
        case "activity.closed":
            votes = Q(entry__type__startswith="vote.", entry__obj=obj, entry__log=log)
            Opening.objects.filter(votes, public_since=None).update(public_since=seq)


def _of(log: Log, data: dict):
    return Opening.objects.filter(entry__log=log, entry__seq=data["target"], field__in=data["fields"])


def _first_words(log: Log) -> dict:
    return {"rules": RULES, "key": notes.verification_key(log.origin), "code": settings.PORTAL_VERSION}


def _origin(slug: str) -> str:
    return f"{settings.PORTAL_HOST}/registre/{slug}"


def _written(at: datetime, type: str) -> str:
    """In UTC: 2026-11-22T14Z, or 2026-11-22T14:05Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%HZ" if type.startswith(TO_THE_HOUR) else "%Y-%m-%dT%H:%MZ")
