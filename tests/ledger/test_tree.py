"""The Merkle tree, the canonical bytes and the signatures, against what others computed."""

import json
from base64 import b64encode
from hashlib import sha256

import pytest
import rfc8785

from participation.ledger import notes, sealing, tree
from participation.ledger.canonical import canonical

# The leaves and the roots of Certificate Transparency's own tests (RFC 6962 and 9162 hash alike).
LEAVES = [
    bytes.fromhex(text)
    for text in "|00|10|2021|3031|40414243|5051525354555657|606162636465666768696a6b6c6d6e6f".split("|")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown_tree(count: int) -> tuple[list[bytes], dict]:
    """A frontier of `count` leaves, and the hashes that were stored on the way."""
    frontier, stored = [], {}
    for number in range(count):
        leaf = tree.leaf(LEAVES[number] if number < len(LEAVES) else str(number).encode())
        stored[0, number] = leaf
        frontier, completed = tree.grown(frontier, number, leaf)
        stored |= dict(completed)
    return frontier, stored


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_of_certificate_transparency(count):
    assert tree.root(grown_tree(count)[0]).hex() == ROOTS[count - 1]


def test_an_empty_tree_has_the_hash_of_nothing():
    assert tree.root([]) == sha256(b"").digest()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 64, 100])
def test_each_entry_is_proved_at_each_size(size):
    frontier, stored = grown_tree(size)
    for seq in range(size):
        path = tree.inclusion_path(seq, size, stored.__getitem__)

        assert tree.root_by_inclusion(stored[0, seq], seq, size, path) == tree.root(frontier)
        assert tree.root_by_inclusion(tree.leaf(b"other"), seq, size, path) != tree.root(frontier)
        assert tree.root_by_inclusion(stored[0, seq], seq, size, [*path, b"0" * 32]) is None


def test_the_roots_of_earlier_sizes_are_found_again():
    _frontier, stored = grown_tree(100)
    for size in range(1, 101):
        assert tree.root_of(0, size, stored.__getitem__) == tree.root(grown_tree(size)[0])


def test_consistency_paths_are_those_of_the_rfcs_example():
    """RFC 9162, 2.1.5: the tree of 7 leaves."""
    _frontier, stored = grown_tree(7)
    get = stored.__getitem__
    c, d, g, h = stored[0, 2], stored[0, 3], stored[1, 0], stored[1, 1]
    j, k, l = stored[0, 6], stored[2, 0], tree.root_of(4, 7, get)  # noqa: E741 — the RFC's names

    assert tree.consistency_path(3, 7, get) == [c, d, g, l]
    assert tree.consistency_path(4, 7, get) == [l]
    assert tree.consistency_path(6, 7, get) == [stored[1, 2], j, k]
    assert tree.consistency_path(7, 7, get) == []
    assert h


@pytest.mark.parametrize(
    "value",
    [
        {"b": 1, "a": [True, None, 'é\n"\\\u0001'], "Z": {"y": -12, "x": "€ 👍 ’"}},
        {"choice": "blank", "seq": 2**53 - 1, "ts": "2026-11-22T14Z"},
        [],
    ],
)
def test_canonical_bytes_are_those_of_the_rfc8785_package(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [1.5, 2**53, {"é": 1}, "e\u0301", {1: 2}, {"a": {"b": float("nan")}}, b"bytes", {"a": {1}}]
)
def test_what_the_profile_does_not_hold_is_refused(value):
    with pytest.raises(ValueError, match=r"integer|ASCII|form C|neither"):
        canonical(value)


def test_a_checkpoint_says_what_was_signed_and_nothing_else():
    checkpoint = notes.Checkpoint("test.local/registre/essai", 3, sha256(b"x").digest())
    note = notes.sign(checkpoint)

    assert notes.read(note) == checkpoint
    assert notes.read(note.replace("\n3\n", "\n4\n")) is None
    assert notes.read(note.replace("essai", "autre")) is None
    assert notes.read(note.split("\n\n")[0]) is None
    assert notes.read("") is None
    assert note.startswith(f"test.local/registre/essai\n3\n{b64encode(checkpoint.root).decode()}\n\n— test.local/")


def test_tags_relate_neither_objects_nor_consultations_nor_acts():
    key, other_key, person = b"k" * 32, b"l" * 32, b"p" * 32
    tags = {
        sealing.author_tag(key, person),
        sealing.author_tag(other_key, person),
        sealing.vote_tag(key, "ballot:1", person),
        sealing.vote_tag(key, "ballot:2", person),
        sealing.vote_tag(key, "ballot:1", b"q" * 32),
    }

    assert len(tags) == 5
    assert all(len(tag) == 32 and tag == tag.lower() for tag in tags)


def test_a_commitment_is_that_of_one_field_one_salt_one_value():
    values = {
        sealing.commitment("body", b"s" * 32, "Un kiosque"),
        sealing.commitment("title", b"s" * 32, "Un kiosque"),
        sealing.commitment("body", b"t" * 32, "Un kiosque"),
        sealing.commitment("body", b"s" * 32, "Un kiosque !"),
    }

    assert len(values) == 4


def test_a_key_is_encrypted_where_it_is_stored():
    stored = sealing.new_key()

    assert len(sealing.opened(stored)) == 32
    assert sealing.opened(stored) not in stored
    assert json.dumps(stored.decode())
