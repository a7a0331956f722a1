"""The record as it is published: who reads what, the files, the proofs, and what an altered database gives itself away by."""

import gzip
import hashlib
import hmac
import json
import zipfile
from base64 import b64decode
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from participation.ballot.actions import cast_vote
from participation.consultations import actions
from participation.forum.actions import edit_message
from participation.ledger import integrity, tree, triggers
from participation.ledger.models import Entry, Log, Opening
from tests import factories

from .reading import entries, save, verify

pytestmark = pytest.mark.django_db

FILES = ["checkpoint", "key", "entries.ndjson", "openings.ndjson", "results.json", "verifier.py"]


@pytest.fixture
def lived_in(forum, ballot, resident, moderator) -> Log:
    """The record of a consultation with messages, views, moderation and votes."""
    ballot.consultation = forum.consultation
    type(ballot).objects.filter(pk=ballot.pk).update(
        consultation=forum.consultation, opening_seq=None, released_at=None
    )
    actions.release_activity(type(ballot).objects.get(pk=ballot.pk))
    topic = factories.a_topic(forum, resident)
    factories.a_reply(topic, moderator)
    edit_message(topic, resident, title="Un kiosque ?", body="Au jardin.")
    other = factories.a_topic(forum, factories.a_user(), "De la publicité", "Achetez mes bancs.")
    actions.withhold(other, moderator, reason="publicite")
    voters = [factories.a_user() for _ in range(4)]
    for voter, choice in zip(voters, "aabc", strict=True):
        actions.react(topic, voter, "agree")
        cast_vote(ballot, voter, [choice])
    cast_vote(ballot, voters[0], ["b"])
    return Log.objects.get(slug="le-kiosque")


@pytest.fixture
def restricted(organisation, resident) -> Log:
    """The record of a consultation among invited people, of whom the resident is one."""
    consultation = factories.a_consultation("Huis clos", organiser=organisation, access="invited")
    consultation.guests.add(resident)
    factories.a_topic(factories.a_forum(consultation=consultation), resident, "Entre nous", "Un secret.")
    return Log.objects.get(consultation=consultation)


def lines(response) -> list[bytes]:
    return b"".join(response.streaming_content).splitlines()


# ── What is published ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["", *FILES, "proof?seq=0", "consistency?from=1"])
def test_each_file_is_for_anyone_anywhere_without_a_cookie_and_never_indexed(client, lived_in, name):
    response = client.get(f"/registre/le-kiosque/{name}")

    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["X-Robots-Tag"] == "noindex"
    assert "Licence Ouverte 2.0" in response["Link"]
    assert response["ETag"]
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    again = client.get(f"/registre/le-kiosque/{name}", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert client.post(f"/registre/le-kiosque/{name}").status_code == 405


def test_files_are_compressed_for_who_asks(client, lived_in):
    plain = b"".join(client.get("/registre/le-kiosque/entries.ndjson").streaming_content)

    response = client.get("/registre/le-kiosque/entries.ndjson", headers={"Accept-Encoding": "gzip"})

    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(response.streaming_content)) == plain


def test_entries_are_the_hashed_bytes_one_a_line_from_and_to_where_one_asks(client, lived_in):
    bodies = [bytes(body) for body in lived_in.entries.order_by("seq").values_list("body", flat=True)]

    assert lines(client.get("/registre/le-kiosque/entries.ndjson")) == bodies
    assert lines(client.get("/registre/le-kiosque/entries.ndjson?from=2&size=5")) == bodies[2:5]
    assert lines(client.get("/registre/le-kiosque/entries.ndjson?size=0")) == []


def test_openings_open_the_commitments_of_what_everyone_may_read(client, lived_in):
    rows = [json.loads(line) for line in lines(client.get("/registre/le-kiosque/openings.ndjson"))]

    values = {row["value"] for row in rows}
    assert {"Un kiosque ?", "Au jardin.", "Bonne idée."} <= values
    assert not {"Un kiosque !", "De la publicité", "Achetez mes bancs."} & values
    committed = {
        entry["seq"]: entry["data"]["commit"] for entry in entries(lived_in) if "commit" in entry.get("data", {})
    }
    for row in rows:
        message = b"\0".join([b"commitment/v1", row["field"].encode(), row["value"].encode()])
        expected = hmac.new(b64decode(row["salt"]), message, hashlib.sha256).hexdigest()
        assert committed[row["seq"]][row["field"]] == expected


