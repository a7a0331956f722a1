"""What those who carry a document take away of the remarks: a spreadsheet, or a Word file of the text with its comments.

The published remarks, in the order of the text people read; then those on passages that are no longer in it, by number. Each
comes before the replies to it. Files speak the site's language, whoever takes them.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from tempfile import TemporaryFile
from typing import IO

import pypandoc
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.text import capfirst
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from participation import spreadsheets
from participation.spreadsheets import clean, pieces

from .models import PassageText, Remark, Review
from .passages import Kind
from .reading import HEAP_EXHAUSTED, MEMORY, SECONDS
from .reading_order import laid_out

CHUNK = 500
"""Remarks that are read at once."""

# ── The remarks, in order ────────────────────────────────────────────────────────────────────────────────────────────


def _in_order(review: Review) -> Iterator[list[Remark]]:
    """The published remarks and replies, some at a time; each knows the text it is about as `commented`, and as it is `now`.

    Only their keys are read at once: whoever takes the file slowly holds nothing of the database meanwhile.
    """
    keys = list(_sorted(review).values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield _with_all_of_it(review, keys[start : start + CHUNK])


def _sorted(review: Review):
    place = PassageText.objects.filter(version=review.current_id, passage=OuterRef("passage")).values("position")
    return (
        Remark.objects.published()
        .filter(review=review)
        .annotate(
            place=Subquery(place),
            thread_at=Coalesce("thread__created_at", "created_at"),
            thread_key=Coalesce("thread_id", "contribution_ptr_id", output_field=BigIntegerField()),
        )
        .order_by(
            F("place").asc(nulls_last=True),
            "passage__number",
            "thread_at",
            "thread_key",
            F("thread_id").asc(nulls_first=True),
            "created_at",
            "pk",
        )
    )


def _with_all_of_it(review: Review, keys: list[int]) -> list[Remark]:
    rows = (
        Remark.objects.published()
        .select_related("author", "on_behalf_of", "passage", "version", "taken_into")
        .prefetch_related("tags")
        .in_bulk(keys)
    )
    # Some may have been taken down since their keys were read.
    rows = [rows[key] for key in keys if key in rows]
    wanted = PassageText.objects.filter(
        passage__in={row.passage_id for row in rows}, version__in={*(row.version_id for row in rows), review.current_id}
    )
    texts = {(text.passage_id, text.version_id): text for text in wanted}
    for row in rows:
        row.commented = texts[row.passage_id, row.version_id]
        row.now = texts.get((row.passage_id, review.current_id))
    return rows


def _outcome(remark: Remark) -> str:
    if said := remark.became():
        return said
    return gettext("Taken into the version in preparation") if remark.taken_into_id else ""


def _at(remark: Remark, separator: str) -> str:
    """When it was written, on the site's clock: spreadsheets and Word show it as it is."""
    return localtime(remark.created_at, get_default_timezone()).replace(tzinfo=None).isoformat(separator, "seconds")


# ── Spreadsheets ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Column:
    heading: str
    width: int
    """In a workbook, in characters."""
    of: Callable[[Remark], str | int]


COLUMNS = [
    Column(_("Passage"), 28, lambda remark: (remark.now or remark.commented).reference),
    Column(_("Passage number"), 10, lambda remark: remark.passage.number),
    Column(_("Text commented"), 50, lambda remark: remark.commented.text),
    Column(_("Version commented"), 10, lambda remark: remark.version.number),
    Column(_("Text today"), 50, lambda remark: remark.now.text if remark.now else ""),
    Column(_("What the passage has become"), 16, lambda remark: remark.get_anchoring_display()),
    Column(_("Kind"), 14, lambda remark: remark.get_nature_display()),
    Column(_("Remark number"), 10, lambda remark: remark.pk),
    Column(_("Answers remark number"), 10, lambda remark: remark.thread_id or ""),
    Column(_("Author"), 20, lambda remark: remark.signature),
    Column(_("Organisation"), 20, lambda remark: str(remark.on_behalf_of or "")),
    Column(_("Date"), 19, lambda remark: _at(remark, " ")),
    Column(_("Words quoted"), 30, lambda remark: remark.quote),
    Column(_("Remark"), 60, lambda remark: remark.body),
    Column(_("Proposed wording"), 50, lambda remark: remark.wording),
    Column(_("Agree"), 10, lambda remark: remark.agree_count),
    Column(_("Nuance"), 10, lambda remark: remark.nuance_count),
    Column(_("Disagree"), 10, lambda remark: remark.disagree_count),
    Column(_("Replies"), 10, lambda remark: remark.reply_count),
    Column(_("Working tags"), 24, lambda remark: "; ".join(tag.name for tag in remark.tags.all())),
    Column(_("Read with remark number"), 10, lambda remark: remark.merged_into_id or ""),
    Column(_("Outcome"), 24, _outcome),
    Column(_("Reason given"), 40, lambda remark: remark.taken_note),
    Column(_("Address"), 40, lambda remark: settings.WAGTAILADMIN_BASE_URL + remark.get_absolute_url()),
]


