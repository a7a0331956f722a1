"""The pages of the demonstration: the home page, the indexes and their sections, sheets, kits, documents, projects."""

from datetime import datetime, time

from django.utils import timezone
from wagtail.models import Locale, Page, Site
from wagtail_localize.models import Translation, TranslationSource

from experiences.models import (
    ExperienceIndexPage,
    ExperiencePage,
    ExperienceSectionPage,
    JournalEntryPage,
    ProjectIndexPage,
    ProjectPage,
    ProjectSectionPage,
)
from home.actions import open_section
from home.models import HomePage, TextPage
from participation.people.models import Organisation
from participation.vocabulary.models import Audience, DeviceType, Means, Method, Need, Territory, Theme
from resources.models import DocumentPage, MethodKitPage, ResourceIndexPage

from . import texts


def create_home() -> HomePage:
    """The home page takes the place of the one Wagtail comes with."""
    locale, _ = Locale.objects.get_or_create(language_code="fr")
    root = Page.get_first_root_node()
    table = texts.read("home.toml")
    home = root.add_child(
        instance=HomePage(
            title=table["title"],
            slug="accueil",
            summary=table["summary"],
            locale=locale,
            body=texts.blocks(table["body"]),
        )
    )
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={"hostname": "localhost", "port": 80, "root_page": home, "site_name": "La Placette"},
    )
    for page in root.get_children().exclude(pk=home.pk):
        page.delete()
    return _publish(HomePage.objects.get(pk=home.pk))


def translate_home(home: HomePage) -> None:
    """The home page in English, by the translation editors use."""
    english, _ = Locale.objects.get_or_create(language_code="en")
    words = texts.read("home.en.toml")["strings"]
    source, _ = TranslationSource.update_or_create_from_instance(home)
    translation, _ = Translation.objects.get_or_create(source=source, target_locale=english)
    catalogue = translation.export_po()
    for entry in catalogue:
        entry.msgstr = words[entry.msgid]
    translation.import_po(catalogue)
    translation.save_target(publish=True)


def create_indexes(home: HomePage) -> dict[type, Page]:
    """The three indexes, by their class."""
    indexes = {}
    for model, slug in [
        (ProjectIndexPage, "projets"),
        (ExperienceIndexPage, "inventaire"),
        (ResourceIndexPage, "ressources"),
    ]:
        table = texts.read("indexes.toml")[slug]
        index = home.add_child(
            instance=model(title=table["title"], slug=slug, summary=table["summary"], show_in_menus=True)
        )
        indexes[model] = _publish(index)
    return indexes


def create_text_pages(home: HomePage) -> None:
    for slug, table in texts.read_all("pages").items():
        page = TextPage(title=table["title"], slug=slug, summary=table["summary"], body=texts.blocks(table["body"]))
        _publish(home.add_child(instance=page))


class Sections:
    """The part of each index that belongs to each organisation, opened when it is first needed."""

    def __init__(self, indexes: dict[type, Page]):
        self.indexes = indexes
        self.open: dict[tuple, Page] = {}

    def of(self, index: type, model: type, organisation: Organisation) -> Page:
        key = (index, organisation.pk)
        if key not in self.open:
            self.open[key] = open_section(
                type(self.indexes[index]).objects.get(pk=self.indexes[index].pk), organisation, model
            )
        return type(self.open[key]).objects.get(pk=self.open[key].pk)


def create_sheets(sections: Sections, organisations: dict) -> dict[str, ExperiencePage]:
    """The experience sheets, by short name."""
    sheets = {}
    for slug, table in texts.read_all("experiences").items():
        carrier = organisations[table["carrier"]]
        notes = {field: texts.rich(table.get(field)) for field in ExperiencePage.LESSONS}
        plain = {
            field: table[field]
            for field in (
                "title", "summary", "partners", "degree", "degree_reached", "stage", "evaluation", "started", "ended", "participants", "cost", "duration", "contact",
            )
            if field in table
        }  # fmt: skip
        page = ExperiencePage(
            slug=slug,
            carrier=carrier,
            device_type=DeviceType.objects.filter(slug=table.get("device_type")).first(),
            body=texts.blocks(table.get("body", [])),
            **plain,
            **notes,
        )
        section = sections.of(ExperienceIndexPage, ExperienceSectionPage, carrier)
        sheets[slug] = _publish(
            _classify(section.add_child(instance=page), table), _moment(table.get("ended", table["started"]))
        )
    return sheets


