"""Elasticsearch, for several machines. One index behind an alias; it holds words that are ready, split at spaces.

Visitors and editors do not wait for a server that is ill: they are told `EngineDown` within `SEARCH_SECONDS`, then at once (see
`breaker`). The worker is patient: it tries again, a bounded number of times, longer and longer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import wraps
from itertools import chain
from urllib.parse import urlsplit

import elasticsearch
from elasticsearch import helpers
from elasticsearch_dsl import Mapping, Q, Search

from ..documents import SearchDocument
from ..entries import AS_ASKED, AS_TYPED, EXACT_TITLE, IN_ORDER, SYNONYM, TIE_BREAKER, WEIGHTS, Entry
from ..query import Answer, Query, Sort
from ..questions import Term
from . import EngineDown, fingerprint
from .breaker import Breaker, Failed, LeftAlone

logger = logging.getLogger(__name__)

MOST_VALUES = 5000
"""Values of a facet that are counted."""
BM25 = 2.2
"""What the weight of a word lacks beside Tantivy's: Lucene leaves the factor k1 + 1 of BM25 out."""
MOST_RESULTS = 1_000_000
"""How far one may leaf through."""
PATIENT_SECONDS = 20
"""How long the worker waits for an answer."""
TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
"""Seconds before the worker sends again what a busy server refused: each time twice as long, eight in all."""
BUSY = (429, 502, 503, 504)
"""Answers of a server, or of what stands before it, that has too much to do or is not ready."""
REFUSED = 400
"""The answer to a document that it will never take."""
AT_ONCE = 200
"""Documents sent together, and bytes:"""
BYTES_AT_ONCE = 5_000_000
STAMP = "*"
"""The id of what is no document: the time of the last write, written with it. A copy that was restored has an older one."""

SORTS = {
    Sort.NEWEST: ["-newest"],
    Sort.OLDEST: ["oldest"],
    Sort.TITLE: ["alphabetical"],
    Sort.RELEVANCE: ["_score", "-newest"],
}


def _mapping() -> Mapping:
    mapping = Mapping()
    for field in (*WEIGHTS, "names"):
        mapping.field(field, "text", analyzer="whitespace")
    for field in ("exact", "plain", "alphabetical"):
        mapping.field(field, "keyword")
    for field in ("newest", "oldest", "stamp"):
        mapping.field(field, "long")
    mapping.field("facets", "object")
    mapping.field("document", "keyword", index=False, doc_values=False)
    # A facet that a higher floor adds needs no new mapping.
    mapping.meta("dynamic_templates", [{"facets": {"path_match": "facets.*", "mapping": {"type": "keyword"}}}])
    return mapping


def _or_down(method: Callable) -> Callable:
    """What the server refuses or does not answer, told as `EngineDown`."""

    @wraps(method)
    def wrapped(self, *args, **kwargs):
        try:
            with self._breaker.asking():
                try:
                    return method(self, *args, **kwargs)
                except (elasticsearch.ApiError, elasticsearch.TransportError) as error:
                    if _is_ill(error):
                        raise Failed from error
                    refusal = error
                except (AttributeError, KeyError) as error:
                    # What answers is not Elasticsearch.
                    raise Failed from error
        except LeftAlone as error:
            raise EngineDown("The server did not answer a moment ago.") from error
        except Failed as error:
            raise EngineDown(str(error.__cause__)) from error
        raise EngineDown(str(refusal)) from refusal

    return wrapped


def _is_ill(error: elasticsearch.ApiError | elasticsearch.TransportError) -> bool:
    """Whether it is the server that is ill. One that is well may refuse: an index is not there, say."""
    refuses = isinstance(error, elasticsearch.ApiError) and not isinstance(error, elasticsearch.UnsupportedProductError)
    return not refuses or error.status_code in BUSY


