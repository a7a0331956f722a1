"""The doors that this room, which knows nobody above it, leaves open to the rooms above.

Both are Wagtail hooks, registered in a room's wagtail_hooks.py:

    @hooks.register("register_account_section")
    def my_contributions(request) -> AccountSection | None:
        "A part of « Mon espace »; None when there is nothing to say to this person."

    @hooks.register("register_personal_data")
    def my_contributions_as_data(user) -> tuple[str, list | dict]:
        "What the room holds about a person, for the file they download: a name and what becomes JSON under it."
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from wagtail import hooks

from .models import User


@dataclass(frozen=True)
class AccountSection:
    """A part of « Mon espace ».

    Its template draws a <section> that starts with an <h2>; it is given `context` and the request.
    """

    order: int
    """Smaller comes first; 100 for what people read most, such as their contributions."""
    template: str
    context: dict = field(default_factory=dict)

    def drawn(self, request) -> SafeString:
        return render_to_string(self.template, self.context, request)


def account_sections(request) -> list[AccountSection]:
    """The sections of the signed-in person's page, in order."""
    sections = [section for register in hooks.get_hooks("register_account_section") if (section := register(request))]
    return sorted(sections, key=lambda section: section.order)


def personal_data(user: User) -> dict:
    """All that is held about a person: the account, then what each room above adds under its own name."""
    data = {"account": _account(user)}
    for register in hooks.get_hooks("register_personal_data"):
        name, held = register(user)
        data[name] = held
    return data


def _account(user: User) -> dict:
    return {
        "pseudonym": user.pseudonym,
        "email": user.email,
        "email_confirmed": user.emailaddress_set.filter(email=user.email, verified=True).exists(),
        "commune": {"code": user.commune.code, "name": user.commune.name} if user.commune else None,
        "created": user.date_joined,
        "last_sign_in": user.last_login,
        "roles": sorted(user.roles),
        "devices": [{"browser": session.browser, "seen": session.seen_at} for session in user.session_set.all()],
        "organisations": [
            {"name": member.organisation.name, "edits": member.edits, "speaks": member.speaks}
            for member in user.membership_set.select_related("organisation").order_by("organisation__name")
        ],
    }