def create_kits(index: ResourceIndexPage) -> None:
    for slug, table in texts.read_all("kits").items():
        notes = {field: texts.rich(table.get(field)) for field in MethodKitPage.NOTES}
        plain = {
            field: table[field]
            for field in ("title", "summary", "degree", "group_min", "group_max", "days", "price_from", "price_to")
            if field in table
        }
        page = MethodKitPage(
            slug=slug,
            method=Method.objects.get(slug=table["method"]),
            body=texts.blocks(table.get("body", [])),
            phases=[{"type": "phase", "value": phase} for phase in table["phases"]],
            workshops=[{"type": "workshop", "value": workshop} for workshop in table.get("workshops", [])],
            **plain,
            **notes,
        )
        _publish(_classify(index.add_child(instance=page), table))


def create_documents(index: ResourceIndexPage) -> None:
    for slug, table in texts.read_all("documents").items():
        page = DocumentPage(
            slug=slug,
            title=table["title"],
            summary=table["summary"],
            medium=table["kind"],
            degree=table.get("degree", ""),
            published=table.get("published"),
            source=table.get("source", ""),
            address=table.get("url", ""),
            transcript=texts.rich(table.get("transcript")),
            key=slug in KEY_DOCUMENTS,
            body=texts.blocks(table.get("body", [])),
        )
        _publish(_classify(index.add_child(instance=page), table), _moment(table.get("published")))
    glossary = DocumentPage(
        slug="lexique",
        title="Lexique de la participation",
        summary="Les mots qu’on emploie ici, en une à trois phrases chacun, à commencer par les quatre degrés d’implication.",
        key=True,
        body=[{"type": "terms", "value": texts.read("glossary.toml")}],
    )
    _publish(_classify(index.add_child(instance=glossary), {"themes": ["democratie-locale"]}))


KEY_DOCUMENTS = {"charte-de-la-participation", "les-quatre-degres-d-implication", "ce-que-dit-la-loi"}


def create_project(sections: Sections, slug: str, table: dict, consultation) -> ProjectPage:
    page = ProjectPage(
        slug=slug,
        title=table["title"],
        summary=table["summary"],
        consultation=consultation,
        stage=table["stage"],
        contact=table.get("contact", ""),
        body=texts.blocks(table.get("body", [])),
    )
    section = sections.of(ProjectIndexPage, ProjectSectionPage, consultation.organiser)
    project = _publish(
        _classify(section.add_child(instance=page), table), texts.days_ago(table.get("opens_days_ago", 60))
    )
    for entry in table["journal"]:
        date = texts.days_ago(entry["days_ago"])
        text = [{"block": "paragraph", "text": entry["text"]}]
        child = JournalEntryPage(
            title=entry["title"],
            date=date.date(),
            entry_kind=entry["kind"],
            summary=entry["summary"],
            body=texts.blocks(text),
        )
        _publish(ProjectPage.objects.get(pk=project.pk).add_child(instance=child), date)
    return ProjectPage.objects.get(pk=project.pk)


def embed(page, activity) -> None:
    """Show an activity in a page, after what the page says."""
    page = type(page).objects.get(pk=page.pk)
    page.body = [*page.body.raw_data, {"type": activity.kind, "value": {"activity": activity.pk}}]
    _publish(page)


WORDS = {
    "themes": Theme,
    "audiences": Audience,
    "methods": Method,
    "means": Means,
    "unused_means": Means,
    "need_kinds": Need,
}
"""What a page may be classified by: the table's names are those of its fields."""


def _classify(page, table: dict):
    page.territories = Territory.objects.filter(code__in=table.get("territories", []))
    for name, terms in WORDS.items():
        if name in table:
            setattr(page, name, terms.objects.filter(slug__in=table[name]))
    page.save()
    return page


def _publish(page, at: datetime | None = None):
    page.full_clean()
    page.save_revision().publish()
    if at:
        type(page).objects.filter(pk=page.pk).update(first_published_at=at)
    return type(page).objects.get(pk=page.pk)


def _moment(day) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time(9))) if day else None
