"""What every page shares, the home page, plain pages, the sections of organisations under each index; what files say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import CollectionViewRestriction, Page

from participation.consultations.models import Activity
from participation.consultations.places import pages_of
from participation.people.models import Organisation
from participation.plain_text import some_of
from participation.vocabulary.models import Audience, InvolvementDegree, Territory, Theme
from search.documents import Kind, SearchDocument

from .admin_forms import PageForm
from .blocks import ContentStreamBlock, HeadingBlock
from .shell import keep

MOST_PLACES = 4
"""Named on a card."""


class BasePage(Page):
    """A page with a summary, what it is classified by, and a body where participation is a word like any other."""

    summary = models.TextField(
        _("summary"),
        max_length=400,
        blank=True,
        help_text=_("One or two sentences: shown on cards, in results and at the top of the page."),
    )
    territories = ParentalManyToManyField(
        Territory,
        blank=True,
        verbose_name=_("territories"),
        related_name="+",
        help_text=_("Communes, an intercommunality or a local action group. Empty: everywhere."),
    )
    themes = ParentalManyToManyField(Theme, blank=True, verbose_name=_("themes"), related_name="+")
    audiences = ParentalManyToManyField(Audience, blank=True, verbose_name=_("audiences"), related_name="+")
    body = StreamField(ContentStreamBlock(), blank=True, verbose_name=_("body"))

    KIND = Kind.PAGE
    """What it is in the search."""
    TERMS = ["themes", "audiences"]
    """The lists of words it is classified by."""
    SEARCH_READS = ("locale",)
    """What `search_document` follows, its lists apart: read for many pages at once when they are indexed."""
    lists: dict[str, list[models.Model]] | None = None
    """Its places and words by field, where `read_lists` read those of many pages."""

    facet_panels = [
        MultiFieldPanel(
            [FieldPanel("territories"), FieldPanel("themes"), FieldPanel("audiences")],
            heading=_("Where, what about, for whom"),
            help_text=_("These choices let people find the page by the filters of the search."),
        ),
    ]
    content_panels = [*Page.content_panels, FieldPanel("summary"), *facet_panels, FieldPanel("body")]

    base_form_class = PageForm

    class Meta:
        abstract = True

    def serve(self, request, *args, **kwargs):
        """The same for everybody. Pages with routes of their own say so too: `RoutablePageMixin` does not come here."""
        return keep(super().serve(request, *args, **kwargs))

    @property
    def involvement(self) -> InvolvementDegree | None:
        """Its degree of involvement, where its kind has one and it is known."""
        degree = getattr(self, "degree", "")
        return InvolvementDegree(degree) if degree else None

    def card(self) -> dict:
        """What it is in a few words: the parameters of components/card.html. Kinds of pages add to it.

        Where many cards are drawn, read the pages with their territories: `prefetch_related("territories")`.
        """
        return {
            "kind": self.KIND.label,
            "title": self.title,
            "url": self.get_url(),
            "summary": self.summary,
            "degree": self.involvement,
            "meta": [],
        }

    def listed(self, name: str) -> list[models.Model]:
        """Its places ("territories") or the words of one of its `TERMS`, in their order."""
        return list(getattr(self, name).all()) if self.lists is None else self.lists[name]

    def place_names(self) -> str:
        """« Sisteron, Serres, Rosans et 4 autres », "" when it is about everywhere."""
        return some_of([territory.name for territory in self.territories.all()], most=MOST_PLACES)

    def search_document(self) -> SearchDocument:
        """What the search knows of it. Kinds of pages add to it with `dataclasses.replace`."""
        return SearchDocument(
            key=f"page:{self.pk}",
            kind=self.KIND,
            title=self.title,
            url=self.get_url() or "",
            summary=self.summary,
            text=self.plain_text(),
            language=self.locale.language_code,
            territories=self.territory_codes(),
            themes=tuple(theme.slug for theme in self.listed("themes")),
            audiences=tuple(audience.slug for audience in self.listed("audiences")),
            date=self.first_published_at,
        )

    def territory_codes(self) -> tuple[str, ...]:
        """The codes it counts for: its territories and the divisions that hold them."""
        territories = self.listed("territories")
        models.prefetch_related_objects(territories, "epci", "gal")
        return tuple(sorted({code for territory in territories for code in territory.codes()}))

    def plain_text(self) -> str:
        """The words of its body, one block after the other."""
        return " ".join(
            strip_tags(str(text)) for block in self.body for text in block.block.get_searchable_content(block.value)
        )


def read_lists(pages: Sequence[BasePage]) -> None:
    """Read the `lists` of pages of one kind, two queries for each list.

    Django's prefetch makes a manager and a query for each list of each page: with thousands of pages, most of the time.
    """
    if not pages:
        return
    kind = type(pages[0])
    for page in pages:
        page.lists = {}
    for name in ("territories", *kind.TERMS):
        field = kind._meta.get_field(name)
        chosen: dict[int, set[int]] = {page.pk: set() for page in pages}
        links = field.remote_field.through.objects.filter(**{f"{field.m2m_field_name()}__in": list(chosen)})
        for page, word in links.values_list(field.m2m_column_name(), field.m2m_reverse_name()):
            chosen[page].add(word)
        words = field.related_model.objects.filter(pk__in=set().union(*chosen.values()))
        if name == "territories":
            # Contours are heavy, and neither searched nor written.
            words = words.select_related("epci", "gal").defer("contour", "epci__contour", "gal__contour")
        words = list(words)
        for page in pages:
            page.lists[name] = [word for word in words if word.pk in chosen[page.pk]]


@dataclass(frozen=True)
class HomeSection:
    """A part of the home page that a floor adds with the hook `register_home_section` (a function of the request)."""

    order: int
    template: str
    context: dict


class HomePage(BasePage):
    """What is open now and until when, what happened since, where, what came of it."""

    max_count_per_parent = 1
    parent_page_types = ["wagtailcore.Page"]
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]

    class Meta:
        verbose_name = _("home page")

    MOST_ACTIVITIES = 3

    def get_context(self, request, *args, **kwargs):
        sections = [section for build in hooks.get_hooks("register_home_section") if (section := build(request, self))]
        now = timezone.now()
        everyones = Activity.objects.visible(to=AnonymousUser()).select_related("consultation__organiser")
        open_activities = list(
            everyones.open(now).order_by(models.F("closes_at").asc(nulls_last=True), "-opens_at", "pk")[
                : self.MOST_ACTIVITIES
            ]
        )
        coming = (
            [] if open_activities else list(everyones.coming(now).order_by("opens_at", "pk")[: self.MOST_ACTIVITIES])
        )
        return {
            **super().get_context(request, *args, **kwargs),
            "open_activities": open_activities,
            "coming_activities": coming,
            "pages_of_activities": pages_of([*open_activities, *coming]),
            "sections": sorted(sections, key=lambda section: section.order),
        }


class TextPage(BasePage):
    """A plain page: about, legal pages, charter."""

    parent_page_types = ["home.HomePage", "home.TextPage"]

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    SHORT = 3
    """Headings that a page may have without a list of them."""

    @property
    def contents(self) -> list:
        """The headings of a long page, to go from one to the other; none for a short one."""
        headings = [block.value for block in self.body if isinstance(block.block, HeadingBlock)]
        return headings if len(headings) > self.SHORT else []


class SectionPage(BasePage):
    """The part of an index that belongs to one organisation: its editors have rights here and nowhere else."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name=_("organisation"), related_name="+", null=True
    )

    content_panels = [
        *Page.content_panels,
        # Who works in the section: not for its own editors to change.
        FieldPanel("organisation", permission="people.add_organisation"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]

    class Meta:
        abstract = True

    def get_template(self, request, *args, **kwargs):
        return "home/section_page.html"

    CARDS_NEED = ["territories"]
    """What the cards of its pages read, beyond the pages themselves."""

    @cached_property
    def entries(self):
        """The live pages of the section, newest first, but for those made private one by one."""
        pages = Page.objects.child_of(self).live().filter(view_restrictions__isnull=True)
        return pages.order_by("-first_published_at", "pk").specific().prefetch_related(*self.CARDS_NEED)


class FileTextQuerySet(models.QuerySet):
    def public(self):
        """Of the files that anybody may download: outside the private collections and all they hold."""
        rows = self
        for path in CollectionViewRestriction.objects.values_list("collection__path", flat=True).distinct():
            rows = rows.exclude(document__collection__path__startswith=path)
        return rows

    def due(self, now: datetime):
        """Those to read now, the oldest first."""
        again = models.Q(since__lt=now - FileText.REST)
        return self.public().filter(models.Q(tries=0) | again, state=FileText.State.WAITING).order_by("since", "pk")

    def unsearched(self):
        """Those that were read in vain, and that somebody may save in another way."""
        return self.filter(state__in=[FileText.State.NOTHING, FileText.State.UNREADABLE, FileText.State.TOO_LARGE])


class FileText(models.Model):
    """What a file says: the pages that show it are found by its words. The worker reads it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits to be read")
        READING = "reading", _("is being read")
        READ = "read", _("is searched")
        NOTHING = "nothing", _("there is none")
        OTHER = "other", _("another kind of file")
        UNREADABLE = "unreadable", _("cannot be read")
        TOO_LARGE = "too-large", _("too large")

    document = models.OneToOneField(
        "wagtaildocs.Document", models.CASCADE, related_name="own_text", verbose_name=_("document")
    )
    name = models.CharField(_("name of the file"), max_length=255)
    digest = models.CharField(
        _("SHA-1 of what was read"), max_length=40, blank=True, help_text=_("The one that Wagtail keeps of a file.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    text = models.TextField(_("text"), blank=True)
    notice = models.CharField(_("what editors are told"), max_length=1000, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    since = models.DateTimeField(_("since"), default=timezone.now)

    objects = FileTextQuerySet.as_manager()

    wagtail_reference_index_ignore = True
    """It is no use of the document."""

    REST = timedelta(minutes=5)
    """Before what went wrong is tried again."""

    class Meta:
        verbose_name = _("text of a file")
        verbose_name_plural = _("texts of files")

    def __str__(self):
        return self.name

    @property
    def is_public(self) -> bool:
        """Whether anybody may download the file."""
        return FileText.objects.public().filter(pk=self.pk).exists()
