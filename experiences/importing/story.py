"""The story of a sheet: Markdown from a cell → the blocks of a body, and back.

HTML in it is shown as it was typed: `markdown_blocks` lets Markdown make the only tags there are, and nh3 looks at them
once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from .notation import SAFE_LINK, Line, address_of
from .richtext import Block, Listing, Paragraph, blocks_of, normal

LONGEST_HEADING = 140
"""As in `home.blocks.HeadingBlock`."""

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a"}

KEPT = re.compile(r"(?m)^[ \t]*\[\[([a-z_]+ \d{1,3})\]\][ \t]*$")
"""A line that stands for a block that is neither text nor heading: « [[forum 1]] », the first such block of the body."""

# What Markdown would take for a sign of its own.
IN_A_LINE = re.compile(r"[\\`*_\[\]<&!#]")
AT_THE_START = re.compile(r"^(\d{0,9})([>+=~.)-])")

SIGNS, OTHER_SIGNS = ("-", "."), ("*", ")")
"""Of lists: before an item, after its number."""

JOINER = "\u2060"
"""An invisible sign: before words in bold that are no heading, and between marks and stops."""


def markdown_blocks(text: str) -> list[tuple[str, object]]:
    """Markdown → the blocks of a body: ("heading", {"text": …}), ("paragraph", HTML), ("kept", what a line `KEPT` names).

    A line in bold by itself is a heading too, as in most files. What has no place in a body keeps its words: pictures
    become links, quotations and tables become paragraphs.
    """
    blocks: list[tuple[str, object]] = []
    for place, part in enumerate(KEPT.split(text)):
        if place % 2:
            blocks.append(("kept", part))
        else:
            blocks += _blocks(part)
    return blocks


def _blocks(text: str) -> list[tuple[str, object]]:
    # « 2018. Première réunion » is no list that begins at 2018, nor « + de temps » the item of a list.
    text = re.sub(r"(?m)^([ \t]*\d{3,9})([.)]\s)", r"\1\\\2", text)
    tokens = _markdown.parse(re.sub(r"(?m)^([ \t]*)\+(?=\s)", r"\1\\+", text))
    blocks: list[tuple[str, object]] = []
    waiting: list[Token] = []

    def flush():
        if html := _html(waiting):
            blocks.append(("paragraph", html))
        waiting.clear()

    for part in _top_level(_flattened(tokens)):
        title, rest = _heading(part)
        if title:
            flush()
            blocks.append(("heading", {"text": title}))
        waiting.extend(rest)
    flush()
    return blocks


def _picture(renderer, tokens, index, options, env) -> str:
    """A picture of elsewhere is a link to it."""
    address = tokens[index].attrs["src"]
    return f'<a href="{escape(address)}">{escape(tokens[index].content or address, quote=False)}</a>'


# HTML stays text. A definition of a reference and a block of code would lose words or line breaks.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["reference", "code", "fence", "lheading"]
)
_markdown.add_render_rule("image", _picture)
_markdown.validateLink = lambda address: bool(SAFE_LINK.match(address))


def _flattened(tokens: list[Token]) -> list[Token]:
    """The same tokens as an editor's field keeps them: an item of a list holds lines, not paragraphs."""
    inside: list[int] = []  # For each open item, how many paragraphs it began.
    for token in tokens:
        if token.type == "list_item_open":
            inside.append(0)
        elif token.type == "list_item_close":
            inside.pop()
        elif token.type in ("paragraph_open", "heading_open", "paragraph_close", "heading_close") and inside:
            token.hidden = True
            if token.nesting == 1:
                if inside[-1]:
                    token.type, token.hidden = "hardbreak", False
                inside[-1] += 1
        elif token.type in ("heading_open", "heading_close") and token.level:
            token.tag = "p"
    return tokens


def _top_level(tokens: list[Token]) -> Iterator[list[Token]]:
    part: list[Token] = []
    for token in tokens:
        part.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield part
            part = []


def _heading(part: list[Token]) -> tuple[str, list[Token]]:
    """The title that a part begins with, if it does and is short enough, and what remains of the part."""
    if part[0].type not in ("heading_open", "paragraph_open"):
        return "", part
    opening, inline, closing = part
    signs = inline.children or []
    if opening.type == "heading_open":
        title, rest = signs, []
        opening.tag = closing.tag = "p"  # In case it is too long to be a title.
    else:
        title, rest = _bold_line(signs)
    words = " ".join("".join(" " if sign.tag == "br" else sign.content for sign in title).split())
    if opening.type != "heading_open":
        words = words.removesuffix(":").strip()
    if not words or len(words) > LONGEST_HEADING:
        return "", part
    inline.children = rest
    return words, part if rest else []


def _bold_line(signs: list[Token]) -> tuple[list[Token], list[Token]]:
    """A first line that is all in bold, and the lines after it."""
    end = next((place for place, sign in enumerate(signs) if sign.tag == "br"), len(signs))
    line = [sign for sign in signs[:end] if sign.type != "text" or sign.content.strip(" :")]
    bold = [sign.type for sign in line]
    if len(line) >= 3 and bold[0] == "strong_open" and bold.count("strong_open") == 1 and bold[-1] == "strong_close":
        return line, signs[end + 1 :]
    return [], signs


