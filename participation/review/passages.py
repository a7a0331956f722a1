"""Passages: what a document is cut into, so that each can be remarked on. Pure: no file, no table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from participation.plain_text import as_seen

MAX_PASSAGES = 5000
MAX_LENGTH = 10_000
"""Characters of a passage."""
MAX_FILE = 20 * 1024 * 1024

BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
SPACES = re.compile(r"[^\S\n\u00a0\u202f]+")
"""Runs of spaces, those that do not break excepted: French typography is made of them."""

FILE_NAME = re.compile(r".*\.(png|jpe?g|gif|svgz?|webp|bmp|tiff?|emf|wmf|heic|avif)|(image|img|picture|dsc)[\s_-]*\d*")

# Article 7, Art. 7 bis, Article premier, Article 1er, Article L. 131-1, Article IV, Article UA 3, Article n° 12
ARTICLE = re.compile(
    r"(?i:articles?|art\.)\s{0,3}(?:(?i:n)[°º]\s{0,3})?"
    r"(?:(?i:premier|unique)|(?:[A-Z0-9]{1,4}[a-z]?\.?[\s*-]{0,3})?\d+(?:[.-]\d+)*(?i:er|[èe]re|re|e)?|[IVXLC]+)"
    r"(?:\s?(?i:bis|ter|quater|quinquies|sexies)\b)?(?![\w'’])"
)
# What tells the number of an article from a sentence about one: « Article 7. », « Article 7 – », « Article 7 : », or
# nothing else on the line.
AFTER_ARTICLE = re.compile(r"\s{0,3}(?:[.:]?\s{0,3}(?:\n|\Z)|[.:)]\s|[.:]?\s{0,3}[–—]|\s-\s|\.\s?-)")


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
    """As it is seen, Unicode's form C; "\\n" between the lines of a passage; a row: its cells joined by " | ", none of which holds
    that sign."""
    level: int = 0
    """Heading: 1 to 6. Article: its heading's, or 0 when it is a paragraph that begins with its number. Item: its
    depth, 1 to 3. Row: 1 if it heads its table."""


class Unreadable(ValidationError):
    """Why a document cannot be read: sentences for the person who chose it."""


def tidy(text: str) -> str:
    """`text` as it is seen: single spaces, no empty line; the spaces that do not break stay as they are."""
    lines = as_seen(BREAKS.sub("\n", text)).split("\n")
    return "\n".join(line for line in (SPACES.sub(" ", line).strip() for line in lines) if line)


def is_article(text: str, *, heading: bool) -> bool:
    """Whether a heading, or a paragraph, begins with the number of an article rather than with a word on one."""
    match = ARTICLE.match(text)
    return bool(match and (heading or AFTER_ARTICLE.match(text, match.end())))


def picture(alt: str) -> str:
    """What stands for a picture in a text: what is said of it, if that is not its file's name; or nothing."""
    alt = " ".join(tidy(alt).split("\n"))
    return _("[Picture: %(alt)s]") % {"alt": alt} if alt and not FILE_NAME.fullmatch(alt.lower()) else ""


def beginning(text: str, longest: int = 60) -> str:
    """The beginning of a passage, on one line, to name it in a sentence."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


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
                names.append(_("%(title)s, passage %(number)s") % said if title else _("Passage %(number)s") % said)
    return names
