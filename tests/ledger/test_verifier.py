"""The stand-alone verifier: what it finds right, what it finds wrong, and what nobody can see."""

import ast
import gzip
import json
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from participation.ledger import verifier
from tests.ledger import forge
from tests.ledger.forge import Consultation, Operator, canonical, tag

FILE = Path(verifier.__file__)


@dataclass
class Verdict:
    status: int
    lines: list[str]
    errors: str

    @property
    def problems(self) -> list[str]:
        return [line.removeprefix("Problème : ") for line in self.lines if line.startswith("Problème : ")]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def run(capsys):
    """Run the command; returns what it says, with ordinary spaces."""

    def run(*arguments) -> Verdict:
        capsys.readouterr()
        status = verifier.main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        verdict = Verdict(status, output.out.replace("\u00a0", " ").splitlines(), output.err.replace("\u00a0", " "))
        if status < 2:
            assert verdict.lines[-1] == ["CONFORME", "NON CONFORME"][status]
            assert bool(verdict.problems) == (status == 1)
        return verdict

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One for all tests: making and removing hundreds of them takes longer than verifying."""
    return tmp_path_factory.mktemp("registre")


@pytest.fixture
def verify(run, folder):
    """Publish what an operator wrote, and verify it."""

    def verify(operator: Operator, *arguments, **altered: bytes | None) -> Verdict:
        return run(operator.publish(folder, **altered), *arguments)

    return verify


@pytest.fixture
def signatures_are_right(monkeypatch):
    """Verifying them is slow, for those who try hundreds of logs."""
    monkeypatch.setattr(verifier, "is_signed", lambda *_: True)


# ── Honest logs ──────────────────────────────────────────────────────────────────────────────────────────────────────


def totals(voters: int, blank: int = 0, method: str = "single", **by_key: int) -> dict:
    return {"method": method, "voters": voters, "blank": blank, "totals": by_key}


def single() -> Consultation:
    """Six people; one changes, one leaves and comes back, one leaves, one is excluded before the end and one after."""
    log = Consultation()
    log.open_ballot(closes="2026-11-22T15:00Z")
    for who, choice in [("Mireille", "a"), ("Jeannot", "a"), ("Fanny", "b"), ("Marius", "blank"), ("César", "c")]:
        log.vote(who, choice)
    log.vote("Jeannot", "b", "changed")
    log.vote("Fanny", verb="withdrawn")
    log.vote("Fanny", "a")
    latest = log.vote("César", verb="withdrawn")
    log.append("vote.excluded", "ballot:7", target=latest, reason="duplicate")
    excluded = log.vote("Panisse", "c")
    log.ts = "2026-11-22T15:00Z"
    log.close_ballot(totals(5, 1, a=2, b=1, c=1))
    log.append("vote.excluded", "ballot:7", target=excluded, reason="duplicate")
    log.publish_count(totals(4, 1, a=2, b=1, c=0))
    return log


def approval() -> Consultation:
    log = Consultation()
    log.open_ballot(method="approval")
    log.votes([["a", "b"], ["b"], ["a", "b", "c"], "blank"])
    log.vote("Habitant 1", ["c"], "changed")
    log.results["ballot:7"] = totals(4, 1, "approval", a=2, b=2, c=2)
    return log


def points() -> Consultation:
    log = Consultation()
    log.open_ballot(method="points", points=10)
    log.votes([{"a": 7, "c": 3}, {"b": 10}, {"a": 0, "c": 4}, "blank"])
    log.close_ballot(totals(4, 1, "points", a=7, b=10, c=7))
    return log


# Schulze's own example, with 45 voters (arXiv:1804.02973, example 1, and Wikipedia): E > A > C > B > D.
SCHULZE = "5:acbed 5:adecb 8:bedac 3:cabed 7:caebd 2:cbade 7:dceba 8:ebadc"
SCHULZE_MATRIX = [
    [0, 20, 26, 30, 22],
    [25, 0, 16, 33, 18],
    [19, 29, 0, 17, 24],
    [15, 12, 28, 0, 14],
    [23, 27, 21, 31, 0],
]
# Another of his: B and D win together (D beats A, B beats C, and nothing else beats anything).
SCHULZE_TIED = "3:abcd 2:dabc 2:dbca 2:cbda"
SCHULZE_TIED_MATRIX = [[0, 5, 5, 3], [4, 0, 7, 5], [4, 2, 0, 5], [6, 4, 4, 0]]


def rankings(profile: str) -> list[list[str]]:
    pairs = [group.split(":") for group in profile.split()]
    return [list(ranking) for number, ranking in pairs for _ in range(int(number))]


def ranking(profile: str = SCHULZE, matrix=SCHULZE_MATRIX, order="e a c b d", blank=1) -> Consultation:
    choices = [chr(ord("a") + number) for number in range(len(matrix))]
    log = Consultation()
    log.open_ballot(method="ranking", choices=" ".join(choices))
    votes = rankings(profile) + ["blank"] * blank
    log.votes(votes)
    order = [rank.split("=") for rank in order.split()]
    log.close_ballot({"method": "ranking", "voters": len(votes), "blank": blank, "matrix": matrix, "order": order})
    return log


def tied_ranking() -> Consultation:
    return ranking(SCHULZE_TIED, SCHULZE_TIED_MATRIX, "b=d a=c")


def circular_ranking() -> Consultation:
    """Condorcet's paradox: everybody is tied with everybody."""
    return ranking("1:abc 1:bca 1:cab", [[0, 2, 1], [1, 0, 2], [2, 1, 0]], "a=b=c")


def unfinished_ranking() -> Consultation:
    """Two people rank only their first; what they left out comes after it, and is tied."""
    return ranking("1:abc 2:b", [[0, 1, 1], [2, 0, 3], [0, 0, 0]], "b a c")


def ranking_without_votes() -> Consultation:
    return ranking("", [[0, 0, 0], [0, 0, 0], [0, 0, 0]], "a=b=c", blank=0)


def judgment_of(votes: dict[str, int], grades: dict, order: str, choices="m n c k", blank=0) -> Consultation:
    """`votes`: one digit per choice → how many people."""
    keys = choices.split()
    log = Consultation()
    log.open_ballot(method="judgment", choices=choices, grades=4)
    ballots = [
        {key: int(grade) for key, grade in zip(keys, digits, strict=True)}
        for digits, number in votes.items()
        for _ in range(number)
    ]
    log.votes(ballots + ["blank"] * blank)
    log.close_ballot(
        {
            "method": "judgment",
            "voters": len(ballots) + blank,
            "blank": blank,
            "grades": grades,
            "order": [rank.split("=") for rank in order.split()],
        }
    )
    return log


def judgment() -> Consultation:
    """The four cities of Tennessee. Medians: fair (2) for n, c and k, poor (3) for m. n has 26 above and none below; c and k
    both have 32 above and 42 below: tied.
    """
    return judgment_of(
        {"0233": 42, "3022": 26, "3201": 15, "3210": 17},
        {"m": [42, 0, 0, 58], "n": [26, 0, 74, 0], "c": [15, 17, 26, 42], "k": [17, 15, 26, 42]},
        "n c=k m",
        blank=2,
    )


def judgment_by_gauge() -> Consultation:
    """Five people, all medians are 1. Above and below: a 2 and 0, b 2 and 1, c 1 and 1, d 1 and 2, e 0 and 2.

    More above comes first (a and b, 2 both, tied), then the fewest below (c, 1), then d and e (2 below both, tied).
    """
    return judgment_of(
        {"00001": 1, "00111": 1, "11111": 1, "11122": 1, "12233": 1},
        {"a": [2, 3, 0, 0], "b": [2, 2, 1, 0], "c": [1, 3, 1, 0], "d": [1, 2, 1, 1], "e": [0, 3, 1, 1]},
        "a=b c d=e",
        choices="a b c d e",
    )


def judgment_of_an_even_number() -> Consultation:
    """Two people: the median is the worse of the two grades. a: 1, 1 above; b: 1, none above or below; c: 2."""
    return judgment_of(
        {"010": 1, "112": 1}, {"a": [1, 1, 0, 0], "b": [0, 2, 0, 0], "c": [1, 0, 1, 0]}, "a b c", choices="a b c"
    )


def hidden_and_open() -> Consultation:
    log = Consultation()
    log.open_ballot(results="hidden")
    log.votes("aab")
    log.results["ballot:7"] = {"method": "single", "voters": 3}
    return log


def hidden_and_closed() -> Consultation:
    """Thirty voters remain of thirty-one: the choices of all votes are opened, replaced and withdrawn ones too."""
    log = Consultation()
    log.open_ballot(results="hidden")
    log.votes(["a"] * 20 + ["b"] * 10 + ["c"])
    log.vote("Habitant 0", "blank", "changed")
    excluded = log.vote("Habitant 30", verb="withdrawn")
    log.append("vote.excluded", "ballot:7", target=excluded, reason="duplicate")
    log.close_ballot(totals(30, 1, a=19, b=10, c=0))
    return log


def hidden_by_points() -> Consultation:
    log = Consultation()
    log.open_ballot(results="hidden", method="points", points=3)
    log.votes([{"a": 1, "b": 2}] * 30)
    log.close_ballot(totals(30, 0, "points", a=30, b=60, c=0))
    return log


def hidden_with_few_voters() -> Consultation:
    log = Consultation()
    log.open_ballot(results="hidden")
    log.votes(["a"] * 28 + ["b"])
    log.vote("Habitant 28", "c", "changed")
    log.close_ballot(totals(29, 0, a=28, b=0, c=1), small=True)
    return log


def small() -> Consultation:
    log = Consultation()
    log.open_ballot(results="small")
    log.votes(["a", "a", "b", "c", "blank", "a"])
    log.vote("Habitant 5", verb="withdrawn")
    log.close_ballot(totals(5, 1, a=2, b=1, c=1), small=True)
    return log


def small_after_an_exclusion() -> Consultation:
    """Five voters, then four: their totals are not published any more."""
    log = small()
    log.append("vote.excluded", "ballot:7", target=2, reason="duplicate")
    log.publish_count({"method": "single", "voters": 4})
    return log


def small_with_four_voters() -> Consultation:
    log = Consultation()
    log.open_ballot(results="small")
    log.votes("aabc")
    log.close_ballot({"method": "single", "voters": 4}, small=True)
    return log


def small_without_votes() -> Consultation:
    log = Consultation()
    log.open_ballot(results="small")
    log.close_ballot({"method": "single", "voters": 0}, small=True)
    return log


def changed_ballot() -> Consultation:
    """Before the first vote everything may change; after it the words and the dates only."""
    log = Consultation()
    log.open_ballot()
    log.change_ballot(method="approval", choices="a b", version=2)
    log.vote("Mireille", ["a"], version=2)
    log.change_ballot(
        method="approval", choices="a b", version=3, question="Un kiosque, où ?", closes="2026-11-23T10:00Z"
    )
    log.vote("Jeannot", ["b"], version=3)
    log.vote("Mireille", verb="withdrawn", version=3)
    log.results["ballot:7"] = totals(1, 0, "approval", a=0, b=1)
    return log


def two_ballots() -> Consultation:
    log = Consultation()
    log.open_ballot("ballot:7")
    log.open_ballot("ballot:8", choices="oui non")
    log.vote("Mireille", "a")
    log.vote("Mireille", "non", obj="ballot:8")
    log.close_ballot(totals(1, a=1, b=0, c=0), "ballot:7")
    log.close_ballot(totals(1, oui=0, non=1), "ballot:8")
    return log


