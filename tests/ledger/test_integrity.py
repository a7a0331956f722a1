"""The recount of what is stored, while people go on voting."""

import pytest

from participation.ballot.actions import cast_vote
from participation.ballot.models import Answer
from participation.ledger import integrity
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def _a_vote_during_the_recount(ballot, monkeypatch):
    latecomers = iter([factories.a_user()])
    read_openings = integrity._of_the_openings

    def meanwhile(log):
        if log.slug != "site":
            for latecomer in latecomers:
                cast_vote(ballot, latecomer, ["b"])
        return read_openings(log)

    monkeypatch.setattr(integrity, "_of_the_openings", meanwhile)


@pytest.mark.usefixtures("_a_vote_during_the_recount")
def test_a_vote_that_comes_during_the_recount_is_no_difference(ballot, resident):
    cast_vote(ballot, resident, ["a"])

    assert list(integrity.problems()) == []


@pytest.mark.usefixtures("_a_vote_during_the_recount")
def test_a_false_counter_is_told_all_the_same(ballot, resident):
    cast_vote(ballot, resident, ["a"])
    Answer.objects.filter(key="c").update(votes=7)

    [problem] = integrity.problems()

    assert "compteurs, totals" in problem