def test_what_was_withheld_since_is_not_given_back_by_asking_for_an_earlier_size(client, lived_in, moderator):
    topic = factories.a_topic(lived_in.consultation.activities.get(kind="forum").forum, moderator, "Un mot", "de trop")
    size = Log.objects.get(pk=lived_in.pk).size
    assert "de trop" in str(lines(client.get(f"/registre/le-kiosque/openings.ndjson?size={size}")))

    actions.withhold(topic, moderator, reason="propos-injurieux")

    assert "de trop" not in str(lines(client.get(f"/registre/le-kiosque/openings.ndjson?size={size}")))
    assert "Un kiosque ?" in str(lines(client.get(f"/registre/le-kiosque/openings.ndjson?size={size}")))


def test_results_are_those_of_the_page(client, lived_in, ballot):
    published = client.get("/registre/le-kiosque/results.json").json()

    assert published == {
        "size": lived_in.size,
        "objects": {
            f"ballot:{ballot.pk}": {"method": "single", "voters": 4, "blank": 0, "totals": {"a": 1, "b": 2, "c": 1}}
        },
    }


def test_proofs_lead_to_the_root(client, lived_in):
    root = lived_in.root
    for seq in range(lived_in.size):
        path = client.get(f"/registre/le-kiosque/proof?seq={seq}&size={lived_in.size}").json()["path"]
        leaf = tree.leaf(bytes(lived_in.entries.get(seq=seq).body))
        assert tree.root_by_inclusion(leaf, seq, lived_in.size, [b64decode(node) for node in path]) == root


