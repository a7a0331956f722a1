"""What the public record asks of this room: results at any size of a log, and whether what is stored is what was recorded."""

from __future__ import annotations

from collections.abc import Iterator

from participation.consultations.recording import said_of
from participation.ledger.models import Log, Opening

from .models import Ballot
from .replay import results_at, whole_count


def results_of(log: Log, size: int) -> dict[str, dict]:
    """obj → results, for each ballot opened in the first `size` entries of the log."""
    ballots = Ballot.objects.filter(consultation__log=log, opening_seq__lt=size).select_related("consultation")
    ballots = list(ballots.order_by("pk"))
    if size == log.size:
        found = {ballot.obj: ballot.published(_held(log, ballot)) for ballot in ballots}
        # Unless somebody voted meanwhile, this is the state at that size.
        if Log.objects.filter(pk=log.pk, size=size).exists():
            return found
    return {ballot.obj: results_at(log, ballot.obj, size) for ballot in ballots}


def _held(log: Log, ballot: Ballot) -> dict:
    """The count that the site holds: in its counters, which pages show, and in its votes.

    When somebody has altered one of the two, that one is published, so that a verifier sees it.
    """
    counted, recounted = ballot.counted(), ballot.recounted()
    if counted == recounted:
        return recounted
    return recounted if counted == whole_count(log, ballot.obj, ballot.method, ballot.keys) else counted


def recount(log: Log) -> Iterator[str]:
    """What is stored of the votes and the record does not say, a sentence each."""
    ballots = Ballot.objects.filter(consultation__log=log, opening_seq__isnull=False)
    for ballot in ballots.select_related("consultation").order_by("pk"):
        yield from _changed_words(log, ballot)
        expected = whole_count(log, ballot.obj, ballot.method, ballot.keys)
        for name, found in [("compteurs", ballot.counted()), ("bulletins", ballot.recounted())]:
            for part in ["voters", "blank", "totals"]:
                if found[part] != expected[part]:
                    yield f"{ballot.obj} : {name}, {part} : {found[part]} au lieu de {expected[part]}"


def _changed_words(log: Log, ballot: Ballot) -> Iterator[str]:
    """Whether the question, the answers and the rules that pages show are those that were last recorded."""
    entry = log.entries.filter(obj=ballot.obj, type__in=["activity.opened", "activity.changed"]).latest("seq")
    recorded = entry.content["data"]
    data, texts = said_of(ballot)
    for name, value in data.items():
        # What closing decides is not written anew: the closing date when one closes by hand, and that too few voted.
        if name not in ("closes", "results") and recorded[name] != value:
            yield f"{ballot.obj} : {name} : {value} au lieu de {recorded[name]}"
    opened = dict(Opening.objects.filter(entry=entry).values_list("field", "value"))
    for field, words in texts.items():
        if opened.get(field) != words:
            yield f"{ballot.obj} : les mots affichés ({field}) ne sont pas ceux qui ont été enregistrés"
