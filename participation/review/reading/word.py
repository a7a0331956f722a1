"""What pandoc would not read in a DOCX as Word shows it, made so that it does.

The numbers that Word computes (« Article 3 », « 1.2. ») become text, text boxes and fields ordinary paragraphs and
words; tables get the columns they lack; what is deleted, hidden or a table of contents goes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from django.utils.translation import gettext as _

from ..passages import picture
from .numerals import letters, roman

LEVELS = 9
MOST_COLUMNS = 100
"""Word itself stops at 63."""

CONTENTS = re.compile(r"(toc|table of figures|table of authorities|index)( \d| heading)?", re.IGNORECASE)
"""Styles of a table of contents, by the name that Word gives them in every language."""
FRAMES = {"w:sdt", "w:sdtContent", "w:fldSimple", "w:smartTag", "w:customXml", "mc:AlternateContent"}
"""What stands around words without being any."""
DRAWINGS = {"w:drawing", "w:pict", "w:object"}
CHANGES = {"w:ins", "w:del", "w:moveFrom", "w:moveTo"}


def mend(trees: dict[str, Element], names: list[str]) -> tuple[list[str], int]:
    """Changes the document in `trees` (parts by name); `names`: those of all the parts.

    → notices on what was left out or moved, and how many pictures were left out
    """
    styles = _Styles(trees.get("word/styles.xml"))
    numbering = trees.get("word/numbering.xml")
    body = _Body(styles, _Numbers(numbering, styles))
    for name, tree in trees.items():
        if re.fullmatch(r"word/(document\d*|footnotes|endnotes)\.xml", name):
            body.mend(tree)
    if numbering is not None:
        # The numbers are words now: lists are left without a sign of their own.
        for form in numbering.iter("w:numFmt"):
            form.set("w:val", "bullet")
    macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return body.notices() + ([_("Macros are left out.")] if macros else []), body.pictures


def _inside(element: Element | None, *path: str) -> Element | None:
    """The first element down this path. (ElementTree's own paths take the colon of a name for a namespace.)"""
    for tag in path:
        if element is None:
            return None
        element = next((child for child in element if child.tag == tag), None)
    return element


def _children(element: Element, tag: str) -> list[Element]:
    return [child for child in element if child.tag == tag]


def _value(element: Element | None, *path: str) -> str:
    found = _inside(element, *path)
    return "" if found is None else found.get("w:val", "")


def _number(element: Element | None, *path: str, default: int) -> int:
    return _integer(_value(element, *path), default)


def _integer(text: str, default: int) -> int:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else default


class _Styles:
    """The styles of paragraphs, by the name that the document knows them under."""

    def __init__(self, tree: Element | None):
        self.elements = {} if tree is None else {style.get("w:styleId"): style for style in tree.iter("w:style")}

    def of(self, paragraph: Element) -> list[tuple[str, Element]]:
        """The paragraph's style, then those it is based on."""
        found, name = {}, _value(paragraph, "w:pPr", "w:pStyle")
        while name in self.elements and name not in found:
            found[name] = self.elements[name]
            name = _value(found[name], "w:basedOn")
        return list(found.items())

    def name_of(self, paragraph: Element) -> str:
        style = self.elements.get(_value(paragraph, "w:pPr", "w:pStyle"))
        return _value(style, "w:name")

    def is_heading(self, paragraph: Element) -> bool:
        return any(_value(style, "w:name").lower().startswith("heading") for _name, style in self.of(paragraph))


class _Numbers:
    """Word's counters: a list is a rule in a part of its own, and its numbers are counted as the text goes."""

    def __init__(self, tree: Element | None, styles: _Styles):
        self.styles = styles
        self.rules = {}
        """Number of the list → (number of its model, its levels, where it starts again)."""
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)
        self.started = set()
        if tree is None:
            return
        models = {model.get("w:abstractNumId"): model for model in _children(tree, "w:abstractNum")}
        for rule in _children(tree, "w:num"):
            model = _value(rule, "w:abstractNumId")
            overrides = _children(rule, "w:lvlOverride")
            levels = self._levels([models[model]] if model in models else []) | self._levels(overrides)
            restarts = {
                _integer(override.get("w:ilvl", ""), 0): _number(override, "w:startOverride", default=1)
                for override in overrides
                if _inside(override, "w:startOverride") is not None
            }
            self.rules[rule.get("w:numId")] = (model, levels, restarts)

    @staticmethod
    def _levels(owners: list[Element]) -> dict[int, Element]:
        levels = [level for owner in owners for level in _children(owner, "w:lvl")]
        return {_integer(level.get("w:ilvl", ""), 0): level for level in levels}

    def place(self, paragraph: Element) -> tuple[str, int] | None:
        """The list that the paragraph is in, and its level there: its own, or else its style's."""
        owners = [(style, _inside(element, "w:pPr", "w:numPr")) for style, element in self.styles.of(paragraph)]
        for style, owner in [("", _inside(paragraph, "w:pPr", "w:numPr")), *owners]:
            if rule := _value(owner, "w:numId"):
                levels = self.rules.get(rule, ("", {}, {}))[1]
                named = [number for number, level in levels.items() if style and _value(level, "w:pStyle") == style]
                level = _number(owner, "w:ilvl", default=named[0] if named else 0)
                return (rule, level) if level in levels else None
        return None

    def label(self, paragraph: Element) -> tuple[str, bool]:
        """The number that Word writes before this paragraph, or "", and whether it holds words (« Article 3 »)."""
        place = self.place(paragraph)
        if place is None:
            return "", False
        rule, level = place
        model, levels, restarts = self.rules[rule]
        counts = self.counts[model]
        if rule not in self.started:
            self.started.add(rule)
            for restarted, start in restarts.items():
                counts[restarted] = start - 1
        counts[level] = counts.get(level, _number(levels[level], "w:start", default=1) - 1) + 1
        for deeper in [other for other in counts if other > level]:
            # « Never » is 0; without a word on it, any level above makes this one start again.
            if level < _number(levels.get(deeper), "w:lvlRestart", default=LEVELS):
                del counts[deeper]
        if _value(levels[level], "w:numFmt") in ("bullet", "none"):
            return "", False
        pattern = _value(levels[level], "w:lvlText")
        legal = _inside(levels[level], "w:isLgl") is not None

        def count(match: re.Match) -> str:
            other = int(match[1]) - 1
            number = counts.get(other, _number(levels.get(other), "w:start", default=1))
            return _written(number, "decimal" if legal else _value(levels.get(other), "w:numFmt"))

        return re.sub(r"%([1-9])", count, pattern).strip(), bool(re.search(r"[^\W\d_]{3}", pattern))