def twenty_changes() -> Consultation:
    """Twenty changes, and a withdrawal beyond them."""
    log = Consultation()
    log.open_ballot()
    log.vote("Mireille", "a")
    for _ in range(19):
        log.vote("Mireille", "b", "changed")
    log.vote("Mireille", verb="withdrawn")
    log.vote("Mireille", "a")
    log.vote("Mireille", verb="withdrawn")
    log.results["ballot:7"] = totals(0, a=0, b=0, c=0)
    return log


def moderated_afterwards() -> Consultation:
    """A message is published, remarked on, answered, edited, withheld by a moderator and restored on appeal."""
    log = Consultation()
    log.open_forum()
    first = log.receive(345)
    log.receive(346, "Jeannot", "Bonne idée.", parent="contribution:345")
    for who, verb, choice in [
        ("Jeannot", "cast", "agree"),
        ("Fanny", "cast", "nuance"),
        ("Fanny", "changed", "disagree"),
        ("Jeannot", "withdrawn", None),
        ("Jeannot", "cast", "nuance"),
    ]:
        log.append(f"reaction.{verb}", "contribution:345", who, **({"choice": choice} if choice else {}))
    second = log.edit(345)
    log.append("contribution.published", "contribution:345", target=second)
    log.withhold(first, "title", "body", reason="replaced", origin="author")
    kept = log.opened_of(second)
    log.withhold(second, "title", "body", obj="contribution:345")
    log.restore(second, "title", "body", texts=kept, origin="appeal")
    log.append("answer.published", "contribution:345", texts={"reason": "Le budget est voté."}, outcome="retained")
    return log


def moderated_beforehand() -> Consultation:
    """One message is approved, then its new version too; another is refused."""
    log = Consultation()
    log.open_forum()
    first = log.append(
        "contribution.received",
        "contribution:1",
        "Fanny",
        {"title": "Un banc", "body": "Là."},
        activity="activity:3",
        parent=None,
    )
    kept = log.opened_of(first)
    log.withhold(first, "title", "body", reason="awaiting", origin="rule")
    log.append("contribution.published", "contribution:1", target=first)
    log.restore(first, "title", "body", texts=kept)
    second = log.edit(1, "Fanny")
    kept = log.opened_of(second)
    log.withhold(second, "title", "body", reason="awaiting", origin="rule")
    log.append("contribution.published", "contribution:1", target=second)
    log.restore(second, "title", "body", texts=kept)
    log.withhold(first, "title", "body", reason="replaced", origin="author")
    refused = log.receive(2, "Marius", "Bougre d’âne !", then="awaiting")
    log.append("contribution.refused", "contribution:2", target=refused, reason="insult")
    return log


def withdrawn_and_erased() -> Consultation:
    """An author withdraws one message, erases another with its replaced version, after the forum is closed."""
    log = Consultation()
    log.open_forum()
    withdrawn, erased = log.receive(1), log.receive(2)
    edited = log.edit(2)
    log.withhold(erased, "title", "body", reason="replaced", origin="author")
    log.append("activity.closed", "activity:3")
    log.append("contribution.withdrawn", "contribution:1", "Mireille")
    log.withhold(withdrawn, "title", "body", reason="withdrawn", origin="author")
    log.unpublish(edited)
    for seq in (erased, edited):
        log.append("opening.erased", target=seq, fields=["body", "title"], ground="request")
    return log


def key_destroyed() -> Consultation:
    """The end of a consultation, and of its key; moderation goes on, `who` is copied from the first entry."""
    log = withdrawn_and_erased()
    log.append("log.closed")
    log.ts = "2027-01-22T15:00Z"
    log.append("log.key_destroyed")
    log.append("contribution.withdrawn", "contribution:2", "Mireille")
    log.append("decision.published", texts={"reason": "Le kiosque se fera."}, outcome="retained")
    return log


def open_review(log: Consultation, number: int = 12) -> str:
    """A document under review, whose first version is read."""
    obj = f"activity:{number}"
    log.append("activity.opened", obj, kind="review", opens="2026-11-22T14:00Z", closes=None)
    log.append("document.published", obj, version=1, sha256="a" * 64, passages=7)
    return obj


def remark(log: Consultation, number: int, obj: str, version: int, who: str = "Mireille") -> int:
    said = {"nature": "amendment", "version": version, "passage": 5, "sha256": "b" * 64, "quote": [3, 10]}
    texts = {"body": "Un mois suffit.", "wording": "On répond en un mois."}
    seq = log.append("contribution.received", f"contribution:{number}", who, texts, activity=obj, parent=None, **said)
    log.append("contribution.published", f"contribution:{number}", target=seq)
    return seq


def reviewed() -> Consultation:
    """A document in three versions, the last after the closing; remarks on the first two, of which one was replaced meanwhile."""
    log = Consultation()
    obj = open_review(log)
    remark(log, 345, obj, 1)
    log.append("document.published", obj, version=2, sha256="c" * 64, passages=8)
    log.append(
        "answer.published", "contribution:345", texts={"reason": "C’est tenable."}, outcome="retained", version=2
    )
    remark(log, 346, obj, 1, "Jeannot")
    remark(log, 347, obj, 2)
    log.append("activity.closed", obj)
    log.append("document.published", obj, version=3, sha256="d" * 64, passages=8)
    return log


def clock_gone_back() -> Consultation:
    log = Consultation()
    log.ts = "2026-11-22T14:59Z"
    log.append("rules.changed", rules="registre/v2")
    log.ts = "2026-11-22T14:00Z"
    log.append("rules.changed", rules="registre/v3")
    return log


def site_log() -> Operator:
    log = Operator("demo.local/registre/site")
    log.append("log.opened", rules="registre/v1", key=log.verification_key(), code="1.0")
    log.append("site.key", key=log.verification_key())
    log.append("site.log_opened", origin=forge.ORIGIN, checkpoint="…")
    log.append("site.accounts", email=3, invited=2, staff=1)
    return log


def successor() -> Consultation:
    """What continues a log that was frozen: the contributions of the first one may be edited and remarked on here."""
    log = Consultation(origin="demo.local/registre/kiosque~2")
    log.append("log.reopened", checkpoint="…")
    log.open_ballot(version=4)
    log.vote("Mireille", "a", version=4)
    log.open_forum()
    log.append("reaction.cast", "contribution:12", "Jeannot", choice="agree")
    log.receive(346, "Jeannot", parent="contribution:12")
    log.results["ballot:7"] = totals(1, a=1, b=0, c=0)
    return log


def empty() -> Operator:
    return Operator()


def unknown_types() -> Consultation:
    """Of a later version: hashed, and not interpreted. One of its texts is published, the other is not."""
    log = Consultation()
    answer = log.append("response.cast", "question:1", "Fanny", {"answer": "Oui.", "other": "Non."}, section=3)
    log.unpublish(answer, "other")
    log.append("draw.held", seed="a" * 64)
    return log


HONEST = [
    *(single, approval, points, ranking, tied_ranking, circular_ranking, unfinished_ranking, ranking_without_votes),
    *(judgment, judgment_by_gauge, judgment_of_an_even_number, hidden_and_open, hidden_and_closed, hidden_by_points),
    *(hidden_with_few_voters, small, small_after_an_exclusion, small_with_four_voters, small_without_votes),
    *(changed_ballot, two_ballots, twenty_changes, moderated_afterwards, moderated_beforehand, withdrawn_and_erased),
    *(key_destroyed, reviewed, clock_gone_back, site_log, successor, empty, unknown_types),
]


@pytest.mark.parametrize("log", HONEST, ids=lambda function: function.__name__)
def test_an_honest_log_is_found_right(verify, log):
    assert verify(log()).problems == []


def test_the_report_says_what_was_found(verify):
    log = single()

    said = verify(log).text

    assert f"Registre demo.local/registre/kiosque : {len(log.entries)} entrées." in said
    assert "  vote.cast : 7\n" in said
    assert "Scrutin ballot:7 (choix unique) : 4 votants, recomptés." in said
    assert "  Vote blanc : 1\n  Projet A (a) : 2\n" in said


def test_the_report_gives_the_digest_of_each_version_of_a_document(verify):
    text = verify(reviewed()).text

    assert f"Document activity:12, version 3 : SHA-256 {'d' * 64}." in text.replace("\u00a0", " ")


def test_the_report_says_the_three_limits(verify):
    said = verify(single()).text

    assert "un compte est une seule personne" in said
    assert "chaque personne était libre" in said
    assert "l’ordre des entrées peut laisser deviner" in said


def test_the_report_gives_the_order_of_a_ranking(verify):
    assert "  Ordre : e > a > c > b > d" in verify(ranking()).lines
    assert "  Ordre : b = d > a = c" in verify(tied_ranking()).lines


def test_a_small_ballot_is_said_not_to_be_countable_again(verify):
    said = verify(small()).text

    assert "5 votants, recomptés ; scrutin non recomptable" in said
    assert "Totaux tels que le site les déclare :\n  Vote blanc : 1\n  Projet A (a) : 2" in said


def test_a_small_ballot_of_four_voters_shows_no_totals(verify):
    said = verify(small_with_four_voters()).text

    assert "Ses totaux ne sont pas publiés." in said
    assert "Projet A" not in said


def test_types_of_later_versions_are_listed_as_not_interpreted(verify):
    assert any(
        "non interprétés" in line and "draw.held, response.cast" in line for line in verify(unknown_types()).lines
    )


def test_numbers_that_the_log_cannot_count_again_are_said_to_be_taken_as_they_are(verify):
    assert any("repris tels quels" in line and "site.accounts" in line for line in verify(site_log()).lines)


def test_a_ballot_closed_early_is_told_without_being_a_fault(verify):
    log = Consultation()
    log.open_ballot(closes="2026-11-25T12:00Z")
    log.close_ballot(totals(0, a=0, b=0, c=0))

    verdict = verify(log)

    assert verdict.problems == []
    assert "avant la date annoncée (2026-11-25T12:00Z)" in verdict.text


def test_labels_cannot_pass_for_lines_of_the_report(verify):
    log = Consultation()
    log.open_ballot(labels={"a": "Oui\nCONFORME", "b": "\x1b[2J\u202eNon", "c": "Peut-être\u00a0?"})
    log.results["ballot:7"] = totals(0, a=0, b=0, c=0)

    verdict = verify(log)

    assert "  Oui CONFORME (a) : 0" in verdict.lines
    assert "  �[2J�Non (b) : 0" in verdict.lines
    assert "  Peut-être ? (c) : 0" in verdict.lines


def test_what_cannot_be_seen_is_an_account_that_the_operator_made_up(verify):
    """The record proves that nothing changed since; not who stands behind a pseudonym. The report says so."""
    log = Consultation()
    log.open_ballot()
    log.vote("Mireille", "a")
    for number in range(50):
        log.vote(f"Personne qui n’existe pas {number}", "b")
    log.results["ballot:7"] = totals(51, a=1, b=50, c=0)

    verdict = verify(log)

    assert verdict.status == 0
    assert "un compte est une seule personne" in verdict.text


# ── What a dishonest operator would do ───────────────────────────────────────────────────────────────────────────────


def consultation() -> Consultation:
    """A forum and a ballot of three voters, closed."""
    log = Consultation()
    log.open_forum()
    log.receive(345)
    log.open_ballot(closes="2026-11-22T15:00Z")
    log.votes(["a", "b", "b"])
    log.ts = "2026-11-22T15:00Z"
    log.close_ballot(totals(3, a=1, b=2, c=0))
    return log


FIRST_VOTE, SECOND_VOTE, CLOSING, COUNT = 5, 6, 8, 9
RECEIVED = 2


def a_vote_flipped(log):
    log.rewrite_data(SECOND_VOTE, choice="a")
    recount(log, a=2, b=1)


def a_vote_removed(log):
    log.remove(FIRST_VOTE)
    log.rewrite_data(COUNT - 1, size=COUNT - 1)
    recount(log, COUNT - 1, voters=2, a=0, b=2)


