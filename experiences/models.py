"""What happens and happened on the territory: experience sheets, projects and their journals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from math import inf

from django.db import models
from django.db.models import Q
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.rich_text import get_text_for_indexing

from home.blocks import NOTE_FEATURES
from home.models import BasePage, SectionPage, read_lists
from home.shell import SECONDS_OF_A_NOTICE, keep
from participation.blocks import ACTIVITY_BLOCKS
from participation.consultations.models import Activity, Consultation, State
from participation.people.models import Organisation
from participation.vocabulary.models import DeviceType, InvolvementDegree, Means, Method, Need, Stage, Territory
from search.documents import Kind, SearchDocument, at_noon
from search.feeds import SearchFeed
from search.related import related
from search.views import respond

from .admin_forms import ProjectForm
from .comparing import compare
from .feeds import JournalFeed
from .importing.models import ColumnMapping, SheetImport, SheetImportRow  # noqa: F401 – tables of this app
from .inventory import Inventory, View
from .journal import heard_before
from .proposals import workflow  # noqa: F401 – its step is a table of this app
from .proposals.models import Proposal
from .proposals.panels import ProposalPanel
from .similar import Similar, similar_to


class ExperienceIndexPage(RoutablePageMixin, BasePage):
    """The territorial inventory: all experience sheets, as a list and a map, with facets."""

    max_count_per_parent = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["experiences.ExperienceSectionPage", "experiences.ExperiencePage"]
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]

    class Meta:
        verbose_name = _("territorial inventory")

    @path("")
    def index_route(self, request):
        """The whole inventory is the same for everybody; what a query string asks of it is a search."""
        request.is_preview = False
        results = Inventory(request)
        if request.GET:
            context = self._shown(results)
            return respond(request, self.get_template(request), results, page=self, **context)
        response = TemplateResponse(request, self.get_template(request), self.get_context(request, results))
        # A notice says that the search is being repaired: it must not stay longer than that.
        return keep(response, seconds=SECONDS_OF_A_NOTICE if results.notices else inf)

    @path("atom/", name="feed")
    def feed(self, request):
        return SearchFeed()(request, restricted_to=Kind.SHEET, path=self.get_url(request))

    def get_context(self, request, results: Inventory | None = None):
        results = results or Inventory(request)
        return {**super().get_context(request), "results": results, **self._shown(results)}

    @staticmethod
    def _shown(results: Inventory) -> dict:
        """What the view that is asked for draws: the list has the map above it, the table reads the sheets themselves."""
        view = results.view
        return {
            "list_template": f"experiences/inventory/{view.value}.html" if view in (View.CARDS, View.TABLE) else None,
            "map": results.map if view in (View.LIST, View.MAP) else None,
            "sheets": ExperiencePage.objects.in_order(results.pks) if view == View.TABLE else [],
        }

    @path("comparer/", name="compare")
    def compare(self, request):
        return compare(request, self)

    @property
    def compare_url(self) -> str:
        return self.get_url() + self.reverse_subpage("compare")

    def sheets(self) -> PageQuerySet[ExperiencePage]:
        """Those that everyone may read."""
        return ExperiencePage.objects.live().public()


class ExperienceSectionPage(SectionPage):
    """The sheets of one organisation."""

    parent_page_types = ["experiences.ExperienceIndexPage"]
    subpage_types = ["experiences.ExperiencePage"]

    class Meta:
        verbose_name = _("organisation's part of the inventory")


class Evaluation(models.TextChoices):
    """Whether a device was evaluated."""

    NONE = "non", _("Not evaluated")
    PLANNED = "prevue", _("Evaluation planned")
    DONE = "faite", _("Evaluation done")


class Completeness(models.TextChoices):
    """How much of what is expected of a sheet it says."""

    COMPLETE = "complete", _("Complete")
    NEARLY = "presque", _("Nearly complete")
    PARTIAL = "a-completer", _("To be completed")


class ExperienceQuerySet(PageQuerySet):
    def in_order(self, pks: Sequence[int]) -> list[ExperiencePage]:
        """These sheets with what they are classified by, in this order; those that are gone are left out. Eight queries."""
        return self.prefetch_related("territories", *self.model.TERMS)._in_order(pks)

    def in_order_to_write(self, pks: Sequence[int]) -> list[ExperiencePage]:
        """The same, with their `lists` and nothing prefetched: what a file of thousands has time for. Fifteen queries."""
        sheets = self._in_order(pks)
        read_lists(sheets)
        return sheets

    def _in_order(self, pks: Sequence[int]) -> list[ExperiencePage]:
        found = self.select_related("carrier", "device_type", "locale").in_bulk(pks)
        return [found[pk] for pk in pks if pk in found]


class ExperiencePage(BasePage):
    """One participation device or process that exists or existed here, and what it taught."""

    KIND = Kind.SHEET
    TERMS = ["themes", "audiences", "methods", "means", "unused_means", "need_kinds"]
    """The lists of words it is classified by."""
    SEARCH_READS = ("locale", "carrier", "device_type")

    carrier = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("carried by"),
        help_text=_("The organisation that ran it."),
    )
    partners = models.CharField(
        _("with"),
        max_length=500,
        blank=True,
        help_text=_("Partners and providers; carriers that have no account here."),
    )
    device_type = models.ForeignKey(
        DeviceType,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("type of device"),
        help_text=_("The form it took, the main one."),
    )
    degree = models.CharField(
        _("degree of involvement"),
        max_length=16,
        blank=True,
        choices=InvolvementDegree,
        help_text=_("What was promised to people: to be told, to be heard, to seek together, to write together."),
    )
    degree_reached = models.CharField(
        _("degree reached"),
        max_length=16,
        blank=True,
        choices=InvolvementDegree,
        help_text=_("How far people were involved in the end, less or more than was promised."),
    )
    stage = models.CharField(_("stage"), max_length=16, blank=True, choices=Stage)
    evaluation = models.CharField(_("evaluation"), max_length=8, blank=True, choices=Evaluation)
    started = models.DateField(_("began"), null=True, blank=True)
    ended = models.DateField(_("ended"), null=True, blank=True, help_text=_("Empty while it goes on."))
    duration = models.CharField(_("duration"), max_length=120, blank=True, help_text=_("“4 months, 6 meetings”."))
    participants = models.PositiveIntegerField(_("number of participants"), null=True, blank=True)
    cost = models.PositiveIntegerField(
        _("cost in euros"), null=True, blank=True, help_text=_("External costs, staff left out.")
    )
    methods = ParentalManyToManyField(Method, blank=True, verbose_name=_("methods used"), related_name="experiences")
    means = ParentalManyToManyField(
        Means,
        blank=True,
        verbose_name=_("means mobilised, in a word"),
        related_name="+",
        help_text=_("What it rested on."),
    )
    unused_means = ParentalManyToManyField(
        Means,
        blank=True,
        verbose_name=_("means not activated, in a word"),
        related_name="+",
        help_text=_("What was at hand and was not used."),
    )
    need_kinds = ParentalManyToManyField(Need, blank=True, verbose_name=_("needs, in a word"), related_name="+")
    contact = models.CharField(
        _("contact"), max_length=200, blank=True, help_text=_("A service rather than a person's name.")
    )
    website = models.URLField(_("to know more"), blank=True, max_length=500)
    objectives = RichTextField(_("objectives"), blank=True, features=NOTE_FEATURES)
    means_mobilised = RichTextField(_("means mobilised"), blank=True, features=NOTE_FEATURES)
    means_not_activated = RichTextField(
        _("means not activated"),
        blank=True,
        features=NOTE_FEATURES,
        help_text=_("What was at hand and was not used, and why."),
    )
    strengths = RichTextField(_("strengths"), blank=True, features=NOTE_FEATURES)
    weaknesses = RichTextField(_("weaknesses"), blank=True, features=NOTE_FEATURES)
    potential = RichTextField(
        _("potential for change"),
        blank=True,
        features=NOTE_FEATURES,
        help_text=_("What it could become, and under which conditions."),
    )
    needs = RichTextField(
        _("needs"), blank=True, features=NOTE_FEATURES, help_text=_("What would help to go on or do better.")
    )
    results = RichTextField(
        _("results"), blank=True, features=NOTE_FEATURES, help_text=_("What was decided, what changed.")
    )
    source_key = models.CharField(
        _("key in the imported file"),
        max_length=200,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text=_("Lets a second import update the sheet instead of adding another."),
    )

    objects = PageManager.from_queryset(ExperienceQuerySet)()

    # A copy is another sheet: the next import updates the first.
    exclude_fields_in_copy = ["source_key"]
    parent_page_types = ["experiences.ExperienceSectionPage", "experiences.ExperienceIndexPage"]
    subpage_types = []
    content_panels = [
        ProposalPanel(),
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("carrier"), FieldPanel("partners")]),
                FieldPanel("device_type"),
                FieldRowPanel([FieldPanel("degree"), FieldPanel("degree_reached")]),
                FieldRowPanel([FieldPanel("stage"), FieldPanel("evaluation")]),
                FieldRowPanel([FieldPanel("started"), FieldPanel("ended"), FieldPanel("duration")]),
                FieldRowPanel([FieldPanel("participants"), FieldPanel("cost")]),
                FieldPanel("methods"),
            ],
            heading=_("At a glance"),
            help_text=_("What a reader looks for first. Leave empty what you do not know: the sheet does not show it."),
        ),
        *BasePage.facet_panels,
        MultiFieldPanel(
            [
                FieldPanel("objectives"),
                FieldPanel("means"),
                FieldPanel("means_mobilised"),
                FieldPanel("unused_means"),
                FieldPanel("means_not_activated"),
            ],
            heading=_("What was wanted, with which means"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("results"),
                FieldPanel("strengths"),
                FieldPanel("weaknesses"),
                FieldPanel("potential"),
                FieldPanel("need_kinds"),
                FieldPanel("needs"),
            ],
            heading=_("What it gave, what it taught"),
            help_text=_("What did not work is as useful as what did: it spares others the same."),
        ),
        FieldPanel(
            "body",
            heading=_("The story"),
            help_text=_("Freely told. A forum, a vote or a document to discuss can be added here."),
        ),
        MultiFieldPanel([FieldPanel("contact"), FieldPanel("website")], heading=_("To know more")),
    ]

    class Meta:
        verbose_name = _("experience sheet")
        verbose_name_plural = _("experience sheets")

    LESSONS = [
        "objectives", "means_mobilised", "means_not_activated", "results", "strengths", "weaknesses", "potential", "needs",
    ]  # fmt: skip

    EXPECTED = [
        "summary", "territories", "themes", "audiences", "carrier", "device_type", "degree", "stage", "started", "methods",
        "participants", "cost", "objectives", "means", "unused_means", "results", "strengths", "weaknesses", "needs", "evaluation",
    ]  # fmt: skip
    """What a complete sheet says."""
    FEW = 4
    """Fields that a nearly complete sheet may lack."""
    MOST_KITS = 20
    """Kits of its methods that it leads to."""

    @cached_property
    def missing(self) -> list[str]:
        """The fields of `EXPECTED` that say nothing yet."""
        return [name for name in self.EXPECTED if not self._is_filled(name)]

    @property
    def missing_words(self) -> list[str]:
        return [str(self._meta.get_field(name).verbose_name) for name in self.missing]

    def _is_filled(self, name: str) -> bool:
        if name == "carrier" and self.partners:
            return True
        value = self.listed(name) if name == "territories" or name in self.TERMS else getattr(self, name)
        return value not in (None, "", [])

    @property
    def period(self) -> str:
        """When it took place, by months: « mars 2024 », « mars 2024 – juin 2025 », « depuis mars 2024 », or ""."""
        if not self.started:
            return ""
        first = date_format(self.started, "F Y")
        if self.ended:
            last = date_format(self.ended, "F Y")
            return first if first == last else f"{first} – {last}"
        return _("since %(month)s") % {"month": first} if self.stage == Stage.UNDER_WAY else first

    @cached_property
    def action_groups(self) -> list[str]:
        """The local action groups (GAL) of its communes; where nobody has written down a commune's, it says so."""
        names = set()
        for territory in self.territories.all():
            if territory.is_commune:
                names.add(territory.gal.name if territory.gal else str(_("GAL not known")))
            elif territory.kind == Territory.Kind.GAL:
                names.add(territory.name)
        return sorted(names)

    @property
    def reached(self) -> InvolvementDegree | None:
        return InvolvementDegree(self.degree_reached) if self.degree_reached else None

    @property
    def reach(self) -> str:
        """How far it went next to what was promised, in words; "" unless both are known."""
        if not self.involvement or not self.reached:
            return ""
        if self.reached == self.involvement:
            return _("as announced")
        return _("less than announced") if self.reached.step < self.involvement.step else _("more than announced")

    def serve(self, request, *args, **kwargs):
        response = super().serve(request, *args, **kwargs)
        # While the search is down, its methods have no kit: it must not stay so.
        return response if response.context_data["kits_are_known"] else keep(response, seconds=SECONDS_OF_A_NOTICE)

    def get_context(self, request, *args, **kwargs):
        """`methods`: (each method it used, the kits that explain it)."""
        if self.pk:
            # Each is read more than once: for the facts, the links and the similar sheets.
            models.prefetch_related_objects([self], "territories__gal", *self.TERMS)
        methods = self.methods.all()
        kits = related(Kind.KIT, "methode", [method.slug for method in methods], most=self.MOST_KITS)
        return {
            **super().get_context(request, *args, **kwargs),
            "inventory": ExperienceIndexPage.objects.ancestor_of(self).defer_streamfields().first(),
            "methods": [(method, [kit for kit in kits.documents if method.slug in kit.methods]) for method in methods],
            "kits_are_known": kits.is_known,
        }

    @cached_property
    def credit(self) -> str:
        """Who proposed it, as they wished to be named, in every language of the sheet; "" when nobody is to be named."""
        proposals = Proposal.objects.filter(page__translation_key=self.translation_key).select_related("author")
        proposal = proposals.first()
        return proposal.credit if proposal else ""

    def similar(self) -> list[Similar]:
        return similar_to(self)

    def card(self) -> dict:
        return {**super().card(), "meta": [line for line in (self.place_names(), self.period) if line]}

    @property
    def years(self) -> tuple[int, ...]:
        """Every year it took place in."""
        if not self.started:
            return ()
        last = self.ended or (timezone.localdate() if self.stage == Stage.UNDER_WAY else self.started)
        return tuple(range(self.started.year, max(self.started.year, last.year) + 1))

    @property
    def five_years(self) -> tuple[str, ...]:
        """The periods of five years it took place in: « 2020-2024 », « 2025-2029 »."""
        return tuple(dict.fromkeys(f"{year - year % 5}-{year - year % 5 + 4}" for year in self.years))

    @property
    def completeness(self) -> Completeness:
        if not self.missing:
            return Completeness.COMPLETE
        return Completeness.NEARLY if len(self.missing) <= self.FEW else Completeness.PARTIAL

    def facet_values(self) -> dict[str, tuple[str, ...]]:
        """What it counts for in each of `facets.FACETS`, by name of field."""
        return {
            "device_type": (self.device_type.slug,) if self.device_type else (),
            "degree_reached": (self.degree_reached,) if self.degree_reached else (),
            "means": tuple(means.slug for means in self.listed("means")),
            "unused_means": tuple(means.slug for means in self.listed("unused_means")),
            "needs": tuple(need.slug for need in self.listed("need_kinds")),
            "evaluation": (self.evaluation,) if self.evaluation else (),
            "period": self.five_years,
            "completeness": (self.completeness.value,),
            "missing": tuple(self.missing),
        }

    def search_document(self) -> SearchDocument:
        lessons = " ".join(get_text_for_indexing(getattr(self, field)) for field in self.LESSONS)
        document = super().search_document()
        return replace(
            document,
            text=f"{self.partners} {lessons} {document.text}",
            methods=tuple(method.slug for method in self.listed("methods")),
            degree=self.degree,
            stage=self.stage,
            carrier=self.carrier.slug if self.carrier else "",
            years=self.years,
            date=at_noon(self.started) if self.started else document.date,
            more=self.facet_values(),
        )


