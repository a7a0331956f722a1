"""A file → passages. pandoc tells what is a heading, a list, a table; here these become words that can be remarked on.

The file is not ours: it is looked at before pandoc sees it (`packages`), and pandoc runs apart, without network or
files, for a limited time and in limited memory. Whatever the bytes are, the answer is a `Reading` or an `Unreadable`.
"""

from __future__ import annotations

import json
import math
import os
import re
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from pathlib import PurePath
from threading import Timer

import pypandoc
from django.utils.translation import gettext as _

from ..passages import (
    MAX_FILE,
    MAX_LENGTH,
    MAX_PASSAGES,
    Kind,
    Unreadable,
    Words,
    beginning,
    is_article,
    picture,
    tidy,
)
from . import packages
from .numerals import letters, roman

__all__ = [
    "MAX_FILE",
    "MAX_LENGTH",
    "MAX_PASSAGES",
    "Reading",
    "Unreadable",
    "Words",
    "read_document",
    "read_typed",
    "words_of",
]

SECONDS = 60
MEMORY = "1G"
MOST_JSON = 16 * 1024 * 1024
"""Bytes that pandoc may answer: four times what 200 pages make."""
MOST_COLUMNS = 250
"""Of a table; a cell can claim millions."""
MOST_NAMED = 5
"""Passages named in a refusal: more are counted."""

MARKDOWN = "commonmark+pipe_tables+footnotes+definition_lists+fancy_lists+strikeout"
FORMATS = {
    ".docx": "docx",
    ".odt": "odt",
    ".html": "html",
    ".htm": "html",
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
}

# The memory of its runtime is the one limit that pandoc lets its caller set; reaching it ends pandoc with this code.
HEAP_EXHAUSTED = 251

SUPERSCRIPT = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
SUBSCRIPT = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")

