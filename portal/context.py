"""What every page of the site is given: the same for every visitor, so that pages can be kept."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from wagtail.models import Locale, Page, Site


def site(request) -> dict:
    """`menu`, `footer_menu` ({title, url}), `languages` ({code, label, url, current}), `portal_name`, `demonstration`."""
    return {
        "portal_name": settings.PORTAL_NAME,
        "demonstration": settings.DEMONSTRATION,
        "menu": SimpleLazyObject(lambda: _links(request, in_menus=True)),
        "footer_menu": SimpleLazyObject(lambda: _links(request, in_menus=False)),
        "languages": SimpleLazyObject(lambda: _languages(request)),
    }


def _links(request, *, in_menus: bool) -> list[dict]:
    """The pages right under the home page: those shown in menus make the menu, the plain pages the foot of the page."""
    found = Site.find_for_request(request)
    if found is None:
        return []
    root = found.root_page
    pages = Page.objects.child_of(root).live().public().filter(show_in_menus=in_menus)
    return [{"title": page.title, "url": page.get_url(request)} for page in pages]


def _languages(request) -> list[dict]:
    """The languages in which this very page exists; none when it exists in one only."""
    page = getattr(request, "routed_page", None)
    if page is None:
        return []
    translations = {other.locale.language_code: other for other in page.get_translations(inclusive=True).live().select_related("locale")}
    if len(translations) < 2:
        return []
    labels = {locale.language_code: locale.get_display_name() for locale in Locale.objects.all()}
    return [
        {"code": code, "label": labels[code], "url": other.get_url(request), "current": code == get_language()}
        for code, other in translations.items()
    ]
