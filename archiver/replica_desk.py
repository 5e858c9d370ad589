# SPDX-License-Identifier: Apache-2.0
"""The replicas of an opened archive: adding, filling, comparing and retiring them, and making one the primary.

The list of replicas is this machine's: it stands in state. Processes of one machine take turns at each replica by a kernel
lock. What a replica lacks holds nothing up: it is noted, and copied when the replica answers.
"""

import contextlib
import functools
import json
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from archiver import wiring
from archiver.catalog.catalog import Catalog
from archiver.errors import ArchiverError, BadInput, Damaged, NotFound, StoreUnavailable
from archiver.ledger import places
from archiver.ledger_desk import LedgerDesk
from archiver.lock import Lock
from archiver.ports import Store
from archiver.services import claims_sets, layout, repair_run
from archiver.services.description import ArchiveDescription
from archiver.services.fixity.pace import Pace
from archiver.services.ingest import World
from archiver.services.repairing import Means, Repair, repair_ledger, repair_thing
from archiver.services.replication import comparing, promoting, syncing
from archiver.services.replication.comparing import Compared, Difference
from archiver.services.replication.ledgers import lag
from archiver.services.replication.promoting import Promoted
from archiver.services.replication.syncing import Progress, Synced
from archiver.services.seal import PRIMARY
from archiver.state.replicas import Replica
from archiver.state.state import State
from manifests.digest import Digest

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a replica stands."""

    replica: Replica
    lacks: int
    """Sealed things that it is known to lack."""
    heads_behind: int | None
    """Heads of the ledger that it lacks; None when it gave no answer."""
    fault: str | None
    """Why it gave none."""


class ReplicaDesk:
    """The replicas of one archive, as seen from this machine."""

    def __init__(
        self,
        place: wiring.Place,
        described: ArchiveDescription,
        folder: Path,
        world: Callable[[], World],
        catalog: Callable[[], Catalog],
        ledger: LedgerDesk,
    ) -> None:
        self._place = place
        self._described = described
        self._folder = folder
        self._world = world
        self._catalog = catalog
        self._ledger = ledger
        self.faults: list[str] = []
        """Why replicas lack something of what was sealed last."""

    @property
    def _state(self) -> State:
        return self._world().state

    def all(self) -> list[Replica]:
        """Every replica, the first added first."""
        return self._state.replicas.all()

    def get(self, name: str) -> Replica:
        """One replica. Raises `NotFound`."""
        found = self._state.replicas.find(name)
        if found is None:
            known = ", ".join(one.name for one in self.all()) or "none"
            raise NotFound(f"no replica is called {name[:60]}", f"There are: {known}.")
        return found

    def add(self, where: str, name: str | None = None) -> Replica:
        """Makes a store a replica: one that is empty, or a copy of this archive already. Nothing is copied yet.

        Raises `BadInput`, `StoreUnfit`, `StoreUnavailable`.
        """
        new = wiring.place(where)
        self._refuse_place(new)
        name = name if name is not None else _name_of(new.name)
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name[:60]!r} is no name for a replica", "Give one of a-z, 0-9 and hyphens with --name.")
        if self._state.replicas.find(name) is not None:
            raise BadInput(f"there is a replica called {name} already", "Give another name with --name.")
        held = _first_key(new.store)
        primary = self._place.store
        if held is not None and not _same_archive(primary, new.store):
            raise BadInput(
                f"{new.name} is not empty and is not a copy of this archive: it holds {held}",
                "Name an empty folder or prefix.",
            )
        abilities = new.store.probe()
        syncing.put_description(primary, new.store)
        kept = json.dumps({key: value for key, value in asdict(abilities).items() if key in _KEPT})
        one = Replica(name, new.name, wiring.now(), None if new.folder else kept, None)
        self._state.replicas.add(one)  # first: what is sealed from here on is noted for it
        syncing.compare_seals(primary, new.store, one, self._state, wiring.now())
        return self.get(name)

    def standing(self) -> list[Standing]:
        """How each replica stands; one that does not answer is told as such."""
        found = []
        for one in self.all():
            behind, fault = None, None
            try:
                store = self.store(one, patient=False)
                syncing.check_copy(self._place.store, store)
                behind = lag(self._place.store, store)
            except ArchiverError as said:
                fault = said.what
            found.append(Standing(one, self._state.replicas.lacks(one.name), behind, fault))
        return found

    def store(self, one: Replica, *, patient: bool = True) -> Store:
        """The store of a replica; one that is not patient gives up soon when there is no answer."""
        return wiring.replica(one.place, one.abilities, patient=patient)

    def stores(self) -> list[Store]:
        """The store of every replica, for reading what the primary does not give."""
        return [self.store(one) for one in self.all()]

    def sync(self, one: Replica, *, rate: int | None = None) -> Generator[Progress, None, Synced]:
        """Copies what the replica lacks, at most `rate` octets a second; compares all seals first.

        Waits for another process that copies to the same replica. Raises `StoreUnavailable`.
        """
        with self._turn(one.name, wait=True):
            synced = yield from self._sync(one, self.store(one), rate, whole=True)
        syncing.release(self._state, self._world().spool)
        return synced

    def copy_after_sealing(self) -> None:
        """Copies what was just sealed to every replica; what that meets is kept in `faults` instead of being raised."""
        self.faults = []
        replicas = self.all()
        for one in replicas:
            try:
                with self._turn(one.name, wait=False) as ours:
                    if ours:
                        done = syncing.finish(self._sync(one, self.store(one, patient=False), None, whole=False))
                        self.faults += [f"replica {one.name}: {said}" for said in done.refused]
            except ArchiverError as fault:
                self.faults.append(f"replica {one.name}: {fault}")
        if replicas:
            with contextlib.suppress(StoreUnavailable):  # the local copies stay: nothing is lost by that
                syncing.release(self._state, self._world().spool)

    def verify(self, one: Replica, seen: Compared, *, deep: bool, rate: int | None = None) -> Iterator[Difference]:
        """Every way in which the replica differs from the primary. Raises `StoreUnavailable`."""
        pace = Pace(rate, time.monotonic, time.sleep)
        return comparing.compare(self._place.store, self.store(one), pace, seen, deep=deep)

    def retire(self, one: Replica) -> list[str] | None:
        """Forgets a replica, whose objects stay where they are: the keys that only it has; None when it gave no answer."""
        only: list[str] | None = None
        with contextlib.suppress(StoreUnavailable):
            store = self.store(one, patient=False)
            syncing.check_copy(self._place.store, store)
            only = comparing.only_there(self._place.store, store)
        with self._turn(one.name, wait=True):
            self._state.replicas.remove(one.name)
        syncing.release(self._state, self._world().spool)
        return only

    def promote(self, one: Replica, *, former: str, deep: bool) -> Promoted:
        """Makes a replica the primary, and the primary a replica called `former`.

        Everything is copied and compared first, read whole with `deep`; what is sealed meanwhile is copied at the end. Raises
        `BadInput` while a crawl or a capture runs, or when the replica lacks anything or differs.
        """
        if self._state.replicas.find(former) is not None or not _NAME.fullmatch(former):
            raise BadInput(f"the old primary cannot be called {former[:60]!r}", "Give another name with --former.")
        self._refuse_crawls()
        syncing.finish(self.sync(one))
        wrong = [found for found in self.verify(one, Compared(), deep=deep) if _hinders(found)]
        if wrong:
            raise BadInput(
                f"{one.place} is not as the primary: {wrong[0].key} is {wrong[0].kind}, {len(wrong)} differences in all",
                f"See them with: archiver replicas verify {one.name}",
            )
        with self._turn(one.name, wait=True), self._ledger.held():
            self._refuse_crawls()
            store = self.store(one)
            promoted = promoting.switch(
                self._world(), one, former, wiring.now(), lambda: self._sync(one, store, None, whole=True)
            )
        syncing.release(self._state, self._world().spool)
        return promoted

    def _refuse_crawls(self) -> None:
        for row in self._state.crawls.all():
            if row.stage == "running":
                lock = Lock(self._folder / f"crawl-{row.crawl_id}.lock")
                try:
                    if not lock.take(wait=False):
                        raise BadInput(
                            f"crawl {row.crawl_id} of job {row.job} is running",
                            f"Pause it, and go on with it afterwards: archiver crawls pause {row.crawl_id}",
                        )
                finally:
                    lock.release()

    def take_over(self) -> Promoted:
        """Makes the store that this archive was opened at the primary, because the old one is lost.

        Segments whose local copy was kept are stored here again, and heads of the ledger that this machine saw are made
        again. May be called again when that failed. Raises `BadInput` when the store is no replica that state knows.
        """
        promoted = self._switch_to_this()
        with contextlib.suppress(ArchiverError):  # told by the next command, which does it
            self._world()
        try:
            return replace(promoted, heads=self._ledger.restore())
        except ArchiverError as fault:
            return replace(promoted, fault=str(fault))

    def _switch_to_this(self) -> Promoted:
        state = wiring.state_in(self._folder, self._described.archive_id)
        try:
            if state.fact(PRIMARY) == self._place.name:
                return Promoted(self._place.name, None)
            found = next((one for one in state.replicas.all() if one.place == self._place.name), None)
            lost = state.fact(PRIMARY)
            if found is None and lost is not None and "://" not in lost and not Path(lost).exists():
                state.remember(PRIMARY, self._place.name)  # the folder was moved to where it was opened now
                return Promoted(self._place.name, None)
            if found is None:
                raise BadInput(
                    f"{self._place.name} is no replica that this machine knows",
                    "Name the replica with --archive, and the state of the lost archive with --state.",
                )
            return promoting.take_over(state, found)
        finally:
            state.close()

    def repair(
        self, keys: Sequence[str] | None, *, all_of_it: bool, rate: int | None = None, dry_run: bool = False
    ) -> Iterator[Repair]:
        """Repairs objects of the primary from the replicas: these, or all, or what the last audit found wrong.

        One result an object, that of sound ones too. When the iterator is exhausted, what was done is stored as an event
        and waits for the ledger. Raises `BadInput` without a replica, `NotFound` when nothing was audited yet.
        """
        store, replicas = self._place.store, self._answering()
        known = self.known(fresh=True)
        means = Means(
            store, replicas, known, wiring.set_aside(store), wiring.now, Pace(rate, time.monotonic, time.sleep), dry_run
        )
        asked = {"all": "yes"} if all_of_it else {"keys": " ".join(keys)} if keys else {"audit": "the last one"}
        wanted = self._everything() if all_of_it else list(keys or repair_run.found_by_audit(store))
        run = repair_run.RepairRun(
            store, self._described.archive_id, self._described.operator, wiring.now, wiring.chance
        )
        run.begin(asked, len(wanted))
        ledger = [key for key in wanted if key.startswith(places.LEDGER)]
        things: list[tuple[str, Iterator[Repair]]] = [
            (key, repair_thing(means, key)) for key in wanted if not key.startswith(places.LEDGER)
        ]
        if ledger or all_of_it:
            only = None if all_of_it else ledger
            things.append((places.LEDGER, repair_ledger(means, self._ledger.keyring_in, only)))
        try:
            for key, repairs in things:
                done: list[Repair] = []
                try:
                    for one in repairs:
                        done.append(one)
                        yield one
                finally:  # whoever looks on may have left: what was repaired is on record all the same
                    run.add(key, done)
        finally:
            stored = None if dry_run else run.store_event()
            if stored is not None:
                self._state.backlog.add(stored.key, stored.digest, wiring.now())

    def _answering(self) -> list[Store]:
        """The replicas that give an answer now: others would be waited for at each object."""
        found, faults = [], []
        for one in self.all():
            try:
                syncing.check_copy(self._place.store, self.store(one, patient=False))
                found.append(self.store(one))
            except StoreUnavailable as fault:
                faults.append(fault)
        if not found and faults:
            raise faults[0]
        if not found:
            raise BadInput(
                "this archive has no replica to take a good copy from", "Add one: archiver replicas add STORE"
            )
        return found

    def _everything(self) -> list[str]:
        """The seals that the ledger or the catalog knows, in the order of their keys."""
        catalog = self._catalog()
        found = {one.folder + layout.SEAL for one in catalog.all_segments()}
        found |= {one.folder + claims_sets.SEAL for one in catalog.all_claims_sets()}
        with contextlib.suppress(Damaged):  # the catalog alone, then
            sequencer = self._ledger.sequencer()
            if sequencer is not None:
                found |= sequencer.leaves.keys()
        return sorted(found)

    def known(self, *, fresh: bool = False) -> Callable[[str], Digest | None]:
        """What the ledger says of a seal, or else the catalog; with `fresh` the ledger is read up to its newest head first."""
        sequencer = None
        with contextlib.suppress(Damaged):  # a damaged key record: the leaves cannot be told then
            sequencer = self._ledger.sequencer()
            if sequencer is not None and fresh:
                sequencer.head()
        catalog = self._catalog()

        @functools.cache
        def sets() -> dict[str, Digest]:
            return {one.folder: one.seal_digest for one in catalog.all_claims_sets()}

        def digest(key: str) -> Digest | None:
            leaf = sequencer.leaves.find(key) if sequencer is not None else None
            if leaf is not None:
                return leaf.leaf.d
            folder = key.rpartition("/")[0] + "/"
            if key.startswith(layout.SEGMENTS):
                segment = catalog.segment(claims_sets.segment_of(folder))
                return segment.seal_digest if segment is not None and segment.folder == folder else None
            return sets().get(folder)

        return digest

    def _sync(self, one: Replica, store: Store, rate: int | None, *, whole: bool) -> Generator[Progress, None, Synced]:
        pace = Pace(rate, time.monotonic, time.sleep)
        return syncing.sync(
            self._place.store, store, one, self._state, self.known(fresh=whole), wiring.now, pace, whole=whole
        )

    def _refuse_place(self, new: wiring.Place) -> None:
        taken = [self._place.name, *(one.place for one in self.all())]
        if new.name in taken:
            raise BadInput(f"{new.name} is a store of this archive already", "Name another folder or bucket.")
        folder = new.folder
        if folder is None:
            return
        wiring.check_apart(folder, [self._folder, *(Path(one) for one in taken if "://" not in one)])

    @contextlib.contextmanager
    def _turn(self, name: str, *, wait: bool) -> Iterator[bool]:
        lock = Lock(self._folder / f"replica-{name}.lock")
        try:
            yield lock.take(wait=wait)
        finally:
            lock.release()


def _hinders(found: Difference) -> bool:
    """Whether a replica that differs so cannot be the primary: with a ledger of its own it would be a fork."""
    return found.kind != "only there" or found.key.startswith((places.HEADS, places.KEYS))


_KEPT = ("create_only", "checks_sha256")


def _first_key(store: Store) -> str | None:
    """A key that is there, of what is not staged."""
    return next((key for key in store.list("") if not key.startswith("staging/")), None)


def _same_archive(primary: Store, other: Store) -> bool:
    try:
        return other.get(layout.ARCHIVE) == primary.get(layout.ARCHIVE)
    except KeyError:
        return False


def _name_of(place: str) -> str:
    last = place.rstrip("/").rpartition("/")[2].lower()
    return re.sub(r"[^a-z0-9]+", "-", last).strip("-")[:40].strip("-") or "replica"
