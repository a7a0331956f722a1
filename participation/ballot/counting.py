"""What the record says of votes: results at any size of a log, and the comparison with what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator

from participation.ledger.models import Entry, Log, Opening

from .methods import tally
from .models import SMALL, Ballot


def results_of(log: Log, size: int) -> dict[str, dict]:
    """obj → results, for each ballot opened in the first `size` entries of the log."""
    ballots = Ballot.objects.filter(consultation__log=log, opening_seq__lt=size).select_related("consultation")
    ballots = list(ballots.order_by("pk"))
    if size == log.size:
        found = {ballot.obj: ballot.published(_held(log, ballot)) for ballot in ballots}
        # Unless somebody voted meanwhile, this is the state at that size.
        if Log.objects.filter(pk=log.pk, size=size).exists():
            return found
    return {ballot.obj: replayed(log, ballot.obj, size) for ballot in ballots}


def _held(log: Log, ballot: Ballot) -> dict:
    """The count that the site holds: in its counters, which pages show, and in its votes.

    When somebody has altered one of the two, that one is published, so that a verifier sees it.
    """
    counted, recounted = ballot.counted(), ballot.recounted()
    return recounted if counted == recounted or counted == _truth(log, ballot) else counted


def replayed(log: Log, obj: str, size: int) -> dict:
    """The results of one ballot as its entries give them, at this size of the log."""
    method, keys, shown, is_closed, declared = "", [], "", False, None
    choices: dict[str, object] = {}
    sealed: dict[str, int] = {}
    for entry in _entries(log, obj, size):
        data, who = entry.get("data", {}), entry.get("who")
        match entry["type"]:
            case "activity.opened" | "activity.changed":
                method, keys, shown = data["method"], data["choices"], data["results"]
            case "activity.closed":
                is_closed = True
            case "vote.cast" | "vote.changed":
                choices[who] = data.get("choice")
                sealed[who] = entry["seq"]
            case "vote.withdrawn":
                choices.pop(who, None)
            case "count.published":
                declared = data["objects"][obj]
    if shown == "small" or (shown == "hidden" and is_closed and len(choices) < SMALL):
        return declared or {"method": method, "voters": len(choices)}
    if shown == "hidden":
        if not is_closed:
            return {"method": method, "voters": len(choices)}
        opened = Opening.objects.filter(entry__log=log, entry__obj=obj, field="choice")
        values = dict(opened.values_list("entry__seq", "value"))
        choices = {who: json.loads(values[sealed[who]]) for who in choices}
    return tally(method, keys, choices.values())


def recount(log: Log) -> Iterator[str]:
    """What is stored of the votes and the record does not say, a sentence each."""
    for ballot in Ballot.objects.filter(consultation__log=log).select_related("consultation").order_by("pk"):
        if ballot.opening_seq is None:
            continue
        expected, counted, recounted = _truth(log, ballot), ballot.counted(), ballot.recounted()
        for name, found in [("compteurs", counted), ("bulletins", recounted)]:
            for part in ["voters", "blank", "totals"]:
                if found[part] != expected[part]:
                    yield f"{ballot.obj} : {name}, {part} : {found[part]} au lieu de {expected[part]}"


def _truth(log: Log, ballot: Ballot) -> dict:
    """The whole count from the entries, sealed choices included: the site may open them for itself."""
    latest: dict[str, tuple[int, dict]] = {}
    for entry in _entries(log, ballot.obj, log.size):
        if entry["type"] in ("vote.cast", "vote.changed"):
            latest[entry["who"]] = entry["seq"], entry["data"]
        elif entry["type"] == "vote.withdrawn":
            latest.pop(entry["who"], None)
    opened = Opening.objects.filter(entry__log=log, entry__obj=ballot.obj, field="choice")
    values = dict(opened.values_list("entry__seq", "value"))
    choices = [data["choice"] if "choice" in data else json.loads(values[seq]) for seq, data in latest.values()]
    return tally(ballot.method, ballot.keys, choices)


def _entries(log: Log, obj: str, size: int) -> Iterator[dict]:
    bodies = Entry.objects.filter(log=log, obj=obj, seq__lt=size).order_by("seq").values_list("body", flat=True)
    return (json.loads(bytes(body)) for body in bodies.iterator(chunk_size=2000))
