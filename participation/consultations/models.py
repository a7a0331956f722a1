"""The spine: a consultation groups activities, people contribute to an activity and react to contributions.

Activity and Contribution are concrete parents: each kind of activity (forum, …) is a room with its own child tables, and
moderation, follow-up and search are written once, here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from participation.ledger.models import Log
from participation.people.models import Organisation, Role, User
from participation.plain_text import as_seen, one_line
from participation.vocabulary.models import InvolvementDegree, Territory

from .columns import DataColumn

Viewer = User | AnonymousUser


class ConsultationQuerySet(models.QuerySet):
    def accessible(self, to: Viewer):
        """Those that `to` may see: public ones, those they are invited to or warrant, those of organisations they work for.

        A trial is never public: it is rehearsed among those who prepare it and those they invite.
        """
        reachable = Q(access=Consultation.Access.PUBLIC, is_trial=False)
        if to.is_authenticated:
            reachable |= Q(pk__in=Consultation.guests.through.objects.filter(user=to).values("consultation"))
            reachable |= Q(organiser__in=Organisation.objects.moderated_by(to)) | _warranted(to)
        return self.filter(reachable)

    def edited_by(self, user: Viewer):
        return self.filter(organiser__in=Organisation.objects.edited_by(user))

    def warranted_by(self, user: Viewer):
        """Those whose guarantor `user` is, while they hold the role."""
        return self.filter(_warranted(user)) if user.is_authenticated else self.none()

    def begun(self):
        """Those where something was opened, or is to open at its date: they are no secret of those who prepare them."""
        return self.filter(Exists(Activity.objects.released().filter(consultation=OuterRef("pk"))))

    def of_the_site(self):
        return self.filter(site_year__isnull=False)

    def with_acts_of(self, user: User):
        """Those in which this person did something that is kept."""
        rows = [kind.objects.filter(**{path: user}) for kind, path in Activity.actors()]
        return self.filter(pk__in={pk for found in rows for pk in found.values_list("consultation", flat=True)})

    def going_on(self):
        """All but those that were ended: something may still open in them."""
        return self.exclude(log__closed_at__isnull=False)


def _warranted(user: User) -> Q:
    return Q(guarantor=user) if user.has_role(Role.GUARANTOR) else Q(pk__in=[])


class Consultation(models.Model):
    """What one organiser asks of a public, from opening to closing.

    It groups activities and says what the law wants said: who organises, how one takes part, where to find what one must
    know, what will be done with it (CRPA, article L131-1).
    """

    class Access(models.TextChoices):
        PUBLIC = "public", _("everyone")
        INVITED = "invited", _("invited people")

    title = models.CharField(_("title"), max_length=140)
    slug = models.SlugField(_("short name in addresses"), max_length=80, unique=True)
    organiser = models.ForeignKey(
        Organisation, models.PROTECT, related_name="consultations", verbose_name=_("organiser")
    )
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, verbose_name=_("territory"))
    degree = models.CharField(_("degree of involvement"), max_length=16, choices=InvolvementDegree)
    question = models.TextField(
        _("what is asked"), max_length=1000, blank=True, help_text=_("One or two sentences that anyone understands.")
    )
    negotiable = models.TextField(_("what is negotiable"), blank=True)
    not_negotiable = models.TextField(_("what is not negotiable"), blank=True)
    modalities = models.TextField(_("how one takes part"), blank=True)
    information = models.TextField(_("what one should know"), blank=True, help_text=_("And where to find it."))
    follow_up = models.TextField(
        _("what will be done with it"),
        blank=True,
        help_text=_("Who will read the contributions, who decides, by when."),
    )
    guarantor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"groups__name": Role.GUARANTOR},
        verbose_name=_("guarantor"),
        help_text=_(
            "Sees every act of moderation and every text that was taken down, and publishes notes that nobody else can "
            "change. Once something is open, only an administrator changes who it is."
        ),
    )
    access = models.CharField(_("access"), max_length=8, choices=Access, default=Access.PUBLIC)
    guests = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("invited people")
    )
    is_trial = models.BooleanField(
        _("trial"),
        default=False,
        help_text=_(
            "To rehearse: outside the public record and the search, seen only by your organisation and the people you "
            "invite. What is done in it can be wiped; it never becomes real, but serves as a template."
        ),
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    log = models.OneToOneField(
        Log, models.PROTECT, null=True, editable=False, related_name="consultation", verbose_name=_("record")
    )
    site_year = models.PositiveSmallIntegerField(
        _("year"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Set on an organiser's permanent consultation of a year, which holds what belongs to no other."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organiser", "site_year"], name="one_permanent_consultation_per_organiser_and_year"
            )
        ]

    def __str__(self):
        return self.title

    def participants(self) -> set[int]:
        """The keys of the accounts that did something in it."""
        rows = [kind.objects.filter(consultation=self).values_list(path, flat=True) for kind, path in Activity.actors()]
        return {pk for found in rows for pk in found if pk is not None}

    @property
    def is_public(self) -> bool:
        return self.access == self.Access.PUBLIC and not self.is_trial

    def is_edited_by(self, user: Viewer) -> bool:
        return Organisation.objects.edited_by(user).filter(pk=self.organiser_id).exists()

    def voices(self, user: Viewer) -> models.QuerySet[Organisation]:
        """The organisations in whose name this person may write here: the organiser, and those that are verified."""
        heard = Q(verified_at__isnull=False) | Q(pk=self.organiser_id)
        return Organisation.objects.spoken_for_by(user).filter(heard)

    def is_moderated_by(self, user: Viewer) -> bool:
        return Organisation.objects.moderated_by(user).filter(pk=self.organiser_id).exists()


class State(models.TextChoices):
    """Where an activity stands at a given time."""

    DRAFT = "draft", _("Draft")
    COMING = "coming", _("Coming")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class ActivityQuerySet(models.QuerySet):
    def released(self):
        """All but drafts."""
        return self.filter(released_at__isnull=False)

    def open(self, at: datetime):
        return self.released().filter(_has_opened(at)).exclude(_has_closed(at))

    def coming(self, at: datetime):
        return self.released().exclude(_has_opened(at)).exclude(_has_closed(at))

    def closed(self, at: datetime):
        return self.released().filter(_has_closed(at))

    def due(self, at: datetime):
        """Those whose opening or closing has come and is not in the record yet."""
        opening = Q(opening_seq=None, opens_at__lte=at)
        return self.released().filter(opening | Q(closing_seq=None, closes_at__lte=at))

    def everyones(self):
        """Those of public consultations, drafts left out: what anyone may come across."""
        return self.released().filter(consultation__in=Consultation.objects.accessible(AnonymousUser()))

    def visible(self, to: Viewer):
        """Released ones of the consultations `to` may see, and the drafts they may edit."""
        reachable = Q(released_at__isnull=False, consultation__in=Consultation.objects.accessible(to))
        if to.is_authenticated:
            reachable |= Q(consultation__in=Consultation.objects.edited_by(to))
        return self.filter(reachable)

    def edited_by(self, user: Viewer):
        return self.filter(consultation__in=Consultation.objects.edited_by(user))


def _has_opened(at: datetime) -> Q:
    return Q(opens_at__lte=at) | Q(opening_seq__isnull=False)


def _has_closed(at: datetime) -> Q:
    """By its date, or by the record: a clock that goes back reopens nothing."""
    return Q(closes_at__isnull=False, closes_at__lte=at) | Q(closing_seq__isnull=False)


class Activity(models.Model):
    """One participation tool with its own dates, that any page may embed. In order of date, they are the steps of a project.

    A draft until someone releases it ("Open"); then coming, open or closed by its dates alone, so that a late clock never
    lets a late contribution in.
    """

    class Moderation(models.TextChoices):
        AFTER = "a_posteriori", _("after publication")
        BEFORE = "a_priori", _("before publication")

    KIND = ""
    """Of each child class: the name of its room, which is also the name of its URLs and of its relation to this table."""

    ACTORS = ("contributions__author", "contributions__reactions__user")
    """Of each child class: the paths to those who did something in it."""

    FIXES_GUESTS = False
    """Of each child class: whether opening it fixes the list of the people invited to the consultation."""

    consultation = models.ForeignKey(
        Consultation, models.PROTECT, related_name="activities", verbose_name=_("consultation")
    )
    kind = models.CharField(max_length=20, editable=False)
    title = models.CharField(_("title"), max_length=140)
    question = models.TextField(
        _("what is asked"), max_length=1000, blank=True, help_text=_("One or two sentences that anyone understands.")
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes it takes"), default=5, help_text=_("How long it takes to read and give a view.")
    )
    moderation = models.CharField(_("moderation"), max_length=12, choices=Moderation, default=Moderation.AFTER)
    hours_to_decide = models.PositiveSmallIntegerField(
        _("published without a decision after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text=_(
            "In hours, 720 at most. Where texts are read before publication: one that nobody has read by then is "
            "published. Empty: it waits."
        ),
    )
    released_at = models.DateTimeField(editable=False, null=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True, help_text=_("Empty: as soon as you press Open."))
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True, help_text=_("Empty: no end is planned."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    opening_seq = models.PositiveBigIntegerField(null=True, editable=False, help_text="activity.opened, in the record")
    closing_seq = models.PositiveBigIntegerField(null=True, editable=False, help_text="activity.closed, in the record")
    # Stored counters, written in the transaction of what they count.
    contribution_count = models.PositiveIntegerField(default=0, editable=False)
    participant_count = models.PositiveIntegerField(default=0, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(opens_at__isnull=True) | Q(closes_at__gt=models.F("opens_at")),
                name="activity_closes_after_it_opens",
                violation_error_message=_("It must close after it opens."),
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(opens_at__isnull=False),
                name="a_released_activity_has_an_opening_date",
            ),
        ]

    def __str__(self):
        return self.title

    def clean(self):
        self.title, self.question = one_line(self.title), as_seen(self.question)
        if not self.title:
            raise ValidationError({"title": gettext("Give it a title that can be read.")})
        if self.hours_to_decide and self.moderation != self.Moderation.BEFORE:
            raise ValidationError(
                {"hours_to_decide": gettext("Texts are published at once here: nothing waits for a decision.")}
            )

    def state(self, at: datetime | None = None) -> State:
        at = at or timezone.now()
        if self.released_at is None:
            return State.DRAFT
        # What is in the record stays true when the clock goes back.
        if self.closing_seq is not None or (self.closes_at and self.closes_at <= at):
            return State.CLOSED
        if self.opening_seq is None and at < self.opens_at:
            return State.COMING
        return State.OPEN

    @property
    def is_open(self) -> bool:
        return self.state() == State.OPEN

    @property
    def is_released(self) -> bool:
        return self.released_at is not None

    def is_visible(self, to: Viewer) -> bool:
        """Whether `visible(to)` holds this row as it is: no query for what everyone sees."""
        if self.is_released and self.consultation.is_public:
            return True
        return Activity.objects.visible(to).filter(pk=self.pk).exists()

    @property
    def specific(self) -> Activity:
        """The row of its own room."""
        return self if self.KIND else getattr(self, self.kind)

    @property
    def obj(self) -> str:
        """What it is called in the record."""
        return f"activity:{self.pk}"

    def recorded(self) -> dict:
        """What `activity.opened` and `activity.changed` say of it, beside its kind and its dates."""
        return {}

    def recorded_texts(self) -> dict[str, str]:
        """The words that these commit to: field → text."""
        return {}

    @staticmethod
    def actors() -> list[tuple[type[Activity], str]]:
        """Each kind of activity, with a path from it to those who did something there."""
        return [(kind, path) for kind in Activity.__subclasses__() for path in kind.ACTORS]

    def votes_everyone_reads(self, log: Log) -> Iterable[tuple[str, str]]:
        """The votes that its record holds: the tag of each, and its choice in words, "" where it is sealed."""
        return ()

    # What a kind of activity may do on these occasions. Each is called by the verb of consultations.actions that says so.

    def save_particulars(self) -> None:
        """Save what it was given that is not in its own row."""

    def give_particulars_to(self, draft: Activity) -> None:
        """Give a draft that is not saved yet what is not in this one's own row."""

    def terms(self) -> list[str]:
        """What an editor is reminded of before opening it, a sentence each."""
        return [gettext("Contributions are moderated %(when)s.") % {"when": self.get_moderation_display()}]

    def prepare_to_open(self, at: datetime) -> None:
        """Refuse to open what is not ready (ValidationError); settle what depends on the moment."""

    def require_may_follow(self, before: Activity) -> None:
        """Refuse changes to what must stay once it is released: `before` is what it was (ValidationError)."""

    def before_recorded_change(self, before: Activity, record) -> None:
        """What else changes with what the record says of it."""

    def after_opening(self, record) -> None:
        """What it adds to the record (recording.Record) right after `activity.opened`."""

    def after_closing(self, record) -> None:
        """What it adds to the record (recording.Record) right after `activity.closed`."""

    def forget(self) -> None:
        """Undo what people did in it, when a trial is wiped."""

    def forget_who(self) -> None:
        """Forget whose each vote was, two months after the end."""

    @property
    def anchor(self) -> str:
        """Its id in a page; every id in its fragment starts so."""
        return f"activity-{self.pk}"

    def get_absolute_url(self) -> str:
        # The title of what is among invited people is theirs.
        slug = slugify(self.title) if self.consultation.is_public else ""
        return reverse(f"{self.kind}:activity", args=[self.pk, slug or "activite"])

    @property
    def fragment_url(self) -> str:
        return reverse(f"{self.kind}:fragment", args=[self.pk])


