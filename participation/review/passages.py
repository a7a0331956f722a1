"""What a document is made of: passages, one after the other. Pure: no model, no file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import TextChoices
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy, override

MAX_PASSAGES = 2000
MAX_LENGTH = 10_000
"""Characters of a passage."""
MAX_FILE = 20 * 1024 * 1024
"""Bytes of a file that is imported."""


class Kind(TextChoices):
    HEADING = "heading", gettext_lazy("heading")
    ARTICLE = "article", gettext_lazy("article")
    PARAGRAPH = "paragraph", gettext_lazy("paragraph")
    ITEM = "item", gettext_lazy("list item")
    ROW = "row", gettext_lazy("table row")


@dataclass(frozen=True)
class Words:
    """One passage, as a document says it."""

    kind: str
    text: str
    """Plain text; may hold line breaks. A row: its cells joined by " | "."""
    level: int = 0
    """A heading or an article: 1 to 6; an item: its depth, 1 to 3; a row: 1 when it is the table's header, else 0."""


ARTICLE = re.compile(r"^(?:article|art\.)\s+(?:premier|1er|[A-Z]?\.?\s?\d+(?:[-.]\d+)*)(?=$|\W)", re.IGNORECASE)
"""What a passage begins with when it is an article: « Article 7 », « Art. 7 », « Article premier », « Article L131-1 »."""


def is_title(words: Words) -> bool:
    """Whether it names what follows: a heading, or an article that is one."""
    return words.kind == Kind.HEADING or (words.kind == Kind.ARTICLE and words.level > 0)


def references(passages: Iterable[Words]) -> list[str]:
    """What people call each passage: “Article 7”, “Article 7, passage 2”, “Preamble, passage 1”, “Passage 3”."""
    names, title, count = [], "", 0
    # They are kept with the text, in the site's own language, whoever writes it.
    with override(settings.LANGUAGE_CODE):
        for words in passages:
            article = ARTICLE.match(words.text) if words.kind == Kind.ARTICLE else None
            name = article.group() if article else Truncator(words.text).chars(60)
            if is_title(words):
                title, count = name, 0
                names.append(name)
            elif article:
                names.append(name)
            else:
                count += 1
                said = {"title": title, "number": count}
                names.append(
                    gettext("%(title)s, passage %(number)s") % said if title else gettext("Passage %(number)s") % said
                )
    return names
