# SPDX-License-Identifier: Apache-2.0
"""The tree in its tiles: reading its hashes out of them, and the files that new entries add (c2sp.org/tlog-tiles).

Guarantees: `grown` builds only upon an old edge that hashes to the root it was given, bundle included; it names every
file that the new size needs and the old one lacked, and no other, so a file once written is never written differently.
`hashes` trusts the bytes of the tiles but for their widths: whoever uses it compares a root or a proof with a
signed head. Leaves to others the store, the order of writing, and the head.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from archiver.errors import Damaged
from archiver.formats.signed_note import Malformed
from archiver.formats.tlog_tiles import TILE, Tile, pack_entries, pack_hashes, unpack_entries, unpack_hashes
from archiver.ledger.tree import EMPTY_ROOT, Reader, leaf_hash, node_hash, root_over

TileReader = Callable[[str], bytes]
"""The path of a tile to its bytes; raises `KeyError` when there is none."""

# A path touches two tiles a level; with 64 of them, a million proofs in order read each tile about once, in 3 MB.
CACHED_TILES = 64

_ADVICE = "Keep the store as it is, compare it with a second copy, and find out who wrote to it."


@dataclass(frozen=True, slots=True)
class Grown:
    """A tree after an append."""

    size: int
    """How many entries it has."""
    root: bytes
    """Its RFC 6962 tree hash."""
    objects: dict[str, bytes]
    """Path to bytes of every tile and bundle that the old size lacked, full and partial."""


def hashes(size: int, read_tile: TileReader) -> Reader:
    """Reads the hashes of a tree of `size` entries out of its tiles, keeping the tiles last used.

    The reader raises `Damaged` when a tile is missing or has another width, `ValueError` for a subtree that is not
    complete at this size.
    """

    @lru_cache(CACHED_TILES)
    def pyramid(level: int, number: int) -> list[list[bytes]]:
        width = min(TILE, (size >> (8 * level)) - number * TILE)
        rows = [_read_hashes(Tile(level, number, width), read_tile)]
        while len(rows[-1]) > 1:
            rows.append([node_hash(a, b) for a, b in zip(rows[-1][::2], rows[-1][1::2], strict=False)])
        return rows

    def read(level: int, index: int) -> bytes:
        if index < 0 or (index + 1) << level > size:
            raise ValueError(f"a tree of {size} has no complete subtree {index} of 2**{level} entries")
        above, within = divmod(level, 8)
        number, place = divmod(index, TILE >> within)
        return pyramid(above, number)[within][place]

    return read


def grown(size: int, old_root: bytes, entries: Sequence[bytes], read_tile: TileReader) -> Grown:
    """The tree of `size` entries and `old_root`, with `entries` behind them.

    Reads the partial tiles and the partial bundle of the old size. Raises `Damaged` when one of them is missing, or they
    do not hash to `old_root`; `Malformed` for an entry of more than 65,535 bytes.
    """
    edges, tail = _edges(size, old_root, read_tile)
    if not entries:
        return Grown(size, old_root, {})
    objects = {}
    first = size - len(tail)
    bundled = [*tail, *entries]
    for at in range(0, len(bundled), TILE):
        bundle = bundled[at : at + TILE]
        objects[Tile(None, (first + at) // TILE, len(bundle)).path] = pack_entries(bundle)
    level = 0
    added = [leaf_hash(entry) for entry in entries]
    while added:
        if level == len(edges):
            edges.append([])
        row = edges[level] + added
        number = size >> (8 * level + 8)
        cut = [row[at : at + TILE] for at in range(0, len(row), TILE)]
        objects.update({Tile(level, number + at, len(one)).path: pack_hashes(one) for at, one in enumerate(cut)})
        edges[level] = cut.pop() if len(cut[-1]) < TILE else []
        added = [root_over(full) for full in cut]
        level += 1
    return Grown(size + len(entries), edge_root(edges), objects)


def _edges(size: int, old_root: bytes, read_tile: TileReader) -> tuple[list[list[bytes]], list[bytes]]:
    """The hashes of each level's partial tile and the entries of the partial bundle, checked against the root."""
    edges = []
    level = 0
    while hashed := size >> (8 * level):
        number, width = divmod(hashed, TILE)
        edges.append(_read_hashes(Tile(level, number, width), read_tile) if width else [])
        level += 1
    if edge_root(edges) != old_root:
        raise Damaged(f"the last tiles of the ledger of {size} entries do not hash to its root", _ADVICE, code="L04")
    tail: list[bytes] = []
    if size % TILE:
        path = Tile(None, size // TILE, size % TILE).path
        tail = _read(path, read_tile, unpack_entries)
        if [leaf_hash(entry) for entry in tail] != edges[0]:
            raise Damaged(f"the entries of {path} are not those that the ledger hashed", _ADVICE, code="L04", path=path)
    return edges, tail


def edge_root(edges: Sequence[Sequence[bytes]]) -> bytes:
    """The root of a tree, from what each level has beyond its full tiles: the level below is its last, smaller node."""
    below: list[bytes] = []
    for edge in edges:
        row = [*edge, *below]
        below = [root_over(row)] if row else []
    return below[0] if below else EMPTY_ROOT


def _read_hashes(tile: Tile, read_tile: TileReader) -> list[bytes]:
    found = _read(tile.path, read_tile, unpack_hashes)
    if len(found) != tile.width:
        raise Damaged(f"{tile.path} of the ledger holds {len(found)} hashes", _ADVICE, code="L04", path=tile.path)
    return found


def _read(path: str, read_tile: TileReader, unpack: Callable[[bytes], list[bytes]]) -> list[bytes]:
    try:
        return unpack(read_tile(path))
    except KeyError as fault:
        raise Damaged(f"{path} of the ledger is missing", _ADVICE, code="L01", path=path) from fault
    except Malformed as fault:
        raise Damaged(f"{path} of the ledger cannot be read: {fault}", _ADVICE, code="L01", path=path) from fault
