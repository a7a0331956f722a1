"""What « Mon espace » and the file of personal data say of a person's votes."""

from django.utils.translation import gettext as _

from participation.people.hooks import Section
from participation.people.models import User

from .methods import BLANK
from .models import Ballot, Vote

MOST_SHOWN = 50


def my_votes(request) -> Section | None:
    """The person's votes, each with its receipt."""
    votes = list(_votes(request.user).order_by("-ballot__closes_at", "-pk")[:MOST_SHOWN])
    for vote in votes:
        vote.answers = _answers(vote.ballot, vote)
    return Section(110, "ballot/account.html", {"votes": votes}) if votes else None


def votes_as_data(user: User) -> tuple[str, list[dict]]:
    return "votes", [
        {
            "question": vote.ballot.wording,
            "answers": _answers(vote.ballot, vote),
            "record": vote.ballot.consultation.log and vote.ballot.consultation.log.origin,
            "entry": vote.seq,
        }
        for vote in _votes(user).order_by("pk")
    ]


def words_of_data() -> dict[str, str]:
    return {
        "votes": _("My votes"),
        "question": _("Question"),
        "answers": _("Answers"),
        "record": _("Public record"),
        "entry": _("Number in the record"),
        f"answers.{BLANK}": _("Blank vote"),
    }


def _votes(user: User):
    return (
        Vote.objects.standing()
        .filter(voter=user)
        .select_related("ballot__consultation__log")
        .prefetch_related("ballot__choices")
    )


def _answers(ballot: Ballot, vote: Vote) -> list[str]:
    """The vote in the words of the answers; "blank" is said as the data say it."""
    labels = {answer.key: answer.label for answer in ballot.choices.all()} | {BLANK: BLANK}
    keys = vote.choice if isinstance(vote.choice, list) else [vote.choice]
    return [labels[key] for key in keys]