class Elasticsearch:
    """The cluster at `url` (https://user:password@host:9200/name); `name` begins the names of its indexes.

    `seconds` is how long a visitor waits for one answer.
    """

    def __init__(self, url: str, *, seconds: float = 0.5):
        parts = urlsplit(url)
        name = parts.path.strip("/") or "placette"
        self.client = elasticsearch.Elasticsearch(
            parts._replace(path="").geturl(), request_timeout=seconds, max_retries=0, retry_on_timeout=False
        )
        self.patient_client = self.client.options(request_timeout=PATIENT_SECONDS)
        self.alias = f"{name}-{fingerprint(elasticsearch.__versionstr__, __file__)}"
        self._breaker = Breaker()

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @_or_down
    def index(self, entries: Iterable[Entry], *, delete: Iterable[str] = (), patient: bool = False) -> int:
        gone = [{"_op_type": "delete", "_id": key} for key in delete]
        return self._bulk(self.alias, [*gone, *_actions(entries)], patient=patient, require_alias=True, refresh=True)

    @_or_down
    def rebuild(self, entries: Iterable[Entry]) -> int:
        indices = self.patient_client.indices
        fresh = f"{self.alias}-{time.time_ns()}"
        indices.create(
            index=fresh,
            mappings=_mapping().to_dict(),
            # One shard: words are as rare for all documents, so scores compare.
            settings={"number_of_shards": 1, "auto_expand_replicas": "0-1", "max_result_window": MOST_RESULTS},
        )
        try:
            count = self._bulk(fresh, _actions(entries), patient=True)
            indices.refresh(index=fresh)
            old = [name for name in self._indexes() if name != fresh]
            indices.update_aliases(
                actions=[
                    {"add": {"index": fresh, "alias": self.alias}},
                    *({"remove_index": {"index": name}} for name in old),
                ]
            )
        except BaseException:
            # When the server is gone, the next rebuild removes it.
            with suppress(elasticsearch.ApiError, elasticsearch.TransportError):
                self.client.indices.delete(index=fresh)
            raise
        return count

    @_or_down
    def clear(self) -> None:
        for name in self._indexes():
            self.patient_client.indices.delete(index=name)

    @_or_down
    def stamp(self) -> int:
        try:
            return self.client.get(index=self.alias, id=STAMP)["_source"]["stamp"]
        except elasticsearch.NotFoundError:
            return 0

    def _indexes(self) -> list[str]:
        return list(self.patient_client.indices.get(index=f"{self.alias}-*", expand_wildcards="all"))

    def _bulk(self, index: str, actions: Iterable[dict], *, patient: bool, **options) -> int:
        """Write, and the stamp with it; return how many documents came in. To delete what is not there is no error."""
        # A write that was given up and arrives late does not replace a later one.
        version = {"version": time.time_ns(), "version_type": "external_gte"}
        stamp = {"_op_type": "index", "_id": STAMP, "_source": {"stamp": version["version"]}}
        count = 0
        for done, result in helpers.streaming_bulk(
            self.patient_client if patient else self.client,
            ({**action, **version} for action in chain(actions, [stamp])),
            index=index,
            chunk_size=AT_ONCE,
            max_chunk_bytes=BYTES_AT_ONCE,
            max_retries=TRIES - 1 if patient else 0,
            initial_backoff=FIRST_PAUSE,
            max_backoff=LONGEST_PAUSE,
            retry_on_status=BUSY,
            raise_on_error=False,
            **options,
        ):
            action, outcome = next(iter(result.items()))
            if outcome["status"] == REFUSED:
                logger.error("The search server refuses %s: %s", outcome["_id"], outcome["error"])
            elif outcome["status"] in BUSY:
                raise Failed from EngineDown(str(outcome))
            elif not done and not (action == "delete" and outcome["status"] == 404):
                raise EngineDown(str(outcome))
            count += done and action == "index" and outcome["_id"] != STAMP
        return count

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @_or_down
    def search(self, query: Query) -> Answer:
        search = self._search(query, _words(query), should=_bonuses(query))
        # What people chose filters the hits only: each facet is counted without its own choice.
        search = search.post_filter(_all_of(query.filters.items()))
        for number, (left_out, names) in enumerate(query.rounds_of_counts()):
            others = [(name, values) for name, values in query.filters.items() if name != left_out]
            counted = search.aggs.bucket(f"round {number}", "filter", _all_of(others))
            for name in names:
                counted.bucket(name, "terms", field=f"facets.{name}", size=MOST_VALUES)
        response = search.sort(*SORTS[query.sort])[query.start : query.start + query.size].execute()
        return Answer(
            total=response.hits.total.value,
            documents=_documents(response),
            counts={
                name: {
                    bucket.key: bucket.doc_count for bucket in response.aggregations[f"round {number}"][name].buckets
                }
                for number, (_left_out, names) in enumerate(query.rounds_of_counts())
                for name in names
            },
        )

    @_or_down
    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        wanted = list(words)
        if not wanted:
            return {}
        search = Search(using=self.client, index=self.alias)[:0]
        search.aggs.bucket("words", "terms", field="plain", include=wanted, size=len(wanted))
        return {bucket.key: bucket.doc_count for bucket in search.execute().aggregations.words.buckets}

    @_or_down
    def suggest(self, beginnings: list[str], query: Query) -> list[SearchDocument]:
        words = [Q("prefix", names=beginning) for beginning in beginnings]
        search = self._search(query, words).sort("-newest")[: query.size]
        return _documents(search.execute())

    def _search(self, query: Query, words: list, should: Iterable = ()) -> Search:
        return (
            Search(using=self.client, index=self.alias)
            .source(["document"])
            .extra(track_total_hits=True)
            .query(
                "bool",
                must=words or [Q("match_all")],
                should=list(should),
                # The stamp is no document.
                filter=[Q("exists", field="newest"), *(_any_of(*condition) for condition in query.scope.items())],
                must_not=[
                    *([Q("ids", values=sorted(query.without))] if query.without else []),
                    *(_in_a_field(part) for part in query.excluded),
                ],
            )
        )


