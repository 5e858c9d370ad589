# SPDX-License-Identifier: Apache-2.0
"""Copying the ledger: keys, stamps and cosignatures, then head by head the tiles it needs and the head, the checkpoint last.

A head in the replica so says that everything below it is there. A head of the primary whose tiles are not in place yet, and
those after it, wait for the next time. A replica with another head at a place of the row is not a copy of this ledger, and
is left as it is.
"""

from collections.abc import Collection, Iterator

from archiver.errors import Damaged, StoreConflict
from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note
from archiver.formats.tlog_tiles import TILE, Tile
from archiver.ledger import heads, places
from archiver.ports import Store
from archiver.services.fixity.pace import Pace
from archiver.services.replication.copying import Tally
from manifests.digest import Digest

_ADVICE = "Keep both stores as they are, and find out who wrote to them: archiver ledger check."


def new_tiles(before: int, after: int) -> Iterator[Tile]:
    """The tiles and bundles that a tree of `after` leaves has and the same tree had not when it had `before`."""
    for level in (None, *range(64)):
        shift = 8 * (level or 0)
        old, new = before >> shift, after >> shift
        if not new:
            return
        if old < new:
            for number in range(old // TILE, -(-new // TILE)):
                yield Tile(level, number, min(TILE, new - number * TILE))


def copy_ledger(primary: Store, replica: Store, pace: Pace, tally: Tally, *, whole: bool) -> None:
    """Copies what the replica's ledger lacks: all that is new, and with `whole` also what is missing below its heads.

    Raises `Damaged` when a head cannot be read, or the replica's ledger is no beginning of the primary's.
    """
    held: Collection[str] | None = set(replica.list(places.LEDGER)) if whole else None
    put = _Putting(primary, replica, pace, tally, held)
    number = 1
    while put(places.key_record(number)):
        number += 1
    if whole:
        for key in (*primary.list(places.TIMESTAMPS), *primary.list(places.COSIGNATURES)):
            put(key)
    there = heads.last_sequence(replica, 0)
    last = heads.last_sequence(primary, 0)
    if there > last:
        said = f"{replica.place} has head {there} of the ledger, {primary.place} only {last}"
        raise Damaged(said, _ADVICE, code="L03")
    size, note = 0, b""
    if there:
        note = primary.get(places.head(there))
        if note != replica.get(places.head(there)):
            said = f"head {there} of the ledger in {replica.place} is not that of {primary.place}"
            raise Damaged(said, _ADVICE, code="L03")
        if not whole:
            size = _size(note, there)
            _put_beside(primary, size, put)
    for sequence in range(1 if whole else there + 1, last + 1):
        note_of_it = primary.get(places.head(sequence))
        grown = _size(note_of_it, sequence)
        if not all(put(places.LEDGER + one.path) for one in new_tiles(size, grown)):
            break
        if not whole:
            _put_beside(primary, grown, put)
        put(places.head(sequence))
        size, note = grown, note_of_it
    if note and _checkpoint(replica) != note:
        replica.replace(places.CHECKPOINT, note)


def _put_beside(primary: Store, size: int, put: "_Putting") -> None:
    """Copies what stamps and witnesses gave for the head of this size."""
    for prefix in (places.TIMESTAMPS, places.COSIGNATURES):
        for key in primary.list(f"{prefix}{size}/"):
            put(key)


def lag(primary: Store, replica: Store) -> int:
    """How many heads of the primary's ledger the replica lacks."""
    return max(0, heads.last_sequence(primary, 0) - heads.last_sequence(replica, 0))


class _Putting:
    """Copies single objects that the replica lacks; called with a key, it says whether the object is there now."""

    def __init__(self, primary: Store, replica: Store, pace: Pace, tally: Tally, held: Collection[str] | None) -> None:
        self._primary = primary
        self._replica = replica
        self._pace = pace
        self._tally = tally
        self._held = held

    def __call__(self, key: str) -> bool:
        there = key in self._held if self._held is not None else self._replica.head(key) is not None
        if there:
            return True
        try:
            content = self._primary.get(key)
        except KeyError:
            return False
        try:
            self._replica.put(key, content, sha256=Digest.of(content), size=len(content))
        except StoreConflict as fault:
            self._tally.refused.append(f"{key}: {fault.what}")
            return False
        self._pace.spend(len(content))
        self._tally.objects += 1
        self._tally.octets += len(content)
        return True


def _size(note: bytes, sequence: int) -> int:
    try:
        return checkpoints.parse(signed_note.parse(note).text).size
    except signed_note.Malformed as fault:
        raise Damaged(f"head {sequence} of the ledger is no signed head: {fault}", _ADVICE, code="L02") from fault


def _checkpoint(store: Store) -> bytes:
    try:
        return store.get(places.CHECKPOINT)
    except KeyError:
        return b""