def a_vote_inserted_in_the_past(log):
    inserted = canonical(
        json.loads(log.entries[SECOND_VOTE]) | {"who": tag("Personne"), "data": {"choice": "a", "version": 1}}
    )
    log.entries.insert(SECOND_VOTE, inserted)
    for seq in range(SECOND_VOTE, len(log.entries)):
        log.rewrite(seq, seq=seq)
    log.rewrite_data(COUNT + 1, size=COUNT + 1)
    recount(log, COUNT + 1, voters=4, a=2, b=2)


def a_text_changed(log):
    """The message, and its commitment with it."""
    log.unpublish(RECEIVED)
    texts = {"title": "Un kiosque !", "body": "Nulle part."}
    log.rewrite_data(RECEIVED, commit={name: log.commit(RECEIVED, name, words) for name, words in texts.items()})


def the_question_changed(log):
    """After the votes, without saying so."""
    row = next(row for row in log.openings if row["field"] == "question")
    log.openings.remove(row)
    commit = json.loads(log.entries[row["seq"]])["data"]["commit"]
    commit["question"] = log.commit(row["seq"], "question", "Faut-il un parking ?")
    log.rewrite_data(row["seq"], commit=commit)


def the_log_shortened(log):
    del log.entries[-2:]
    log.results["ballot:7"] = totals(3, a=1, b=2, c=0)


def the_last_vote_cut(log):
    del log.entries[CLOSING - 1 :]
    log.results["ballot:7"] = totals(2, a=1, b=1, c=0)


def another_key(log):
    log.key = forge.ANOTHER
    log.rewrite_data(0, key=log.verification_key())


def recount(log, seq=COUNT, *, voters=3, **by_key):
    result = totals(voters, **by_key, c=0)
    log.results["ballot:7"] = result
    log.rewrite_data(seq, objects={"ballot:7": result})


REWRITINGS = [
    *(a_vote_flipped, a_vote_removed, a_vote_inserted_in_the_past, a_text_changed, the_question_changed),
    *(the_log_shortened, the_last_vote_cut, another_key),
]


@pytest.mark.parametrize("tampering", REWRITINGS, ids=lambda function: function.__name__)
def test_a_log_rewritten_and_signed_anew_is_seen_by_whoever_kept_a_checkpoint(verify, tmp_path, tampering):
    log = consultation()
    kept = tmp_path / "ancien"
    kept.write_text(log.checkpoint())

    tampering(log)

    assert verify(log).status == 0, "the operator left a trace: the test would prove nothing"
    assert verify(log, "--since", kept).status == 1


@pytest.mark.parametrize("tampering", REWRITINGS, ids=lambda function: function.__name__)
def test_a_log_rewritten_and_not_signed_anew_is_seen_by_everybody(verify, tampering):
    log = consultation()
    published = log.checkpoint().encode()

    tampering(log)

    assert verify(log, checkpoint=published).status == 1


@pytest.mark.parametrize("tampering", [a_vote_flipped, a_vote_removed, another_key], ids=lambda f: f.__name__)
def test_a_log_rewritten_is_seen_by_whoever_kept_a_receipt(verify, tmp_path, tampering):
    log = consultation()
    kept = tmp_path / "reçu.json"
    kept.write_text(json.dumps(log.receipt(SECOND_VOTE, SECOND_VOTE + 1)))

    tampering(log)

    assert verify(log, "--receipt", kept).status == 1


def test_another_key_is_seen_by_whoever_knows_the_right_one(verify):
    log = consultation()
    right = log.verification_key()
    another_key(log)

    assert "ce n’est pas celle que vous avez donnée" in verify(log, "--key", right).problems[0]


def test_an_honest_log_is_right_with_everything_that_one_kept(verify, tmp_path):
    log = consultation()
    checkpoint, receipt = tmp_path / "ancien", tmp_path / "reçu.json"
    checkpoint.write_text(log.checkpoint(6))
    receipt.write_text(json.dumps(log.receipt(RECEIVED, 7)))

    verdict = verify(log, "--key", log.verification_key(), "--since", checkpoint, "--receipt", receipt)

    assert verdict.problems == []
    assert "L’entrée 2 est celle de votre reçu." in verdict.lines


def test_a_line_that_is_cut_is_seen(verify):
    whole = consultation().files()["entries.ndjson"]

    for end in (len(whole) - 2, len(whole) - 150):
        assert verify(consultation(), entries=whole[:end]).status == 1


def test_every_byte_of_every_entry_counts(verify, signatures_are_right):
    """Whatever bit is turned, in any entry, the verdict changes and nothing breaks."""
    log = consultation()
    whole = log.files()["entries.ndjson"]
    chance = random.Random(9162)

    for _ in range(120):
        place, bit = chance.randrange(len(whole) - 1), 1 << chance.randrange(8)
        altered = bytearray(whole)
        altered[place] ^= bit
        assert verify(log, entries=bytes(altered)).status == 1


# ── Rules, one by one. Each log is signed anew: only the rule is broken ──────────────────────────────────────────────


BROKEN = []


def says(fragment: str):
    """What the report must say, and nothing else, of the log that a function makes."""

    def register(function):
        BROKEN.append(pytest.param(function, fragment, id=function.__name__))
        return function

    return register


def ballot(**options) -> Consultation:
    """An open ballot where Mireille has voted."""
    log = Consultation()
    log.open_ballot(**options)
    log.vote("Mireille", "a", version=options.get("version", 1))
    log.results["ballot:7"] = totals(1, a=1, b=0, c=0)
    return log


def forum() -> Consultation:
    """An open forum with Mireille's message."""
    log = Consultation()
    log.open_forum()
    log.receive(345)
    return log


# The envelope


@says("sa version n’est pas 1")
def an_entry_of_another_version():
    log = Consultation()
    log.rewrite(0, v=2)
    return log


@says("sa version n’est pas 1")
def an_entry_whose_version_is_true():
    log = Consultation()
    log.rewrite(0, v=True)
    return log


@says("l’origine d’un autre registre")
def an_entry_of_another_log():
    log = Consultation()
    log.rewrite(0, log="demo.local/registre/marche")
    return log


@says("l’entrée 1 manque")
def a_number_that_is_skipped():
    log = Consultation()
    log.append("rules.changed", rules="registre/v2")
    log.rewrite(1, seq=2)
    return log


@says("ce numéro a déjà servi")
def a_number_used_twice():
    log = Consultation()
    log.append("rules.changed", rules="registre/v2")
    log.rewrite(1, seq=0)
    return log


@says("elle n’a pas la forme d’une entrée")
def a_key_that_entries_do_not_have():
    log = Consultation()
    log.rewrite(0, note="bonjour")
    return log


@says("son type manque")
def an_entry_without_a_type():
    log = Consultation()
    log.rewrite(0, type=None)
    return log


@says("« data » n’est pas un objet")
def data_that_is_not_an_object():
    log = Consultation()
    log.rewrite(0, data=[1])
    return log


@says("elle est datée d’avant la précédente")
def an_entry_dated_before_the_previous_one():
    log = Consultation()
    log.ts = "2026-11-22T13:59Z"
    log.append("rules.changed", rules="registre/v2")
    return log


@says("sa date n’a pas la forme prévue pour ce type")
def a_vote_dated_to_the_minute():
    log = ballot()
    log.rewrite(2, ts="2026-11-22T14:05Z")
    log.results["ballot:7"] = totals(0, a=0, b=0, c=0)
    return log


@says("sa date n’a pas la forme prévue pour ce type")
def a_reaction_dated_to_the_minute():
    log = forum()
    log.append("reaction.cast", "contribution:345", "Jeannot", choice="agree")
    log.rewrite(4, ts="2026-11-22T14:05Z")
    return log


@says("sa date n’a pas la forme prévue pour ce type")
def anything_else_dated_to_the_hour():
    log = Consultation()
    log.rewrite(0, ts="2026-11-22T14Z")
    return log


@says("sa date n’a pas la forme prévue")
def a_day_that_does_not_exist():
    log = Consultation()
    log.rewrite(0, ts="2026-02-30T14:05Z")
    return log


@says("sa date n’a pas la forme prévue")
def an_entry_of_an_unknown_type_without_a_date():
    log = unknown_types()
    log.rewrite(2, ts="bientôt")
    return log


@says("il manque le pseudonyme")
def a_reaction_of_nobody():
    log = forum()
    log.append("reaction.cast", "contribution:345", choice="agree")
    return log


@says("il manque le pseudonyme")
def a_pseudonym_in_capitals():
    log = forum()
    log.append("reaction.cast", "contribution:345", "Jeannot", choice="agree")
    log.rewrite(4, who="AB" * 16)
    return log


@says("un pseudonyme n’a pas sa place ici")
def an_exclusion_that_names_the_person():
    log = ballot()
    log.append("vote.excluded", "ballot:7", "Mireille", target=2, reason="duplicate")
    return log


@pytest.mark.parametrize(
    ("type", "obj", "data"),
    [
        ("contribution.published", "contribution:345", {"target": 2}),
        ("contribution.refused", "contribution:345", {"target": 2, "reason": "insult"}),
        ("opening.restored", "", {"target": 2, "fields": ["body"], "reason": "x", "origin": "court"}),
        ("activity.closed", "activity:3", {}),
        ("answer.published", "contribution:345", {"outcome": "retained"}),
        ("participation.count", "activity:3", {"participants": 2}),
        ("log.closed", "", {}),
    ],
)
def test_only_what_participants_do_holds_a_pseudonym(verify, type, obj, data):
    log = forum()
    log.append(type, obj, "Mireille", **data)

    problems = verify(log).problems

    assert len(problems) == 1
    assert "un pseudonyme n’a pas sa place ici" in problems[0]


@says("« obj » ne nomme pas ce dont il s’agit")
def a_vote_about_a_contribution():
    log = ballot()
    log.append("vote.cast", "contribution:7", "Jeannot", choice="a", version=1)
    return log


@says("« obj » ne nomme pas ce dont il s’agit")
def a_reaction_about_a_ballot():
    log = forum()
    log.append("reaction.cast", "ballot:345", "Jeannot", choice="agree")
    return log


@says("« obj » n’a pas la forme prévue")
def an_object_that_is_none():
    log = Consultation()
    log.append("decision.published", "décision:1")
    return log


# Activities


@says("un registre ne s’ouvre qu’une fois")
def a_log_opened_twice():
    log = Consultation()
    log.append("log.opened", rules="registre/v1")
    return log


@says("seul un registre « …~2 », à son début, en prolonge un autre")
def a_log_that_says_it_continues_another_to_be_believed():
    log = Consultation()
    log.append("log.reopened", checkpoint="…")
    return log


@says("seul un registre « …~2 », à son début, en prolonge un autre")
def a_log_that_continues_another_too_late():
    log = successor()
    log.append("log.reopened", checkpoint="…")
    return log


@says("cette activité a déjà été ouverte")
def an_activity_opened_twice():
    log = forum()
    log.open_forum()
    return log


@says("cette activité n’a pas été ouverte")
def an_activity_closed_without_being_open():
    log = Consultation()
    log.append("activity.closed", "activity:3")
    return log


@says("cette activité est déjà close")
def an_activity_closed_twice():
    log = forum()
    log.append("activity.closed", "activity:3")
    log.append("activity.closed", "activity:3")
    return log


@says("cette activité a déjà été ouverte")
def an_activity_opened_again_after_its_closing():
    log = forum()
    log.append("activity.closed", "activity:3")
    log.open_forum()
    return log


@says("l’activité est close")
def an_activity_extended_after_its_closing():
    log = forum()
    log.append("activity.closed", "activity:3")
    log.append("activity.changed", "activity:3", kind="forum", opens=None, closes="2026-12-01T00:00Z")
    return log


