"""What is done with accounts, roles and organisations. The only writers of this room's tables."""

import logging
from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from participation import generation, letters
from participation.plain_text import one_line
from participation.vocabulary.models import Territory

from . import hooks
from .models import ROLES_GIVEN, DataRequest, Membership, Organisation, ProfileRequest, Role, Session, User
from .names import known_as

logger = logging.getLogger(__name__)

STAFF_ROLES = [Role.ANIMATOR, Role.AGENT, Role.MODERATOR, Role.GUARANTOR, Role.ADMINISTRATOR]
"""Those who enter the admin. What each sees there is decided by rights on pages, organisations and these permissions."""

CLASSIFIED_BY = ["theme", "audience", "method", "devicetype", "means", "need"]
"""The lists of words of `vocabulary`, by the names of their models."""

PERMISSIONS = {
    Role.ANIMATOR: [
        "people.view_organisation",
        "people.change_organisation",
        "people.add_organisation",
        "vocabulary.view_territory",
        "vocabulary.change_territory",
        *(f"vocabulary.{act}_{word}" for act in ["view", "add", "change"] for word in CLASSIFIED_BY),
    ],
    Role.AGENT: [],
    Role.MODERATOR: [],
    Role.GUARANTOR: [],
    Role.ADMINISTRATOR: [
        *(f"people.{act}_{word}" for act in ["view", "add", "change"] for word in ["user", "organisation"]),
        "vocabulary.view_territory",
        "vocabulary.change_territory",
        *(f"vocabulary.{act}_{word}" for act in ["view", "add", "change"] for word in CLASSIFIED_BY),
        *(f"auth.{act}_group" for act in ["view", "change"]),
        *(f"wagtailcore.{act}_site" for act in ["view", "change"]),
    ],
}
"""Permissions of each role, as "app.codename". Consultations and activities have none: see EditorsPolicy."""


@transaction.atomic
def set_up_roles() -> None:
    """Create the group of each role and give it its permissions. Safe to run again."""
    for role in Role.values:
        group, _created = Group.objects.get_or_create(name=role)
        wanted = list(PERMISSIONS.get(role, []))
        if role in STAFF_ROLES:
            wanted.append("wagtailadmin.access_admin")
        group.permissions.add(*(_permission(name) for name in wanted))


def grant_role(user: User, role: Role) -> None:
    user.groups.add(Group.objects.get(name=role))
    user.__dict__.pop("roles", None)


@transaction.atomic
def set_roles(user: User, roles: Iterable[Role]) -> None:
    """Give `user` exactly these of the roles an administrator gives; rights held through organisations stay."""
    wanted = set(roles)
    user.groups.remove(*Group.objects.filter(name__in=set(ROLES_GIVEN) - wanted))
    user.groups.add(*Group.objects.filter(name__in=wanted))
    user.__dict__.pop("roles", None)


@transaction.atomic
def create_account(user: User, *, roles: Iterable[Role] = ()) -> User:
    """Save an account opened for somebody. Nothing is sent: they choose a password by “Forgotten password?”."""
    user.email = user.email.lower()
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    set_roles(user, roles)
    return user


@transaction.atomic
def change_account(user: User, by: User, *, roles: Iterable[Role]) -> User:
    """Save what an administrator changes in an account. Nobody shuts themselves out; superusers are for superusers."""
    before = User.objects.select_for_update().get(pk=user.pk)
    if before.is_superuser and not by.is_superuser:
        raise PermissionDenied
    roles = set(roles)
    if user == by and not user.is_active:
        raise ValidationError(_("You cannot close your own account here."))
    if user == by and before.has_role(Role.ADMINISTRATOR) and not (user.is_superuser or Role.ADMINISTRATOR in roles):
        raise ValidationError(_("You cannot take your own role of administrator away."))
    user.email = user.email.lower()
    user.full_clean(exclude=["password"])
    user.save()
    if user.email != before.email:
        # The former address no longer opens the account; the new one is confirmed at the next sign-in.
        EmailAddress.objects.filter(user=user).delete()
    set_roles(user, roles)
    return user


@transaction.atomic
def sign_up(
    *, email: str, password: str, pseudonym: str, commune: Territory | None = None, is_doubtful: bool = False
) -> User:
    """Open an account for oneself. Its address is still to be confirmed; a doubtful one may be a robot's."""
    user = User.objects.create_user(email, password, pseudonym=pseudonym, commune=commune, is_doubtful=is_doubtful)
    grant_role(user, Role.RESIDENT)
    return user


