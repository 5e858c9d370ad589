# SPDX-License-Identifier: Apache-2.0
"""Growing a tree in its tiles, and reading its hashes out of them."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import Damaged
from archiver.formats.signed_note import Malformed
from archiver.formats.tlog_tiles import entries_path, pack_entries, parse_path, tile_path, tiles_of
from archiver.ledger.growth import CACHED_TILES, Grown, grown, hashes
from archiver.ledger.tree import EMPTY_ROOT, consistency_proof, inclusion_proof, leaf_hash, root
from tests.ledger import rfc6962

ENTRIES = [b"entry %d" % at for at in range(70_000)]


class Tiles:
    """What a store holds of a ledger, refusing to change a file, and counting what is read."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.head = Grown(0, EMPTY_ROOT, {})
        self.read: list[str] = []

    def get(self, path: str) -> bytes:
        self.read.append(path)
        return self.held[path]

    def append(self, entries: Sequence[bytes]) -> Grown:
        self.head = grown(self.head.size, self.head.root, entries, self.get)
        assert not self.held.keys() & self.head.objects.keys()
        self.held |= self.head.objects
        return self.head


def filled(*batches: int) -> Tiles:
    tiles = Tiles()
    for count in batches:
        tiles.append(ENTRIES[tiles.head.size : tiles.head.size + count])
    return tiles


def paths_of(size: int) -> set[str]:
    return {tile.path for tile in tiles_of(size)}


@pytest.fixture(scope="module")
def large() -> Tiles:
    """A tree of 70,000 entries, appended in three batches."""
    return filled(1, 40_000, 29_999)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_however_entries_are_batched_the_tree_is_that_of_the_rfc(batches: list[int]) -> None:
    tiles = filled(*batches)
    size = sum(batches)
    entries = ENTRIES[:size]
    assert (tiles.head.size, tiles.head.root) == (size, rfc6962.mth(entries))
    for tile in tiles_of(size):
        first = tile.number * 256
        if tile.level is None:
            assert tiles.held[tile.path] == pack_entries(entries[first : first + tile.width])
        else:
            expected = [rfc6962.subtree(entries, 8 * tile.level, first + at) for at in range(tile.width)]
            assert tiles.held[tile.path] == b"".join(expected)


def test_ten_thousand_entries_at_once_or_one_by_one_give_the_same_tiles() -> None:
    at_once, one_by_one = filled(10_000), filled(*[1] * 10_000)
    assert at_once.head.root == one_by_one.head.root
    assert at_once.held == {path: one_by_one.held[path] for path in at_once.held}
    assert at_once.held.keys() == paths_of(10_000)
    beyond = [parse_path(path) for path in one_by_one.held.keys() - at_once.held.keys()]
    assert all(tile.width < 256 for tile in beyond)


def test_every_size_on_the_way_keeps_its_tiles() -> None:
    tiles = filled(*[1] * 600)
    for size in range(1, 601):
        assert paths_of(size) <= tiles.held.keys()
        assert root(size, hashes(size, tiles.get)) == rfc6962.mth(ENTRIES[:size])


def test_seventy_thousand_entries_make_the_tiles_that_the_specification_names(large: Tiles) -> None:
    assert paths_of(70_000) <= large.held.keys()
    assert len(large.held[tile_path(0, 272)]) == 8192
    assert len(large.held[tile_path(0, 273, 112)]) == 112 * 32
    assert len(large.held[tile_path(1, 1, 17)]) == 17 * 32
    assert len(large.held[tile_path(2, 0, 1)]) == 32
    assert root(70_000, hashes(70_000, large.get)) == large.head.root


def test_nothing_appended_is_nothing_written(large: Tiles) -> None:
    assert grown(70_000, large.head.root, [], large.get) == Grown(70_000, large.head.root, {})
    assert grown(0, EMPTY_ROOT, [], large.get) == Grown(0, EMPTY_ROOT, {})


def test_growing_reads_the_edge_only_and_reads_it_once(large: Tiles) -> None:
    large.read.clear()
    grown(70_000, large.head.root, [b"one"], large.get)
    edge = [tile.path for tile in tiles_of(70_000) if tile.width < 256]
    assert sorted(large.read) == sorted(edge)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, 69_999, 70_000])
