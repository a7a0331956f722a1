"""Text from a file → what a page holds. The text is not ours: whatever it contains, it ends as words and a few marks.

HTML in it is shown as it was typed: `markdown_blocks` lets Markdown make the only tags there are, nh3 looks at them
once more, and `note` makes its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

LONGEST_HEADING = 140
"""As in `home.blocks.HeadingBlock`."""

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a"}
BULLET = re.compile(r"[-–•*·]\s+(?=\S)")


def note(text: str) -> str:
    """Plain text → the HTML of a rich text field: paragraphs, line breaks, lists where several lines begin with a dash.

    No other mark is read, so that « + de temps » or « 2018. » stay what they say.
    """
    return "".join(_paragraphs(text))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in paragraph.split("\n")]
        for bulleted, group in _groups(lines):
            if bulleted:
                items = "".join(f"<li>{_escaped(BULLET.sub('', line, count=1))}</li>" for line in group)
                yield f"<ul>{items}</ul>"
            else:
                yield "<p>" + "<br/>".join(_escaped(line) for line in group) + "</p>"


def _groups(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Runs of lines of a list, and of lines of text. One dash alone does not make a list: it may be a minus."""
    if sum(bool(BULLET.match(line)) for line in lines) < 2:
        yield False, lines
        return
    group: list[str] = []
    for line in lines:
        if group and bool(BULLET.match(line)) != bool(BULLET.match(group[0])):
            yield bool(BULLET.match(group[0])), group
            group = []
        group.append(line)
    yield bool(BULLET.match(group[0])), group


def _escaped(text: str) -> str:
    return escape(text, quote=False)


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def markdown_blocks(text: str) -> list[tuple[str, object]]:
    """Markdown → the blocks of a body: ("heading", {"text": …}) and ("paragraph", HTML).

    A line in bold by itself is a heading too, as in most files. What has no place in a body keeps its words: pictures
    become links, quotations and tables become paragraphs.
    """
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
    return f'<a href="{escape(address)}">{_escaped(tokens[index].content or address)}</a>'


# HTML stays text. A definition of a reference and a block of code would lose words or line breaks.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["reference", "code", "fence", "lheading"]
)
_markdown.add_render_rule("image", _picture)
_markdown.validateLink = lambda address: bool(re.match(r"(?i)(https?://|mailto:)", address))


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
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    html = re.sub(r"<a [^>]*></a>", "", html).replace("\n", "")
    # The editor takes <br> for a tag that is never closed. What searches the text would take &nbsp; for a word.
    html = html.replace("<br>", "<br/>").replace("&nbsp;", "\xa0")
    return html if re.sub(r"<[^>]*>", "", html).strip() else ""
