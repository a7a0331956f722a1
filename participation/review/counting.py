"""What the public record asks of this room: whether what is stored and shown is what was recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from participation.ledger.models import Log

from .drafts import anchoring
from .models import Passage, Remark, Review, Version


def recount(log: Log) -> Iterator[str]:
    """What is stored of documents and remarks and the record does not say, a sentence each."""
    for review in Review.objects.filter(consultation__log=log, opening_seq__isnull=False).order_by("pk"):
        yield from _changed_texts(log, review)
        yield from _miscounted(review)


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


def _miscounted(review: Review) -> Iterator[str]:
    """The counters of passages, and what each remark is said to be to the text of today."""
    shown, amendments = Counter(), Counter()
    texts = {(version.pk, row.passage_id): row.text for version in review.versions.published() for row in version.rows}
    names = dict(Version.objects.filter(review=review).values_list("pk", "number"))
    for remark in Remark.objects.filter(review=review).threads().order_by("pk").iterator(chunk_size=1000):
        if remark.is_published:
            shown[remark.passage_id] += 1
            amendments[remark.passage_id] += remark.is_amendment
        commented = texts.get((remark.version_id, remark.passage_id))
        if commented is None:
            yield f"{remark.obj} : son passage n’est pas dans la version {names[remark.version_id]}"
        elif remark.anchoring != anchoring(commented, texts.get((review.current_id, remark.passage_id))):
            yield f"{remark.obj} : l’état de son passage n’est pas « {remark.anchoring} »"
    for passage in Passage.objects.filter(review=review):
        for name, stored, counted in [
            ("remarques", passage.remark_count, shown[passage.pk]),
            ("amendements", passage.amendment_count, amendments[passage.pk]),
        ]:
            if stored != counted:
                yield f"{review.obj}, passage {passage.number} : {name} : {stored} au lieu de {counted}"
