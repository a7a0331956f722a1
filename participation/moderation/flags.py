"""What a moderator's eye should not miss in a text: addresses, telephone numbers, links. Pure functions.

A flag decides nothing: it is pointed out. Numbers are those of France; addresses, what begins as one does in French.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

_WAYS = "rue|avenue|av\\.|boulevard|bd|chemin|impasse|place|allée|route|lotissement|quai|cours|montée|traverse|passage|hameau"

SIGNS = {
    "email": (_("e-mail address"), r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "link": (_("link"), r"(?:https?://|www\.)[^\s<>]+"),
    "phone": (_("telephone number"), r"(?<![\d+])(?:(?:\+|00)33[\s.]?(?:\(0\)\s?)?|0)[1-9](?:[\s.\-]?\d{2}){4}(?!\d)"),
    "address": (
        _("postal address"),
        rf"\b\d{{1,4}}(?:\s?(?:bis|ter|quater))?,?\s+(?:{_WAYS})\s+[\w’'-]+(?:\s[\w’'-]+){{0,4}}",
    ),
}
"""By kind: what it is called, and how it is recognised."""

_ANY = re.compile("|".join(f"(?P<{kind}>{sign})" for kind, (_label, sign) in SIGNS.items()), re.IGNORECASE)


@dataclass(frozen=True)
class Flag:
    """A part of a text (`text[start:end]`) and what it seems to be."""

    kind: str
    start: int
    end: int

    @property
    def label(self) -> str:
        return SIGNS[self.kind][0]


def flags(text: str) -> list[Flag]:
    """What is to be pointed out in a text, in order."""
    return [Flag(match.lastgroup, match.start(), match.end()) for match in _ANY.finditer(text)]


def marked(text: str) -> SafeString:
    """The text as HTML, where what is flagged is marked and named. Line breaks stay line breaks: style them."""
    pieces, place = [], 0
    for flag in flags(text):
        pieces.append(
            format_html(
                "{}<mark>{}<small> {}</small></mark>", text[place : flag.start], text[flag.start : flag.end], flag.label
            )
        )
        place = flag.end
    return format_html("{}{}", format_html_join("", "{}", ((piece,) for piece in pieces)), text[place:])
