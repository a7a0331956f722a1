"""A table → drafts of sheets, and what is wrong with it by line and column. Pure functions: no database.

A **rejection** leaves the row out: without a title, or with a date or an address nobody can read, a draft is worse than
none. A **warning** leaves out one word, or tells what was understood. All the problems of a row are told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any

from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

from experiences.models import ExperiencePage
from participation.vocabulary.models import Stage

from . import cells, words
from .cells import EXCEL_ERRORS, Cell, Unreadable, line_of, shorten, text_of
from .columns import Column, columns_of, come_from_here
from .prose import note
from .story import markdown_blocks
from .tables import Table
from .words import Words

LONGEST_CELL = 50_000

TRUE, FALSE = {"oui", "true", "vrai", "1", "x", "yes"}, {"non", "false", "faux", "0", "no"}


@dataclass(frozen=True)
class Problem:
    """What is wrong on a line of the file, as a sentence; `column` is its name there, or an empty text."""

    line: int
    column: str
    message: str
    rejects: bool = False

    def __str__(self):
        if self.column:
            return _("line %(line)d, column “%(column)s”: %(message)s") % vars(self)
        return _("line %(line)d: %(message)s") % vars(self)


@dataclass
class Draft:
    """What a row says: `values` holds, by name of a field of ExperiencePage, what the row fills, and nothing else."""

    line: int
    key: str = ""
    """Finds the sheet again at the next import: at most 200 characters."""
    key_from_identifier: bool = False
    """The key is a short identifier, that another file may use too."""
    values: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """The cells of long texts as they are in the file, for those that one column alone fills."""
    emptied: set[str] = field(default_factory=set)
    """The fields of `values` that an empty cell empties."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def rejected(self) -> bool:
        return any(problem.rejects for problem in self.problems)

    def warn(self, column: str, message: str) -> None:
        self.problems.append(Problem(self.line, column, message))

    def reject(self, column: str, message: str) -> None:
        self.problems.append(Problem(self.line, column, message, rejects=True))


@dataclass(frozen=True)
class Reading:
    """What was understood of a file."""

    description: str
    columns: list[Column]
    drafts: list[Draft]

    @property
    def comes_from_here(self) -> bool:
        """Whether it is an export of this inventory."""
        return come_from_here(self.columns)

    @property
    def left_out(self) -> list[Column]:
        """The columns that fill nothing. Those without a title are told only if a row has something there."""
        return [column for column in self.columns if not column.field]


def read(table: Table, known: Words) -> Reading:
    """Every row of the table as a draft, the rejected ones included. An empty cell says nothing."""
    columns = columns_of(table.header)
    drafts = [read_row(line, row, columns, known) for line, row in table.rows]
    _tell_doubles(drafts)
    filled = {place for _line, row in table.rows for place, cell in enumerate(row) if cell != ""}
    shown = [column for column in columns if table.header[column.place] != "" or column.place in filled]
    return Reading(table.description, shown, drafts)


def read_row(line: int, row: list[Cell], columns: list[Column], known: Words, *, empties: bool = False) -> Draft:
    """The row as a draft; if `empties`, an empty cell empties its field, except the title."""
    draft = Draft(line)
    if len(row) > len(columns):
        draft.reject(
            "",
            _("%(cells)d cells for %(columns)d columns: a cell holds the separator without quotation marks")
            % {"cells": len(row), "columns": len(columns)},
        )
    found: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=False):
        if column.field and _is_filled(cell, column, draft):
            _read_cell(cell, column, known, draft, found)
    _finish(draft, found, columns, known)
    if empties:
        _empty(draft, row, columns)
    return draft


# ── One cell ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_filled(cell: Cell, column: Column, draft: Draft) -> bool:
    if not isinstance(cell, str):
        return True
    if cell in EXCEL_ERRORS:
        draft.warn(column.label, _("the cell holds Excel’s error %(error)s; left out") % {"error": cell})
        return False
    if len(cell) > LONGEST_CELL:
        draft.reject(
            column.label,
            _("too long: %(length)d characters, %(longest)d at most") % {"length": len(cell), "longest": LONGEST_CELL},
        )
        return False
    if "\N{REPLACEMENT CHARACTER}" in cell:
        draft.warn(column.label, _("some characters could not be read and show as �"))
    return cell != ""