class ProjectIndexPage(BasePage):
    """All projects, by stage."""

    max_count_per_parent = 1
    parent_page_types = ["home.HomePage"]
    subpage_types = ["experiences.ProjectSectionPage", "experiences.ProjectPage"]
    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]

    class Meta:
        verbose_name = _("list of projects")

    ORDER = [
        Stage.UNDER_WAY,
        Stage.DECISION,
        Stage.IMPLEMENTATION,
        Stage.PREPARATION,
        Stage.IDEA,
        Stage.COMPLETED,
        Stage.INTERRUPTED,
    ]
    """Of the stages on the page: where one can act or is waiting for something comes first."""

    def get_context(self, request, *args, **kwargs):
        """`stages`: (Stage, its projects) for each stage that has some."""
        projects: dict[str, list[ProjectPage]] = {stage: [] for stage in self.ORDER}
        found = ProjectPage.objects.descendant_of(self).live().public().order_by("-first_published_at", "pk")
        for project in found.prefetch_related(*ProjectSectionPage.CARDS_NEED).defer_streamfields():
            projects[project.stage].append(project)
        return {
            **super().get_context(request, *args, **kwargs),
            "stages": [(stage, projects[stage]) for stage in self.ORDER if projects[stage]],
        }


class ProjectSectionPage(SectionPage):
    """The projects of one organisation."""

    parent_page_types = ["experiences.ProjectIndexPage"]
    subpage_types = ["experiences.ProjectPage"]

    class Meta:
        verbose_name = _("organisation's part of the projects")

    CARDS_NEED = [*SectionPage.CARDS_NEED, "consultation__organiser", "consultation__activities"]


