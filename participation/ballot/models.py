"""A ballot: a question put to the vote, its answers, and each person's vote."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import count, product
from string import ascii_lowercase

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Activity, ActivityQuerySet, Consultation, State, Viewer
from participation.ledger.canonical import canonical, nfc
from participation.ledger.models import Log, Opening
from participation.people.models import User
from participation.plain_text import as_seen, one_line
from participation.vocabulary.models import Territory

from .methods import BLANK, METHODS, MOST_CHOICES, Method, tally
from .replay import SMALL, public_votes, whole_count

TOO_FEW = 5
"""Voters of a small ballot: under it, not even the totals are published."""


class Ballot(Activity):
    """A question put to the vote. It advises: those who decide are told, and publish why they follow it or not."""

    KIND = "ballot"
    FIXES_GUESTS = True
    ACTORS = ("votes__voter",)

    class Results(models.TextChoices):
        LIVE = "live", _("as votes come")
        HIDDEN = "hidden", _("when the vote closes")

    class Electorate(models.TextChoices):
        ANYONE = "anyone", _("anyone with a confirmed account")
        RESIDENTS = "residents", _("the residents of some territories")
        INVITED = "invited", _("invited people")

    method = models.CharField(
        _("how one answers"),
        max_length=10,
        choices=[(method.code, method.label) for method in METHODS.values()],
        default="single",
    )
    results = models.CharField(_("results are shown"), max_length=6, choices=Results, default=Results.LIVE)
    results_reason = models.CharField(
        _("why they are hidden until then"),
        max_length=200,
        blank=True,
        help_text=_("Published with the question. For example: so that nobody votes after the others."),
    )
    electorate = models.CharField(_("who may vote"), max_length=10, choices=Electorate, default=Electorate.ANYONE)
    territories = models.ManyToManyField(Territory, blank=True, related_name="+", verbose_name=_("territories"))
    is_small = models.BooleanField(
        default=False, editable=False, help_text="too few people for choices to be published"
    )
    version = models.PositiveSmallIntegerField(default=1, editable=False, help_text="of the question, once open")
    # Stored counters, with `participant_count` and those of the answers: written in the transaction of each vote.
    blank_count = models.PositiveIntegerField(default=0, editable=False)

    objects = ActivityQuerySet.as_manager()

    # What a form gives and `save_particulars` writes; None: as it was.
    labels: list[str] | None = None
    addresses: list[str] | None = None
    places: list[Territory] | None = None

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.CheckConstraint(
                condition=~Q(results="hidden") | ~Q(results_reason=""),
                name="hidden_results_have_a_reason",
                violation_error_message=_("Say why the results are hidden until the end: it is published."),
            )
        ]

    @property
    def obj(self) -> str:
        return f"ballot:{self.pk}"

    @property
    def way(self) -> Method:
        """How one votes and how it is counted."""
        return METHODS[self.method]

    @cached_property
    def answers(self) -> list[Answer]:
        """The possible answers, in order."""
        return list(self.choices.all()) if self.pk else []

    @property
    def keys(self) -> list[str]:
        return [answer.key for answer in self.answers]

    def clean(self):
        super().clean()
        self.results_reason = as_seen(self.results_reason)

    @property
    def wording(self) -> str:
        """All the words of the question."""
        return nfc(f"{self.title}\n\n{self.question}".strip())

    @property
    def choices_are_public(self) -> bool:
        """Whether each choice is readable in the record, under a tag, as soon as it is made."""
        return self.results == self.Results.LIVE and not self.is_small

    @property
    def results_are_public(self) -> bool:
        """Whether the totals may be shown now."""
        if self.choices_are_public:
            return True
        # Closed by its date is not enough: the sealed votes are opened by the entry that closes it.
        closed = self.state() == State.CLOSED if self.consultation.is_trial else self.closing_seq is not None
        return closed and (not self.is_small or self.participant_count >= TOO_FEW)

    # ── Who may vote ─────────────────────────────────────────────────────────────────────────────────────────────────

    def entitled(self) -> int | None:
        """How many people may vote; None when nobody can say (anyone with an account)."""
        match self.electorate:
            case self.Electorate.INVITED:
                return self.invitations.count()
            case self.Electorate.RESIDENTS:
                communes = Territory.objects.communes().filter(self._inhabited())
                return communes.aggregate(Sum("population"))["population__sum"] or 0
        restricted = self.consultation.access == Consultation.Access.INVITED
        return self.consultation.guests.count() if restricted else None

    def _inhabited(self) -> Q:
        """The communes of its territories."""
        places = self.territories.all()
        return Q(pk__in=places) | Q(epci__in=places) | Q(gal__in=places)

    def why_not(self, viewer: Viewer) -> str:
        """Why this person may not vote in it, in words for them; "" when they may, or when they are not signed in yet."""
        if not viewer.is_authenticated:
            return ""
        if not viewer.has_confirmed_address:
            return gettext("Confirm your e-mail address first: one confirmed account, one vote.")
        match self.electorate:
            case self.Electorate.INVITED if self._invitation_of(viewer) is None:
                return gettext("This vote is for invited people, and your account's address is not among theirs.")
            case self.Electorate.RESIDENTS if not self._is_home_of(viewer):
                where = ", ".join(place.name for place in self.territories.all())
                if viewer.commune_id is None:
                    return gettext(
                        "This vote is for the residents of: %(where)s. Your account does not say where you live: "
                        "say it in your profile, then come back."
                    ) % {"where": where}
                return gettext(
                    "This vote is for the residents of: %(where)s. By your profile, you live in: %(commune)s."
                ) % {
                    "where": where,
                    "commune": viewer.commune,
                }
        return ""

    def _invitation_of(self, viewer: User) -> Invitation | None:
        """The one this person has voted by; else the one of their address, unless somebody else has."""
        mine = self.invitations.filter(voter=viewer).first()
        return mine or self.invitations.filter(email=viewer.email.lower(), voter=None).first()

    def bind_invitation(self, voter: User) -> None:
        """From their first vote on, an invitation is one person's, whatever becomes of the address."""
        if self.electorate == self.Electorate.INVITED:
            self.invitations.filter(pk=self._invitation_of(voter).pk).update(voter=voter)

    def _is_home_of(self, viewer: User) -> bool:
        return Territory.objects.communes().filter(self._inhabited(), pk=viewer.commune_id).exists()

    # ── What an activity may do on some occasions (see Activity) ─────────────────────────────────────────────────────

    def recorded(self) -> dict:
        shown = "small" if self.is_small else self.results
        return {"method": self.method, "choices": self.keys, "results": shown, "version": self.version}

    def recorded_texts(self) -> dict[str, str]:
        labels = {answer.key: answer.label for answer in self.answers}
        texts = {"question": self.wording, "labels": canonical(labels).decode()}
        return texts | ({"reason": nfc(self.results_reason)} if self.results_reason else {})

    def save_particulars(self) -> None:
        if self.labels is not None:
            self._save_labels([label for label in map(one_line, self.labels) if label])
        if self.addresses is not None:
            wanted = {address.lower() for address in self.addresses}
            self.invitations.exclude(email__in=wanted).delete()
            known = set(self.invitations.values_list("email", flat=True))
            Invitation.objects.bulk_create(Invitation(ballot=self, email=email) for email in sorted(wanted - known))
        if self.places is not None:
            self.territories.set(self.places)

    def _save_labels(self, labels: list[str]) -> None:
        """The answers, by their place: rewriting a line changes the words of the same answer."""
        if not 2 <= len(labels) <= MOST_CHOICES:
            raise ValidationError(
                {
                    "labels": gettext("Give from 2 to %(most)s answers, one a line: there are %(count)s.")
                    % {"most": MOST_CHOICES, "count": len(labels)}
                }
            )
        if long := next((label for label in labels if len(label) > Answer.LABEL_LENGTH), None):
            raise ValidationError(
                {
                    "labels": gettext("This answer is longer than %(most)s characters: %(label)s…")
                    % {"most": Answer.LABEL_LENGTH, "label": long[:40]}
                }
            )
        if len({label.casefold() for label in labels}) < len(labels):
            raise ValidationError({"labels": gettext("Two answers say the same thing.")})
        self.choices.filter(position__gte=len(labels)).delete()
        for position, (key, label) in enumerate(zip(_keys(), labels, strict=False)):
            Answer.objects.update_or_create(ballot=self, key=key, defaults={"label": label, "position": position})
        self.__dict__.pop("answers", None)

    def give_particulars_to(self, draft: Ballot) -> None:
        draft.labels = [answer.label for answer in self.answers]
        draft.addresses = list(self.invitations.values_list("email", flat=True))
        draft.places = list(self.territories.all())

    def votes_everyone_reads(self, log: Log) -> Iterable[tuple[str, str]]:
        labels = {answer.key: answer.label for answer in self.answers} | {BLANK: gettext("Blank vote"), None: ""}
        for tag, choice in public_votes(log, self.obj):
            yield tag, "; ".join(labels[key] for key in (choice if isinstance(choice, list) else [choice]))

    def terms(self) -> list[str]:
        entitled = self.entitled()
        terms = [
            gettext("Answers: %(answers)s; or a blank vote.") % {"answers": " · ".join(a.label for a in self.answers)},
            str(self.way.explanation),
            gettext("Who may vote: %(who)s.") % {"who": self.get_electorate_display()},
            gettext("Results are shown %(when)s.") % {"when": self.get_results_display()},
            gettext(
                "Once it is open, answers are neither added, nor taken away, nor exchanged, and neither who may vote nor how "
                "it is counted can change. Only the words can be corrected; voters are told."
            ),
        ]
        if entitled is not None and entitled < SMALL:
            terms.append(
                gettext(
                    "Fewer than thirty people may vote: choices stay sealed for ever, and only totals are published, at the "
                    "end; nobody can recount them."
                )
            )
        return terms

    def prepare_to_open(self, at: datetime) -> None:
        if len(self.answers) < 2:
            raise ValidationError(gettext("Give it at least two answers first."))
        if self.electorate == self.Electorate.RESIDENTS and not self.territories.exists():
            raise ValidationError(gettext("Say first which territories' residents may vote."))
        entitled = self.entitled()
        if entitled == 0:
            raise ValidationError(gettext("Nobody could vote: the list of those who may is empty."))
        self.is_small = entitled is not None and entitled < SMALL

    def require_may_follow(self, before: Ballot) -> None:
        if before.released_at is None:
            return
        for field in ["method", "results", "results_reason", "electorate"]:
            if getattr(self, field) != getattr(before, field):
                raise ValidationError(
                    {
                        field: gettext(
                            "People have been told how this vote works: only its words and its dates can change."
                        )
                    }
                )
        if self.labels is not None:
            self._require_same_answers(before)
        if self.addresses is not None and {a.lower() for a in self.addresses} != set(
            before.invitations.values_list("email", flat=True)
        ):
            raise ValidationError(
                {"addresses": gettext("The list of those who may vote was fixed when it was opened.")}
            )
        if self.places is not None and set(self.places) != set(before.territories.all()):
            raise ValidationError({"places": gettext("Those who may vote were fixed when it was opened.")})

    def _require_same_answers(self, before: Ballot) -> None:
        """Once it is open, a line that is rewritten stays the same answer: votes never pass from one to another."""
        if len(self.labels) != len(before.answers):
            raise ValidationError(
                {
                    "labels": gettext(
                        "Answers are neither added nor taken away once it is open: only their words can change."
                    )
                }
            )
        former = {answer.label.casefold(): answer.position for answer in before.answers}
        for position, label in enumerate(self.labels):
            if former.get(one_line(label).casefold(), position) != position:
                raise ValidationError(
                    {
                        "labels": gettext(
                            "“%(label)s” was the answer of another line: votes would pass from one to the other. Keep "
                            "the order of the answers."
                        )
                        % {"label": label}
                    }
                )

    def before_recorded_change(self, before: Ballot, record) -> None:
        """A new version, of which the voters are told; the former words stay public when they change."""
        words = before.wording, [answer.label for answer in before.answers]
        if words != (self.wording, [answer.label for answer in self.answers]):
            Wording.objects.create(
                ballot=self, version=before.version, question=words[0], labels=words[1], until=record.at
            )
        self.version = before.version + 1
        self.save(update_fields=["version"])

    def after_closing(self, record) -> None:
        """The count, and what may never be opened: each choice of a vote where too few people took part."""
        if self.results == self.Results.HIDDEN and self.participant_count < SMALL:
            self.is_small = True
            self.save(update_fields=["is_small"])
        if record.log is None:
            return
        # From the entries themselves: an alteration of what is stored must not become what is published for good.
        count = self.published(whole_count(record.log, self.obj, self.method, self.keys))
        record.write("count.published", self.obj, data={"size": record.log.size, "objects": {self.obj: count}})
        if self.is_small:
            sealed = Opening.objects.filter(entry__log=record.log, entry__obj=self.obj, field="choice")
            for target in sealed.order_by("entry__seq").values_list("entry__seq", flat=True):
                record.withhold(target, ["choice"], obj=self.obj, reason="small", origin="rule")

    def forget(self) -> None:
        self.votes.all().delete()
        self.choices.update(votes=0)
        self.invitations.update(voter=None)
        Ballot.objects.filter(pk=self.pk).update(blank_count=0, is_small=False)

    def forget_who(self) -> None:
        self.votes.update(voter=None)
        self.invitations.update(voter=None)

    # ── What it gives ────────────────────────────────────────────────────────────────────────────────────────────────

    def counted(self) -> dict:
        """What pages show, from the stored counters: {"method", "voters", "blank", "totals"}."""
        return {
            "method": self.method,
            "voters": self.participant_count,
            "blank": self.blank_count,
            "totals": {answer.key: answer.votes for answer in self.answers},
        }

    def published(self, counted: dict) -> dict:
        """What everyone may know of this count now."""
        return counted if self.results_are_public else {"method": self.method, "voters": counted["voters"]}

    def recounted(self) -> dict:
        """The same, from the votes themselves."""
        return tally(self.method, self.keys, self.votes.standing().values_list("choice", flat=True).iterator())


