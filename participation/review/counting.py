"""What the public record asks of this room: whether what is stored and shown is what was recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from participation.ledger.models import Log

from .drafts import anchoring
from .models import Passage, Remark, Review


def recount(log: Log) -> Iterator[str]:
    """What is stored of documents and remarks and the record does not say, a sentence each."""
    for review in Review.objects.filter(consultation__log=log, opening_seq__isnull=False).order_by("pk"):
        yield from _changed_texts(log, review)
        yield from _miscounted(log, review)


def _changed_texts(log: Log, review: Review) -> Iterator[str]:
    """Whether each version that pages show is the one that was recorded."""
    recorded = {
        entry.content["data"]["version"]: entry.content["data"]["sha256"]
        for entry in log.entries.filter(obj=review.obj, type="document.published")
    }
    for version in review.versions.published():
        version.review = review
        if recorded.pop(version.number, None) != sha256(version.document()).hexdigest():
            yield f"{review.obj} : le texte de la version {version.number} n’est pas celui qui a été enregistré"
    for number in recorded:
        yield f"{review.obj} : la version {number} du registre n’est plus là"


def _miscounted(log: Log, review: Review) -> Iterator[str]:
    """The counters of passages, and which words each remark is about: as recorded, and what they have become today."""
    recorded, answers = _recorded(log), _answers(log)
    shown, amendments = Counter(), Counter()
    texts = {(version.pk, row.passage_id): row.text for version in review.versions.published() for row in version.rows}
    remarks = Remark.objects.filter(review=review).threads().order_by("pk")
    remarks = remarks.select_related("version", "passage", "taken_into")
    for remark in remarks.iterator(chunk_size=1000):
        if remark.is_published:
            shown[remark.passage_id] += 1
            amendments[remark.passage_id] += remark.is_amendment
        commented = texts.get((remark.version_id, remark.passage_id))
        outcome = None
        if remark.outcome:
            outcome = ("partly" if remark.taken_partly else "retained", remark.outcome.number)
        if outcome != answers.get(remark.obj):
            yield f"{remark.obj} : ce qu’elle est devenue n’est pas ce qui a été enregistré"
        about = (remark.nature, remark.version.number, remark.passage.number)
        if commented is None:
            yield f"{remark.obj} : son passage n’est pas dans la {remark.version}"
        elif recorded.get(remark.obj) != (*about, sha256(commented.encode()).hexdigest()):
            yield f"{remark.obj} : elle ne porte pas sur le passage qui a été enregistré"
        elif remark.anchoring != anchoring(commented, texts.get((review.current_id, remark.passage_id))):
            yield f"{remark.obj} : l’état de son passage n’est pas « {remark.anchoring} »"
    for passage in Passage.objects.filter(review=review):
        for name, stored, counted in [
            ("remarques", passage.remark_count, shown[passage.pk]),
            ("amendements", passage.amendment_count, amendments[passage.pk]),
        ]:
            if stored != counted:
                yield f"{review.obj}, passage {passage.number} : {name} : {stored} au lieu de {counted}"


def _recorded(log: Log) -> dict[str, tuple]:
    """obj → what each remark is about, as the record says it: nature, version, passage, SHA-256 of its text."""
    found = {}
    entries = log.entries.filter(type="contribution.received").values_list("obj", "body")
    for obj, body in entries.iterator(chunk_size=2000):
        data = json.loads(bytes(body))["data"]
        if "passage" in data:
            found[obj] = (data["nature"], data["version"], data["passage"], data["sha256"])
    return found


def _answers(log: Log) -> dict[str, tuple]:
    """obj → what each remark became, as the record says it: outcome, version."""
    entries = log.entries.filter(type="answer.published").values_list("obj", "body")
    said = ((obj, json.loads(bytes(body))["data"]) for obj, body in entries)
    return {obj: (data["outcome"], data["version"]) for obj, data in said}
