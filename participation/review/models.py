"""A document under review: its versions, their passages, and what people remark on each of them.

A passage keeps its number from one version to the next, whatever becomes of its words; a remark points to the passage and
to the version it was written on. Nothing is moved: what a remark is to the version read today is its `anchoring`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Max, Q
from django.db.models.functions import Least
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from participation.consultations.columns import DataColumn
from participation.consultations.models import Activity, ActivityQuerySet, Contribution, ContributionQuerySet
from participation.ledger.canonical import canonical

from .passages import MAX_LENGTH, Kind, Words, is_title, references


class Review(Activity):
    """A written document that people read and discuss passage by passage, through all its versions."""

    KIND = "review"

    current = models.ForeignKey(
        "Version", models.PROTECT, null=True, editable=False, related_name="+", help_text="the one people read"
    )

    objects = ActivityQuerySet.as_manager()

    words: list[Words] | None = None
    """What a form gives and `save_particulars` writes: the text of the version in preparation. None: as it was."""

    class Meta:
        verbose_name = _("document under review")
        verbose_name_plural = _("documents under review")

    @property
    def draft(self) -> Version | None:
        """The version in preparation."""
        return self.versions.filter(published_at=None).first()

    def save_particulars(self) -> None:
        if self.words is not None:
            draft = self.draft or Version.objects.create(review=self, number=self.versions.count() + 1)
            draft.write((None, words) for words in self.words)

    def give_particulars_to(self, draft: Review) -> None:
        latest = self.versions.order_by("-number").first()
        draft.words = latest.words() if latest else None

    def terms(self) -> list[str]:
        return [
            *super().terms(),
            gettext("The text people will read is fixed: to change it later, you publish a new version."),
        ]

    def prepare_to_open(self, at: datetime) -> None:
        """The version in preparation becomes the first that people read."""
        draft = self.draft
        if draft is None or not draft.texts.exists():
            raise ValidationError(gettext("The document has no text yet: write it, or import a file, first."))
        draft.fix(at)
        self.current = draft

    def after_opening(self, record) -> None:
        for version in self.versions.published().filter(seq=None).order_by("number"):
            version.write_in(record)

    def forget(self) -> None:
        """The latest text is again a draft, the only one; those before are forgotten with what was said of them."""
        Review.objects.filter(pk=self.pk).update(current=None)
        if self.versions.published().exists():
            self.versions.filter(published_at=None).delete()
            latest = self.versions.latest("number")
            self.versions.exclude(pk=latest.pk).delete()
            self.versions.update(number=1, published_at=None, frozen_at=None, digest="", seq=None, summary="")
        self.passages.update(is_locked=False, remark_count=0, amendment_count=0)
        self.tags.all().delete()


class VersionQuerySet(models.QuerySet):
    def published(self):
        return self.filter(published_at__isnull=False)


class Version(models.Model):
    """A text of the document. In preparation until it is published; from then on it never changes."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    summary = models.TextField(
        _("what changes, and why"),
        max_length=2000,
        blank=True,
        help_text=_("A few sentences that people read before the new text."),
    )
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the document, once published")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(null=True, help_text="from then on, no more remarks on this version")
    seq = models.PositiveBigIntegerField(null=True, help_text="document.published, in the record")
    revision = models.PositiveIntegerField(default=0, help_text="how many times the draft was changed")

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="one_version_of_each_number"),
            models.UniqueConstraint(
                fields=["review"], condition=Q(published_at=None), name="one_version_in_preparation"
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, digest="") | Q(published_at__isnull=False) & ~Q(digest=""),
                name="a_published_version_has_its_digest",
            ),
        ]

    def __str__(self):
        return gettext("version %(number)s") % {"number": self.number}

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None

    def get_absolute_url(self) -> str:
        return reverse("review:version", args=[self.review_id, self.number])

    @cached_property
    def rows(self) -> list[PassageText]:
        """Its passages, in order, each with its `passage`."""
        return list(self.texts.select_related("passage"))

    def words(self) -> list[Words]:
        return [row.words for row in self.rows]

    def write(self, placed: Iterable[tuple[Passage | None, Words]]) -> None:
        """Replace its passages, in order. None is a passage of no other version: it takes the next number."""
        placed = list(placed)
        words = [words for _passage, words in placed]
        last = self.review.passages.aggregate(last=Max("number"))["last"] or 0
        new = [
            Passage(review=self.review, number=number)
            for number, _words in enumerate((words for passage, words in placed if passage is None), last + 1)
        ]
        fresh = iter(Passage.objects.bulk_create(new))
        self.texts.all().delete()
        PassageText.objects.bulk_create(
            PassageText(
                version=self,
                passage=passage or next(fresh),
                position=position,
                kind=words.kind,
                level=words.level,
                text=words.text,
                reference=reference,
            )
            for position, ((passage, words), reference) in enumerate(zip(placed, references(words), strict=True))
        )
        self.revision += 1
        self.save(update_fields=["revision"])
        self.__dict__.pop("rows", None)

    def fix(self, at: datetime) -> None:
        """From now on it never changes: people read it."""
        self.digest, self.published_at = sha256(self.document()).hexdigest(), at
        self.save(update_fields=["digest", "published_at"])

    def document(self) -> bytes:
        """The document as it is hashed and published: canonical JSON, as docs/registre.md says."""
        return canonical(
            {
                "v": 1,
                "document": self.review.obj,
                "version": self.number,
                "passages": [
                    {"id": row.passage.number, "kind": row.kind, "level": row.level, "text": row.text}
                    for row in self.rows
                ],
            }
        )

    def write_in(self, record) -> None:
        """Tell the record (recording.Record) that people read it."""
        self.seq = record.write(
            "document.published",
            self.review.obj,
            data={"version": self.number, "sha256": self.digest, "passages": len(self.rows)},
        )
        self.save(update_fields=["seq"])