class ContributionQuerySet(models.QuerySet):
    def published(self):
        return self.filter(state=Contribution.State.PUBLISHED)

    def awaiting_moderation(self):
        """Those never shown yet, and those whose author has written them anew."""
        return self.filter(Q(state=Contribution.State.RECEIVED) | Q(pending__isnull=False))

    def overdue(self, at: datetime):
        """Those that nobody has judged in the time that their activity gives moderators; of accounts that may be robots', none."""
        given = Activity.objects.filter(hours_to_decide__isnull=False).values_list("hours_to_decide", flat=True)
        late = Q(pk__in=[])
        for hours in set(given.order_by()):
            late |= Q(activity__hours_to_decide=hours, waits_since__lte=at - timedelta(hours=hours))
        return self.awaiting_moderation().filter(late).exclude(author__is_doubtful=True)

    def reported(self):
        """Published ones that someone reported and nobody has looked at yet."""
        return self.published().filter(reports__handled_at__isnull=True, reports__isnull=False).distinct()

    def taken_down(self):
        """Refused before they were shown, or withheld after."""
        return self.filter(state__in=[Contribution.State.REFUSED, Contribution.State.WITHHELD])

    def moderated_by(self, user: Viewer):
        return self.filter(activity__consultation__organiser__in=Organisation.objects.moderated_by(user))

    def with_particulars(self):
        """With the rows of their rooms, so that `specific` costs nothing more."""
        return self.select_related(*Contribution.rooms())

    def visible(self, to: Viewer):
        """The contributions whose text `to` may read. The one question, asked by pages, fragments, feeds and search."""
        return self.filter(_readable(to))

    def in_place(self, to: Viewer):
        """What a thread shows: each row says in `readable` whether `to` may read its text.

        What was withheld or withdrawn keeps its place, because others answered it.
        """
        return self._in_place(_readable(to), Q(activity__in=Activity.objects.visible(to)))

    def in_place_within(self, to: Viewer, *, moderates: bool):
        """The same, of one activity that `to` reaches, and moderates or not: the database looks at the rows alone."""
        return self._in_place(_shown(to, Q() if moderates else None), reached=Q())

    def told_readable(self, to: Viewer, *, moderates: bool):
        """All of them, each saying in `readable` whether `to`, who reaches its activity, may read its text.

        For a few rows found by their keys: asked for states too, the database may go through all that is published.
        """
        return self._told(_shown(to, Q() if moderates else None))

    def _in_place(self, readable: Q, reached: Q):
        keeps_its_place = Q(
            state__in=[Contribution.State.WITHHELD, Contribution.State.WITHDRAWN, Contribution.State.ERASED]
        )
        return self._told(readable).filter(Q(readable=True) | (keeps_its_place & reached))

    def _told(self, readable: Q):
        return self.annotate(readable=models.ExpressionWrapper(readable, models.BooleanField()))


