"""What people say of a passage."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from participation.consultations.actions import approve, close_activity
from participation.review.actions import edit_remark, merge_remarks, reply_to
from participation.review.models import Passage, Remark, Sort
from tests.factories import CHARTER, a_consultation, a_remark, a_review, a_user

pytestmark = pytest.mark.django_db


def test_a_remark_is_counted_on_its_passage(review, resident):
    a_remark(review, resident, 5)
    remark = a_remark(review, resident, 5, wording="Un mois.")

    reply_to(remark, a_user(), body="D’accord.")

    passage = Passage.objects.get(review=review, number=5)
    assert (passage.remark_count, passage.amendment_count) == (2, 1)
    assert Remark.objects.get(pk=remark.pk).reply_count == 1


@pytest.mark.parametrize(
    "wording",
    ["", "   ", CHARTER[4].text, f"  {CHARTER[4].text}\n", CHARTER[4].text.replace("commune", "com\u200bmune")],
    ids=["none", "blank", "equal", "spaces", "zero width"],
)
def test_an_amendment_must_change_the_text(review, resident, wording):
    with pytest.raises(ValidationError) as refusal:
        a_remark(review, resident, 5, wording=wording)

    assert "wording" in refusal.value.error_dict


def test_what_cannot_be_seen_is_taken_off_a_wording(review, resident):
    remark = a_remark(review, resident, 5, wording="Un \u202emois\u202c <b>gras</b>\u200b.")

    assert remark.wording == "Un mois <b>gras</b>."


def test_a_quote_is_a_part_of_the_passage(review, resident):
    quoted, beyond = a_remark(review, resident, 5, quote=(3, 10)), a_remark(review, a_user(), 5, quote=(3, 10_000))

    assert quoted.quote == "commune"
    assert beyond.quote == ""


@pytest.mark.parametrize(("passage", "version"), [(99, 1), (5, 2), (5, 0)])
def test_a_passage_or_version_that_does_not_exist_is_refused(review, resident, passage, version):
    with pytest.raises(ValidationError):
        a_remark(review, resident, passage, version=version)


def test_the_version_in_preparation_takes_no_remark(review, resident, agent):
    from participation.review.drafts import next_version

    next_version(review, agent)

    with pytest.raises(ValidationError):
        a_remark(review, resident, 5, version=2)


def test_a_button_pressed_twice_makes_one_remark(review, resident):
    assert a_remark(review, resident, 5).pk == a_remark(review, resident, 5).pk


@pytest.mark.parametrize("body", ["Une ligne.\r\nUne autre.", "Un de\u0301lai."], ids=["lines", "accents"])
def test_a_button_pressed_twice_makes_one_remark_however_its_words_are_sent(review, resident, body):
    remark = a_remark(review, resident, 5, body)
    reply = reply_to(remark, resident, body=body)

    assert a_remark(review, resident, 5, body).pk == remark.pk
    assert reply_to(remark, resident, body=body).pk == reply.pk


@pytest.mark.parametrize("body", ["\u200b\u200b", "\u202e", "\u2800", "\u3164 \u00ad", " \n "])
def test_words_that_show_nothing_are_refused(review, resident, body):
    with pytest.raises(ValidationError):
        a_remark(review, resident, 5, body)
    with pytest.raises(ValidationError):
        reply_to(a_remark(review, resident, 5), resident, body=body)
    with pytest.raises(ValidationError):
        a_remark(review, resident, 5, wording="\u2800")


def test_a_text_that_grows_when_it_is_filed_is_not_too_long_for_it(review, resident):
    with pytest.raises(ValidationError, match="27000"):
        a_remark(review, resident, 5, wording="\U0001d160" * 9000)


def test_nothing_is_written_once_closed(review, resident):
    remark = a_remark(review, resident)
    close_activity(review)

    for verb in [
        lambda: a_remark(review, resident, 3),
        lambda: reply_to(remark, resident, body="Trop tard."),
        lambda: edit_remark(remark, resident, body="Trop tard."),
    ]:
        with pytest.raises(ValidationError):
            verb()


def test_a_reply_is_not_replied_to(review, resident):
    reply = reply_to(a_remark(review, resident), a_user(), body="Oui.")

    with pytest.raises(ValidationError):
        reply_to(reply, resident, body="Non.")


def test_an_official_answer_needs_the_organiser_s_mandate(review, resident):
    with pytest.raises(PermissionDenied):
        reply_to(a_remark(review, resident), resident, body="Oui.", on_behalf_of=review.consultation.organiser)


def test_nobody_changes_the_words_of_another(review, resident):
    with pytest.raises(PermissionDenied):
        edit_remark(a_remark(review, resident), a_user(), body="À ma façon.")


def test_a_wording_read_beforehand_waits_whole(organisation, resident, moderator):
    review = a_review(consultation=a_consultation(organiser=organisation), moderation="a_priori")
    remark = a_remark(review, resident, 5, wording="Un mois.")
    assert Passage.objects.get(review=review, number=5).amendment_count == 0
    approve(remark, moderator)

    changed = edit_remark(Remark.objects.get(pk=remark.pk), resident, body="Plutôt deux.", wording="Deux mois.")

    assert (changed.wording, changed.pending) == ("Un mois.", {"body": "Plutôt deux.", "wording": "Deux mois."})
    approve(remark, moderator)
    assert Remark.objects.get(pk=remark.pk).wording == "Deux mois."
    assert Passage.objects.get(review=review, number=5).amendment_count == 1


def test_the_latest_remarks_come_first(review, resident):
    said = [a_remark(review, resident, 5, body) for body in ("Un mois.", "Deux mois.", "Trois mois.")]

    assert list(Remark.objects.filter(review=review).threads().sorted(Sort.RECENT)) == said[::-1]


ON_SQLITE = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL sorts so few rows whatever its indexes"
)


@ON_SQLITE
@pytest.mark.parametrize("place", ["review", "passage"])
def test_the_latest_remarks_are_not_sorted_but_read_from_an_index(review, resident, place):
    remark = a_remark(review, resident)
    rows = Remark.objects.in_place_within(resident, moderates=False).threads().filter(**{place: getattr(remark, place)})

    plan = rows.sorted(Sort.RECENT)[:21].explain()

    assert f"INDEX review_{'remarks' if place == 'review' else 'passage_remarks'}" in plan
    assert "TEMP B-TREE" not in plan


@ON_SQLITE
@pytest.mark.parametrize("signed_in", [True, False])
def test_what_was_merged_into_a_remark_is_found_by_its_key(review, resident, signed_in):
    main, other = a_remark(review, resident), a_remark(review, resident, body="Un mois suffit.")
    merge_remarks(main, [other], None)
    viewer = a_user() if signed_in else AnonymousUser()

    rows = Remark.objects.told_readable(viewer, moderates=False).filter(merged_into__in=[main.pk])

    assert [(row, row.readable) for row in rows] == [(other, True)]
    assert "merged_into_id=?" in rows.explain()
    assert "state=?" not in rows.explain()