class Passage(models.Model):
    """What keeps its number through the versions: a heading, an article, a paragraph… Its words are in each version."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="passages")
    number = models.PositiveIntegerField(help_text="its name in the review, for ever")
    is_locked = models.BooleanField(_("locked"), default=False, help_text=_("It takes no more remarks."))
    # Stored counters of the remarks that are shown, replies left out: written in the transaction of what they count.
    remark_count = models.PositiveIntegerField(default=0, editable=False)
    amendment_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="one_passage_of_each_number")]

    def __str__(self):
        return str(self.number)

    @property
    def anchor(self) -> str:
        """Its id in a page."""
        return f"activity-{self.review_id}-passage-{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("review:passage", args=[self.review_id, self.number])

    @property
    def remarks_in_words(self) -> str:
        """“12 remarks”, “12 remarks, of which 3 amendments”."""
        return _counted_in_words(self.remark_count, self.amendment_count, get_language())


@lru_cache(maxsize=1024)
def _counted_in_words(remarks: int, amendments: int, language: str) -> str:
    """In the language of the moment, which is `language`. A text shows hundreds of such numbers, and few that differ."""
    words = ngettext("%(count)s remark", "%(count)s remarks", remarks) % {"count": remarks}
    if not amendments:
        return words
    among = ngettext("%(count)s amendment", "%(count)s amendments", amendments) % {"count": amendments}
    return gettext("%(remarks)s, of which %(amendments)s") % {"remarks": words, "amendments": among}


class PassageText(models.Model):
    """The words of a passage in a version."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="texts")
    passage = models.ForeignKey(Passage, models.PROTECT, related_name="texts")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=Kind)
    level = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(max_length=MAX_LENGTH, validators=[MinLengthValidator(1)])
    reference = models.CharField(max_length=120, help_text="what people call it: “Article 7, passage 2”")

    class Meta:
        verbose_name = _("text of a passage")
        verbose_name_plural = _("texts of passages")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "passage"], name="a_passage_once_in_a_version"),
            models.UniqueConstraint(fields=["version", "position"], name="one_passage_at_each_place"),
        ]

    def __str__(self):
        return self.text[:60]

    @property
    def words(self) -> Words:
        return Words(self.kind, self.text, self.level)

    @property
    def is_title(self) -> bool:
        return is_title(self.words)

    @property
    def digest(self) -> str:
        """SHA-256 of its words, as a remark on them says it in the record."""
        return sha256(self.text.encode()).hexdigest()


class Sort(models.TextChoices):
    """The orders remarks may be read in."""

    RECENT = "recent", pgettext_lazy("remarks", "latest")
    DISCUSSED = "discutees", _("most discussed")
    DIVIDED = "partagees", _("most divided")


