"""What an operator alters in the tables of documents is told by the recount, each time."""

import pytest
from django.db import connection

from participation.ledger.hooks import differences
from participation.review import drafts
from participation.review.models import Passage, PassageText, Remark, Review, Version
from participation.review.passages import Kind, Words
from tests.factories import a_remark, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def discussed(review, resident):
    """Two versions, an amendment on the first, a comment on the second."""
    a_remark(review, resident, 5, wording="Un mois.")
    draft = drafts.next_version(review, None)
    drafts.change_passage(draft, 5, None, words=Words(Kind.PARAGRAPH, "Deux mois."))
    drafts.publish_version(review.draft)
    a_remark(review, a_user(), 3, version=2)
    return Review.objects.get(pk=review.pk)


def told(review) -> list[str]:
    return list(differences(review.consultation.log))


def test_a_document_as_it_was_discussed_has_no_difference(discussed):
    assert told(discussed) == []


def test_a_version_whose_words_were_changed_is_told(discussed):
    PassageText.objects.filter(version__number=1, passage__number=3).update(text="Rien n’était promis.")

    problems = told(discussed)

    assert any("le texte de la version 1 n’est pas celui" in problem for problem in problems)


def test_a_version_that_was_taken_away_is_told(discussed):
    Remark.objects.filter(version__number=2).update(version=Version.objects.get(review=discussed, number=1))
    Review.objects.filter(pk=discussed.pk).update(current=Version.objects.get(review=discussed, number=1))
    Version.objects.get(review=discussed, number=2).delete()

    assert any("la version 2 du registre n’est plus là" in problem for problem in told(discussed))


def test_a_version_that_nobody_recorded_is_told(discussed):
    draft = drafts.next_version(discussed, None)
    draft.fix(discussed.created_at)

    assert any("la version 3 n’est pas celui" in problem for problem in told(discussed))


def test_false_counters_are_told(discussed):
    Passage.objects.filter(review=discussed, number=5).update(remark_count=7, amendment_count=0)

    problems = told(discussed)

    assert any("passage 5 : remarques : 7 au lieu de 1" in problem for problem in problems)
    assert any("passage 5 : amendements : 0 au lieu de 1" in problem for problem in problems)


def test_a_remark_moved_to_other_words_is_told(discussed):
    remark = Remark.objects.get(nature="amendment")
    Remark.objects.filter(pk=remark.pk).update(version=Version.objects.get(review=discussed, number=2))

    assert any(remark.obj in problem for problem in told(discussed))


def test_a_remark_moved_to_another_passage_is_told(discussed):
    remark = Remark.objects.get(nature="amendment")
    other = Passage.objects.get(review=discussed, number=6)
    Remark.objects.filter(pk=remark.pk).update(passage=other, anchoring="anchored")

    assert any("elle ne porte pas sur le passage qui a été enregistré" in problem for problem in told(discussed))


def test_a_false_state_of_a_passage_is_told(discussed):
    remark = Remark.objects.get(nature="amendment")
    Remark.objects.filter(pk=remark.pk).update(anchoring="orphan")

    assert any(f"{remark.obj} : l’état de son passage" in problem for problem in told(discussed))


def test_a_wording_that_was_changed_is_told(discussed):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE review_remark SET wording = 'Dix ans.' WHERE nature = 'amendment'")

    assert any("wording" in problem for problem in told(discussed))
