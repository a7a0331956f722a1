"""A document through its versions: what is prepared, published, frozen; what becomes of the remarks."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from participation.consultations import actions as consultations
from participation.consultations.actions import close_activity, copy_consultation, release_activity, wipe_trial
from participation.ledger.hooks import differences
from participation.review import drafts
from participation.review.actions import (
    edit_remark,
    leave_remark,
    merge_remarks,
    reply_to,
    separate_remark,
    tag_remark,
    take_remark,
)
from participation.review.models import Passage, Remark, Review, Version
from participation.review.passages import Kind, Words
from tests.factories import CHARTER, a_consultation, a_remark, a_review, a_user
from tests.ledger.reading import entries, save, types, verify

pytestmark = pytest.mark.django_db


def paragraph(text: str) -> Words:
    return Words(Kind.PARAGRAPH, text)


def new_version(review, changes: dict[int, str | None], **fields) -> Version:
    """A published version where these passages read otherwise; None takes one out."""
    draft = drafts.next_version(review, None)
    for number, text in changes.items():
        if text is None:
            drafts.remove_passage(draft, number, None)
        else:
            kind = next(row.words for row in draft.rows if row.passage.number == number).kind
            drafts.change_passage(draft, number, None, words=Words(kind, text))
    return drafts.publish_version(Version.objects.get(pk=draft.pk), **fields)


def test_opening_fixes_the_first_version_and_tells_the_record_its_hash(review):
    version = review.current

    assert (version.number, version.published_at is not None) == (1, True)
    opened, published = entries(review.consultation.log, "activity.opened", "document.published")
    assert opened["data"]["kind"] == "review"
    assert published["data"] == {"version": 1, "sha256": version.digest, "passages": 7}


def test_what_opens_later_is_told_at_its_opening(organisation):
    now = timezone.now()
    review = a_review(opens_at=now + timedelta(days=1), released=False)
    review = release_activity(review, at=now)
    assert review.consultation.log is None
    new_version(review, {5: "La commune répond dans un délai de deux mois."})

    consultations.keep_time(review.consultation, at=now + timedelta(days=2))

    log = Review.objects.get(pk=review.pk).consultation.log
    published = entries(log, "document.published")
    assert [entry["data"]["version"] for entry in published] == [1, 2]


def test_a_document_without_text_does_not_open():
    review = a_review(words=(), released=False)

    with pytest.raises(ValidationError, match="text"):
        release_activity(review)


def test_a_passage_keeps_its_number_whatever_becomes_of_its_words(review):
    version = new_version(review, {5: "La commune répond dans un délai de deux mois."})

    assert [row.passage.number for row in version.rows] == [1, 2, 3, 4, 5, 6, 7]
    assert version.rows[4].reference == "Article 2, passage 1"


def test_remarks_stay_on_the_text_they_were_written_on(review):
    same, changed, orphan = (a_remark(review, a_user(), passage) for passage in (3, 5, 7))

    new_version(review, {5: "La commune répond dans un délai de deux mois.", 7: None})

    assert [row.anchoring for row in Remark.objects.order_by("pk")] == ["anchored", "changed", "orphan"]
    assert Remark.objects.get(pk=changed.pk).commented.text == CHARTER[4].text
    assert Remark.objects.get(pk=orphan.pk).commented.text == "en donnant ses raisons."
    assert Remark.objects.get(pk=same.pk).version.number == 1


def test_a_text_that_comes_back_is_anchored_again(review):
    remark = a_remark(review, a_user(), 5)
    new_version(review, {5: "Rien."})

    new_version(review, {5: CHARTER[4].text})

    assert Remark.objects.get(pk=remark.pk).anchoring == "anchored"


def test_a_remark_on_a_version_just_replaced_is_kept_on_it(review):
    resident = a_user()
    new_version(review, {5: "La commune répond dans un délai de deux mois."})

    remark = a_remark(review, resident, 5, version=1)

    assert (remark.version.number, remark.anchoring, remark.is_published) == (1, "changed", True)


def test_a_frozen_version_takes_no_more_remarks_nor_replies_nor_views(review, resident):
    remark = a_remark(review, resident, 5)
    new_version(review, {5: "Deux mois."}, freeze_previous=True)

    for verb in [
        lambda: a_remark(review, resident, 3, version=1),
        lambda: reply_to(remark, resident, body="Oui."),
        lambda: edit_remark(remark, resident, body="Autre chose."),
        lambda: consultations.react(remark, a_user(), "agree"),
    ]:
        with pytest.raises(ValidationError, match="figée"):
            verb()
    assert a_remark(review, resident, 3, version=2).is_published


def test_a_locked_passage_takes_no_more_remarks(review, resident):
    drafts.lock_passage(Passage.objects.get(review=review, number=5), None, locked=True)

    with pytest.raises(ValidationError):
        a_remark(review, resident, 5)
    assert a_remark(review, resident, 3).is_published


def test_two_editors_publish_at_once_and_the_second_is_told(review):
    draft = drafts.next_version(review, None)
    drafts.change_passage(draft, 5, None, words=paragraph("Deux mois."))
    drafts.publish_version(draft)

    with pytest.raises(ValidationError):
        drafts.publish_version(draft)
    assert review.versions.count() == 2


def test_who_publishes_a_draft_that_somebody_changed_is_told(review):
    draft = drafts.next_version(review, None)
    drafts.change_passage(draft, 5, None, words=paragraph("Deux mois."))
    read = Version.objects.get(pk=draft.pk).revision
    drafts.change_passage(draft, 5, None, words=paragraph("Un mois."))

    with pytest.raises(ValidationError):
        drafts.publish_version(draft, revision=read)


def test_who_changes_a_passage_that_somebody_changed_is_told(review):
    draft = drafts.next_version(review, None)
    drafts.change_passage(draft, 5, None, words=paragraph("Deux mois."))

    with pytest.raises(ValidationError) as refusal:
        drafts.change_passage(draft, 5, None, words=paragraph("Un an."), read=CHARTER[4].text)
    assert refusal.value.code == drafts.CHANGED_MEANWHILE


def test_a_version_equal_to_the_last_is_not_published(review):
    with pytest.raises(ValidationError):
        drafts.publish_version(drafts.next_version(review, None))


def test_what_is_no_document_is_refused_in_words(review):
    draft = drafts.next_version(review, None)

    for words in [paragraph("x" * 10_001), paragraph("  \u200b "), Words("titre", "Un titre")]:
        with pytest.raises(ValidationError):
            drafts.change_passage(draft, 5, None, words=words)
    with pytest.raises(ValidationError):
        drafts.write_draft(review, [(5, paragraph("a")), (5, paragraph("b"))])
    with pytest.raises(ValidationError):
        drafts.write_draft(review, [(99, paragraph("a"))])
    assert len(Version.objects.get(pk=draft.pk).rows) == 7


def test_only_the_organiser_s_editors_touch_the_text(review, resident, agent):
    draft = drafts.next_version(review, agent)

    for verb in [
        lambda: drafts.change_passage(draft, 5, resident, words=paragraph("Non.")),
        lambda: drafts.publish_version(draft, resident),
        lambda: drafts.discard_draft(draft, resident),
        lambda: drafts.freeze_version(review.current, resident, frozen=True),
        lambda: drafts.lock_passage(review.passages.first(), resident, locked=True),
        lambda: take_remark(a_remark(review, resident), resident),
        lambda: tag_remark(Remark.objects.first(), resident, ["délai"]),
    ]:
        with pytest.raises(PermissionDenied):
            verb()


def test_an_amendment_taken_writes_the_draft_and_is_credited_once_published(review, resident):
    wording = "La commune répond à chaque contribution dans un délai d’un mois."
    amendment = a_remark(review, resident, 5, wording=wording)

    taken = take_remark(amendment, None, text=wording, read=CHARTER[4].text, note="C’est tenable.")
    assert (taken.outcome, taken.taken_partly) == (None, False)
    drafts.publish_version(taken.taken_into)

    remark = Remark.objects.select_related("taken_into").get(pk=amendment.pk)
    assert (remark.outcome.number, remark.anchoring) == (2, "changed")
    answer = entries(review.consultation.log, "answer.published")[0]
    assert (answer["obj"], answer["data"]["outcome"], answer["data"]["version"]) == (remark.obj, "retained", 2)
    assert "reason" in answer["data"]["commit"]


def test_an_amendment_written_otherwise_is_taken_partly(review, resident):
    amendment = a_remark(review, resident, 5, wording="Un mois.")

    assert take_remark(amendment, None, text="Deux mois.").taken_partly


def test_taking_over_a_text_that_changed_meanwhile_is_refused(review, resident):
    amendment = a_remark(review, resident, 5, wording="Un mois.")
    drafts.change_passage(drafts.next_version(review, None), 5, None, words=paragraph("Deux mois."))

    with pytest.raises(ValidationError):
        take_remark(amendment, None, text="Un mois.", read=CHARTER[4].text)
    assert Remark.objects.get(pk=amendment.pk).taken_into is None


def test_discarding_the_draft_leaves_what_was_taken_into_it(review, resident):
    amendment = take_remark(a_remark(review, resident, 5, wording="Un mois."), None, text="Un mois.")

    drafts.discard_draft(amendment.taken_into, None)

    assert Remark.objects.get(pk=amendment.pk).taken_into is None
    assert review.draft is None


def test_what_was_published_is_not_left_any_more(review, resident):
    amendment = take_remark(a_remark(review, resident, 5, wording="Un mois."), None, text="Un mois.")
    drafts.publish_version(amendment.taken_into)

    with pytest.raises(ValidationError):
        leave_remark(amendment, None)
    with pytest.raises(ValidationError):
        take_remark(amendment, None)
    with pytest.raises(ValidationError):
        edit_remark(amendment, resident, body="Encore.", wording="Une heure.")


def test_duplicates_are_kept_and_answered_with_the_main_one(review, resident):
    main, same = a_remark(review, resident, 5, wording="Un mois."), a_remark(review, a_user(), 5, "Un mois suffit.")
    merge_remarks(main, [same, main], None)
    take_remark(main, None, text="Un mois.")

    drafts.publish_version(review.draft)

    same = Remark.objects.get(pk=same.pk)
    assert (same.merged_into_id, same.is_published, same.outcome.number) == (main.pk, True, 2)
    answered = [entry["obj"] for entry in entries(review.consultation.log, "answer.published")]
    assert answered == [main.obj, same.obj]


def test_what_is_read_together_or_apart_after_publication_changes_no_outcome(review, resident):
    main = take_remark(a_remark(review, resident, 5, wording="Un mois."), None, text="Un mois.")
    with_it, late = a_remark(review, a_user(), 5, "Un mois suffit."), a_remark(review, a_user(), 5, "Moi aussi.")
    merge_remarks(main, [with_it], None)
    drafts.publish_version(review.draft)

    merge_remarks(main, [late], None)
    separate_remark(with_it, None)

    assert Remark.objects.get(pk=with_it.pk).outcome.number == 2
    assert Remark.objects.get(pk=late.pk).outcome is None
    assert list(differences(review.consultation.log)) == []


def test_a_remark_taken_by_itself_and_with_another_is_answered_once(review, resident):
    main, other = a_remark(review, resident, 5, wording="Un mois."), a_remark(review, a_user(), 5, wording="Deux mois.")
    take_remark(main, None, text="Un mois.")
    take_remark(other, None, note="À mi-chemin.")
    merge_remarks(main, [other], None)

    drafts.publish_version(review.draft)

    answers = entries(review.consultation.log, "answer.published")
    assert [(entry["obj"], entry["data"]["outcome"]) for entry in answers] == [
        (main.obj, "retained"),
        (other.obj, "partly"),
    ]
    assert list(differences(review.consultation.log)) == []


def test_a_remark_that_is_no_longer_shown_is_credited_with_nothing(review, resident):
    remark = take_remark(a_remark(review, resident, 5, wording="Un mois."), None, text="Un mois.")
    consultations.withdraw(remark, resident)

    drafts.publish_version(review.draft)

    assert Remark.objects.get(pk=remark.pk).taken_into is None
    assert entries(review.consultation.log, "answer.published") == []


def test_merging_gathers_what_was_merged_before(review):
    first, second, third = (a_remark(review, a_user(), 5) for _ in range(3))
    merge_remarks(second, [third], None)

    merge_remarks(first, [second], None)

    assert set(Remark.objects.filter(merged_into=first)) == {second, third}
    with pytest.raises(ValidationError):
        merge_remarks(Remark.objects.get(pk=third.pk), [first], None)


def test_a_final_version_is_published_after_closing(review, resident, tmp_path):
    amendment = a_remark(review, resident, 5, wording="Un mois.")
    close_activity(review)
    take_remark(amendment, None, text="Un mois.")

    drafts.publish_version(review.draft)

    log = Review.objects.get(pk=review.pk).consultation.log
    assert types(log)[-3:] == ["activity.closed", "document.published", "answer.published"]
    code, said = verify(save(log, tmp_path / "log"))
    assert code == 0, said


def test_the_record_of_a_whole_life_verifies_and_recounts(review, resident, moderator, tmp_path):
    amendment = a_remark(review, resident, 5, wording="Un mois.", quote=(0, 10))
    comment = a_remark(review, a_user(), 7)
    reply_to(comment, resident, body="Tout à fait.")
    consultations.react(amendment, a_user(), "agree")
    consultations.withhold(a_remark(review, a_user(), 3), moderator, reason="hors-sujet")
    consultations.withdraw(a_remark(review, resident, 3, "Oups."), resident)
    edit_remark(comment, comment.author, body="Pour les raisons, une phrase suffit.")
    take_remark(amendment, None, text="Un mois.")
    drafts.publish_version(review.draft, summary="Un mois au lieu de trois.")
    a_remark(review, resident, 5, version=2, wording="Quinze jours.")

    log = Review.objects.get(pk=review.pk).consultation.log

    assert list(differences(log)) == []
    code, said = verify(save(log, tmp_path / "log"))
    assert code == 0, said
    counts = {p.number: (p.remark_count, p.amendment_count) for p in Passage.objects.filter(review=review)}
    assert (counts[3], counts[5], counts[7]) == ((0, 0), (2, 2), (1, 0))


def test_a_remark_names_in_the_record_the_exact_text_it_is_about(review, resident):
    remark = a_remark(review, resident, 5, wording="Un mois.", quote=(3, 10))

    said = entries(review.consultation.log, "contribution.received")[0]["data"]

    assert (said["nature"], said["version"], said["passage"], said["quote"]) == ("amendment", 1, 5, [3, 10])
    assert said["sha256"] == remark.commented.digest
    assert set(said["commit"]) == {"body", "wording"}


def test_a_template_gives_the_latest_text_and_no_remark(review, resident):
    a_remark(review, resident)
    new_version(review, {5: "Deux mois."})

    copy = copy_consultation(review.consultation, title="Une autre charte").activities.get().review

    assert [row.text for row in copy.draft.rows][4] == "Deux mois."
    assert (copy.versions.count(), copy.current, copy.contribution_count) == (1, None, 0)


def test_a_trial_is_wiped_back_to_a_draft(organisation, resident):
    consultation = a_consultation(is_trial=True, organiser=organisation)
    consultation.guests.add(resident)
    review = a_review(consultation=consultation)
    remark = take_remark(a_remark(review, resident, 5, wording="Un mois."), None, text="Un mois.")
    tag_remark(remark, None, ["délai"])
    drafts.publish_version(review.draft)

    wipe_trial(consultation)

    review = Review.objects.get(pk=review.pk)
    assert (review.current, review.versions.get().published_at, Remark.objects.count()) == (None, None, 0)
    assert review.draft.rows[4].text == "Un mois."
    assert release_activity(review).current.number == 1
