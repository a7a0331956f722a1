"""A text under review is found by the words people read now, by everyone and only where everyone may read it."""

import pytest

from participation.consultations.models import Consultation
from participation.review import drafts
from participation.review.passages import Kind, Words
from search import outbox
from search.reviews import ReviewSource
from tests.factories import a_consultation, a_remark, a_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(client):
    def read(text: str) -> list[str]:
        outbox.drain()
        results = client.get("/recherche/", {"q": text, "format": "json"}).json()["results"]
        return [result["title"] for result in results]

    return read


def test_a_document_is_found_by_its_words_once_it_is_open(shown):
    a_review("La charte des bancs")
    a_review("Un brouillon de charte", released=False)

    assert shown("contribution dans un délai") == ["La charte des bancs"]


def test_a_new_version_takes_the_place_of_the_words_before(shown):
    review = a_review("La charte des bancs")
    draft = drafts.next_version(review, None)
    drafts.change_passage(draft, 5, None, words=Words(Kind.PARAGRAPH, "Le micocoulier sera gardé."))
    assert shown("micocoulier") == []

    drafts.publish_version(review.draft)

    assert shown("micocoulier") == ["La charte des bancs"]
    assert shown("délai de trois mois") == []


def test_what_becomes_restricted_is_found_no_more(shown):
    review = a_review("La charte des bancs")
    assert shown("charte des bancs") == ["La charte des bancs"]

    Consultation.objects.filter(pk=review.consultation_id).update(access=Consultation.Access.INVITED)

    assert shown("charte des bancs") == []


def test_remarks_are_not_in_the_document(resident):
    review = a_review("La charte des bancs")
    a_remark(review, resident, body="Un avis de passage.")

    (document,) = ReviewSource().documents()

    assert "Un avis de passage." not in document.text


def test_documents_are_read_in_the_same_number_of_queries_whatever_their_number(django_assert_num_queries):
    consultation = a_consultation()
    for number in (1, 2, 3, 4, 5):
        a_review(f"Charte {number}", consultation=consultation)
        with django_assert_num_queries(3):
            assert len(list(ReviewSource().documents())) == number
