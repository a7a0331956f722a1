"""A forum: topics, their replies, and replies to those."""

from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from participation.consultations.columns import DataColumn
from participation.consultations.models import Activity, ActivityQuerySet, Contribution, ContributionQuerySet


class Forum(Activity):
    """An open discussion, in a page."""

    KIND = "forum"

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("forum")
        verbose_name_plural = _("forums")


class Sort(models.TextChoices):
    """The orders topics may be read in."""

    RECENT = "recent", _("latest")
    SUPPORTED = "soutenus", _("most supported")
    UNANSWERED = "sans-reponse", _("unanswered")


class MessageQuerySet(ContributionQuerySet):
    def topics(self):
        return self.filter(topic__isnull=True)

    def sorted(self, by: str):
        """Pinned first, then as asked; unknown orders are the latest first."""
        if by == Sort.SUPPORTED:
            return self.order_by("-pinned", F("agree_count").desc(), "-created_at", "-pk")
        if by == Sort.UNANSWERED:
            return self.filter(reply_count=0).order_by("-pinned", "-created_at", "-pk")
        return self.order_by("-pinned", "-last_activity_at", "-pk")


class Message(Contribution):
    """A topic (no parent, a title), a reply to it, or a reply to a reply: no deeper."""

    MAX_DEPTH = 2
    TITLE_LENGTH = 140
    DATA_COLUMNS = (DataColumn("titre", _("The title of a topic; replies have none."), lambda row: row.title, 30),)

    title = models.CharField(_("title"), max_length=TITLE_LENGTH, blank=True)
    # Its activity once more: the topics of a forum are read from one index, in their order, however many there are.
    forum = models.ForeignKey(Forum, models.PROTECT, editable=False, related_name="+", db_index=False)
    topic = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="thread")
    depth = models.PositiveSmallIntegerField(default=0, editable=False)
    pinned = models.BooleanField(_("pinned"), default=False)
    closed = models.BooleanField(_("closed"), default=False)
    last_activity_at = models.DateTimeField(editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["forum", "-pinned", "-last_activity_at", "-contribution_ptr"],
                condition=models.Q(topic__isnull=True),
                name="forum_topics",
            )
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(depth__lte=2), name="replies_two_levels_deep"),
            models.CheckConstraint(
                # A topic has a title until it is erased.
                condition=models.Q(depth=0, topic__isnull=True) | models.Q(depth__gt=0, topic__isnull=False),
                name="a_reply_has_a_topic",
            ),
        ]

    def __str__(self):
        return self.title or self.body[:60]

    def get_absolute_url(self) -> str:
        # Its kind is known here: no need to read the activity for each message of a list.
        return reverse("forum:contribution", args=[self.pk])

    def texts(self) -> dict[str, str]:
        return {"title": self.title, "body": self.body} if self.is_topic else {"body": self.body}

    @property
    def is_topic(self) -> bool:
        return self.depth == 0