def _read_cell(cell: Cell, column: Column, known: Words, draft: Draft, found: dict) -> None:
    try:
        value = READERS[column.field](cell, known, partial(draft.warn, column.label))
    except Unreadable as error:
        draft.reject(column.label, str(error))
        return
    if value in (None, "", []):
        return
    if column.field in (*ExperiencePage.LESSONS, "body"):
        # What two columns say together is in neither.
        draft.texts[column.field] = "" if column.field in found else text_of(cell)
    if column.field not in found:
        found[column.field] = value
    elif isinstance(value, list):
        found[column.field] += [one for one in value if one not in found[column.field]]
    elif column.field in ExperiencePage.LESSONS:
        found[column.field] += value
    elif value != found[column.field]:
        draft.warn(
            column.label, _("already filled by another column; “%(text)s” is left out") % {"text": shorten(cell)}
        )


def _longest(name: str) -> int:
    return ExperiencePage._meta.get_field(name).max_length


def _line(cell, known, warn, *, longest):
    return line_of(cell, longest)


def _names(cell, known, warn):
    """Names of organisations; several on lines, or between semicolons or bars. A comma may be part of a name."""
    text = text_of(cell)
    if known.organisation(text):
        return [text]
    return [" ".join(name.split()).lstrip("-•* ") for name in re.split(r"[;|\n]", text) if name.strip(" -•*")]


def _words(cell, known, warn, *, find, message):
    """The known things of a cell; what the site does not know is told and left out."""
    value, unknown = words.find_all(text_of(cell), getattr(known, find))
    for word in unknown:
        warn(message() % {"text": shorten(word)})
    return value


def _choice(cell, known, warn, *, choose, message):
    value = choose(text_of(cell))
    if not value:
        warn(message() % {"text": shorten(cell)})
    return value


def _device_type(cell, known, warn):
    value = known.device_type(text_of(cell))
    if value is None:
        warn(_("“%(text)s” is no type of device of the site; left out") % {"text": shorten(cell)})
    return value


def _under_way(cell, known, warn):
    """Yes or no, as some files say it, as a stage."""
    word = text_of(cell).casefold()
    if word not in TRUE | FALSE:
        warn(_("“%(text)s” is neither yes nor no; left out") % {"text": shorten(cell)})
        return ""
    return Stage.UNDER_WAY.value if word in TRUE else Stage.COMPLETED.value


def _day(cell, known, warn, *, last):
    value, exact = cells.day(cell, last=last)
    if not exact:
        warn(_("“%(text)s” is read as %(date)s") % {"text": shorten(cell), "date": date_format(value)})
    return value


def _address(cell, known, warn):
    value = cells.address(cell, _longest("website"))
    if value != text_of(cell):
        warn(_("read as %(address)s") % {"address": value})
    return value


def _number(cell, known, warn, *, count):
    return count(cell)


def _note(cell, known, warn):
    return note(text_of(cell))


def _story(cell, known, warn):
    return markdown_blocks(text_of(cell))


def _whole_text(cell, known, warn):
    return text_of(cell)


READERS: dict[str, Callable] = {
    "file": partial(_line, longest=_longest("source_key")),
    "identifier": partial(_line, longest=_longest("source_key")),
    "title": partial(_line, longest=_longest("title")),
    "summary": _whole_text,
    "carrier": _names,
    "partners": _names,
    "territories": partial(_words, find="territory", message=lambda: _("“%(text)s” is no place of the site; left out")),
    "themes": partial(_words, find="theme", message=lambda: _("“%(text)s” is no theme of the site; left out")),
    "audiences": partial(_words, find="audience", message=lambda: _("“%(text)s” is no public of the site; left out")),
    "methods": partial(_words, find="method", message=lambda: _("“%(text)s” is no method of the site; left out")),
    "device_type": _device_type,
    **dict.fromkeys(
        ["degree", "degree_reached"],
        partial(
            _choice,
            choose=words.degree,
            message=lambda: _("“%(text)s” is no degree of involvement of the site; left out"),
        ),
    ),
    "evaluation": partial(
        _choice,
        choose=words.evaluation,
        message=lambda: _("“%(text)s” does not say whether it was evaluated; write no, planned or done; left out"),
    ),
    "stage": partial(_choice, choose=words.stage, message=lambda: _("“%(text)s” is no stage of the site; left out")),
    **dict.fromkeys(
        ["means", "unused_means"],
        partial(_words, find="one_means", message=lambda: _("“%(text)s” is no means of the site; left out")),
    ),
    "need_kinds": partial(_words, find="need", message=lambda: _("“%(text)s” is no need of the site; left out")),
    "under_way": _under_way,
    "started": partial(_day, last=False),
    "ended": partial(_day, last=True),
    "duration": partial(_line, longest=_longest("duration")),
    "participants": partial(_number, count=cells.whole),
    "cost": partial(_number, count=cells.euros),
    "contact": partial(_line, longest=_longest("contact")),
    "website": _address,
    "body": _story,
    **dict.fromkeys(ExperiencePage.LESSONS, _note),
}
"""How the cell of each kind of column is read: a function of the cell, the words known, and what takes a warning."""


