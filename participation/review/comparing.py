"""Comparing texts: the words of a passage before and after, the passages of a version and of the next. Pure functions.

What is common to two texts is their longest common subsequence (rapidfuzz, bit-parallel: fast whatever people type).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Indel

from .passages import ARTICLE, Words, is_title

SAME, REMOVED, ADDED = "same", "removed", "added"

ALIKE = 0.5
"""Share of common words from which two passages at the same place are one passage that was rewritten."""
MOVED = 0.75
"""The same, for two passages that are not at the same place."""
MOST_PAIRS = 250_000
"""Pairs of passages that are all looked at; of longer documents, those that stand about at the same place."""
NEAR = 20
"""Passages that are about at the same place."""

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A run of words that are in both texts (`same`), in the first only (`removed`) or in the second only (`added`)."""

    op: str
    text: str


@lru_cache(maxsize=4096)
def difference(before: str, after: str) -> tuple[Piece, ...]:
    """The words of two texts as one sequence; without the added ones it reads as `before`, without the removed as `after`."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    runs: list[list] = []
    for code in Indel.opcodes(a, b):
        removed, added = a[code.src_start : code.src_end], b[code.dest_start : code.dest_end]
        _extend(runs, removed, added, same=code.tag == "equal")
    return tuple(_pieces(_without_crumbs(runs)))


def _without_crumbs(runs: list[list]) -> list[list]:
    """A space, a comma or a little word between two changes is read as part of one change."""
    kept: list[list] = []
    for position, (removed, added, same) in enumerate(runs):
        between = 0 < position < len(runs) - 1
        if same and between and len("".join(removed).strip()) <= 3:
            same = False
        _extend(kept, removed, added, same=same)
    return kept


def _extend(runs: list[list], removed: list[str], added: list[str], *, same: bool) -> None:
    """Add a run, which goes on with the last one when both are changes."""
    if runs and not same and not runs[-1][2]:
        runs[-1][0].extend(removed)
        runs[-1][1].extend(added)
    else:
        runs.append([list(removed), list(added), same])


def _pieces(runs: list[list]) -> Iterator[Piece]:
    common: list[str] = []
    for removed, added, same in runs:
        if same:
            common = common + removed
            continue
        # What a change begins or ends with on both sides is no part of it.
        start = _shared(removed, added)
        end = _shared(removed[start:][::-1], added[start:][::-1])
        yield from _piece(SAME, common + removed[:start])
        yield from _piece(REMOVED, removed[start : len(removed) - end])
        yield from _piece(ADDED, added[start : len(added) - end])
        common = removed[len(removed) - end :]
    yield from _piece(SAME, common)


def _piece(op: str, words: list[str]) -> Iterator[Piece]:
    if words:
        yield Piece(op, "".join(words))


def _shared(a: list[str], b: list[str]) -> int:
    """How many words two lists begin with in common."""
    return next((place for place, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def is_same_text(a: str, b: str) -> bool:
    """Whether two texts differ by nothing but their spaces."""
    return " ".join(a.split()) == " ".join(b.split())


def match(before: Sequence[Words], after: Sequence[Words]) -> list[int | None]:
    """For each passage of the new text, the index of the one it continues; None when it is new. None is used twice.

    First what is word for word the same, in order; then, between those, what shares most of its words; then what moved.
    """
    found: list[int | None] = [None] * len(after)
    gaps = []
    for code in Indel.opcodes([words.text for words in before], [words.text for words in after]):
        if code.tag == "equal":
            for step in range(code.src_end - code.src_start):
                found[code.dest_start + step] = code.src_start + step
    i = j = 0
    for j_end, i_end in [*((j, i) for j, i in enumerate(found) if i is not None), (len(after), len(before))]:
        if i < i_end and j < j_end:
            gaps.append((range(i, i_end), range(j, j_end)))
        i, j = i_end + 1, j_end + 1
    tokens = [_tokens(words) for words in before], [_tokens(words) for words in after]
    for rows, columns in gaps:
        for i, j in _in_order(rows, columns, before, after, tokens):
            found[j] = i
    _find_moved(found, before, after, tokens)
    return found


def _tokens(words: Words) -> list[str]:
    """Its words, without the number of an article: numbers shift when one is added."""
    number = ARTICLE.match(words.text) if is_title(words) else None
    text = words.text[number.end() :] if number else words.text
    return re.findall(r"\w+", text.casefold())


def _alike(before: Words, after: Words, a: list[str], b: list[str], least: float) -> float:
    """The share of words that two passages have in common, 0 to 1; 0 under `least`, and between a title and a text."""
    if is_title(before) != is_title(after):
        return 0
    if not a and not b:
        # Two titles that are numbers alone: the same place is all they have in common.
        return least
    return Indel.normalized_similarity(a, b, score_cutoff=least)


def _in_order(rows: range, columns: range, before, after, tokens) -> list[tuple[int, int]]:
    """The pairs of passages, none crossing another, that have the most in common together."""
    n, m = len(rows), len(columns)
    if n * m > MOST_PAIRS:
        return _about_there(rows, columns, before, after, tokens)
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    score: dict[tuple[int, int], float] = {}
    for x in range(n - 1, -1, -1):
        for y in range(m - 1, -1, -1):
            best[x][y] = max(best[x + 1][y], best[x][y + 1])
            i, j = rows[x], columns[y]
            value = _alike(before[i], after[j], tokens[0][i], tokens[1][j], ALIKE)
            if value and value + best[x + 1][y + 1] > best[x][y]:
                best[x][y] = score[x, y] = value + best[x + 1][y + 1]
    pairs, x, y = [], 0, 0
    while x < n and y < m:
        if score.get((x, y)) == best[x][y] and best[x][y] > max(best[x + 1][y], best[x][y + 1]):
            pairs.append((rows[x], columns[y]))
            x, y = x + 1, y + 1
        elif best[x + 1][y] >= best[x][y + 1]:
            x += 1
        else:
            y += 1
    return pairs


def _about_there(rows: range, columns: range, before, after, tokens) -> list[tuple[int, int]]:
    """The same for very long runs: each passage with the first one like it that stands about at its place."""
    pairs, first = [], 0
    for x, i in enumerate(rows):
        place = x * len(columns) // len(rows)
        for y in range(max(first, place - NEAR), min(len(columns), place + NEAR)):
            if _alike(before[i], after[columns[y]], tokens[0][i], tokens[1][columns[y]], ALIKE):
                pairs.append((i, columns[y]))
                first = y + 1
                break
    return pairs


def _find_moved(found: list[int | None], before, after, tokens) -> None:
    """Among what is left, the passages that stand elsewhere: word for word first, then much alike."""
    used = {i for i in found if i is not None}
    left = defaultdict(list)
    for i, words in enumerate(before):
        if i not in used:
            left[words.text].append(i)
    for j, words in enumerate(after):
        if found[j] is None and left.get(words.text):
            found[j] = left[words.text].pop(0)
    old = [i for rows in left.values() for i in rows]
    new = [j for j, i in enumerate(found) if i is None]
    if len(old) * len(new) > MOST_PAIRS:
        return
    pairs = []
    for i in old:
        for j in new:
            # A title of two words is like any other: what moves must have something to be known by.
            if len(tokens[0][i]) >= 4 and (value := _alike(before[i], after[j], tokens[0][i], tokens[1][j], MOVED)):
                pairs.append((-value, i, j))
    taken = set()
    for _value, i, j in sorted(pairs):
        if i not in taken and found[j] is None:
            found[j] = i
            taken.add(i)
