"""What changes on the ground floor, noted for the index. The ground floor does not know the search."""

from __future__ import annotations

from participation import generation
from participation.consultations.models import Consultation, Contribution
from participation.forum.models import Message

from .outbox import EVERYTHING, enqueue
from .topics import TopicSource


def note_contribution(sender, contribution: Contribution, **kwargs) -> None:
    """A topic, or the topic that a reply belongs to, has changed."""
    message = Message.objects.filter(pk=contribution.pk).values_list("pk", "topic").first()
    if message:
        pk, topic = message
        enqueue(f"{TopicSource.name}:{topic or pk}", at_once=False)


def note_consultation(sender, instance: Consultation, created: bool, **kwargs) -> None:
    """Who may read its topics, and what they are found by, may have changed."""
    if not created:
        topics = Message.objects.topics().filter(activity__consultation=instance).values_list("pk", flat=True)
        enqueue(*(f"{TopicSource.name}:{pk}" for pk in topics))


def note_name(sender, created: bool = False, **kwargs) -> None:
    """A place, a theme, an audience or an organisation has another name: it stands in every document that has it."""
    generation.bump()
    if not created:
        enqueue(EVERYTHING)