@says("l’activité devait être close depuis le 2026-11-22T14:30Z")
def an_activity_extended_after_its_date():
    log = Consultation()
    log.open_forum(closes="2026-11-22T14:30Z")
    log.ts = "2026-11-22T15:00Z"
    log.append("activity.changed", "activity:3", kind="forum", opens=None, closes="2026-12-01T00:00Z")
    return log


@says("« closes » n’est ni une date à la minute, ni null")
def a_closing_date_to_the_second():
    log = Consultation()
    log.open_forum(closes="2026-11-22T14:30:00Z")
    return log


@says("« opens » n’est ni une date à la minute, ni null")
def an_opening_date_that_is_missing():
    log = Consultation()
    log.append("activity.opened", "activity:3", kind="forum", closes=None)
    return log


@says("« kind » et « obj » ne s’accordent pas")
def a_ballot_said_to_be_a_forum():
    log = Consultation()
    log.open_ballot(kind="forum")
    return log


@says("« kind » et « obj » ne s’accordent pas")
def a_forum_said_to_be_a_ballot():
    log = Consultation()
    log.open_forum(kind="ballot")
    return log


@says("un changement doit répéter tout")
def a_change_that_leaves_something_out():
    log = Consultation()
    log.open_ballot(method="points", choices="a b c", points=3, territory="04070")
    log.change_ballot(method="points", points=3)
    log.results["ballot:7"] = totals(0, 0, "points", a=0, b=0, c=0)
    return log


@says("un changement doit répéter tout")
def a_change_without_the_question():
    log = Consultation()
    log.open_ballot()
    changed = log.change_ballot()
    commit = json.loads(log.entries[changed])["data"]["commit"]
    del commit["question"]
    log.rewrite_data(changed, commit=commit)
    log.unpublish(changed, "question")
    log.results["ballot:7"] = totals(0, a=0, b=0, c=0)
    return log


@says("le numéro de version devait être 2")
def a_change_that_skips_a_version():
    log = ballot()
    log.change_ballot(version=3)
    return log


@says("le numéro de version devait être 1")
def a_ballot_opened_at_its_second_version():
    log = Consultation()
    log.open_ballot(version=2)
    return log


@says("le numéro de version devait être 2")
def a_forum_that_counts_its_versions_badly():
    log = Consultation()
    log.open_forum(version=1)
    log.append("activity.changed", "activity:3", kind="forum", opens=None, closes=None, version=1)
    return log


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"method": "approval"}),
        ({}, {"choices": "a b"}),
        ({}, {"choices": "a b c d"}),
        ({}, {"choices": "b a c"}),
        ({"grades": 4}, {"grades": 5}),
        ({"points": 4}, {"points": 5}),
        ({}, {"results": "hidden"}),
    ],
)
@pytest.mark.parametrize("voted", [True, False])
def test_what_a_vote_is_about_changes_only_before_the_first_vote(verify, before, after, voted):
    log = Consultation()
    log.open_ballot(**before)
    if voted:
        log.vote("Mireille", "a")
        log.vote("Mireille", verb="withdrawn")
    log.change_ballot(**before | after)
    left = {"method": "single", "choices": "a b c"} | (after if not voted else {})
    log.results["ballot:7"] = totals(0, 0, left["method"], **dict.fromkeys(left["choices"].split(), 0))
    if after.get("results") and not voted:
        log.results["ballot:7"] = {"method": "single", "voters": 0}

    problems = verify(log).problems

    assert len(problems) == voted
    assert all("ne changent plus après le premier vote" in problem for problem in problems)


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ({"method": "lottery"}, "la méthode de vote n’existe pas"),
        ({"results": "secret"}, "« results » n’est ni"),
        ({"choices": ""}, "de un à trente choix"),
        ({"choices": " ".join(f"c{number}" for number in range(31))}, "de un à trente choix"),
        ({"choices": "a B"}, "une clé de choix"),
        ({"choices": "a neufcarac"}, "une clé de choix"),
        ({"choices": "a blank"}, "une clé de choix"),
        ({"choices": "a a"}, "un choix est répété"),
        ({"method": "judgment"}, "le nombre de mentions manque"),
        ({"method": "judgment", "grades": True}, "le nombre de mentions manque"),
        ({"method": "judgment", "grades": 2**52}, "le nombre de mentions manque"),
        ({"method": "points"}, "le nombre de points manque"),
        ({"method": "points", "points": 0}, "le nombre de points manque"),
        ({"version": None}, "le numéro de version manque"),
        ({"labels": {"a": "Oui", "b": "Non"}}, "les libellés ne sont pas ceux des choix"),
        ({"labels": {"a": 1, "b": 2, "c": 3}}, "les libellés ne sont pas ceux des choix"),
    ],
)
def test_a_ballot_that_cannot_be_is_seen_at_its_opening(verify, options, fragment):
    log = Consultation()
    log.open_ballot(**options)

    problems = verify(log).problems

    assert len(problems) == 1
    assert fragment in problems[0]


@says("la question ou les libellés manquent")
def a_ballot_without_a_question():
    log = Consultation()
    log.open_ballot()
    commit = json.loads(log.entries[1])["data"]["commit"]
    log.rewrite_data(1, commit={"labels": commit["labels"]})
    log.unpublish(1, "question")
    return log


@says("l’écriture n’est pas canonique")
def labels_that_are_not_canonical():
    log = Consultation()
    log.append(
        "activity.opened",
        "ballot:7",
        texts={"question": "Un kiosque ?", "labels": '{"a": "Oui", "b": "Non"}'},
        **{"kind": "ballot", "opens": None, "closes": None, "method": "single", "choices": ["a", "b"]},
        **{"results": "live", "version": 1},
    )
    return log


@pytest.mark.parametrize(
    ("type", "obj", "who", "data"),
    [
        ("vote.cast", "ballot:7", "Jeannot", {"choice": "a", "version": 1}),
        ("vote.changed", "ballot:7", "Mireille", {"choice": "b", "version": 1}),
        ("vote.withdrawn", "ballot:7", "Mireille", {"version": 1}),
        ("reaction.cast", "contribution:345", "Jeannot", {"choice": "agree"}),
        ("contribution.received", "contribution:9", "Fanny", {"activity": "activity:3", "parent": None}),
        ("contribution.edited", "contribution:345", "Mireille", {}),
    ],
)
@pytest.mark.parametrize("how", ["closed", "late", "ended"])
def test_participation_stops_at_the_closing(verify, type, obj, who, data, how):
    log = Consultation()
    log.open_forum(closes="2026-11-22T14:30Z")
    log.receive(345)
    log.open_ballot(closes="2026-11-22T14:30Z")
    log.vote("Mireille", "a")
    log.results["ballot:7"] = totals(1, a=1, b=0, c=0)
    if how == "closed":
        log.append("activity.closed", "activity:3")
        log.close_ballot(totals(1, a=1, b=0, c=0))
    elif how == "ended":
        log.append("log.closed")
    else:
        log.ts = "2026-11-22T15:00Z"
    texts = {"title": "Un banc", "body": "Là."} if type.startswith("contribution") else None
    log.append(type, obj, who, texts, **data)

    problems = verify(log).problems

    assert len(problems) == 1
    expected = {"closed": "l’activité est close", "late": "devait être close", "ended": "le registre est clos"}
    assert expected[how] in problems[0]


@says("le registre est clos à la participation")
def an_activity_opened_after_the_end():
    log = Consultation()
    log.append("log.closed")
    log.open_forum()
    return log


@says("le registre est déjà clos")
def a_log_closed_twice():
    log = Consultation()
    log.append("log.closed")
    log.append("log.closed")
    return log


@says("ne se détruit qu’après la clôture")
def a_key_destroyed_before_the_end():
    log = Consultation()
    log.append("log.key_destroyed")
    return log


@says("la clé des pseudonymes est déjà détruite")
def a_key_destroyed_twice():
    log = Consultation()
    for type in ("log.closed", "log.key_destroyed", "log.key_destroyed"):
        log.append(type)
    return log


# Votes


@says("ce scrutin n’a pas été ouvert")
def a_vote_in_a_ballot_that_is_not_open():
    log = Consultation()
    log.vote("Mireille", "a")
    return log


@says("elle ne peut que la changer")
def a_double_vote():
    log = ballot()
    log.vote("Mireille", "b")
    return log


@pytest.mark.parametrize("verb", ["changed", "withdrawn"])
@pytest.mark.parametrize("after", ["nothing", "a withdrawal"])
def test_a_vote_that_is_not_there_is_neither_changed_nor_withdrawn(verify, verb, after):
    log = ballot()
    who = "Jeannot"
    if after == "a withdrawal":
        who = "Mireille"
        log.vote("Mireille", verb="withdrawn")
        log.results["ballot:7"] = totals(0, a=0, b=0, c=0)
    log.vote(who, "b" if verb == "changed" else None, verb)

    problems = verify(log).problems

    assert len(problems) == 1
    assert "cette personne n’a pas de voix en cours" in problems[0]


@says("cette personne a changé plus de 20 fois")
def a_twenty_first_change():
    log = ballot()
    for _ in range(21):
        log.vote("Mireille", "a", "changed")
    return log


@says("cette personne a changé plus de 20 fois")
def a_vote_cast_again_after_twenty_changes():
    log = twenty_changes()
    log.vote("Mireille", "b")
    return log


@says("cette personne a été exclue du scrutin")
def somebody_excluded_who_votes_again():
    log = ballot()
    log.append("vote.excluded", "ballot:7", target=2, reason="duplicate")
    log.vote("Mireille", "a")
    log.results["ballot:7"] = totals(0, a=0, b=0, c=0)
    return log


@says("cette personne est déjà exclue")
def somebody_excluded_twice():
    log = ballot()
    log.append("vote.excluded", "ballot:7", target=2, reason="duplicate")
    log.append("vote.excluded", "ballot:7", target=2, reason="duplicate")
    log.results["ballot:7"] = totals(0, a=0, b=0, c=0)
    return log


@says("« target » n’est pas le dernier vote d’une personne")
def an_exclusion_that_targets_a_replaced_vote():
    log = ballot()
    log.vote("Mireille", "a", "changed")
    log.append("vote.excluded", "ballot:7", target=2, reason="duplicate")
    return log


@says("« reason » n’est pas un code")
def an_exclusion_with_a_sentence_for_a_reason():
    log = ballot()
    log.append("vote.excluded", "ballot:7", target=2, reason="Deux comptes pour une personne.")
    return log


@says("ce n’est pas la version du scrutin à ce moment")
def a_vote_for_a_version_that_is_past():
    log = ballot()
    log.change_ballot()
    log.vote("Jeannot", "b", version=1)
    return log


@says("ce n’est pas la version du scrutin à ce moment")
def a_vote_without_a_version():
    log = ballot()
    log.append("vote.cast", "ballot:7", "Jeannot", choice="b")
    return log


@says("le choix manque")
def a_vote_without_a_choice():
    log = ballot()
    log.append("vote.cast", "ballot:7", "Jeannot", version=1)
    return log


@says("le choix d’un scrutin caché est engagé, celui des autres est en clair")
def a_choice_in_clear_in_a_hidden_ballot():
    log = Consultation()
    log.open_ballot(results="hidden")
    log.append("vote.cast", "ballot:7", "Jeannot", choice="a", version=1)
    log.results["ballot:7"] = {"method": "single", "voters": 0}
    return log


@says("le choix d’un scrutin caché est engagé, celui des autres est en clair")
def a_sealed_choice_in_a_live_ballot():
    log = ballot()
    log.append("vote.cast", "ballot:7", "Jeannot", {"choice": '"a"'}, version=1)
    return log


