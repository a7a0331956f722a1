"""What one can use: method kits and documents."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.rich_text import get_text_for_indexing

from home.blocks import NOTE_FEATURES
from home.models import BasePage, SectionPage
from home.shell import SECONDS_OF_A_NOTICE, keep
from participation.vocabulary.models import InvolvementDegree, Method
from search.documents import Kind, SearchDocument
from search.related import related

from .blocks import PhaseBlock, WorkshopBlock, in_days


def _range(low: int | None, high: int | None, unit: str) -> str:
    """« de 12 à 40 personnes », « à partir de 12 personnes », « jusqu’à 40 personnes », "" when neither is known."""
    if low is None and high is None:
        return ""
    if low == high:
        return unit % intcomma(low)
    if high is None:
        return _("from %s") % (unit % intcomma(low))
    if not low:
        return _("up to %s") % (unit % intcomma(high))
    return _("from %(low)s to %(high)s") % {"low": intcomma(low), "high": unit % intcomma(high)}


class ResourceIndexPage(BasePage):
    """The resource space: method kits, key documents."""

    max_count_per_parent = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["resources.ResourceSectionPage", "resources.MethodKitPage", "resources.DocumentPage"]
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]

    class Meta:
        verbose_name = _("resource space")

    def get_context(self, request, *args, **kwargs):
        """`key_documents`, `kits` and `documents`: what is shown first, how one does it, everything else."""
        kits = MethodKitPage.objects.descendant_of(self).live().public().order_by("title", "pk")
        documents = list(
            DocumentPage.objects.descendant_of(self).live().public().order_by("title", "pk").defer_streamfields()
        )
        return {
            **super().get_context(request, *args, **kwargs),
            "kits": kits.defer_streamfields(),
            "key_documents": [document for document in documents if document.key],
            "documents": [document for document in documents if not document.key],
        }


class ResourceSectionPage(SectionPage):
    """The resources of one organisation."""

    parent_page_types = ["resources.ResourceIndexPage"]
    subpage_types = ["resources.MethodKitPage", "resources.DocumentPage"]

    class Meta:
        verbose_name = _("organisation's part of the resources")


class MethodKitPage(BasePage):
    """How to run a method, so that somebody can run it tomorrow."""

    KIND = Kind.KIT

    method = models.ForeignKey(
        Method,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="kits",
        verbose_name=_("method"),
        help_text=_("Sheets that used it lead here."),
    )
    degree = models.CharField(
        _("degree of involvement"),
        max_length=16,
        blank=True,
        choices=InvolvementDegree,
        help_text=_("The one it serves best."),
    )
    objectives = RichTextField(_("objectives"), blank=True, features=NOTE_FEATURES)
    group_min = models.PositiveIntegerField(_("from how many people"), null=True, blank=True)
    group_max = models.PositiveIntegerField(_("up to how many"), null=True, blank=True)
    days = models.DecimalField(
        _("days of work"), max_digits=5, decimal_places=1, null=True, blank=True, help_text=_("For the whole team.")
    )
    price_from = models.PositiveIntegerField(
        _("cost from, in euros"), null=True, blank=True, help_text=_("External costs.")
    )
    price_to = models.PositiveIntegerField(_("cost up to, in euros"), null=True, blank=True)
    options = RichTextField(
        _("options"), blank=True, features=NOTE_FEATURES, help_text=_("What may be added, with its days and its price.")
    )
    exit_point = RichTextField(
        _("exit point"), blank=True, features=NOTE_FEATURES, help_text=_("When one may stop, and what one has then.")
    )
    deliverables = RichTextField(_("deliverables"), blank=True, features=NOTE_FEATURES)
    material = RichTextField(_("material"), blank=True, features=NOTE_FEATURES)
    conditions = RichTextField(_("conditions of success"), blank=True, features=NOTE_FEATURES)
    phases = StreamField([("phase", PhaseBlock())], blank=True, verbose_name=_("phases"))
    workshops = StreamField([("workshop", WorkshopBlock())], blank=True, verbose_name=_("workshops"))

    parent_page_types = ["resources.ResourceSectionPage", "resources.ResourceIndexPage"]
    subpage_types = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("method"), FieldPanel("degree")]),
                FieldRowPanel([FieldPanel("group_min"), FieldPanel("group_max"), FieldPanel("days")]),
                FieldRowPanel([FieldPanel("price_from"), FieldPanel("price_to")]),
            ],
            heading=_("At a glance"),
        ),
        *BasePage.facet_panels,
        MultiFieldPanel(
            [FieldPanel("objectives"), FieldPanel("deliverables"), FieldPanel("material"), FieldPanel("conditions")],
            heading=_("What for, with what"),
        ),
        MultiFieldPanel([FieldPanel("phases"), FieldPanel("workshops")], heading=_("How it runs")),
        MultiFieldPanel([FieldPanel("options"), FieldPanel("exit_point")], heading=_("More, or less")),
        FieldPanel("body", heading=_("What one learns doing it")),
    ]

    class Meta:
        verbose_name = _("method kit")
        verbose_name_plural = _("method kits")

    MOST_SHEETS = 4
    """Experiences shown of those that used its method."""

    NOTES = ["objectives", "options", "exit_point", "deliverables", "material", "conditions"]

    def serve(self, request, *args, **kwargs):
        response = super().serve(request, *args, **kwargs)
        # While the search is down, nobody used it here: it must not stay so.
        is_known = response.context_data["used_here"].is_known
        return response if is_known else keep(response, seconds=SECONDS_OF_A_NOTICE)

    def get_context(self, request, *args, **kwargs):
        """`used_here`: the experiences that used its method."""
        slugs = [self.method.slug] if self.method else []
        used_here = related(Kind.SHEET, "methode", slugs, most=self.MOST_SHEETS)
        return {**super().get_context(request, *args, **kwargs), "used_here": used_here}

    @property
    def effort(self) -> str:
        """« 3,5 jours », "" if unknown."""
        return in_days(self.days)

    @property
    def price(self) -> str:
        """« de 500 à 2 000 € », "" if unknown."""
        return _range(self.price_from, self.price_to, "%s\u00a0€")

    @property
    def group(self) -> str:
        """« de 12 à 40 personnes », "" if unknown."""
        return _range(self.group_min, self.group_max, str(_("%s people")))

    def card(self) -> dict:
        return {**super().card(), "meta": [line for line in (self.effort, self.group, self.price) if line]}

    def clean(self):
        super().clean()
        for low, high in [("group_min", "group_max"), ("price_from", "price_to")]:
            if None not in (getattr(self, low), getattr(self, high)) and getattr(self, low) > getattr(self, high):
                raise ValidationError({high: _("This must be at least the figure before it.")})

    def search_document(self) -> SearchDocument:
        document = super().search_document()
        notes = " ".join(get_text_for_indexing(getattr(self, field)) for field in self.NOTES)
        parts = " ".join(
            str(text)
            for stream in (self.phases, self.workshops)
            for block in stream
            for text in block.block.get_searchable_content(block.value)
        )
        return replace(
            document,
            text=f"{notes} {parts} {document.text}",
            degree=self.degree,
            methods=(self.method.slug,) if self.method else (),
        )


class DocumentPage(BasePage):
    """A text, a file, a video with its transcript or a link, that helps to understand or to act."""

    KIND = Kind.DOCUMENT

    class Medium(models.TextChoices):
        TEXT = "text", _("text")
        FILE = "file", _("file")
        VIDEO = "video", _("video")
        LINK = "link", _("link")

    medium = models.CharField(_("kind"), max_length=5, choices=Medium, default=Medium.TEXT)
    degree = models.CharField(_("degree of involvement"), max_length=16, blank=True, choices=InvolvementDegree)
    published = models.DateField(_("date of the document"), null=True, blank=True)
    source = models.CharField(_("made by"), max_length=200, blank=True)
    file = models.ForeignKey(
        "wagtaildocs.Document", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    address = models.URLField(
        _("address"), blank=True, max_length=500, help_text=_("Of a video or of a page elsewhere.")
    )
    transcript = RichTextField(
        _("transcript"), blank=True, features=NOTE_FEATURES, help_text=_("All that a video says and shows.")
    )
    key = models.BooleanField(_("key document"), default=False, help_text=_("Shown first in the resource space."))

    parent_page_types = ["resources.ResourceSectionPage", "resources.ResourceIndexPage"]
    subpage_types = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("medium"), FieldPanel("degree"), FieldPanel("key")]),
                FieldRowPanel([FieldPanel("published"), FieldPanel("source")]),
                FieldPanel("file"),
                FieldPanel("address"),
                FieldPanel("transcript"),
            ],
            heading=_("The document"),
        ),
        *BasePage.facet_panels,
        FieldPanel("body", heading=_("Its text")),
    ]

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    @property
    def host_elsewhere(self) -> str:
        """« cndp.fr », of the page it leads to."""
        return urlsplit(self.address).hostname or ""

    def card(self) -> dict:
        published = [date_format(self.published, "F Y")] if self.published else []
        return {
            **super().card(),
            "kind": capfirst(self.get_medium_display()),
            "meta": [*([self.source] if self.source else []), *published],
        }

    def clean(self):
        super().clean()
        if self.medium in [self.Medium.LINK, self.Medium.VIDEO] and not self.address:
            raise ValidationError({"address": _("A link or a video needs its address.")})
        if self.medium == self.Medium.FILE and not self.file:
            raise ValidationError({"file": _("Choose the file.")})
        if self.medium == self.Medium.VIDEO and not self.transcript:
            raise ValidationError({"transcript": _("A video needs its transcript: not everyone hears or sees it.")})

    def search_document(self) -> SearchDocument:
        document = super().search_document()
        return replace(
            document,
            text=f"{self.source} {get_text_for_indexing(self.transcript)} {document.text}",
            degree=self.degree,
            years=(self.published.year,) if self.published else (),
        )
