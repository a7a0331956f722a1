"""The raw data that the administration takes away: with a purpose, noted, and nothing that joins a person to a vote."""

import csv
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from participation.ballot.actions import withdraw_vote
from participation.consultations import actions, raw_export
from participation.ledger.models import Log
from participation.people.models import DataRequest, Role
from tests import factories
from tests.ledger.reading import entries

pytestmark = pytest.mark.django_db

PURPOSE = "Compter les inscriptions par commune pour le bilan annuel."


@pytest.fixture
def administrator(home_page):
    return factories.a_user("Administratrice", role=Role.ADMINISTRATOR)


@pytest.fixture
def ask(client, administrator):
    """Ask for a file as an administrator; what is given replaces an answer."""

    def post(**others):
        client.force_login(administrator)
        answers = {"consultation": "", "content": "inscriptions", "format": "csv", "purpose": PURPOSE, **others}
        return client.post(reverse("raw_export:form"), answers)

    return post


def ballot_log(ballot) -> Log:
    return Log.objects.get(consultation=ballot.consultation)


def rows_of(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


@pytest.mark.parametrize("role", [None, Role.RESIDENT, Role.AGENT, Role.ANIMATOR, Role.MODERATOR, Role.GUARANTOR])
def test_only_administrators_reach_it(client, home_page, role):
    if role:
        client.force_login(factories.a_user("Quelqu’un", role=role))

    assert client.get(reverse("raw_export:form")).status_code in (302, 403)
    answers = {"content": "inscriptions", "format": "csv", "purpose": PURPOSE}
    response = client.post(reverse("raw_export:form"), answers)

    assert response.status_code in (302, 403)
    assert not response.streaming
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize("purpose", ["", "pour voir", " " * 30, "\u200b" * 30, "x" * 19])
def test_without_a_purpose_nothing_leaves_and_nothing_is_noted(ask, purpose):
    response = ask(purpose=purpose)

    assert response.status_code == 422
    assert not DataRequest.objects.exists()


def test_each_file_is_noted_with_its_purpose(ask, administrator, ballot):
    ask(consultation=ballot.consultation.pk, content="votes")

    [request] = DataRequest.objects.all()
    assert (request.kind, request.by) == (DataRequest.Kind.RAW_EXPORT, administrator)
    assert PURPOSE in request.purpose
    assert ballot.consultation.title in request.purpose


def test_registrations_say_who_and_never_what(ask, ballot, territories):
    voter = factories.a_user("Lucette", commune=territories["04070"])
    factories.a_user("Simone")
    factories.a_vote(ballot, "b", voter=voter)

    head, *rows = rows_of(ask(consultation=ballot.consultation.pk))

    assert head == ["Pseudonyme", "Adresse e-mail", "Commune", "Code INSEE", "Inscription le", "Adresse confirmée"]
    [row] = rows
    assert row[:4] == ["Lucette", voter.email, "Digne-les-Bains", "04070"]
    assert row[5] == "oui"
    assert ":" not in row[4]


def test_the_whole_site_gives_every_account(ask, resident):
    factories.a_user("Simone")

    _head, *rows = rows_of(ask())

    assert {row[0] for row in rows} == {"Administratrice", "Mireille du Bléone", "Simone"}


def test_votes_say_what_and_never_who(ask, ballot, resident):
    factories.a_vote(ballot, "b", voter=resident)
    factories.a_vote(ballot, "blank")
    gone = factories.a_vote(ballot, "c")
    withdraw_vote(ballot, gone.voter)

    response = ask(consultation=ballot.consultation.pk, content="votes")
    head, *rows = rows_of(response)

    assert head == ["Consultation", "Vote", "Étiquette", "Réponses"]
    said = {entry["who"]: entry["data"]["choice"] for entry in entries(ballot_log(ballot), "vote.cast")}
    assert len(rows) == 2
    assert {row[3] for row in rows} == {"Terre", "Vote blanc"}
    assert {row[2] for row in rows} < set(said)
    assert not any(resident.pseudonym in cell or resident.email in cell for row in rows for cell in row)


@pytest.mark.parametrize("kind", ["hidden", "small"])
def test_what_is_sealed_stays_sealed(ask, organisation, resident, kind):
    consultation = factories.a_consultation(organiser=organisation)
    if kind == "hidden":
        ballot = factories.a_ballot(
            consultation=consultation, results="hidden", results_reason="Pour ne pas influencer."
        )
    else:
        addresses = [resident.email, "lou@exemple.fr"]
        ballot = factories.a_ballot(consultation=consultation, electorate="invited", addresses=addresses)
    factories.a_vote(ballot, "b", voter=resident)
    if kind == "small":
        actions.close_activity(ballot)

    _head, row = rows_of(ask(consultation=consultation.pk, content="votes"))

    assert row[3] == "scellé"


def test_the_two_files_share_nothing_but_the_title_of_the_consultation(ask, ballot):
    for number in range(30):
        factories.a_vote(ballot, "abc"[number % 3])

    _head, *people = rows_of(ask(consultation=ballot.consultation.pk))
    _head, *votes = rows_of(ask(consultation=ballot.consultation.pk, content="votes"))

    assert len(people) == len(votes) == 30
    assert not {cell for row in people for cell in row} & {cell for row in votes for cell in row}


def test_rows_come_in_an_order_that_says_nothing(ballot):
    for number in range(30):
        factories.a_vote(ballot, "abc"[number % 3])
    cast = [entry["who"] for entry in entries(ballot_log(ballot), "vote.cast")]

    orders = [[row[2] for row in raw_export.votes(ballot.consultation)] for _ in range(2)]

    assert all(sorted(order) == sorted(cast) for order in orders)
    assert cast not in orders
    assert orders[0] != orders[1]


def test_a_workbook_says_the_same_and_no_cell_is_computed(ask, resident):
    resident.pseudonym = "=1+1"
    resident.save()

    response = ask(format="xlsx")

    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    names = [row[0] for row in book.active.iter_rows(values_only=True)]
    assert "'=1+1" in names


def test_a_file_of_many_accounts_costs_a_constant_number_of_queries(ballot, django_assert_max_num_queries):
    for _ in range(20):
        factories.a_vote(ballot, "a")

    with django_assert_max_num_queries(10):
        assert len(list(raw_export.registrations(ballot.consultation))) == 20
