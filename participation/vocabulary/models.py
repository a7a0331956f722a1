"""The places and words that everything is classified by."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class InvolvementDegree(models.TextChoices):
    """How far people are involved in a decision, from the least to the most: a promise made to them, and kept."""

    INFORMATION = "information", _("Information")
    CONSULTATION = "consultation", _("Consultation")
    CONCERTATION = "concertation", _("Concertation")
    CO_ELABORATION = "co-elaboration", _("Co-design")

    @property
    def step(self) -> int:
        """1 to 4."""
        return list(type(self)).index(self) + 1

    @property
    def promise(self) -> str:
        """What the organiser commits to, in one sentence."""
        return {
            self.INFORMATION: _("We tell you what is decided, and why."),
            self.CONSULTATION: _("We ask for your opinion before deciding, and say what we made of it."),
            self.CONCERTATION: _(
                "We look for a solution together; the elected officials decide and give their reasons."
            ),
            self.CO_ELABORATION: _(
                "We write the project together, from the first question to the proposal that is voted."
            ),
        }[self]


class Stage(models.TextChoices):
    """Where a process stands."""

    IDEA = "idee", _("Idea")
    PREPARATION = "preparation", _("In preparation")
    UNDER_WAY = "en-cours", _("Under way")
    DECISION = "decision", _("Awaiting a decision")
    IMPLEMENTATION = "mise-en-oeuvre", _("Being carried out")
    COMPLETED = "termine", _("Completed")
    INTERRUPTED = "interrompu", _("Interrupted")


class TerritoryQuerySet(models.QuerySet):
    def communes(self):
        return self.filter(kind=Territory.Kind.COMMUNE)

    def intercommunalities(self):
        return self.filter(kind=Territory.Kind.EPCI)

    def action_groups(self):
        return self.filter(kind=Territory.Kind.GAL)


class Territory(models.Model):
    """A commune, or one of the two overlapping divisions communes belong to: an EPCI, and a LEADER local action group (GAL).

    Source: see participation/vocabulary/data/README.md.
    """

    class Kind(models.TextChoices):
        COMMUNE = "commune", _("commune")
        EPCI = "epci", _("intercommunality")
        GAL = "gal", _("local action group")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    code = models.CharField(
        _("code"),
        max_length=30,
        unique=True,
        help_text=_("INSEE code of a commune, SIREN of an intercommunality, short name of a local action group."),
    )
    name = models.CharField(_("name"), max_length=100)
    other_names = models.TextField(
        _("other names"),
        blank=True,
        help_text=_("One a line: former communes, spellings that people use. The search finds them."),
    )
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    epci = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="epci_members",
        limit_choices_to={"kind": Kind.EPCI},
        verbose_name=_("intercommunality"),
        help_text=_("The one a commune belongs to, or that carries a local action group."),
    )
    gal = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="gal_members",
        limit_choices_to={"kind": Kind.GAL},
        verbose_name=_("local action group"),
        help_text=_("Leave empty while it is not known: the site then says so."),
    )
    contour = models.JSONField(
        _("contour"), null=True, blank=True, help_text=_("A GeoJSON geometry, in degrees (WGS 84).")
    )
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)

    objects = TerritoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="commune") | models.Q(epci__isnull=False),
                name="commune_belongs_to_an_epci",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="commune") | models.Q(gal__isnull=True),
                name="only_communes_belong_to_a_gal",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_commune(self) -> bool:
        return self.kind == self.Kind.COMMUNE

    def codes(self) -> list[str]:
        """Its own code and those of the divisions that hold it, where known: what it counts for in a facet.

        Reads `epci` and `gal`: select them with the row.
        """
        if not self.is_commune:
            return [self.code]
        return [self.code, self.epci.code, *([self.gal.code] if self.gal else [])]


class Term(models.Model):
    """A word that pages are classified by, with the short name that stands for it in addresses."""

    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self):
        return self.name


class Theme(Term):
    class Meta(Term.Meta):
        verbose_name = _("theme")
        verbose_name_plural = _("themes")


class Audience(Term):
    class Meta(Term.Meta):
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")


class Method(Term):
    """A way to run participation, that sheets say they used and kits explain."""

    class Meta(Term.Meta):
        verbose_name = _("method")
        verbose_name_plural = _("methods")


class DeviceType(Term):
    """A form that participation takes: a lasting council, a public meeting, a survey…"""

    class Meta(Term.Meta):
        verbose_name = _("type of device")
        verbose_name_plural = _("types of devices")


class Means(Term):
    """What a device may rest on, that sheets say was mobilised, or was at hand and was not: facilitation, a room, money…"""

    class Meta(Term.Meta):
        verbose_name = _("means")
        verbose_name_plural = pgettext_lazy("plural", "means")


class Need(Term):
    """What those who ran a device say would help them to go on or do better."""

    class Meta(Term.Meta):
        verbose_name = _("need")
        verbose_name_plural = _("needs")


TERMS: dict[str, type[Term]] = {
    "themes": Theme,
    "audiences": Audience,
    "methods": Method,
    "device_types": DeviceType,
    "means": Means,
    "needs": Need,
}
"""Every list of words, by the name that data and labels give it."""
