"""What publishing brings about: kept pages become old (as when pages move, and rows they name change), the charter is noted.

What adding or replacing a file brings about: it waits to be read, and who shows it is found by other words.
"""

from django.db.models.signals import post_delete, post_save, pre_delete
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction, Site
from wagtail.signals import page_published, page_unpublished, post_page_move

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


def connect() -> None:
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
