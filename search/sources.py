"""Where documents come from: what each floor registered with the hook `register_search_source`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from wagtail import hooks

from .documents import SearchDocument, Source


def sources() -> dict[str, Source]:
    """The sources by name."""
    return {source.name: source for build in hooks.get_hooks("register_search_source") for source in [build()]}


def every_document() -> Iterator[SearchDocument]:
    """All that everyone may read now, source after source."""
    for source in sources().values():
        yield from source.documents()


def documents(keys: Iterable[str]) -> Iterator[SearchDocument]:
    """The documents of these keys that everyone may read now."""
    for source, ids in _by_source(keys):
        yield from source.documents(ids)


def latest(most: int) -> list[str]:
    """The keys of documents that everyone may read now, the last first, each source in its turn. One query each."""
    keys = [[f"{source.name}:{pk}" for pk in source.latest(most)] for source in sources().values()]
    return [key for turn in zip_longest(*keys) for key in turn if key][:most]


def public(keys: Iterable[str]) -> set[str]:
    """Which of these keys everyone may read now."""
    return {f"{source.name}:{pk}" for source, ids in _by_source(keys) for pk in source.public(ids)}


def _by_source(keys: Iterable[str]) -> list[tuple[Source, list[int]]]:
    known = sources()
    ids = defaultdict(list)
    for key in keys:
        name, _colon, pk = key.partition(":")
        if name in known and pk.isdecimal():
            ids[name].append(int(pk))
    return [(known[name], found) for name, found in ids.items()]
