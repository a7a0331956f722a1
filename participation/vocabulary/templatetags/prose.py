"""Plain text as people type it, shown as HTML."""

import re

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe

register = template.Library()


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
