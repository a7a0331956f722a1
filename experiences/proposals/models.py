"""A proposed sheet, from the first words typed to its publication."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy


class ProposalQuerySet(models.QuerySet):
    def editable(self):
        """Those their author may change."""
        return self.filter(state__in=Proposal.EDITABLE)

    def waiting(self):
        """Those that somebody is to read."""
        return self.filter(state=Proposal.State.SENT)

    def under_review(self):
        """Those whose sheet is being worked on, by one side or the other."""
        return self.filter(state__in=Proposal.UNDER_REVIEW)

    def to_tell(self, since: datetime):
        """Those whose author has not been written to since their state changed; changes before `since` are old news."""
        untold = Q(told_at=None) | Q(told_at__lt=F("state_at"))
        return self.filter(untold, state__in=Proposal.TOLD, state_at__gt=since, author__isnull=False)


class Proposal(models.Model):
    """What a person answers in the form, and what became of it."""

    # Wagtail would look for links to pages in it each time a step is kept.
    wagtail_reference_index_ignore = True

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("draft")
        SENT = "sent", gettext_lazy("sent, it is being read")
        CHANGES = "changes", gettext_lazy("to be completed")
        PUBLISHED = "published", pgettext_lazy("sheet", "published")
        DECLINED = "declined", gettext_lazy("not retained")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    class Credit(models.TextChoices):
        PSEUDONYM = "pseudonym", gettext_lazy("Under my pseudonym")
        ON_BEHALF = "behalf", gettext_lazy("In the name of a collective, an association, a commune…")
        NONE = "none", gettext_lazy("Do not name me")

    class Link(models.TextChoices):
        """What ties its author to the experience."""

        ORGANISED = "organised", gettext_lazy("I organised it, or I work for those who did")
        TOOK_PART = "took-part", gettext_lazy("I took part in it")
        ELECTED = "elected", gettext_lazy("I am an elected official of the place")
        NEIGHBOUR = "neighbour", gettext_lazy("I live there, or I heard about it")

    EDITABLE = (State.DRAFT, State.CHANGES, State.DECLINED, State.WITHDRAWN)
    UNDER_REVIEW = (State.SENT, State.CHANGES)
    TOLD = (State.SENT, State.CHANGES, State.PUBLISHED, State.DECLINED)
    """The states that a letter tells."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="proposals",
    )
    answers = models.JSONField(default=dict)
    """By field of the forms: a text, or a list of texts. What a form refuses is kept too, to be put right."""
    sent = models.JSONField(default=dict)
    """The answers as they were last sent."""
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reason = models.TextField(blank=True)
    """What the editors tell the author."""
    page = models.OneToOneField(
        "experiences.ExperiencePage",
        models.SET_NULL,
        null=True,
        related_name="proposal",
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    state_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    """The change of state that the last letter told, by its moment."""

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("proposed sheet")
        verbose_name_plural = gettext_lazy("proposed sheets")
        indexes = [models.Index(fields=["state", "state_at"], name="proposal_to_tell")]

    def __str__(self):
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("proposals:proposal", args=[self.pk])

    @property
    def title(self) -> str:
        return self.answers.get("title") or _("Without a title yet")

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def is_under_review(self) -> bool:
        return self.state in self.UNDER_REVIEW

    @property
    def is_deletable(self) -> bool:
        """What nobody is reading and nobody has published."""
        return self.state in (self.State.DRAFT, self.State.DECLINED, self.State.WITHDRAWN)

    @property
    def online(self):
        """The published sheet, None when it is not online."""
        return self.page if self.state == self.State.PUBLISHED and self.page and self.page.live else None

    @property
    def link(self) -> str:
        """What ties its author to the experience, as they said it; "" when they did not."""
        return dict(self.Link.choices).get(self.sent.get("link"), "")

    @property
    def is_on_behalf(self) -> bool:
        """Whether it was made in the name of an organisation."""
        return self.sent.get("credit") == self.Credit.ON_BEHALF

    @property
    def credit(self) -> str:
        """How the sheet names who proposed it; "" when they would rather not be named."""
        match self.sent.get("credit"):
            case self.Credit.PSEUDONYM if self.author:
                return _("Proposed by %(name)s") % {"name": self.author}
            case self.Credit.ON_BEHALF:
                return _("Proposed in the name of %(name)s") % {"name": self.sent.get("on_behalf_of", "")}
        return ""
