"""Pages as documents of the search, and what makes them change."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, prefetch_related_objects
from django.db.models.functions import Length
from django.db.models.signals import post_delete, post_save, pre_save
from wagtail import hooks
from wagtail.documents import get_document_model
from wagtail.models import COMMENTS_RELATION_NAME, Page, PageViewRestriction, ReferenceIndex, Site

from participation.consultations.models import Consultation
from search.documents import SearchDocument
from search.entries import LONGEST_TEXT
from search.outbox import EVERYTHING, enqueue

from .models import BasePage, FileText, SectionPage, read_lists

logger = logging.getLogger(__name__)

BATCH = 100
KEPT_BY_DRAFTS = {
    COMMENTS_RELATION_NAME,
    "draft_title",
    "has_unpublished_changes",
    "latest_revision",
    "latest_revision_created_at",
}
"""What a page's row keeps of a draft: nobody reads it."""


class PageSource:
    """The pages that everyone may read: live ones, outside private sections."""

    name = "page"

    def documents(self, ids: Iterable[int] | None = None) -> Iterator[SearchDocument]:
        pks = list(self._readable(ids).order_by("-pk").values_list("pk", flat=True))
        for start in range(0, len(pks), BATCH):
            pages = list(Page.objects.filter(pk__in=pks[start : start + BATCH]).specific())
            _read_around(pages)
            translated = self._translations(pages)
            said = _said_by_files(pages)
            for page in pages:
                document = _document(page) if _says_something(page) else None
                if document and document.url:
                    yield replace(
                        document,
                        text=f"{document.text} {said[page.pk]}".strip(),
                        shown_in=_shown_in(page, translated[page.translation_key]),
                    )

    def latest(self, most: int) -> list[int]:
        return list(self._readable(None).order_by("-pk").values_list("pk", flat=True)[:most])

    def public(self, ids: Iterable[int]) -> set[int]:
        return set(self._readable(ids).values_list("pk", flat=True))

    @staticmethod
    def _readable(ids: Iterable[int] | None):
        public = Page.objects.public()
        # An alias shows what its source holds: it is as private as its source.
        readable = Page.objects.live().public().filter(Q(alias_of=None) | Q(alias_of__in=public)).filter(depth__gt=1)
        return readable if ids is None else readable.filter(pk__in=list(ids))

    @staticmethod
    def _translations(pages: list[Page]) -> dict:
        """The languages in which each of these pages is live, by translation key."""
        languages = defaultdict(set)
        keys = [page.translation_key for page in pages]
        for key, language in (
            Page.objects.live().filter(translation_key__in=keys).values_list("translation_key", "locale__language_code")
        ):
            languages[key].add(language)
        return languages


def _read_around(pages: list[Page]) -> None:
    """What they are classified by, for all pages of a kind at once."""
    kinds = defaultdict(list)
    for page in pages:
        if isinstance(page, BasePage):
            kinds[type(page)].append(page)
    for kind, alike in kinds.items():
        prefetch_related_objects(alike, *kind.SEARCH_READS)
        read_lists(alike)


def _says_something(page: Page) -> bool:
    """An organisation's section where nothing is written is only a list of pages that are found themselves."""
    return isinstance(page, BasePage) and (not isinstance(page, SectionPage) or bool(page.summary or page.body))


def _document(page: BasePage) -> SearchDocument | None:
    """One page that cannot be read must not keep the others out of the search."""
    try:
        return page.search_document()
    except Exception:
        logger.exception("The search cannot read page %s", page.pk)
        return None


def files_shown(pages: Iterable[Page]) -> set[tuple[int, int]]:
    """The files that these pages show or link to, as they are published: (page, document)."""
    references = _references_to_files().filter(object_id__in=[str(page.pk) for page in pages])
    return {(int(page), int(document)) for page, document in references.values_list("object_id", "to_object_id")}


def _said_by_files(pages: list[Page]) -> dict[int, str]:
    """What the files that each of these pages shows say, by page: as much as is looked into. Three queries at most."""
    pages_of = defaultdict(list)
    for page, document in files_shown(pages):
        pages_of[document].append(page)
    said = defaultdict(str)
    if pages_of:
        read = FileText.objects.public().filter(state=FileText.State.READ, document__in=pages_of)
        # The shortest first: a report of 300 pages does not keep out the leaflet beside it.
        texts = read.order_by(Length("text"), "pk").values_list("document_id", "text")
        for document, text in texts.iterator():
            for page in pages_of[document]:
                said[page] = f"{said[page]} {text}"[:LONGEST_TEXT]
    return said


