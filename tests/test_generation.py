"""The stamp by which kept pages know that they are old."""

import pytest
from django.db import transaction

from participation import generation

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_change_starts_a_generation_once_it_is_committed():
    before = generation.current()

    with transaction.atomic():
        generation.bump()
        inside = generation.current()

    assert inside == before
    assert generation.current() > before


def test_a_change_that_is_rolled_back_starts_none():
    before = generation.current()

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        generation.bump()
        raise ZeroDivisionError

    assert generation.current() == before


def test_two_changes_in_a_row_are_two_generations():
    generation.bump()
    first = generation.current()

    generation.bump()

    assert generation.current() > first


def test_frequent_changes_start_one_generation_a_second_and_none_is_lost():
    generation.bump()
    first = generation.current()

    generation.bump(soon=True)
    generation.bump(soon=True)

    assert generation.current() == first
    generation.settle()
    settled = generation.current()
    assert settled > first
    generation.settle()
    assert generation.current() == settled
