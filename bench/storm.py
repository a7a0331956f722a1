"""Recorded votes through HTTP, as fast as they come, then while processes of the web server are killed.

    .venv/bin/python bench/storm.py [--seconds 120] [--kills 20] [--clients 4] [--participants 3000]

A site of its own on 127.0.0.1, served by the demonstration's command line. Everybody has signed in beforehand; each
client is a thread that sends the form of a vote as the fragment does, for one person after the other. When a connection
breaks, it sends the same form again. Ends with 1 when a vote that was acknowledged is not in the record as it was cast,
or when anything is counted twice.
"""

import argparse
import http.client
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import _volume

BOXES = ["a", "b", "c", "d", "blank"]
MOST_VOTES = 20
"""Of one person: under what the rules allow, a vote and 20 changes."""
PATIENCE = 30
"""Seconds without an answer after which a connection counts as broken."""
ATTEMPTS = 60
"""Times the same form is sent, half a second apart, before a client gives up."""
PAUSE = 1.5
"""Seconds from the moment the server is whole again to the next kill."""
PER_SECOND, P95 = 50, 300
"""The budget: votes, and milliseconds."""


@dataclass
class Person:
    """Somebody signed in, and the forms they have sent."""

    id: int
    session: str
    sent: list[tuple[str, str, int]] = field(default_factory=list)
    """(form's key, choice, seq that the answer acknowledges)"""


