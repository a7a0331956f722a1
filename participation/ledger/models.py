"""The public record: append-only logs of entries that anyone can recount.

The format is that of docs/registre.md. A log's entries never change: triggers of the database refuse it (see triggers.py).
"""

import json
from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import tree
from .tree import Subtree

SITE = "site"
"""The slug of the log of the site itself."""

HASH = 32
"""Bytes of a hash."""


class Log(models.Model):
    """One consultation's record, or the site's. This row is the head: each entry that is added changes it, and no other row."""

    slug = models.SlugField(max_length=80, unique=True)
    origin = models.CharField(max_length=200, unique=True, help_text="HOST/registre/SLUG, fixed when the log is opened")
    size = models.PositiveBigIntegerField(default=0)
    frontier = models.BinaryField(default=b"", help_text="the hashes of tree.py's frontier, one after the other")
    hour = models.CharField(max_length=13, default="", help_text="of its latest entry: 2026-11-22T14")
    checkpoint = models.TextField(default="", help_text="the signed note of its present size")
    key = models.BinaryField(null=True, help_text="K, encrypted; null once it is destroyed, two months after the end")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("record")
        verbose_name_plural = _("records")

    def __str__(self):
        return self.origin

    def get_absolute_url(self) -> str:
        return reverse("ledger:log", args=[self.slug])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def hashes(self) -> list[bytes]:
        """The frontier."""
        stored = bytes(self.frontier)
        return [stored[start : start + HASH] for start in range(0, len(stored), HASH)]

    @property
    def root(self) -> bytes:
        return tree.root(self.hashes)

    def not_before(self, at: datetime) -> datetime:
        """`at`, or the hour of the latest entry when the clock went back: a record's time never does."""
        if not self.hour:
            return at
        return max(at, datetime.fromisoformat(f"{self.hour}:00").replace(tzinfo=UTC))

    def subtree_hashes(self, needed: set[Subtree]) -> dict[Subtree, bytes]:
        """The hashes of these subtrees. Two queries at most."""
        found = {}
        leaves = [index for level, index in needed if level == 0]
        for seq, body in self.entries.filter(seq__in=leaves).values_list("seq", "body"):
            found[0, seq] = tree.leaf(bytes(body))
        if larger := [subtree for subtree in needed if subtree[0]]:
            asked = Q()
            for level, index in larger:
                asked |= Q(level=level, index=index)
            for level, index, value in self.nodes.filter(asked).values_list("level", "index", "hash"):
                found[level, index] = bytes(value)
        return found

    def prove(self, proof, *arguments):
        """`proof` of tree.py (inclusion_path, consistency_path, root_of) with the hashes it asks for."""
        needed = set()

        def note(subtree: Subtree) -> bytes:
            needed.add(subtree)
            return b""

        proof(*arguments, note)
        return proof(*arguments, self.subtree_hashes(needed).__getitem__)


class Entry(models.Model):
    """What was done, as the bytes that are published and hashed. `type` and `obj` are copied from them, to find it."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="entries")
    seq = models.PositiveBigIntegerField()
    type = models.CharField(max_length=32)
    obj = models.CharField(max_length=40, blank=True)
    body = models.BinaryField()
    idempotency_key = models.CharField(max_length=64, null=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["log", "seq"], name="one_entry_per_place"),
            models.UniqueConstraint(fields=["log", "idempotency_key"], name="one_entry_per_form_sent"),
        ]
        indexes = [models.Index(fields=["log", "obj", "seq"], name="entry_obj")]

    def __str__(self):
        return f"{self.log_id}/{self.seq} {self.type}"

    @property
    def content(self) -> dict:
        """What its bytes say."""
        return json.loads(bytes(self.body))


class Node(models.Model):
    """The hash of a perfect subtree of two entries or more, stored when it was completed."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="nodes")
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "level", "index"], name="one_hash_per_subtree")]

    def __str__(self):
        return f"{self.log_id}/{self.level}/{self.index}"


class OpeningQuerySet(models.QuerySet):
    def published(self, log: Log, size: int):
        """Those that everyone may read of the first `size` entries.

        What has been withheld since is left out whatever the size: it is the reason why it was withheld.
        """
        return self.filter(entry__log=log, public_since__lt=size).order_by("entry__seq", "field")


class Opening(models.Model):
    """What opens a commitment of an entry: the salt and the text. Deleted by erasure, and by nothing else."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="openings")
    field = models.CharField(max_length=16)
    salt = models.BinaryField()
    value = models.TextField()
    public_since = models.PositiveBigIntegerField(
        null=True, help_text="seq of the entry by which everyone may read it; null: withheld, or sealed until closing"
    )

    objects = OpeningQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "field"], name="one_opening_per_commitment")]
        indexes = [models.Index(fields=["public_since"], name="opening_public")]

    def __str__(self):
        return f"{self.entry} {self.field}"
