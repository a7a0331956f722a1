"""Where the charter is: an editor's page, known by its address's last word."""

from wagtail.models import Locale, Page

SLUG = "charte-de-la-participation"


def charter_url(request) -> str:
    """The address of the live page called charte-de-la-participation, "" when no editor has published one."""
    page = Page.objects.live().public().filter(slug=SLUG, locale=Locale.get_active()).first()
    return (page and page.get_url(request)) or ""