@pytest.mark.parametrize(
    "query",
    [
        "entries.ndjson?size=99999", "entries.ndjson?size=-1", "entries.ndjson?from=x", "entries.ndjson?size=1e3",
        "openings.ndjson?size=9999999999999999999999", "results.json?size=²", "proof", "proof?seq=999", "proof?seq=5&size=5",
        "consistency?from=0&to=3", "consistency?from=4&to=3", "consistency?from=1&to=9999", "entries.ndjson?size=%00",
    ],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_answered_in_words(client, lived_in, query):
    response = client.get(f"/registre/le-kiosque/{query}")

    assert response.status_code == 400
    assert "doit être un nombre entier" in response.content.decode()
    assert response["Access-Control-Allow-Origin"] == "*"


def test_a_record_that_is_nowhere_is_not_found(client, db):
    for address in ["/registre/rien/", "/registre/rien/checkpoint", "/registre/rien/entries.ndjson"]:
        assert client.get(address).status_code == 404


def test_the_list_of_records_and_the_page_of_each(client, lived_in, restricted):
    listed = client.get("/registre/index.json").json()
    assert {row["slug"] for row in listed} == {"site", "le-kiosque", "la-place"}
    row = next(row for row in listed if row["slug"] == "le-kiosque")
    assert row == {
        "slug": "le-kiosque",
        "title": "Le kiosque",
        "url": "http://testserver/registre/le-kiosque/",
        "open": True,
        "size": lived_in.size,
    }
    index = client.get("/registre/").content.decode()
    assert "Le kiosque" in index
    assert "Huis clos" not in index
    for words in ["Qu’un compte est une seule personne", "Que chaque personne était libre", "un jour calme"]:
        assert words in index
    page = client.get("/registre/le-kiosque/").content.decode()
    assert "python3 verifier.py http://testserver/registre/le-kiosque" in page
    assert lived_in.checkpoint.splitlines()[2] in page


def test_a_restricted_record_shows_its_checkpoint_to_all_and_the_rest_to_those_entitled(
    client, restricted, resident, agent, tmp_path
):
    for name in [
        "entries.ndjson",
        "openings.ndjson",
        "results.json",
        "proof?seq=0",
        "consistency?from=1",
        "registre.zip",
    ]:
        assert client.get(f"/registre/{restricted.slug}/{name}").status_code == 403
    assert client.get(f"/registre/{restricted.slug}/checkpoint").content.decode() == restricted.checkpoint
    page = client.get(f"/registre/{restricted.slug}/").content.decode()
    assert "Huis clos" not in page
    client.force_login(factories.a_user())
    assert client.get(f"/registre/{restricted.slug}/entries.ndjson").status_code == 403

    for person in [resident, agent]:
        client.force_login(person)
        response = client.get(f"/registre/{restricted.slug}/entries.ndjson")
        assert response.status_code == 200
        assert "Cookie" in response["Vary"]
        assert response["Cache-Control"] == "private, no-store"
        assert "Access-Control-Allow-Origin" not in response
        archive = zipfile.ZipFile(
            BytesIO(b"".join(client.get(f"/registre/{restricted.slug}/registre.zip").streaming_content))
        )
        archive.extractall(tmp_path / person.pseudonym)
        assert sorted(archive.namelist()) == sorted(FILES)
        assert verify(tmp_path / person.pseudonym)[0] == 0


def test_a_word_of_the_site_is_no_name_of_a_record(organisation):
    for title, slug in [("Site", "site-2"), ("Vérification", "verification-2")]:
        created = actions.create_consultation(title=title, organiser=organisation, degree="consultation")
        assert created.slug == slug
    with pytest.raises(ValidationError, match="sert déjà"):
        actions.create_consultation(title="Le site", slug="site", organiser=organisation, degree="consultation")


# ── What an altered database gives itself away by ────────────────────────────────────────────────────────────────────


def altered(statement: str, *parameters) -> None:
    """Do as somebody with the database's password: the triggers are taken off first."""
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount == 1
    triggers.create(connection)


def bytes_of(log: Log, seq: int, old: bytes, new: bytes) -> tuple[bytes, int]:
    body = bytes(log.entries.get(seq=seq).body)
    assert old in body
    return body.replace(old, new), Entry.objects.get(log=log, seq=seq).pk


def test_an_honest_database_is_conform(lived_in, tmp_path):
    code, said = verify(save(lived_in, tmp_path / "registre"))

    assert code == 0, said
    assert said.splitlines()[-1] == "CONFORME"
    assert list(integrity.problems()) == []


def a_vote_in_the_table(log):
    altered("UPDATE ballot_vote SET choice = %s WHERE id = (SELECT min(id) FROM ballot_vote)", '"c"')


def a_total_in_the_table(log):
    altered("UPDATE ballot_answer SET votes = votes + 1 WHERE key = %s", "a")


def the_number_of_voters(log):
    altered("UPDATE consultations_activity SET participant_count = 9 WHERE kind = %s", "ballot")


def a_vote_that_vanishes(log):
    altered("DELETE FROM ballot_vote WHERE id = (SELECT min(id) FROM ballot_vote)")


def a_vote_in_the_record(log):
    seq = entries(log, "vote.cast")[1]["seq"]
    altered("UPDATE ledger_entry SET body = %s WHERE id = %s", *bytes_of(log, seq, b'"choice":"a"', b'"choice":"c"'))


def a_line_that_vanishes(log):
    seq = entries(log, "vote.cast")[1]["seq"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_opening WHERE entry_id = %s", [log.entries.get(seq=seq).pk])
    altered("DELETE FROM ledger_entry WHERE id = %s", log.entries.get(seq=seq).pk)


def a_text_in_the_record(log):
    altered("UPDATE ledger_opening SET value = %s WHERE value = %s", "Au parking.", "Au jardin.")


def a_text_that_vanishes(log):
    altered("DELETE FROM ledger_opening WHERE value = %s", "Au jardin.")


def a_withheld_text_that_comes_back(log):
    altered("UPDATE ledger_opening SET public_since = 1 WHERE value = %s", "Achetez mes bancs.")


def the_size_of_the_log(log):
    altered("UPDATE ledger_log SET size = size - 1 WHERE id = %s", log.pk)


def the_checkpoint(log):
    altered("UPDATE ledger_log SET checkpoint = replace(checkpoint, 'kiosque', 'marché') WHERE id = %s", log.pk)


ALTERATIONS = [
    a_vote_in_the_table, a_total_in_the_table, the_number_of_voters, a_vote_that_vanishes, a_vote_in_the_record,
    a_line_that_vanishes, a_text_in_the_record, a_text_that_vanishes, a_withheld_text_that_comes_back,
    the_size_of_the_log, the_checkpoint,
]  # fmt: skip


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
def test_one_row_changed_by_sql_is_not_conform(lived_in, tmp_path, alter):
    alter(lived_in)

    code, said = verify(save(Log.objects.get(pk=lived_in.pk), tmp_path / "registre"))

    assert said.splitlines()[-1] == "NON CONFORME"
    assert code == 1


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__)
def test_the_recount_sees_it_too(lived_in, alter, capsys):
    alter(lived_in)

    with pytest.raises(SystemExit) as stop:
        call_command("ledger_recount")

    assert stop.value.code == 1
    assert "le-kiosque : " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE consultations_contribution SET agree_count = 7 WHERE agree_count = 4", "agree : 7 au lieu de 4"),
        (
            "UPDATE consultations_contribution SET body = 'Autre' WHERE body = 'Au jardin.'",
            "n’est pas celui qui a été déposé",
        ),
        ("UPDATE consultations_contribution SET state = 'withheld' WHERE body = 'Bonne idée.'", "« withheld »"),
        (
            "UPDATE consultations_activity SET contribution_count = 1 WHERE kind = 'forum'",
            "contributions : 1 au lieu de 2",
        ),
        ("UPDATE consultations_contribution SET reply_count = 3 WHERE reply_count = 1", "réponses : 3 au lieu de 1"),
    ],
)
def test_the_recount_compares_every_counter_and_every_text_with_the_record(lived_in, capsys, statement, words):
    altered(statement)

    with pytest.raises(SystemExit):
        call_command("ledger_recount")

    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ballot_answer SET label = 'Bitume' WHERE key = 'a'", "les mots affichés (labels)"),
        ("UPDATE consultations_activity SET title = 'Bitume ?' WHERE kind = 'ballot'", "les mots affichés (question)"),
        ("UPDATE ballot_ballot SET method = 'approval'", "method : approval au lieu de single"),
        ("UPDATE ledger_opening SET public_since = NULL WHERE value = 'Au jardin.'", "publié, ou retenu, à tort"),
    ],
)
def test_the_recount_compares_the_words_and_rules_of_a_vote_with_what_was_recorded(lived_in, capsys, statement, words):
    altered(statement)

    with pytest.raises(SystemExit):
        call_command("ledger_recount")

    assert words in capsys.readouterr().out


def test_the_recount_of_an_honest_database_says_so(lived_in, capsys):
    call_command("ledger_recount")

    assert "Tout concorde" in capsys.readouterr().out


def test_accounts_made_up_by_the_operator_are_not_seen(lived_in, ballot, tmp_path):
    """What the record does not prove, and says so: a server may open accounts and vote with them."""
    for _ in range(5):
        factories.a_vote(ballot, "c")

    assert verify(save(Log.objects.get(pk=lived_in.pk), tmp_path / "registre"))[0] == 0


def test_a_text_that_is_erased_leaves_its_entry_and_the_tree(lived_in, tmp_path):
    """Erasure has no screen yet; what it writes is understood already."""
    from django.utils import timezone

    from participation.ledger import actions as ledger

    target = entries(lived_in, "contribution.edited")[0]["seq"]
    ledger.append(
        ledger.hold(lived_in),
        "opening.erased",
        at=timezone.now(),
        data={"target": target, "fields": ["body", "title"], "ground": "author"},
    )

    assert not Opening.objects.filter(entry__log=lived_in, entry__seq=target).exists()
    assert verify(save(Log.objects.get(pk=lived_in.pk), tmp_path / "registre"))[0] == 0
