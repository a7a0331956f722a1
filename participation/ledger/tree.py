"""The Merkle tree of RFC 9162, section 2.1: pure functions over hashes of 32 bytes.

A log keeps its *frontier*, the roots of the perfect subtrees that cover its entries, from the largest to the smallest:
a tree of 13 entries has three, of 8, 4 and 1 entries. Each entry that is added completes some larger ones; these are
stored, so that adding an entry or proving anything later reads a number of hashes that grows like the logarithm of the size.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

Subtree = tuple[int, int]
"""(level, index): the entries from index × 2^level, 2^level of them."""
Hashes = Callable[[Subtree], bytes]


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def grown(frontier: list[bytes], size: int, new: bytes) -> tuple[list[bytes], list[tuple[Subtree, bytes]]]:
    """The frontier once a leaf is added to a tree of `size` entries, and the subtrees it completes, of two entries or more."""
    frontier, completed = list(frontier), []
    level, index = 0, size
    while index & 1:
        new = parent(frontier.pop(), new)
        level, index = level + 1, index >> 1
        completed.append(((level, index), new))
    return [*frontier, new], completed


def root(frontier: list[bytes]) -> bytes:
    """The root of the tree whose frontier this is."""
    if not frontier:
        return EMPTY_ROOT
    *others, result = frontier
    for left in reversed(others):
        result = parent(left, result)
    return result


def root_of(start: int, end: int, hashes: Hashes) -> bytes:
    """The root of the subtree of the entries from `start` to `end`, excluded."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return hashes((level, start >> level))
    middle = start + _split(size)
    return parent(root_of(start, middle, hashes), root_of(middle, end, hashes))


def inclusion_path(seq: int, size: int, hashes: Hashes) -> list[bytes]:
    """What shows that the entry `seq` is in the tree of `size` entries (RFC 9162, 2.1.3.1), from the leaf up."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if seq < middle:
            path.append(root_of(middle, end, hashes))
            end = middle
        else:
            path.append(root_of(start, middle, hashes))
            start = middle
    return path[::-1]


def consistency_path(old: int, size: int, hashes: Hashes) -> list[bytes]:
    """What shows that the tree of `old` entries is the beginning of that of `size` entries (RFC 9162, 2.1.4.1)."""
    if not 0 < old < size:
        return []
    return list(_subproof(old, 0, size, True, hashes))


def root_by_inclusion(leaf_hash: bytes, seq: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2); None for a path of the wrong length."""
    if not 0 <= seq < size:
        return None
    index, last, result = seq, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            result = parent(sibling, result)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            result = parent(result, sibling)
        index, last = index >> 1, last >> 1
    return result if last == 0 else None


def _subproof(old: int, start: int, end: int, whole: bool, hashes: Hashes) -> Iterator[bytes]:
    if start + old == end:
        if not whole:
            yield root_of(start, end, hashes)
        return
    middle = _split(end - start)
    if old <= middle:
        yield from _subproof(old, start, start + middle, whole, hashes)
        yield root_of(start + middle, end, hashes)
    else:
        yield from _subproof(old - middle, start + middle, end, False, hashes)
        yield root_of(start, start + middle, hashes)


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