def _readable(to: Viewer) -> Q:
    moderated = None
    if to.is_authenticated:
        moderated = Q(activity__consultation__organiser__in=Organisation.objects.moderated_by(to))
    return _shown(to, moderated) & Q(activity__in=Activity.objects.visible(to))


def _shown(to: Viewer, moderated: Q | None) -> Q:
    """What `to` reads in the activities they reach; `moderated` are those they moderate, None when there are none."""
    shown = Q(state=Contribution.State.PUBLISHED)
    if to.is_authenticated:
        shown |= Q(author=to) & ~Q(state=Contribution.State.ERASED)
    if moderated is not None:
        shown |= moderated & Q(
            state__in=[Contribution.State.RECEIVED, Contribution.State.REFUSED, Contribution.State.WITHHELD]
        )
    return shown


class Contribution(models.Model):
    """Any text a participant publishes; its title and other particulars are in the child table of its room."""

    class State(models.TextChoices):
        RECEIVED = "received", _("awaiting moderation")
        PUBLISHED = "published", _("published")
        REFUSED = "refused", _("refused")
        WITHHELD = "withheld", _("withheld")
        WITHDRAWN = "withdrawn", _("withdrawn by its author")
        ERASED = "erased", _("erased")

    MAX_LENGTH = 5000

    DATA_COLUMNS: tuple[DataColumn, ...] = ()
    """Of each child class: what the open data say of it beside what they say of all; see open_data.py."""

    DATA_READS: tuple[str, ...] = ()
    """Of each child class: the relations that these columns follow."""

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="contributions", verbose_name=_("activity"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="contributions", verbose_name=_("author")
    )
    on_behalf_of = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contributions",
        verbose_name=_("on behalf of"),
    )
    official = models.BooleanField(
        _("official answer"),
        default=False,
        editable=False,
        help_text="whether it was written in the name of who organises the consultation",
    )
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    body = models.TextField(_("text"), max_length=MAX_LENGTH)
    state = models.CharField(_("state"), max_length=10, choices=State)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False)
    pending = models.JSONField(
        null=True, editable=False, help_text="the texts of an edit that waits for a moderator: field → text"
    )
    text_seq = models.PositiveBigIntegerField(null=True, editable=False, help_text="entry of the text it bears")
    waits_since = models.DateTimeField(
        null=True, editable=False, help_text="when what waits for a moderator was written"
    )
    pending_seq = models.PositiveBigIntegerField(null=True, editable=False, help_text="entry of the edit that waits")
    # Stored counters, written in the transaction of what they count.
    reply_count = models.PositiveIntegerField(default=0, editable=False)
    agree_count = models.PositiveIntegerField(default=0, editable=False)
    disagree_count = models.PositiveIntegerField(default=0, editable=False)
    nuance_count = models.PositiveIntegerField(default=0, editable=False)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        indexes = [
            models.Index(fields=["activity", "parent", "state", "-created_at"], name="contribution_thread"),
            models.Index(fields=["author", "-created_at"], name="contribution_author"),
            models.Index(fields=["state", "created_at"], name="contribution_queue"),
        ]

    def __str__(self):
        return self.body[:60]

    @property
    def obj(self) -> str:
        """What it is called in the record."""
        return f"contribution:{self.pk}"

    def texts(self) -> dict[str, str]:
        """The words it commits to in the record: field → text."""
        return {"body": self.body}

    def recorded(self) -> dict:
        """What `contribution.received` says of it in clear, beside its activity and what it answers."""
        return {}

    def further_words(self) -> list[tuple[str, str]]:
        """What a moderator reads of it beside its text: (label, words)."""
        return []

    def about(self) -> list[tuple[str, str]]:
        """What it is about, beside its activity, as its receipt says it: (label, words)."""
        return []

    def became(self) -> str:
        """What was made of it, in words for its author; "" while nothing is known."""
        return ""

    # What a kind of contribution may do on these occasions. Each is called by the verb of consultations.actions that says so.

    def require_unsettled(self) -> None:
        """Refuse changes and reactions where nothing moves any more, though its activity is open (ValidationError)."""

    def count_in_place(self, change: int) -> None:
        """Move what else counts those that are shown: one more, or one less."""

    @property
    def anchor(self) -> str:
        return f"contribution-{self.pk}"

    @property
    def signature(self) -> str:
        """The name beside it."""
        return self.author.pseudonym if self.author else gettext("erased account")

    @property
    def full_signature(self) -> str:
        """The same, and in whose name it was written, where there is no room for a label."""
        return f"{self.signature} ({self.on_behalf_of})" if self.on_behalf_of else self.signature

    def get_absolute_url(self) -> str:
        return reverse(f"{self.activity.kind}:contribution", args=[self.pk])

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @staticmethod
    def rooms() -> list[str]:
        """The names by which the rows of its child tables are reached."""
        related = Contribution._meta.related_objects
        return [relation.name for relation in related if relation.one_to_one and relation.parent_link]

    @property
    def specific(self) -> Contribution:
        """The row of its own room, with its title and other particulars."""
        if type(self) is not Contribution:
            return self
        return next((getattr(self, room) for room in self.rooms() if hasattr(self, room)), self)

    def visible(self, to: Viewer) -> bool:
        """Whether `to` may read its text."""
        return Contribution.objects.visible(to).filter(pk=self.pk).exists()