def test_proofs_out_of_tiles_are_those_of_the_rfc(large: Tiles, size: int) -> None:
    tiles = filled(size) if size != 70_000 else large
    entries = ENTRIES[:size]
    read = hashes(size, tiles.get)
    for index in {0, size // 3, size - 1}:
        assert inclusion_proof(index, size, read) == rfc6962.path(index, entries)
    for old in {1, 256, size // 2, size - 1} & set(range(1, size)):
        assert consistency_proof(old, size, read) == rfc6962.proof(old, entries)


def test_a_reader_gives_every_complete_subtree(large: Tiles) -> None:
    read = hashes(70_000, large.get)
    for level in range(17):
        last = (70_000 >> level) - 1
        for index in {0, last // 2, last}:
            assert read(level, index) == rfc6962.subtree(ENTRIES, level, index)


@pytest.mark.parametrize(("level", "index"), [(0, 70_000), (16, 1), (17, 0), (8, 273), (0, -1)])
def test_a_subtree_that_is_not_complete_is_not_given(large: Tiles, level: int, index: int) -> None:
    with pytest.raises(ValueError, match="no complete subtree"):
        hashes(70_000, large.get)(level, index)


def test_proofs_in_order_read_each_tile_once(large: Tiles) -> None:
    large.read.clear()
    read = hashes(70_000, large.get)
    for index in range(0, 70_000, 100):
        inclusion_proof(index, 70_000, read)
    assert len(set(large.read)) == len(large.read) > 2 * CACHED_TILES


def test_a_reader_keeps_a_bounded_number_of_tiles(large: Tiles) -> None:
    read = hashes(70_000, large.get)
    for number in range(CACHED_TILES + 1):
        read(0, 256 * number)
    large.read.clear()
    read(0, 256 * CACHED_TILES)
    assert large.read == []
    read(0, 0)
    assert large.read == [tile_path(0, 0)]


@pytest.mark.parametrize("size", [1, 5, 256, 300])
def test_no_bit_of_the_old_edge_may_change(size: int) -> None:
    tiles = filled(size)
    edge = [tile.path for tile in tiles_of(size) if tile.width < 256]
    for path in edge:
        content = tiles.held[path]
        for bit in range(8 * len(content)):
            changed = tiles.held | {path: flipped(content, bit)}
            with pytest.raises(Damaged):
                grown(size, tiles.head.root, [b"one"], changed.__getitem__)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda held: held.pop(tile_path(0, 1, 44)), "L01"),
        (lambda held: held.pop(tile_path(1, 0, 1)), "L01"),
        (lambda held: held.pop(entries_path(1, 44)), "L01"),
        (lambda held: held.update({tile_path(0, 1, 44): b""}), "L01"),
        (lambda held: held.update({tile_path(0, 1, 44): held[tile_path(0, 1, 44)][:-1]}), "L01"),
        (lambda held: held.update({tile_path(0, 1, 44): held[tile_path(0, 1, 44)][:-32]}), "L04"),
        (lambda held: held.update({tile_path(0, 1, 44): held[tile_path(0, 0)]}), "L04"),
        (lambda held: held.update({entries_path(1, 44): held[entries_path(1, 44)][:-1]}), "L01"),
        (lambda held: held.update({entries_path(1, 44): held[entries_path(1, 44)] + b"\0\0"}), "L04"),
        (lambda held: held.update({entries_path(1, 44): pack_entries(ENTRIES[:44])}), "L04"),
    ],
)
def test_an_old_edge_that_is_not_whole_is_not_built_upon(
    change: Callable[[dict[str, bytes]], object], code: str
) -> None:
    tiles = filled(300)
    change(tiles.held)
    with pytest.raises(Damaged) as caught:
        grown(300, tiles.head.root, [b"one"], tiles.get)
    assert caught.value.fields["code"] == code


@pytest.mark.parametrize("size", [0, 1, 256, 300])
def test_nothing_grows_out_of_another_root(size: int) -> None:
    tiles = filled(size)
    for entries in ([], [b"one"]):
        with pytest.raises(Damaged, match="do not hash to its root"):
            grown(size, leaf_hash(b"other"), entries, tiles.get)


@pytest.mark.parametrize("content", [b"", b"\0" * 31, b"\0" * 8191, b"\0" * (8192 - 32), b"\0" * (8192 + 32)], ids=len)
def test_a_tile_of_another_width_is_not_read(content: bytes) -> None:
    tiles = filled(300)
    tiles.held[tile_path(0, 0)] = content
    with pytest.raises(Damaged, match="tile/0/000"):
        hashes(300, tiles.get)(0, 7)


def test_a_missing_tile_is_named() -> None:
    tiles = filled(300)
    del tiles.held[tile_path(0, 0)]
    with pytest.raises(Damaged, match="tile/0/000 of the ledger is missing") as caught:
        hashes(300, tiles.get)(0, 7)
    assert caught.value.fields == {"code": "L01", "path": "tile/0/000"}


def test_an_entry_too_long_for_a_bundle_is_refused() -> None:
    assert grown(0, EMPTY_ROOT, [bytes(65_535)], dict[str, bytes]().__getitem__).size == 1
    with pytest.raises(Malformed, match="65536 bytes"):
        grown(0, EMPTY_ROOT, [bytes(65_536)], dict[str, bytes]().__getitem__)


def test_empty_and_equal_entries_are_entries() -> None:
    tiles = Tiles()
    entries = [b"", b"", b"same", b"same"]
    assert tiles.append(entries).root == rfc6962.mth(entries)


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