# What a browser takes for anything but text, up to its end tag or, without one, to the end of the file.
UNSEEN_HTML = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|title|textarea|iframe|noscript|template)(?=[\s/>]).*?(?:</\1(?=[\s/>])[^>]*>?|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# Where there is one, pandoc reads nothing else.
MAIN_PART = re.compile(r"<main[\s>]|\srole=[\"']?main\b", re.IGNORECASE)
TAG = re.compile(r"</?([a-z][a-z0-9]*)\b[^<>]*>|<[!?][^<>]*>", re.IGNORECASE)
TAGS_IN_A_LINE = set(
    "a abbr b bdi bdo big cite code data del dfn em font i img input ins kbd label mark q s samp small span strike strong "
    "sub sup time tt u var wbr".split()
)
TAGS_BETWEEN_LINES = set(
    "address article aside blockquote body br button caption center col colgroup dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li link main menu meta nav object ol "
    "option p picture pre section select source summary svg table tbody td tfoot th thead tr ul video".split()
)


@dataclass(frozen=True)
class Reading:
    """A document's passages in their order, and sentences on what is not in them as it was in the document."""

    passages: list[Words]
    notices: list[str]


def read_document(name: str, data: bytes) -> Reading:
    """The passages of a file: DOCX, ODT, HTML or Markdown, as its name and its content both say. Raises Unreadable."""
    if len(data) > MAX_FILE:
        raise Unreadable(_("The file is too large: %(limit)d MB at most.") % {"limit": MAX_FILE // (1024 * 1024)})
    if not data.strip():
        raise Unreadable(_("The file is empty."))
    source = _format_of(name, data)
    if source == "docx":
        return _read(packages.open_docx(data), source)
    if source == "odt":
        return _read(packages.open_odt(data), source)
    text, notices = _decoded(data), []
    if source == "html":
        text = UNSEEN_HTML.sub(" ", text)
        if MAIN_PART.search(text):
            notices.append(_("The page says which part of it is the main one: nothing else of it is read."))
    return _read(packages.Opened(text.encode(), notices), source)


def read_typed(text: str) -> Reading:
    """The passages of a text typed in a form: CommonMark, with pipe tables. Raises Unreadable."""
    if not text.strip():
        raise Unreadable(_("There is no text."))
    # What a form may send and UTF-8 may not hold: halves of characters.
    return _read(packages.Opened(text.encode(errors="replace"), []), MARKDOWN)


def words_of(data: bytes) -> str:
    """All that a DOCX or an ODT says, whatever its length, a passage a line: for whom looks for a word. Raises Unreadable."""
    content = packages.content_of(data)
    opened = packages.open_docx(data) if content == "docx" else packages.open_odt(data)
    return "\n".join(words.text for words in _walked(opened, content).passages)


def _read(opened: packages.Opened, source: str) -> Reading:
    document = _walked(opened, source)
    _check(document.passages, document.pictures)
    return Reading(document.passages, opened.notices + document.notices())


@packages.not_too_deep()
def _walked(opened: packages.Opened, source: str) -> _Document:
    document = _Document(opened.pictures)
    document.read(json.loads(_pandoc(opened.data, source)), titled=source == "docx")
    return document


def _check(passages: list[Words], pictures: int) -> None:
    """Raises Unreadable unless there are passages, not too many of them, and none too long."""
    if not passages and pictures:
        raise Unreadable(
            _(
                "This document holds pictures and no text. If it was scanned, its text must be recognised first: choose "
                "a document in which the text can be selected."
            )
        )
    if not passages:
        raise Unreadable(_("This document holds no text."))
    refusals = []
    if len(passages) > MAX_PASSAGES:
        refusals.append(
            _(
                "This document makes %(count)d passages (headings, paragraphs, list items, table rows), %(limit)d at "
                "most: cut it into several documents."
            )
            % {"count": len(passages), "limit": MAX_PASSAGES}
        )
    long = [passage for passage in passages if len(passage.text) > MAX_LENGTH]
    refusals += [
        _(
            "The passage that begins with “%(beginning)s” has %(length)d characters, %(limit)d at most: cut it into "
            "several paragraphs."
        )
        % {"beginning": beginning(passage.text), "length": len(passage.text), "limit": MAX_LENGTH}
        for passage in long[:MOST_NAMED]
    ]
    if len(long) > MOST_NAMED:
        refusals.append(_("Other passages that are too long: %(count)d.") % {"count": len(long) - MOST_NAMED})
    if refusals:
        raise Unreadable(refusals)


# ── What the file is ─────────────────────────────────────────────────────────────────────────────────────────────────


def _format_of(name: str, data: bytes) -> str:
    """The format that pandoc reads it in. Raises Unreadable unless the content is what the name says."""
    extension = PurePath(name).suffix.lower()
    content = _content_of(data)
    if advice := _advice(content):
        raise Unreadable(advice)
    if extension not in FORMATS:
        raise Unreadable(
            _(
                "“%(name)s” is not read here: choose a DOCX, ODT, HTML or Markdown document (a name that ends with "
                ".docx, .odt, .html or .md)."
            )
            % {"name": beginning(name)}
        )
    source = FORMATS[extension]
    if content in ("docx", "odt") and content != source:
        raise Unreadable(
            _("The content of this file is %(format)s, not what its name says: rename it to end with .%(end)s.")
            % {"format": content.upper(), "end": content}
        )
    if content in ("html", "text") and source in ("docx", "odt"):
        raise Unreadable(
            _(
                "The content of this file is plain text, not %(format)s: rename it to end with .md, or with "
                ".html if it is a web page."
            )
            % {"format": source.upper()}
        )
    if content == "html" and source == MARKDOWN:
        raise Unreadable(_("The content of this file is a web page, not Markdown: rename it to end with .html."))
    return source


def _content_of(data: bytes) -> str:
    """What the bytes are, whatever the name: "docx", "odt", "html", "text", or something of which `_advice` is told."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return packages.content_of(data)
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "old office"
    if data.startswith(b"{\\rtf"):
        return "rtf"
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")) or data[4:12] == b"ftypheic":
        return "picture"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "picture"
    start = _decoded(data).lstrip()[:200].lower()
    return "html" if start.startswith(("<!doctype html", "<html", "<?xml")) else "text"


def _advice(content: str) -> str | None:
    """What to do about a content that is not read here."""
    return {
        "pdf": _(
            "This is a PDF, which does not say what is a heading or a paragraph: choose the document it was made from, "
            "in DOCX, ODT, HTML or Markdown."
        ),
        "old office": _(
            "This document is protected by a password, or in an old format (.doc, .xls): open it in your word processor, "
            "take the password off, and save it as .docx or .odt."
        ),
        "rtf": _("This is an RTF document: open it in your word processor, and save it as .docx or .odt."),
        "picture": _("This is a picture: choose a document in which the text can be selected."),
        "spreadsheet": _("This is a spreadsheet: copy its table into a text document, and choose that document."),
        "slides": _("These are slides: copy their text into a text document, and choose that document."),
        "archive": _("This compressed file is not a text document: unpack it, and choose the document it holds."),
    }.get(content)


def _decoded(data: bytes) -> str:
    """The text in these bytes: UTF-8, UTF-16 that says so, or else Windows-1252. Raises Unreadable if they are none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    unreadable = len(re.findall("[\x01-\x08\x0e-\x1f\x7f\ufffd]", text))
    if "\0" in text or unreadable > len(text) / 100:
        raise Unreadable(_("The content of this file is not text: choose a DOCX, ODT, HTML or Markdown document."))
    return text


# ── pandoc ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pandoc(data: bytes, source: str) -> bytes:
    """The document as pandoc's JSON. Raises Unreadable."""
    command = [
        pypandoc.get_pandoc_path(),
        *["+RTS", f"-M{MEMORY}", "-RTS"],
        *["--sandbox", "--quiet", f"--from={source}", "--to=json", "--track-changes=accept"],
    ]
    # No address of a proxy, no folder of the account: pandoc is told nothing but where programs are.
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        with subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings, cwd="/"
        ) as process:
            # Should this process be stopped first, pandoc still ends. (Not every system can say so.)
            with suppress(AttributeError, OSError):
                seconds = math.ceil(SECONDS)
                resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))
            # Once killed it closes its end of the pipe, and the reading ends.
            timer = Timer(SECONDS, process.kill)
            timer.start()
            try:
                answer = process.stdout.read(MOST_JSON + 1)
                if len(answer) > MOST_JSON:
                    process.kill()
                code = process.wait()
            finally:
                timer.cancel()
    if len(answer) > MOST_JSON or code < 0 or code == HEAP_EXHAUSTED:
        raise Unreadable(
            _("This document is too long, or too complex, to be read at once: cut it into several documents.")
        )
    if code:
        raise Unreadable(packages.damaged())
    return answer


