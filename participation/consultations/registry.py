"""What the public record asks of this room: what each log is about, who may read it, whether the counters are right."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from django.urls import reverse

from participation.ledger.hooks import Subject
from participation.ledger.models import Log, Opening

from .models import Activity, Consultation, Contribution
from .places import pages_of


def subjects(logs: Iterable[Log], viewer) -> dict[int, Subject]:
    """The consultation of each log. The visitor is only looked at for those that are not public."""
    rows = list(Consultation.objects.filter(log__in=[log.pk for log in logs]).select_related("organiser"))
    restricted = [row.pk for row in rows if not row.is_public]
    readable = set()
    if restricted:
        accessible = Consultation.objects.accessible(viewer).filter(pk__in=restricted)
        readable = set(accessible.values_list("pk", flat=True))
    activities = list(Activity.objects.released().filter(consultation__in=rows).order_by("opens_at", "pk"))
    pages = pages_of(activities)
    addresses: dict[int, str] = {}
    for activity in activities:
        if page := pages.get(activity.pk):
            addresses.setdefault(activity.consultation_id, page.get_url())
    return {
        row.log_id: Subject(
            title=row.title,
            organiser=row.organiser.name,
            url=addresses.get(row.pk) or reverse("consultations:index"),
            is_public=row.is_public,
            is_readable=row.is_public or row.pk in readable,
            data_url=reverse("consultations:open_data", args=[row.slug]),
        )
        for row in rows
    }


def recount(log: Log) -> Iterator[str]:
    """What is stored of contributions and reactions and the record does not say, a sentence each."""
    said = _Said(log)
    contributions = Contribution.objects.filter(activity__consultation__log=log).with_particulars()
    published, authors, replies = Counter(), defaultdict(set), Counter()
    for row in contributions.order_by("pk").iterator(chunk_size=1000):
        text = said.texts.get(row.obj)
        if text is None:
            yield f"{row.obj} : absente du registre"
            continue
        shown = said.is_shown(row.obj)
        if shown != row.is_published:
            yield f"{row.obj} : « {row.state} » alors que le registre dit {'publiée' if shown else 'non publiée'}"
        if text != row.text_seq:
            yield f"{row.obj} : texte de l’entrée {row.text_seq} au lieu de {text}"
        elif shown and (changed := said.changed_fields(text, row.specific.texts())):
            yield f"{row.obj} : le texte affiché n’est pas celui qui a été déposé ({', '.join(changed)})"
        if shown:
            published[row.activity_id] += 1
            authors[row.activity_id].add(said.authors[row.obj])
            replies[row.parent_id] += 1
        for choice in ("agree", "disagree", "nuance"):
            stored, counted = getattr(row, f"{choice}_count"), said.reactions[row.obj][choice]
            if stored != counted:
                yield f"{row.obj} : {choice} : {stored} au lieu de {counted}"
    for pk, stored in contributions.values_list("pk", "reply_count"):
        if stored != replies[pk]:
            yield f"contribution:{pk} : réponses : {stored} au lieu de {replies[pk]}"
    for activity in Activity.objects.filter(consultation__log=log, contributions__isnull=False).distinct():
        for name, stored, counted in [
            ("contributions", activity.contribution_count, published[activity.pk]),
            ("participants", activity.participant_count, len(authors[activity.pk])),
        ]:
            if stored != counted:
                yield f"activity:{activity.pk} : {name} : {stored} au lieu de {counted}"


class _Said:
    """What the entries of a log say of contributions and reactions."""

    def __init__(self, log: Log):
        self.texts: dict[str, int] = {}
        """The entry of the text that each contribution bears."""
        self.authors: dict[str, str] = {}
        """The tag of who wrote each: it still tells two people apart when their accounts are gone."""
        self.reactions: dict[str, Counter] = defaultdict(Counter)
        self._openings = dict(self._values(log))
        self._states: dict[str, str] = {}
        self._withheld: dict[int, bool] = {}
        own: dict[tuple[str, str], str] = {}
        awaiting: dict[str, int] = {}
        entries = log.entries.filter(obj__startswith="contribution:").order_by("seq")
        for seq, type, obj, body in entries.values_list("seq", "type", "obj", "body").iterator(chunk_size=2000):
            entry = json.loads(bytes(body))
            data = entry.get("data", {})
            match type:
                case "contribution.received":
                    self.texts[obj], self._states[obj], self.authors[obj] = seq, "received", entry["who"]
                case "contribution.edited":
                    awaiting[obj] = seq
                case "contribution.published":
                    self._states[obj] = "published"
                    self.texts[obj] = data["target"]
                case "contribution.refused":
                    if data["target"] == self.texts[obj]:
                        self._states[obj] = "refused"
                case "contribution.withdrawn":
                    self._states[obj] = "withdrawn"
                case "opening.withheld" | "opening.restored":
                    self._withheld[data["target"]] = type == "opening.withheld"
                    if data["reason"] == "awaiting" and self._states[obj] == "received":
                        # Written again before anybody had read it: the last one is what waits.
                        self.texts[obj] = data["target"]
                    elif data["reason"] == "replaced" and data["target"] == self.texts[obj]:
                        self.texts[obj] = awaiting[obj]
                case "opening.erased":
                    self._withheld[data["target"]] = True
                case "reaction.cast" | "reaction.changed" | "reaction.withdrawn":
                    if before := own.pop((obj, entry["who"]), None):
                        self.reactions[obj][before] -= 1
                    if "choice" in data:
                        own[obj, entry["who"]] = data["choice"]
                        self.reactions[obj][data["choice"]] += 1

    @staticmethod
    def _values(log: Log) -> Iterator[tuple[tuple[int, str], str]]:
        rows = Opening.objects.filter(entry__log=log, entry__obj__startswith="contribution:")
        for seq, field, value in rows.values_list("entry__seq", "field", "value").iterator(chunk_size=2000):
            yield (seq, field), value

    def is_shown(self, obj: str) -> bool:
        return self._states[obj] == "published" and not self._withheld.get(self.texts[obj], False)

    def changed_fields(self, seq: int, texts: dict[str, str]) -> list[str]:
        """The fields whose displayed words are not those that the entry commits to."""
        return [field for field, words in texts.items() if self._openings.get((seq, field)) != words]
