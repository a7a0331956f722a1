"""Who reaches an activity: one question, asked of a row at hand or of the whole table."""

import pytest
from django.contrib.auth.models import AnonymousUser

from participation.consultations.models import Activity, Consultation, Contribution
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewers(organisation, agent, resident):
    return {
        "visitor": AnonymousUser(),
        "resident": resident,
        "guest": factories.a_user("Invitée"),
        "agent": agent,
        "agent of another": factories.a_user("Voisin", edits=[factories.an_organisation()]),
    }


@pytest.mark.parametrize("released", [True, False], ids=["open", "draft"])
@pytest.mark.parametrize(
    "terms",
    [{}, {"access": Consultation.Access.INVITED}, {"is_trial": True}],
    ids=["public", "invited", "trial"],
)
def test_a_row_and_the_table_say_the_same_of_who_sees_an_activity(organisation, viewers, terms, released):
    consultation = factories.a_consultation(organiser=organisation, guests=[viewers["guest"]], **terms)
    forum = factories.a_forum(consultation=consultation, released=released)

    asked_of_the_row = {name for name, viewer in viewers.items() if forum.is_visible(viewer)}

    table = {name for name, viewer in viewers.items() if Activity.objects.visible(viewer).filter(pk=forum.pk)}
    assert asked_of_the_row == table


def test_what_everyone_sees_is_seen_without_a_query(forum, resident, django_assert_num_queries):
    forum = Activity.objects.select_related("consultation").get(pk=forum.pk)

    with django_assert_num_queries(0):
        assert forum.is_visible(AnonymousUser())
        assert forum.is_visible(resident)


def test_within_an_activity_one_reads_what_one_reads_of_it_in_the_whole_table(organisation, viewers, moderator):
    forum = factories.a_forum(consultation=factories.a_consultation(organiser=organisation))
    for state in Contribution.State.values:
        for author in (viewers["resident"], viewers["guest"]):
            topic = factories.a_topic(forum, author, title=f"{state} {author}")
            Contribution.objects.filter(pk=topic.pk).update(state=state)

    for viewer in [*viewers.values(), moderator]:
        moderates = forum.consultation.is_moderated_by(viewer)
        within = Contribution.objects.in_place_within(viewer, moderates=moderates).filter(activity=forum)
        table = Contribution.objects.in_place(viewer).filter(activity=forum)
        assert set(within.values_list("pk", "readable")) == set(table.values_list("pk", "readable"))