class ReactionQuerySet(models.QuerySet):
    def standing(self):
        """All but those that were taken back, whose rows remember how often one changed one's mind."""
        return self.exclude(choice="")


class Reaction(models.Model):
    """What one person thinks of a contribution; one at a time."""

    MOST_CHANGES = 20
    """Changes, and new choices after one took one's back."""

    class Choice(models.TextChoices):
        AGREE = "agree", _("agree")
        NUANCE = "nuance", _("nuance")
        DISAGREE = "disagree", _("disagree")

    contribution = models.ForeignKey(Contribution, models.PROTECT, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="reactions")
    choice = models.CharField(max_length=8, choices=Choice, blank=True, help_text="empty: taken back")
    changes = models.PositiveSmallIntegerField(default=0)
    seq = models.PositiveBigIntegerField(null=True, help_text="its latest entry in the record")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints = [models.UniqueConstraint(fields=["contribution", "user"], name="one_reaction_per_person")]

    def __str__(self):
        return self.get_choice_display()


class Reason(models.TextChoices):
    """The reasons of the published charter of moderation."""

    OFF_TOPIC = "hors-sujet", _("off topic")
    OFFENSIVE = "propos-injurieux", _("offensive words")
    PERSONAL_DATA = "donnees-personnelles", _("personal data of somebody")
    DISCRIMINATION = "discrimination", _("discrimination")
    ADVERTISING = "publicite", _("advertising")
    DUPLICATE = "doublon", _("already said in the same words")
    ILLEGIBLE = "illisible", _("illegible")


