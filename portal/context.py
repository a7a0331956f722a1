"""What every page of the site is given: the same for every visitor, so that pages can be kept."""

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page, Site


def site(request) -> dict:
    """`menu`, `footer_menu` ({title, url, lang}), `portal_name`, `demonstration`, `second_factor_waived`."""
    # Read once for both, and only by what shows them.
    pages = SimpleLazyObject(lambda: _pages(request))
    participation = {"title": _("Take part"), "url": reverse("consultations:index"), "lang": ""}
    return {
        "portal_name": settings.PORTAL_NAME,
        "demonstration": settings.DEMONSTRATION,
        "second_factor_waived": not settings.STAFF_NEED_A_SECOND_FACTOR,
        "menu": SimpleLazyObject(lambda: [participation, *(page for page in pages if page["in_menus"])]),
        "footer_menu": SimpleLazyObject(lambda: [page for page in pages if not page["in_menus"]]),
    }


def _pages(request) -> list[dict]:
    """The pages right under the home page: those shown in menus make the menu, the others the foot of the page."""
    found = Site.find_for_request(request)
    if found is None:
        return []
    # The pages of the site's main language: those that are not translated stay reachable from the others.
    pages = Page.objects.child_of(found.root_page).live().public()
    language = get_language()
    return [
        {
            "title": page.title,
            "url": page.get_url(request),
            "lang": "" if page.locale.language_code == language else page.locale.language_code,
            "in_menus": page.show_in_menus,
        }
        for page in pages.select_related("locale")
    ]
