# SPDX-License-Identifier: Apache-2.0
"""Tiles and bundles: their names, their number, and their bytes."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats.signed_note import Malformed
from archiver.formats.tlog_tiles import (
    TILE,
    Tile,
    entries_path,
    pack_entries,
    pack_hashes,
    parse_path,
    tile_path,
    tiles_of,
    unpack_entries,
    unpack_hashes,
)

tiles = st.builds(Tile, st.none() | st.integers(0, 63), st.integers(0, 2**55), st.integers(1, TILE))


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("tile/0/x001/x234/067", Tile(0, 1_234_067)),
        ("tile/0/000", Tile(0, 0)),
        ("tile/1/999", Tile(1, 999)),
        ("tile/1/x001/000", Tile(1, 1000)),
        ("tile/63/x001/x000/000.p/255", Tile(63, 1_000_000, 255)),
        ("tile/entries/x001/234.p/5", Tile(None, 1234, 5)),
        ("tile/entries/067", Tile(None, 67)),
    ],
)
def test_a_path_is_that_of_the_specification(path: str, tile: Tile) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@given(tiles)
def test_a_path_is_read_as_it_was_written(tile: Tile) -> None:
    assert parse_path(tile.path) == tile
    width = tile.width
    named = entries_path(tile.number, width) if tile.level is None else tile_path(tile.level, tile.number, width)
    assert named == tile.path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/0",
        "tile/0/67",
        "tile/0/0067",
        "tile/0/001/234",
        "tile/0/x001",
        "tile/0/x001/x234",
        "tile/0/X001/234",
        "tile/0/x000/067",
        "tile/0/x000/x000/067",
        "tile/0/x01/234",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/x/000",
        "tile/entry/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/05",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/1000",
        "tile/0/000.p/5\n",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/0/..",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_another_spelling_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


@pytest.mark.parametrize(("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_path(level: int, number: int, width: int) -> None:
    with pytest.raises(ValueError, match="no tile has"):
        tile_path(level, number, width)


@pytest.mark.parametrize(
    ("size", "full", "partial"),
    [
        (0, {}, {}),
        (1, {}, {0: 1}),
        (255, {}, {0: 255}),
        (256, {0: 1}, {1: 1}),
        (257, {0: 1}, {0: 1, 1: 1}),
        (65_536, {0: 256, 1: 1}, {2: 1}),
        (70_000, {0: 273, 1: 1}, {0: 112, 1: 17, 2: 1}),
    ],
)
def test_a_size_has_the_tiles_of_the_specification(size: int, full: dict[int, int], partial: dict[int, int]) -> None:
    found = list(tiles_of(size))
    assert len(set(found)) == len(found)
    hashes = [one for one in found if one.level is not None]
    assert Counter(one.level for one in hashes if one.width == TILE) == full
    assert {one.level: one.width for one in hashes if one.width < TILE} == partial
    bundles = [one[1:] for one in found if one.level is None]
    assert bundles == [one[1:] for one in hashes if one.level == 0]
    assert sum(width for _, width in bundles) == size


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=TILE))
def test_entries_are_read_as_they_were_packed(entries: list[bytes]) -> None:
    content = pack_entries(entries)
    assert unpack_entries(content) == entries
    assert pack_entries(unpack_entries(content)) == content


def test_a_bundle_is_lengths_and_entries() -> None:
    assert pack_entries([b"", b"abc"]) == b"\0\0\0\3abc"
    longest = bytes(65_535)
    assert unpack_entries(pack_entries([longest] * TILE)) == [longest] * TILE


@pytest.mark.parametrize("entries", [[], [b""] * 257, [bytes(65_536)]], ids=["none", "too many", "too long"])
def test_what_fits_no_bundle_is_not_packed(entries: list[bytes]) -> None:
    with pytest.raises(Malformed):
        pack_entries(entries)


@pytest.mark.parametrize("content", [b"", b"\0", b"\0\1", b"\0\3ab", b"\0\0\0", b"\0\1ab", b"\xff\xff", b"\0\0" * 257])
def test_a_bundle_that_is_cut_or_too_long_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed, match="a bundle"):
        unpack_entries(content)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=TILE))
def test_hashes_are_read_as_they_were_packed(hashes: list[bytes]) -> None:
    assert unpack_hashes(pack_hashes(hashes)) == hashes


@pytest.mark.parametrize("content", [bytes(size) for size in (0, 1, 31, 33, 8191, 8193, 8224)], ids=len)
def test_bytes_that_are_no_tile_are_refused(content: bytes) -> None:
    with pytest.raises(Malformed, match="a tile of"):
        unpack_hashes(content)


@pytest.mark.parametrize("hashes", [[], [bytes(31)], [bytes(33)], [bytes(32)] * 257], ids=len)
def test_what_is_no_tile_is_not_packed(hashes: list[bytes]) -> None:
    with pytest.raises(Malformed, match="a tile of"):
        pack_hashes(hashes)
