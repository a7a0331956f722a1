"""What changes on the ground floor, noted for the index. The ground floor does not know the search."""

from __future__ import annotations

from participation import generation
from participation.consultations.models import Consultation, Contribution
from participation.forum.models import Message
from participation.review.models import Review

from .outbox import EVERYTHING, enqueue
from .reviews import ReviewSource
from .topics import TopicSource


def note_contribution(sender, contribution: Contribution, **kwargs) -> None:
    """A topic, or the topic that a reply belongs to, has changed."""
    message = Message.objects.filter(pk=contribution.pk).values_list("pk", "topic").first()
    if message:
        pk, topic = message
        enqueue(f"{TopicSource.name}:{topic or pk}", at_once=False)


def note_consultation(sender, instance: Consultation, created: bool, **kwargs) -> None:
    """Who may read what is in it, and what that is found by, may have changed."""
    if not created:
        reviews = Review.objects.filter(consultation=instance).values_list("pk", flat=True)
        enqueue(*(f"{ReviewSource.name}:{pk}" for pk in reviews))
        topics = Message.objects.topics().filter(activity__consultation=instance).values_list("pk", flat=True)
        enqueue(*(f"{TopicSource.name}:{pk}" for pk in topics))


def note_review(sender, instance: Review, **kwargs) -> None:
    """It was opened, changed, or another version is the one people read."""
    enqueue(f"{ReviewSource.name}:{instance.pk}")


def note_name(sender, created: bool = False, **kwargs) -> None:
    """A place, a theme, an audience or an organisation has another name: it stands in every document that has it."""
    generation.bump()
    if not created:
        enqueue(EVERYTHING)
