"""What the file of personal data says of a person's appeals."""

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
