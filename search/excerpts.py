"""What a result shows of a document: the words that were looked for, marked, in the sentence where they are.

A mark is one or several stems that stand side by side, with a space between them, as in `Query.marks`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .documents import SearchDocument
from .words import STOP_WORDS, stem, words

LENGTH = 240
"""Characters of an excerpt, about."""
FAR = 30_000
"""Characters of a text in which an excerpt is looked for."""


class Found(NamedTuple):
    """A mark where it was found: `text[start:end]`."""

    start: int
    end: int
    mark: str


def marked(text: str, marks: Collection[str]) -> SafeString:
    """The text as HTML, with what was found in <mark>."""
    pieces, last = [], 0
    for found in _found(text, marks):
        pieces += [escape(text[last : found.start]), "<mark>", escape(text[found.start : found.end]), "</mark>"]
        last = found.end
    # Each piece is escaped.
    return mark_safe("".join([*pieces, escape(text[last:])]))


def excerpt(document: SearchDocument, marks: Collection[str]) -> SafeString:
    """Its summary, or the part of its text where most of the words are when the summary holds none."""
    text = document.text[:FAR]
    if document.summary and (not marks or found_in(document.summary, marks) or not found_in(text, marks)):
        return marked(document.summary, marks)
    return marked(_best_part(text, marks), marks)


def plain_summary(document: SearchDocument) -> str:
    """Its summary, or the beginning of its text."""
    return document.summary or _part(document.text[:FAR], 0)


def found_in(text: str, marks: Collection[str]) -> set[str]:
    """Those of the marks that are in the text."""
    return {found.mark for found in _found(text, marks)}


def _found(text: str, marks: Collection[str]) -> Iterator[Found]:
    """Where the marks are, in order: the longest of those that begin at a word. Common words do not part others."""
    if not marks:
        return
    sequences = sorted((tuple(mark.split()) for mark in marks), key=len, reverse=True)
    beginnings = {sequence[0] for sequence in sequences}
    looked_at = [(word, stem(word.plain)) for word in words(text) if word.plain not in STOP_WORDS]
    place = 0
    while place < len(looked_at):
        length = 1
        if looked_at[place][1] in beginnings:
            for sequence in sequences:
                here = looked_at[place : place + len(sequence)]
                if tuple(found for _word, found in here) == sequence:
                    length = len(sequence)
                    yield Found(here[0][0].start, here[-1][0].end, " ".join(sequence))
                    break
        place += length


def _best_part(text: str, marks: Collection[str]) -> str:
    """Where the most different words stand within the length of an excerpt, then the most words; the first such place."""
    found = list(_found(text, marks))
    best, start = (0, 0), 0
    for place, first in enumerate(found):
        near = [other.mark for other in found[place : place + 20] if other.end - first.start <= LENGTH * 3 // 4]
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
