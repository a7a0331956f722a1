"""The embedded engine: files in a folder, no server. One process writes at a time, all read."""

from __future__ import annotations

import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path

import tantivy
from tantivy import Occur, Order, SchemaBuilder
from tantivy import Query as Clause

from ..documents import SearchDocument
from ..entries import AS_ASKED, AS_TYPED, EXACT_TITLE, IN_ORDER, SYNONYM, TIE_BREAKER, WEIGHTS, Entry
from ..query import Answer, Query, Sort
from ..questions import Term
from . import EngineDown, fingerprint

logger = logging.getLogger(__name__)

MEMORY = 64_000_000
"""Bytes a writer may hold before it writes a segment."""
MOST_VALUES = 5000
"""Values of a facet that are counted: there are 106 communes, and Tantivy counts 10 unless told."""

MOST_KEPT = 200
"""Questions whose counts are kept: the whole list, and what people leaf through."""

MOMENTS = ("newest", "oldest")
SORTS = {
    Sort.NEWEST: ("newest", Order.Desc),
    Sort.OLDEST: ("oldest", Order.Asc),
    Sort.TITLE: ("alphabetical", Order.Asc),
}


def _schema() -> tantivy.Schema:
    builder = SchemaBuilder()
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    for field in WEIGHTS:
        builder.add_text_field(field, tokenizer_name="whitespace")
    builder.add_text_field("exact", tokenizer_name="raw", index_option="basic")
    for field in ("plain", "names"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="basic")
    # A facet that a higher floor adds needs no new schema.
    builder.add_json_field("facets", fast=True, tokenizer_name="raw", index_option="basic")
    for field in MOMENTS:
        builder.add_integer_field(field, fast=True)
    builder.add_text_field("alphabetical", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("document", stored=True)
    return builder.build()


def _or_down(method: Callable) -> Callable:
    """What goes wrong inside the engine, told as `EngineDown`: files that miss or are damaged, a disk that is full."""

    @wraps(method)
    def wrapped(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except (ValueError, OSError) as error:
            self._index = None
            if re.search("corrupt|open file", str(error)):
                # Without its stamp the index counts as never filled: the worker makes it again.
                self._stamp_file.unlink(missing_ok=True)
            raise EngineDown(str(error)) from error

    return wrapped


class Tantivy:
    """An index in `folder`; a new version of the library or of the schema begins another beside it."""

    def __init__(self, folder: Path):
        self.schema = _schema()
        self.folder = Path(folder) / f"tantivy-{fingerprint(tantivy.__version__, __file__)}"
        self._stamp_file = self.folder / "stamp"
        self._index: tantivy.Index | None = None
        self._read = (0, 0)
        self._counted: dict[tuple, dict[str, dict[str, int]]] = {}

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @_or_down
    def index(self, entries: Iterable[Entry], *, delete: Iterable[str] = (), patient: bool = False) -> int:
        if not self.stamp():
            raise EngineDown("The index was never filled.")
        return self._write(entries, delete)

    @_or_down
    def rebuild(self, entries: Iterable[Entry]) -> int:
        try:
            self._open()
        except ValueError:
            logger.exception("The index is damaged: it is thrown away and made again.")
            self.clear()
        count = self._write(entries, None)
        for old in self.folder.parent.glob("tantivy-*"):
            if old != self.folder:
                shutil.rmtree(old, ignore_errors=True)
        return count

    def _write(self, entries: Iterable[Entry], delete: Iterable[str] | None) -> int:
        """Write in one commit; `delete=None` deletes all that was there before."""
        writer = self._open().writer(MEMORY, 1)
        count = 0
        try:
            if delete is None:
                writer.delete_all_documents()
            for key in delete or ():
                writer.delete_documents_by_term("key", key)
            for entry in entries:
                count += 1
                if delete is not None:
                    writer.delete_documents_by_term("key", entry.key)
                writer.add_document(self._document(entry))
            writer.commit()
            # Otherwise every commit would leave its own small segment behind.
            writer.wait_merging_threads()
        finally:
            # What was not committed is forgotten; a traceback would keep the writer, and its lock, alive.
            del writer
        self._mark()
        return count

    def _document(self, entry: Entry) -> tantivy.Document:
        document = tantivy.Document()
        for field in ("key", *WEIGHTS, "plain", "names", "alphabetical"):
            document.add_text(field, getattr(entry, field))
        for field in MOMENTS:
            document.add_integer(field, getattr(entry, field))
        document.add_text("exact", entry.title)
        document.add_json("facets", dict(entry.facets))
        document.add_bytes("document", entry.document.encode())
        return document

    def clear(self) -> None:
        self._index = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def stamp(self) -> int:
        try:
            return os.stat(self._stamp_file).st_mtime_ns
        except FileNotFoundError:
            return 0

    def _mark(self) -> None:
        # Two commits within the clock's tick must differ.
        now = max(time.time_ns(), self.stamp() + 1)
        self._stamp_file.touch()
        os.utime(self._stamp_file, ns=(now, now))

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> tantivy.Index:
        if self._index is None or self._read[0] != os.getpid():
            # A process that was forked makes its own: threads do not follow.
            self.folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self.schema, path=str(self.folder))
            # Readers reload when the stamp moves; no thread watches the files.
            self._index.config_reader("manual")
            self._read = (os.getpid(), 0)
        return self._index

    def _searcher(self) -> tantivy.Searcher:
        now = self.stamp()
        if not now:
            raise EngineDown("The index was never filled.")
        if not tantivy.Index.exists(str(self.folder)):
            raise ValueError("Data corrupted: the list of files is gone.")
        index = self._open()
        if self._read[1] != now:
            index.reload()
            self._read = (os.getpid(), now)
        return index.searcher()

    @_or_down
    def search(self, query: Query) -> Answer:
        # Before the searcher is taken: another thread may reload the index at any time, what is counted is never older.
        stamp = self.stamp()
        searcher = self._searcher()
        words = [*self._words(query), *self._bonuses(query)]
        clause = self._all(words, query)
        if query.sort in SORTS:
            field, order = SORTS[query.sort]
            found = searcher.search(clause, query.size, offset=query.start, order_by_field=field, order=order)
            total, addresses = found.count, [address for _value, address in found.hits]
        else:
            total, addresses = self._most_relevant(searcher, clause, query)
        return Answer(
            total=total,
            documents=[self._read_document(searcher, address) for address in addresses],
            counts=self._kept_counts(searcher, words, query, stamp),
        )

    @staticmethod
    def _most_relevant(
        searcher: tantivy.Searcher, clause: Clause, query: Query
    ) -> tuple[int, list[tantivy.DocAddress]]:
        """How many match, and those of the page: among equals, which Tantivy leaves as they came in, the newest first."""
        end = query.start + query.size
        most = end + 1
        found = searcher.search(clause, most)
        while len(found.hits) == most and found.hits[-1][0] == found.hits[end - 1][0]:
            most *= 8
            found = searcher.search(clause, most)
        addresses = [address for _score, address in found.hits]
        newest = searcher.fast_field_values("newest", addresses)
        order = sorted(range(len(addresses)), key=lambda place: (-found.hits[place][0], -newest[place]))
        return found.count, [addresses[place] for place in order[query.start : end]]

    def _kept_counts(
        self, searcher: tantivy.Searcher, words: list, query: Query, stamp: int
    ) -> dict[str, dict[str, int]]:
        """The counts, which are the same on every page and in every order: those of the last questions, while the index is."""
        question = (stamp, repr(replace(query, page=1, sort=Sort.NEWEST)))
        kept = self._counted.get(question)
        if kept is None:
            if len(self._counted) >= MOST_KEPT:
                self._counted = {}
            kept = self._counted[question] = self._counts(searcher, words, query)
        return kept

    def _counts(self, searcher: tantivy.Searcher, words: list, query: Query) -> dict[str, dict[str, int]]:
        counts = {}
        for left_out, names in query.rounds_of_counts():
            wanted = {name: {"terms": {"field": f"facets.{name}", "size": MOST_VALUES}} for name in names}
            found = searcher.aggregate(self._all(words, query, but=left_out), wanted)
            counts |= {
                name: {bucket["key"]: bucket["doc_count"] for bucket in found[name]["buckets"]} for name in names
            }
        return counts

    @_or_down
    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        searcher = self._searcher()
        # What was deleted is counted among the terms until its segment is merged.
        held = (word for word in words if searcher.doc_freq("plain", word))
        counts = {word: searcher.search(Clause.term_query(self.schema, "plain", word), 1).count for word in held}
        return {word: count for word, count in counts.items() if count}

    @_or_down
    def suggest(self, beginnings: list[str], query: Query) -> list[SearchDocument]:
        searcher = self._searcher()
        words = [
            (Occur.Must, Clause.regex_query(self.schema, "names", f"{re.escape(beginning)}.*"))
            for beginning in beginnings
        ]
        found = searcher.search(self._all(words, query), query.size, order_by_field="newest", order=Order.Desc)
        return [self._read_document(searcher, address) for _order, address in found.hits]

    @staticmethod
    def _read_document(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> SearchDocument:
        return SearchDocument.from_json(bytes(searcher.doc(address).get_first("document")))

    # ── Clauses, from objects: what people type is never parsed ───────────────────────────────────────────────────────

    def _all(self, words: list[tuple[Occur, Clause]], query: Query, *, but: str = "") -> Clause:
        """The words and every condition."""
        conditions = [
            (Occur.Must, Clause.const_score_query(self._any_of(facet, values), 0.0))
            for facet, values in query.conditions(but=but)
        ]
        if query.without:
            conditions.append((Occur.MustNot, Clause.term_set_query(self.schema, "key", sorted(query.without))))
        return Clause.boolean_query([*words, *conditions])

    def _any_of(self, facet: str, values: Sequence[str]) -> Clause:
        return Clause.term_set_query(self.schema, f"facets.{facet}", list(values))

    def _words(self, query: Query) -> list[tuple[Occur, Clause]]:
        """What must be found, and what must not."""
        found = [(Occur.Must, self._term(term)) for term in query.terms] or [(Occur.Must, Clause.all_query())]
        return [*found, *((Occur.MustNot, self._in_a_field(part)) for part in query.excluded)]

    def _term(self, term: Term) -> Clause:
        parts = [(Occur.Must, self._in_a_field(part)) for part in term.parts]
        if not term.synonyms:
            return Clause.boolean_query(parts)
        parts.append((Occur.Should, Clause.const_score_query(Clause.all_query(), AS_ASKED)))
        others = [
            Clause.const_score_query(self._side_by_side(field, synonym), weight)
            for synonym in term.synonyms
            for field, weight in SYNONYM.items()
        ]
        either = [Clause.boolean_query(parts), Clause.disjunction_max_query(others)]
        return Clause.boolean_query([(Occur.Should, clause) for clause in either])

    def _in_a_field(self, part: str) -> Clause:
        """It must be in one of the fields, and counts by the best of them."""
        fields = [Clause.boost_query(self._side_by_side(field, part), weight) for field, weight in WEIGHTS.items()]
        return Clause.disjunction_max_query(fields, tie_breaker=TIE_BREAKER)

    def _side_by_side(self, field: str, part: str) -> Clause:
        stems = part.split()
        return (
            Clause.phrase_query(self.schema, field, stems)
            if len(stems) > 1
            else Clause.term_query(self.schema, field, part)
        )

    def _bonuses(self, query: Query) -> list[tuple[Occur, Clause]]:
        """What brings a document up: see the weights in `search.entries`."""
        stems = query.stems
        if not stems:
            return []
        exact = Clause.term_query(self.schema, "exact", " ".join(stems))
        bonuses = [Clause.boost_query(exact, EXACT_TITLE)]
        if len(stems) > 1:
            for field, weight in IN_ORDER.items():
                bonuses.append(Clause.boost_query(self._side_by_side(field, " ".join(stems)), weight))
        for word in query.plain_words:
            for field, weight in AS_TYPED.items():
                bonuses.append(Clause.const_score_query(Clause.term_query(self.schema, field, word), weight))
        return [(Occur.Should, bonus) for bonus in bonuses]
