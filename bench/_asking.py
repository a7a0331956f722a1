"""What the measures of pages share: two sites, each in a process of its own, asked for the same pages in turns.

Time is that of the processor, so that other processes of the machine count little; the least of the rounds is kept.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import _volume

BUDGET = 1.1

Ask = Callable[[], bytes]


class Site:
    """A process that answers for one site: a page's name a line in, what it cost a line out.

    `script` is what it runs, with --answer: it calls `answer`.
    """

    def __init__(self, script: str, var: Path):
        self.process = subprocess.Popen(
            [sys.executable, script, "--answer"],
            env=_volume.environment(var),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pages: list[str] = json.loads(self.process.stdout.readline())

    def ask(self, name: str) -> dict:
        """Of one answer: {"seconds": of the processor, "database": those that its queries took, "queries", "bytes"}"""
        print(name, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)


def compare(script: str, sites: dict[str, Path], *, rounds: int) -> bool:
    """Print what each page costs on two sites, named by how much they hold; whether the numbers of queries are equal."""
    asked = [Site(script, var) for var in sites.values()]
    few, many = sites
    print(f"{'page':<46}{'requêtes':>14}{few:>9} ms{many:>9} ms{'rapport':>9}{'dont base':>14}  budget {BUDGET}")
    equal = True
    for name in asked[0].pages:
        queries = [site.ask(name)["queries"] for site in asked]
        turns = [[site.ask(name) for site in asked] for _round in range(rounds)]
        least, database = (
            [min(answer[what] for answer in answers) * 1000 for answers in zip(*turns, strict=True)]
            for what in ("seconds", "database")
        )
        equal &= queries[0] == queries[1]
        ratio = least[1] / least[0]
        counted = " et ".join(map(str, queries))
        said = _volume.verdict(ratio <= BUDGET)
        spent = f"{least[0]:>12.1f}{least[1]:>12.1f}{ratio:>9.2f}{database[0]:>9.1f}{database[1]:>5.1f}"
        print(f"{name:<46}{counted:>14}{spent}  {said}", flush=True)
    for site in asked:
        site.end()
    return equal


def answer(pages: dict[str, Ask], *, calls: int) -> None:
    """The other side of `Site`, for a process that has entered its site."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    print(json.dumps(list(pages)), flush=True)
    for line in sys.stdin:
        ask = pages[line.strip()]
        with CaptureQueriesContext(connection) as queries:
            body = ask()
        counted = len(queries)
        database = 0.0

        def execute(query, *arguments):
            nonlocal database
            asked = time.process_time()
            try:
                return query(*arguments)
            finally:
                database += time.process_time() - asked

        begun = time.process_time()
        with connection.execute_wrapper(execute):
            for _call in range(calls):
                ask()
        seconds = time.process_time() - begun
        said = {"seconds": seconds / calls, "database": database / calls, "queries": counted, "bytes": len(body)}
        print(json.dumps(said), flush=True)


def asking(client, address: str) -> Ask:
    """A call that asks for the page and returns its bytes."""

    def ask() -> bytes:
        answer = client.get(address)
        if answer.status_code != 200:
            sys.exit(f"{address} a répondu {answer.status_code}.")
        return answer.content

    return ask