class ProjectPage(RoutablePageMixin, BasePage):
    """A subject that can enter, or is in, a participation process: its consultation, told, and its journal.

    Who organises it, its degree of involvement and what is negotiable are its consultation's.
    """

    KIND = Kind.PROJECT

    consultation = models.ForeignKey(
        Consultation,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("consultation"),
        help_text=_(
            "Its organiser, its degree of involvement, what is negotiable and what is not. Choose it or create it here."
        ),
    )
    stage = models.CharField(_("stage"), max_length=16, choices=Stage, default=Stage.PREPARATION)
    contact = models.CharField(
        _("contact"), max_length=200, blank=True, help_text=_("A service rather than a person's name.")
    )

    parent_page_types = ["experiences.ProjectSectionPage", "experiences.ProjectIndexPage"]
    subpage_types = ["experiences.JournalEntryPage"]
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        MultiFieldPanel(
            [FieldPanel("consultation"), FieldPanel("stage"), FieldPanel("contact")],
            heading=_("What is asked, by whom"),
        ),
        *BasePage.facet_panels,
        FieldPanel(
            "body", heading=_("The project"), help_text=_("A forum, a vote or a document to discuss can be added here.")
        ),
    ]
    base_form_class = ProjectForm

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    MOST_ENTRIES = 5
    """Of the journal on the project's own page."""

    def serve(self, request, *args, **kwargs):
        """The project, its whole journal and its feed: the same for everybody."""
        return keep(super().serve(request, *args, **kwargs))

    def get_context(self, request, *args, **kwargs):
        latest = list(self.journal[: self.MOST_ENTRIES + 1])
        decisions = list(self.journal.decisions())
        for entry in [*latest, *decisions]:
            entry.project = self
        return {
            **super().get_context(request, *args, **kwargs),
            "latest_entries": latest[: self.MOST_ENTRIES],
            "has_more_entries": len(latest) > self.MOST_ENTRIES,
            "decisions": decisions,
            "heard_before": heard_before(decisions),
            "embedded": self.embedded_activities(),
        }

    @path("journal/", name="whole_journal")
    def whole_journal(self, request):
        """Every entry, newest first."""
        return self.render(request, template="experiences/journal.html")

    @path("journal/atom/", name="feed")
    def feed(self, request):
        return JournalFeed()(request, project=self)

    @property
    def involvement(self) -> InvolvementDegree | None:
        return InvolvementDegree(self.consultation.degree) if self.consultation else None

    @cached_property
    def journal(self):
        """Its published entries, newest first."""
        return JournalEntryPage.objects.child_of(self).published().newest_first()

    @cached_property
    def steps(self) -> list[Activity]:
        """Its released activities in order of date: the timeline of the project. None where only guests take part."""
        if self.consultation is None or not self.consultation.is_public:
            return []
        released = [activity for activity in self.consultation.activities.all() if activity.is_released]
        return sorted(released, key=lambda activity: (activity.opens_at, activity.pk))

    @property
    def current_step(self) -> Activity | None:
        """Where one can take part now, the one that closes first; else the next to open."""
        now = timezone.now()
        never = datetime.max.replace(tzinfo=UTC)
        open_steps = [step for step in self.steps if step.state(now) == State.OPEN]
        coming = [step for step in self.steps if step.state(now) == State.COMING]
        if open_steps:
            return min(open_steps, key=lambda step: step.closes_at or never)
        return coming[0] if coming else None

    def embedded_activities(self) -> set[int]:
        """The ids of the activities that its body shows, each told the consultation that the page has read already."""
        shown = [block.value["activity"] for block in self.body if block.block_type in dict(ACTIVITY_BLOCKS)]
        for activity in filter(None, shown):
            if activity.consultation_id == self.consultation_id:
                activity.consultation = self.consultation
        return {activity.pk for activity in filter(None, shown)}

    def card(self) -> dict:
        names = [self.place_names(), self.consultation.organiser.name if self.consultation else ""]
        card = {**super().card(), "meta": [name for name in dict.fromkeys(names) if name]}
        if step := self.current_step:
            card |= {
                "state": step.state(),
                "until": step.closes_at,
                "opens": step.opens_at,
                "minutes": step.minutes,
                "action": _("Take part") if step.is_open else "",
            }
        return card

    def search_document(self) -> SearchDocument:
        document = super().search_document()
        if self.consultation is None:
            return replace(document, stage=self.stage)
        consultation = self.consultation
        return replace(
            document,
            text=f"{consultation.question} {consultation.negotiable} {consultation.not_negotiable} {document.text}",
            degree=consultation.degree,
            stage=self.stage,
            carrier=consultation.organiser.slug,
            years=tuple(sorted({entry.date.year for entry in self.journal})),
        )


