"""Text from a cell → the HTML of a rich text field, and back. The text is not ours: whatever it contains, it ends as words and a few marks.

HTML in it is shown as it was typed: `note` makes the only tags there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .cells import seen
from .notation import Line, marked, runs_of
from .richtext import DEEPEST, Block, Item, Listing, Paragraph, blocks_of

BULLET = re.compile(r"[-–•*·]\s+(?=\S)")
NUMBER = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
MARK = re.compile(r"(?:[-–•*·①]|(\d{1,3})[.)])\s+(?=\S)")
COVERED = re.compile(rf"\\+(?:{MARK.pattern}|$)")
"""What a backslash keeps from being read as an item of a list, or as the space between two paragraphs."""
_SENTENCE = re.compile(r"<p(?: [\w-]+=\"[^<>&\"]*\")*>([^\s<>&\\*_\[]+(?: [^\s<>&\\*_\[]+)*)</p>")
"""One paragraph of words and nothing else: most fields. It is read and written without being taken to pieces."""


def note(text: str) -> str:
    """The text of a cell → the HTML of a rich text field.

    Paragraphs, line breaks, lists where several lines begin with a dash or are numbered from 1, and the marks of
    `notation`. No other mark is read, so that « + de temps », « 2018. » or « 3 * 4 » stay what they say.
    """
    return "".join(block.html() for block in _blocks(text))


def as_text(html: str) -> str:
    """The inverse of `note`: what an editor wrote in a rich text field, as one writes it in a cell."""
    if (plain := _SENTENCE.fullmatch(html)) and plain[1] == seen(plain[1]) and not MARK.match(plain[1]):
        return plain[1]
    return "\n\n".join(map(_typed, blocks_of(html)))


def _blocks(text: str) -> Iterator[Block]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield from _read(paragraph.split("\n"))


def _read(lines: list[str]) -> Iterator[Block]:
    """The lines of a cell between two empty ones: runs of items, and of lines of text.

    One dash alone does not make a list: it may be a minus; the signs « • » and « ① » do.
    """
    stripped = [line.strip() for line in lines]
    numbers = [match[1] for line in stripped if (match := NUMBER.match(line))]
    allowed = {
        "ul": sum(bool(BULLET.match(line)) for line in stripped) >= 2 or any(line[:1] == "•" for line in stripped),
        "ol": (numbers[:1] == ["1"] and "2" in numbers) or any(line[:1] == "①" for line in stripped),
    }
    block: Block | None = None
    path: list[tuple[str, int]] = []
    for raw, line in zip(lines, stripped, strict=True):
        if found := _item(line, path, allowed):
            path, words = found
            kinds = tuple(kind for kind, _number in path)
            if not isinstance(block, Listing) or block.items[-1].kinds[0] != kinds[0]:
                if block:
                    yield block
                block = Listing([])
            block.items.append(Item(kinds, [_line(words)]))
        elif isinstance(block, Listing) and len(raw[:2]) == 2 and raw[:2].isspace():
            block.items[-1].lines.append(_line(line))
        else:
            path = []
            if isinstance(block, Listing):
                yield block
                block = None
            block = block or Paragraph([])
            block.lines.append(_line(line))
    if block:
        yield block


def _item(line: str, path: list[tuple[str, int]], allowed: dict[str, bool]):
    """The lists that a line is an item of, each with its number there, and its words; None if it is a line of text.

    Inside other lists, their marks come first: « - - thé » is under « - boissons », « 1. - thé » under « 1. boissons ».
    """
    marks: list[tuple[str, int]] = []
    starts: list[int] = []
    place = 0
    while len(marks) <= min(len(path), DEEPEST - 1) and (match := MARK.match(line, place)):
        number = 1 if line[place] == "①" else int(match[1] or 0)
        marks.append(("ol" if number else "ul", number))
        place = match.end()
        starts.append(place)
    for depth in range(len(marks), 0, -1):
        kind, number = marks[depth - 1]
        beside = path[depth - 1] if len(path) >= depth else ("", 0)
        expected = beside[1] + 1 if beside[0] == kind == "ol" else int(kind == "ol")
        if marks[: depth - 1] == path[: depth - 1] and number == expected and (depth > 1 or allowed[kind]):
            return marks[:depth], line[starts[depth - 1] :]
    return None


def _line(text: str) -> Line:
    return runs_of(text[1:] if COVERED.match(text) else text)


def _typed(block: Block) -> str:
    """The block as one types it, with as few backslashes as `_read` needs to find it again."""
    plain = "\n".join(_written(block, covered=False))
    return plain if list(_blocks(plain)) == [block] else "\n".join(_written(block, covered=True))


def _written(block: Block, *, covered: bool) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from (_words(line, covered) for line in block.lines)
        return
    path: list[tuple[str, int]] = []
    alone = sum(len(item.kinds) == 1 for item in block.items) == 1
    for item in block.items:
        depth, kind = len(item.kinds), item.kinds[-1]
        beside = path[depth - 1] if len(path) >= depth else ("", 0)
        number = (beside[1] if beside[0] == kind else 0) + 1 if kind == "ol" else 0
        path = [*path[: depth - 1], (kind, number)]
        marks = ["- " if kind == "ul" else f"{number}. " for kind, number in path]
        if alone and (len(block.items) == 1 or path[0][0] == "ol"):
            marks[0] = "• " if path[0][0] == "ul" else "① "
        first, *others = item.lines
        yield "".join(marks) + _words(first, covered)
        yield from ("  " + _words(line, covered) for line in others)


def _words(line: Line, covered: bool) -> str:
    """The line, with a backslash where it would be taken for an item of a list or for the space between paragraphs."""
    words = marked(line)
    return f"\\{words}" if not words or (covered and COVERED.match(f"\\{words}")) else words
