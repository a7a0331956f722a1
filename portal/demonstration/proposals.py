"""Sheets that people propose, for editors to read."""

from experiences.proposals.actions import begin, send
from participation.people.models import User

from . import texts


def propose(people: dict[str, User]) -> None:
    for row in texts.read("proposals.toml")["proposals"]:
        author = people[row["author"]]
        send(begin(author, row["answers"]), author)