@says("est écrit en clair en plus d’être engagé")
def a_choice_both_sealed_and_in_clear():
    log = Consultation()
    log.open_ballot(results="hidden")
    log.append("vote.cast", "ballot:7", "Jeannot", {"choice": '"a"'}, choice="a", version=1)
    log.openings.pop()
    log.results["ballot:7"] = {"method": "single", "voters": 0}
    return log


@pytest.mark.parametrize(
    ("method", "choice"),
    [
        *[("single", choice) for choice in ["d", ["a"], {"a": 1}, 1, None, True, ""]],
        *[("approval", choice) for choice in ["a", [], ["d"], ["b", "a"], ["a", "a"], [["a"]], {"a": 1}]],
        *[("ranking", choice) for choice in ["a", [], ["d"], ["a", "a"], [1], {"a": 1}]],
        *[
            ("judgment", choice)
            for choice in ["a", {}, {"a": 0, "b": 0}, {"a": 0, "b": 0, "c": 4}, {"a": 0, "b": 0, "c": -1}]
        ],
        *[("judgment", choice) for choice in [{"a": 0, "b": 0, "c": True}, {"a": 0, "b": 0, "c": 0, "d": 0}, ["a"]]],
        *[("points", choice) for choice in ["a", {}, {"a": 11}, {"a": 6, "b": 5}, {"a": -1}, {"d": 1}, {"a": True}]],
    ],
)
def test_a_choice_that_the_method_does_not_have_is_seen(verify, method, choice):
    log = Consultation()
    log.open_ballot(method=method, grades=4, points=10)
    log.append("vote.cast", "ballot:7", "Jeannot", choice=choice, version=1)

    problems = verify(log).problems

    assert "ce choix n’est pas possible dans ce scrutin" in problems[0]


# Reactions and contributions


@says("aucune contribution contribution:9 n’a été reçue")
def a_reaction_to_nothing():
    log = forum()
    log.append("reaction.cast", "contribution:9", "Jeannot", choice="agree")
    return log


@says("cet avis n’existe pas")
def a_reaction_that_does_not_exist():
    log = forum()
    log.append("reaction.cast", "contribution:345", "Jeannot", choice="love")
    return log


@says("elle ne peut que la changer")
def a_double_reaction():
    log = forum()
    log.append("reaction.cast", "contribution:345", "Jeannot", choice="agree")
    log.append("reaction.cast", "contribution:345", "Jeannot", choice="agree")
    return log


@says("cette personne n’a pas de voix en cours")
def a_reaction_changed_before_it_is_given():
    log = forum()
    log.append("reaction.changed", "contribution:345", "Jeannot", choice="agree")
    return log


@says("cette personne a changé plus de 20 fois")
def a_reaction_changed_too_often():
    log = forum()
    log.append("reaction.cast", "contribution:345", "Jeannot", choice="agree")
    for _ in range(21):
        log.append("reaction.changed", "contribution:345", "Jeannot", choice="nuance")
    return log


@says("cette contribution a déjà été reçue")
def a_contribution_received_twice():
    log = forum()
    log.receive(345, then="")
    return log


@says("son activité n’a pas été ouverte")
def a_contribution_to_nothing():
    log = Consultation()
    log.receive(345, then="")
    return log


@says("aucune contribution contribution:9 n’a été reçue")
def an_answer_to_nothing():
    log = forum()
    log.receive(346, parent="contribution:9", then="")
    return log


@says("« parent » n’est ni une contribution, ni null")
def a_contribution_that_says_nothing_of_its_parent():
    log = forum()
    log.append("contribution.received", "contribution:9", "Fanny", {"body": "Là."}, activity="activity:3")
    return log


@says("elle n’engage aucun texte")
def a_contribution_without_a_text():
    log = forum()
    log.append("contribution.received", "contribution:9", "Fanny", activity="activity:3", parent=None)
    return log


@says("ce n’est pas la version suivante du document")
def a_version_that_skips_one():
    log = Consultation()
    log.append("document.published", open_review(log), version=3, sha256="c" * 64, passages=7)
    return log


@says("ce n’est pas la version suivante du document")
def a_version_published_twice():
    log = Consultation()
    log.append("document.published", open_review(log), version=1, sha256="c" * 64, passages=7)
    return log


@says("l’empreinte du document manque")
def a_version_without_its_digest():
    log = Consultation()
    log.append("document.published", open_review(log), version=2, passages=7)
    return log


@says("cette activité n’a pas été ouverte")
def a_document_of_nothing():
    log = Consultation()
    log.append("document.published", "activity:99", version=1, sha256="c" * 64, passages=7)
    return log


@says("elle porte sur une version du document qui n’est pas publiée")
def a_remark_on_a_version_nobody_could_read():
    log = Consultation()
    obj = open_review(log)
    seq = log.append(
        "contribution.received",
        "contribution:345",
        "Mireille",
        {"body": "Un mois."},
        activity=obj,
        parent=None,
        version=2,
        passage=5,
    )
    assert seq
    return log


@pytest.mark.parametrize("verb", ["published", "refused", "edited", "withdrawn"])
def test_nothing_is_done_with_a_contribution_that_was_not_received(verify, verb):
    log = forum()
    who = "Fanny" if verb in ("edited", "withdrawn") else ""
    texts = {"body": "Là."} if verb == "edited" else None
    log.append(f"contribution.{verb}", "contribution:9", who, texts, target=2, reason="insult")

    problems = verify(log).problems

    assert len(problems) == 1
    assert "aucune contribution contribution:9 n’a été reçue" in problems[0]


@says("cette personne n’est pas l’auteur de la contribution")
def a_contribution_edited_by_somebody_else():
    log = forum()
    log.withhold(2, "title", "body")
    log.edit(345, "Jeannot")
    return log


@says("cette personne n’est pas l’auteur de la contribution")
def a_contribution_withdrawn_by_somebody_else():
    log = forum()
    log.append("contribution.withdrawn", "contribution:345", "Jeannot")
    return log


@says("une modification doit répéter tous les textes")
def an_edit_without_the_title():
    log = forum()
    log.append("contribution.edited", "contribution:345", "Mireille", {"body": "Là."})
    return log


@pytest.mark.parametrize("target", [1, 3, 99, -1, None, "2", True])
def test_a_decision_is_about_a_text_of_its_contribution(verify, target):
    log = forum()
    log.append("contribution.published", "contribution:345", target=target)

    problems = verify(log).problems

    assert len(problems) == 1
    assert "« target » n’est pas un texte de cette contribution" in problems[0]


@says("« reason » n’est pas un code")
def a_refusal_without_a_reason():
    log = forum()
    log.append("contribution.refused", "contribution:345", target=2)
    return log


@says("son texte n’est pas retenu")
def a_withdrawn_contribution_that_stays_shown():
    log = forum()
    log.append("contribution.withdrawn", "contribution:345", "Mireille")
    return log


@says("un texte remplacé doit être retenu")
def a_replaced_text_that_stays_shown():
    log = forum()
    log.edit(345)
    return log


# Texts


@says("le texte publié n’est pas celui qui a été déposé (body)")
def a_text_that_is_not_the_one_filed():
    log = forum()
    log.opened_of(2)[1]["value"] = "Nulle part."
    return log


@says("le texte publié n’est pas celui qui a été déposé (question)")
def a_question_that_is_not_the_one_asked():
    log = ballot()
    log.opened_of(1)[0]["value"] = "Faut-il un parking ?"
    return log


@says("Le texte de l’entrée 2 (body) manque, et le registre ne dit pas pourquoi")
def a_text_that_vanished():
    log = forum()
    log.unpublish(2, "body")
    return log


@says("Le texte de l’entrée 1 (question) manque")
def a_question_that_vanished():
    log = ballot()
    log.unpublish(1, "question")
    return log


@says("Le texte de l’entrée 2 (title) manque")
def a_text_that_was_restored_and_is_not_there():
    log = forum()
    log.withhold(2, "title")
    log.restore(2, "title", texts=[])
    return log


@says("Le texte de l’entrée 2 (body) est publié alors qu’il est retenu")
def a_withheld_text_that_is_published():
    log = forum()
    log.withhold(2, "body", keep=True)
    return log


@says("Le texte de l’entrée 2 (body) est publié alors qu’il est effacé")
def an_erased_text_that_is_published():
    log = forum()
    log.append("opening.erased", target=2, fields=["body"], ground="request")
    return log


@says("Le texte de l’entrée 2 (choice) est publié alors qu’il est scellé jusqu’à la clôture")
def a_hidden_choice_published_before_the_closing():
    log = Consultation()
    log.open_ballot(results="hidden")
    log.vote("Mireille", "a")
    log.openings += log.sealed["ballot:7"]
    log.results["ballot:7"] = {"method": "single", "voters": 1}
    return log


@says("Le texte de l’entrée 2 (choice) est publié alors qu’il est retenu")
def a_choice_of_a_small_ballot_that_is_published():
    log = small()
    log.openings.append(log.sealed["ballot:7"][0])
    return log


@says("Un texte est publié pour l’entrée 2 (wording), qui n’en dit rien")
def a_text_that_the_entry_does_not_have():
    log = forum()
    log.commit(2, "wording", "Bonjour.")
    return log


@says("Un texte est publié pour l’entrée 99 (body), qui n’en dit rien")
def a_text_of_an_entry_that_does_not_exist():
    log = forum()
    row = {"seq": 99, "field": "body", "salt": forge.base64(bytes(32)), "value": "Bonjour."}
    return log, {"openings": log.files()["openings.ndjson"] + canonical(row)}


@says("Ligne 3 de « openings.ndjson » : ce texte est publié deux fois")
def a_text_published_twice():
    log = forum()
    log.openings.append(log.openings[0])
    return log


@says("Un texte est publié pour l’entrée 1 (secret), qui n’en dit rien")
def a_text_that_an_unknown_type_does_not_have():
    log = unknown_types()
    log.commit(1, "secret", "Bonjour.")
    return log


@says("le texte publié n’est pas celui qui a été déposé (answer)")
def a_text_of_an_unknown_type_that_is_not_the_one_filed():
    log = unknown_types()
    log.openings[0]["value"] = "Peut-être."
    return log


@says("« commit » n’a pas la forme prévue")
def a_commitment_in_capitals():
    log = Consultation()
    log.append("decision.published", commit={"reason": "AB" * 32})
    return log


@pytest.mark.parametrize("type", ["opening.withheld", "opening.restored", "opening.erased"])
@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        ({"target": 0}, "l’entrée 0 n’a pas ces textes"),
        ({"target": 99}, "n’est pas le numéro d’une entrée précédente"),
        ({"target": "2"}, "n’est pas le numéro d’une entrée précédente"),
        ({"fields": ["wording"]}, "l’entrée 2 n’a pas ces textes"),
        ({"fields": [["body"]]}, "l’entrée 2 n’a pas ces textes"),
        ({"fields": []}, "« fields » manque"),
        ({"fields": "body"}, "« fields » manque"),
        ({"reason": "une phrase", "ground": "une phrase"}, "n’est pas un code"),
        ({"reason": None, "ground": None}, "n’est pas un code"),
    ],
)
def test_an_act_on_a_text_says_which_and_why(verify, type, data, fragment):
    log = forum()
    right = {"target": 2, "fields": ["body"], "reason": "insult", "ground": "request", "origin": "moderator"}
    log.append(type, **right | data)

    problems = verify(log).problems

    assert len(problems) == 1
    assert fragment in problems[0]


@says("l’origine de la décision n’est pas prévue")
def a_withholding_by_nobody():
    log = forum()
    log.append("opening.withheld", target=2, fields=["body"], reason="insult", origin="mayor")
    return log


