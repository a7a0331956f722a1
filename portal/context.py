"""What every page of the site is given: the same for every visitor, so that pages can be kept."""

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page, Site


def site(request) -> dict:
    """`menu`, `footer_menu` ({title, url}), `languages` ({code, label, url, current}), `portal_name`, `demonstration`."""
    return {
        "portal_name": settings.PORTAL_NAME,
        "demonstration": settings.DEMONSTRATION,
        "menu": SimpleLazyObject(lambda: _menu(request)),
        "footer_menu": SimpleLazyObject(lambda: _pages(request, in_menus=False)),
        "languages": SimpleLazyObject(lambda: _languages(request)),
    }


def _menu(request) -> list[dict]:
    return [{"title": _("Take part"), "url": reverse("consultations:index")}, *_pages(request, in_menus=True)]


def _pages(request, *, in_menus: bool) -> list[dict]:
    """The pages right under the home page: those shown in menus make the menu, the others the foot of the page."""
    found = Site.find_for_request(request)
    if found is None:
        return []
    # The pages of the site's main language: those that are not translated stay reachable from the others.
    pages = Page.objects.child_of(found.root_page).live().public().filter(show_in_menus=in_menus)
    return [{"title": page.title, "url": page.get_url(request)} for page in pages]


def _languages(request) -> list[dict]:
    """The languages in which this very page exists; none when it exists in one only."""
    page = getattr(request, "routed_page", None)
    if page is None:
        return []
    translations = page.get_translations(inclusive=True).live().select_related("locale")
    if len(translations) < 2:
        return []
    labels = {locale.language_code: locale.get_display_name() for locale in Locale.objects.all()}
    return [
        {
            "code": other.locale.language_code,
            "label": labels[other.locale.language_code],
            "url": other.get_url(request),
            "current": other.locale.language_code == get_language(),
        }
        for other in translations
    ]
