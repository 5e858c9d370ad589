# SPDX-License-Identifier: Apache-2.0
"""Tiles: a log's Merkle tree and its entries cut into files that never change (c2sp.org/tlog-tiles).

A tile holds up to 256 hashes, each of a complete subtree of 256**level entries; a bundle holds up to 256 entries, each
behind its length. Only the last tile of a level may be partial, and its width is part of its name, so that a tree that
grows adds files and changes none. Guarantees: a path has one spelling. Leaves the hashing to `archiver.ledger`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archiver.formats.signed_note import Malformed

TILE = 256
MAX_ENTRY = 65_535

# Six groups of three digits number more tiles than 2**63 entries fill.
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class Tile(NamedTuple):
    """One tile, or one bundle of entries."""

    level: int | None
    """0 for hashes of entries, 1 for hashes of 256 entries each, and so on; None for a bundle."""
    number: int
    """Its place within the level, from 0."""
    width: int = TILE
    """How many hashes or entries it holds."""

    @property
    def path(self) -> str:
        """Its name under the log's prefix."""
        return entries_path(*self[1:]) if self.level is None else tile_path(self.level, self.number, self.width)


def tile_path(level: int, number: int, width: int = TILE) -> str:
    """The name of a tile under the log's prefix: `tile/0/x001/234`, or `tile/1/000.p/5` for one of five hashes."""
    if not 0 <= level <= 63:
        raise ValueError(f"no tile has level {level}")
    return f"tile/{level}/{_numbered(number, width)}"


def entries_path(number: int, width: int = TILE) -> str:
    """The name of a bundle of entries under the log's prefix."""
    return f"tile/entries/{_numbered(number, width)}"


def parse_path(text: str) -> Tile:
    """The tile or bundle that a path names. Raises `Malformed`."""
    found = _PATH.fullmatch(text)
    if not found:
        raise Malformed(f"not the path of a tile: {text[:100]!r}")
    level = None if found["level"] == "entries" else int(found["level"])
    number = int(found["number"].replace("x", "").replace("/", ""))
    width = int(found["width"] or TILE)
    if (level or 0) > 63 or (found["width"] and width >= TILE) or (found["number"].startswith("x000")):
        raise Malformed(f"not the path of a tile: {text[:100]!r}")
    return Tile(level, number, width)


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and every bundle of a tree of `size` entries, partial ones as wide as they are at that size."""
    yield from _row(None, size)
    for level in range(64):
        hashes = size >> (8 * level)
        if not hashes:
            return
        yield from _row(level, hashes)


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """The bundle of 1 to 256 entries of at most 65,535 bytes each. Raises `Malformed` for others."""
    if not 1 <= len(entries) <= TILE:
        raise Malformed(f"a bundle of {len(entries)} entries, where 1 to {TILE} are allowed")
    longest = max(map(len, entries))
    if longest > MAX_ENTRY:
        raise Malformed(f"an entry of {longest} bytes, of which {MAX_ENTRY} are allowed")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def unpack_entries(content: bytes) -> list[bytes]:
    """The entries of a bundle. Raises `Malformed` when it is cut short, empty or too long."""
    entries = []
    at = 0
    while at < len(content):
        start = at + 2
        at = start + int.from_bytes(content[at:start], "big")
        entries.append(content[start:at])
    if at != len(content):
        raise Malformed(f"a bundle that ends within entry {len(entries) - 1}")
    if not 1 <= len(entries) <= TILE:
        raise Malformed(f"a bundle of {len(entries)} entries, where 1 to {TILE} are allowed")
    return entries


def pack_hashes(hashes: Sequence[bytes]) -> bytes:
    """The tile of 1 to 256 hashes of 32 bytes. Raises `Malformed` for others."""
    if not 1 <= len(hashes) <= TILE or any(len(one) != 32 for one in hashes):
        raise Malformed(f"a tile of {len(hashes)} hashes, where 1 to {TILE} of 32 bytes are allowed")
    return b"".join(hashes)


def unpack_hashes(content: bytes) -> list[bytes]:
    """The hashes of a tile. Raises `Malformed` when it is no tile."""
    if not content or len(content) % 32 or len(content) > 32 * TILE:
        raise Malformed(f"a tile of {len(content)} bytes, which are not 1 to {TILE} hashes of 32")
    return [content[at : at + 32] for at in range(0, len(content), 32)]


def _row(level: int | None, items: int) -> Iterator[Tile]:
    full, width = divmod(items, TILE)
    yield from (Tile(level, number) for number in range(full))
    if width:
        yield Tile(level, full, width)


def _numbered(number: int, width: int) -> str:
    if number < 0 or not 1 <= width <= TILE:
        raise ValueError(f"no tile has number {number} and width {width}")
    groups = f"{number % 1000:03}"
    while number := number // 1000:
        groups = f"x{number % 1000:03}/{groups}"
    return groups if width == TILE else f"{groups}.p/{width}"
