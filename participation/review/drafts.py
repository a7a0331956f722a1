"""What those who carry a document do with its text: the version in preparation, its publication, freezing and locking.

One version at most is in preparation. Each change of it counts in its `revision`: who changes what somebody else has
changed meanwhile is told, and loses nothing.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participation import generation
from participation.consultations import actions, recording
from participation.consultations.recording import Record
from participation.people.models import User
from participation.plain_text import as_seen

from .models import Passage, PassageText, Remark, Review, Version
from .passages import MAX_LENGTH, MAX_PASSAGES, Kind, Words, tidy

CHANGED_MEANWHILE = "changed_meanwhile"

LEVELS = {Kind.HEADING: (1, 6), Kind.ARTICLE: (0, 6), Kind.ITEM: (1, 3), Kind.ROW: (0, 1)}
"""The least and the greatest level of each kind of passage; a paragraph has none."""

# ── The version in preparation ───────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def next_version(review: Review, by: User | None, *, at: datetime | None = None) -> Version:
    """The version in preparation; made from the one people read when there is none."""
    review = _locked(review, by)
    if draft := review.draft:
        return draft
    latest = review.versions.order_by("-number").first()
    draft = Version(review=review, number=latest.number + 1 if latest else 1)
    if at:
        draft.created_at = at
    draft.save()
    if latest:
        draft.write((row.passage, row.words) for row in latest.rows)
    return draft


@transaction.atomic
def write_draft(
    review: Review,
    passages: Iterable[tuple[int | None, Words]],
    by: User | None = None,
    *,
    at: datetime | None = None,
) -> Version:
    """Replace the whole text in preparation. With each passage, the number of the one it continues; None: a new one."""
    draft = next_version(review, by, at=at)
    passages = [(number, clean_words(words)) for number, words in passages]
    _require_sound(passages)
    known = {passage.number: passage for passage in draft.review.passages.all()}
    if unknown := {number for number, _words in passages if number is not None} - set(known):
        raise ValidationError(
            _("There is no passage %(numbers)s in this document.") % {"numbers": ", ".join(map(str, sorted(unknown)))}
        )
    draft.write((known.get(number), words) for number, words in passages)
    return draft


@transaction.atomic
def change_passage(draft: Version, passage: int, by: User | None, *, words: Words, read: str | None = None) -> Version:
    """Write a passage of the draft anew. `read` is its text as the editor saw it (None: whatever it is)."""
    draft = _draft_for(draft, by)
    row = _row(draft, passage)
    _require_read(row, read)
    words = clean_words(words)
    _require_sound([(passage, words)])
    return _rewrite(draft, [(r.passage, words if r.pk == row.pk else r.words) for r in draft.rows])


@transaction.atomic
def add_passage(draft: Version, after: int | None, by: User | None, *, words: Words) -> Version:
    """A new passage, after the one of that number; None: before all others."""
    draft = _draft_for(draft, by)
    words = clean_words(words)
    _require_sound([(None, words)])
    placed = [(row.passage, row.words) for row in draft.rows]
    place = (
        0
        if after is None
        else [passage.number for passage, _words in placed].index(_row(draft, after).passage.number) + 1
    )
    placed.insert(place, (None, words))
    if len(placed) > MAX_PASSAGES:
        raise ValidationError(_too_many(len(placed)))
    return _rewrite(draft, placed)


@transaction.atomic
def remove_passage(draft: Version, passage: int, by: User | None) -> Version:
    """Take a passage out of the draft. What was said of it stays, and will be listed at the end of the document."""
    draft = _draft_for(draft, by)
    row = _row(draft, passage)
    return _rewrite(draft, [(r.passage, r.words) for r in draft.rows if r.pk != row.pk])


@transaction.atomic
def move_passage(draft: Version, passage: int, by: User | None, *, up: bool) -> Version:
    """Move a passage of the draft one place up or down."""
    draft = _draft_for(draft, by)
    place = draft.rows.index(_row(draft, passage))
    placed = [(row.passage, row.words) for row in draft.rows]
    other = place - 1 if up else place + 1
    if 0 <= other < len(placed):
        placed[place], placed[other] = placed[other], placed[place]
    return _rewrite(draft, placed)


@transaction.atomic
def discard_draft(draft: Version, by: User | None) -> None:
    """Throw the version in preparation away; what was taken into it is no longer."""
    draft = _draft_for(draft, by)
    draft.taken.update(taken_into=None, taken_partly=False, taken_note="")
    draft.delete()


def _require_read(row: PassageText, read: str | None) -> None:
    """Refuse unless the passage still reads as somebody saw it."""
    if read is not None and row.text != read.replace("\r\n", "\n"):
        raise ValidationError(
            _("Somebody has changed this passage in the meantime. Their text is shown above; yours is kept below."),
            code=CHANGED_MEANWHILE,
        )


def clean_words(words: Words) -> Words:
    """A passage as it is seen, with its spaces in order."""
    text = tidy(words.text)
    if words.kind == Kind.ROW:
        text = " / ".join(text.split("\n"))
    least, most = LEVELS.get(words.kind, (0, 0))
    return Words(words.kind, text, min(max(words.level, least), most))


def _require_sound(passages: list[tuple[int | None, Words]]) -> None:
    """Refuse, in words, what is no document."""
    times = Counter(number for number, _words in passages if number is not None)
    if twice := {number for number, count in times.items() if count > 1}:
        raise ValidationError(
            _("Two passages continue the same one: %(numbers)s.") % {"numbers": ", ".join(map(str, sorted(twice)))}
        )
    if not passages:
        raise ValidationError(_("A document has at least one passage."))
    if len(passages) > MAX_PASSAGES:
        raise ValidationError(_too_many(len(passages)))
    for _number, words in passages:
        if not words.text:
            raise ValidationError({"text": _("Write the text of the passage.")})
        if len(words.text) > MAX_LENGTH:
            raise ValidationError(
                {
                    "text": _(
                        "A passage has at most %(most)s characters; the one that begins with “%(beginning)s” has "
                        "%(length)s. Cut it into several."
                    )
                    % {"most": MAX_LENGTH, "beginning": words.text[:40], "length": len(words.text)}
                }
            )
        if words.kind not in Kind.values:
            raise ValidationError({"kind": _("This kind of passage does not exist.")})


def _too_many(count: int) -> str:
    return ngettext(
        "A document has at most %(most)s passages; this one has %(count)s.",
        "A document has at most %(most)s passages; this one has %(count)s.",
        count,
    ) % {"most": MAX_PASSAGES, "count": count}


def _rewrite(draft: Version, placed: list[tuple[Passage | None, Words]]) -> Version:
    if not placed:
        raise ValidationError(_("A document has at least one passage."))
    draft.write(placed)
    return draft


def _row(draft: Version, passage: int) -> PassageText:
    row = next((row for row in draft.rows if row.passage.number == passage), None)
    if row is None:
        raise ValidationError(_("This passage is no longer in the version in preparation."))
    return row


def _require_revision(draft: Version, revision: int | None) -> None:
    if revision is not None and draft.revision != revision:
        raise ValidationError(
            _("Somebody has changed the text in the meantime. Read it again; yours is kept below."),
            code=CHANGED_MEANWHILE,
        )


def _locked(review: Review, by: User | None) -> Review:
    review = Review.objects.select_for_update(of=["self"]).select_related("consultation").get(pk=review.pk)
    actions.require_editor(review.consultation, by)
    return review


def _draft_for(draft: Version, by: User | None) -> Version:
    review = _locked(draft.review, by)
    draft = review.versions.filter(pk=draft.pk).first()
    if draft is None or draft.published_at:
        raise ValidationError(_("This version was published, or thrown away, in the meantime."))
    draft.review = review
    return draft


# ── Publishing ───────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def publish_version(
    draft: Version,
    by: User | None = None,
    *,
    summary: str = "",
    revision: int | None = None,
    freeze_previous: bool = False,
    at: datetime | None = None,
) -> Version:
    """The version in preparation becomes the one people read, for good. Every remark stays on the text it was written on.

    Possible after closing too: the text that comes out of the discussion. `revision` is that of the draft as it was read.
    """
    record = recording.take(draft.review.consultation, at)
    draft = _draft_for(draft, by)
    review = draft.review
    if not review.is_released:
        raise ValidationError(_("The first version is published when you press “Open”."))
    _require_revision(draft, revision)
    if not draft.rows:
        raise ValidationError(_("A document has at least one passage."))
    previous = review.current
    if [(row.passage_id, row.words) for row in draft.rows] == [(row.passage_id, row.words) for row in previous.rows]:
        raise ValidationError(_("Nothing has changed since the version people read: there is nothing to publish."))
    draft.summary = as_seen(summary).strip()
    draft.clean_fields(exclude={field.name for field in draft._meta.fields} - {"summary"})
    draft.save(update_fields=["summary"])
    draft.fix(record.at)
    if freeze_previous and previous.frozen_at is None:
        previous.frozen_at = record.at
        previous.save(update_fields=["frozen_at"])
    review.current = draft
    review.save(update_fields=["current"])
    _anchor(review, draft)
    if review.opening_seq is not None:
        draft.write_in(record)
        _answer(draft, record)
    generation.bump()
    return draft


def _anchor(review: Review, current: Version) -> None:
    """Say of each remark what its passage has become. Nothing is moved: each keeps the text it was written on."""
    now = dict(current.texts.values_list("passage", "text"))
    for version in review.versions.published():
        became: dict[str, list[int]] = {value: [] for value in Remark.Anchoring.values}
        for passage, text in version.texts.values_list("passage", "text"):
            became[anchoring(text, now.get(passage))].append(passage)
        for value, passages in became.items():
            Remark.objects.filter(version=version, passage__in=passages).exclude(anchoring=value).update(
                anchoring=value
            )


def anchoring(commented: str, now: str | None) -> str:
    """What a passage has become since somebody remarked on it: `now` is its text today, None when it was removed."""
    if now is None:
        return Remark.Anchoring.ORPHAN
    return Remark.Anchoring.ANCHORED if now == commented else Remark.Anchoring.CHANGED


def _credit(version: Version) -> list[Remark]:
    """The remarks that the version takes up, for good: those that are shown, and with each the ones that are read with it."""
    version.taken.exclude(state=Remark.State.PUBLISHED).update(taken_into=None, taken_partly=False, taken_note="")
    for remark in version.taken.all():
        remark.duplicates.published().filter(taken_into=None).update(
            taken_into=version, taken_partly=remark.taken_partly, taken_note=remark.taken_note
        )
    return list(version.taken.order_by("pk"))


def _answer(version: Version, record: Record) -> None:
    """Tell the record which remarks the version takes up."""
    for remark in _credit(version):
        data = {"outcome": "partly" if remark.taken_partly else "retained", "version": version.number}
        texts = {"reason": remark.taken_note} if remark.taken_note else None
        record.write("answer.published", remark.obj, data=data, texts=texts)


# ── Freezing and locking ─────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def freeze_version(version: Version, by: User | None, *, frozen: bool, at: datetime | None = None) -> Version:
    """End the remarks on a version, or take them up again."""
    record = recording.take(version.review.consultation, at)
    _locked(version.review, by)
    version = Version.objects.published().filter(pk=version.pk).first()
    if version is None:
        raise ValidationError(_("Only a published version can be frozen."))
    version.frozen_at = record.at if frozen else None
    version.save(update_fields=["frozen_at"])
    generation.bump()
    return version


@transaction.atomic
def lock_passage(passage: Passage, by: User | None, *, locked: bool) -> Passage:
    """End the remarks on one passage, in all versions, or take them up again."""
    recording.take(passage.review.consultation)
    _locked(passage.review, by)
    Passage.objects.filter(pk=passage.pk).update(is_locked=locked)
    passage.is_locked = locked
    generation.bump()
    return passage
