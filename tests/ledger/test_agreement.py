# SPDX-License-Identifier: Apache-2.0
"""Which tile or bundle of a tree is not what the signed root stands for."""

import random
from collections.abc import Callable

import pytest

from archiver.formats.tlog_tiles import (
    Tile,
    entries_path,
    pack_entries,
    pack_hashes,
    tile_path,
    tiles_of,
    unpack_hashes,
)
from archiver.ledger.agreement import Disagreement, disagreements
from archiver.ledger.growth import Grown, grown
from archiver.ledger.tree import EMPTY_ROOT, leaf_hash, node_hash, root_over

SIZE = 70_000


def built(size: int) -> Grown:
    return grown(0, EMPTY_ROOT, [b"entry %d" % at for at in range(size)], dict[str, bytes]().__getitem__)


@pytest.fixture(scope="module")
def tree() -> Grown:
    """A tree of three levels, full and partial tiles in two of them."""
    return built(SIZE)


def named(tree: Grown, changes: dict[str, bytes | None], root: bytes | None = None) -> list[Disagreement]:
    """What is found after changing files; None removes one."""
    held = {path: content for path, content in (tree.objects | changes).items() if content is not None}
    return list(disagreements(tree.size, root or tree.root, held.__getitem__))


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1000, 65_536, SIZE])
def test_a_whole_tree_has_no_disagreement(size: int) -> None:
    assert named(built(size), {}) == []


def test_every_file_is_read(tree: Grown) -> None:
    read: set[str] = set()
    list(disagreements(SIZE, tree.root, lambda path: read.add(path) or tree.objects[path]))  # type: ignore[func-returns-value]
    assert read == {tile.path for tile in tiles_of(SIZE)}


@pytest.mark.parametrize("size", [1, 5, 256, 300])
def test_the_one_file_with_a_changed_bit_is_named(size: int) -> None:
    tree = built(size)
    for path, content in tree.objects.items():
        for bit in range(0, 8 * len(content), 1 if len(content) < 100 else 101):
            assert [one.path for one in named(tree, {path: flipped(content, bit)})] == [path]


@pytest.mark.parametrize(
    "tile",
    [Tile(0, 7), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1), Tile(None, 7), Tile(None, 273, 112)],
)
def test_a_missing_short_or_changed_file_is_named_alone_at_every_level(tree: Grown, tile: Tile) -> None:
    content = tree.objects[tile.path]
    assert named(tree, {tile.path: None}) == [Disagreement("L01", tile.path)]
    assert named(tree, {tile.path: content[:-1]}) == [Disagreement("L01", tile.path)]
    assert named(tree, {tile.path: b""}) == [Disagreement("L01", tile.path)]
    assert [one.path for one in named(tree, {tile.path: flipped(content, len(content) * 4)})] == [tile.path]


def test_a_tile_of_half_as_many_hashes_with_the_same_root_is_named(tree: Grown) -> None:
    for tile in (Tile(0, 7), Tile(1, 0), Tile(0, 273, 112)):
        row = unpack_hashes(tree.objects[tile.path])
        paired = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
        assert root_over(paired) == root_over(row)
        assert [one.path for one in named(tree, {tile.path: pack_hashes(paired)})] == [tile.path]


def test_two_exchanged_files_are_both_named(tree: Grown) -> None:
    for one, other in ((tile_path(0, 3), tile_path(0, 4)), (entries_path(3), entries_path(4))):
        found = named(tree, {one: tree.objects[other], other: tree.objects[one]})
        assert found == [Disagreement("L04", one), Disagreement("L04", other)]


def test_files_changed_in_different_places_are_all_named(tree: Grown) -> None:
    chance = random.Random(2)
    for _ in range(5):
        numbers = chance.sample(range(256), 6)
        paths = {tile_path(0, one) for one in numbers[:3]} | {entries_path(one) for one in numbers[3:]}
        paths |= {tile_path(1, 1, 17), entries_path(273, 112)}
        changes = {path: flipped(tree.objects[path], chance.randrange(8 * 500)) for path in sorted(paths)}
        assert {one.path for one in named(tree, dict(changes))} == paths


def test_a_forged_entry_is_named_although_its_tiles_were_made_to_fit(tree: Grown) -> None:
    """The bundle and the tile above it are wrong together; both are named, and none of the others."""
    entries = [b"entry %d" % at for at in range(256, 512)]
    entries[9] = b"forged"
    tile = b"".join([leaf_hash(one) for one in entries])
    found = named(tree, {entries_path(1): pack_entries(entries), tile_path(0, 1): tile})
    assert found == [Disagreement("L04", tile_path(0, 1)), Disagreement("L04", entries_path(1))]


@pytest.mark.parametrize("root", [leaf_hash(b"other"), built(SIZE - 1).root])
def test_a_tree_that_is_whole_but_not_the_signed_one_is_named_by_its_edge(tree: Grown, root: bytes) -> None:
    found = [one.path for one in named(tree, {}, root)]
    assert {tile_path(0, 273, 112), tile_path(1, 1, 17), tile_path(2, 0, 1)} <= set(found)


def test_an_empty_folder_names_every_file() -> None:
    found = list(disagreements(300, built(300).root, dict[str, bytes]().__getitem__))
    assert {one.path for one in found} == {tile.path for tile in tiles_of(300)}
    assert {one.code for one in found} == {"L01"}


def test_no_file_is_named_twice(tree: Grown) -> None:
    lost: Callable[[str], bytes] = dict[str, bytes]().__getitem__
    for found in (list(disagreements(SIZE, tree.root, lost)), named(tree, {}, leaf_hash(b"other"))):
        assert len({one.path for one in found}) == len(found)
