"""The votes of the demonstration: its voters, the ballots and how people voted, by the verbs people use."""

import random
from itertools import product

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from participation.ballot.actions import cast_vote, withdraw_vote
from participation.ballot.models import Ballot
from participation.consultations import actions as consultations
from participation.consultations.models import Consultation
from participation.people.models import Role, User
from participation.vocabulary.models import Territory

from . import texts
from .debates import Act

FIRST_NAMES = """
Adèle Agathe Alban Amandine Anouk Armand Aurore Basile Blandine Brune Camille Capucine Célestin Clarisse Colin Coralie Damien
Delphine Denise Édith Élie Émile Estelle Fabien Flavie Florent Gaspard Ginette Honoré Iris Jeanne Joachim Josette Judith Lilian
Lise Lucien Maïa Marius Mathilde Nino Odile Pascale Raoul Régine Solange Sylvain Théo Yvonne Zoé
""".split()
COMMUNES = ["04070", "05166", "04209", "04217", "04049", "04112", "04160", "04197"]
"""Where voters live, one after the other: a fifth of them does not say."""


def create_voters() -> list[User]:
    """Invented people who vote and do not write; they have no password."""
    communes = {commune.code: commune for commune in Territory.objects.filter(code__in=COMMUNES)}
    names = [f"{name} {letter}." for letter, name in product("BCDGM", FIRST_NAMES)]
    voters = []
    for number, name in enumerate(names):
        commune = communes.get(COMMUNES[number % len(COMMUNES)]) if number % 5 else None
        user = User(email=f"votant-{number:03}@demo.example", pseudonym=name, commune=commune)
        user.set_unusable_password()
        voters.append(user)
    voters = User.objects.bulk_create(voters)
    EmailAddress.objects.bulk_create(EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in voters)
    Group.objects.get(name=Role.RESIDENT).user_set.add(*voters)
    return voters


def create_ballot(consultation: Consultation, table: dict) -> Ballot:
    """The ballot that a `[[ballots]]` table describes, as a draft."""
    ballot = Ballot(
        consultation=consultation,
        title=table["title"],
        question=table["question"].strip(),
        minutes=table.get("minutes", 2),
        method=table.get("method", "single"),
        results=table.get("results", Ballot.Results.LIVE),
        results_reason=table.get("results_reason", ""),
        electorate=table.get("electorate", Ballot.Electorate.ANYONE),
        closes_at=texts.days_ahead(table["closes_in_days"]),
    )
    ballot.labels = table["answers"]
    ballot.places = list(Territory.objects.filter(code__in=table.get("territories", [])))
    return consultations.create_activity(ballot)


def acts_of(ballot: Ballot, table: dict, voters: list[User]) -> list[Act]:
    """Opening, votes, changes of mind, closing."""
    opens, closes = texts.days_ago(table["opens_days_ago"]), ballot.closes_at
    until = min(closes, texts.days_ago(0.2))
    # The same votes each time the demonstration is made.
    chance = random.Random(ballot.title)
    if ballot.electorate == Ballot.Electorate.RESIDENTS:
        voters = [voter for voter in voters if voter.commune in ballot.places]
    votes = _votes(table["votes"])
    chance.shuffle(votes)
    acts = [(opens, lambda at: consultations.release_activity(ballot, at=at))]
    for voter, ticked in zip(voters, votes, strict=False):
        at = opens + (until - opens) * (0.02 + 0.9 * chance.random() ** 1.4)
        acts.append((at, _vote(ballot, voter, ticked)))
        if chance.random() < 0.06:
            acts.append((at + (until - at) / 3, _vote(ballot, voter, chance.choice(votes))))
        elif chance.random() < 0.02:
            acts.append((at + (until - at) / 3, _withdraw(ballot, voter)))
    if closes <= texts.days_ago(0):
        acts.append((closes, lambda at: consultations.keep_time(ballot.consultation, at=at)))
    return acts


def _votes(counts: dict[str, int]) -> list[list[str]]:
    """{"a": 3, "b+c": 2, "blank": 1} as what each of six people ticked."""
    return [ticked.split("+") for ticked, count in counts.items() for _ in range(count)]


def _vote(ballot: Ballot, voter: User, ticked: list[str]):
    return lambda at: cast_vote(ballot, voter, ticked, at=at)


def _withdraw(ballot: Ballot, voter: User):
    return lambda at: withdraw_vote(ballot, voter, at=at)
