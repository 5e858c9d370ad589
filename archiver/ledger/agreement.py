# SPDX-License-Identifier: Apache-2.0
"""Whether every tile and bundle of a tree agrees with its signed root, and which of them does not.

Everything is read. From the root downwards a file is held against the hash that the file above it states, so that the
one that was changed is named, and not its neighbours: where a tile is wrong, what it ought to hold is worked out from
the files below it, and checked in its turn. Only where both a tile and what lies below it are wrong may a file be
named that is whole.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from archiver.formats.signed_note import Malformed
from archiver.formats.tlog_tiles import TILE, Tile, unpack_entries, unpack_hashes
from archiver.ledger.growth import TileReader, edge_root
from archiver.ledger.tree import leaf_hash, root_over

Hashes = list[bytes] | None
"""What a tile holds; None when that is not known."""


class Disagreement(NamedTuple):
    """One tile or bundle that is not what the root stands for."""

    code: str
    """L01 when it is missing or cannot be read, L04 when it is another."""
    path: str
    """Its name under the log's prefix."""


def disagreements(size: int, root: bytes, read_tile: TileReader) -> Iterator[Disagreement]:
    """Every tile and bundle of the tree of `size` entries that is missing or disagrees with its root, each once.

    What else the tile reader raises ends the pass: a store that does not answer is not a disagreement.
    """
    return _Reading(read_tile).from_edges(size, root)


class _Reading:
    """One pass over the files of a tree."""

    def __init__(self, read_tile: TileReader) -> None:
        self._read_tile = read_tile

    def from_edges(self, size: int, root: bytes) -> Iterator[Disagreement]:
        """The partial tiles, which lead to the root together, and all that is below them."""
        edge = []
        for level in range(64):
            number, width = divmod(size >> (8 * level), TILE)
            edge += [Tile(level, number, width)] if width else []
        right = self._right_edge(edge, root)
        for tile, one in zip(edge, right, strict=True):
            if one is None or self._stored(tile) != one:
                yield self._named(tile)
            yield from self._below(tile, one)

    def _right_edge(self, edge: list[Tile], root: bytes) -> list[Hashes]:
        """What the partial tiles must hold to lead to the root: what is stored of each, or what lies below it."""
        choices = [[self._stored(tile)] for tile in edge]
        for each in (choices, [[stored, self._derived(tile)] for [stored], tile in zip(choices, edge, strict=True)]):
            for one in product(*each):
                known = [hashes for hashes in one if hashes is not None]
                # Levels without a partial tile add nothing, so they need no place here.
                if len(known) == len(edge) and edge_root(known) == root:
                    return list(one)
        return [None] * len(edge)

    def _full(self, tile: Tile, expected: bytes | None) -> Iterator[Disagreement]:
        """A full tile, of which the tile above states the hash, and all that is below it."""
        right = self._stored(tile)
        if right is None or expected is None or root_over(right) != expected:
            derived = self._derived(tile)
            if expected is not None:
                yield self._named(tile)
                right = derived if derived is not None and root_over(derived) == expected else None
            elif right is None or right != derived:
                yield self._named(tile)
                right = None
        yield from self._below(tile, right)

    def _below(self, tile: Tile, right: Hashes) -> Iterator[Disagreement]:
        if tile.level:
            for at in range(tile.width):
                below = Tile(tile.level - 1, tile.number * TILE + at)
                yield from self._full(below, right[at] if right else None)
        elif right is None or self._derived(tile) != right:
            yield self._named(tile._replace(level=None))

    def _derived(self, tile: Tile) -> Hashes:
        """What a tile ought to hold by the files right below it."""
        if not tile.level:
            entries = self._unpacked(tile._replace(level=None), unpack_entries)
            return entries and [leaf_hash(entry) for entry in entries]
        below = [self._stored(Tile(tile.level - 1, tile.number * TILE + at)) for at in range(tile.width)]
        hashes = [root_over(one) for one in below if one is not None]
        return hashes if len(hashes) == tile.width else None

    def _stored(self, tile: Tile) -> Hashes:
        return self._unpacked(tile, unpack_hashes)

    def _named(self, tile: Tile) -> Disagreement:
        unpack = unpack_entries if tile.level is None else unpack_hashes
        return Disagreement("L01" if self._unpacked(tile, unpack) is None else "L04", tile.path)

    def _unpacked(self, tile: Tile, unpack: Callable[[bytes], list[bytes]]) -> Hashes:
        try:
            found = unpack(self._read_tile(tile.path))
        except (KeyError, Malformed):
            return None
        return found if len(found) == tile.width else None