# ── Passages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Document:
    """What pandoc read, walked once from its beginning to its end."""

    def __init__(self, pictures: int):
        self.passages: list[Words] = []
        self.footnotes: list[list] = []
        """Each a list of blocks."""
        self.pictures = pictures
        self.struck = 0
        self.tags = 0
        self.caption = ""

    def read(self, document: dict, *, titled: bool) -> None:
        """`titled`: its metadata are words of its first page, as they are in DOCX; a web page's are not."""
        if titled:
            for key in ("title", "subtitle", "author", "date", "abstract"):
                for text in self._texts_of_metadata(document["meta"].get(key)):
                    self._add(Kind.HEADING if key == "title" else Kind.PARAGRAPH, text, 1 if key == "title" else 0)
        self._blocks(document["blocks"])
        texts = []
        # A footnote may hold another, which is then added to these.
        for footnote in self.footnotes:
            texts.append("\n".join(self._texts(footnote)))
        if texts:
            self._add(Kind.HEADING, _("Notes"), 1)
        for number, text in enumerate(texts, start=1):
            self._add(Kind.PARAGRAPH, f"[{number}] {text}")

    def notices(self) -> list[str]:
        notices = []
        if self.pictures:
            notices.append(
                _(
                    "Pictures are left out (%(count)d): what they show must be said in words. A picture’s alternative "
                    "text, if it has one, is in its place."
                )
                % {"count": self.pictures}
            )
        if self.footnotes:
            notices.append(
                _("Footnotes are placed at the end (%(count)d), under the heading “Notes”.")
                % {"count": len(self.footnotes)}
            )
        if self.struck:
            notices.append(
                _(
                    "Words that are struck through are kept as ordinary words (%(count)d): take them out of the document "
                    "if they are no longer part of it."
                )
                % {"count": self.struck}
            )
        if self.tags:
            notices.append(
                _("HTML tags and comments in the text are left out (%(count)d); the words between tags are kept.")
                % {"count": self.tags}
            )
        return notices

    def _add(self, kind: str, text: str, level: int = 0) -> None:
        if text := tidy(text):
            self.passages.append(Words(str(kind), text, level))

    def _paragraph(self, text: str) -> None:
        text = tidy(text)
        self._add(Kind.ARTICLE if is_article(text, heading=False) else Kind.PARAGRAPH, text)

    def _texts_of_metadata(self, value: dict | None) -> list[str]:
        match value:
            case {"t": "MetaInlines", "c": content}:
                return [self._line(content)]
            case {"t": "MetaBlocks", "c": content}:
                return self._texts(content)
            case {"t": "MetaString", "c": content}:
                return [content]
            case {"t": "MetaList", "c": content}:
                return [text for part in content for text in self._texts_of_metadata(part)]
        return []

    # Blocks

    def _texts(self, blocks: list) -> list[str]:
        """The texts of the passages these blocks would make, kept apart: a cell's, a footnote's."""
        passages, self.passages = self.passages, []
        self._blocks(blocks)
        texts, self.passages = [passage.text for passage in self.passages], passages
        return texts

    def _blocks(self, blocks: list, depth: int = 0) -> None:
        """`depth`: how many lists these blocks are in."""
        for block in self._flat(blocks):
            if (text := self._text(block)) is not None:
                self._paragraph(text)
            else:
                self._structure(block, depth)

    def _flat(self, blocks: list) -> Iterator[dict]:
        """These blocks without the frames around them: quotations, divisions, figures."""
        for block in blocks:
            match block:
                case {"t": "BlockQuote", "c": content} | {"t": "Div", "c": [_, content]}:
                    yield from self._flat(content)
                case {"t": "Figure", "c": [_, [_, caption], content]}:
                    # pandoc may say the caption once more as what is said of the picture.
                    captions = self._texts(caption)
                    self.caption = " ".join(captions)
                    yield from self._flat(content)
                    self.caption = ""
                    yield from ({"t": "Para", "c": [{"t": "Str", "c": text}]} for text in captions)
                case {"t": "CodeBlock", "c": [_, content]}:
                    for part in re.split(r"\n\s*\n", content):
                        yield {"t": "LineBlock", "c": [[{"t": "Str", "c": line}] for line in part.split("\n")]}
                case _:
                    yield block

    def _text(self, block: dict) -> str | None:
        """The text of a block that holds nothing else."""
        match block:
            case {"t": "Plain" | "Para", "c": content}:
                return self._line(content)
            case {"t": "LineBlock", "c": lines}:
                return "\n".join(map(self._line, lines))
            case {"t": "RawBlock", "c": [_, source]}:
                return self._without_tags(source)
        return None

    def _structure(self, block: dict, depth: int) -> None:
        match block:
            case {"t": "Header", "c": [level, _, content]}:
                text = tidy(self._line(content))
                kind = Kind.ARTICLE if is_article(text, heading=True) else Kind.HEADING
                self._add(kind, text, min(max(level, 1), 6))
            case {"t": "BulletList", "c": items}:
                for item in items:
                    self._item("", item, depth + 1)
            case {"t": "OrderedList", "c": [[start, style, delimiter], items]}:
                for number, item in enumerate(items, start=start):
                    self._item(_marker(number, style["t"], delimiter["t"]), item, depth + 1)
            case {"t": "DefinitionList", "c": entries}:
                for term, definitions in entries:
                    self._paragraph(self._line(term))
                    for definition in definitions:
                        self._blocks(definition, depth)
            case {"t": "Table", "c": [_, [_, caption], columns, [_, head], bodies, [_, foot]]}:
                if len(columns) > MOST_COLUMNS:
                    raise Unreadable(
                        _("A table has %(count)d columns, %(limit)d at most: cut it into several tables.")
                        % {"count": len(columns), "limit": MOST_COLUMNS}
                    )
                self._blocks(caption)
                self._rows(head, len(columns), level=1)
                for _attributes, _row_heads, body_head, rows in bodies:
                    self._rows(body_head, len(columns), level=1)
                    self._rows(rows, len(columns))
                self._rows(foot, len(columns))

    def _item(self, marker: str, blocks: list, depth: int) -> None:
        """An item's own text is one passage; what it holds besides (lists, tables) follows as it would elsewhere."""
        level, own = min(depth, 3), []

        def say():
            nonlocal marker
            if text := tidy("\n".join(own)):
                self._add(Kind.ITEM, f"{marker} {text}" if marker else text, level)
                marker = ""
            own.clear()

        for block in self._flat(blocks):
            if (text := self._text(block)) is not None:
                own.append(text)
            else:
                say()
                self._structure(block, depth)
        say()

    def _rows(self, rows: list, width: int, level: int = 0) -> None:
        """Cells keep their columns: where another cell spreads, there is nothing. So do none at the end of a row."""
        covered = [0] * width
        for _attributes, cells in rows:
            texts, cells = [], iter(cells)
            while len(texts) < width:
                column = len(texts)
                if covered[column]:
                    covered[column] -= 1
                    texts.append("")
                    continue
                _attributes, _alignment, height, breadth, blocks = next(cells, (None, None, 1, 1, []))
                breadth = min(breadth, width - column)
                covered[column : column + breadth] = [height - 1] * breadth
                texts += [self._cell(blocks), *[""] * (breadth - 1)]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                self.passages.append(Words(str(Kind.ROW), " | ".join(texts).strip(), level))

    def _cell(self, blocks: list) -> str:
        return " / ".join(self._texts(blocks)).replace("\n", " / ").replace("|", "¦")

    # Inside a line

    def _line(self, inlines: list) -> str:
        return "".join(self._pieces(inlines))

    def _pieces(self, inlines: list) -> Iterator[str]:
        unseen = ""
        for inline in inlines:
            if inline["t"] == "RawInline":
                source = inline["c"][1]
                if unseen:
                    unseen = "" if source.lower().startswith(f"</{unseen}") else unseen
                elif match := re.match(r"<(script|style)\b", source, re.IGNORECASE):
                    self.tags += 1
                    unseen = match[1].lower()
                else:
                    yield self._without_tags(source)
            elif not unseen:
                yield self._piece(inline)

    def _piece(self, inline: dict) -> str:
        match inline:
            case {"t": "Str", "c": text}:
                return text
            case {"t": "Space" | "SoftBreak"}:
                return " "
            case {"t": "LineBreak"}:
                return "\n"
            case {"t": "Emph" | "Strong" | "Underline" | "SmallCaps", "c": content}:
                return self._line(content)
            case {"t": "Span" | "Cite", "c": [_, content]}:
                return self._line(content)
            case {"t": "Strikeout", "c": content}:
                self.struck += 1
                return self._line(content)
            case {"t": "Superscript", "c": content}:
                return _raised(self._line(content), SUPERSCRIPT)
            case {"t": "Subscript", "c": content}:
                return _raised(self._line(content), SUBSCRIPT)
            case {"t": "Quoted", "c": [_, content]}:
                return _quoted(self._line(content))
            case {"t": "Code" | "Math", "c": [_, text]}:
                return text
            case {"t": "Link", "c": [_, content, [address, _]]}:
                return _linked(self._line(content), address)
            case {"t": "Image", "c": [_, content, _]}:
                self.pictures += 1
                alt = self._line(content)
                return "" if tidy(alt) == self.caption else picture(alt)
            case {"t": "Note", "c": blocks}:
                self.footnotes.append(blocks)
                return f"[{len(self.footnotes)}]"
        return ""

    def _without_tags(self, source: str) -> str:
        """HTML inside Markdown, as words. What only looks like a tag, « <nom du projet> », is words as well."""

        def words(tag: re.Match) -> str:
            name = (tag[1] or "").lower()
            if name and name not in TAGS_IN_A_LINE | TAGS_BETWEEN_LINES:
                return tag[0]
            self.tags += 1
            self.pictures += name == "img"
            return "\n" if name in TAGS_BETWEEN_LINES else ""

        seen, removed = UNSEEN_HTML.subn("", source)
        self.tags += removed
        return unescape(TAG.sub(words, seen))


