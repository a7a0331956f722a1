"""What the entries of a log say of one ballot: its results at any size, and the whole count that the site may make for itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from participation.ledger.models import Entry, Log, Opening

from .methods import Choice, tally

SMALL = 30
"""People entitled, or voters of a hidden ballot: under it, nobody may read anybody's choice, not even under a tag."""


def results_at(log: Log, obj: str, size: int) -> dict:
    """What everyone could know of the ballot when the log had `size` entries, as results.json says it."""
    method, keys, shown, is_closed, declared = "", [], "", False, None
    votes: dict[str, dict] = {}
    for entry in _entries(log, obj, size):
        data = entry.get("data", {})
        match entry["type"]:
            case "activity.opened" | "activity.changed":
                method, keys, shown = data["method"], data["choices"], data["results"]
            case "activity.closed":
                is_closed = True
            case "vote.cast" | "vote.changed":
                votes[entry["who"]] = entry
            case "vote.withdrawn":
                votes.pop(entry["who"], None)
            case "count.published":
                declared = data["objects"][obj]
    turnout = {"method": method, "voters": len(votes)}
    if shown == "small" or (shown == "hidden" and is_closed and len(votes) < SMALL):
        return declared or turnout
    if shown == "hidden" and not is_closed:
        return turnout
    return tally(method, keys, _choices(log, obj, votes.values()))


def whole_count(log: Log, obj: str, method: str, keys: list[str]) -> dict:
    """The count of all votes recorded, sealed ones too: the site may open them for itself."""
    return tally(method, keys, _choices(log, obj, _standing(log, obj).values()))


def public_votes(log: Log, obj: str) -> Iterator[tuple[str, Choice | None]]:
    """The tag of each vote that stands, with its choice where everyone may read it, else None."""
    opened = Opening.objects.filter(entry__log=log, entry__obj=obj, field="choice", public_since__isnull=False)
    values = dict(opened.values_list("entry__seq", "value"))
    for tag, entry in _standing(log, obj).items():
        yield tag, entry["data"].get("choice", json.loads(values.get(entry["seq"], "null")))


def _standing(log: Log, obj: str) -> dict[str, dict]:
    """The latest vote of each tag that has not taken it back."""
    votes: dict[str, dict] = {}
    for entry in _entries(log, obj, log.size):
        if entry["type"] in ("vote.cast", "vote.changed"):
            votes[entry["who"]] = entry
        elif entry["type"] == "vote.withdrawn":
            votes.pop(entry["who"], None)
    return votes


def _choices(log: Log, obj: str, votes: Iterable[dict]) -> Iterator:
    """The choice of each vote, read in its opening where the entry only commits to it."""
    opened = Opening.objects.filter(entry__log=log, entry__obj=obj, field="choice")
    values = dict(opened.values_list("entry__seq", "value"))
    for entry in votes:
        yield entry["data"]["choice"] if "choice" in entry["data"] else json.loads(values[entry["seq"]])


def _entries(log: Log, obj: str, size: int) -> Iterator[dict]:
    bodies = Entry.objects.filter(log=log, obj=obj, seq__lt=size).order_by("seq").values_list("body", flat=True)
    return (json.loads(bytes(body)) for body in bodies.iterator(chunk_size=2000))