@transaction.atomic
def adopt_address(address: EmailAddress) -> None:
    """Make a confirmed address the account's only one: what one signs in with and is written to."""
    address.set_as_primary()
    EmailAddress.objects.filter(user=address.user).exclude(pk=address.pk).delete()


@transaction.atomic
def confirm_address(user: User) -> None:
    """The person has shown that they read the mail of their account's address."""
    address, _created = EmailAddress.objects.get_or_create(user=user, email=user.email.lower())
    if address.set_verified():
        adopt_address(address)


@transaction.atomic
def change_profile(user: User, *, pseudonym: str, commune: Territory | None) -> User:
    """Change what is shown of oneself. The new pseudonym also stands beside what was written before."""
    user.pseudonym = pseudonym
    user.commune = commune
    user.save(update_fields=["pseudonym", "commune"])
    generation.bump(soon=True)
    return user


@transaction.atomic
def forget_unconfirmed(*, user: User | None = None, before: datetime | None = None) -> int:
    """Erase sign-ups that were never confirmed: this one, or all those begun before a date. Returns how many.

    A code is good for a quarter of an hour; what a mistyped address leaves behind would keep its pseudonym for ever.
    """
    forgotten = User.objects.unconfirmed()
    forgotten = forgotten.filter(pk=user.pk) if user else forgotten.filter(date_joined__lt=before)
    accounts = list(forgotten.values_list("pk", flat=True))
    User.objects.filter(pk__in=accounts).delete()
    return len(accounts)


@transaction.atomic
def sign_out(user: User, *, but: str | None = None, marks: Iterable[str] | None = None) -> int:
    """End the person's sessions: all, or those of these marks; never the one whose key is `but`. Returns how many."""
    sessions = Session.objects.filter(user=user).exclude(pk=but)
    if marks is not None:
        wanted = set(marks)
        sessions = sessions.filter(pk__in=[session.pk for session in sessions if session.mark in wanted])
    return sessions.delete()[0]


@transaction.atomic
def reset_second_factor(user: User, by: User) -> None:
    """Take away what somebody has lost, so that they choose another. One's own goes by one's own page, with a password."""
    if user == by or (user.is_superuser and not by.is_superuser):
        raise PermissionDenied
    Authenticator.objects.filter(user=user).delete()
    sign_out(user)


def trust(user: User) -> None:
    """What they write no longer waits, where nobody's does."""
    if user.is_doubtful:
        user.is_doubtful = False
        user.save(update_fields=["is_doubtful"])


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def delete_account(user: User, *, erase_texts: bool, inactive: bool = False) -> None:
    """Delete an account and all that is its owner's; texts that people read stay without their author, unless erased.

    What each room does of it: `let_go` in hooks.py. A letter confirms, and says why when nobody used it any more.
    """
    hooks.let_go(user, erase_texts=erase_texts)
    user = User.objects.select_for_update(of=["self"]).get(pk=user.pk)
    if inactive and not User.objects.abandoned(timezone.now()).filter(pk=user.pk).exists():
        raise ValidationError(_("Somebody has signed in to this account meanwhile: it stays."))
    # Of two administrators who leave at once, the second finds that they are the last.
    Group.objects.select_for_update(no_key=True).filter(name=Role.ADMINISTRATOR).first()
    if user.is_last_administrator:
        raise ValidationError(
            _("You are the only administrator: give this role to somebody else first, or nobody could run the site.")
        )
    for organisation in user.organisations.all():
        remove_member(organisation, user)
    sign_out(user)
    _forget_in_the_admin(user)
    email, context = user.email, {"pseudonym": user.pseudonym, "erased": erase_texts, "inactive": inactive}
    try:
        user.delete()
    except ProtectedError:
        raise ValidationError(
            _("Something was being done with your account at the same moment. Nothing is deleted: try again.")
        ) from None
    note_request(DataRequest.Kind.DELETION, purpose=_("Nobody had used it for two years.") if inactive else "")
    generation.bump()
    letters.send_after_commit("people/mail/deleted", context, email)


def _forget_in_the_admin(user: User) -> None:
    """What Wagtail's history calls the account, and the picture it keeps in a file."""
    ModelLogEntry.objects.for_instance(user).update(label=_("erased account"), data={})
    profile = UserProfile.objects.filter(user=user).exclude(avatar="").first()
    if profile:
        storage, name = profile.avatar.storage, profile.avatar.name
        transaction.on_commit(lambda: storage.delete(name))


