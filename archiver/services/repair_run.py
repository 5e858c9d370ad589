# SPDX-License-Identifier: Apache-2.0
"""The event of a repair, and what the last audit found to be repaired.

One object of events a run: a line for each thing in which something was repaired or could not be. A run in which everything
was sound leaves none.
"""

import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pydantic

from archiver.errors import Damaged, NotFound
from archiver.ports import Store
from archiver.services import layout
from archiver.services.fixity.run import events_key
from archiver.services.observations import SOFTWARE
from archiver.services.repairing import BAD, RESULTS, Repair
from manifests.agents import Agent
from manifests.canonical import canonical_bytes, from_canonical
from manifests.digest import Digest
from manifests.events import ArchiveEvent, EventObject, EventOutcome, EventRun, summary


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """An object of events in the store."""

    key: str
    digest: Digest


class RepairRun:
    """What one run did, as it goes on."""

    def __init__(
        self,
        store: Store,
        archive_id: str,
        operator: Agent | None,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._archive_id = archive_id
        self._operator = operator
        self._now = now
        self._chance = chance
        self._run: EventRun | None = None
        self._events: list[ArchiveEvent] = []

    def begin(self, asked: Mapping[str, str], of: int) -> None:
        """Begins a run over so many things."""
        at = self._now()
        self._run = EventRun(
            run_id=layout.segment_id(at, self._chance(10)),
            archive_id=self._archive_id,
            store=self._store.place,
            kind="repair",
            asked=dict(asked),
            of=of,
            chosen=of,
            agent=self._operator,
            software=SOFTWARE,
            started_at=at,
        )

    def add(self, about: str, repairs: Sequence[Repair]) -> None:
        """One more thing, by what came of its objects."""
        told = [one for one in repairs if one.result != "sound"]
        if not told or self._run is None:
            return
        objects = tuple(
            EventObject(
                key=one.key, size=one.part.size if one.part else None, sha256=one.part.sha256 if one.part else None
            )
            for one in told
        )
        results = {one.result for one in told}
        outcome: EventOutcome = "could-not-check" if "could-not-check" in results else "success"
        if results & (BAD - {"could-not-check"}):
            outcome = "failure"
        self._events.append(
            ArchiveEvent(
                event_id=f"{self._run.run_id}-{len(self._events) + 1}",
                kind="repair",
                about=about,
                at=self._now(),
                objects=objects,
                outcome=outcome,
                octets=sum(one.part.size for one in told if one.part and one.result == "repaired"),
                detail="; ".join(_said(one) for one in told),
            )
        )

    def store_event(self) -> StoredEvents | None:
        """Stores the events; None when there are none."""
        if self._run is None or not self._events:
            return None
        lines = (self._run, *self._events, summary(self._run.run_id, self._now(), self._events))
        content = gzip.compress(b"".join(canonical_bytes(one) + b"\n" for one in lines), mtime=0)
        key, digest = events_key(self._run), Digest.of(content)
        self._store.put(key, content, sha256=digest, size=len(content))
        return StoredEvents(key, digest)


def _said(one: Repair) -> str:
    said = f"{one.key}: {RESULTS[one.result]}"
    said += f", from {one.place}" if one.place else ""
    said += f"; the damaged one is {one.aside}" if one.aside else ""
    return said + (f" ({one.detail})" if one.detail else "")


def found_by_audit(store: Store) -> list[str]:
    """What the last audit found something wrong with, by the keys it says. Raises `NotFound` when there was none, `Damaged`."""
    for key in reversed(list(store.list(layout.EVENTS))):
        try:
            lines = gzip.decompress(store.get(key)).splitlines()
            if from_canonical(EventRun, lines[0]).kind != "fixity-check":
                continue
            events = [from_canonical(ArchiveEvent, line) for line in lines[1:-1]]
        except (OSError, EOFError, zlib.error, IndexError, pydantic.ValidationError) as fault:
            raise Damaged(f"{key} cannot be read", "Name the keys to repair, or use --all.") from fault
        return [one.about for one in events if one.outcome == "failure"]
    raise NotFound("nothing was audited yet", "Run `archiver audit --deep` first, name keys, or use --all.")