@pytest.mark.parametrize("type", ["opening.withheld", "opening.restored", "opening.erased"])
def test_nothing_follows_an_erasure(verify, type):
    log = forum()
    log.append("opening.erased", target=2, fields=["body"], ground="request")
    log.unpublish(2, "body")
    log.append(type, target=2, fields=["body"], reason="insult", ground="request", origin="moderator")

    problems = verify(log).problems

    assert len(problems) == 1
    assert "un de ces textes a été effacé" in problems[0]


# Counts


@says("« results.json » : le résultat publié de ballot:7 n’est pas celui que donnent les votes")
def a_false_total_in_the_results():
    log = ballot()
    log.results["ballot:7"] = totals(1, a=0, b=1, c=0)
    return log


@says("le résultat publié de ballot:7 n’est pas celui que donnent les votes")
def a_false_total_at_the_closing():
    log = ballot()
    log.close_ballot(totals(2, a=2, b=0, c=0))
    log.results["ballot:7"] = totals(1, a=1, b=0, c=0)
    return log


@pytest.mark.parametrize(
    "result",
    [
        totals(1, a=1, b=0),
        totals(1, 1, a=1, b=0, c=0),
        totals(1, a=1, b=0, c=0) | {"turnout": 1},
        totals(1, a=True, b=0, c=0),
        {"method": "single", "voters": 1},
        totals(1, 0, "approval", a=1, b=0, c=0),
        None,
        [],
    ],
)
def test_a_result_is_exactly_what_the_votes_give(verify, result):
    log = ballot()
    log.results["ballot:7"] = result

    assert len(verify(log).problems) == 1


@pytest.mark.parametrize(
    ("log", "wrong"),
    [
        (ranking, {"order": [["e"], ["a"], ["c"], ["d"], ["b"]]}),
        (tied_ranking, {"order": [["b"], ["d"], ["a"], ["c"]]}),
        (judgment, {"order": [["n"], ["k", "c"], ["m"]]}),
        (judgment, {"order": [["n"], ["k"], ["c"], ["m"]]}),
        (points, {"totals": {"a": 10, "b": 7, "c": 7}}),
        (approval, {"voters": 5}),
    ],
)
def test_a_false_order_or_total_is_seen_in_every_method(verify, log, wrong):
    log = log()
    log.results["ballot:7"] = log.results["ballot:7"] | wrong

    problems = verify(log).problems

    assert len(problems) == 1
    assert "n’est pas celui que donnent les votes" in problems[0]


@says("ce ne sont pas exactement les scrutins ouverts")
def a_ballot_left_out_of_the_results():
    log = ballot()
    log.results = {}
    return log


@says("ce ne sont pas exactement les scrutins ouverts")
def a_ballot_that_exists_only_in_the_results():
    log = ballot()
    log.results["ballot:8"] = totals(1000, a=1000)
    return log


@says("« results.json » : sa taille n’est pas 3")
def results_of_another_size():
    log = ballot()
    return log, {"results": canonical({"size": 2, "objects": log.results})}


@says("« results.json » : ce n’est pas un objet")
def results_that_are_a_list():
    return ballot(), {"results": b"[]"}


@says("le résultat publié de ballot:7 n’est pas celui que donnent les votes")
def totals_of_a_hidden_ballot_before_its_closing():
    log = hidden_and_open()
    log.results["ballot:7"] = totals(3, a=2, b=1, c=0)
    return log


@says("le décompte de ballot:7 devait être publié aussitôt")
def a_closing_without_a_count():
    log = ballot()
    log.append("activity.closed", "ballot:7")
    return log


@says("le décompte de ballot:7 devait être publié aussitôt")
def a_count_that_comes_late():
    log = ballot()
    log.append("activity.closed", "ballot:7")
    log.append("rules.changed", rules="registre/v2")
    log.publish_count(totals(1, a=1, b=0, c=0))
    return log


@says("le décompte de ballot:7 devait être publié aussitôt")
def an_exclusion_without_a_new_count():
    log = ballot()
    log.close_ballot(totals(1, a=1, b=0, c=0))
    log.append("vote.excluded", "ballot:7", target=2, reason="duplicate")
    log.results["ballot:7"] = totals(0, a=0, b=0, c=0)
    return log


@says("« size » n’est pas son numéro")
def a_count_of_another_size():
    log = ballot()
    log.close_ballot(totals(1, a=1, b=0, c=0))
    log.rewrite_data(4, size=3)
    return log


@says("il ne porte pas sur son seul scrutin")
def a_count_of_several_ballots():
    log = ballot()
    log.close_ballot(totals(1, a=1, b=0, c=0))
    log.rewrite_data(4, objects=log.results | {"ballot:8": {}})
    return log


# Small and hidden ballots


@says("les votes du petit scrutin ballot:7 devaient être retenus à sa clôture")
def a_small_ballot_that_keeps_a_vote_open():
    log = Consultation()
    log.open_ballot(results="small")
    log.vote("Mireille", "a")
    log.close_ballot({"method": "single", "voters": 1})
    return log


@says("les votes du petit scrutin ballot:7 devaient être retenus à sa clôture")
def a_hidden_ballot_of_twenty_nine_voters_that_is_opened():
    log = Consultation()
    log.open_ballot(results="hidden")
    log.votes(["a"] * 29)
    log.close_ballot(totals(29, a=29, b=0, c=0))
    return log


@says("d’un scrutin de moins de cinq votants n’est publié que leur nombre")
def totals_of_a_small_ballot_of_four_voters():
    log = Consultation()
    log.open_ballot(results="small")
    log.votes("aaab")
    log.close_ballot(totals(4, a=3, b=1, c=0), small=True)
    log.results["ballot:7"] = {"method": "single", "voters": 4}
    return log


@says("ce nombre doit être exact")
def a_false_number_of_voters_in_a_small_ballot():
    log = Consultation()
    log.open_ballot(results="small")
    log.votes("aaabb")
    log.close_ballot(totals(6, a=3, b=3, c=0), small=True)
    log.results["ballot:7"] = {"method": "single", "voters": 5}
    return log


@says("il n’a pas la forme prévue")
def a_small_ballot_without_its_totals():
    log = Consultation()
    log.open_ballot(results="small")
    log.votes("aaabb")
    log.close_ballot({"method": "single", "voters": 5}, small=True)
    return log


@says("« results.json » : le résultat publié de ballot:7")
def results_of_a_small_ballot_that_are_not_its_latest_count():
    log = small()
    log.results["ballot:7"] = totals(5, 1, a=1, b=2, c=1)
    return log


@says("un petit scrutin n’est décompté qu’à la clôture ou après une exclusion")
def a_small_ballot_counted_again_without_a_reason():
    log = small()
    log.publish_count(totals(5, 1, a=1, b=2, c=1))
    log.results["ballot:7"] = totals(5, 1, a=2, b=1, c=1)
    return log


@says("le motif « small » est réservé à la clôture d’un petit scrutin")
def a_text_withheld_as_if_it_were_a_small_ballot():
    log = forum()
    log.withhold(2, "body", reason="small", origin="rule", keep=True)
    return log


def test_a_large_hidden_ballot_cannot_be_withheld_from_the_count(verify):
    """Otherwise an operator would declare whatever totals they like."""
    log = Consultation()
    log.open_ballot(results="hidden")
    log.votes(["a"] * 30)
    log.close_ballot(totals(30, a=0, b=30, c=0), small=True)

    assert "le décompte de ballot:7 devait être publié aussitôt" in verify(log).problems[0]


def test_a_vote_that_counts_cannot_be_erased_from_the_count(verify):
    log = hidden_and_closed()
    log.append("opening.erased", target=3, fields=["choice"], ground="request")
    log.unpublish(3)

    assert verify(log).problems == ["ballot:7 ne peut pas être recompté : le choix de 1 vote compté n’est pas publié."]


def test_a_choice_that_stays_sealed_after_the_closing_is_seen(verify):
    log = hidden_and_closed()
    log.unpublish(5)

    problems = verify(log).problems

    assert "Le texte de l’entrée 5 (choice) manque, et le registre ne dit pas pourquoi." in problems
    assert "ballot:7 ne peut pas être recompté : le choix de 1 vote compté n’est pas publié." in problems


def test_a_small_ballot_with_many_voters_is_told_without_being_a_fault(verify):
    log = Consultation()
    log.open_ballot(results="small")
    log.votes(["a"] * 30)
    log.close_ballot(totals(30, a=30, b=0, c=0), small=True)

    verdict = verify(log)

    assert verdict.problems == []
    assert "ballot:7 est déclaré petit, et compte pourtant 30 votants." in verdict.text


@pytest.mark.parametrize(("log", "fragment"), BROKEN)
def test_a_rule_that_is_broken_is_said(verify, log, fragment):
    made = log()
    log, altered = made if isinstance(made, tuple) else (made, {})

    problems = verify(log, **altered).problems

    assert len(problems) == 1
    assert fragment in problems[0]


# ── What is kept: old checkpoints and receipts ───────────────────────────────────────────────────────────────────────


def note(log: Operator, **changed: str) -> bytes:
    """A checkpoint whose lines are changed, then signed by the operator."""
    origin, size, root = log.checkpoint().splitlines()[:3]
    lines = {"origin": origin, "size": size, "root": root} | changed
    return forge.sign("".join(f"{line}\n" for line in lines.values()), log.origin, log.key).encode()


@pytest.mark.parametrize(
    ("checkpoint", "fragment"),
    [
        (lambda log: log.checkpoint(3, forge.ANOTHER).encode(), "il n’est pas signé par la clé du registre"),
        (lambda log: note(log, origin="demo.local/registre/marche"), "autre registre"),
        (lambda log: note(log, size="99"), "annonce 99 entrées, et le registre publié n’en a que 10"),
        (lambda log: note(log, root=forge.base64(bytes(32))), "n’est pas celui des entrées publiées"),
        (lambda log: b"bonjour", "il n’a pas la forme attendue"),
        (lambda log: b"\xff", "ce n’est pas du texte"),
    ],
)
def test_an_old_checkpoint_that_does_not_fit_is_said(verify, tmp_path, checkpoint, fragment):
    log = consultation()
    kept = tmp_path / "ancien"
    kept.write_bytes(checkpoint(log))

    problems = verify(log, "--since", kept).problems

    assert fragment in problems[0]


@pytest.mark.parametrize("size", range(11))
def test_every_earlier_size_is_a_beginning_of_the_log(verify, tmp_path, size):
    log = consultation()
    checkpoint, receipt = tmp_path / "ancien", tmp_path / "reçu"
    checkpoint.write_text(log.checkpoint(size))
    receipt.write_text(json.dumps(log.receipt(max(size - 1, 0), size or 1)))

    assert verify(log, "--since", checkpoint, "--receipt", receipt).problems == []


def flipped(text: str) -> str:
    return forge.base64(bytes([text.encode()[0] ^ 1]) + bytes(31))


@pytest.mark.parametrize(
    ("changes", "fragment"),
    [
        ({"origin": "demo.local/registre/marche"}, "son origine est celle d’un autre registre"),
        ({"seq": 5}, "son chemin ne mène pas"),
        ({"seq": -1}, "« seq » n’est pas un numéro"),
        ({"seq": True}, "« seq » n’est pas un numéro"),
        ({"seq": 2**52}, "son chemin ne mène pas"),
        ({"entry": "{}"}, "son chemin ne mène pas"),
        ({"entry": "\ud800"}, "son chemin ne mène pas"),
        ({"entry": 3}, "il manque l’entrée"),
        ({"path": []}, "son chemin ne mène pas"),
        ({"path": [forge.base64(bytes(32))] * 70}, "son chemin ne mène pas"),
        ({"path": ["AAAA"]}, "32 octets"),
        ({"path": [4]}, "n’est pas en base64"),
        ({"path": None}, "il manque le chemin"),
        ({"checkpoint": "bonjour"}, "il n’a pas la forme attendue"),
        ({"openings": [1]}, "ce n’est pas un objet"),
        ({"openings": None}, "il manque le chemin ou les textes"),
        (
            {"openings": [{"seq": 2, "field": "body", "salt": forge.base64(bytes(32)), "value": "Là."}]},
            "un de ses textes",
        ),
        (
            {"openings": [{"seq": 2, "field": "wording", "salt": forge.base64(bytes(32)), "value": ""}]},
            "un de ses textes",
        ),
    ],
)
def test_a_receipt_that_does_not_fit_is_said(verify, tmp_path, changes, fragment):
    log = consultation()
    kept = tmp_path / "reçu.json"
    kept.write_text(json.dumps(log.receipt(RECEIVED, 7) | changes))

    problems = verify(log, "--receipt", kept).problems

    assert len(problems) == 1
    assert "Reçu" in problems[0]
    assert fragment in problems[0]


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000])
def test_a_receipt_that_is_not_one_is_said(verify, tmp_path, content):
    kept = tmp_path / "reçu.json"
    kept.write_bytes(content)

    assert "Reçu" in verify(consultation(), "--receipt", kept).problems[0]


