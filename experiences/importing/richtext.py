"""The HTML of a rich text field → its paragraphs and lists, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import groupby

from .cells import seen
from .notation import SAFE_LINK, Line, Run, address_of, html_of, tidy

DEEPEST = 8
"""Lists inside lists."""


@dataclass
class Paragraph:
    lines: list[Line]

    def html(self) -> str:
        return f"<p>{_joined(self.lines)}</p>"


@dataclass
class Item:
    """An item of a list: the kind of each list around it, "ul" or "ol", from the outside; its lines."""

    kinds: tuple[str, ...]
    lines: list[Line]


@dataclass
class Listing:
    """A list with all that is inside. Its first item is at the first depth, any other at most one deeper than the last."""

    items: list[Item]

    def html(self) -> str:
        return _list(self.items, 0)


Block = Paragraph | Listing


def _joined(lines: Sequence[Line]) -> str:
    return "<br/>".join(map(html_of, lines))


def _list(items: Sequence[Item], depth: int) -> str:
    html = ""
    for kind, group in groupby(items, key=lambda item: item.kinds[depth]):
        group = list(group)
        heads = [place for place, item in enumerate(group) if len(item.kinds) == depth + 1]
        html += f"<{kind}>"
        for start, end in zip(heads, [*heads[1:], len(group)], strict=True):
            html += f"<li>{_joined(group[start].lines)}{_list(group[start + 1 : end], depth + 1)}</li>"
        html += f"</{kind}>"
    return html


def blocks_of(html: str) -> list[Block]:
    """What an editor's field says, without what is empty; tags that such a field does not hold count for nothing."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.flush()
    return [block for block in reader.blocks if not isinstance(block, Listing) or block.items]


def normal(html: str) -> str:
    """The same field as this package writes it: one form for what reads the same."""
    return "".join(block.html() for block in blocks_of(html))


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.blocks: list[Block] = []
        self.lists: list[str] = []
        self.lines: list[Line] = [[]]
        self.bold = self.italic = 0
        self.link = ""

    def handle_starttag(self, tag, attributes):
        if tag in ("ul", "ol"):
            self.flush()
            if not self.lists:
                self.blocks.append(Listing([]))
            self.lists.append(tag)
        elif tag in ("p", "li"):
            self.flush()
        elif tag == "br":
            self.lines.append([])
        elif tag in ("b", "strong"):
            self.bold += 1
        elif tag in ("i", "em"):
            self.italic += 1
        elif tag == "a":
            self.link = _link(dict(attributes))

    def handle_endtag(self, tag):
        if tag in ("p", "li", "ul", "ol"):
            self.flush()
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag in ("b", "strong"):
            self.bold = max(0, self.bold - 1)
        elif tag in ("i", "em"):
            self.italic = max(0, self.italic - 1)
        elif tag == "a":
            self.link = ""

    def handle_data(self, data):
        self.lines[-1].append(Run(seen(data).replace("\n", " "), self.bold > 0, self.italic > 0, self.link))

    def flush(self):
        """What was read since the last one is a paragraph, or an item of the list that is open."""
        lines = [tidy(line) for line in self.lines]
        self.lines = [[]]
        filled = [place for place, line in enumerate(lines) if line]
        if not filled:
            return
        lines = lines[filled[0] : filled[-1] + 1]
        if not self.lists:
            self.blocks.append(Paragraph(lines))
            return
        items = self.blocks[-1].items
        items.append(Item(_attached(self.lists, items[-1].kinds if items else ()), lines))


def _attached(lists: Sequence[str], last: tuple[str, ...]) -> tuple[str, ...]:
    """The depth of an item, whose parent may be missing: at most one more than what it shares with the last one."""
    shared = 0
    while shared < min(len(lists), len(last)) and lists[shared] == last[shared]:
        shared += 1
    return tuple(lists[: min(shared + 1, DEEPEST)])


def _link(attributes: dict[str, str | None]) -> str:
    if attributes.get("linktype") in ("page", "document"):
        address = f"{attributes['linktype']}:{attributes.get('id')}"
    else:
        address = (attributes.get("href") or "").strip()
    return address_of(address) if SAFE_LINK.match(address) else ""
