# SPDX-License-Identifier: Apache-2.0
"""Bringing a replica up to the primary, and releasing the local copies that were kept until it was.

What is to be copied stands in state, so a sync that was killed goes on; a full one first compares the seals of both stores.
What the bytes forbid to copy is told and stays noted; a store that gives no answer ends the sync and is raised.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime

from archiver.errors import Damaged, StoreUnavailable
from archiver.ports import Store
from archiver.services import layout
from archiver.services.fixity.pace import Pace
from archiver.services.replication.copying import Known, Tally, try_thing
from archiver.services.replication.ledgers import copy_ledger
from archiver.services.replication.things import seals
from archiver.services.spool import Spool
from archiver.state.replicas import Replica
from archiver.state.state import OpenSegment, State
from manifests.digest import Digest

_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync has come."""

    things: int
    """Copied."""
    left: int
    """Sealed things that the replica lacks."""
    octets: int
    key: str
    """The thing that was copied last."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync came to."""

    replica: str
    things: int
    objects: int
    octets: int
    left: int
    """Sealed things that the replica still lacks."""
    refused: list[str] = field(default_factory=list)


def check_copy(primary: Store, replica: Store) -> None:
    """Raises `StoreUnavailable` unless the replica is there and a copy of this archive: a disk may not be mounted."""
    try:
        there = replica.get(layout.ARCHIVE)
    except KeyError:
        raise StoreUnavailable(
            f"{replica.place} does not hold {layout.ARCHIVE}, as a replica does",
            "If it is a disk, mount it; if it was emptied, retire the replica and add it again.",
        ) from None
    if there != primary.get(layout.ARCHIVE):
        raise StoreUnavailable(f"{replica.place} is not a copy of this archive", "Retire it: archiver replicas retire.")


def put_description(primary: Store, replica: Store) -> None:
    """The first object of a replica, by which it is known as a copy of this archive."""
    content = primary.get(layout.ARCHIVE)
    replica.put(layout.ARCHIVE, content, sha256=Digest.of(content), size=len(content))


def compare_seals(primary: Store, replica: Store, one: Replica, state: State, at: datetime) -> None:
    """Notes every sealed thing that the replica lacks; what is sealed meanwhile is noted by who seals it."""
    there = set(seals(replica))
    state.replicas.compared(one.name, [key for key in seals(primary) if key not in there], at)


def sync(
    primary: Store,
    replica: Store,
    one: Replica,
    state: State,
    known: Known,
    now: Callable[[], datetime],
    pace: Pace,
    *,
    whole: bool,
) -> Generator[Progress, None, Synced]:
    """Copies what a replica lacks; with `whole`, what comparing all seals shows, and not only what is noted.

    The caller holds the lock of this replica. Raises `StoreUnavailable`; what was copied until then is, and stays so.
    """
    check_copy(primary, replica)
    tally = Tally()
    if whole:
        compare_seals(primary, replica, one, state, now())
    row = 0
    while waiting := state.replicas.waiting(one.name, row, _AT_ONCE):
        for thing in waiting:
            row = thing.row
            if try_thing(primary, replica, thing.key, known, pace, tally):
                state.replicas.copied(thing.row)
                yield Progress(tally.things, state.replicas.lacks(one.name), tally.octets, thing.key)
    try:
        copy_ledger(primary, replica, pace, tally, whole=whole)
    except Damaged as fault:
        tally.refused.append(fault.what)
    left = state.replicas.lacks(one.name)
    return Synced(one.name, tally.things, tally.objects, tally.octets, left, tally.refused)


def finish(running: Generator[Progress, None, Synced]) -> Synced:
    """Runs a sync to its end."""
    while True:
        try:
            next(running)
        except StopIteration as ended:
            synced: Synced = ended.value
            return synced


def seal_key(segment: OpenSegment) -> str:
    """The key that the seal of a segment has in the store."""
    opened_at = datetime.fromisoformat(segment.opened_at)
    return layout.segment_folder(segment.job, opened_at, segment.segment_id) + layout.SEAL


def release(state: State, spool: Spool) -> int:
    """Removes the local copies of segments that a replica holds, besides the primary; how many there were.

    Without a replica none is waited for. May be killed anywhere: a folder without a row is removed by recovery.
    """
    released = 0
    names = {one.name for one in state.replicas.all()}
    for segment in state.kept():
        if names and names <= set(state.replicas.lacking(seal_key(segment))):
            continue
        with spool.quiet():
            lock = spool.claim(segment.segment_id)
        if lock is None:
            continue  # another process is at it
        try:
            state.segment_finished(segment.segment_id)
            spool.remove(segment.segment_id)
            released += 1
        finally:
            lock.release()
    return released
