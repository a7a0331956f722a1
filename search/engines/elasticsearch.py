"""Elasticsearch, for several machines. One index behind an alias; it holds words that are ready, split at spaces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from urllib.parse import urlsplit

import elasticsearch
from elasticsearch import helpers
from elasticsearch_dsl import Mapping, Q, Search

from ..documents import SearchDocument
from ..entries import AS_ASKED, AS_TYPED, EXACT_TITLE, IN_ORDER, SYNONYM, TIE_BREAKER, WEIGHTS, Entry
from ..query import Answer, Query, Sort
from ..questions import Term
from . import EngineDown, fingerprint

MOST_VALUES = 5000
"""Values of a facet that are counted."""
BM25 = 2.2
"""What the weight of a word lacks beside Tantivy's: Lucene leaves the factor k1 + 1 of BM25 out."""
MOST_RESULTS = 1_000_000
"""How far one may leaf through."""
SECONDS = 5
"""How long a visitor waits for an answer."""
SECONDS_TO_WRITE = 60
REST = 10.0
"""Seconds that a server that did not answer is left alone, so that visitors do not wait for it one after the other."""

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
    for field in ("newest", "oldest"):
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
        if time.monotonic() < self._rests_until:
            raise EngineDown("The server did not answer a moment ago.")
        try:
            return method(self, *args, **kwargs)
        except (elasticsearch.ConnectionError, elasticsearch.ConnectionTimeout) as error:
            self._rests_until = time.monotonic() + REST
            raise EngineDown(str(error)) from error
        except (elasticsearch.ApiError, elasticsearch.TransportError, helpers.BulkIndexError) as error:
            raise EngineDown(str(error)) from error

    return wrapped


class Elasticsearch:
    """The cluster at `url` (https://user:password@host:9200/name); `name` begins the names of its indexes."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        name = parts.path.strip("/") or "placette"
        self.client = elasticsearch.Elasticsearch(
            parts._replace(path="").geturl(), request_timeout=SECONDS, max_retries=0, retry_on_timeout=False
        )
        self.alias = f"{name}-{fingerprint(elasticsearch.__versionstr__, __file__)}"
        self._written = 1
        self._rests_until = 0.0

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @_or_down
    def index(self, entries: Iterable[Entry], *, delete: Iterable[str] = ()) -> int:
        gone = [{"_op_type": "delete", "_id": key} for key in delete]
        count = self._bulk(self.alias, [*gone, *_actions(entries)], require_alias=True, refresh=True)
        self._written = time.time_ns()
        return count

    @_or_down
    def rebuild(self, entries: Iterable[Entry]) -> int:
        fresh = f"{self.alias}-{time.time_ns()}"
        self.client.indices.create(
            index=fresh,
            mappings=_mapping().to_dict(),
            # One shard: words are as rare for all documents, so scores compare.
            settings={"number_of_shards": 1, "auto_expand_replicas": "0-1", "max_result_window": MOST_RESULTS},
        )
        try:
            count = self._bulk(fresh, _actions(entries))
        except BaseException:
            self.client.indices.delete(index=fresh)
            raise
        self.client.indices.refresh(index=fresh)
        old = [name for name in self._indexes() if name != fresh]
        self.client.indices.update_aliases(
            actions=[
                {"add": {"index": fresh, "alias": self.alias}},
                *({"remove_index": {"index": name}} for name in old),
            ]
        )
        self._written = time.time_ns()
        return count

    @_or_down
    def clear(self) -> None:
        for name in self._indexes():
            self.client.indices.delete(index=name)

    def stamp(self) -> int:
        try:
            return self._written if self._exists() else 0
        except EngineDown:
            return 0

    @_or_down
    def _exists(self) -> bool:
        return bool(self.client.indices.exists_alias(name=self.alias))

    def _indexes(self) -> list[str]:
        return list(self.client.indices.get(index=f"{self.alias}-*", expand_wildcards="all"))

    def _bulk(self, index: str, actions: Iterable[dict], **options) -> int:
        """Write; return how many documents came in. To delete what is not there is no error."""
        client = self.client.options(request_timeout=SECONDS_TO_WRITE)
        count = 0
        for done, result in helpers.streaming_bulk(client, actions, index=index, raise_on_error=False, **options):
            action, outcome = next(iter(result.items()))
            if not done and not (action == "delete" and outcome["status"] == 404):
                raise EngineDown(str(outcome))
            count += action == "index"
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
                filter=[_any_of(facet, values) for facet, values in query.scope.items()],
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
