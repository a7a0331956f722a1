"""Documents under review as documents of the search: the text people read now, without what is said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from participation.review.models import PassageText, Review

from .classification import RELATED, of_consultation
from .documents import Kind, SearchDocument

BATCH = 50


class ReviewSource:
    """Reviews that everyone may read. The key is the review's: `review:12`."""

    name = "review"

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
        reviews = Review.objects.everyones().filter(current__isnull=False)
        return reviews if ids is None else reviews.filter(pk__in=list(ids))

    @staticmethod
    def _documents(pks: list[int]) -> Iterator[SearchDocument]:
        related = [path.removeprefix("activity__") for path in RELATED]
        reviews = list(Review.objects.filter(pk__in=pks).select_related("current", *related))
        texts = defaultdict(list)
        rows = PassageText.objects.filter(version__in=[review.current_id for review in reviews])
        for version, text in rows.order_by("version", "position").values_list("version", "text"):
            texts[version].append(text)
        # Addresses are kept in the site's own language, whoever's request indexes.
        with override(settings.LANGUAGE_CODE):
            for review in reviews:
                yield SearchDocument(
                    key=f"{ReviewSource.name}:{review.pk}",
                    kind=Kind.REVIEW,
                    title=review.title,
                    url=review.get_absolute_url(),
                    summary=review.question,
                    text="\n".join(texts[review.current_id]),
                    years=(timezone.localtime(review.current.published_at).year,),
                    date=review.current.published_at,
                    **of_consultation(review.consultation),
                )