class JournalEntryQuerySet(PageQuerySet):
    def published(self):
        """Live entries that are not made private one by one; who reads the project reads them."""
        return self.live().filter(view_restrictions__isnull=True)

    def newest_first(self):
        return self.order_by("-date", "-pk")

    def since(self, day: date):
        return self.filter(date__gte=day)

    def with_projects(self) -> list[JournalEntryPage]:
        """The entries, each knowing its project (`entry.project`). Two queries, however many entries."""
        entries = list(self)
        paths = {entry.path[: -entry.steplen] for entry in entries}
        projects = {
            project.path: project
            for project in ProjectPage.objects.filter(path__in=paths)
            .select_related("consultation")
            .defer_streamfields()
        }
        for entry in entries:
            entry.project = projects[entry.path[: -entry.steplen]]
        return entries

    def decisions(self):
        """What changed: decisions, and answers to contributions."""
        return self.filter(entry_kind__in=[JournalEntryPage.EntryKind.DECISION, JournalEntryPage.EntryKind.ANSWER])


class JournalEntryPage(BasePage):
    """A dated entry of a project's journal: a step, a report, a lesson, a decision, an answer to contributions, a delay."""

    KIND = Kind.JOURNAL

    class EntryKind(models.TextChoices):
        STEP = "step", _("step")
        REPORT = "report", _("meeting report")
        LEARNING = "learning", _("lesson")
        DECISION = "decision", _("decision")
        ANSWER = "answer", _("answer to contributions")
        DELAY = "delay", _("delay")

    date = models.DateField(_("date"), default=timezone.localdate, db_index=True)
    entry_kind = models.CharField(_("kind"), max_length=10, choices=EntryKind, default=EntryKind.STEP)

    parent_page_types = ["experiences.ProjectPage"]
    subpage_types = []
    content_panels = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("date"), FieldPanel("entry_kind")]),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]

    objects = PageManager.from_queryset(JournalEntryQuerySet)()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")

    @cached_property
    def project(self) -> ProjectPage:
        return self.get_parent().specific

    @property
    def is_decision(self) -> bool:
        return self.entry_kind in [self.EntryKind.DECISION, self.EntryKind.ANSWER]

    def get_context(self, request, *args, **kwargs):
        """`before` and `after`: the entries next to it in the journal, or None."""
        others = JournalEntryPage.objects.sibling_of(self, inclusive=False).published()
        # A new entry that is previewed has no number yet: it would be the last of its day.
        pk = self.pk or 2**62
        earlier = Q(date__lt=self.date) | Q(date=self.date, pk__lt=pk)
        later = Q(date__gt=self.date) | Q(date=self.date, pk__gt=pk)
        return {
            **super().get_context(request, *args, **kwargs),
            "before": others.filter(earlier).order_by("-date", "-pk").first(),
            "after": others.filter(later).order_by("date", "pk").first(),
            "heard": heard_before([self]).get(self.pk, 0) if self.is_decision else 0,
        }

    def card(self) -> dict:
        kind, day = capfirst(self.get_entry_kind_display()), date_format(self.date, "j F Y")
        return {**super().card(), "kind": kind, "meta": [day]}

    def search_document(self) -> SearchDocument:
        """It is found by what its project is classified by."""
        project = self.project.search_document()
        return replace(
            super().search_document(),
            territories=project.territories,
            themes=project.themes,
            audiences=project.audiences,
            degree=project.degree,
            stage=project.stage,
            carrier=project.carrier,
            years=(self.date.year,),
            date=at_noon(self.date),
        )