class Client(threading.Thread):
    """Sends votes until it is told to stop; `times` are seconds, one a vote, new attempts included."""

    def __init__(self, port: int, path: str, people: list[Person], stop: threading.Event):
        super().__init__(daemon=True)
        self.port, self.path, self.people, self.stop = port, path, people, stop
        self.times: list[float] = []
        self.broken, self.problem = 0, ""

    def run(self) -> None:
        chance = random.Random(self.people[0].id)
        while not self.stop.is_set():
            able = [person for person in self.people if len(person.sent) < MOST_VOTES]
            if not able:
                return
            person = chance.choice(able)
            last = person.sent[-1][1] if person.sent else None
            begun = time.perf_counter()
            self._vote(person, chance.choice([box for box in BOXES if box != last]))
            self.times.append(time.perf_counter() - begun)
            if self.problem:
                return

    def _vote(self, person: Person, choice: str) -> None:
        key = secrets.token_urlsafe(12)
        for _attempt in range(ATTEMPTS):
            try:
                status, body = self._post(person, key, choice)
            except (OSError, http.client.HTTPException):
                self.broken += 1
                time.sleep(0.5)
                continue
            receipt = re.search(r"/recu/volume/(\d+)/", body)
            if status != 200 or not receipt:
                self.problem = f"réponse {status} : {' '.join(re.sub('<[^>]*>', ' ', body).split())[:200]}"
            else:
                person.sent.append((key, choice, int(receipt[1])))
            return
        self.problem = "le serveur ne répond plus"

    def _post(self, person: Person, key: str, choice: str) -> tuple[int, str]:
        """The status and the body of the answer to one form. Each person has a browser, hence a connection, of their own."""
        token = "c" * 32
        fields = {"csrfmiddlewaretoken": token, "form": key, "version": 1, "choice": choice, "next": "/"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={person.session}; csrftoken={token}",
            "HX-Request": "true",
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("POST", self.path, urlencode(fields), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


def main() -> None:
    asked = _arguments()
    with (
        _volume.site(f"tempete-{asked.participants}", (asked.participants, 0, 0)) as kept,
        tempfile.TemporaryDirectory() as temporary,
    ):
        # A copy: what is kept for another time has no vote.
        var = Path(temporary) / "var"
        shutil.copytree(kept, var)
        _volume.enter(var)
        port = _free_port()
        people, path = _sign_in()
        with Server(port, var) as server:
            shares = [people[number :: asked.clients] for number in range(asked.clients)]
            calm = _storm(port, path, shares, lambda: time.sleep(asked.seconds))
            _tell_speed(calm, asked)
            harsh = _storm(port, path, shares, lambda: _kill_workers(server, asked.kills))
            print(
                f"{asked.kills} processus tués pendant {sum(len(c.times) for c in harsh)} votes : "
                f"{sum(c.broken for c in harsh)} connexions rompues, le plus long vote "
                f"{max(max(c.times) for c in harsh):.1f} s"
            )
        problems = [client.problem for client in calm + harsh if client.problem]
        problems += [*_differences(people), *_verdicts(var, Path(temporary) / "registre")]
    for problem in problems:
        print(f"PROBLÈME : {problem}")
    sys.exit(1 if problems else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Des votes enregistrés, par HTTP, puis en tuant des processus.")
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--participants", type=int, default=3000)
    asked = parser.parse_args()
    for name, most in [("seconds", 600), ("kills", 100), ("clients", 64), ("participants", 20_000)]:
        if not 1 <= getattr(asked, name) <= most:
            parser.error(f"--{name} : de 1 à {most}")
    return asked


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _sign_in() -> tuple[list[Person], str]:
    """Everybody, each with a session, and the path that votes are sent to."""
    from datetime import timedelta

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.db import connection
    from django.urls import reverse
    from django.utils import timezone

    from participation.ballot.models import Ballot
    from participation.people.models import Session, User
    from participation.people.sessions import SessionStore

    people, rows, store = [], [], SessionStore()
    for user in User.objects.filter(email__startswith="volume-").order_by("pk"):
        key = secrets.token_hex(16)
        signed_in = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        end = timezone.now() + timedelta(days=1)
        rows.append(Session(session_key=key, session_data=store.encode(signed_in), expire_date=end))
        people.append(Person(user.pk, key))
    Session.objects.bulk_create(rows, batch_size=500)
    path = reverse("ballot:vote", args=[Ballot.objects.get().pk])
    connection.close()
    return people, path


class Server:
    """The web server and the worker beside it, for the length of a block; gives the web server's process."""

    def __init__(self, port: int, var: Path):
        self.port, self.environment = port, _volume.environment(var)
        self.children: list[subprocess.Popen] = []

    def __enter__(self) -> subprocess.Popen:
        from portal import serving

        for command in [serving.web_server(self.port), serving.worker()]:
            self.children.append(subprocess.Popen(command, cwd=_volume.ROOT, env=self.environment))
        until = time.monotonic() + 120
        while time.monotonic() < until and self.children[0].poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self.children[0]
            time.sleep(0.1)
        self.__exit__()
        sys.exit("Le serveur n’a pas démarré.")

    def __exit__(self, *_error) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()


def _storm(port: int, path: str, shares: list[list[Person]], during) -> list[Client]:
    """Clients that vote until `during()` ends, and have then had the answer to their last form."""
    stop = threading.Event()
    clients = [Client(port, path, people, stop) for people in shares]
    for client in clients:
        client.start()
    try:
        during()
    finally:
        stop.set()
        for client in clients:
            client.join()
    return clients


def _tell_speed(clients: list[Client], asked: argparse.Namespace) -> None:
    times = sorted(1000 * seconds for client in clients for seconds in client.times)
    rate, p95 = len(times) / asked.seconds, quantiles(times, n=20)[-1]
    print(
        f"{len(times)} votes en {asked.seconds} s par {asked.clients} clients : {rate:.0f} par seconde, "
        f"médiane {median(times):.0f} ms, 95 % sous {p95:.0f} ms"
    )
    print(
        f"budget : {PER_SECOND} par seconde {_volume.verdict(rate >= PER_SECOND)}, "
        f"95 % sous {P95} ms {_volume.verdict(p95 < P95)}"
    )


def _kill_workers(server: subprocess.Popen, kills: int) -> None:
    """SIGKILL to one of the server's two processes, `kills` times, each time once both are there."""
    chance = random.Random(kills)
    for _kill in range(kills):
        time.sleep(PAUSE)
        until = time.monotonic() + PATIENCE
        while len(found := _children(server.pid)) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        os.kill(chance.choice(found), signal.SIGKILL)
    time.sleep(PAUSE)


def _children(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, of in rows if int(of) == parent]


def _differences(people: list[Person]) -> list[str]:
    """Where the record does not say what the answers did, a sentence each."""
    from participation.ballot.models import Ballot
    from participation.ledger import sealing
    from participation.ledger.models import Log
    from participation.people.models import User

    ballot, log = Ballot.objects.get(), Log.objects.get(slug="volume")
    entries, forms = {}, {}
    for seq, body, key in log.entries.order_by("seq").values_list("seq", "body", "idempotency_key"):
        entries[seq] = json.loads(bytes(body))
        if key:
            forms[key] = seq
    found = []
    if list(entries) != list(range(log.size)):
        found.append(f"des numéros manquent : {len(entries)} entrées pour une taille de {log.size}")
    secret = dict(User.objects.values_list("pk", "secret"))
    k = sealing.opened(log.key)
    acknowledged = 0
    for person in people:
        tag = sealing.vote_tag(k, ballot.obj, bytes(secret[person.id]))
        for key, choice, seq in person.sent:
            acknowledged += 1
            entry = entries.get(seq, {})
            if (entry.get("who"), entry.get("data", {}).get("choice")) != (tag, choice):
                found.append(f"le reçu de l’entrée {seq} dit {choice}, le registre {entry}")
            if forms.get(sha256(f"{ballot.pk} {person.id} {key}".encode()).hexdigest()) != seq:
                found.append(f"le formulaire de l’entrée {seq} n’est pas celui qui a été envoyé")
    written = sum(entry["type"].startswith("vote.") for entry in entries.values())
    print(f"{acknowledged} votes reçus par leurs auteurs, {written} au registre, {log.size} entrées sans trou")
    if written != acknowledged:
        found.append(f"{written} votes au registre pour {acknowledged} formulaires")
    return found


def _verdicts(var: Path, folder: Path) -> list[str]:
    """What the site's own recount and the stand-alone verifier say."""
    from django.test import Client as Visitor

    found = []
    command = [sys.executable, "manage.py", "ledger_recount"]
    recount = subprocess.run(command, cwd=_volume.ROOT, env=_volume.environment(var), capture_output=True, text=True)
    print(f"ledger_recount : {recount.stdout.strip()}")
    if recount.returncode:
        found.append(f"le recompte diffère {recount.stderr[-500:]}")
    archive = b"".join(Visitor().get("/registre/volume/registre.zip").streaming_content)
    folder.mkdir()
    (folder / "registre.zip").write_bytes(archive)
    zipfile.ZipFile(folder / "registre.zip").extractall(folder)
    verified = subprocess.run([sys.executable, folder / "verifier.py", folder], capture_output=True, text=True)
    print(f"verifier.py : {verified.stdout.strip().splitlines()[-1]}")
    if verified.returncode:
        found.append(f"le vérificateur refuse :\n{verified.stdout}")
    return found


if __name__ == "__main__":
    main()