def _columns() -> list[spreadsheets.Column]:
    with override(settings.LANGUAGE_CODE):
        return [spreadsheets.Column(str(column.heading), column.width) for column in COLUMNS]


def every_row(review: Review) -> Iterator[list[str | int]]:
    """A row for each remark and reply."""
    for remarks in _in_order(review):
        with override(settings.LANGUAGE_CODE):
            rows = [[column.of(remark) for column in COLUMNS] for remark in remarks]
        yield from rows


def as_csv(review: Review) -> Iterator[bytes]:
    """The table as a CSV, remark after remark."""
    return spreadsheets.as_csv(_columns(), every_row(review))


def as_xlsx(review: Review) -> Iterator[bytes]:
    """The table as a workbook. It is made when this is called, in a temporary file."""
    with override(settings.LANGUAGE_CODE):
        title = gettext("Remarks")
    return spreadsheets.as_xlsx(title, _columns(), every_row(review))


# ── A Word file ──────────────────────────────────────────────────────────────────────────────────────────────────────
# Pandoc makes it, from its own tree of a document (https://hackage.haskell.org/package/pandoc-types, Text.Pandoc.Definition)
# in which spans of the classes comment-start and comment-end, with the same id, hold a comment and say what it is about.

PANDOC_API = [1, 23, 1]
PLAIN = ["", [], []]
"""No identifier, no class, no attribute."""


def as_docx(review: Review) -> Iterator[bytes]:
    """The text people read, where each passage carries its remarks as comments. The file is made when this is called.

    ValidationError when it takes pandoc too much time, or memory.
    """
    with TemporaryFile() as tree:
        with override(settings.LANGUAGE_CODE):
            tree.writelines(_tree(review))
        tree.seek(0)
        return pieces(_by_pandoc(tree))


def _by_pandoc(tree: IO[bytes]) -> IO[bytes]:
    """Within the limits of a file that is imported; 10 000 remarks are far from them: two seconds, 300 MB."""
    limits = ["+RTS", f"-M{MEMORY}", "-RTS", "--sandbox"]
    command = [pypandoc.get_pandoc_path(), *limits, "--from=json", "--to=docx", "--output=-"]
    file = TemporaryFile()  # noqa: SIM115 – closed once it is sent
    try:
        subprocess.run(
            command, stdin=tree, stdout=file, stderr=subprocess.PIPE, env={}, cwd="/", timeout=SECONDS, check=True
        )
    except subprocess.SubprocessError as failure:
        file.close()
        if isinstance(failure, subprocess.CalledProcessError) and failure.returncode != HEAP_EXHAUSTED:
            raise
        raise ValidationError(
            gettext("There is too much for a Word file of this document to be made: take the spreadsheet.")
        ) from failure
    return file


def _tree(review: Review) -> Iterator[bytes]:
    """Pandoc's JSON, block after block: the whole text and its remarks are never in memory at once."""
    meta = {"title": _meta(review.title), "lang": {"t": "MetaString", "c": settings.LANGUAGE_CODE}}
    if review.current:
        meta["subtitle"] = _meta(capfirst(str(review.current)))
    frame = json.dumps({"pandoc-api-version": PANDOC_API, "meta": meta, "blocks": []})
    yield frame.removesuffix("]}").encode()
    for number, block in enumerate(_blocks(review)):
        yield (b"," if number else b"") + json.dumps(block).encode()
    yield b"]}"