class ModerationAction(models.Model):
    """One act of moderation, with its reason: the history of a contribution's states."""

    class Act(models.TextChoices):
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHHELD = "withheld", _("withheld")
        RESTORED = "restored", _("restored")
        KEPT = "kept", _("kept after a report")
        LAPSED = "lapsed", _("published, nobody having decided in time")

    contribution = models.ForeignKey(Contribution, models.PROTECT, related_name="moderation_actions")
    act = models.CharField(_("act"), max_length=8, choices=Act)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    note = models.TextField(_("word to the author"), max_length=1000, blank=True)
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("moderator"),
        help_text="null: their account was deleted, or nobody decided in time",
    )
    waited = models.DurationField(
        null=True, blank=True, help_text="how long the text, or its first report, waited for this act"
    )
    created_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("act of moderation")
        verbose_name_plural = _("acts of moderation")
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(act__in=["refused", "withheld"]) | ~Q(reason=""),
                name="taking_down_needs_a_reason",
            ),
        ]

    def __str__(self):
        return self.get_act_display()


def last_reasons(contributions: Iterable[Contribution]) -> dict[int, ModerationAction]:
    """Why those that were taken down were: the last act that gave a reason, by contribution. One query, or none."""
    taken_down = [
        row.pk for row in contributions if row.state in (Contribution.State.WITHHELD, Contribution.State.REFUSED)
    ]
    if not taken_down:
        return {}
    acts = ModerationAction.objects.filter(contribution__in=taken_down).exclude(reason="").order_by("created_at", "pk")
    return {act.contribution_id: act for act in acts}


class Report(models.Model):
    """A visitor's word that a contribution breaks the charter."""

    contribution = models.ForeignKey(Contribution, models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = models.TextField(_("what happens"), max_length=1000, blank=True)
    contact = models.EmailField(
        _("e-mail address"), blank=True, help_text=_("To be told what becomes of it; forgotten once you are.")
    )
    created_at = models.DateTimeField(default=timezone.now)
    handled_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")

    def __str__(self):
        return self.get_reason_display()