class RemarkQuerySet(ContributionQuerySet):
    def threads(self):
        """Remarks on the text, replies left out."""
        return self.filter(thread=None)

    def with_all_of_it(self):
        """With the rows that are shown around each."""
        return self.select_related(
            "author",
            "on_behalf_of",
            "passage",
            "version",
            "taken_into",
            "merged_into__author",
            "merged_into__on_behalf_of",
        )

    def taken(self):
        """Those that a published version took up."""
        return self.filter(taken_into__published_at__isnull=False)

    def to_tell(self, since: datetime):
        """Those whose authors do not know yet that a version published after `since` took them up."""
        return self.published().filter(taken_into__published_at__gt=since, is_told=False)

    def sorted(self, by: str):
        """As asked; unknown orders are the latest first."""
        if by == Sort.DISCUSSED:
            stirred = F("reply_count") + F("agree_count") + F("disagree_count") + F("nuance_count")
            return self.order_by(stirred.desc(), "-created_at", "-pk")
        if by == Sort.DIVIDED:
            # Half for, half against, and many of them: what is said the most on the smaller side.
            return self.order_by(Least("agree_count", "disagree_count").desc(), "-nuance_count", "-created_at", "-pk")
        # Keys follow the order of writing, which never goes back in time: an index gives it all made, dates would be sorted.
        return self.order_by("-pk")


