"""What the public profile of an organisation says of what it carries: its projects, its experiences."""

from participation.people.hooks import Section
from participation.people.models import Organisation
from search.documents import Kind
from search.related import related

MOST = 6


def carried(organisation: Organisation, request) -> Section | None:
    """The projects it carries and the sheets of what it did, those that everyone may read, the latest first."""
    projects, sheets = (related(kind, "porteur", [organisation.slug], most=MOST) for kind in (Kind.PROJECT, Kind.SHEET))
    if not projects.total and not sheets.total:
        return None
    return Section(90, "experiences/carried.html", {"projects": projects, "sheets": sheets})
