# SPDX-License-Identifier: Apache-2.0
"""The walk with a replica, killed at every file operation and before and after every commit: nothing is lost or left over.

After each kill another process recovers and copies; then both stores hold the same whole segments, every acknowledged capture
is found, and no local copy is left.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.disk import Disk
from archiver.services.fixity.pace import Pace
from archiver.services.ingest import Ingest, World, recover
from archiver.services.replication import syncing
from archiver.services.replication.things import seals
from archiver.state.replicas import Replica, Replicas
from archiver.state.state import State
from archiver.store.local import LocalStore
from infra.crash import made_up
from infra.crash.invariants import after_recovery
from infra.crash.scratch import scratch
from tests.faults.disk import FaultyDisk, Killed
from tests.faults.lives import JOB, QuietDisk, close, new_archive, open_world

FREE = Pace(None, lambda: 0.0, lambda _: None)
COMMITS = ("segment_opened", "acknowledge", "segment_advanced", "segment_stored", "segment_kept", "segment_finished")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with scratch() as path:
        yield path


@pytest.fixture(scope="module")
def fresh(folder: Path) -> Path:
    """An archive with a replica that is empty but for the archive's description."""
    root = folder / "fresh"
    new_archive(root)
    world = open_world(root, QuietDisk(), 0)
    syncing.put_description(world.store, LocalStore(root / "second", QuietDisk()))
    at = datetime.fromisoformat("2026-03-03T10:00:00+00:00")
    world.state.replicas.add(Replica("second", str(root / "second"), at, None, at))
    close(world)
    return root


def copy(world: World, root: Path, disk: Disk, *, whole: bool) -> None:
    """What follows each capture, or a full sync."""
    one = world.state.replicas.all()[0]
    replica = LocalStore(root / "second", disk)
    running = syncing.sync(world.store, replica, one, world.state, lambda _: None, world.now, FREE, whole=whole)
    for _ in running:
        pass
    syncing.release(world.state, world.spool)


def walk(world: World, root: Path, disk: Disk, acknowledged: list[str]) -> None:
    """Two segments, each sealed, stored, copied and released."""
    for numbers in ((0, 1), (2,)):
        ingest = Ingest(world, JOB)
        try:
            taken = [ingest.record(made_up.exchange(one), made_up.context(one, JOB)) for one in numbers]
            ingest.acknowledge()
            acknowledged += [one.manifest.observation.capture_id for one in taken]
            ingest.finish()
        finally:
            ingest.abandon()
        copy(world, root, disk, whole=False)


def judge(root: Path, acknowledged: Sequence[str], *, whole: bool) -> list[str]:
    """What is wrong after another process has recovered and copied."""
    world = open_world(root, QuietDisk(), 900)
    try:
        recover(world)
        copy(world, root, QuietDisk(), whole=whole)
        wrong = after_recovery(world, acknowledged)
        first, second = world.store, LocalStore(root / "second", QuietDisk())
        if list(seals(first)) != list(seals(second)):
            wrong.append("the two stores do not hold the same sealed things")
        wrong += [
            f"{key} differs"
            for key in first.list("segments/")
            if second.head(key) is None or first.get(key) != second.get(key)
        ]
        wrong += [f"segment {one.segment_id} is still kept" for one in world.state.kept()]
        wrong += [f"{world.state.replicas.lacks('second')} noted"] if world.state.replicas.lacks("second") else []
        return wrong
    finally:
        close(world)


def test_killed_at_any_file_operation_nothing_is_lost_or_left_over(fresh: Path, folder: Path) -> None:
    for at in range(1, 400, 3):
        root = folder / "walk"
        shutil.copytree(fresh, root)
        disk, acknowledged = FaultyDisk(), list[str]()
        ended = False
        world = open_world(root, disk, 1)
        disk._at = disk.calls + at
        with contextlib.suppress(Killed):
            walk(world, root, disk, acknowledged)
            ended = True
        # a copy, because the dead process of this test holds its locks still
        shutil.copytree(root, folder / "after")
        close(world)
        assert judge(folder / "after", acknowledged, whole=at % 3 == 0) == [], f"operation {at}"
        shutil.rmtree(root)
        shutil.rmtree(folder / "after")
        if ended:
            assert at > 60
            break
    else:
        pytest.fail("the walk did not end")


class Dying(State):
    """Dies before or after its n-th commit of those that matter here."""

    left: int
    after: bool


def _dying(name: str) -> Callable[..., Any]:
    def call(self: Dying, *args: Any, **named: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        given = getattr(State, name)(self, *args, **named)
        if self.left == 0:
            raise Killed
        return given

    return call


for _name in COMMITS:
    setattr(Dying, _name, _dying(_name))


class DyingNotes(Replicas):
    """The same for the notes of what was copied."""

    state: Dying

    def copied(self, row: int) -> None:
        self.state.left -= 1
        if self.state.left == 0 and not self.state.after:
            raise Killed
        super().copied(row)
        if self.state.left == 0:
            raise Killed


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_around_any_commit_nothing_is_lost_or_left_over(fresh: Path, folder: Path, *, after: bool) -> None:
    for at in range(1, 60):
        root = folder / "walk"
        shutil.copytree(fresh, root)
        acknowledged: list[str] = []
        ended = False
        world = open_world(root, QuietDisk(), 1)
        world.state.close()
        state = Dying(root / "state.sqlite")
        state.left, state.after = at, after
        notes = DyingNotes(state._database)
        notes.state = state
        state.replicas = notes
        world = replace(world, state=state)
        with contextlib.suppress(Killed):
            walk(world, root, QuietDisk(), acknowledged)
            ended = True
        shutil.copytree(root, folder / "after")
        close(world)
        assert judge(folder / "after", acknowledged, whole=at % 2 == 0) == [], f"commit {at}"
        shutil.rmtree(root)
        shutil.rmtree(folder / "after")
        if ended:
            assert at == 2 * (len(COMMITS) + 1) + 1
            break
    else:
        pytest.fail("the walk did not end")
