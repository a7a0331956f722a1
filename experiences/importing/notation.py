"""The marks that stand for bold, italics and links in a cell: `**gras**`, `_italique_` or `*italique*`, `[mots](https://…)`.

People meet them rarely by accident: a mark beside a space, a star between figures, a lone bracket are themselves. A
backslash before a mark makes it a plain sign. `runs_of` reads a line, `marked` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple


class Run(NamedTuple):
    """A piece of a line, all in one style. `link` is an address, « page:3 », « document:5 », or an empty text."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""


Line = list[Run]

SAFE_LINK = re.compile(r"(?i:https?://|mailto:|tel:|/(?![/\\])|#)\S|(?:page|document):\d{1,9}$")
"""Where a link may lead: the web, a mail, a telephone, a place of this site."""

_UNFIT = re.compile(r"[\s()\[\]<>\"\\]")
_TARGET = r"(?:[^\s()\[\]<>\"\\]|\([^\s()\[\]<>\"\\]*\))+"
_LINK = re.compile(rf"\[((?:\\.|[^\[\]\\])+)\]\(({_TARGET})\)")
_ESCAPE = re.compile(r"(\\+)([*_\[\]])")
_ESCAPE_IN_LINK = re.compile(r"(\\+)([*_\[\]]|$)")
_MARKS = re.compile(r"\*+|_+")
_SIGN = re.compile(r"[\\*_\[]")
"""What a mark, a link or a backslash begins with."""
_WORDS = re.compile(r"\\+|[^\\*_\[]+|.", re.DOTALL)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Mark(NamedTuple):
    sign: str
    opens: bool
    closes: bool


def runs_of(text: str) -> Line:
    """The runs of a line of a cell."""
    # Nearly every line is plain.
    return tidy(_styled(list(_tokens(text))) if _SIGN.search(text) else [Run(text)])