def _keys():
    """a, b, … z, aa, ab…"""
    return ("".join(letters) for length in count(1) for letters in product(ascii_lowercase, repeat=length))


class Answer(models.Model):
    """One of the answers one may choose, and how many people chose it."""

    LABEL_LENGTH = 200

    ballot = models.ForeignKey(Ballot, models.CASCADE, related_name="choices")
    key = models.CharField(max_length=8)
    label = models.CharField(_("answer"), max_length=LABEL_LENGTH)
    position = models.PositiveSmallIntegerField()
    votes = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["ballot", "key"], name="one_answer_per_key")]

    def __str__(self):
        return self.label


class Invitation(models.Model):
    """An address whose account may vote; it may not have one yet."""

    ballot = models.ForeignKey(Ballot, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    voter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="who has voted by it: an address may pass from one account to another, a vote may not",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ballot", "email"], name="one_invitation_per_address"),
            models.UniqueConstraint(fields=["ballot", "voter"], name="one_invitation_per_voter"),
        ]

    def __str__(self):
        return self.email


class Wording(models.Model):
    """What the question and its answers said before a change."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="former_wordings")
    version = models.PositiveSmallIntegerField()
    question = models.TextField()
    labels = models.JSONField()
    until = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["ballot", "version"], name="one_wording_per_version")]

    def __str__(self):
        return self.question


class VoteQuerySet(models.QuerySet):
    def standing(self):
        """All but those that were taken back, whose rows remember how often one changed one's mind."""
        return self.filter(choice__isnull=False)

    def to_tell(self):
        """Those whose voter has not been told yet that the question has changed since."""
        return self.standing().filter(told_version__lt=models.F("ballot__version"), voter__isnull=False)


class Vote(models.Model):
    """One person's vote in a ballot. It bears no date: the record says the hour, and that is enough."""

    MOST_CHANGES = 20
    """Changes, and new votes after one took one's vote back."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="votes")
    voter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="votes",
        help_text="forgotten two months after the end of the consultation",
    )
    choice = models.JSONField(null=True, help_text="as the record says it; null: taken back")
    version = models.PositiveSmallIntegerField(help_text="of the question that was answered")
    told_version = models.PositiveSmallIntegerField(help_text="of the question that the voter knows of")
    changes = models.PositiveSmallIntegerField(default=0)
    seq = models.PositiveBigIntegerField(null=True, help_text="its latest entry in the record; null in a trial")

    act = ""
    """Of the row that a verb returns: what it has just written in the record, "" when nothing changed."""

    objects = VoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("vote cast")
        verbose_name_plural = _("votes cast")
        constraints = [models.UniqueConstraint(fields=["ballot", "voter"], name="one_vote_per_person")]

    def __str__(self):
        return f"{self.ballot_id}: {json.dumps(self.choice)}"
