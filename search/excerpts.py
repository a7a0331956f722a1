"""What a result shows of a document: the words that were looked for, marked, in the sentence where they are."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .documents import SearchDocument
from .words import Word, stem, words

LENGTH = 240
"""Characters of an excerpt, about."""
FAR = 30_000
"""Characters of a text in which an excerpt is looked for."""


def marked(text: str, stems: Collection[str]) -> SafeString:
    """The text as HTML, with the words of these stems in <mark>."""
    pieces, last = [], 0
    for word in _found(text, stems):
        pieces += [escape(text[last : word.start]), "<mark>", escape(text[word.start : word.end]), "</mark>"]
        last = word.end
    # Each piece is escaped.
    return mark_safe("".join([*pieces, escape(text[last:])]))


def excerpt(document: SearchDocument, stems: Collection[str]) -> SafeString:
    """Its summary, or the part of its text where most of the words are when the summary holds none."""
    if document.summary and (not stems or _found(document.summary, stems) or not _found(document.text[:FAR], stems)):
        return marked(document.summary, stems)
    return marked(_best_part(document.text[:FAR], stems), stems)


def plain_summary(document: SearchDocument) -> str:
    """Its summary, or the beginning of its text."""
    return document.summary or _part(document.text[:FAR], 0)


def _found(text: str, stems: Collection[str]) -> list[Word]:
    return [word for word in words(text) if stem(word.plain) in stems] if stems else []


def _best_part(text: str, stems: Collection[str]) -> str:
    """Where the most different words stand within the length of an excerpt, then the most words; the first such place."""
    found = _found(text, stems)
    best, start = (0, 0), 0
    for place, first in enumerate(found):
        near = [stem(word.plain) for word in found[place : place + 20] if word.end - first.start <= LENGTH * 3 // 4]
        worth = (len(set(near)), len(near))
        if worth > best:
            best, start = worth, first.start
    return _part(text, start)


def _part(text: str, around: int) -> str:
    """About LENGTH characters that hold `around`, cut between words, with … where something is left out."""
    text, around = _on_one_line(text, around)
    start = max(0, around - LENGTH // 4)
    end = start + LENGTH
    if start:
        start = text.find(" ", start, around) + 1 or around
    if end < len(text):
        end = text.rfind(" ", around, end)
        end = end if end > around else around + LENGTH
    return ("… " if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _on_one_line(text: str, place: int) -> tuple[str, int]:
    """The text without line breaks and double spaces, and where `place` is in it."""
    before, after = text[:place], text[place:]
    gap = " " if before.strip() and (before[-1:].isspace() or after[:1].isspace()) else ""
    before = " ".join(before.split()) + gap
    return before + " ".join(after.split()), len(before)
