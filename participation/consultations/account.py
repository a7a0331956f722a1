"""What « Mon espace » and the file of personal data say of a person's contributions and reactions."""

from django.utils.translation import gettext as _

from participation.people.hooks import Section
from participation.people.models import User

from .models import Contribution, Report, last_reasons

MOST_SHOWN = 30


def my_contributions(request) -> Section:
    """The person's latest contributions, with where each stands and why."""
    rows = list(
        Contribution.objects.filter(author=request.user)
        .exclude(state=Contribution.State.ERASED)
        .with_particulars()
        .select_related("activity__consultation__log")
        .order_by("-created_at", "-pk")[:MOST_SHOWN]
    )
    reasons = last_reasons(rows)
    for row in rows:
        row.moderation, row.outcome_in_words = reasons.get(row.pk), row.specific.became()
    return Section(100, "consultations/account.html", {"contributions": rows})


def my_reactions(request) -> Section | None:
    """The person's latest views on what others wrote, each with its receipt."""
    rows = request.user.reactions.standing().filter(seq__isnull=False)
    rows = list(
        rows.select_related("contribution__activity__consultation__log").order_by("-created_at", "-pk")[:MOST_SHOWN]
    )
    return Section(120, "consultations/account_reactions.html", {"reactions": rows}) if rows else None


def contributions_as_data(user: User) -> tuple[str, list[dict]]:
    rows = Contribution.objects.filter(author=user).with_particulars().select_related("activity", "on_behalf_of")
    return "contributions", [
        {
            "activity": row.activity.title,
            "on_behalf_of": row.on_behalf_of.name if row.on_behalf_of else None,
            "text": row.body,
            **{field: words for field, words in row.specific.texts().items() if field != "body"},
            "state": row.get_state_display(),
            "written": row.created_at,
            "changed": row.edited_at,
            "address": row.get_absolute_url(),
        }
        for row in rows.order_by("created_at", "pk")
    ]


def reports_as_data(user: User) -> tuple[str, list[dict]]:
    rows = Report.objects.filter(reporter=user).select_related("contribution__activity").order_by("created_at", "pk")
    return "reports", [
        {
            "on": row.contribution.get_absolute_url(),
            "reason": row.get_reason_display(),
            "note": row.note,
            "when": row.created_at,
        }
        for row in rows
    ]


def reactions_as_data(user: User) -> tuple[str, list[dict]]:
    rows = user.reactions.standing().select_related("contribution__activity").order_by("created_at", "pk")
    return "reactions", [
        {"choice": row.get_choice_display(), "on": row.contribution.get_absolute_url(), "when": row.created_at}
        for row in rows
    ]


def words_of_data() -> dict[str, str]:
    return {
        "contributions": _("My contributions"),
        "activity": _("Activity"),
        "on_behalf_of": _("In the name of"),
        "text": _("Text"),
        "title": _("Title"),
        "wording": _("Proposed wording"),
        "state": _("State"),
        "written": _("Written"),
        "changed": _("Changed"),
        "address": _("Address, where it can be changed"),
        "reactions": _("My views on what others wrote"),
        "choice": _("Choice"),
        "on": _("On the message"),
        "when": _("When"),
        "reports": _("My reports"),
        "reason": _("Reason"),
        "note": _("A word more"),
    }
