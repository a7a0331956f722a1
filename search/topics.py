"""The forum's topics as documents: a topic with what was answered to it, found by what its consultation is classified by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import override

from participation.forum.models import Message

from .classification import RELATED, of_consultation
from .documents import Kind, SearchDocument

BATCH = 500
MOST_REPLIES = 500
"""Replies of a topic that are looked into, the latest: a topic that everyone answers is still read in one second."""

EVERYONE = AnonymousUser()


class TopicSource:
    """Topics that everyone may read. The key is the topic's: `contribution:345`."""

    name = "contribution"

    def documents(self, ids: Iterable[int] | None = None) -> Iterator[SearchDocument]:
        pks = list(self._readable(ids).order_by("-pk").values_list("pk", flat=True))
        for start in range(0, len(pks), BATCH):
            yield from self._documents(pks[start : start + BATCH])

    def latest(self, most: int) -> list[int]:
        return list(self._readable(None).order_by("-pk").values_list("pk", flat=True)[:most])

    def public(self, ids: Iterable[int]) -> set[int]:
        return set(self._readable(ids).values_list("pk", flat=True))

    @staticmethod
    def _readable(ids: Iterable[int] | None):
        topics = Message.objects.topics().visible(EVERYONE)
        return topics if ids is None else topics.filter(pk__in=list(ids))

    @staticmethod
    def _documents(pks: list[int]) -> Iterator[SearchDocument]:
        topics = Message.objects.filter(pk__in=pks).select_related(*RELATED)
        latest = Window(RowNumber(), partition_by=F("topic"), order_by=[F("created_at").desc(), F("pk").desc()])
        answers = Message.objects.published().filter(topic__in=pks).annotate(rank=latest).filter(rank__lte=MOST_REPLIES)
        replies = defaultdict(list)
        for topic, body in answers.order_by("created_at", "pk").values_list("topic", "body"):
            replies[topic].append(body)
        # Addresses are kept in the site's own language, whoever's request indexes.
        with override(settings.LANGUAGE_CODE):
            for topic in topics:
                yield _document(topic, replies[topic.pk])


def _document(topic: Message, replies: list[str]) -> SearchDocument:
    return SearchDocument(
        key=f"{TopicSource.name}:{topic.pk}",
        kind=Kind.TOPIC,
        title=topic.title,
        url=topic.get_absolute_url(),
        text="\n".join([topic.body, *replies]),
        years=(timezone.localtime(topic.created_at).year,),
        date=topic.created_at,
        **of_consultation(topic.activity.consultation),
    )
