"""What surrounds an act of moderation: its author's appeal, what the guarantor says of it, who is told each day of what waits.

The acts themselves, and reports, are in `consultations`: every room's contributions have them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation, ModerationAction, Viewer
from participation.people.models import Organisation


class AppealQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(decided_at__isnull=True)

    def moderated_by(self, user: Viewer):
        """Those of the organisations they moderate."""
        organisers = Organisation.objects.moderated_by(user)
        return self.filter(action__contribution__activity__consultation__organiser__in=organisers)

    def may_be_decided_by(self, user: Viewer):
        """Those that wait for somebody else than whoever took the text down."""
        return self.waiting().moderated_by(user).exclude(action__moderator=user)


class Appeal(models.Model):
    """The author of a text that was taken down asks that somebody else look at it. One for each decision."""

    action = models.OneToOneField(
        ModerationAction, models.CASCADE, related_name="appeal", verbose_name=_("act of moderation")
    )
    text = models.TextField(_("why it should be shown"), max_length=2000)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
        help_text="null once decided: their account was deleted",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, accepted=None)
                | Q(decided_at__isnull=False, accepted__isnull=False),
                name="an_appeal_is_accepted_or_not_at_a_date",
            )
        ]

    def __str__(self):
        return self.text[:60]

    @property
    def contribution(self):
        return self.action.contribution


class GuarantorNote(models.Model):
    """What a guarantor publishes about a consultation. It is never changed: another one corrects it."""

    class Kind(models.TextChoices):
        NOTE = "note", _("note")
        REPORT = "report", _("report")

    consultation = models.ForeignKey(
        Consultation, models.PROTECT, related_name="guarantor_notes", verbose_name=_("consultation")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.NOTE)
    title = models.CharField(_("title"), max_length=140)
    body = models.TextField(_("text"), max_length=50_000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("guarantor"),
        help_text="null: their account was deleted",
    )
    published_at = models.DateTimeField(_("published"), default=timezone.now)

    class Meta:
        verbose_name = _("guarantor's note")
        verbose_name_plural = _("guarantor's notes")
        ordering = ["-published_at", "-pk"]

    def __str__(self):
        return self.title


class Summary(models.Model):
    """The last daily letter to somebody about what waits for them; `is_wanted` until they say no."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account"))
    is_wanted = models.BooleanField(_("wanted"), default=True)
    sent_on = models.DateField(_("sent on"), null=True)
    told_until = models.DateTimeField(null=True, help_text="of a guarantor: acts up to then were told")

    class Meta:
        verbose_name = _("daily summary")
        verbose_name_plural = _("daily summaries")

    def __str__(self):
        return str(self.user)