def _html(tokens: list[Token]) -> str:
    """The HTML of these tokens, with the tags of a rich text field and no other."""
    html = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel", "page", "document"},
        link_rel=None,
    )
    html = html.replace("\n", "").replace(JOINER, "").replace("&nbsp;", "\xa0")
    return normal(re.sub(r'href="(page|document):(\d+)"', r'linktype="\1" id="\2"', html))


# ── Back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_markdown(blocks: Iterable[tuple[str, object]]) -> str:
    """The inverse of `markdown_blocks`, of pairs (type, value as stored). A block of another kind is a line `KEPT`."""
    parts = []
    for kind, group in groupby(with_kept(blocks), key=lambda block: block[0]):
        values = [value for _kind, value in group]
        if kind == "heading":
            parts += [f"# {_covered(' '.join(value['text'].split()))}" for value in values]
        elif kind == "paragraph":
            parts.append(_markdown_of([block for value in values for block in blocks_of(value)]))
        else:
            parts += [f"[[{value}]]" for value in values]
    return "\n\n".join(filter(None, parts))


def with_kept(blocks: Iterable[tuple[str, object]]) -> Iterator[tuple[str, object]]:
    """The same blocks, those that a cell cannot hold as ("kept", their kind and their number in the body)."""
    number = 0
    for kind, value in blocks:
        if kind in ("heading", "paragraph", "kept"):
            yield kind, value
        else:
            number += 1
            yield "kept", f"{kind} {number}"


def _markdown_of(blocks: list[Block]) -> str:
    """These paragraphs and lists with as few backslashes as are needed to find them again."""
    html = "".join(block.html() for block in blocks)
    plain = _typed(blocks, covered=False)
    return plain if _blocks(plain) == [("paragraph", html)] else _typed(blocks, covered=True)


def _typed(blocks: list[Block], *, covered: bool) -> str:
    parts: list[str] = []
    signs = OTHER_SIGNS
    for place, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            parts.append("\n".join(_lines(block.lines, covered, title=True)))
            continue
        # Two lists in a row are one unless their signs differ.
        follows = place > 0 and isinstance(blocks[place - 1], Listing)
        signs = OTHER_SIGNS if follows and signs == SIGNS else SIGNS
        parts.append("\n".join(_items(block, covered, signs)))
    return "\n\n".join(parts)


def _items(listing: Listing, covered: bool, signs: tuple[str, str]) -> Iterator[str]:
    path: list[tuple[str, int, int]] = []  # For each list around the item: its kind, the item's number, its indent.
    for item in listing.items:
        depth, kind = len(item.kinds), item.kinds[-1]
        number = path[depth - 1][1] + 1 if len(path) >= depth and path[depth - 1][0] == kind else 1
        mark = f"{number}{signs[1]} " if kind == "ol" else f"{signs[0]} "
        indent = path[depth - 2][2] if depth > 1 else 0
        path = [*path[: depth - 1], (kind, number, indent + len(mark))]
        first, *others = _lines(item.lines, covered, title=False)
        yield " " * indent + mark + first
        yield from (" " * (indent + len(mark)) + line for line in others)


def _lines(lines: list[Line], covered: bool, *, title: bool) -> list[str]:
    typed = [_inline(line, covered) or "\\" for line in lines]
    if title and all(run.bold for run in lines[0]):
        typed[0] = JOINER + typed[0]
    return typed


def _inline(line: Line, covered: bool) -> str:
    text = ""
    for link, runs in groupby(line, key=lambda run: run.link):
        words = ""
        for bold, group in groupby(runs, key=lambda run: run.bold):
            slanted = ""
            for run in group:
                slanted = _beside(slanted, _slanted(run.text, run.italic, covered))
            words = _beside(words, f"**{_edged(slanted, covered)}**" if bold else slanted)
        text += f"[{words}]({address_of(link)})" if link else words
    return AT_THE_START.sub(r"\1\\\2", text) if covered else text


def _slanted(text: str, italic: bool, covered: bool) -> str:
    words = _covered(text) if covered else text
    return f"*{_edged(words, covered)}*" if italic else words


def _beside(left: str, right: str) -> str:
    """Two pieces of a line, whose stars would be taken for one mark if they touched."""
    return f"{left}{JOINER}{right}" if left.endswith("*") and right.startswith("*") else left + right


def _edged(words: str, covered: bool) -> str:
    """Between marks, a stop or a bracket at an edge hides them: an invisible sign stands before it."""
    if not covered:
        return words
    return f"{'' if words[0].isalnum() else JOINER}{words}{'' if words[-1].isalnum() else JOINER}"


def _covered(text: str) -> str:
    return IN_A_LINE.sub(r"\\\g<0>", text)
