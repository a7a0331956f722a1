"""Voting, changing one's mind, taking one's vote back: what is stored, what is recorded, what is refused."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from participation.ballot import counting
from participation.ballot.actions import QuestionChanged, cast_vote, tell_voters, withdraw_vote
from participation.ballot.methods import choice_from, tally
from participation.ballot.models import Ballot, Vote
from participation.consultations import actions
from participation.ledger.models import Log, Opening
from tests import factories
from tests.ledger.reading import entries, save, types, verify

pytestmark = pytest.mark.django_db


def log_of(ballot) -> Log:
    return Log.objects.get(consultation=ballot.consultation)


def fresh(ballot) -> Ballot:
    return Ballot.objects.get(pk=ballot.pk)


# ── One vote ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_vote_is_counted_and_recorded_under_a_tag(ballot, resident):
    vote = cast_vote(ballot, resident, ["b"])

    assert fresh(ballot).counted() == {"method": "single", "voters": 1, "blank": 0, "totals": {"a": 0, "b": 1, "c": 0}}
    last = entries(log_of(ballot))[-1]
    assert last["type"] == "vote.cast"
    assert last["obj"] == f"ballot:{ballot.pk}"
    assert last["data"] == {"choice": "b", "version": 1}
    assert len(last["who"]) == 32
    assert vote.seq == last["seq"]
    assert resident.email not in str(last)


def test_changing_ones_vote_moves_it_and_says_so(ballot, resident):
    cast_vote(ballot, resident, ["a"])

    cast_vote(ballot, resident, ["c"])

    assert fresh(ballot).counted()["totals"] == {"a": 0, "b": 0, "c": 1}
    assert fresh(ballot).participant_count == 1
    assert types(log_of(ballot))[-1] == "vote.changed"
    cast, changed = entries(log_of(ballot), "vote.cast", "vote.changed")
    assert cast["who"] == changed["who"]


def test_the_same_vote_again_writes_nothing(ballot, resident):
    first = cast_vote(ballot, resident, ["a"])

    again = cast_vote(ballot, resident, ["a"])

    assert again.seq == first.seq
    assert types(log_of(ballot)).count("vote.cast") == 1


def test_a_vote_taken_back_is_no_longer_counted_and_one_may_vote_again(ballot, resident):
    cast_vote(ballot, resident, ["blank"])
    assert fresh(ballot).blank_count == 1

    withdraw_vote(ballot, resident)
    assert fresh(ballot).counted() == {"method": "single", "voters": 0, "blank": 0, "totals": {"a": 0, "b": 0, "c": 0}}
    assert withdraw_vote(ballot, resident).choice is None
    with pytest.raises(ValidationError, match="pas de vote"):
        withdraw_vote(ballot, factories.a_user())

    cast_vote(ballot, resident, ["a"])
    assert types(log_of(ballot))[-3:] == ["vote.cast", "vote.withdrawn", "vote.cast"]
    assert Vote.objects.get().changes == 1


def test_one_changes_ones_vote_twenty_times_then_may_only_take_it_back(ballot, resident):
    for number in range(21):
        cast_vote(ballot, resident, ["ab"[number % 2]])

    with pytest.raises(ValidationError, match="20 fois"):
        cast_vote(ballot, resident, ["c"])
    withdraw_vote(ballot, resident)
    with pytest.raises(ValidationError, match="20 fois"):
        cast_vote(ballot, resident, ["c"])
    assert fresh(ballot).participant_count == 0


def test_the_same_form_twice_counts_once_even_when_ones_mind_changed_between(ballot, resident):
    cast_vote(ballot, resident, ["a"], form_key="premier")
    cast_vote(ballot, resident, ["b"], form_key="second")

    late = cast_vote(ballot, resident, ["a"], form_key="premier")

    assert late.choice == "b"
    assert fresh(ballot).counted()["totals"] == {"a": 0, "b": 1, "c": 0}


def test_the_name_of_somebody_elses_form_is_of_no_use(ballot, resident):
    cast_vote(ballot, resident, ["a"], form_key="volé")

    vote = cast_vote(ballot, factories.a_user(), ["b"], form_key="volé")

    assert vote.choice == "b"
    assert fresh(ballot).participant_count == 2


def test_one_vote_a_person_is_a_rule_of_the_database(ballot, resident):
    """The verb looks for an earlier vote first; were it blind, the database would refuse the second."""
    cast_vote(ballot, resident, ["a"])

    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(ballot=ballot, voter=resident, choice="b", version=1, told_version=1)


def test_approval_counts_each_answer_that_suits(organisation):
    ballot = factories.a_ballot(method="approval")
    for ticked in [["a", "c"], ["c"], ["c", "b", "a"], ["blank"]]:
        factories.a_vote(ballot, *ticked)

    assert fresh(ballot).counted() == {
        "method": "approval",
        "voters": 4,
        "blank": 1,
        "totals": {"a": 2, "b": 1, "c": 3},
    }
    assert [e["data"]["choice"] for e in entries(log_of(ballot), "vote.cast")] == [
        ["a", "c"],
        ["c"],
        ["a", "b", "c"],
        "blank",
    ]


@pytest.mark.parametrize(
    ("method", "ticked", "why"),
    [
        ("single", [], "Choisissez"),
        ("single", ["a", "b"], "une seule"),
        ("single", ["z"], "n’existe pas"),
        ("single", ["<script>"], "n’existe pas"),
        ("approval", ["a", "blank"], "ne se combine pas"),
        ("approval", [], "Choisissez"),
        ("approval", ["a", "ae"], "n’existe pas"),
    ],
)
def test_what_is_no_choice_is_refused_in_words(method, ticked, why):
    with pytest.raises(ValidationError, match=why):
        choice_from(method, ticked, ["a", "b", "c"])


def test_a_tally_lists_every_answer_and_leaves_blank_votes_out_of_the_totals():
    counted = tally("approval", ["a", "b"], [["a"], ["a", "b"], "blank"])

    assert counted == {"method": "approval", "voters": 3, "blank": 1, "totals": {"a": 2, "b": 1}}


# ── When, and who ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_a_coming_and_a_closed_ballot_take_no_vote(resident, agent, organisation):
    consultation = factories.a_consultation(organiser=organisation)
    draft = factories.a_ballot("Brouillon", consultation=consultation, released=False)
    coming = factories.a_ballot("À venir", consultation=consultation, opens_at=timezone.now() + timedelta(days=1))
    closed = factories.a_ballot("Clos", consultation=consultation)
    actions.close_activity(closed)

    with pytest.raises(PermissionDenied):
        cast_vote(draft, resident, ["a"])
    with pytest.raises(ValidationError, match="brouillon"):
        cast_vote(draft, agent, ["a"])
    with pytest.raises(ValidationError, match="pas encore ouvert"):
        cast_vote(coming, resident, ["a"])
    for act in [lambda: cast_vote(closed, resident, ["a"]), lambda: withdraw_vote(closed, resident)]:
        with pytest.raises(ValidationError, match="close"):
            act()
    assert not Vote.objects.exists()


def test_a_ballot_of_invited_people_is_foreign_to_others(resident):
    consultation = factories.a_consultation(access="invited")
    ballot = factories.a_ballot(consultation=consultation, released=False)
    consultation.guests.add(factories.a_user())
    actions.release_activity(ballot)

    with pytest.raises(PermissionDenied):
        cast_vote(ballot, resident, ["a"])


def test_residents_vote_where_they_say_they_live(territories):
    ballot = factories.a_ballot(electorate="residents", places=[territories["04070"], territories["200068765"]])
    here = factories.a_user(commune=territories["04070"])
    in_the_epci = factories.a_user(commune=territories["05166"])
    elsewhere = factories.a_user(commune=territories["04217"])

    cast_vote(ballot, here, ["a"])
    cast_vote(ballot, in_the_epci, ["a"])
    with pytest.raises(ValidationError, match="Thoard"):
        cast_vote(ballot, elsewhere, ["a"])
    with pytest.raises(ValidationError, match="ne dit pas où vous habitez"):
        cast_vote(ballot, factories.a_user(), ["a"])
    assert fresh(ballot).participant_count == 2


def test_invited_people_vote_by_their_confirmed_address(organisation):
    guest = factories.a_user("Invitée")
    ballot = factories.a_ballot(electorate="invited", addresses=[guest.email.upper(), "pas-encore@exemple.fr"])

    cast_vote(ballot, guest, ["a"])
    with pytest.raises(ValidationError, match="personnes invitées"):
        cast_vote(ballot, factories.a_user(), ["a"])
    newcomer = factories.a_user("Pas encore")
    assert newcomer.email == "pas-encore@exemple.fr"
    cast_vote(ballot, newcomer, ["b"])


def test_an_address_that_is_not_confirmed_does_not_vote(ballot):
    unconfirmed = factories.a_user()
    unconfirmed.emailaddress_set.update(verified=False)

    with pytest.raises(ValidationError, match="Confirmez"):
        cast_vote(ballot, unconfirmed, ["a"])


def test_closing_at_midnight_in_paris_lets_the_last_second_in_and_nothing_after(organisation, resident, tmp_path):
    midnight = timezone.make_aware(timezone.datetime(2027, 6, 30, 0, 0), timezone.get_default_timezone())
    with time_machine.travel(midnight - timedelta(days=2), tick=False):
        consultation = factories.a_consultation(organiser=organisation)
        ballot = factories.a_ballot(consultation=consultation, closes_at=midnight)
        late = factories.a_user()
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False):
        cast_vote(ballot, resident, ["a"])
    with time_machine.travel(midnight, tick=False):
        with pytest.raises(ValidationError, match="close"):
            cast_vote(ballot, late, ["a"])
        actions.keep_time(consultation)

    assert types(log_of(ballot))[-3:] == ["vote.cast", "activity.closed", "count.published"]
    assert verify(save(log_of(ballot), tmp_path / "registre"))[0] == 0


# ── The question changes ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_of_an_earlier_question_is_given_back(ballot, resident):
    ballot.title = "Quel sol pour toute la place ?"
    actions.change_activity(ballot)

    with pytest.raises(QuestionChanged, match="ont changé"):
        cast_vote(ballot, resident, ["a"], version=1)

    cast_vote(ballot, resident, ["a"], version=2)
    assert entries(log_of(ballot))[-1]["data"]["version"] == 2


def test_new_words_are_a_new_version_the_former_stay_readable_and_voters_are_told_once(ballot, resident, tmp_path):
    cast_vote(ballot, resident, ["a"])
    ballot.labels = ["Pavé de récupération", "Terre", "Dalles"]
    actions.change_activity(ballot)

    changed = entries(log_of(ballot))[-1]
    assert changed["type"] == "activity.changed"
    assert changed["data"]["version"] == 2
    assert set(changed["data"]["commit"]) == {"question", "labels"}
    assert ballot.former_wordings.get().labels == ["Pavé", "Terre", "Dalles"]
    assert fresh(ballot).counted()["totals"]["a"] == 1
    assert tell_voters() == 1
    assert tell_voters() == 0
    assert [letter.to for letter in mail.outbox] == [[resident.email]]
    assert "Quel sol pour la place" in mail.outbox[0].subject
    assert verify(save(log_of(ballot), tmp_path / "registre"))[0] == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"method": "approval"}, "seuls ses mots"),
        ({"results": "hidden", "results_reason": "Pour voir."}, "seuls ses mots"),
        ({"electorate": "invited"}, "seuls ses mots"),
        ({"labels": ["Pavé", "Terre"]}, "ni ne retire"),
        ({"labels": ["Pavé", "Terre", "Dalles", "Herbe"]}, "ni ne retire"),
        ({"addresses": ["quelqu-un@exemple.fr"]}, "arrêtée"),
    ],
)
def test_what_people_were_told_stays_once_it_is_open(ballot, change, why):
    for name, value in change.items():
        setattr(ballot, name, value)

    with pytest.raises(ValidationError, match=why):
        actions.change_activity(ballot)

    assert types(log_of(ballot))[-1] == "activity.opened"


def test_the_words_of_an_answer_never_pass_to_another_line_once_it_is_open(ballot, resident):
    cast_vote(ballot, resident, ["a"])
    ballot.labels = ["Terre", "Pavé", "Dalles"]

    with pytest.raises(ValidationError, match="d’une autre ligne"), transaction.atomic():
        actions.change_activity(ballot)

    assert [answer.label for answer in fresh(ballot).answers] == ["Pavé", "Terre", "Dalles"]


def test_the_same_choice_of_the_new_words_is_written_as_theirs(ballot, resident):
    cast_vote(ballot, resident, ["a"])
    ballot.title = "Quel sol pour toute la place ?"
    actions.change_activity(ballot)

    vote = cast_vote(ballot, resident, ["a"], version=2)

    assert vote.version == 2
    assert types(log_of(ballot))[-1] == "vote.changed"
    assert fresh(ballot).counted()["totals"] == {"a": 1, "b": 0, "c": 0}


def test_another_closing_date_alone_is_no_other_wording(ballot):
    ballot.closes_at = timezone.now() + timedelta(days=9)

    actions.change_activity(ballot)

    assert entries(log_of(ballot))[-1]["data"]["version"] == 2
    assert not ballot.former_wordings.exists()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([f"Réponse {number}" for number in range(31)], "il y en a 31"),
        (["Seule"], "il y en a 1"),
        (["Oui", "OUI"], "même chose"),
        (["Oui", "x" * 201], "200"),
    ],
)
def test_answers_are_from_two_to_thirty_short_and_different(answers, why):
    with pytest.raises(ValidationError, match=why), transaction.atomic():
        factories.a_ballot(answers=answers)
    assert not Ballot.objects.exists()


def test_thirty_answers_have_thirty_keys(db):
    ballot = factories.a_ballot(answers=[f"Réponse {number}" for number in range(30)])

    assert ballot.keys[:2] + ballot.keys[-2:] == ["a", "b", "ac", "ad"]


def test_a_ballot_nobody_could_vote_in_does_not_open(organisation):
    for fields in [{"electorate": "invited"}, {"electorate": "residents"}]:
        ballot = factories.a_ballot(released=False, **fields)
        with pytest.raises(ValidationError, match=r"vide|quels territoires"):
            actions.release_activity(ballot)


# ── Sealed choices ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hidden(organisation):
    return factories.a_ballot(
        consultation=factories.a_consultation("Scellé", organiser=organisation),
        results="hidden",
        results_reason="Pour que personne ne vote d’après les autres.",
    )


def test_a_hidden_ballot_commits_to_choices_and_opens_them_at_closing(hidden, tmp_path):
    voters = [factories.a_user() for _ in range(31)]
    for number, voter in enumerate(voters):
        cast_vote(hidden, voter, ["ab"[number % 2]])
    cast_vote(hidden, voters[0], ["c"])
    withdraw_vote(hidden, voters[1])
    log = log_of(hidden)
    cast = entries(log, "vote.cast")[0]
    assert "choice" not in cast["data"]
    assert set(cast["data"]["commit"]) == {"choice"}
    assert not Opening.objects.published(log, log.size).filter(field="choice").exists()
    assert counting.results_of(log, log.size) == {hidden.obj: {"method": "single", "voters": 30}}
    assert verify(save(log, tmp_path / "avant"))[0] == 0

    actions.close_activity(hidden)

    log = log_of(hidden)
    assert Opening.objects.published(log, log.size).filter(field="choice").count() == 32
    totals = {"a": 15, "b": 14, "c": 1}
    assert counting.results_of(log, log.size)[hidden.obj]["totals"] == totals
    assert entries(log)[-1]["data"]["objects"][hidden.obj]["totals"] == totals
    assert types(log)[-2:] == ["activity.closed", "count.published"]
    code, said = verify(save(log, tmp_path / "après"))
    assert code == 0, said


def test_hidden_results_need_a_reason(db):
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        factories.a_ballot(results="hidden")


def test_a_hidden_ballot_that_few_voted_in_is_never_opened(hidden, tmp_path):
    for ticked in "aabbb":
        factories.a_vote(hidden, ticked)

    actions.close_activity(hidden)

    log = log_of(hidden)
    assert types(log)[-7:] == ["activity.closed", "count.published", *["opening.withheld"] * 5]
    assert {e["data"]["reason"] for e in entries(log, "opening.withheld")} == {"small"}
    assert not Opening.objects.published(log, log.size).filter(field="choice").exists()
    assert counting.results_of(log, log.size)[hidden.obj]["totals"] == {"a": 2, "b": 3, "c": 0}
    code, said = verify(save(log, tmp_path / "registre"))
    assert code == 0, said
    assert "non recomptable" in said


def test_a_small_electorate_is_sealed_from_the_start_and_under_five_voters_only_their_number_shows(tmp_path):
    people = [factories.a_user() for _ in range(4)]
    ballot = factories.a_ballot(electorate="invited", addresses=[person.email for person in people])
    assert ballot.is_small
    for person in people:
        cast_vote(ballot, person, ["a"])
    log = log_of(ballot)
    assert entries(log, "activity.opened")[0]["data"]["results"] == "small"

    actions.close_activity(ballot)

    log = log_of(ballot)
    assert counting.results_of(log, log.size) == {ballot.obj: {"method": "single", "voters": 4}}
    assert entries(log, "count.published")[0]["data"]["objects"][ballot.obj] == {"method": "single", "voters": 4}
    code, said = verify(save(log, tmp_path / "registre"))
    assert code == 0, said


def test_a_commune_of_fourteen_people_is_a_small_electorate(territories):
    assert factories.a_ballot(electorate="residents", places=[territories["04009"]]).is_small
    assert not factories.a_ballot("Digne", electorate="residents", places=[territories["04070"]]).is_small


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_results_are_found_again_at_each_size_of_the_log(ballot, tmp_path):
    voters = [factories.a_user() for _ in range(3)]
    cast_vote(ballot, voters[0], ["a"])
    cast_vote(ballot, voters[1], ["b"])
    cast_vote(ballot, voters[0], ["b"])
    withdraw_vote(ballot, voters[1])
    log = log_of(ballot)

    totals = [counting.results_of(log, size)[ballot.obj]["totals"] for size in range(2, log.size + 1)]

    assert [tuple(found.values()) for found in totals] == [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 2, 0), (0, 1, 0)]
    assert verify(save(log, tmp_path / "registre"))[0] == 0


def test_a_trial_counts_and_records_nothing_then_is_wiped(organisation, agent, resident):
    consultation = factories.a_consultation("Répétition", organiser=organisation, is_trial=True)
    ballot = factories.a_ballot(consultation=consultation)
    forum = factories.a_forum(consultation=consultation)
    with pytest.raises(PermissionDenied):
        cast_vote(ballot, resident, ["a"])

    vote = cast_vote(ballot, agent, ["a"])
    topic = factories.a_topic(forum, agent)
    factories.a_reply(topic, agent)
    actions.react(topic, agent, "agree")
    assert vote.seq is None
    assert fresh(ballot).counted()["totals"]["a"] == 1
    assert not Log.objects.filter(consultation=consultation).exists()

    actions.wipe_trial(consultation, agent)

    assert not Vote.objects.exists()
    assert fresh(ballot).counted() == {"method": "single", "voters": 0, "blank": 0, "totals": {"a": 0, "b": 0, "c": 0}}
    assert fresh(ballot).released_at is None
    assert not forum.contributions.exists()


def test_a_real_consultation_is_never_wiped(ballot, agent):
    cast_vote(ballot, agent, ["a"])

    with pytest.raises(ValidationError, match="Seul un essai"):
        actions.wipe_trial(ballot.consultation, agent)
    assert Vote.objects.exists()


def test_a_consultation_serves_as_a_template(organisation, agent, resident):
    consultation = factories.a_consultation("Le cœur du village", organiser=organisation, negotiable="Le sol")
    ballot = factories.a_ballot(consultation=consultation, method="approval", closes_at=timezone.now() + timedelta(3))
    factories.a_topic(factories.a_forum(consultation=consultation), resident)

    copy = actions.copy_consultation(consultation, title="Le haut du village", by=agent)

    assert (copy.negotiable, copy.log, copy.slug) == ("Le sol", None, "le-haut-du-village")
    copied = Ballot.objects.get(consultation=copy)
    assert (copied.title, copied.method, copied.keys) == (ballot.title, "approval", ["a", "b", "c"])
    assert (copied.closes_at, copied.released_at, copied.version) == (None, None, 1)
    assert copy.activities.count() == 2
    with pytest.raises(PermissionDenied):
        actions.copy_consultation(consultation, title="Ailleurs", by=resident)
