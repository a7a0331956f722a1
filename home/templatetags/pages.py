"""What the templates of pages share."""

import re

from django import template
from django.conf import settings
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe
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


@register.filter
def paragraphs(text: str) -> str:
    """Plain text as HTML: an empty line ends a paragraph, lines that begin with "- " are a list."""
    parts = []
    for part in re.split(r"\n\s*\n", str(text).replace("\r\n", "\n").strip()):
        for listed, lines in _runs(part.split("\n")):
            if listed:
                items = format_html_join("", "<li>{}</li>", ([line] for line in lines))
                parts.append(format_html("<ul>{}</ul>", items))
            else:
                parts.append(
                    format_html("<p>{}</p>", mark_safe("<br>".join(conditional_escape(line) for line in lines)))
                )
    return mark_safe("".join(parts))


def _runs(lines: list[str]) -> list[tuple[bool, list[str]]]:
    """Lines that follow each other and are, or are not, items of a list; the dash is taken off."""
    runs: list[tuple[bool, list[str]]] = []
    for line in lines:
        line = line.strip()
        if not line:
            continue
        listed = line.startswith(("- ", "• ", "* "))
        if not runs or runs[-1][0] != listed:
            runs.append((listed, []))
        runs[-1][1].append(line[2:].strip() if listed else line)
    return runs