def warn_inactive(*, most: int = 200) -> int:
    """Tell those who have not signed in for twenty-three months that their account will be deleted, or, at work, that it is idle.

    Returns how many letters left; one that could not is tried again. Signing in cancels it all.
    """
    at, told = timezone.now(), 0
    at_work = set(User.objects.at_work().values_list("pk", flat=True))
    for user in User.objects.to_warn(at).exclude(pk__in=User.objects.unconfirmed()).order_by("seen", "pk")[:most]:
        context = {
            "user": user,
            "at_work": user.pk in at_work,
            "sign_in_url": letters.absolute(reverse("account_login")),
            "delete_url": letters.absolute(reverse("people:delete")),
        }
        if letters.send_letter("people/mail/inactive", context, user.email):
            # One by one: a worker that stops half-way writes again to one person at most.
            User.objects.filter(pk=user.pk).update(warned_at=at)
            told += 1
    return told


def delete_inactive(*, most: int = 200) -> int:
    """Delete the accounts that nobody has used for two years, their owners told; what people read stays, without their name.

    Returns how many. One that cannot be deleted now (a record that is suspended) does not stop the others.
    """
    deleted = 0
    for user in User.objects.abandoned(timezone.now()).order_by("seen", "pk")[:most]:
        try:
            delete_account(user, erase_texts=False, inactive=True)
        except ValidationError as refusal:
            logger.error("account %s not deleted: %s", user.pk, " ".join(refusal.messages))
        else:
            deleted += 1
    return deleted


def note_request(kind: DataRequest.Kind, *, by: User | None = None, purpose: str = "") -> DataRequest:
    """Note that personal data are handed over, or deleted."""
    return DataRequest.objects.create(kind=kind, by=by, purpose=purpose)


# ── Organisations ────────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_organisation(*, name: str, kind: str, slug: str = "", **fields) -> Organisation:
    """A new organisation and the group of its editors, which has no right on any page until a section is opened for it.

    Its short name is made from its name when none is given.
    """
    name = one_line(name)
    organisation = Organisation(name=name, slug=slug or slugify(name)[:80], kind=kind, **fields)
    organisation.full_clean(exclude=["editors"])
    organisation.editors = Group.objects.create(name=_name_of_editors(organisation))
    organisation.editors.permissions.add(_permission("wagtailadmin.access_admin"))
    organisation.save()
    return organisation


@transaction.atomic
def change_organisation(organisation: Organisation) -> Organisation:
    """Save the changes made to an organisation; the name of the group of its editors follows, its short name stays."""
    organisation.name = one_line(organisation.name)
    organisation.full_clean(exclude=["editors"])
    # Only what a form may change: its verification may be taken back meanwhile.
    organisation.save(
        update_fields=[field.name for field in organisation._meta.fields if field.editable and not field.primary_key]
    )
    organisation.editors.name = _name_of_editors(organisation)
    organisation.editors.save(update_fields=["name"])
    generation.bump()
    return organisation


