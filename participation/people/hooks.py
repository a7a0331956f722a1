"""The doors that this room, which knows nobody above it, leaves open to the rooms above.

All are Wagtail hooks, registered in a room's wagtail_hooks.py:

    @hooks.register("register_account_section")
    def my_contributions(request) -> Section | None:
        "A part of « Mon espace »; None when there is nothing to say to this person."

    @hooks.register("register_organisation_section")
    def what_it_says(organisation, request) -> Section | None:
        "A part of the public profile of an organisation, as whoever asks may read it; None when there is nothing to say."

    @hooks.register("register_personal_data")
    def my_contributions_as_data(user) -> tuple[str, list | dict]:
        "What the room holds about a person, for the file they download: a name and what becomes JSON under it."

    @hooks.register("register_words_of_data")
    def words() -> dict[str, str]:
        "What its names and codes are called, for who reads that file as a page."

    @hooks.register("register_account_deletion", order=30)
    def let_go(user, *, erase_texts: bool) -> None:
        "What the room does with what it holds of a person whose account is being deleted, in the same transaction."

Deletions go in this order: 10, the records are taken; 20, votes are taken back; 30, views are, and texts are erased; then
those of rooms that write in no record, in the order they like. What is left of the person under `PROTECT` makes the whole
deletion fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from .models import Organisation, Role, User


@dataclass(frozen=True)
class Section:
    """A part of a page to which several rooms add: « Mon espace », the profile of an organisation.

    Its template draws a <section> that starts with an <h2>; it is given `context` and the request.
    """

    order: int
    """Smaller comes first; 100 for what people read most, such as their contributions."""
    template: str
    context: dict = field(default_factory=dict)

    def drawn(self, request) -> SafeString:
        return render_to_string(self.template, self.context, request)


def account_sections(request) -> list[Section]:
    """The sections of the signed-in person's page, in order."""
    return _in_order(register(request) for register in hooks.get_hooks("register_account_section"))


def organisation_sections(organisation: Organisation, request) -> list[Section]:
    """The sections of an organisation's profile, in order."""
    return _in_order(register(organisation, request) for register in hooks.get_hooks("register_organisation_section"))


def _in_order(sections: Iterable[Section | None]) -> list[Section]:
    return sorted(filter(None, sections), key=lambda section: section.order)


def let_go(user: User, *, erase_texts: bool) -> None:
    """Have each room above part from a person whose account is being deleted."""
    for part in hooks.get_hooks("register_account_deletion"):
        part(user, erase_texts=erase_texts)


def personal_data(user: User) -> dict:
    """All that is held about a person: the account, then what each room above adds under its own name."""
    data = {"account": _account(user)}
    for register in hooks.get_hooks("register_personal_data"):
        name, held = register(user)
        data[name] = held
    return data


def words_of_data() -> dict[str, str]:
    """The names in personal data, and their codes (as "name.code") → what they are called on a page."""
    words = dict(WORDS)
    for register in hooks.get_hooks("register_words_of_data"):
        words |= register()
    return words


WORDS = {
    "account": _("My account"),
    "pseudonym": _("Pseudonym"),
    "email": _("E-mail address"),
    "email_confirmed": _("Confirmed address"),
    "commune": _("Commune"),
    "code": _("INSEE code"),
    "name": _("Name"),
    "created": _("Date of creation"),
    "last_sign_in": _("Last sign-in"),
    "told_that_it_closes": _("Told that an unused account is deleted"),
    "roles": _("Roles"),
    **{f"roles.{role.value}": role.label for role in Role},
    "devices": _("Where I am signed in"),
    "browser": _("Browser"),
    "seen": _("Last seen"),
    "organisations": _("My organisations"),
    "edits": _("Edits"),
    "speaks": _("Speaks in its name"),
    "profiles_asked_for": _("My requests for an organisation's profile"),
    "kind_of_organisation": _("Kind"),
    "territory": _("Where it acts"),
    "presentation": _("Presentation"),
    "website": _("Website"),
    "mandate": _("Mandate"),
    "state": _("State"),
    "answer": _("Answer"),
    "requests": _("My requests about my data"),
    "kind": _("Request"),
    "made": _("When"),
    "purpose": _("Purpose"),
}


def _account(user: User) -> dict:
    return {
        "pseudonym": user.pseudonym,
        "email": user.email,
        "email_confirmed": user.emailaddress_set.filter(email=user.email, verified=True).exists(),
        "commune": {"code": user.commune.code, "name": user.commune.name} if user.commune else None,
        "created": user.date_joined,
        "last_sign_in": user.last_login,
        "told_that_it_closes": user.warned_at,
        "roles": sorted(user.roles),
        "devices": [{"browser": session.browser, "seen": session.seen_at} for session in user.session_set.all()],
        "organisations": [
            {"name": member.organisation.name, "edits": member.edits, "speaks": member.speaks}
            for member in user.membership_set.select_related("organisation").order_by("organisation__name")
        ],
        "profiles_asked_for": [
            {
                "name": request.name,
                "kind_of_organisation": request.get_kind_display(),
                "territory": request.territory.name if request.territory else None,
                "presentation": request.presentation,
                "website": request.website,
                "mandate": request.mandate,
                "made": request.made_at,
                "state": request.get_state_display(),
                "answer": request.answer,
            }
            for request in user.profile_requests.select_related("territory")
        ],
        "requests": [
            {"kind": request.get_kind_display(), "made": request.made_at, "purpose": request.purpose}
            for request in user.data_requests.all()
        ],
    }
