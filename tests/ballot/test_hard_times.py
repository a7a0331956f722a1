"""Many at once, and machines that fail: nothing is lost, nothing counts twice, and people are told in French.

These tests commit, and use threads: each thread has its own connection.
"""

import contextlib
import os
import re
import shlex
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.ballot import counting
from participation.ballot.actions import cast_vote
from participation.ballot.models import Ballot, Vote
from participation.consultations import actions, recording
from participation.ledger import integrity, watermark
from participation.ledger.models import Log
from tests import factories
from tests.ledger.reading import entries, save, types, verify

pytestmark = pytest.mark.django_db(transaction=True)

needs_sqlite = pytest.mark.skipif(
    "DATABASE_URL" in os.environ, reason="a property of SQLite: one file, one writer at a time"
)
needs_a_cluster = pytest.mark.skipif(
    "PORTAL_TEST_PG_STOP" not in os.environ, reason="stops and starts the PostgreSQL of `make test-postgres`"
)


def at_once(calls) -> list:
    """What each call gives, or the exception it raises; all are released at the same instant, sixteen at a time."""

    def run(call):
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(run, calls))


def voter_client(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client, ballot, ticked, form="", **headers):
    fields = {"choice": ticked, "version": ballot.version, "form": form}
    return client.post(reverse("ballot:vote", args=[ballot.pk]), fields, headers=headers)


def log_of(ballot) -> Log:
    return Log.objects.get(consultation=ballot.consultation)


def assert_all_agrees(ballot, tmp_path):
    """No gap, counters equal to the recount, and a third party's verdict."""
    log = log_of(ballot)
    assert [entry["seq"] for entry in entries(log)] == list(range(log.size))
    assert list(integrity.problems()) == []
    code, said = verify(save(log, tmp_path / "registre"))
    assert code == 0, said


# ── Many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_hundred_requests_of_one_person_are_one_vote(ballot, resident, tmp_path):
    """The lock makes them wait for one another; the unique constraint holds were it ever forgotten (see the next test).

    With neither, on PostgreSQL, 25 people sending eight requests each at once had 122 votes; with the constraint alone, 25.
    """
    client = voter_client(resident)
    session = client.cookies

    def one(number):
        own = Client()
        own.cookies = session
        return lambda: send(own, ballot, "abc"[number % 3], form=f"f{number}").status_code

    answers = at_once([one(number) for number in range(200)])

    assert set(answers) <= {302, 422}
    assert Vote.objects.count() == 1
    ballot.refresh_from_db()
    assert ballot.participant_count == 1
    assert sum(Ballot.objects.get(pk=ballot.pk).counted()["totals"].values()) == 1
    assert types(log_of(ballot)).count("vote.cast") == 1
    assert types(log_of(ballot)).count("vote.changed") <= Vote.MOST_CHANGES
    assert_all_agrees(ballot, tmp_path)


def test_were_the_verb_blind_the_database_would_refuse_the_second_vote_and_nothing_of_it_would_stay(
    ballot, resident, tmp_path
):
    """What holds when two requests both find no earlier vote: the unique constraint. Without it this test fails."""
    cast_vote(ballot, resident, ["a"])
    before = log_of(ballot).size

    with mock.patch.object(Vote.objects, "filter", return_value=Vote.objects.none()), pytest.raises(IntegrityError):
        cast_vote(ballot, resident, ["b"])

    assert Vote.objects.get().choice == "a"
    assert log_of(ballot).size == before
    assert_all_agrees(ballot, tmp_path)


def test_the_same_form_sent_twenty_times_at_once_writes_one_entry(ballot, resident, tmp_path):
    client = voter_client(resident)

    def again():
        own = Client()
        own.cookies = client.cookies
        return send(own, ballot, "a", form="une-seule-fois").status_code

    assert at_once([again] * 20) == [302] * 20
    assert types(log_of(ballot)).count("vote.cast") == 1
    assert types(log_of(ballot)).count("vote.changed") == 0


