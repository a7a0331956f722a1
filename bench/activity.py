"""Whether a forum and a vote cost the same with 50 000 contributions or votes as with 50.

    .venv/bin/python bench/activity.py

Two sites, each in a process of its own, are asked for the same pages in turns, through the whole application. Time is
that of the processor, so that other processes of the machine count little; the least of the rounds is kept. Ends with 1
when the numbers of queries differ.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import _volume

ROUNDS, CALLS = 15, 8
BUDGET = 1.1


def main() -> None:
    few, many = _volume.FEW, _volume.MANY
    with (
        _volume.site("peu", (few, 0, few), (few, few, 0)) as small,
        _volume.site("beaucoup", (many, 0, many), (many, many, 0)) as large,
    ):
        sites = [_Site(small), _Site(large)]
        print(f"{'page':<42}{'requêtes':>14}{few:>9} ms{many:>9} ms{'rapport':>9}  budget {BUDGET}")
        differ = False
        for name in sites[0].pages:
            first = [site.ask(name) for site in sites]
            turns = [[site.ask(name)["seconds"] for site in sites] for _round in range(ROUNDS)]
            least = [min(times) / CALLS * 1000 for times in zip(*turns, strict=True)]
            queries = [answer["queries"] for answer in first]
            differ |= queries[0] != queries[1]
            ratio = least[1] / least[0]
            counted = " et ".join(map(str, queries))
            print(
                f"{name:<42}{counted:>14}{least[0]:>12.1f}{least[1]:>12.1f}{ratio:>9.2f}  {_volume.verdict(ratio <= BUDGET)}"
            )
        for site in sites:
            site.end()
    sys.exit(1 if differ else 0)


class _Site:
    """A process that answers for one site: a page's name a line in, what it cost a line out."""

    def __init__(self, var: Path):
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--answer"],
            env=_volume.environment(var),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pages: list[str] = json.loads(self.process.stdout.readline())

    def ask(self, name: str) -> dict:
        """{"seconds": of the processor for `CALLS` answers, "queries": of one answer, "bytes"}"""
        print(name, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)


def answer() -> None:
    """The other side of `_Site`."""
    import django

    django.setup()

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    pages = _pages()
    print(json.dumps(list(pages)), flush=True)
    for line in sys.stdin:
        ask = pages[line.strip()]
        with CaptureQueriesContext(connection) as queries:
            body = ask()
        counted = len(queries)
        begun = time.process_time()
        for _call in range(CALLS):
            ask()
        seconds = time.process_time() - begun
        print(json.dumps({"seconds": seconds, "queries": counted, "bytes": len(body)}), flush=True)


def _pages() -> dict:
    """name → a call that asks for the page and returns its bytes: as a visitor, and as the last person who took part."""
    from django.test import Client

    from participation.ballot.models import Ballot
    from participation.forum.models import Forum, Message

    ballot = Ballot.objects.order_by("pk").first()
    forum = Forum.objects.order_by("pk").last()
    person = Message.objects.filter(activity=forum).order_by("pk").last().author
    visitor, signed_in = Client(), Client()
    signed_in.force_login(person)
    addresses = {
        "forum, fragment": forum.fragment_url,
        "forum, page": forum.get_absolute_url(),
        "vote, fragment": ballot.fragment_url,
        "vote, page": ballot.get_absolute_url(),
    }

    def asking(client: Client, address: str):
        def ask() -> bytes:
            answer = client.get(address)
            if answer.status_code != 200:
                sys.exit(f"{address} a répondu {answer.status_code}.")
            return answer.content

        return ask

    return {
        f"{name}, {who}": asking(client, address)
        for name, address in addresses.items()
        for who, client in [("visiteur", visitor), ("personne connectée", signed_in)]
    }


if __name__ == "__main__":
    answer() if "--answer" in sys.argv else main()
