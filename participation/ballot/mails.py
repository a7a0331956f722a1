"""The letters about votes."""

from participation.letters import absolute, send_letter

from .models import Vote


def tell_voter_of_change(vote: Vote) -> None:
    """The question changed after this person had voted: their vote still counts, and can be changed."""
    if not vote.voter.email:
        return
    context = {"ballot": vote.ballot, "url": absolute(vote.ballot.get_absolute_url())}
    send_letter("ballot/mail/changed", context, vote.voter.email)
