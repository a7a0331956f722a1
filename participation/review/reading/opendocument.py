"""What pandoc would not read in an ODT as a word processor shows it, made so that it does.

Text boxes and fields become ordinary paragraphs and words, titles headings, descriptions of pictures text; what is
hidden goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from ..passages import picture

PARAGRAPHS = {"text:p", "text:h"}
BLOCKS = {"text:p", "text:h", "text:list", "table:table"}
BOXES = {"draw:text-box", "draw:custom-shape", "draw:rect", "draw:ellipse"}
# Fields that are filled in the document: pandoc reads the others, or they are of the page (its number).
FIELDS = {
    f"text:{name}"
    for name in (
        "author-initials author-name chapter conditional-text creation-date creator database-display date description "
        "editing-duration expression file-name initial-creator keywords measure meta-field modification-date "
        "modification-time placeholder print-date sender-city sender-company sender-email sender-firstname sender-lastname "
        "subject table-formula text-input time title user-defined user-field-get variable-get variable-input variable-set"
    ).split()
}


def mend(content: Element, styles: Element | None, names: list[str]) -> list[str]:
    """Changes the document in `content`; `names`: those of all the parts. → notices"""
    tags = {element.tag for element in content.iter()}
    mender = _Mender(_titles(content))
    mender.mend(content)
    notices = []
    if "text:changed-region" in tags:
        notices.append(_("Tracked changes are accepted: insertions are kept, deletions are left out."))
    if "office:annotation" in tags:
        notices.append(_("Comments are left out."))
    if "text:table-of-content" in tags:
        notices.append(_("The table of contents is left out: it repeats the headings."))
    if mender.boxes:
        notices.append(
            _("Text boxes (%(count)d) are placed after the paragraph that holds them: check where they are.")
            % {"count": mender.boxes}
        )
    if mender.hidden:
        notices.append(_("Hidden text is left out."))
    if _numbers_headings(styles):
        notices.append(
            _(
                "The numbers that the word processor writes by itself before the headings are left out: write them in the "
                "document if they matter."
            )
        )
    if any(name.startswith(("Basic/", "Scripts/")) for name in names) or "script:event-listener" in tags:
        notices.append(_("Macros are left out."))
    return notices


def _titles(content: Element) -> set[str]:
    """The styles of a document's title: the one that is called so, and those made from it on the spot."""
    return {"Title"} | {
        style.get("style:name")
        for style in content.iter("style:style")
        if style.get("style:parent-style-name") == "Title"
    }


def _numbers_headings(styles: Element | None) -> bool:
    if styles is None:
        return False
    return any(level.get("style:num-format") for level in styles.iter("text:outline-level-style"))


class _Mender:
    """One pass over the text. It counts what it takes out or moves."""

    def __init__(self, titles: set[str]):
        self.titles = titles
        self.boxes = self.hidden = 0

    def mend(self, parent: Element) -> None:
        children = []
        for child in parent:
            if child.tag == "text:section" and child.get("text:display") == "none":
                self.hidden += 1
                continue
            self.mend(child)
            if child.tag in FIELDS:
                child.tag = "text:span"
            if child.tag == "text:p" and child.get("text:style-name") in self.titles:
                child.tag = "text:h"
                child.set("text:outline-level", "1")
            children.append(child)
            if child.tag == "draw:frame" and (alt := _alt(child)):
                mark = Element("text:span")
                mark.text, mark.tail, child.tail = alt, child.tail, None
                children.append(mark)
            if child.tag in PARAGRAPHS or (child.tag == "draw:frame" and parent.tag == "office:text"):
                children += self._boxes(child)
        parent[:] = children

    def _boxes(self, element: Element) -> Iterator[Element]:
        for box in [part for part in element.iter() if part.tag in BOXES]:
            blocks = [block for block in box if block.tag in BLOCKS]
            self.boxes += bool(blocks)
            yield from blocks
            for block in blocks:
                box.remove(block)


def _alt(frame: Element) -> str:
    texts = {part.tag: part.text or "" for part in frame}
    if "draw:image" not in texts:
        return ""
    return picture(texts.get("svg:desc") or texts.get("svg:title") or "")
