"""People who leave in the same instant, or while something is done in their name."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from participation.consultations import actions
from participation.consultations.models import Contribution, Reaction
from participation.ledger import integrity
from participation.people.actions import delete_account, set_up_roles
from participation.people.models import Role, User
from tests import factories
from tests.consultations.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _roles(transactional_db):
    set_up_roles()


def test_two_people_who_answered_each_other_leave_at_once(organisation, resident):
    lucette = factories.a_user("Lucette")
    for title in ["Le préau", "La fontaine"]:
        forum = factories.a_forum(title, consultation=factories.a_consultation(title, organiser=organisation))
        for author, other in [(lucette, resident), (resident, lucette)]:
            topic = factories.a_topic(forum, author, title=f"{title}, par {author}")
            factories.a_reply(topic, other)
            actions.react(topic, other, Reaction.Choice.AGREE)

    answers = at_once(
        lambda: delete_account(lucette, erase_texts=True), lambda: delete_account(resident, erase_texts=False)
    )

    assert answers == [None, None]
    assert not User.objects.filter(pk__in=[lucette.pk, resident.pk]).exists()
    assert Contribution.objects.filter(state=Contribution.State.ERASED).count() == 4
    assert list(integrity.problems()) == []


def test_a_message_sent_while_its_author_leaves_is_theirs_or_is_nothing(forum, resident):
    factories.a_topic(forum, resident)

    def write():
        try:
            return factories.a_topic(forum, resident, title="Un dernier mot", body="Voilà.")
        except IntegrityError:
            return None

    answers = at_once(lambda: delete_account(resident, erase_texts=True), write)

    if User.objects.filter(pk=resident.pk).exists():
        assert any(isinstance(answer, ValidationError) for answer in answers)
    else:
        assert not Contribution.objects.exclude(state=Contribution.State.ERASED).exists()
    assert list(integrity.problems()) == []


def test_of_two_administrators_who_leave_at_once_one_stays(db):
    administrators = [factories.a_user(role=Role.ADMINISTRATOR) for _ in range(2)]

    answers = at_once(*[lambda who=who: delete_account(who, erase_texts=True) for who in administrators])

    assert sum(isinstance(answer, ValidationError) for answer in answers) == 1
    assert User.objects.filter(groups__name=Role.ADMINISTRATOR).count() == 1