def _actions(entries: Iterable[Entry]) -> Iterator[dict]:
    for entry in entries:
        source = {
            field: getattr(entry, field)
            for field in (*WEIGHTS, "names", "newest", "oldest", "alphabetical", "document")
        }
        source |= {"exact": entry.title, "plain": entry.plain.split(), "facets": dict(entry.facets)}
        yield {"_op_type": "index", "_id": entry.key, "_source": source}


def _documents(response) -> list[SearchDocument]:
    return [SearchDocument.from_json(hit.document) for hit in response.hits]


def _words(query: Query) -> list:
    """What must be found."""
    return [_term(term) for term in query.terms]


def _term(term: Term):
    parts = [_in_a_field(part) for part in term.parts]
    if not term.synonyms:
        return Q("bool", must=parts)
    others = [
        Q("constant_score", filter=_side_by_side(field, synonym), boost=weight)
        for synonym in term.synonyms
        for field, weight in SYNONYM.items()
    ]
    as_asked = Q("bool", must=parts, should=[Q("constant_score", filter=Q("match_all"), boost=AS_ASKED)])
    return Q("bool", should=[as_asked, Q("dis_max", queries=others)])


def _in_a_field(part: str):
    """It must be in one of the fields, and counts by the best of them."""
    queries = [_side_by_side(field, part, boost=weight * BM25) for field, weight in WEIGHTS.items()]
    return Q("dis_max", queries=queries, tie_breaker=TIE_BREAKER)


def _side_by_side(field: str, part: str, *, boost: float = 1.0):
    if " " in part:
        return Q("match_phrase", **{field: {"query": part, "boost": boost}})
    return Q("term", **{field: {"value": part, "boost": boost}})


def _bonuses(query: Query) -> list:
    """What brings a document up: see the weights in `search.entries`."""
    if not query.stems:
        return []
    text = " ".join(query.stems)
    bonuses = [Q("term", exact={"value": text, "boost": EXACT_TITLE * BM25})]
    if len(query.stems) > 1:
        bonuses += [_side_by_side(field, text, boost=weight * BM25) for field, weight in IN_ORDER.items()]
    bonuses += [
        Q("constant_score", filter=Q("term", **{field: word}), boost=weight)
        for word in query.plain_words
        for field, weight in AS_TYPED.items()
    ]
    return bonuses


def _all_of(conditions: Iterable[tuple[str, tuple[str, ...]]]):
    return Q("bool", filter=[_any_of(facet, values) for facet, values in conditions])


def _any_of(facet: str, values: tuple[str, ...]):
    return Q("terms", **{f"facets.{facet}": list(values)})