def _marker(number: int, style: str, delimiter: str) -> str:
    text = str(number)
    if style.endswith("Alpha"):
        text = letters(number)
    elif style.endswith("Roman"):
        text = roman(number)
    if style.startswith("Upper"):
        text = text.upper()
    return {"OneParen": f"{text})", "TwoParens": f"({text})"}.get(delimiter, f"{text}.")


def _raised(text: str, signs: dict) -> str:
    """m², CO₂; letters (1er, Mme) stay on the line."""
    return text.translate(signs) if text and all(ord(sign) in signs for sign in text) else text


def _quoted(text: str) -> str:
    return _("“%(text)s”") % {"text": text}


def _linked(text: str, address: str) -> str:
    """The text of a link, then where it leads if that is outside of the document and not what the text says."""
    scheme, _colon, rest = address.partition(":")
    if scheme.lower() not in ("http", "https", "mailto") or not text.strip():
        return text
    shown = rest if scheme.lower() == "mailto" else address
    return text if _bare(text) == _bare(shown) else f"{text} ({shown})"


def _bare(address: str) -> str:
    """What people say of an address: neither its scheme nor its last stroke."""
    address = address.strip().lower().removeprefix("http://").removeprefix("https://")
    return address.removeprefix("mailto:").removeprefix("www.").removesuffix("/")
