"""A text as it is read: its passages laid out in lists and tables, its earlier wordings, what changed between two versions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Indel

from .comparing import Piece, difference
from .models import Passage, PassageText, Remark, Version
from .passages import Kind

DEEPEST = 3
"""Below the title of the document in a page, which is a heading of level 2: there are six levels in all."""


def laid_out(rows: Sequence[PassageText]) -> list[PassageText]:
    """Tell each passage how it is drawn: `depth` of a title (0 for the largest of the text), and where lists begin and end.

    `opens_list`, `closes_list`: the first and the last item of a list. `cells`: of a row, (header, cell) pairs.
    """
    levels = sorted({row.level for row in rows if row.is_title})
    headers: list[str] = []
    for before, row, after in zip([None, *rows[:-1]], rows, [*rows[1:], None], strict=True):
        row.depth = min(levels.index(row.level), DEEPEST) if row.is_title else 0
        row.opens_list = row.kind == Kind.ITEM and (before is None or before.kind != Kind.ITEM)
        row.closes_list = row.kind == Kind.ITEM and (after is None or after.kind != Kind.ITEM)
        if row.kind == Kind.ROW:
            cells = [cell.strip() for cell in row.text.split(" | ")]
            if row.level or before is None or before.kind != Kind.ROW:
                headers = cells if row.level else []
            row.is_header = bool(row.level)
            row.cells = [
                ("" if row.is_header or place >= len(headers) else headers[place], cell)
                for place, cell in enumerate(cells)
            ]
    return list(rows)


@dataclass
class Wording:
    """An earlier wording of a passage, and how the next one differs from it."""

    version: Version
    until: Version
    pieces: tuple[Piece, ...]


def earlier_wordings(texts: Sequence[PassageText]) -> list[Wording]:
    """Of the texts of one passage, in order of version: each change of words, the latest first."""
    return [
        Wording(before.version, after.version, difference(before.text, after.text))
        for before, after in reversed(list(itertools.pairwise(texts)))
        if before.text != after.text
    ]


@dataclass
class Change:
    """A passage from one version to another."""

    passage: Passage
    state: str
    """same, changed, added, removed, or moved (it may read otherwise too)."""
    before: PassageText | None
    after: PassageText | None
    pieces: tuple[Piece, ...] = ()
    remarks: list[Remark] = field(default_factory=list)
    """Those that led to it."""

    @property
    def text(self) -> PassageText:
        return self.after or self.before


def changes_between(older: Version, newer: Version) -> list[Change]:
    """All the passages of two versions, in the order of the newer; those that were removed stand where they stood."""
    before = {row.passage_id: row for row in older.rows}
    after = {row.passage_id: row for row in newer.rows}
    stayed = _in_common_order([pk for pk in before if pk in after], [pk for pk in after if pk in before])
    changes = []
    gone = iter(older.rows)
    for row in newer.rows:
        if row.passage_id in stayed:
            # What stood before it and is no more.
            for former in gone:
                if former.passage_id == row.passage_id:
                    break
                if former.passage_id not in after:
                    changes.append(_change(former, None, "removed"))
        former = before.get(row.passage_id)
        if former is None:
            state = "added"
        elif row.passage_id not in stayed:
            state = "moved"
        else:
            state = "same" if former.words == row.words else "changed"
        changes.append(_change(former, row, state))
    changes += [_change(former, None, "removed") for former in gone if former.passage_id not in after]
    return changes


def _change(before: PassageText | None, after: PassageText | None, state: str) -> Change:
    pieces = difference(before.text if before else "", after.text if after else "") if state != "same" else ()
    return Change((after or before).passage, state, before, after, pieces)


def _in_common_order(a: list[int], b: list[int]) -> set[int]:
    """What stands in the same order in both: the others have moved."""
    return {pk for code in Indel.opcodes(a, b) if code.tag == "equal" for pk in a[code.src_start : code.src_end]}
