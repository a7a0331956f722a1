"""What the templates of pages share."""

from django import template
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from wagtail.admin.templatetags.wagtailuserbar import wagtailuserbar
from wagtail.models import Page

register = template.Library()


@register.inclusion_tag("components/breadcrumb.html", takes_context=True)
def breadcrumb(context, page: Page, title: str = "") -> dict:
    """Where a page is, from the home page on; `title` names what is below it without being in the tree. One query."""
    request = context["request"]
    pages = page.get_ancestors(inclusive=True).filter(depth__gte=2).order_by("depth") if page.depth else []
    items = [{"title": page.title if page.depth > 2 else _("Home"), "url": page.get_url(request)} for page in pages]
    if title:
        items.append({"title": title, "url": ""})
    return {"items": items}


@register.inclusion_tag("components/languages.html", takes_context=True)
def language_switch(context, page: Page) -> dict:
    """The languages in which this page exists, when there are several. One query when there is one."""
    pages = (
        list(page.get_translations(inclusive=True).live().select_related("locale").order_by("pk")) if page.pk else []
    )
    languages = [
        {
            "code": other.locale.language_code,
            "label": get_language_info(other.locale.language_code)["name_local"].capitalize(),
            "url": other.get_url(context["request"]),
            "current": other.locale_id == page.locale_id,
        }
        for other in pages
    ]
    return {"languages": languages if len(languages) > 1 else []}


@register.inclusion_tag("components/card.html")
def page_card(page: Page, heading: int = 3, **changes) -> dict:
    """The card of a page; `changes` replace what the page says of itself (`kind=""`, `summary=""`…)."""
    card = page.card() if hasattr(page, "card") else {"title": page.title, "url": page.get_url()}
    return {**card, "heading": heading, **changes}


@register.simple_tag(takes_context=True)
def editors_bar(context) -> str:
    """Wagtail's bar, for those who edit: never in a page that is kept, which visitors with a session do not get."""
    request = context.get("request")
    if request is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    return wagtailuserbar(context, "bottom-right")
