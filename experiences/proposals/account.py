"""What « Mon espace » and the file of personal data say of the sheets a person proposes."""

from participation.people.hooks import AccountSection
from participation.people.models import User

from .models import Proposal

MOST_SHOWN = 30


def my_proposals(request) -> AccountSection | None:
    """The person's latest proposals, with where each stands and what one may do next."""
    rows = Proposal.objects.filter(author=request.user).select_related("page").order_by("-changed_at", "-pk")
    rows = list(rows[:MOST_SHOWN])
    return AccountSection(110, "experiences/proposals/account.html", {"proposals": rows}) if rows else None


def proposals_as_data(user: User) -> tuple[str, list[dict]]:
    rows = Proposal.objects.filter(author=user).order_by("created_at", "pk")
    return "proposals", [
        {
            "answers": row.answers,
            "sent": row.sent,
            "state": row.get_state_display(),
            "reason": row.reason,
            "begun": row.created_at,
            "changed": row.changed_at,
            "sent_at": row.sent_at,
        }
        for row in rows
    ]
