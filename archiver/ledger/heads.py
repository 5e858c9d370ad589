# SPDX-License-Identifier: Apache-2.0
"""The signed heads of a ledger: an unbroken row of objects, each created once.

Creating the next one is what commits a new tree: of several that try, the store lets exactly one win. Whoever has seen a head
remembers it, and from then on a store that shows less, or something else in its place, is found out.
"""

from dataclasses import dataclass

from archiver.errors import Damaged
from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note
from archiver.formats.checkpoint import Checkpoint
from archiver.ledger import places
from archiver.ledger.keys import Keyring
from archiver.ledger.tree import EMPTY_ROOT
from archiver.ports import Store
from manifests.digest import Digest

_MOST = 10**10 - 1
"""Sequences have ten digits: a place that says it has everything is not asked for ever."""


@dataclass(frozen=True, slots=True)
class Head:
    """The ledger at one moment."""

    sequence: int
    """Its place in the row of heads; 0 for the ledger that has none yet."""
    checkpoint: Checkpoint
    note: bytes
    """The checkpoint with its signatures, as stored; empty for the ledger that has none yet."""

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The root of its tree."""
        return self.checkpoint.root


def none_yet(origin: str) -> Head:
    """The head of a ledger without leaves."""
    return Head(0, Checkpoint(origin, 0, EMPTY_ROOT), b"")


def read(store: Store, sequence: int, keys: Keyring, origin: str) -> Head | None:
    """One head, its signature checked; None when there is none of this sequence. Raises `Damaged`."""
    key = places.head(sequence)
    try:
        note = store.get(key)
    except KeyError:
        return None
    return Head(sequence, opened(note, keys, origin, key), note)


def opened(note: bytes, keys: Keyring, origin: str, where: str) -> Checkpoint:
    """The checkpoint in a signed note of this ledger. Raises `Damaged` when the key of its size did not sign it."""
    try:
        parsed = signed_note.parse(note)
        found = checkpoints.parse(parsed.text)
        if not signed_note.verified(parsed, [keys.verifier(found.size)]):
            raise Damaged(
                f"{where} is not signed by the key that this archive had for {found.size} leaves",
                "Find out who wrote it.",
                code="L02",
            )
    except signed_note.Malformed as fault:
        raise Damaged(f"{where} is no signed head: {fault}", "Find out who wrote it.", code="L02") from fault
    if found.origin != origin:
        raise Damaged(
            f"{where} is the head of another ledger, {found.origin[:100]}", "Find out who wrote it.", code="L02"
        )
    return found


def last_sequence(store: Store, seen: int) -> int:
    """The highest sequence that is in the store, or 0; all up to `seen` are known to be there.

    The row has no gaps, so steps that double, then halve, find its end with few questions.
    """
    low, step = seen, 1
    while low + step <= _MOST and store.head(places.head(low + step)) is not None:
        low, step = low + step, step * 2
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        if store.head(places.head(middle)) is not None:
            low = middle
        else:
            high = middle
    return low


def of_size(store: Store, size: int, newest: Head, keys: Keyring) -> Head | None:
    """The head of exactly this many leaves, up to `newest`; None when there is none. Sizes grow along the row."""
    low, high = 1, newest.sequence
    while low <= high:
        middle = (low + high) // 2
        one = read(store, middle, keys, newest.checkpoint.origin)
        if one is None:
            raise Damaged(f"head {middle} of the ledger is missing", "Restore it from a copy.", code="L03")
        if one.size == size:
            return one
        low, high = (middle + 1, high) if one.size < size else (low, middle - 1)
    return None


def commit(store: Store, head: Head) -> None:
    """Makes `head` the newest. Raises `StoreConflict` when another head has its sequence: the tree grew meanwhile."""
    store.put(places.head(head.sequence), head.note, sha256=Digest.of(head.note), size=len(head.note))