def _written(number: int, form: str) -> str:
    if form.endswith("Letter"):
        text = letters(number)
    elif form.endswith("Roman"):
        text = roman(number)
    elif form == "decimalZero":
        text = f"{number:02}"
    else:
        text = str(number)
    return text.upper() if form.startswith("upper") else text


class _Body:
    """One pass over the text. It counts what it takes out or moves."""

    def __init__(self, styles: _Styles, numbers: _Numbers):
        self.styles, self.numbers = styles, numbers
        self.boxes = self.hidden = self.pictures = 0
        self.changed = self.commented = self.contents = False

    def notices(self) -> list[str]:
        notices = []
        if self.changed:
            notices.append(_("Tracked changes are accepted: insertions are kept, deletions are left out."))
        if self.commented:
            notices.append(_("Comments are left out."))
        if self.contents:
            notices.append(_("The table of contents is left out: it repeats the headings."))
        if self.boxes:
            notices.append(
                _("Text boxes (%(count)d) are placed after the paragraph that holds them: check where they are.")
                % {"count": self.boxes}
            )
        if self.hidden:
            notices.append(_("Hidden text is left out."))
        return notices

    def mend(self, parent: Element) -> None:
        children = []
        for child in parent:
            self.changed |= child.tag in CHANGES
            self.commented |= child.tag == "w:commentReference"
            if self._is_gone(child):
                continue
            if child.tag == "w:p":
                # Before what it holds: a text box is counted after the paragraph that holds it.
                self._write_number(child)
            if child.tag == "mc:AlternateContent":
                # The same thing for new programs, then for old ones.
                child[:] = next((part for part in child if len(part)), [])
            self.mend(child)
            if child.tag in FRAMES:
                children += child
            elif child.tag in DRAWINGS:
                children += self._words_of(child)
            else:
                children.append(child)
            if child.tag == "w:p":
                children += self._boxes(child)
            elif child.tag == "w:tbl":
                _widen(child)
        parent[:] = children

    def _is_gone(self, element: Element) -> bool:
        """Whether Word would not show it, or shows in it what is said elsewhere."""
        match element.tag:
            case "w:tr" if _inside(element, "w:trPr", "w:del") is not None:
                self.changed = True
                return True
            case "w:r" if (vanish := _inside(element, "w:rPr", "w:vanish")) is not None:
                hidden = vanish.get("w:val", "1") not in ("0", "false", "off")
                self.hidden += hidden
                return hidden
            case "w:sdt" if _value(element, "w:sdtPr", "w:docPartObj", "w:docPartGallery") == "Table of Contents":
                self.contents = True
                return True
            case "w:p" if CONTENTS.fullmatch(self.styles.name_of(element)):
                self.contents = True
                return True
        return False

    def _write_number(self, paragraph: Element) -> None:
        empty = not any(text.text for text in paragraph.iter("w:t"))
        if empty and _inside(paragraph, "w:pPr", "w:rPr", "w:del") is not None:
            return
        label, worded = self.numbers.label(paragraph)
        if not label or empty:
            return
        if worded and not self.styles.is_heading(paragraph):
            # « Article 3 » before a paragraph is no item of a list, and says where it ends.
            label += "" if label[-1] in ".:–—-" else " –"
            _leave_list(paragraph)
        run = Element("w:r")
        SubElement(run, "w:t", {"xml:space": "preserve"}).text = f"{label} "
        properties = _inside(paragraph, "w:pPr")
        paragraph.insert(0 if properties is None else list(paragraph).index(properties) + 1, run)

    def _words_of(self, drawing: Element) -> list[Element]:
        """What stands for a drawing: itself while it holds text boxes, what is said of it, or nothing."""
        parts = {part.tag: part for part in drawing.iter()}
        if "w:txbxContent" in parts:
            self.pictures += sum(part.tag == "pic:pic" for part in drawing.iter())
            return [drawing]
        if any(part.get("o:hr") for part in parts.values()):  # A rule across the page.
            return []
        self.pictures += 1
        described, shape = parts.get("wp:docPr"), parts.get("v:shape")
        alt = (described is not None and described.get("descr")) or (shape is not None and shape.get("alt")) or ""
        words = Element("w:t", {"xml:space": "preserve"})
        words.text = picture(alt)
        return [words]

    def _boxes(self, paragraph: Element) -> Iterator[Element]:
        for box in list(paragraph.iter("w:txbxContent")):
            self.boxes += 1
            yield from list(box)
            box[:] = []