# ── The whole row ────────────────────────────────────────────────────────────────────────────────────────────────────


def _finish(draft: Draft, found: dict, columns: list[Column], known: Words) -> None:
    """What depends on several cells: the key, who carried it, the order of dates, a summary that is too long."""
    label = {column.field: column.label for column in reversed(columns)}
    title_read = any(problem.rejects and problem.column == label["title"] for problem in draft.problems)
    if "title" not in found and not title_read:
        draft.reject(label["title"], _("the title is missing"))
    if "started" in found and "ended" in found and found["ended"] < found["started"]:
        draft.reject(label["ended"], _("it ends before it begins"))

    under_way = found.pop("under_way", "")
    if under_way:
        found.setdefault("stage", under_way)
    _split_summary(draft, found, label)
    carried_by = "; ".join(found.get("carrier", []))
    _place_carrier(draft, found, label, known)

    draft.key_from_identifier = "file" not in found and "identifier" in found
    identifier = found.pop("identifier", "")
    draft.key = found.pop("file", "") or identifier or key_of(found.get("title", ""), carried_by)
    draft.values = found


def _empty(draft: Draft, row: list[Cell], columns: list[Column]) -> None:
    """Empty the fields that columns of the file fill elsewhere and not in this row."""
    filled = {column.field for column, cell in zip(columns, row, strict=False) if cell != ""}
    fields = {"stage" if column.field == "under_way" else column.field for column in columns if column.field}
    for name in fields - filled - {"title", "file", "identifier"} - draft.values.keys():
        if name != "stage" or "under_way" not in filled:
            draft.values[name] = empty_value(name)
            draft.emptied.add(name)


def empty_value(name: str):
    """What a field of a sheet holds when nobody has filled it."""
    field = ExperiencePage._meta.get_field(name)
    if field.many_to_many or name == "body":
        return []
    return None if field.null else ""


def key_of(title: str, carried_by: str) -> str:
    """The key of a sheet that its file does not name: its title and who carried it, without accents and capitals."""
    key = "--".join(slugify(text) or text for text in (title, carried_by) if text)
    longest = _longest("source_key")
    if len(key) <= longest:
        return key
    return f"{key[: longest - 33]}-{blake2b(key.encode(), digest_size=16).hexdigest()}"


def _split_summary(draft: Draft, found: dict, label: dict) -> None:
    """A summary longer than a card can show is cut there, and stands whole at the head of the story."""
    summary, longest = found.get("summary", ""), _longest("summary")
    if not summary:
        return
    found["summary"] = " ".join(summary.split())
    if len(found["summary"]) <= longest:
        return
    found["summary"] = found["summary"][: longest - 1].rsplit(" ", 1)[0] + "…"
    found["body"] = [("paragraph", note(summary)), *found.get("body", [])]
    draft.warn(
        label["summary"],
        _("%(length)d characters: cut at %(longest)d, and put whole at the beginning of the story")
        % {"length": len(summary), "longest": longest},
    )


def _place_carrier(draft: Draft, found: dict, label: dict, known: Words) -> None:
    """The first carrier that is an organisation of the site is the carrier; the others are text, with the partners."""
    names = found.pop("carrier", [])
    partners = found.pop("partners", [])
    others = []
    for name in names:
        organisation = known.organisation(name)
        if organisation and "carrier" not in found:
            found["carrier"] = organisation
            continue
        others.append(name)
        if not organisation:
            draft.warn(
                label["carrier"],
                _("“%(text)s” is no organisation of the site; kept as text among the partners")
                % {"text": shorten(name)},
            )
    text = ", ".join(dict.fromkeys([*others, *partners]))
    if len(text) > _longest("partners"):
        draft.reject(
            label.get("partners") or label["carrier"],
            _("too long: %(length)d characters, %(longest)d at most")
            % {"length": len(text), "longest": _longest("partners")},
        )
    elif names or partners:
        # Even empty: a carrier whom the site has come to know since the last import is no longer kept as text.
        found["partners"] = text


def _tell_doubles(drafts: list[Draft]) -> None:
    """Two rows with one key would overwrite each other: the second is rejected."""
    lines: dict[str, int] = {}
    for draft in drafts:
        if draft.rejected:
            continue
        if draft.key in lines:
            draft.reject(
                "",
                _("same key as line %(line)d (“%(key)s”); give each sheet an identifier of its own")
                % {"line": lines[draft.key], "key": shorten(draft.key)},
            )
        lines.setdefault(draft.key, draft.line)
