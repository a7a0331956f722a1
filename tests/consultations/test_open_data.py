"""What a consultation gives to whoever wants to reuse it: what everyone may read, nobody's name, whole or not at all."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from participation.consultations import actions, open_data
from participation.consultations.models import Consultation, Contribution, Reason
from participation.forum.models import Message
from tests import factories

pytestmark = pytest.mark.django_db

TABLES = ["contributions", "avis", "moderation", "resultats"]
DATA = "/participation/consultations/le-kiosque/donnees/"


def content(response) -> bytes:
    assert response.status_code == 200, response
    return response.getvalue()


def rows(client, name: str, address: str = DATA) -> list[dict]:
    """The rows of a JSON that is whole."""
    read = json.loads(content(client.get(f"{address}{name}.json")))
    assert read["complete"] is True
    assert read["count"] == len(read["rows"])
    return read["rows"]


def lines(client, name: str, address: str = DATA) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content(client.get(f"{address}{name}.csv")).decode("utf-8-sig")), delimiter=";"))


@pytest.fixture
def ballot(forum):
    return factories.a_ballot(consultation=forum.consultation)


# ── What is in them ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_published_message_is_in_the_contributions_without_its_author(client, forum, resident, agent):
    topic = factories.a_topic(forum, resident)
    answer = factories.a_reply(topic, agent, body="C’est voté.", on_behalf_of=forum.consultation.organiser)

    first, second = rows(client, "contributions")

    assert (first["contribution"], first["titre"], first["texte"]) == (topic.pk, "Un kiosque !", "Place de l’église.")
    assert (first["genre"], first["intitule"], first["reponses"]) == ("forum", "Et le kiosque ?", 1)
    assert (second["contribution"], second["reponse_a"], second["officielle"]) == (answer.pk, topic.pk, 1)
    assert second["au_nom_de"] == "Ville de Digne-les-Bains"
    assert first["adresse"].endswith(topic.get_absolute_url())
    for extension in open_data.FILES:
        assert resident.pseudonym.encode() not in content(client.get(f"{DATA}contributions.{extension}"))


def test_a_remark_says_what_it_is_about(client, review, resident):
    factories.a_remark(review, resident, passage=5, body="Trop long.", wording="La commune répond à tous.")

    (row,) = rows(client, "contributions", "/participation/consultations/la-charte/donnees/")

    assert (row["nature"], row["version"], row["passage"]) == ("amendment", 1, 5)
    assert (row["texte"], row["redaction"]) == ("Trop long.", "La commune répond à tous.")
    assert row["titre"] is None


@pytest.mark.parametrize("state", [state for state in Contribution.State if state != Contribution.State.PUBLISHED])
@pytest.mark.parametrize("extension", ["csv", "json"])
def test_what_is_not_shown_is_in_no_file_even_to_its_author_or_a_moderator(
    client, forum, resident, moderator, state, extension
):
    topic = factories.a_topic(forum, resident, "Xylophonie", "Xylophonie.")
    actions.react(topic, moderator, "agree")
    Contribution.objects.filter(pk=topic.pk).update(state=state)

    for person in (resident, moderator):
        client.force_login(person)
        for name in TABLES:
            assert b"Xylophonie" not in content(client.get(f"{DATA}{name}.{extension}"))
    assert rows(client, "avis") == []


def test_an_edit_that_waits_for_a_moderator_is_not_given(client, organisation, resident):
    consultation = factories.a_consultation("Le kiosque", organiser=organisation)
    forum = factories.a_forum(consultation=consultation, moderation="a_priori")
    topic = factories.a_topic(forum, resident)
    Contribution.objects.filter(pk=topic.pk).update(state="published", pending={"body": "Xylophonie"})

    assert [row["texte"] for row in rows(client, "contributions")] == ["Place de l’église."]


def test_views_are_counted_and_nothing_ties_two_of_them(client, forum, resident):
    topic, alone = factories.a_topic(forum, resident), factories.a_topic(forum, resident, "Personne")
    for choice in ("agree", "agree", "nuance"):
        actions.react(topic, factories.a_user(), choice)

    assert rows(client, "avis") == [
        {"contribution": topic.pk, "activite": forum.pk, "accord": 2, "nuance": 1, "desaccord": 0}
    ]
    assert alone.pk not in [row["contribution"] for row in rows(client, "avis")]


def test_moderation_is_counted_by_month_act_and_reason(client, forum, resident, moderator):
    topics = [factories.a_topic(forum, resident, f"Sujet {number}") for number in range(3)]
    for topic in topics[:2]:
        actions.withhold(topic, moderator, reason=Reason.OFF_TOPIC, note="Xylophonie")
    actions.withhold(topics[2], moderator, reason=Reason.ADVERTISING)

    found = rows(client, "moderation")

    assert [(row["acte"], row["motif"], row["nombre"]) for row in found] == [
        ("withheld", "hors-sujet", 2),
        ("withheld", "publicite", 1),
    ]
    assert set(found[0]) == {"mois", "acte", "motif", "nombre"}


def test_a_live_vote_gives_its_counts(client, ballot):
    for _voter in range(2):
        factories.a_vote(ballot, "b")
    factories.a_vote(ballot, "blank")

    found = rows(client, "resultats")

    assert [(row["reponse"], row["libelle"], row["voix"]) for row in found] == [
        ("a", "Pavé", 0),
        ("b", "Terre", 2),
        ("c", "Dalles", 0),
    ]
    assert {(row["votants"], row["blancs"], row["etat"]) for row in found} == {(3, 1, "open")}


def test_a_hidden_vote_gives_its_turnout_alone_until_it_closes(client, forum):
    reason = "Pour que chacun vote sans suivre les autres."
    ballot = factories.a_ballot(consultation=forum.consultation, results="hidden", results_reason=reason)
    for _voter in range(6):
        factories.a_vote(ballot, "b")

    before = rows(client, "resultats")
    actions.close_activity(ballot)

    assert {(row["votants"], row["voix"], row["blancs"]) for row in before} == {(6, None, None)}
    assert [row["voix"] for row in rows(client, "resultats")] == [0, 6, 0]


def test_of_a_vote_of_too_few_people_only_their_number_is_given(client, forum):
    voters = [factories.a_user() for _ in range(3)]
    ballot = factories.a_ballot(
        consultation=forum.consultation, electorate="invited", addresses=[voter.email for voter in voters]
    )
    for voter in voters:
        factories.a_vote(ballot, "b", voter=voter)
    actions.close_activity(ballot)

    assert {(row["votants"], row["voix"], row["blancs"]) for row in rows(client, "resultats")} == {(3, None, None)}


def test_a_draft_is_in_no_file(client, forum):
    factories.a_ballot("Rien encore", consultation=forum.consultation, released=False)

    assert rows(client, "resultats") == []


def test_the_three_files_of_a_table_say_the_same(client, forum, resident):
    factories.a_topic(forum, resident, body='Une ligne,\nune autre ; « et » "ceci".')

    (row,) = rows(client, "contributions")
    heading, line, _end = lines(client, "contributions")
    sheet = load_workbook(io.BytesIO(content(client.get(f"{DATA}contributions.xlsx")))).active
    in_workbook = [[cell.value for cell in cells] for cells in sheet.rows]

    assert heading == in_workbook[0] == list(row)
    shown = ["" if value is None else str(value) for value in row.values()]
    assert line == shown
    assert ["" if value is None else str(value) for value in in_workbook[1]] == shown


def test_formulas_are_shown_and_never_computed(client, forum, resident):
    factories.a_topic(forum, resident, "=1+1", "@SOMME(A1)")

    _heading, line, _end = lines(client, "contributions")

    assert "'=1+1" in line
    assert "'@SOMME(A1)" in line
    (row,) = rows(client, "contributions")
    assert (row["titre"], row["texte"]) == ("=1+1", "@SOMME(A1)")


# ── Whole or not at all ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", TABLES)
def test_a_whole_csv_ends_with_the_number_of_its_rows(client, forum, resident, moderator, name):
    topic = factories.a_topic(forum, resident)
    actions.react(topic, moderator, "agree")

    found = lines(client, name)

    assert found[-1][:2] == ["# complet", str(len(found) - 2)]
    assert {len(line) for line in found} == {len(found[0])}


@pytest.mark.parametrize("extension", ["csv", "json"])
def test_a_file_that_fails_on_the_way_never_looks_whole(client, forum, resident, monkeypatch, extension):
    for number in range(5):
        factories.a_topic(forum, resident, f"Sujet {number}")
    monkeypatch.setattr(open_data, "CHUNK", 2)
    whole = content(client.get(f"{DATA}contributions.{extension}"))
    address = Message.get_absolute_url
    read = []

    def fails_at_the_third(row):
        read.append(row)
        if len(read) == 3:
            raise RuntimeError("the database went away")
        return address(row)

    monkeypatch.setattr(Message, "get_absolute_url", fails_at_the_third)
    received = b""

    with pytest.raises(RuntimeError):
        for piece in client.get(f"{DATA}contributions.{extension}").streaming_content:
            received += piece

    assert b"Sujet 1" in received
    assert b"complet" in whole
    assert b"complet" not in received


def test_a_workbook_that_fails_is_not_sent(client, forum, resident, monkeypatch):
    factories.a_topic(forum, resident)
    monkeypatch.setattr(Message, "get_absolute_url", lambda row: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        client.get(f"{DATA}contributions.xlsx")


@pytest.mark.parametrize("extension", list(open_data.FILES))
def test_queries_do_not_grow_with_the_contributions(client, forum, review, resident, extension):
    counts = []
    type(review).objects.filter(pk=review.pk).update(consultation=forum.consultation)
    for size in (10, 50):
        while Contribution.objects.count() < size:
            factories.a_topic(forum, resident, f"Sujet {Contribution.objects.count()}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            content(client.get(f"{DATA}contributions.{extension}"))
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 5


# ── Who gets them ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["", *(f"{table}.{extension}" for table in TABLES for extension in open_data.FILES)])
def test_each_file_is_for_anyone_anywhere_without_a_cookie_and_never_indexed(client, forum, resident, name):
    factories.a_topic(forum, resident)

    response = client.get(DATA + name)

    assert content(response)
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Licence Ouverte 2.0" in response["Link"]
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert client.post(DATA + name).status_code == 405


@pytest.mark.parametrize("name", ["", "contributions.csv", "resultats.json"])
@pytest.mark.parametrize(
    "terms", [{"access": Consultation.Access.INVITED}, {"is_trial": True}], ids=["invited", "trial"]
)
def test_what_is_not_public_is_for_those_who_see_it(client, organisation, agent, resident, terms, name):
    guest = factories.a_user("Invitée")
    consultation = factories.a_consultation("Huis clos", organiser=organisation, guests=[guest], **terms)
    factories.a_topic(factories.a_forum(consultation=consultation), guest, "Xylophonie")
    address = f"/participation/consultations/{consultation.slug}/donnees/{name}"

    assert client.get(address).status_code == 404
    client.force_login(resident)
    assert client.get(address).status_code == 404
    for person in (guest, agent):
        client.force_login(person)
        response = client.get(address)
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-store"
        assert "Access-Control-Allow-Origin" not in response


def test_a_consultation_where_nothing_was_opened_has_no_data(client, agent, organisation):
    consultation = factories.a_consultation("En projet", organiser=organisation)
    factories.a_forum(consultation=consultation, released=False)

    assert client.get("/participation/consultations/en-projet/donnees/").status_code == 404


@pytest.mark.parametrize("name", ["personnes.csv", "contributions.exe", "contributions"])
def test_there_are_no_other_files(client, forum, name):
    assert client.get(DATA + name, follow=True).status_code == 404


def test_the_page_describes_every_column_and_links_every_file(client, forum):
    page = client.get(DATA).text

    for table in open_data.tables().values():
        for column in table.columns:
            assert f"<code>{column.name}</code>" in page
        for extension in open_data.FILES:
            assert f'href="{DATA}{table.name}.{extension}"' in page
    assert "Ville de Digne-les-Bains" in page
    assert "Licence Ouverte 2.0" in page


def test_they_are_reached_from_the_record_and_from_each_activity(client, forum, ballot, review, resident):
    assert f'href="{DATA}"' in client.get("/registre/le-kiosque/").text
    assert f'href="{DATA}"' in client.get(forum.get_absolute_url()).text
    assert f'href="{DATA}"' in client.get(ballot.get_absolute_url()).text
    assert 'href="/participation/consultations/la-charte/donnees/"' in client.get(review.get_absolute_url()).text
