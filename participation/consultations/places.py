"""Where activities are shown: asked of Wagtail's index of references, since this floor knows no page."""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.utils.http import url_has_allowed_host_and_scheme
from wagtail.models import Page, ReferenceIndex

from .models import Activity


def pages_of(activities: Iterable[Activity]) -> dict[int, Page]:
    """The first public page that shows each activity, by the activity's id; those shown nowhere are left out. Two queries."""
    references = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(Activity),
        to_object_id__in=[str(activity.pk) for activity in activities],
        base_content_type=ContentType.objects.get_for_model(Page),
    ).values_list("to_object_id", "object_id")
    showing: dict[int, list[int]] = {}
    for activity_id, page_id in references:
        showing.setdefault(int(page_id), []).append(int(activity_id))
    pages = Page.objects.filter(pk__in=showing).live().public().order_by("pk")
    found: dict[int, Page] = {}
    for page in pages:
        for activity_id in showing[page.pk]:
            found.setdefault(activity_id, page)
    return found


def come_from(request) -> str:
    """The page of this site the visitor came from, to offer the way back to; "" when it is not known."""
    return goes_back_to(request) or _of_this_site(request, request.POST.get("back") or request.GET.get("next"))


def goes_back_to(request) -> str:
    """The page to go back to once something is sent: the one whose fragment sent it; "" on an activity's own page."""
    return _of_this_site(request, request.POST.get("next"))


def place_in(page: str, activity: Activity) -> str:
    """The address of the activity's place in a page that shows it."""
    return f"{page.split('#')[0]}#{activity.anchor}"


def _of_this_site(request, address: str | None) -> str:
    here = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if here and address.startswith("/") else ""