def _blocks(review: Review) -> Iterator[dict]:
    """Headings, paragraphs, lists and tables, then what was removed."""

    def kind(passage) -> str:
        return passage[0].kind if passage[0].version_id == review.current_id else "removed"

    for drawn_as, passages in groupby(_passages(review), key=kind):
        if drawn_as == Kind.ITEM:
            yield _list([(row.level, _node("Plain", _words_of(row, comments))) for row, comments in passages])
        elif drawn_as == Kind.ROW:
            yield from _tables((row.level > 0, _cells(row, comments)) for row, comments in passages)
        elif drawn_as == "removed":
            yield _heading(1, _words(gettext("Passages removed from the text")))
            for row, comments in passages:
                yield _node("Para", [_node("Strong", _words(f"{row.reference} · {row.version}"))])
                yield _node("Para", _words_of(row, comments))
        else:
            for row, comments in passages:
                words = _words_of(row, comments)
                yield _heading(row.depth + 1, words) if row.is_title else _node("Para", words)


def _passages(review: Review) -> Iterator[tuple[PassageText, list[Comment]]]:
    """The text, then the last words of the passages that are no longer in it and that people remarked on; with the comments."""
    discussed = groupby(_threads(review), key=lambda thread: thread[0].passage_id)
    passage, threads = next(discussed, (None, ()))
    for row in laid_out(review.current.rows) if review.current else ():
        if row.passage_id == passage:
            yield row, [_comment(thread, row) for thread in threads]
            passage, threads = next(discussed, (None, ()))
        else:
            yield row, []
    last = _last_words(review) if passage else {}
    while passage:
        yield last[passage], [_comment(thread, last[passage]) for thread in threads]
        passage, threads = next(discussed, (None, ()))


def _threads(review: Review) -> Iterator[list[Remark]]:
    """Each remark with its replies; the replies alone, when what they answer was taken down."""
    remarks = (remark for remarks in _in_order(review) for remark in remarks)
    for _key, thread in groupby(remarks, key=lambda remark: remark.thread_id or remark.pk):
        yield list(thread)


def _last_words(review: Review) -> dict[int, PassageText]:
    """The passages that are no longer in the text, as the last version that had them said them."""
    rows = PassageText.objects.filter(passage__review=review, version__published_at__isnull=False)
    rows = rows.exclude(passage__texts__version=review.current_id).select_related("version")
    return {row.passage_id: row for row in rows.order_by("version__number")}


@dataclass(frozen=True)
class Comment:
    """A remark and its replies, beside the words from `start` to `end` of a passage."""

    number: int
    author: str
    date: str
    said: str
    start: int
    end: int

    @property
    def opening(self) -> dict:
        attributes = [["id", str(self.number)], ["author", self.author], ["date", self.date]]
        return _node("Span", ["", ["comment-start"], attributes], _words(self.said))

    @property
    def closing(self) -> dict:
        return _node("Span", ["", ["comment-end"], [["id", str(self.number)]]], [])


def _comment(thread: Sequence[Remark], beside: PassageText) -> Comment:
    """It is beside the words that were quoted, when they were quoted from this very text; else beside the whole passage."""
    first, *replies = thread
    is_same_text = first.commented.text == beside.text
    said = [*_said(first, is_same_text)]
    said += [gettext("— %(author)s: %(text)s") % {"author": row.full_signature, "text": row.body} for row in replies]
    start, end = 0, len(beside.text)
    if first.quote_end and is_same_text:
        start, end = first.quote_start, first.quote_end
    return Comment(first.pk, clean(first.full_signature), _at(first, "T"), "\n".join(said), start, end)


def _said(remark: Remark, is_same_text: bool) -> Iterator[str]:
    """What a comment says of a remark, a line each."""
    kind = capfirst(remark.get_nature_display())
    yield kind if is_same_text else f"{kind} · {remark.version} · {remark.get_anchoring_display()}"
    if remark.quote and not is_same_text:
        yield gettext("“%(text)s”") % {"text": remark.quote}
    yield remark.body
    if remark.wording:
        yield gettext("Proposed wording: %(text)s") % {"text": remark.wording}
    views = {"agree": remark.agree_count, "nuance": remark.nuance_count, "disagree": remark.disagree_count}
    if any(views.values()):
        yield gettext("Agree: %(agree)s · Nuance: %(nuance)s · Disagree: %(disagree)s") % views
    if outcome := _outcome(remark):
        yield outcome
    if reason := remark.taken_note:
        yield gettext("Reason given: %(text)s") % {"text": reason}


