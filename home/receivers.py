"""What publishing brings about: kept pages become old (as when pages move, and rows they name change), the charter is noted,
Wagtail’s letters leave.

What adding or replacing a file brings about: it waits to be read, and who shows it is found by other words.
"""

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from wagtail.admin import signal_handlers
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Page,
    PageViewRestriction,
    Site,
    TaskState,
    WorkflowState,
)
from wagtail.signals import (
    page_published,
    page_unpublished,
    post_page_move,
    task_submitted,
    workflow_approved,
    workflow_rejected,
    workflow_submitted,
)

from participation import generation
from participation.consultations.models import Consultation
from participation.people.models import Organisation
from participation.vocabulary.models import TERMS, Territory

from . import charter, file_texts, search

NAMED_BY_PAGES = [
    *TERMS.values(),
    Consultation,
    Organisation,
    # A page made private must leave the memory at once.
    PageViewRestriction,
    Site,
    Territory,
    get_document_model(),
    get_image_model(),
]


WAGTAIL_LETTERS = [
    (
        task_submitted,
        signal_handlers.task_submission_email_notifier,
        TaskState,
        "group_approval_task_submitted_email_notification",
    ),
    (
        workflow_submitted,
        signal_handlers.workflow_submission_email_notifier,
        WorkflowState,
        "workflow_state_submitted_email_notification",
    ),
    (
        workflow_rejected,
        signal_handlers.workflow_rejection_email_notifier,
        WorkflowState,
        "workflow_state_rejected_email_notification",
    ),
    (
        workflow_approved,
        signal_handlers.workflow_approval_email_notifier,
        WorkflowState,
        "workflow_state_approved_email_notification",
    ),
]
"""(signal, who writes, sender, the name under which Wagtail connects it)."""


def connect() -> None:
    # Before Wagtail, which then finds its own places taken.
    for signal, write, sender, place in WAGTAIL_LETTERS:
        signal.connect(_after_commit(write), sender=sender, weak=False, dispatch_uid=place)
    for signal in (page_published, page_unpublished, post_page_move):
        signal.connect(start_generation, dispatch_uid="home.shell")
    page_published.connect(charter.note_publication, dispatch_uid="home.charter")
    # A page may be born live, without the action of publishing.
    post_save.connect(page_saved, dispatch_uid="home.shell")
    post_delete.connect(page_deleted, dispatch_uid="home.shell")
    for model in NAMED_BY_PAGES:
        for signal in (post_save, post_delete):
            signal.connect(start_generation, sender=model, dispatch_uid="home.shell")
    post_save.connect(document_saved, sender=get_document_model(), dispatch_uid="home.files")
    # Before: afterwards nothing says which pages showed it.
    pre_delete.connect(document_deleted, sender=get_document_model(), dispatch_uid="home.files")
    for signal in (post_save, post_delete):
        signal.connect(collection_opened_or_closed, sender=CollectionViewRestriction, dispatch_uid="home.files")
    post_save.connect(collection_saved, sender=Collection, dispatch_uid="home.files")


def _after_commit(write):
    """Wagtail writes to reviewers while it submits: a mail server that is down would undo what was submitted."""

    def receiver(sender, instance, **kwargs):
        def write_now():
            write(instance, **kwargs)

        transaction.on_commit(write_now, robust=True)

    return receiver


def start_generation(sender, **kwargs) -> None:
    generation.bump()


def page_saved(sender, instance, **kwargs) -> None:
    if isinstance(instance, Page) and instance.live:
        generation.bump()


def page_deleted(sender, instance, **kwargs) -> None:
    if isinstance(instance, Page):
        generation.bump()


def document_saved(sender, instance, raw=False, update_fields=None, **kwargs) -> None:
    if not raw and (update_fields is None or {"file", "collection"} & set(update_fields)):
        file_texts.expect_file(instance)


def document_deleted(sender, instance, **kwargs) -> None:
    search.note_files([instance.pk])


def collection_opened_or_closed(sender, instance: CollectionViewRestriction, **kwargs) -> None:
    file_texts.note_collection(instance.collection)


def collection_saved(sender, instance: Collection, created: bool, **kwargs) -> None:
    """It may be about to move into a private one, or out of it."""
    if not created:
        file_texts.note_collection(instance)