def _references_to_files():
    types = ContentType.objects.get_for_models(Page, get_document_model())
    return ReferenceIndex.objects.filter(base_content_type=types[Page], to_content_type=types[get_document_model()])


def _shown_in(page: Page, languages: set[str]) -> tuple[str, ...]:
    """Its own language, and those it was not translated into."""
    own = page.locale.language_code
    return (own, *(code for code, _name in settings.LANGUAGES if code not in languages))


# ── What changes ─────────────────────────────────────────────────────────────────────────────────────────────────────


def note_move(sender, instance, update_fields=None, **kwargs) -> None:
    """Before a page is saved: whether its descendants change with it (other address, published or not)."""
    if isinstance(instance, Page) and not _is_draft(update_fields):
        before = Page.objects.filter(pk=instance.pk).values_list("url_path", "live").first()
        instance._moves_descendants = before is not None and before != (instance.url_path, instance.live)


def note_page(sender, instance, update_fields=None, raw=False, **kwargs) -> None:
    """A page was saved. Its children are noted too: a journal entry is found by what its project is classified by."""
    if not isinstance(instance, Page) or _is_draft(update_fields):
        return
    around = instance.get_descendants() if getattr(instance, "_moves_descendants", False) else instance.get_children()
    translations = Page.objects.filter(translation_key=instance.translation_key).exclude(pk=instance.pk)
    # Itself first: it is what the editor will look for.
    _enqueue(instance.pk, *translations.values_list("pk", flat=True), *around.values_list("pk", flat=True))


def note_deletion(sender, instance, **kwargs) -> None:
    if isinstance(instance, Page):
        translations = Page.objects.filter(translation_key=instance.translation_key).exclude(pk=instance.pk)
        _enqueue(instance.pk, *translations.values_list("pk", flat=True))


def note_restriction(sender, instance: PageViewRestriction, **kwargs) -> None:
    """A section became private, or public again."""
    page = Page.objects.filter(pk=instance.page_id).first()
    if page:
        _enqueue(*page.get_descendants(inclusive=True).values_list("pk", flat=True))


def note_site(sender, **kwargs) -> None:
    """Every address may have changed."""
    enqueue(EVERYTHING)


def note_consultation(sender, instance, **kwargs) -> None:
    """The pages that tell a consultation are found by its degree and its organiser."""
    pages = ContentType.objects.get_for_model(Page)
    references = ReferenceIndex.get_references_to(instance).filter(base_content_type=pages)
    _enqueue(*references.values_list("object_id", flat=True))


def note_files(documents: Iterable[int]) -> None:
    """These files say something else, or are no longer for everyone: the pages that show them are found by other words."""
    references = _references_to_files().filter(to_object_id__in=[str(pk) for pk in documents])
    live = Page.objects.live().filter(pk__in=[int(pk) for pk in references.values_list("object_id", flat=True)])
    _enqueue(*live.values_list("pk", flat=True))


def connect() -> None:
    """Listen to what changes pages, and to nothing twice."""
    pre_save.connect(note_move, dispatch_uid="home.search")
    post_save.connect(note_page, dispatch_uid="home.search")
    post_delete.connect(note_deletion, dispatch_uid="home.search")
    for signal in (post_save, post_delete):
        signal.connect(note_restriction, sender=PageViewRestriction, dispatch_uid="home.search.restriction")
    post_save.connect(note_site, sender=Site, dispatch_uid="home.search.site")
    post_save.connect(note_consultation, sender=Consultation, dispatch_uid="home.search.consultation")


@hooks.register("register_search_source")
def pages() -> PageSource:
    return PageSource()


def _is_draft(update_fields) -> bool:
    return update_fields is not None and set(update_fields) <= KEPT_BY_DRAFTS


def _enqueue(*pks: int) -> None:
    enqueue(*(f"{PageSource.name}:{pk}" for pk in pks))
