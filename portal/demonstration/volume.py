"""Many participants, contributions and votes, made by the verbs people use: to measure with, never on a real site.

The words are real ones, read from a folder of CSV files: open data of earlier consultations.
"""

import csv
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from participation.ballot.actions import cast_vote
from participation.ballot.methods import BLANK
from participation.ballot.models import Ballot, Vote
from participation.consultations import actions as consultations
from participation.forum.actions import post_message
from participation.forum.models import Forum, Message
from participation.people.actions import create_organisation, set_up_roles
from participation.people.models import Organisation, Role, User
from participation.vocabulary.models import InvolvementDegree
from search import outbox

TITLE = "Volume"
TEXTS = ["reponse", "corps_texte", "corps"]
"""The columns that hold what people wrote: an answer, a proposal, an argument."""
HEADING = "titre"
BINNED = "corbeille"
"""The column that says 1 of what the moderators of the time took down."""
LINK = "lien"
"""The column of the files that list sources: their texts are a link's caption."""
ANSWERS = ["Oui, dès cette année", "Oui, mais plus tard", "Non", "Il faut d’abord en parler"]
SPACING = timedelta(minutes=1)
"""Between two contributions."""
BATCH = 500
"""Acts in one transaction."""

Act = Callable[[], object]


def read_texts(folder: Path) -> list[tuple[str, str]]:
    """(title, body) of each text of the folder's CSV files, cut to what a message may hold; [] when there is none."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            names = rows.fieldnames or []
            column = next((name for name in TEXTS if name in names), None)
            if column is None or LINK in names:
                continue
            for row in rows:
                body = (row[column] or "").strip()[: Message.MAX_LENGTH].strip()
                if body and row.get(BINNED) != "1":
                    title = " ".join((row.get(HEADING) or body).split())
                    found.append((title[: Message.TITLE_LENGTH].strip(), body))
    return found


def create_participants(count: int) -> list[User]:
    """`count` people with a confirmed address and no password; those of an earlier call first."""
    set_up_roles()
    known = User.objects.filter(email__startswith="volume-", email__endswith="@demo.example").count()
    users = [_participant(number) for number in range(known, count)]
    with transaction.atomic():
        User.objects.bulk_create(users, batch_size=BATCH)
        addresses = [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users]
        EmailAddress.objects.bulk_create(addresses, batch_size=BATCH)
        resident = Group.objects.get(name=Role.RESIDENT)
        of_group = User.groups.through
        of_group.objects.bulk_create((of_group(user=user, group=resident) for user in users), batch_size=BATCH)
    everyone = User.objects.filter(email__startswith="volume-", email__endswith="@demo.example")
    return list(everyone.order_by("email")[:count])


def _participant(number: int) -> User:
    user = User(email=f"volume-{number:06}@demo.example", pseudonym=f"Volume {number:06}")
    user.set_unusable_password()
    return user


def create_activities(*, since: datetime) -> tuple[Forum, Ballot]:
    """A new consultation with a forum and a ballot, open since then."""
    organiser = Organisation.objects.filter(slug="volume").first() or create_organisation(
        name=TITLE, slug="volume", kind=Organisation.Kind.COLLECTIVE
    )
    consultation = consultations.create_consultation(
        title=TITLE, organiser=organiser, degree=InvolvementDegree.CONSULTATION
    )
    forum = Forum(consultation=consultation, title="Qu’en dites-vous ?", question="Ce qui va, ce qui manque.")
    ballot = Ballot(consultation=consultation, title="Faut-il le faire ?", question="Une réponse par personne.")
    ballot.labels = ANSWERS
    for activity in (forum, ballot):
        consultations.release_activity(consultations.create_activity(activity), at=since)
    return forum, ballot


def contributions(forum: Forum, people: list[User], texts: list[tuple[str, str]], count: int) -> Iterator[Act]:
    """The acts that write `count` contributions, in turns a topic and a reply to it, a minute apart until now.

    The last ones say the same whatever their number, so that the first pages of two volumes compare.
    """
    now, topic = timezone.now(), None

    def write(number: int) -> None:
        nonlocal topic
        left = count - number
        title, body = texts[left % len(texts)]
        author, at = people[left % len(people)], now - left * SPACING
        if number % 2 and topic:
            post_message(forum, author, body=body, parent=topic, at=at)
        else:
            topic = post_message(forum, author, title=title, body=body, at=at)

    for number in range(count):
        yield lambda number=number: write(number)


def votes(ballot: Ballot, people: list[User], count: int) -> Iterator[Act]:
    """The acts that vote `count` times: each person once, then each changes their vote, and so on."""
    chance = random.Random(ballot.title)
    boxes = [*ballot.keys, BLANK]
    first = [chance.randrange(len(boxes)) for _person in people]
    for number in range(count):
        turn, place = divmod(number, len(people))
        ticked = boxes[(first[place] + turn) % len(boxes)]
        yield lambda voter=people[place], ticked=ticked: cast_vote(ballot, voter, [ticked])


def play(acts: Iterable[Act]) -> Iterator[int]:
    """Do all of it, many acts in one transaction; gives the number of acts of each. What changed is left for the index."""
    with outbox.postponed():
        acts = iter(acts)
        while together := list(islice(acts, BATCH)):
            with transaction.atomic():
                for act in together:
                    act()
            yield len(together)


def most_votes(people: int) -> int:
    """How many votes and changes of vote so many people may make."""
    return people * (1 + Vote.MOST_CHANGES)
