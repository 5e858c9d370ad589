# SPDX-License-Identifier: Apache-2.0
"""A life: one process that captures made-up exchanges on a disk that forgets, until the power goes at a chosen moment.

A moment is a number of notes of the disk; commits of state and catalog are noted between the file operations. At a
commit SQLite's files are copied as they are: they are on the platter then, which is SQLite's promise, not ours.
"""

import contextlib
import hashlib
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from archiver import wiring
from archiver.archive import Archive
from archiver.catalog.catalog import Catalog
from archiver.catalog.generations import Generations
from archiver.disk import Disk, OsDisk
from archiver.services.ingest import Ingest, World
from archiver.state.state import Acknowledged, State
from infra.crash import made_up
from infra.crash.invariants import after_recovery
from tests.faults.disk import ForgetfulDisk
from tests.faults.remains import SURVIVALS, Note, everything, remembered, write_tree

JOB = "proof"
Databases = dict[str, bytes]


class QuietDisk(OsDisk):
    """Makes no syncs: nobody pulls a plug here."""

    def sync(self, handle: int) -> None:
        pass

    def sync_folder(self, path: Path) -> None:
        pass


class WatchedState(State):
    """State that tells of each commit, and of the captures it acknowledged."""

    committed: Callable[[Sequence[str]], None]

    def segment_opened(self, *args: object, **named: object) -> None:
        super().segment_opened(*args, **named)  # type: ignore[arg-type]
        self.committed(())

    def acknowledge(self, segment_id: str, group: Sequence[Acknowledged], *, adopted_from: str | None = None) -> None:
        super().acknowledge(segment_id, group, adopted_from=adopted_from)
        self.committed([one.capture_id for one in group])

    def segment_advanced(self, segment_id: str, stage: str) -> None:
        super().segment_advanced(segment_id, stage)
        self.committed(())

    def segment_stored(self, *args: object, **named: object) -> None:
        super().segment_stored(*args, **named)  # type: ignore[arg-type]
        self.committed(())

    def segment_finished(self, segment_id: str) -> None:
        super().segment_finished(segment_id)
        self.committed(())


class WatchedGenerations(Generations):
    """The catalog, telling of each segment added."""

    committed: Callable[[Sequence[str]], None]

    @contextlib.contextmanager
    def adding(self) -> Iterator[Catalog]:
        with super().adding() as catalog:
            yield catalog
        self.committed(())


def new_archive(root: Path) -> None:
    """An empty archive at `root`, whose spool is still to be made."""
    with Archive.init(root):
        pass
    shutil.rmtree(root / "spool")


def open_world(root: Path, disk: Disk, seed: int, committed: Callable[[Sequence[str]], None] | None = None) -> World:
    """The archive at `root`, opened to write; clock and chance follow from `seed`."""
    place = wiring.place(str(root), disk)
    world = wiring.world(place, wiring.describe(place), root, disk)
    chance = random.Random(seed)
    began = made_up.BEGAN + timedelta(hours=seed)
    ticks = iter(range(1_000_000))

    def now() -> datetime:
        return began + timedelta(milliseconds=next(ticks))

    if committed is not None:
        world.state.close()
        world.generations.close()
        state, generations = WatchedState(root / "state.sqlite"), WatchedGenerations(root / "catalog.sqlite")
        state.committed = generations.committed = committed
        world = replace(world, state=state, generations=generations)
    return replace(world, now=now, chance=chance.randbytes)


def close(world: World) -> None:
    """Closes the databases."""
    world.state.close()
    world.generations.close()


def first_work(world: World) -> None:
    """Seven captures: two groups sealed, stored and catalogued; a third group acknowledged; two more only written."""
    ingest = Ingest(world, JOB)
    try:
        for group in ((0, 1, 2), (3, 4)):
            _record(ingest, group)
            ingest.acknowledge()
        ingest.finish()
        _record(ingest, (5, 6))
        ingest.acknowledge()
        _record(ingest, (7, 8))
    finally:
        ingest.abandon()


def second_work(world: World) -> None:
    """One acknowledged capture more, left open."""
    ingest = Ingest(world, JOB)
    try:
        _record(ingest, (20,))
        ingest.acknowledge()
    finally:
        ingest.abandon()


