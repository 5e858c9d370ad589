# SPDX-License-Identifier: Apache-2.0
"""Making a replica the primary: the store that is written to from then on.

One transaction in state switches; from then on `seal.check_primary` lets nobody publish or log into the old one. Nothing is
under way meanwhile: no segment is open, none can be begun, and the ledger is held. When the primary is lost there is nothing
to compare with: what was sealed last and is not in the replica is stored again from the local copies that were kept.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime

from archiver.errors import BadInput
from archiver.ports import Store
from archiver.services.ingest import World
from archiver.services.recovery import ASIDE
from archiver.services.replication.syncing import Progress, Synced, finish, seal_key
from archiver.services.seal import PRIMARY
from archiver.state.replicas import Replica
from archiver.state.state import State

_ABILITIES = "abilities"


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a promotion came to."""

    place: str
    """The primary from now on."""
    former: str | None
    """The name of the replica that the old primary is now; None when it is lost."""
    again: int = 0
    """Segments that the next command stores again from their local copies."""
    lost: int = 0
    """Sealed things that the replica is known to lack and no local copy holds."""
    heads: int = 0
    """Heads of the ledger that were made again."""
    fault: str | None = None
    """Why they could not be."""


def switch(
    world: World, one: Replica, former: str, at: datetime, last: Callable[[], Generator[Progress, None, Synced]]
) -> Promoted:
    """Makes `one` the primary after `last`, a sync; the caller holds the ledger and the replica.

    Raises `BadInput` while something is under way, or when the sync could not copy everything.
    """
    state = world.state
    with world.spool.quiet():
        under_way = [one for one in state.unfinished() if one.stage != ASIDE]
        if under_way:
            raise BadInput(
                f"segment {under_way[0].segment_id} is being written",
                "Wait for the capture to end; if it has died, any command that captures settles what it left.",
            )
        synced = finish(last())
        if synced.left or synced.refused:
            said = synced.refused[0] if synced.refused else f"it lacks {synced.left} sealed things"
            raise BadInput(
                f"{one.place} does not hold all that the primary holds: {said}",
                f"See: archiver replicas verify {one.name}",
            )
        with state.writing() as connection:
            state.replicas.remove_within(connection, one.name)
            state.replicas.add_within(
                connection, Replica(former, world.store.place, at, _abilities_of(world.store, state), at)
            )
            state.remember_within(connection, PRIMARY, one.place)
            if one.abilities is not None:
                state.remember_within(connection, _ABILITIES, one.abilities)
    return Promoted(one.place, former)


def take_over(state: State, one: Replica) -> Promoted:
    """Makes `one` the primary because the old one is lost."""
    kept, lacking = state.kept(), state.replicas.lacks(one.name)
    held = sum(one.name in state.replicas.lacking(seal_key(segment)) for segment in kept)
    with state.writing() as connection:
        state.replicas.remove_within(connection, one.name)
        state.remember_within(connection, PRIMARY, one.place)
        if one.abilities is not None:
            state.remember_within(connection, _ABILITIES, one.abilities)
        state.publish_again_within(connection)
    return Promoted(one.place, None, again=len(kept), lost=lacking - held)


def _abilities_of(store: Store, state: State) -> str | None:
    return state.fact(_ABILITIES) if store.place.startswith("s3://") else None