def _words_of(row: PassageText, comments: Sequence[Comment]) -> list[dict]:
    return _marked(row.text, comments)[0]


def _cells(row: PassageText, comments: Sequence[Comment]) -> list[list[dict]]:
    return _marked(row.text, comments, [match.span() for match in re.finditer(r" \| ", row.text)])


def _marked(text: str, comments: Sequence[Comment], bars: Sequence[tuple[int, int]] = ()) -> list[list[dict]]:
    """The words of a passage, cut at the bars, with the marks where each comment begins and ends. Comments may overlap."""
    opening, closing = defaultdict(list), defaultdict(list)
    for comment in comments:
        start, end = _off_bars(comment.start, comment.end, bars)
        if start >= end:
            start, end = _off_bars(0, len(text), bars)
        opening[start].append(comment.opening)
        closing[end].append(comment.closing)
    cells = [[]]
    for start, end in pairwise(sorted({0, len(text), *opening, *closing, *(edge for bar in bars for edge in bar)})):
        if (start, end) in bars:
            cells.append([])
        else:
            cells[-1] += [*opening[start], *_words(text[start:end]), *closing[end]]
    return cells


def _off_bars(start: int, end: int, bars: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Ends that fall within a bar, moved to the nearest words they hold."""
    start = next((after for before, after in bars if before <= start < after), start)
    end = next((before for before, after in bars if before < end <= after), end)
    return start, end


def _words(text: str) -> list[dict]:
    """A text with its line breaks."""
    first, *others = clean(text).split("\n")
    return [_node("Str", first), *(node for line in others for node in (_node("LineBreak"), _node("Str", line)))]


def _list(items: Iterable[tuple[int, dict]], depth: int = 1) -> dict:
    """Items, each with its depth, as lists within lists."""
    drawn = []
    for is_deeper, group in groupby(items, key=lambda item: item[0] > depth):
        if not is_deeper:
            drawn += [[item] for _depth, item in group]
        else:
            if not drawn:
                drawn.append([])
            drawn[-1].append(_list(group, depth + 1))
    return _node("BulletList", drawn)


def _tables(rows: Iterable[tuple[bool, list[list[dict]]]]) -> Iterator[dict]:
    """Rows, each with whether it is a header, as tables: a header begins another one."""
    tables: list[tuple[list, list]] = []
    for is_header, cells in rows:
        if not tables or (is_header and tables[-1][1]):
            tables.append(([], []))
        tables[-1][0 if is_header else 1].append(cells)
    for headers, body in tables:
        width = max(map(len, headers + body))
        columns = [[{"t": "AlignDefault"}, {"t": "ColWidthDefault"}]] * width
        head, body = (
            [[PLAIN, [_cell(cells[place] if place < len(cells) else []) for place in range(width)]] for cells in rows]
            for rows in (headers, body)
        )
        bodies = [[PLAIN, 0, [], body]]
        yield _node("Table", PLAIN, [None, []], columns, [PLAIN, head], bodies, [PLAIN, []])


def _cell(words: list[dict]) -> list:
    return [PLAIN, {"t": "AlignDefault"}, 1, 1, [_node("Plain", words)]]


def _heading(level: int, words: list[dict]) -> dict:
    return _node("Header", level, PLAIN, words)


def _meta(text: str) -> dict:
    return _node("MetaInlines", _words(text))


def _node(name: str, *content) -> dict:
    """A node of the tree: its name, and its content, of one part or several."""
    if not content:
        return {"t": name}
    return {"t": name, "c": content[0] if len(content) == 1 else content}


# ── The forms it may take ────────────────────────────────────────────────────────────────────────────────────────────

EXPORTS = {
    "csv": (spreadsheets.CSV, as_csv),
    "xlsx": (spreadsheets.XLSX, as_xlsx),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", as_docx),
}
"""By extension: the type of the file, and what gives its bytes."""