def test_a_receipt_that_the_log_contradicts_is_said(verify, tmp_path):
    """Two logs, both signed: the one that the participant was shown, and the one that is published."""
    shown, log = consultation(), consultation()
    a_vote_flipped(log)
    kept = tmp_path / "reçu.json"
    kept.write_text(json.dumps(shown.receipt(SECOND_VOTE)))

    said = " ".join(verify(log, "--receipt", kept).problems)

    assert "Le point de contrôle du reçu (10 entrées) n’est pas celui des entrées publiées" in said
    assert "l’entrée 6 du registre n’est pas celle qu’il montre" in said


# ── Formats ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def signed(body: str, name=forge.ORIGIN, key=forge.MINE) -> bytes:
    return forge.sign(body, name, key).encode()


EMPTY = forge.base64(sha256().digest())


@pytest.mark.parametrize(
    "checkpoint",
    [
        b"",
        b"\n\n\n",
        b"\xff\xfe",
        signed(f"{forge.ORIGIN}\n00\n{EMPTY}\n"),
        signed(f"{forge.ORIGIN}\n-1\n{EMPTY}\n"),
        signed(f"{forge.ORIGIN}\n٣\n{EMPTY}\n"),
        signed(f"{forge.ORIGIN}\n{10**20}\n{EMPTY}\n"),
        signed(f"{forge.ORIGIN}\n0\nAAAA\n"),
        signed(f"{forge.ORIGIN}\n0\n{EMPTY.rstrip('=')}\n"),
        signed(f"{forge.ORIGIN}\n0\n{EMPTY}\nen plus\n"),
        signed(f"demo.local/autre/kiosque\n0\n{EMPTY}\n"),
        signed(f"{forge.ORIGIN}\n0\n{EMPTY}\n").replace(b"\n", b"\r\n"),
        signed(f"{forge.ORIGIN}\n0\n{EMPTY}\n").removesuffix(b"\n"),
        signed(f"{forge.ORIGIN}\n0\n{EMPTY}\n", name="demo.local/registre/marche"),
        signed(f"{forge.ORIGIN}\n0\n{EMPTY}\n", key=forge.ANOTHER),
        signed(f"{forge.ORIGIN}\n0\n{EMPTY}\n").split("—".encode())[0],
        f"{forge.ORIGIN}\n0\n{EMPTY}\n\n— {forge.ORIGIN} AAAA\n".encode(),
        f"{forge.ORIGIN}\n0\n{EMPTY}\n\n— {forge.ORIGIN} {'é' * 90}\n".encode(),
    ],
)
def test_a_checkpoint_that_is_malformed_or_not_signed_is_wrong(verify, checkpoint):
    assert verify(empty(), checkpoint=checkpoint).status == 1


def test_a_witness_may_sign_the_checkpoint_too(verify):
    log = empty()
    body = log.checkpoint().split("\n\n")[0] + "\n"
    witness = forge.sign(body, "temoin.example", forge.ANOTHER).split("\n\n")[1]

    assert verify(log, checkpoint=(log.checkpoint() + witness).encode()).problems == []


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"\xff",
        b"demo.local/registre/kiosque",
        b"demo.local/registre/kiosque+00000000+"
        + forge.verification_key(forge.ORIGIN, forge.MINE).split("+", 2)[2].encode(),
        f"demo.local/registre/kiosque+423f08be+{forge.base64(bytes(33))}".encode(),
        forge.verification_key(forge.ORIGIN, forge.ANOTHER).encode(),
        forge.verification_key("demo.local/registre/marche", forge.MINE).encode(),
    ],
)
def test_a_key_that_is_malformed_or_another_is_wrong(verify, key):
    assert verify(empty(), key=key).status == 1


@pytest.mark.parametrize("name", ["entries", "openings", "results", "checkpoint", "key"])
@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\n",
        b"\x00" * 9000,
        b"\xff" * 50,
        b"null\n",
        b"[]\n",
        b"3\n",
        b'"a"\n',
        b"{}\n",
        b"[" * 5000,
        b'{"a":' * 2000,
        b"NaN\n",
        b'{"seq":0,"seq":0}\n',
        b'{"seq":1e400}\n',
        b'{"seq":' + b"9" * 5000 + b"}\n",
        b'{"objects":{"a":"\\ud800"}}',
    ],
    ids=lambda junk: repr(junk[:12]),
)
def test_a_file_that_is_malformed_is_wrong_and_breaks_nothing(verify, name, junk):
    if (name, junk) == ("openings", b""):
        junk = b"\n"

    assert verify(consultation(), **{name: junk}).status == 1


@pytest.mark.parametrize(
    "row",
    [
        {"seq": "2"},
        {"seq": True},
        {"seq": -1},
        {"field": 3},
        {"field": "a" * 65},
        {"value": None},
        {"salt": None},
        {"salt": "AAAA"},
        {"salt": "é" * 44},
        {"salt": forge.base64(bytes(32)).replace("AA=", "AB=")},
        {"value": "\ud800"},
    ],
)
def test_an_opening_that_is_malformed_is_wrong(verify, row):
    log = forum()
    extra = {"seq": 2, "field": "autre", "salt": forge.base64(bytes(32)), "value": "Là."} | row

    problems = verify(log, openings=log.files()["openings.ndjson"] + json.dumps(extra).encode()).problems

    assert len(problems) == 1
    assert "Ligne 3 de « openings.ndjson »" in problems[0]


def test_a_file_that_is_too_long_is_not_all_read(verify, monkeypatch):
    monkeypatch.setattr(verifier, "LONGEST_FILE", 1000)

    assert verify(Consultation(), results=b" " * 1001).problems == ["« results.json » est trop long."]


def test_more_openings_than_the_log_can_have_are_not_all_read(verify):
    many = b"".join(
        canonical({"seq": 0, "field": f"f{number}", "salt": forge.base64(bytes(32)), "value": ""}) + b"\n"
        for number in range(2000)
    )

    assert "bien plus de lignes" in " ".join(verify(Consultation(), openings=many).problems)


@pytest.mark.parametrize(
    ("value", "fragment"),
    [
        (b'{"a":1, "b":2}', "n’est pas canonique"),
        (b'{"b":1,"a":2}', "n’est pas canonique"),
        (b'{"a":1,"a":1}', "n’est pas canonique"),
        (b'{"a":1.0}', "JSON lisible"),
        (b'{"a":1e2}', "JSON lisible"),
        (b'{"a":-0}', "n’est pas canonique"),
        (b'{"a":01}', "JSON lisible"),
        (b'{"a":9007199254740992}', "JSON lisible"),
        (b'{"a":-9007199254740992}', "JSON lisible"),
        (b'{"a":NaN}', "JSON lisible"),
        (b'{"a":Infinity}', "JSON lisible"),
        (rb'{"a":"\u00e9"}', "n’est pas canonique"),
        (rb'{"a":"\u000A"}', "n’est pas canonique"),
        (rb'{"a":"\/"}', "n’est pas canonique"),
        (rb'{"a":"\ud800"}', "n’est pas canonique"),
        ('{"a":"e\u0301"}'.encode(), "n’est pas normalisé"),
        ('{"a":[{"b":"e\u0301"}]}'.encode(), "n’est pas normalisé"),
        ('{"é":1}'.encode(), "une clé n’est pas en ASCII"),
        (b'{"a":1}\r', "n’est pas canonique"),
        (b'\xef\xbb\xbf{"a":1}', "JSON lisible"),
        (b'{"a":"\xe9"}', "JSON lisible"),
        (b"{'a':1}", "JSON lisible"),
        (b'{"a":1}{"b":2}', "JSON lisible"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(value, fragment):
    with pytest.raises(verifier.Problem, match=fragment):
        verifier.parse_canonical(value)


# RFC 8785, §3.2.2 and §3.2.3, in our profile: no float, ASCII keys.
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": 2, "A": 3, "aa": 4, "1": 5, "": 6}, b'{"":6,"1":5,"A":3,"a":2,"aa":4,"b":1}'),
        ([None, True, False, 0, -1, 9007199254740991], b"[null,true,false,0,-1,9007199254740991]"),
        ("€$\u000f\nA'B\"\\\\\"/", b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ("\b\t\n\f\r\x00\x1f\x7f", b'"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f"'),
        ("\u2028 é 😀", "\"\u2028 é 😀\"".encode()),
        ("\n\u0303", b'"\\n\xcc\x83"'),
        ({}, b"{}"),
        ([[], {"a": []}], b'[[],{"a":[]}]'),
    ],
)  # fmt: skip
def test_canonical_json_is_rfc_8785(value, expected):
    assert verifier.canonical(value) == expected
    assert verifier.parse_canonical(expected) == value


def test_an_entry_of_8_kib_is_the_longest(verify):
    log = Consultation()
    empty_one = len(log.entries[log.append("rules.changed", rules="")])
    log.rewrite_data(1, rules="a" * (8192 - empty_one))
    assert verify(log).problems == []

    log.rewrite_data(1, rules="a" * (8193 - empty_one))
    assert "une ligne de « entries.ndjson » dépasse 8192 octets" in verify(log).problems[0]


def test_a_text_may_be_long(verify):
    log = Consultation()
    log.open_forum()
    log.receive(345, words="é" * 400_000)

    assert verify(log).problems == []


def test_entries_beyond_the_checkpoint_are_seen(verify):
    log = consultation()
    checkpoint = log.checkpoint().encode()
    log.append("rules.changed", rules="registre/v2")

    assert "Il y a plus d’entrées que les 10 du point de contrôle" in verify(log, checkpoint=checkpoint).problems[0]


def test_a_flood_of_problems_is_counted_and_not_printed(verify):
    log = Consultation()
    for number in range(300):
        log.append("vote.cast", "ballot:7", f"Habitant {number}", choice="a", version=1)

    problems = verify(log).problems

    assert len(problems) == 201
    assert problems[-1] == "et 100 autres."


JUNK = [
    None,
    True,
    -1,
    0,
    2**53 - 1,
    "",
    "x",
    "\u202e\x1b[2J",
    [],
    [[]],
    [1],
    {},
    {"a": {}},
    {"choice": 1},
    ["body", None],
]


def places(value, path=()):
    """The path of everything inside an entry."""
    for name in value if isinstance(value, dict) else ():
        yield (*path, name)
        yield from places(value[name], (*path, name))


@pytest.mark.parametrize(
    "log", [single, moderated_beforehand, hidden_with_few_voters, judgment_by_gauge], ids=lambda f: f.__name__
)
def test_no_value_of_any_entry_breaks_the_verifier(verify, signatures_are_right, log):
    """Anything in the place of anything, signed anew: there is always a verdict."""
    log = log()
    chance = random.Random(8785)
    where = [(seq, path) for seq, entry in enumerate(log.entries) for path in places(json.loads(entry))]
    for seq, path in chance.sample(where, min(60, len(where))):
        honest = log.entries[seq]
        entry = json.loads(honest)
        inside = entry
        for name in path[:-1]:
            inside = inside[name]
        inside[path[-1]] = chance.choice(JUNK)
        log.entries[seq] = canonical(entry)

        assert verify(log).status in (0, 1)
        log.entries[seq] = honest


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["entries", "openings", "results", "checkpoint", "key"])
def test_without_one_of_the_files_there_is_no_verdict(verify, name):
    verdict = verify(consultation(), **{name: None})

    assert verdict.status == 2
    assert verdict.lines == []
    assert verdict.errors.startswith("Vérification impossible : « ")
    assert verdict.errors.endswith("est introuvable.\n")


@pytest.mark.parametrize("option", ["--since", "--receipt"])
def test_without_what_one_kept_there_is_no_verdict(verify, tmp_path, option):
    verdict = verify(consultation(), option, tmp_path / "perdu")

    assert verdict.status == 2
    assert "est introuvable" in verdict.errors


def test_with_a_key_that_is_none_there_is_no_verdict(verify):
    verdict = verify(consultation(), "--key", "bonjour")

    assert verdict.status == 2
    assert "la clé donnée n’est pas lisible" in verdict.errors


@pytest.mark.parametrize(
    "place", ["/nulle/part", "http://", "http://[", "http://127.0.0.1:1/registre/a", "https://é.invalid/\x00", "\x00"]
)
def test_without_a_record_there_is_no_verdict(run, place):
    verdict = run(place)

    assert verdict.status == 2
    assert verdict.errors.startswith("Vérification impossible : ")


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "--inconnu"]])
def test_a_command_that_is_not_understood_is_said_in_french(run, arguments):
    verdict = run(*arguments)

    assert verdict.status == 2
    assert verdict.errors.startswith("Vérification impossible : la commande n’est pas comprise")