@transaction.atomic
def set_member(organisation: Organisation, user: User, *, edits: bool = False, speaks: bool = False) -> Membership:
    """Make `user` a member with exactly these rights; the group of editors follows."""
    membership, _created = Membership.objects.update_or_create(
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


@transaction.atomic
def give_mandate_back(organisation: Organisation, user: User) -> None:
    """A member no longer writes in its name. Who does not edit either is no longer a member."""
    Membership.objects.filter(organisation=organisation, user=user, edits=False).delete()
    Membership.objects.filter(organisation=organisation, user=user).update(speaks=False)


# ── Verified profiles ────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def verify(organisation: Organisation, by: User, *, checked: str) -> Organisation:
    """Those who run the site say that it exists and who speaks in its name: its profile is public. `checked`: how they know."""
    _require_rights_on_organisations(by)
    return _mark(organisation, verified_at=timezone.now(), verified_by=by, checked=_said(checked))


@transaction.atomic
def unverify(organisation: Organisation, by: User) -> Organisation:
    """Its profile is no longer public, and nobody writes in its name elsewhere than in what it organises."""
    _require_rights_on_organisations(by)
    return _mark(organisation, verified_at=None, verified_by=None)


def _said(checked: str) -> str:
    if not checked.strip():
        raise ValidationError({"checked": _("Write what you checked: those who come after you will want to know.")})
    return checked.strip()


def _mark(organisation: Organisation, **marks) -> Organisation:
    for mark, value in marks.items():
        setattr(organisation, mark, value)
    organisation.save(update_fields=list(marks))
    generation.bump()
    return organisation


@transaction.atomic
def ask_for_profile(user: User, **words) -> ProfileRequest:
    """Ask those who run the site that an organisation get a verified profile; they are written to.

    `words` are what the request says, by the names of its fields. Refused when one has asked the same already, or too much.
    """
    words["name"] = one_line(words["name"])
    # One after the other: of the same form sent twice at once, the second finds what the first wrote.
    user = User.objects.select_for_update().get(pk=user.pk)
    waiting = user.profile_requests.filter(state=ProfileRequest.State.WAITING)
    if waiting.filter(name=words["name"]).exists():
        raise ValidationError({"name": _("You have asked this already: those who run the site will answer.")})
    if waiting.count() >= ProfileRequest.MOST_WAITING:
        raise ValidationError(_("Several of your requests wait for an answer. Wait for it before you ask for more."))
    request = ProfileRequest(by=user, **words)
    request.full_clean()
    request.save()
    address = letters.absolute(reverse("wagtailsnippets_people_profilerequest:answer", args=[request.pk]))
    for person in _who_answers_requests():
        letters.send_after_commit("people/mail/profile_asked", {"asked": request, "url": address}, person.email)
    return request


def _who_answers_requests() -> Iterable[User]:
    """The animators; where there are none, the administrators."""
    written_to = User.objects.filter(is_active=True).exclude(email="")
    animators = written_to.filter(groups__name=Role.ANIMATOR)
    return animators or written_to.filter(Q(is_superuser=True) | Q(groups__name=Role.ADMINISTRATOR)).distinct()


@transaction.atomic
def take_profile_request_back(request: ProfileRequest, user: User) -> None:
    """Delete one's own request. Refused once it is answered."""
    if request.by_id != user.pk:
        raise PermissionDenied
    _waiting(request).delete()


@transaction.atomic
def accept_profile_request(
    request: ProfileRequest, by: User, *, checked: str, organisation: Organisation | None = None
) -> Organisation:
    """Verify the organisation (a new one, made of the request, unless it is known already) and give the asker its mandate.

    Refused once it is answered or taken back, without words in `checked`, and when a new one would have a name that is taken.
    """
    _require_rights_on_organisations(by)
    request = _waiting(request)
    if organisation is None and (known := known_as(request.name)):
        raise ValidationError(
            {
                "organisation": _("“%(name)s” is known already, or looks the same: choose it in the list.")
                % {"name": known}
            }
        )
    if organisation is None:
        facts = {name: getattr(request, name) for name in ("name", "kind", "territory", "presentation", "website")}
        organisation = create_organisation(**facts)
    if organisation.is_verified:
        # One more mandate: what was checked before is still true, and its date with it.
        _mark(organisation, checked=f"{organisation.checked}\n{_said(checked)}")
    else:
        verify(organisation, by, checked=checked)
    member = organisation.membership_set.filter(user=request.by).first()
    set_member(organisation, request.by, edits=bool(member and member.edits), speaks=True)
    _answer(request, by, ProfileRequest.State.ACCEPTED, organisation=organisation)
    return organisation


@transaction.atomic
def decline_profile_request(request: ProfileRequest, by: User, *, answer: str) -> None:
    """`answer` says why, and is written to who asked. Refused without it, and once the request is answered or taken back."""
    _require_rights_on_organisations(by)
    if not answer.strip():
        raise ValidationError({"answer": _("Say why: it is written to the person who asked.")})
    _answer(_waiting(request), by, ProfileRequest.State.DECLINED, answer=answer.strip())


def _require_rights_on_organisations(by: User) -> None:
    if not by.has_perm("people.change_organisation"):
        raise PermissionDenied


def _waiting(request: ProfileRequest) -> ProfileRequest:
    """The request, held, unless somebody has answered it or taken it back meanwhile."""
    found = ProfileRequest.objects.select_for_update().filter(pk=request.pk).first()
    if found is None or not found.waits:
        raise ValidationError(_("This request waits no longer: it was answered, or taken back."))
    return found


def _answer(request: ProfileRequest, by: User, state: ProfileRequest.State, **words) -> None:
    request.state, request.answered_by, request.answered_at = state, by, timezone.now()
    for name, value in words.items():
        setattr(request, name, value)
    request.save()
    if request.by.email and request.by.is_active:
        address = request.organisation.get_absolute_url() if request.organisation else reverse("people:account")
        context = {"asked": request, "url": letters.absolute(address)}
        letters.send_after_commit(f"people/mail/profile_{state.value}", context, request.by.email)


def _name_of_editors(organisation: Organisation) -> str:
    return f"Rédaction : {organisation.name}"[:150]


def _permission(name: str) -> Permission:
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
