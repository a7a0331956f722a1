"""What people remark on a document, and what those who carry it do with the remarks.

Of the document itself, its versions and its text: drafts.py.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from participation.consultations import actions, recording
from participation.people.models import Organisation, User
from participation.plain_text import as_seen, one_line, shows_something

from . import mails
from .comparing import is_same_text
from .drafts import anchoring, change_passage, next_version
from .models import PassageText, Remark, Review, Tag
from .passages import Words

PLACE = ("passage", "nature")
"""What makes two texts of one author two remarks."""

# ── Remarks and replies ──────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def remark_on(
    review: Review,
    author: User,
    *,
    passage: int,
    version: int,
    nature: str,
    body: str,
    wording: str = "",
    quote: tuple[int, int] | None = None,
    on_behalf_of: Organisation | None = None,
    at: datetime | None = None,
) -> Remark:
    """Say something of a passage, as it stands in the version that was read. Both are numbers.

    `wording` is what an amendment proposes in the place of the passage; `quote` the part of it one speaks of, from and to
    which character. A version that was replaced meanwhile keeps the remark, unless it is frozen.
    """
    record = recording.take(review.consultation, at)
    review = actions.require_open(review, author, record.at)
    if nature not in Remark.Nature.values or nature == Remark.Nature.REPLY:
        raise ValidationError({"nature": _("Say what it is: a comment, a question, a source or an amendment.")})
    commented = _commented(review, passage, version)
    remark = Remark(
        activity=review,
        review=review,
        author=author,
        passage=commented.passage,
        version=commented.version,
        nature=nature,
        body=actions.as_filed(body),
        wording=_wording(wording, commented) if nature == Remark.Nature.AMENDMENT else "",
    )
    remark.commented = commented
    remark.require_unsettled()
    if quote and 0 <= quote[0] < quote[1] <= len(commented.text):
        remark.quote_start, remark.quote_end = quote
    now = review.current.texts.filter(passage=commented.passage_id).first()
    remark.anchoring = anchoring(commented.text, now and now.text)
    actions.speak_for(remark, on_behalf_of)
    if twin := actions.just_filed(remark, record.at, place=PLACE):
        return twin
    return actions.receive(remark, record)


@transaction.atomic
def reply_to(
    remark: Remark,
    author: User,
    *,
    body: str,
    on_behalf_of: Organisation | None = None,
    at: datetime | None = None,
) -> Remark:
    """Answer a remark."""
    record = recording.take(remark.activity.consultation, at)
    review = actions.require_open(remark.review, author, record.at)
    remark = Remark.objects.select_related("version", "passage").get(pk=remark.pk)
    if remark.is_reply:
        raise ValidationError(_("Replies go no deeper: reply to the remark above."))
    if not remark.is_published:
        raise ValidationError(_("This message is no longer shown: one can no longer reply to it."))
    remark.require_unsettled()
    reply = Remark(
        activity=review,
        review=review,
        author=author,
        passage=remark.passage,
        version=remark.version,
        parent=remark,
        thread=remark,
        nature=Remark.Nature.REPLY,
        anchoring=remark.anchoring,
        body=actions.as_filed(body),
    )
    actions.speak_for(reply, on_behalf_of)
    if twin := actions.just_filed(reply, record.at, place=PLACE):
        return twin
    return actions.receive(reply, record)


@transaction.atomic
def edit_remark(remark: Remark, by: User, *, body: str, wording: str = "", at: datetime | None = None) -> Remark:
    """The author changes their words; readers see that they were changed. What it is about stays."""
    changes = {"body": body}
    if remark.is_amendment:
        changes["wording"] = _wording(wording, remark.commented)
    recording.take(remark.activity.consultation, at)
    if Remark.objects.taken().filter(pk=remark.pk).exists():
        raise ValidationError(_("This remark was taken into the text: its words stay as they were read."))
    return actions.edit_contribution(remark, by, at=at, **changes)


def _commented(review: Review, passage: int, version: int) -> PassageText:
    texts = PassageText.objects.filter(version__review=review, version__published_at__isnull=False)
    commented = (
        texts.filter(version__number=version, passage__number=passage).select_related("version", "passage").first()
    )
    if commented is None:
        raise ValidationError(_("This passage is not in that version of the document."))
    return commented


def _wording(wording: str, commented: PassageText) -> str:
    """What an amendment proposes, as it is seen."""
    wording = as_seen(wording.replace("\r\n", "\n")).strip()
    if not shows_something(wording):
        raise ValidationError({"wording": _("Write the passage as you would have it.")})
    if is_same_text(wording, commented.text):
        raise ValidationError(
            {"wording": _("Your wording is the text as it stands. Change it, or write a comment instead.")}
        )
    return wording


# ── What those who carry the document do with the remarks ────────────────────────────────────────────────────────────


@transaction.atomic
def tag_remark(remark: Remark, by: User | None, names: Iterable[str]) -> Remark:
    """Put these working words on a remark, and no other."""
    remark = _for_work(remark, by)
    names = {name for word in names if (name := one_line(word).casefold()[:40])}
    tags = [Tag.objects.get_or_create(review=remark.review, name=name)[0] for name in sorted(names)]
    remark.tags.set(tags)
    Tag.objects.filter(review=remark.review, remarks=None).delete()
    return remark


@transaction.atomic
def merge_remarks(main: Remark, duplicates: Iterable[Remark], by: User | None) -> Remark:
    """Say that several remarks ask for the same thing: they are read, and answered, with `main`. Each one stays as it is."""
    main = _for_work(main, by)
    if main.merged_into_id:
        raise ValidationError(_("This remark is itself read with another: choose that one."))
    for duplicate in duplicates:
        duplicate = _for_work(duplicate, by)
        if duplicate.review_id != main.review_id:
            raise PermissionDenied
        if duplicate.pk == main.pk:
            continue
        duplicate.duplicates.update(merged_into=main)
        duplicate.merged_into = main
        duplicate.save(update_fields=["merged_into"])
    return main


@transaction.atomic
def separate_remark(remark: Remark, by: User | None) -> Remark:
    """Read a remark by itself again."""
    remark = _for_work(remark, by)
    remark.merged_into = None
    remark.save(update_fields=["merged_into"])
    return remark


@transaction.atomic
def take_remark(
    remark: Remark,
    by: User | None,
    *,
    text: str | None = None,
    read: str | None = None,
    partly: bool = False,
    note: str = "",
    at: datetime | None = None,
) -> Remark:
    """Take a remark into the next version, which credits it; its author and everyone are told when that is published.

    `text` is what the passage becomes in the version in preparation (None: it stays as it is there); an amendment whose
    wording is not followed to the letter is taken partly. `read` is the text of the passage in preparation as the carrier
    saw it: refused if it has changed meanwhile.
    """
    remark = _for_work(remark, by)
    if remark.is_reply or not remark.is_published:
        raise ValidationError(_("Only remarks that are shown can be taken into the text."))
    if remark.taken_into and remark.taken_into.published_at:
        raise ValidationError(_("This remark was taken into a version already."))
    draft = next_version(remark.review, by, at=at)
    row = draft.texts.filter(passage=remark.passage_id).first()
    if text is not None:
        if row is None:
            raise ValidationError(_("This passage is not in the version in preparation: nothing can be written there."))
        change_passage(draft, row.passage.number, None, words=Words(row.kind, text, row.level), read=read)
        row = draft.texts.get(passage=remark.passage_id)
    if remark.is_amendment:
        partly = row is None or not is_same_text(row.text, remark.wording)
    remark.taken_into, remark.taken_partly, remark.taken_note = draft, partly, as_seen(note).strip()
    remark.clean_fields(exclude={field.name for field in remark._meta.fields} - {"taken_note"})
    remark.save(update_fields=["taken_into", "taken_partly", "taken_note"])
    return remark


@transaction.atomic
def leave_remark(remark: Remark, by: User | None) -> Remark:
    """Take a remark out of the next version's credits. The text in preparation stays as it is."""
    remark = _for_work(remark, by)
    if remark.taken_into and remark.taken_into.published_at:
        raise ValidationError(_("This remark was taken into a version that people read: that stays."))
    remark.taken_into, remark.taken_partly, remark.taken_note = None, False, ""
    remark.save(update_fields=["taken_into", "taken_partly", "taken_note"])
    return remark


TOLD_WITHIN = timedelta(days=7)
"""A letter that comes later than that would be read as news of something else."""


def tell_authors(*, most: int = 200) -> int:
    """Write to those whose remarks a version took up, once each. Returns how many; at most `most` a call."""
    remarks = Remark.objects.to_tell(timezone.now() - TOLD_WITHIN).order_by("pk")
    remarks = remarks.select_related("author", "review", "taken_into")[:most]
    for remark in remarks:
        mails.tell_author_of_outcome(remark)
        # One by one: a server that stops half-way writes again to one person at most.
        Remark.objects.filter(pk=remark.pk).update(is_told=True)
    return len(remarks)


def _for_work(remark: Remark, by: User | None) -> Remark:
    """The remark, read again, for somebody who edits the organiser's pages. The document is locked."""
    review = Review.objects.select_for_update(of=["self"]).select_related("consultation").get(pk=remark.review_id)
    actions.require_editor(review.consultation, by)
    remark = Remark.objects.select_related("taken_into", "version", "passage").get(pk=remark.pk)
    remark.review = review
    return remark