class Site(BaseHTTPRequestHandler):
    """Serves a log that grows: what `grow` adds comes after the first checkpoint is read."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        site, url = self.server, urlsplit(self.path)
        name = url.path.removeprefix("/registre/kiosque/")
        size = int(parse_qs(url.query).get("size", [len(site.log.entries)])[0])
        site.asked.append(self.path.removeprefix("/registre/kiosque/"))
        site.before(name)
        content = site.log.files(size)[name]
        if name == "results.json":
            content = canonical({"size": size, "objects": site.results})
        if name == "checkpoint" and "results.json" not in site.asked[0]:
            site.grow, grow = lambda: None, site.grow
            threading.Thread(target=grow).run()
        site.answer(self, content)

    def log_message(self, *arguments):
        pass


def plainly(request, content: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def zipped(request, content: bytes) -> None:
    assert request.headers["Accept-Encoding"] == "gzip"
    content = gzip.compress(content)
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def in_chunks(request, content: bytes) -> None:
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    for start in range(0, len(content), 100):
        chunk = content[start : start + 100]
        request.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    request.wfile.write(b"0\r\n\r\n")


def interrupted(request, content: bytes) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(content) + 10))
    request.end_headers()
    request.wfile.write(content)
    request.close_connection = True


def zipped_and_interrupted(request, content: bytes) -> None:
    content = gzip.compress(content)[:-4]
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


def forbidden(request, content: bytes) -> None:
    request.send_error(403)


def never(request, content: bytes) -> None:
    time.sleep(0.6)


@pytest.fixture
def site():
    """A site that publishes a consultation's log."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.log, server.results, server.asked = consultation(), {}, []
    server.answer, server.grow, server.before = plainly, lambda: None, lambda name: None
    server.results = dict(server.log.results)
    server.url = f"http://127.0.0.1:{server.server_port}/registre/kiosque/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("answer", [plainly, zipped, in_chunks])
def test_a_log_is_read_on_the_site(run, site, answer):
    site.answer = answer

    assert run(site.url).problems == []
    assert site.asked == [
        *("checkpoint", "openings.ndjson?size=10", "results.json?size=10"),
        *("checkpoint", "entries.ndjson?size=10", "key"),
    ]


@pytest.mark.parametrize("answer", [interrupted, zipped_and_interrupted, forbidden, never])
def test_a_site_that_fails_gives_no_verdict(run, site, monkeypatch, answer):
    monkeypatch.setattr(verifier, "TIMEOUT", 0.3)
    site.answer = answer

    verdict = run(site.url)

    assert verdict.status == 2
    assert verdict.errors.startswith("Vérification impossible : ")


def test_a_restricted_log_says_what_the_site_answers(run, site):
    site.answer = forbidden

    assert "le site répond 403 pour « checkpoint »" in run(site.url).errors


def test_a_site_that_fails_on_the_entries_gives_no_verdict(run, site):
    site.answer = lambda request, content: (interrupted if "entries" in request.path else plainly)(request, content)

    assert run(site.url).status == 2


def test_the_log_may_grow_while_it_is_read(run, site):
    """Votes, a message that is withheld at once, a text withheld meanwhile: A is the beginning of B."""
    log = site.log

    def grow():
        log.withhold(RECEIVED, "title", "body", obj="contribution:345")
        log.open_ballot("ballot:8")
        log.vote("Mireille", "a", obj="ballot:8")

    site.grow = grow

    verdict = run(site.url)

    assert verdict.problems == []
    assert "entries.ndjson?size=13" in site.asked


def test_a_text_restored_while_it_is_read_may_be_there_or_not(run, site):
    log = site.log
    kept = log.opened_of(RECEIVED)
    log.withhold(RECEIVED, "title", "body")
    site.grow = lambda: log.append(
        "opening.restored", target=RECEIVED, fields=["title", "body"], reason="approved", origin="appeal"
    )
    assert run(site.url).problems == []

    log.openings += kept
    site.grow = lambda: log.withhold(RECEIVED, "title", "body", keep=True)
    site.asked.clear()
    assert run(site.url).problems == []


@pytest.mark.parametrize("opened_already", [True, False])
def test_a_hidden_ballot_that_closes_while_it_is_read_is_for_the_next_time(run, site, opened_already):
    log = site.log = Consultation()
    log.open_ballot(results="hidden")
    log.votes(["a"] * 30)
    site.results = {"ballot:7": {"method": "single", "voters": 30}}
    if opened_already:
        log.openings += log.sealed["ballot:7"]
        log.sealed["ballot:7"] = []

    def grow():
        before = list(log.openings)
        log.close_ballot(totals(30, a=30, b=0, c=0))
        log.openings = before

    site.grow = grow

    verdict = run(site.url)

    assert verdict.problems == []
    assert ("relancez la vérification" in verdict.text) != opened_already


def test_a_log_that_shrinks_while_it_is_read_is_wrong(run, site):
    site.grow = lambda: site.log.entries.pop()

    assert "Le registre a raccourci pendant la lecture" in run(site.url).problems[0]


def test_a_log_that_becomes_another_while_it_is_read_is_wrong(run, site):
    def grow():
        site.log.origin = "demo.local/registre/marche"

    site.grow = grow

    assert "Le point de contrôle a changé d’origine pendant la lecture." in run(site.url).problems


def test_a_log_that_is_rewritten_while_it_is_read_is_wrong(run, site):
    def grow():
        a_vote_flipped(site.log)
        site.log.append("rules.changed", rules="registre/v2")

    site.grow = grow

    assert (
        "Le point de contrôle lu en premier (10 entrées) n’est pas celui des entrées publiées."
        in run(site.url).problems
    )


# ── The file itself ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_needs_nothing_but_python():
    modules = set()
    for statement in ast.walk(ast.parse(FILE.read_text())):
        if isinstance(statement, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0
            modules.add(statement.module.split(".")[0])

    assert modules <= sys.stdlib_module_names


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_it_runs_alone_in_any_terminal(tmp_path, encoding):
    folder = single().publish(tmp_path / "registre")
    alone = tmp_path / "verifier.py"
    alone.write_bytes(FILE.read_bytes())

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8=0", alone, folder],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
    )

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == b"CONFORME"
    assert done.stderr == b""


PEAK = """
import runpy, sys
sys.argv[:] = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    with open("/proc/self/status") as lines:
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(end.code, kilobytes, file=sys.stderr)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read in /proc")
def test_fifty_thousand_entries_take_less_than_a_hundred_megabytes(tmp_path):
    log = Consultation()
    log.open_ballot()
    log.votes(["a", "b"] * 24_999)
    log.close_ballot(totals(49_998, a=24_999, b=24_999, c=0))
    folder = log.publish(tmp_path / "registre")

    measured = subprocess.run([sys.executable, "-c", PEAK, FILE, folder], capture_output=True, text=True)

    status, kilobytes = map(int, measured.stderr.split())
    assert status == 0
    assert kilobytes < 100_000


# ── Signatures and the hash tree ─────────────────────────────────────────────────────────────────────────────────────

# RFC 8032, §7.1: public key, message, signature.
RFC_8032 = {
    "1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032.values(), ids=RFC_8032)
def test_signatures_are_those_of_rfc_8032(public, message, signature):
    public, message, signature = map(bytes.fromhex, (public, message, signature))

    assert verifier.is_signed(public, message, signature)
    assert not verifier.is_signed(public, message + b"!", signature)


def test_signatures_are_those_of_another_implementation():
    chance = random.Random(8032)
    for number in range(20):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public, message = forge.public_bytes(key), chance.randbytes(number * 7)
        signature = key.sign(message)
        assert verifier.is_signed(public, message, signature)
        for forged in (flip(public, number), message, signature), (public, message + b"\0", signature):
            assert not verifier.is_signed(*forged)
        assert not verifier.is_signed(public, message, flip(signature, number))
        assert not verifier.is_signed(public, message, flip(signature, 32 + number))


def flip(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 4]) + raw[place + 1 :]


def test_a_signature_is_not_malleable():
    """RFC 8032, §5.1.7: S is below the order of the group, and points are written in one way."""
    public, message, signature = map(bytes.fromhex, RFC_8032["2"])
    other = int.from_bytes(signature[32:], "little") + verifier.ORDER

    assert not verifier.is_signed(public, message, signature[:32] + other.to_bytes(32, "little"))
    assert not verifier.is_signed((2**255 - 1).to_bytes(32, "little"), message, signature)
    assert not verifier.is_signed(public, message, (verifier.P + 1).to_bytes(32, "little") + signature[32:])
    assert not verifier.is_signed(public, message, (1 | 1 << 255).to_bytes(32, "little") + signature[32:])
    assert not verifier.is_signed(public[:31], message, signature)
    assert not verifier.is_signed(public, message, signature[:63])


# The reference vectors of Certificate Transparency (certificate-transparency-go, merkletree).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_roots_are_those_of_certificate_transparency():
    tree = verifier.Tree()
    roots = [tree.root().hex()]
    for leaf in LEAVES:
        tree.append(bytes.fromhex(leaf))
        roots.append(tree.root().hex())

    assert roots == ROOTS


def test_roots_and_paths_are_those_of_the_definition():
    leaves = [str(number).encode() for number in range(40)]
    tree = verifier.Tree()
    for size, leaf in enumerate(leaves, 1):
        tree.append(leaf)
        assert tree.root() == forge.root(leaves[:size])
        for seq in range(size):
            path = forge.path(leaves[:size], seq)
            hashed = verifier.leaf_hash(leaves[seq])
            assert verifier.root_by_path(hashed, seq, size, path) == tree.root()
            assert verifier.root_by_path(hashed, seq, size, [*path, bytes(32)]) is None
            assert not path or verifier.root_by_path(hashed, seq, size, path[:-1]) is None
    assert verifier.root_by_path(hashed, 3, 0, []) is None