def test_fifty_people_at_once_are_fifty_votes_and_no_gap(ballot, tmp_path):
    clients = [voter_client(factories.a_user()) for _ in range(50)]

    answers = at_once([lambda c=c, n=n: send(c, ballot, "abc"[n % 3]).status_code for n, c in enumerate(clients)])

    assert answers == [302] * 50
    assert Ballot.objects.get().counted() == {
        "method": "single",
        "voters": 50,
        "blank": 0,
        "totals": {"a": 17, "b": 17, "c": 16},
    }
    assert types(log_of(ballot)).count("vote.cast") == 50
    assert_all_agrees(ballot, tmp_path)


def test_closing_with_a_hundred_votes_in_flight_counts_those_before_and_no_other(organisation, tmp_path):
    consultation = factories.a_consultation("Minuit", organiser=organisation)
    ballot = factories.a_ballot(consultation=consultation, closes_at=timezone.now() + timedelta(days=1))
    clients = [voter_client(factories.a_user()) for _ in range(100)]
    Ballot.objects.filter(pk=ballot.pk).update(closes_at=timezone.now() + timedelta(seconds=1.5))

    def worker():
        for _ in range(40):
            actions.keep_time(consultation)
            time.sleep(0.1)

    calls = [lambda c=c: send(c, ballot, "a").status_code for c in clients]
    answers = at_once([worker, *calls])[1:]

    accepted = answers.count(302)
    assert accepted + answers.count(422) == 100
    log = log_of(ballot)
    assert types(log).count("vote.cast") == accepted == Ballot.objects.get().participant_count
    assert types(log)[-2:] == ["activity.closed", "count.published"]
    assert entries(log)[-1]["data"]["objects"][ballot.obj]["voters"] == accepted
    assert_all_agrees(ballot, tmp_path)


# ── Machines that fail ───────────────────────────────────────────────────────────────────────────────────────────────


@needs_sqlite
def test_a_database_locked_for_fifteen_seconds_makes_one_wait_and_loses_nothing(ballot, resident, tmp_path):
    client = voter_client(resident)
    locked, seconds = threading.Event(), 15

    def hold():
        with connection.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(seconds)
            cursor.execute("COMMIT")
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(5)
    begun = time.monotonic()

    response = send(client, ballot, "a")

    assert time.monotonic() - begun > seconds - 1
    assert response.status_code == 302
    holder.join()
    assert_all_agrees(ballot, tmp_path)


@needs_sqlite
def test_a_full_disk_refuses_the_vote_gives_it_back_and_leaves_no_trace(ballot, resident, tmp_path):
    client = voter_client(resident)
    before = log_of(ballot).size
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + 2}")
        cursor.execute("CREATE TABLE IF NOT EXISTS filler (x)")
        # What is free inside the file is used up first.
        for size in (200_000, 20_000, 3_000, 300):
            with contextlib.suppress(OperationalError):
                while True:
                    cursor.execute(f"INSERT INTO filler VALUES (zeroblob({size}))")
    client.raise_request_exception = False

    for number in range(20):
        response = send(client, ballot, "ab"[number % 2], form=f"f{number}")
        if response.status_code != 302:
            break
    accepted = log_of(ballot).size - before

    page = response.content.decode()
    assert response.status_code == 503
    assert "Rien n’est enregistré pour l’instant, rien n’est perdu" in page
    assert re.search(r'name="choice" value="[ab]"', page)
    assert response["Retry-After"] == "60"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
        cursor.execute("DROP TABLE IF EXISTS filler")
    assert types(log_of(ballot)).count("vote.cast") + types(log_of(ballot)).count("vote.changed") == accepted
    assert_all_agrees(ballot, tmp_path)
    # The same form, sent again as the page offers, is recorded.
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    assert client.post(reverse("ballot:vote", args=[ballot.pk]), fields).status_code == 302


