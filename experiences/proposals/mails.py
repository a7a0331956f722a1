"""The letters to those who propose sheets."""

from participation.letters import absolute, send_letter

from .models import Proposal


def tell(proposal: Proposal) -> bool:
    """Tell its author what a proposal has become; returns whether the letter left."""
    address = proposal.online.get_url() if proposal.online else proposal.get_absolute_url()
    context = {"proposal": proposal, "url": absolute(address)}
    return send_letter(f"experiences/proposals/mail/{proposal.state}", context, proposal.author.email)
