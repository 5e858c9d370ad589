# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree: the published answers, the RFC's definitions, and what a changed proof may not pass."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.ledger.tree import (
    EMPTY_ROOT,
    Reader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    path_within,
    root,
    root_from_inclusion,
    root_over,
    verify_consistency,
    verify_inclusion,
)
from manifests.segment import root_of
from tests.ledger import rfc6962

ENTRIES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The roots over the first 0 to 8 of the entries that Certificate Transparency publishes for testing."""

INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
NUMBERED = [b"entry %d" % at for at in range(300)]

sizes = st.integers(1, 300)


def reader(entries: list[bytes]) -> Reader:
    return lambda level, index: rfc6962.subtree(entries, level, index)


def unhexed(hashes: list[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in hashes]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    entries = ENTRIES[:size]
    assert root(size, reader(entries)).hex() == ROOTS[size]
    assert root_over([leaf_hash(one) for one in entries]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_published_inclusion_proofs_come_out_and_hold(index: int, size: int, path: list[str]) -> None:
    assert inclusion_proof(index, size, reader(ENTRIES)) == unhexed(path)
    assert root_from_inclusion(index, size, leaf_hash(ENTRIES[index]), unhexed(path)) == bytes.fromhex(ROOTS[size])


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_the_published_consistency_proofs_come_out_and_hold(old: int, new: int, path: list[str]) -> None:
    assert consistency_proof(old, new, reader(ENTRIES)) == unhexed(path)
    assert verify_consistency(old, bytes.fromhex(ROOTS[old]), new, bytes.fromhex(ROOTS[new]), unhexed(path))


@pytest.mark.parametrize("size", [*range(1, 40), 64, 65, 100])
def test_every_path_of_a_tree_is_that_of_the_rfc_and_leads_to_its_root_only(size: int) -> None:
    entries = NUMBERED[:size]
    whole = rfc6962.mth(entries)
    for index, entry in enumerate(entries):
        path = inclusion_proof(index, size, reader(entries))
        assert path == rfc6962.path(index, entries)
        assert path_within(entries, index) == path
        assert verify_inclusion(index, size, leaf_hash(entry), path, whole)
        assert not verify_inclusion(index, size, leaf_hash(b"other"), path, whole)
        others = {at for at in range(size) if verify_inclusion(at, size, leaf_hash(entry), path, whole)}
        assert others == {index}


@given(sizes, sizes)
def test_a_tree_is_shown_within_every_larger_one(one: int, other: int) -> None:
    old, new = sorted((one, other))
    entries = NUMBERED[:new]
    path = consistency_proof(old, new, reader(entries))
    assert path == rfc6962.proof(old, entries)
    roots = rfc6962.mth(entries[:old]), rfc6962.mth(entries)
    assert verify_consistency(old, roots[0], new, roots[1], path)
    assert not verify_consistency(old, roots[0], new, roots[1], [*path, EMPTY_ROOT])
    assert not verify_consistency(old, leaf_hash(b"other"), new, roots[1], path)
    assert not verify_consistency(old, roots[0], new, leaf_hash(b"other"), path)
    if path:
        assert not verify_consistency(old, roots[0], new, roots[1], path[:-1])


def test_a_rewritten_past_is_in_no_larger_tree() -> None:
    changed = [*NUMBERED[:3], b"another entry 3", *NUMBERED[4:20]]
    for old in range(4, 20):
        path = consistency_proof(old, 20, reader(changed))
        assert not verify_consistency(old, rfc6962.mth(NUMBERED[:old]), 20, rfc6962.mth(changed), path)


def test_every_tree_grows_out_of_the_empty_one_without_a_proof() -> None:
    whole = rfc6962.mth(NUMBERED[:5])
    assert consistency_proof(0, 5, reader(NUMBERED)) == []
    assert verify_consistency(0, EMPTY_ROOT, 5, whole, [])
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert not verify_consistency(0, whole, 5, whole, [])
    assert not verify_consistency(0, EMPTY_ROOT, 5, whole, [whole])


def test_a_tree_never_shrinks_and_one_size_has_one_root() -> None:
    small, whole = rfc6962.mth(NUMBERED[:3]), rfc6962.mth(NUMBERED[:5])
    assert not verify_consistency(5, whole, 3, small, consistency_proof(3, 5, reader(NUMBERED)))
    assert not verify_consistency(5, whole, 5, small, [])
    assert not verify_consistency(5, whole, 5, whole, [whole])
    assert not verify_consistency(-1, whole, 5, whole, [])
    assert not verify_consistency(3, small, 5, whole, [])
    assert not verify_consistency(5, whole[:31], 5, whole[:31], [])


def test_a_consistency_proof_of_a_tree_of_another_depth_does_not_hold() -> None:
    roots = [rfc6962.mth(NUMBERED[:size]) for size in range(10)]
    one_to_two, one_to_four = (consistency_proof(1, new, reader(NUMBERED)) for new in (2, 4))
    assert verify_consistency(1, roots[1], 2, roots[2], one_to_two)
    assert not any(verify_consistency(1, roots[1], new, roots[2], one_to_two) for new in range(3, 10))
    assert not any(verify_consistency(1, roots[1], new, roots[4], one_to_four) for new in (2, 5, 6, 7, 8, 9))


@pytest.mark.parametrize("size", [1, 2, 5, 8, 13])
def test_no_bit_of_a_path_may_change(size: int) -> None:
    entries = NUMBERED[:size]
    whole = rfc6962.mth(entries)
    for index in range(size):
        leaf, path = leaf_hash(entries[index]), inclusion_proof(index, size, reader(entries))
        assert not any(verify_inclusion(index, size, leaf, other, whole) for other in changed(path))


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 5), (4, 8), (6, 8), (7, 13)])
def test_no_bit_of_a_consistency_proof_may_change(old: int, new: int) -> None:
    path = consistency_proof(old, new, reader(NUMBERED))
    roots = rfc6962.mth(NUMBERED[:old]), rfc6962.mth(NUMBERED[:new])
    assert not any(verify_consistency(old, roots[0], new, roots[1], other) for other in changed(path))


def changed(path: list[bytes]) -> list[list[bytes]]:
    """The path with one bit changed, one hash dropped, doubled, cut or exchanged with the next."""
    found = []
    for at, one in enumerate(path):
        for bit in range(256):
            flipped = (int.from_bytes(one, "big") ^ 1 << bit).to_bytes(32, "big")
            found.append([*path[:at], flipped, *path[at + 1 :]])
        found.append([*path[:at], *path[at + 1 :]])
        found.append([*path[: at + 1], *path[at:]])
        found.append([*path[:at], one[:31], *path[at + 1 :]])
        found.append([*path[:at], *path[at + 1 : at + 2], one, *path[at + 2 :]])
    return [one for one in found if one != path]


@pytest.mark.parametrize(
    ("index", "size", "leaf"), [(0, 0, EMPTY_ROOT), (1, 1, EMPTY_ROOT), (-1, 1, EMPTY_ROOT), (0, 1, b"short")]
)
def test_a_place_outside_the_tree_or_a_leaf_that_is_no_hash_leads_nowhere(index: int, size: int, leaf: bytes) -> None:
    assert root_from_inclusion(index, size, leaf, []) is None


def test_a_path_longer_than_any_tree_leads_nowhere() -> None:
    assert root_from_inclusion(0, 2**63 - 1, EMPTY_ROOT, [EMPTY_ROOT] * 64) is None
    assert root_from_inclusion(0, 2**63 - 1, EMPTY_ROOT, [EMPTY_ROOT] * 63) is not None


@pytest.mark.parametrize(
    "ask",
    [
        lambda: inclusion_proof(3, 3, reader(NUMBERED)),
        lambda: inclusion_proof(-1, 3, reader(NUMBERED)),
        lambda: path_within(NUMBERED[:3], 3),
        lambda: path_within([], 0),
        lambda: consistency_proof(4, 3, reader(NUMBERED)),
        lambda: consistency_proof(-1, 3, reader(NUMBERED)),
    ],
)
def test_a_proof_of_what_the_tree_lacks_is_refused(ask: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="tree of"):
        ask()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
def test_the_tree_of_a_seal_is_the_same_tree(digests: list[bytes]) -> None:
    for index, digest in enumerate(digests):
        path = path_within(digests, index)
        assert root_from_inclusion(index, len(digests), leaf_hash(digest), path) == root_of(digests).raw