def test_a_broken_connection_gives_the_vote_back_in_the_fragment_too(ballot, resident):
    client = voter_client(resident)
    client.raise_request_exception = False

    with mock.patch.object(recording, "take", side_effect=OperationalError("server closed the connection")):
        plain = send(client, ballot, "a")
        by_htmx = send(client, ballot, "a", **{"HX-Request": "true"})

    assert plain.status_code == 503
    assert by_htmx.status_code == 200
    assert by_htmx["HX-Retarget"] == "body"
    for response in [plain, by_htmx]:
        assert 'name="choice" value="a"' in response.content.decode()
        assert "Envoyer de nouveau" in response.content.decode()


@needs_a_cluster
def test_postgresql_gone_for_ten_seconds_gives_votes_back_then_takes_them(ballot, resident, tmp_path):
    client = voter_client(resident)
    client.raise_request_exception = False
    subprocess.run(shlex.split(os.environ["PORTAL_TEST_PG_STOP"]), check=True, capture_output=True)
    begun = time.monotonic()
    try:
        response = send(client, ballot, "a", form="celui-ci")
        assert response.status_code == 503
        assert "rien n’est perdu" in response.content.decode()
        time.sleep(max(0.0, 10 - (time.monotonic() - begun)))
    finally:
        subprocess.run(shlex.split(os.environ["PORTAL_TEST_PG_START"]), check=True, capture_output=True)

    # Persistent connections are checked before use: the first request after the outage is answered.
    connection.close()
    assert send(client, ballot, "a", form="celui-ci").status_code == 302
    assert Vote.objects.get().choice == "a"
    assert_all_agrees(ballot, tmp_path)


def test_a_server_that_stops_before_the_commit_leaves_nothing(ballot, resident, tmp_path):
    client = voter_client(resident)
    client.raise_request_exception = False
    before = log_of(ballot).size

    with mock.patch.object(Vote, "save", side_effect=SystemExit), pytest.raises(SystemExit):
        cast_vote(ballot, resident, ["a"])

    assert log_of(ballot).size == before
    assert not Vote.objects.exists()
    assert_all_agrees(ballot, tmp_path)


def test_a_server_that_stops_after_the_commit_and_before_the_answer_counts_the_form_once(ballot, resident, tmp_path):
    client = voter_client(resident)
    client.raise_request_exception = False

    with mock.patch("participation.ballot.views._after", side_effect=RuntimeError("killed")):
        assert send(client, ballot, "a", form="le-mien").status_code == 500
    assert send(client, ballot, "a", form="le-mien").status_code == 302

    assert types(log_of(ballot)).count("vote.cast") == 1
    assert_all_agrees(ballot, tmp_path)


def test_a_database_restored_from_yesterday_refuses_votes_and_says_why(ballot, resident):
    client = voter_client(resident)
    send(client, ballot, "a")
    log = log_of(ballot)
    # As after a restore: the note outside the database tells of two entries that it does not have.
    log.size += 2
    watermark.note(log)

    response = send(voter_client(factories.a_user()), ballot, "b")

    assert response.status_code == 422
    assert "la base a été restaurée depuis une copie plus ancienne" in response.content.decode()
    assert log_of(ballot).size == log.size - 2
    assert any("plus ancienne" in problem for problem in integrity.problems())
    # Reading goes on.
    assert voter_client(resident).get(ballot.get_absolute_url()).status_code == 200
    assert counting.results_of(log_of(ballot), log.size - 2)[ballot.obj]["voters"] == 1


def test_the_refusal_of_one_leaves_the_others_alone(ballot, resident):
    other = factories.a_ballot("Autre", consultation=factories.a_consultation("Autre"))
    log = log_of(ballot)
    log.size += 1
    watermark.note(log)

    with pytest.raises(ValidationError):
        cast_vote(ballot, resident, ["a"])
    cast_vote(other, resident, ["a"])
    assert Vote.objects.count() == 1