def _tokens(text: str, *, in_link: bool = False) -> Iterator[str | _Mark | Line]:
    """Words, marks that may open or close something, and links, which are lines of their own."""
    place = 0
    escaped = _ESCAPE_IN_LINK if in_link else _ESCAPE
    while place < len(text):
        if match := escaped.match(text, place):
            # Of two backslashes one stays, as in what computers write; the last of an odd number covers the sign.
            covered = len(match[1]) % 2
            yield "\\" * (len(match[1]) // 2) + (match[2] if covered else "")
            place = match.end() if covered else match.end(1)
            continue
        if not in_link and (match := _LINK.match(text, place)) and SAFE_LINK.match(match[2]):
            words = _styled(list(_tokens(match[1], in_link=True)))
            yield [run._replace(link=match[2]) for run in words]
        elif (match := _MARKS.match(text, place)) and len(match[0]) <= 2:
            yield _mark(match[0], text[place - 1 : place] if place else "", text[match.end() : match.end() + 1])
        else:
            match = match or _WORDS.match(text, place)
            yield match[0]
        place = match.end()


def _mark(sign: str, before: str, after: str) -> _Mark:
    opens, closes = bool(after.strip()), bool(before.strip())
    if len(sign) == 1:
        # Inside a word, or against the wrong side of a bracket or a stop, it is a sign like another.
        opens = opens and not before.isalnum() and after not in ").,;:!?»]}"
        closes = closes and not after.isalnum() and before not in "([{«"
    return _Mark(sign, opens, closes)


STYLES = {"**": "bold", "*": "italic", "_": "italic", "__": "italic"}


def _styled(tokens: Sequence[str | _Mark | Line]) -> Line:
    """The tokens as runs; a mark without its twin is a sign like another."""
    opened: dict[str, int] = {}
    twins: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if not isinstance(token, _Mark):
            continue
        if token.closes and token.sign in opened:
            first = opened[token.sign]
            twins[first] = twins[place] = place
            # What was opened inside and not closed is not open any more.
            opened = {sign: other for sign, other in opened.items() if other < first}
        elif token.opens and token.sign not in opened:
            opened[token.sign] = place
    runs: Line = []
    style = {"bold": 0, "italic": 0}
    for place, token in enumerate(tokens):
        if isinstance(token, _Mark) and place in twins:
            style[STYLES[token.sign]] += -1 if twins[place] == place else 1
        elif isinstance(token, list):
            runs += [
                run._replace(bold=run.bold or style["bold"] > 0, italic=run.italic or style["italic"] > 0)
                for run in token
            ]
        else:
            text = token.sign if isinstance(token, _Mark) else token
            runs.append(Run(text, style["bold"] > 0, style["italic"] > 0))
    return runs


def tidy(runs: Iterable[Run]) -> Line:
    """The same line with no run that can be spared: a space has a style only inside that of the words around it."""
    runs = list(runs)
    if len({run[1:] for run in runs}) == 1:
        text = "".join(run.text for run in runs).strip()
        return [runs[0]._replace(text=text)] if text else []
    pieces = [Run(text, *run[1:]) for run in runs for text in re.findall(r"\s+|\S+", run.text)]
    while pieces and pieces[0].text.isspace():
        pieces.pop(0)
    while pieces and pieces[-1].text.isspace():
        pieces.pop()
    styles = [piece[1:] for piece in pieces]
    for place, piece in enumerate(pieces):
        if piece.text.isspace():
            after = next(other[1:] for other in pieces[place:] if not other.text.isspace())
            before = styles[place - 1]
            link = after[2] if after[2] == before[2] else ""
            styles[place] = after if after == before else (False, False, link)
    pairs = zip(pieces, styles, strict=True)
    return [
        Run("".join(piece.text for piece, _style in group), *style)
        for style, group in groupby(pairs, key=lambda pair: pair[1])
    ]


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def marked(line: Line) -> str:
    """The line as one writes it in a cell, with as few signs as `runs_of` needs to read the same again."""
    plain = _written(line, covered=False)
    if runs_of(plain) == line:
        return plain
    return _written(line, covered=True)


def _written(line: Line, *, covered: bool) -> str:
    text = ""
    groups = [(link, list(group)) for link, group in groupby(line, key=lambda run: run.link)]
    for place, (link, runs) in enumerate(groups):
        following = "[" if place + 1 < len(groups) and groups[place + 1][0] else _first(groups, place + 1)
        words = _emphasised(runs, "[" if link else text[-1:], "]" if link else following, covered or bool(link))
        text += f"[{words}]({address_of(link)})" if link else words
    return text


def _first(groups: list, place: int) -> str:
    return groups[place][1][0].text[:1] if place < len(groups) else ""


def _emphasised(runs: Line, before: str, after: str, covered: bool) -> str:
    text = ""
    bolds = [(bold, list(group)) for bold, group in groupby(runs, key=lambda run: run.bold)]
    for place, (bold, group) in enumerate(bolds):
        inner = ""
        for turn, run in enumerate(group):
            # Nothing follows the last words of a line: the backslashes at their end are themselves.
            last = not (after or bold or run.italic) and place + 1 == len(bolds) and turn + 1 == len(group)
            words = _covered(run.text, last=last) if covered else run.text
            if run.italic:
                left = (text + inner)[-1:] or before
                right = group[turn + 1].text[:1] if turn + 1 < len(group) else ""
                right = right or ("" if bold else _next(bolds, place, after))
                mark = "__" if left.isalnum() or right.isalnum() or _is_awkward(run.text) else "_"
                words = f"{mark}{words}{mark}"
            inner += words
        text += f"**{inner}**" if bold else inner
    return text


def _next(bolds: list, place: int, after: str) -> str:
    return "*" if place + 1 < len(bolds) else after


def _is_awkward(text: str) -> bool:
    """Whether a single mark would not be seen around these words."""
    return text[0] in ").,;:!?»]}" or text[-1] in "([{«"


def _covered(text: str, *, last: bool) -> str:
    """With a backslash before each sign that could be a mark."""
    text = re.sub(r"(\\*)([*_\[\]])", lambda match: match[1] * 2 + "\\" + match[2], text)
    return text if last else re.sub(r"\\+$", lambda match: match[0] * 2, text)


def address_of(link: str) -> str:
    """The address of a link, as one may write it between parentheses."""
    return link if re.fullmatch(_TARGET, link) else _UNFIT.sub(_percent, link)


def _percent(match: re.Match) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def html_of(line: Line) -> str:
    """The line as a rich text field keeps it."""
    html = ""
    for link, runs in groupby(line, key=lambda run: run.link):
        words = "".join(
            f"<strong>{_slanted(group)}</strong>" if bold else _slanted(group)
            for bold, group in groupby(runs, key=lambda run: run.bold)
        )
        html += f"<a {_attributes(link)}>{words}</a>" if link else words
    return html


def _slanted(runs: Iterable[Run]) -> str:
    return "".join(f"<em>{_safe(run.text)}</em>" if run.italic else _safe(run.text) for run in runs)


def _safe(text: str) -> str:
    return escape(text, quote=False)


def _attributes(link: str) -> str:
    kind, _colon, number = link.partition(":")
    if kind in ("page", "document") and number.isdigit():
        return f'linktype="{kind}" id="{number}"'
    return f'href="{escape(link)}"'
