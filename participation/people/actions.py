"""What is done with accounts, roles and organisations. The only writers of this room's tables."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from .models import Membership, Organisation, Role, User

STAFF_ROLES = [Role.ANIMATOR, Role.AGENT, Role.MODERATOR, Role.GUARANTOR, Role.ADMINISTRATOR]
"""Those who enter the admin. What each sees there is decided by rights on pages, organisations and these permissions."""

PERMISSIONS = {
    Role.ANIMATOR: [
        "people.view_organisation",
        "people.change_organisation",
        "people.add_organisation",
        "vocabulary.view_territory",
        "vocabulary.change_territory",
        *(f"vocabulary.{act}_{word}" for act in ["view", "add", "change"] for word in ["theme", "audience", "method"]),
        *(f"consultations.{act}_consultation" for act in ["view", "add", "change"]),
        *(f"forum.{act}_forum" for act in ["view", "add", "change"]),
    ],
    Role.AGENT: [
        *(f"consultations.{act}_consultation" for act in ["view", "add", "change"]),
        *(f"forum.{act}_forum" for act in ["view", "add", "change"]),
    ],
    Role.MODERATOR: [],
    Role.GUARANTOR: [],
    Role.ADMINISTRATOR: [
        *(f"people.{act}_{word}" for act in ["view", "add", "change"] for word in ["user", "organisation"]),
        *(f"vocabulary.{act}_{word}" for act in ["view", "add", "change"] for word in ["territory", "theme", "audience", "method"]),
        *(f"consultations.{act}_consultation" for act in ["view", "add", "change"]),
        *(f"forum.{act}_forum" for act in ["view", "add", "change"]),
        *(f"auth.{act}_group" for act in ["view", "change"]),
        *(f"wagtailcore.{act}_site" for act in ["view", "change"]),
    ],
}
"""Permissions of each role, as "app.codename"."""


@transaction.atomic
def set_up_roles() -> None:
    """Create the group of each role and give it its permissions. Safe to run again."""
    for role in Role.values:
        group, _ = Group.objects.get_or_create(name=role)
        wanted = list(PERMISSIONS.get(role, []))
        if role in STAFF_ROLES:
            wanted.append("wagtailadmin.access_admin")
        group.permissions.add(*(_permission(name) for name in wanted))


def grant_role(user: User, role: Role) -> None:
    user.groups.add(Group.objects.get(name=role))
    user.__dict__.pop("roles", None)


@transaction.atomic
def create_organisation(*, name: str, slug: str, kind: str, **fields) -> Organisation:
    """A new organisation and the group of its editors, which has no right on any page until a section is opened for it."""
    organisation = Organisation(name=name, slug=slug, kind=kind, **fields)
    organisation.editors = Group.objects.create(name=f"Rédaction : {name}"[:150])
    organisation.editors.permissions.add(_permission("wagtailadmin.access_admin"))
    organisation.full_clean(exclude=["editors"])
    organisation.save()
    return organisation


@transaction.atomic
def set_member(organisation: Organisation, user: User, *, edits: bool = False, speaks: bool = False) -> Membership:
    """Make `user` a member with exactly these rights; the group of editors follows."""
    membership, _ = Membership.objects.update_or_create(
        organisation=organisation, user=user, defaults={"edits": edits, "speaks": speaks}
    )
    if edits:
        organisation.editors.user_set.add(user)
    else:
        organisation.editors.user_set.remove(user)
    return membership


@transaction.atomic
def remove_member(organisation: Organisation, user: User) -> None:
    Membership.objects.filter(organisation=organisation, user=user).delete()
    organisation.editors.user_set.remove(user)


def _permission(name: str) -> Permission:
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
