"""What Wagtail says of the sheets that people proposed: published, given back, deleted."""

from django.db.models.signals import pre_delete
from wagtail.models import Page
from wagtail.signals import page_published, workflow_rejected

from experiences.models import ExperiencePage

from . import outcomes


def connect() -> None:
    page_published.connect(published, sender=ExperiencePage, dispatch_uid="experiences.proposals")
    workflow_rejected.connect(rejected, dispatch_uid="experiences.proposals")
    pre_delete.connect(deleted, sender=ExperiencePage, dispatch_uid="experiences.proposals")


def published(sender, instance, **kwargs) -> None:
    # Wagtail says so of a sheet that is only to be published later, too.
    if instance.live:
        outcomes.note_publication(instance.pk)


def rejected(sender, instance, **kwargs) -> None:
    if isinstance(instance.content_object, Page):
        outcomes.ask_for_changes(instance.object_id, instance.current_task_state.comment)


def deleted(sender, instance, **kwargs) -> None:
    outcomes.note_deletion(instance.pk)
