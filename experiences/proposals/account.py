"""What « Mon espace » and the file of personal data say of the sheets a person proposes."""

from django.utils.translation import gettext as _

from participation.people.hooks import Section
from participation.people.models import Organisation, User
from participation.vocabulary.models import Audience, InvolvementDegree, Method, Stage, Territory

from .forms import LABELS
from .models import Proposal

MOST_SHOWN = 30


def my_proposals(request) -> Section | None:
    """The person's latest proposals, with where each stands and what one may do next."""
    rows = Proposal.objects.filter(author=request.user).select_related("page").order_by("-changed_at", "-pk")
    rows = list(rows[:MOST_SHOWN])
    return Section(110, "experiences/proposals/account.html", {"proposals": rows}) if rows else None


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


def words_of_data() -> dict[str, str]:
    codes = {
        "link": dict(Proposal.Link.choices),
        "credit": dict(Proposal.Credit.choices),
        "stage": dict(Stage.choices),
        "degree": dict(InvolvementDegree.choices),
        "audiences": dict(Audience.objects.values_list("slug", "name")),
        "methods": dict(Method.objects.values_list("slug", "name")),
        "carrier": dict(Organisation.objects.values_list("slug", "name")),
        "place": dict(Territory.objects.values_list("code", "name")),
    }
    codes["elsewhere"] = codes["place"]
    return {
        **LABELS,
        **{f"{name}.{code}": label for name, labels in codes.items() for code, label in labels.items()},
        "proposals": _("Sheets I have proposed"),
        "answers": _("Answers"),
        "sent": _("As it was last sent"),
        "sent_at": _("Sent"),
        "begun": _("Begun"),
    }
