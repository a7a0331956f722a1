"""The people who take part, and the organisations that ask for their opinion."""

import re
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from participation.vocabulary.models import Territory


class Role(models.TextChoices):
    """What a person may do on the whole site; each is a group of that name. Rights on pages come with an organisation."""

    RESIDENT = "resident", _("resident")
    ANIMATOR = "animator", _("animator")
    AGENT = "agent", _("agent")
    ELECTED = "elected", _("elected official")
    MODERATOR = "moderator", _("moderator")
    GUARANTOR = "guarantor", _("guarantor")
    ADMINISTRATOR = "administrator", _("administrator")


ROLES_GIVEN = [role for role in Role if role != Role.RESIDENT]
"""Those an administrator gives and takes back."""

IDLE_AFTER = timedelta(days=700)
"""Twenty-three months without signing in: the owner of the account is told."""
DELETED_AFTER = timedelta(days=730)
"""Twenty-four months."""
NOTICE = timedelta(days=30)
"""Between the letter and the deletion, however late the letter left."""


def new_secret() -> bytes:
    """32 random bytes, from which a person's tags in the public record are made."""
    return secrets.token_bytes(32)


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, email, password=None, **fields):
        """A new account. The e-mail is kept in lower case: it is what one signs in with."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def named(self, pseudonym: str):
        """Who has this pseudonym, whatever its case."""
        # SQLite's own comparison folds the case of ASCII only; its regular expressions are Python's, which know « É ».
        return self.filter(pseudonym__iregex=f"^{re.escape(pseudonym)}$")

    def unconfirmed(self):
        """Sign-ups whose code was never typed: nobody ever came in by them, and nobody gave them any right."""
        return (
            self.filter(last_login__isnull=True, emailaddress__verified=False)
            .filter(is_superuser=False, membership__isnull=True)
            .exclude(emailaddress__verified=True)
            .exclude(groups__name__in=ROLES_GIVEN)
        )

    def idle(self, at: datetime):
        """Those nobody has signed in to for a long time, each with `seen`: when somebody last did, or when it was opened."""
        return self.annotate(seen=Coalesce("last_login", "date_joined")).filter(seen__lte=at - IDLE_AFTER)

    def to_warn(self, at: datetime):
        """Idle ones whose owners have not been told since they were last seen."""
        return self.idle(at).filter(Q(warned_at=None) | Q(warned_at__lte=F("seen"))).exclude(email="")

    def abandoned(self, at: datetime):
        """Those that may be deleted: idle for two years, and their owners told a month ago. Not of those at work."""
        idle = self.idle(at).filter(seen__lte=at - DELETED_AFTER, warned_at__gt=F("seen"), warned_at__lte=at - NOTICE)
        return idle.exclude(pk__in=self.at_work())

    def at_work(self):
        """Those who hold a role or edit for an organisation."""
        return self.filter(_at_work()).distinct()

    def taken_at_their_word(self):
        """The same, and those who have an organisation's mandate: nobody may look like them."""
        return self.filter(_at_work() | Q(membership__isnull=False)).distinct()


def _at_work() -> Q:
    return Q(is_superuser=True) | Q(groups__name__in=ROLES_GIVEN) | Q(membership__edits=True)


class User(AbstractUser):
    """Someone with an account: an e-mail that is never shown, a pseudonym that is, a commune if they wish to say it."""

    username = None
    email = models.EmailField(
        _("e-mail address"), unique=True, error_messages={"unique": _("This address has an account.")}
    )
    pseudonym = models.CharField(
        _("pseudonym"),
        max_length=40,
        help_text=_("The name shown beside what you write. Your own name, or another: as you like."),
    )
    commune = models.ForeignKey(
        Territory,
        models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to={"kind": Territory.Kind.COMMUNE},
        verbose_name=_("commune"),
        help_text=_("Optional. Where you live; it is declared, nobody checks it."),
    )

    secret = models.BinaryField(null=True, default=new_secret, editable=False)
    is_doubtful = models.BooleanField(
        _("to be read beforehand"),
        default=False,
        help_text=_("What this person writes waits for a moderator, until one of their texts is approved."),
    )
    warned_at = models.DateTimeField(
        null=True, editable=False, help_text="when its owner was told that an account nobody uses is deleted"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["pseudonym"]

    objects = UserManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.UniqueConstraint(
                Lower("pseudonym"),
                name="one_account_per_pseudonym",
                violation_error_message=_("Somebody already has this pseudonym."),
            ),
            models.UniqueConstraint(Lower("email"), name="one_account_per_address"),
        ]

    def __str__(self):
        return self.pseudonym

    def get_full_name(self):
        return self.pseudonym

    def get_short_name(self):
        return self.pseudonym

    @cached_property
    def roles(self) -> set[str]:
        """The values of Role this person holds."""
        return set(self.groups.filter(name__in=Role.values).values_list("name", flat=True))

    @cached_property
    def has_confirmed_address(self) -> bool:
        return self.emailaddress_set.filter(verified=True).exists()

    @property
    def deleted_on(self) -> datetime:
        """When it is deleted unless somebody signs in, of an account that is told so now."""
        return max((self.last_login or self.date_joined) + DELETED_AFTER, timezone.now() + NOTICE)

    def has_role(self, *roles: Role) -> bool:
        return self.is_superuser or not self.roles.isdisjoint(roles)

    @property
    def is_last_administrator(self) -> bool:
        """Whether nobody else could grant rights and hand over data, were this account gone."""
        administrators = User.objects.filter(Q(is_superuser=True) | Q(groups__name=Role.ADMINISTRATOR), is_active=True)
        return self.has_role(Role.ADMINISTRATOR) and not administrators.exclude(pk=self.pk).exists()


