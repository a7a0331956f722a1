"""What the file of personal data says of a person's appeals."""

from django.utils.translation import gettext as _

from participation.people.models import User

from .models import Appeal


def appeals_as_data(user: User) -> tuple[str, list[dict]]:
    rows = Appeal.objects.filter(action__contribution__author=user).select_related("action__contribution__activity")
    return "appeals", [
        {
            "about": row.contribution.get_absolute_url(),
            "text": row.text,
            "written": row.created_at,
            "accepted": row.accepted,
            "answer": row.answer,
            "answered": row.decided_at,
        }
        for row in rows
    ]


def words_of_data() -> dict[str, str]:
    return {
        "appeals": _("My appeals"),
        "about": _("About"),
        "accepted": _("Accepted"),
        "answer": _("Answer"),
        "answered": _("Answered on"),
    }