class Tag(models.Model):
    """A working word of those who carry the document, on remarks. Not published."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["review", "name"], name="one_tag_of_each_name")]

    def __str__(self):
        return self.name


class Remark(Contribution):
    """What somebody says of a passage, as they read it in a version; or a reply to that."""

    class Nature(models.TextChoices):
        COMMENT = "comment", _("comment")
        QUESTION = "question", _("question")
        SOURCE = "source", _("source")
        AMENDMENT = "amendment", _("amendment")
        REPLY = "reply", _("reply")

    class Anchoring(models.TextChoices):
        """What the passage has become in the version people read now."""

        ANCHORED = "anchored", _("same text")
        CHANGED = "changed", _("text changed")
        ORPHAN = "orphan", _("passage removed")

    DATA_COLUMNS = (
        DataColumn(
            "nature",
            _("Of a remark on a document: comment, question, source, amendment or reply."),
            lambda row: row.nature,
        ),
        DataColumn("version", _("The version of the document it was written on."), lambda row: row.version.number),
        DataColumn("passage", _("The number of the passage it is about."), lambda row: row.passage.number),
        DataColumn("redaction", _("The wording that an amendment proposes."), lambda row: row.wording, 60),
    )
    DATA_READS = ("version", "passage")

    # Its activity once more: the remarks of a document are read from one index, in their order, however many there are.
    review = models.ForeignKey(Review, models.PROTECT, editable=False, related_name="+", db_index=False)
    passage = models.ForeignKey(Passage, models.PROTECT, related_name="remarks", db_index=False)
    version = models.ForeignKey(Version, models.PROTECT, related_name="remarks")
    thread = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="replies")
    nature = models.CharField(_("kind"), max_length=9, choices=Nature)
    quote_start = models.PositiveIntegerField(
        null=True, blank=True, help_text="of the words quoted, in characters of the passage"
    )
    quote_end = models.PositiveIntegerField(null=True, blank=True)
    wording = models.TextField(_("proposed wording"), max_length=MAX_LENGTH, blank=True)
    anchoring = models.CharField(max_length=8, choices=Anchoring, default=Anchoring.ANCHORED, editable=False)
    # What those who carry the document do with it.
    tags = models.ManyToManyField(Tag, blank=True, related_name="remarks")
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="duplicates")
    taken_into = models.ForeignKey(Version, models.PROTECT, null=True, editable=False, related_name="taken")
    taken_partly = models.BooleanField(default=False, editable=False)
    taken_note = models.TextField(max_length=1000, blank=True, editable=False)
    is_told = models.BooleanField(default=False, editable=False, help_text="its author knows what became of it")

    objects = RemarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        indexes = [
            models.Index(
                fields=["passage", "-contribution_ptr"], condition=Q(thread=None), name="review_passage_remarks"
            ),
            models.Index(fields=["review", "-contribution_ptr"], condition=Q(thread=None), name="review_remarks"),
        ]
        constraints = [
            models.CheckConstraint(
                # Erased, an amendment has none any more.
                condition=Q(nature="amendment") | Q(wording=""),
                name="only_an_amendment_proposes_a_wording",
            ),
            models.CheckConstraint(
                condition=Q(nature="reply", thread__isnull=False) | ~Q(nature="reply") & Q(thread__isnull=True),
                name="a_reply_is_in_a_thread",
            ),
            models.CheckConstraint(
                condition=Q(quote_start__isnull=True, quote_end__isnull=True) | Q(quote_end__gt=F("quote_start")),
                name="a_quote_has_two_ends",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("contribution_ptr")), name="merged_into_another"),
        ]

    def __str__(self):
        return self.body[:60] or self.wording[:60]

    def get_absolute_url(self) -> str:
        return reverse("review:contribution", args=[self.pk])

    @property
    def is_reply(self) -> bool:
        return self.nature == self.Nature.REPLY

    @property
    def is_amendment(self) -> bool:
        return self.nature == self.Nature.AMENDMENT

    def texts(self) -> dict[str, str]:
        return {"body": self.body, "wording": self.wording} if self.is_amendment else {"body": self.body}

    def recorded(self) -> dict:
        """Which passage of which version it is about, and the exact text that its author read."""
        if self.is_reply:
            return {}
        said = {"nature": self.nature, "version": self.version.number, "passage": self.passage.number}
        said["sha256"] = self.commented.digest
        if self.quote_end:
            said["quote"] = [self.quote_start, self.quote_end]
        return said

    @cached_property
    def commented(self) -> PassageText:
        """The words it is about, as its author read them."""
        return PassageText.objects.get(version=self.version_id, passage=self.passage_id)

    @property
    def quote(self) -> str:
        """The words of the passage that its author chose; "" for the whole passage."""
        return self.commented.text[self.quote_start : self.quote_end] if self.quote_end else ""

    def count_in_place(self, change: int) -> None:
        if self.is_reply:
            return
        counters = {"remark_count": F("remark_count") + change}
        if self.is_amendment:
            counters["amendment_count"] = F("amendment_count") + change
        Passage.objects.filter(pk=self.passage_id).update(**counters)

    def require_unsettled(self) -> None:
        if self.version.is_frozen:
            raise ValidationError(
                gettext("%(version)s is frozen: what was said of it stays as it is.") % {"version": self.version}
            )
        if self.passage.is_locked:
            raise ValidationError(gettext("This passage is locked: what was said of it stays as it is."))

    @property
    def title(self) -> str:
        """What it is called in a list: “amendment, passage 7”."""
        said = {"nature": self.get_nature_display(), "number": self.passage.number}
        return gettext("%(nature)s, passage no. %(number)s") % said

    def further_words(self) -> list[tuple[str, str]]:
        wording = (self.pending or {}).get("wording", self.wording)
        return [(gettext("Proposed wording"), wording)] if wording else []

    def about(self) -> list[tuple[str, str]]:
        place = f"{self.commented.reference}, {self.version}"
        return [(gettext("Passage"), place), (gettext("The text it is about"), self.quote or self.commented.text)]

    def became(self) -> str:
        if self.outcome is None:
            return ""
        words = gettext("Partly taken into %(version)s") if self.taken_partly else gettext("Taken into %(version)s")
        return words % {"version": self.outcome}

    @property
    def is_unsettled(self) -> bool:
        """Whether one may still answer it, and say what one thinks of it, while the review is open."""
        return not self.version.is_frozen and not self.passage.is_locked

    @property
    def outcome(self) -> Version | None:
        """The version that took it up, once people read it."""
        return self.taken_into if self.taken_into and self.taken_into.published_at else None


class Import(models.Model):
    """A text on its way into the version in preparation: read, matched with it, and shown before anything is written."""

    class Stage(models.TextChoices):
        WAITING = "waiting", _("waiting to be read")
        READING = "reading", _("reading the file")
        MATCHING = "matching", _("finding which passage continues which")
        READY = "ready", _("ready to be looked at")
        FAILED = "failed", _("could not be read")

    review = models.ForeignKey(Review, models.CASCADE, related_name="imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200, help_text="of the file; empty for a text that was typed")
    content = models.BinaryField(help_text="emptied once it is read")
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.WAITING)
    problems = models.JSONField(default=list, help_text="why it could not be read, sentences")
    notices = models.JSONField(default=list, help_text="what was left out, sentences")
    passages = models.JSONField(
        default=list, help_text='what was read: {"kind", "text", "level", "number": the passage it continues, or null}'
    )
    matched_with = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=0, help_text="of that version, when it was matched with it")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["stage", "created_at"], name="review_imports_to_read")]

    def __str__(self):
        return self.name

    @property
    def is_going_on(self) -> bool:
        return self.stage in (self.Stage.WAITING, self.Stage.READING, self.Stage.MATCHING)

    @property
    def percent(self) -> int:
        """How far it is, for who waits."""
        return {self.Stage.WAITING: 5, self.Stage.READING: 30, self.Stage.MATCHING: 75}.get(self.stage, 100)
