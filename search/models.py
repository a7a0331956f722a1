"""What waits to be indexed, how far the index has come, when documents came, and the searches that people follow."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .documents import Kind
from .lasting import LONGEST_NAME, LONGEST_PATH, LastingSearch

LONGEST_QUERY = 2000
LONGEST_KEY = 60
RETRY = timedelta(hours=1)
"""Between two tries of a letter: it did not leave, or the server stopped before that was noted."""


class IndexStamp(models.Model):
    """The stamp of the index after the last write that came to an end: an index with an older one has lost something."""

    stamp = models.BigIntegerField(_("last write, in nanoseconds"))

    class Meta:
        verbose_name = _("stamp of the index")
        verbose_name_plural = _("stamps of the index")

    def __str__(self):
        return str(self.stamp)


class Change(models.Model):
    """Something that changed since it was indexed: written in the same transaction, deleted once the engine has it.

    `created` is the time of the last change: a row that moved while it was being indexed is left for another round.
    """

    key = models.CharField(_("document"), max_length=LONGEST_KEY, unique=True)
    created = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("change to index")
        verbose_name_plural = _("changes to index")
        ordering = ["pk"]

    def __str__(self):
        return self.key


class Arrival(models.Model):
    """When a document was indexed for the first time, and for the last. The row outlives the document."""

    key = models.CharField(_("document"), max_length=LONGEST_KEY, unique=True)
    arrived = models.DateTimeField(_("arrived"), db_index=True)
    changed = models.DateTimeField(_("changed"), db_index=True)

    class Meta:
        verbose_name = _("arrival of a document")
        verbose_name_plural = _("arrivals of documents")

    def __str__(self):
        return self.key


class SavedSearchQuerySet(models.QuerySet):
    def due(self, at: datetime):
        """Those whose letter may leave: long enough after the last one, and after a try that failed."""
        daily, weekly = SavedSearch.Frequency.DAILY, SavedSearch.Frequency.WEEKLY
        return self.filter(
            Q(told_at=None, frequency__in=[daily, weekly])
            | Q(frequency=daily, told_at__lte=at - timedelta(days=1))
            | Q(frequency=weekly, told_at__lte=at - timedelta(days=7)),
            Q(attempted_at=None) | Q(attempted_at__lte=at - RETRY),
            user__is_active=True,
        ).exclude(user__email="")

    def with_news(self):
        """Those that have something to tell."""
        return self.filter(Exists(News.objects.filter(search=OuterRef("pk"), told_at=None)))

    def counting_news(self):
        """Each with `news_count`: what came since its owner last went and saw."""
        return self.annotate(news_count=Count("news", filter=Q(news__found_at__gt=F("visited_at"))))


class SavedSearch(models.Model):
    """A search that somebody follows."""

    class Frequency(models.TextChoices):
        DAILY = "daily", _("by e-mail, once a day at most")
        WEEKLY = "weekly", _("by e-mail, once a week at most")
        NONE = "none", _("without e-mail: I look in my space")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches", verbose_name=_("account")
    )
    name = models.CharField(_("Name of this search"), max_length=LONGEST_NAME)
    path = models.CharField(_("page of results"), max_length=LONGEST_PATH)
    restricted_to = models.CharField(_("kind of documents"), max_length=16, blank=True, choices=Kind)
    query = models.CharField(_("query string"), max_length=LONGEST_QUERY, blank=True)
    frequency = models.CharField(_("Be told of new results"), max_length=8, choices=Frequency, default=Frequency.DAILY)
    created = models.DateTimeField(_("created"), default=timezone.now)
    looked_at = models.DateTimeField(_("news looked for"), default=timezone.now)
    told_at = models.DateTimeField(_("last letter"), null=True, blank=True)
    attempted_at = models.DateTimeField(_("letter being sent"), null=True, blank=True)
    visited_at = models.DateTimeField(_("last visit"), default=timezone.now)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "path", "restricted_to", "query"], name="one_search_per_person")
        ]

    def __str__(self):
        return self.name

    @property
    def lasting(self) -> LastingSearch:
        return LastingSearch(self.path, self.restricted_to, self.query)


class News(models.Model):
    """A document that is new for a saved search: found once, told once."""

    search = models.ForeignKey(SavedSearch, models.CASCADE, related_name="news", verbose_name=_("saved search"))
    key = models.CharField(_("document"), max_length=LONGEST_KEY)
    found_at = models.DateTimeField(_("found"))
    told_at = models.DateTimeField(_("told"), null=True, blank=True)

    class Meta:
        verbose_name = _("new result")
        verbose_name_plural = _("new results")
        constraints = [models.UniqueConstraint(fields=["search", "key"], name="told_once_per_search")]
        indexes = [models.Index(fields=["found_at"])]

    def __str__(self):
        return self.key