def _leave_list(paragraph: Element) -> None:
    properties = _inside(paragraph, "w:pPr")
    properties[:] = [part for part in properties if part.tag != "w:numPr"]
    # The list of its style as well: 0 is none.
    numbers = SubElement(properties, "w:numPr")
    SubElement(numbers, "w:ilvl", {"w:val": "0"})
    SubElement(numbers, "w:numId", {"w:val": "0"})


def _widen(table: Element) -> None:
    """pandoc drops the cells that the first row or the grid has no column for."""
    rows = _children(table, "w:tr")
    widths = [_open(row) for row in rows]
    if not widths:
        return
    width = max(widths)
    rows[0].extend(_empty_cell() for _turn in range(width - widths[0]))
    grid = _inside(table, "w:tblGrid")
    if grid is None:
        grid = Element("w:tblGrid")
        table.insert(0, grid)
    grid[:] = [Element("w:gridCol", {"w:w": "100"}) for _turn in range(width)]


def _open(row: Element) -> int:
    """How many columns a row spreads over; those it leaves free before its cells become cells."""
    cells = _children(row, "w:tc")
    before = min(_number(row, "w:trPr", "w:gridBefore", default=0), MOST_COLUMNS)
    start = list(row).index(cells[0]) if cells else len(row)
    row[start:start] = [_empty_cell() for _turn in range(before)]
    return before + sum(min(_number(cell, "w:tcPr", "w:gridSpan", default=1), MOST_COLUMNS) for cell in cells)


def _empty_cell() -> Element:
    cell = Element("w:tc")
    SubElement(cell, "w:p")
    return cell
