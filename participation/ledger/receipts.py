"""What a person keeps of what they did: an entry, the proof that it is in the record, and what opens its commitments."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import notes, sealing, tree
from .kinds import KINDS
from .models import Log, Opening


@transaction.atomic
def receipt(log: Log, seq: int) -> dict:
    """{"origin", "seq", "entry", "path", "checkpoint", "openings"}, as docs/registre.md says. Made again at any time."""
    # One state of the log for all that the receipt says.
    log = Log.objects.get(pk=log.pk)
    entry = log.entries.get(seq=seq)
    return {
        "origin": log.origin,
        "seq": seq,
        "entry": bytes(entry.body).decode(),
        "path": [b64encode(node).decode() for node in log.prove(tree.inclusion_path, seq, log.size)],
        "checkpoint": log.checkpoint,
        "openings": [opening_line(opening, seq) for opening in entry.openings.order_by("field")],
    }


def opening_line(opening: Opening, seq: int) -> dict:
    """An opening as it is published."""
    return {
        "seq": seq,
        "field": opening.field,
        "salt": b64encode(bytes(opening.salt)).decode(),
        "value": opening.value,
    }


def words_of_choice(log: Log, entry: dict, openings: list[dict]) -> list[str]:
    """The choice of a vote, in the words the answers had when it was cast, or of a view on a message; else none."""
    choice = entry.get("data", {}).get("choice")
    choice = next((json.loads(row["value"]) for row in openings if row["field"] == "choice"), choice)
    if choice is None:
        return []
    asked = Opening.objects.filter(entry__log=log, entry__obj=entry["obj"], entry__seq__lt=entry["seq"], field="labels")
    row = asked.order_by("-entry__seq").first()
    labels = {"blank": _("Blank vote"), "agree": _("agree"), "nuance": _("nuance"), "disagree": _("disagree")}
    labels |= json.loads(row.value) if row else {}
    return [labels.get(key, key) for key in (choice if isinstance(choice, list) else [choice])]


def in_words(ts: str) -> str:
    """The date of an entry as people here say it: « 26 novembre 2026, entre 10 h et 11 h »."""
    if len(ts) > len("2026-11-22T14Z"):
        at = timezone.localtime(datetime.fromisoformat(ts.replace("Z", "+00:00")))
        return date_format(at, "j F Y, H:i")
    at = timezone.localtime(datetime.fromisoformat(f"{ts[:13]}:00+00:00"))
    return _("%(day)s, from %(from)s to %(to)s") % {
        "day": date_format(at, "j F Y"),
        "from": date_format(at, "H:i"),
        "to": date_format(at + timedelta(hours=1), "H:i"),
    }


@dataclass(frozen=True)
class Verdict:
    """What the site can say of a receipt that somebody shows."""

    problem: str = ""
    """Why it is not good, in words; "" when it is."""
    log: Log | None = None
    seq: int = 0
    entry: dict | None = None
    openings: tuple[dict, ...] = ()

    @property
    def when(self) -> str:
        return in_words(self.entry["ts"]) if self.entry else ""

    @property
    def act(self) -> str:
        """What was done, in words; the type of the entry where there are none."""
        return str(KINDS.get(self.entry["type"], self.entry["type"])) if self.entry else ""

    @property
    def words(self) -> list[str]:
        """What was chosen, when it is a vote."""
        return words_of_choice(self.log, self.entry, list(self.openings)) if self.log else []

    @property
    def is_good(self) -> bool:
        return not self.problem


def check(text: str) -> Verdict:
    """Whether a receipt is this site's, whole, and in today's record."""
    try:
        shown = json.loads(text)
        entry, path = shown["entry"], [b64decode(node, validate=True) for node in shown["path"]]
        checkpoint, openings = notes.read(shown["checkpoint"]), shown["openings"]
        content = json.loads(entry)
        seq, commitments = content["seq"], content.get("data", {}).get("commit", {})
        opened = {
            row["field"]: sealing.commitment(row["field"], b64decode(row["salt"], validate=True), row["value"])
            for row in openings
        }
        leaf = tree.leaf(entry.encode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verdict(_("This is not a receipt of this site, or a part of it is missing. Paste the whole file."))
    if checkpoint is None:
        return Verdict(_("Its checkpoint is not signed by this site."))
    if type(seq) is not int or shown.get("seq") != seq:
        return Verdict(_("Its number is not that of its entry."))
    if tree.root_by_inclusion(leaf, seq, checkpoint.size, path) != checkpoint.root:
        return Verdict(_("What it says is not what this site signed: it was changed, or damaged."))
    # A field that is opened twice would be checked once, and shown in its other words.
    if len(opened) != len(openings) or any(commitments.get(field) != value for field, value in opened.items()):
        return Verdict(_("The text it holds is not the one that was recorded."))
    log = Log.objects.filter(origin=checkpoint.origin).first()
    if log is None:
        return Verdict(_("The record it speaks of is not on this site."))
    if not _is_ours(log, checkpoint):
        return Verdict(
            _("It was signed by this site, and yet today's record contradicts it: keep it, and tell the guarantor.")
        )
    return Verdict(log=log, seq=seq, entry=content, openings=tuple(openings))


def _is_ours(log: Log, checkpoint: notes.Checkpoint) -> bool:
    """Whether today's log begins with the one that the checkpoint signed."""
    if not 0 < checkpoint.size <= log.size:
        return False
    return log.prove(tree.root_of, 0, checkpoint.size) == checkpoint.root