class OrganisationQuerySet(models.QuerySet):
    def edited_by(self, user):
        """The organisations whose pages, consultations and activities this person may change."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role(Role.ADMINISTRATOR, Role.ANIMATOR):
            return self
        return self.filter(membership__user=user, membership__edits=True)

    def moderated_by(self, user):
        """The organisations whose contributions this person may moderate."""
        if user.is_authenticated and user.has_role(Role.MODERATOR):
            return self
        return self.edited_by(user)

    def spoken_for_by(self, user):
        """The organisations that gave this person the mandate to write in their name."""
        return self.filter(membership__user=user, membership__speaks=True) if user.is_authenticated else self.none()

    def verified(self):
        """Those that have a public profile, and whose mandated members write in their name wherever they take part."""
        return self.filter(verified_at__isnull=False)


class Organisation(models.Model):
    """Who organises or carries something: an intercommunality, a commune, an association, a collective."""

    class Kind(models.TextChoices):
        EPCI = "epci", _("intercommunality")
        COMMUNE = "commune", _("commune")
        ASSOCIATION = "association", _("association")
        COLLECTIVE = "collective", _("collective")

    name = models.CharField(_("name"), max_length=120, unique=True)
    slug = models.SlugField(_("short name in addresses"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, blank=True, verbose_name=_("territory"), help_text=_("Where it acts.")
    )
    presentation = models.TextField(_("presentation"), blank=True, max_length=2000)
    contact = models.CharField(
        _("contact"),
        max_length=200,
        blank=True,
        help_text=_("A service and how to reach it, rather than a person's name."),
    )
    website = models.URLField(_("website"), blank=True)
    legal_notice = models.TextField(
        _("legal notice"),
        blank=True,
        help_text=_("Who answers for the personal data collected in its consultations, and how to reach them."),
    )
    members = models.ManyToManyField(
        User, through="Membership", related_name="organisations", verbose_name=_("members")
    )
    verified_at = models.DateTimeField(
        _("verified"),
        null=True,
        editable=False,
        help_text="when those who run the site checked that it exists and who speaks in its name",
    )
    verified_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    checked = models.TextField(
        _("what was checked"),
        blank=True,
        max_length=1000,
        editable=False,
        help_text=_("A number, a decision, a call: what shows that it exists and gave this mandate. Never published."),
    )
    editors = models.OneToOneField(
        Group,
        models.PROTECT,
        editable=False,
        related_name="organisation",
        verbose_name=_("editors"),
        help_text=_("The group that holds the rights on the organisation's pages."),
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        """Its profile, which is public once it is verified."""
        return reverse("organisations:profile", args=[self.slug])

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None


class Membership(models.Model):
    """What a person may do for an organisation."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, verbose_name=_("organisation"))
    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"))
    edits = models.BooleanField(
        _("edits"), default=False, help_text=_("Changes its pages, opens its activities and moderates them.")
    )
    speaks = models.BooleanField(
        _("speaks"),
        default=False,
        help_text=_("Has its mandate: chooses, message by message, to write in its name; the message says so."),
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_per_person")]

    def __str__(self):
        return f"{self.user} – {self.organisation}"


class ProfileRequest(models.Model):
    """Somebody asks that an organisation get a verified profile, and its mandate to write there in its name."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for an answer")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    MOST_WAITING = 3
    """Of one person at a time."""

    by = models.ForeignKey(User, models.CASCADE, related_name="profile_requests", verbose_name=_("by"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Organisation.Kind)
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, verbose_name=_("territory"))
    presentation = models.TextField(_("presentation"), max_length=2000)
    website = models.URLField(_("website"), blank=True)
    mandate = models.TextField(_("mandate"), max_length=1000)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    made_at = models.DateTimeField(_("when"), default=timezone.now)
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("request for a profile")
        verbose_name_plural = _("requests for a profile")
        # Those that wait come first: so their word sorts.
        ordering = ["-state", "-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["by", "name"], condition=models.Q(state="waiting"), name="one_waiting_request_per_name"
            )
        ]

    def __str__(self):
        return self.name

    @property
    def waits(self) -> bool:
        return self.state == self.State.WAITING


class Session(AbstractBaseSession):
    """A visit, as Django keeps it, and whose it is: what `sessions.SessionStore` reads and writes."""

    user = models.ForeignKey(User, models.CASCADE, null=True, editable=False, verbose_name=_("account"))
    browser = models.CharField(_("browser"), max_length=40, blank=True, editable=False)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now, editable=False)

    def __str__(self):
        return self.browser

    @property
    def mark(self) -> str:
        """What names it in a page: its key would open it."""
        return salted_hmac("participation.people.device", self.session_key).hexdigest()[:16]

    @classmethod
    def get_session_store_class(cls):
        from .sessions import SessionStore

        return SessionStore


class DataRequest(models.Model):
    """A time when personal data were handed over, or deleted. The row outlives the account, without its name."""

    class Kind(models.TextChoices):
        DOWNLOAD = "download", _("download of one's own data")
        DELETION = "deletion", _("deletion of an account")
        RAW_EXPORT = "export", _("raw export by the administration")

    kind = models.CharField(_("request"), max_length=8, choices=Kind)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="data_requests", verbose_name=_("by"))
    purpose = models.TextField(_("purpose"), blank=True)
    made_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        ordering = ["-made_at", "-pk"]

    def __str__(self):
        return self.get_kind_display()
