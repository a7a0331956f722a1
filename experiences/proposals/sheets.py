"""The answers of a proposal → a draft sheet of the inventory, that editors then work on."""

from wagtail.models import Locale, Page

from experiences.drafts import keep_latest, new_sheet
from experiences.importing.prose import note
from experiences.models import ExperienceIndexPage, ExperiencePage, ExperienceSectionPage

ANSWERED_BY = {
    "title": ["title"],
    "summary": ["summary"],
    "territories": ["place", "elsewhere"],
    "carrier": ["carrier"],
    "partners": ["carried_by"],
    "started": ["started"],
    "ended": ["ended"],
    "stage": ["stage"],
    "audiences": ["audiences"],
    "participants": ["participants"],
    "degree": ["degree"],
    "methods": ["methods"],
    "strengths": ["strengths"],
    "weaknesses": ["weaknesses"],
    "needs": ["needs"],
    "results": ["results"],
}
"""For each field of a sheet, the answers it comes from."""

NOTES = {"strengths", "weaknesses", "needs", "results"}


def inventory() -> ExperienceIndexPage | None:
    """The inventory that people propose to, in the site's main language."""
    return ExperienceIndexPage.objects.live().filter(locale=Locale.get_default()).first()


def create_sheet(index: ExperienceIndexPage, values: dict) -> ExperiencePage:
    """A draft in the section of the organisation that carries it, if it has one, else under the index.

    `values` are those of `forms.checked`.
    """
    place = _place(index, values["carrier"])
    page = new_sheet(place, values["title"])
    _fill(page, values, ANSWERED_BY)
    place.add_child(instance=page)
    page.save_revision(clean=False)
    return page


def update_sheet(page: ExperiencePage, values: dict, *, before: dict, now: dict) -> None:
    """Write into the latest draft what its author has changed in the answers; what editors wrote elsewhere stays."""
    changed = [
        name
        for name, answers in ANSWERED_BY.items()
        if any(before.get(answer) != now.get(answer) for answer in answers)
    ]
    latest = page.get_latest_revision_as_object()
    _fill(latest, values, changed)
    keep_latest(latest)
    latest.save_revision(clean=False)


def _place(index: ExperienceIndexPage, carrier) -> Page:
    """Locked, so that two sheets sent at once do not take the same place in the tree."""
    section = carrier and ExperienceSectionPage.objects.child_of(index).filter(organisation=carrier).first()
    place = section or index
    return type(place).objects.select_for_update(of=["self"]).get(pk=place.pk)


def _fill(page: ExperiencePage, values: dict, names) -> None:
    for name in names:
        given = [values[answer] for answer in ANSWERED_BY[name]]
        if name == "territories":
            place, elsewhere = given
            value = [place, *[territory for territory in elsewhere if territory != place]]
        elif name in NOTES:
            value = note(given[0])
        else:
            value = list(given[0]) if name in ("audiences", "methods") else given[0]
        setattr(page, name, value)