def _record(ingest: Ingest, numbers: Sequence[int]) -> None:
    for number in numbers:
        ingest.record(made_up.exchange(number), made_up.context(number, JOB))


@dataclass(frozen=True)
class Left:
    """What a power loss left, and what had been promised by then."""

    tree: tuple[tuple[str, bytes | None], ...]
    databases: Databases
    acknowledged: tuple[str, ...]

    def name(self) -> str:
        """Equal for equal remains."""
        whole = hashlib.sha256()
        for path, content in (*self.tree, *sorted(self.databases.items())):
            whole.update(f"{path} {None if content is None else len(content)}\n".encode() + (content or b""))
        whole.update(" ".join(self.acknowledged).encode())
        return whole.hexdigest()

    def make(self, root: Path) -> Path:
        """Real files of it."""
        write_tree(self.tree, root)
        for name, content in self.databases.items():
            (root / name).write_bytes(content)
        return root


class Life:
    """One process from its start to its end, with the notes of its disk."""

    def __init__(
        self,
        root: Path,
        seed: int,
        work: Callable[[World], object],
        *,
        left: Left | None = None,
        before: "tuple[Life, int] | None" = None,
        skipped: str | None = None,
    ) -> None:
        """Works on what is at `root`, or on what a power loss `left`, or on what a kill of another at a moment left."""
        self.disk: ForgetfulDisk
        self.acknowledged: list[tuple[int, tuple[str, ...]]] = []
        earlier: tuple[str, ...] = left.acknowledged if left else ()
        if left is not None:
            left.make(root)
        if before is not None:
            life, moment = before
            killed = life.left(moment, "everything", 0)
            killed.make(root)
            earlier = killed.acknowledged
            notes = life.disk.notes[:moment]
            self.disk = ForgetfulDisk(root, base=life.disk.base, notes=notes, skipped=skipped)
        else:
            self.disk = ForgetfulDisk(root, skipped=skipped)
        self.began = len(self.disk.notes)
        self._root = root
        self._databases: list[tuple[int, Databases]] = []
        self._snapshot()
        self.acknowledged.append((self.began, earlier))
        world = open_world(root, self.disk, seed, self._committed)
        try:
            work(world)
        finally:
            close(world)
        self.ended = len(self.disk.notes)
        shutil.rmtree(root)

    @property
    def moments(self) -> range:
        """Every moment at which the power can go."""
        return range(self.began, self.ended + 1)

    def left(self, moment: int, survival: str, seed: int) -> Left:
        """What a power loss at `moment` leaves."""
        survive = everything if survival == "everything" else SURVIVALS[survival]
        root = remembered(self.disk.base, self.disk.notes[:moment])
        tree = tuple(survive(root, random.Random(f"{seed} {moment} {survival}")))
        databases = next(files for at, files in reversed(self._databases) if at <= moment)
        promised = [one for at, ids in self.acknowledged if at <= moment for one in ids]
        return Left(tree, databases, tuple(dict.fromkeys(promised)))

    def _committed(self, ids: Sequence[str]) -> None:
        self.disk.note(Note("commit"))
        self.acknowledged.append((len(self.disk.notes), tuple(ids)))
        self._snapshot()

    def _snapshot(self) -> None:
        files = [path for path in self._root.glob("*.sqlite*") if path.suffix in (".sqlite", ".sqlite-wal")]
        self._databases.append((len(self.disk.notes), {path.name: path.read_bytes() for path in sorted(files)}))


class Judge:
    """Recovers from what power losses left and says what is wrong then; equal remains are judged once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._judged: dict[str, list[str]] = {}
        self.asked = 0

    @property
    def judged(self) -> int:
        """How many different remains were recovered from."""
        return len(self._judged)

    def wrong(self, left: Left) -> list[str]:
        """What does not hold after recovery, and after a second one."""
        self.asked += 1
        name = left.name()
        if name not in self._judged:
            root = left.make(self._folder / name[:16])
            world = open_world(root, QuietDisk(), 1_000)
            try:
                self._judged[name] = after_recovery(world, left.acknowledged)
            finally:
                close(world)
                shutil.rmtree(root)
        return self._judged[name]
