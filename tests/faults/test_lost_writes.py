# SPDX-License-Identifier: Apache-2.0
"""Power loss at every moment of the walk from spool to catalog: nothing acknowledged is lost, doubled or shown in part.

Remains are made from the notes of a disk that forgets (`disk`, `lives`), recovered from, and judged. Then the reverse:
with any one sync of the program left out, the same judgement must find something wrong, or that sync would be there
for nothing. The seed is printed with each failure; `SEED` gives the same remains again.
"""

import ast
import errno
import inspect
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest

from archiver.disk import OsDisk
from archiver.errors import ArchiveFault
from archiver.ledger.places import CHECKPOINT
from archiver.services import ingest, layout, recovery, seal, spool
from archiver.services.ingest import World, recover
from archiver.store import local
from infra.crash.invariants import after_recovery
from infra.crash.scratch import scratch
from tests.faults.disk import FaultyDisk, ForgetfulDisk, Killed
from tests.faults.lives import Judge, Life, QuietDisk, close, first_work, new_archive, open_world, second_work
from tests.faults.remains import SURVIVALS, Note, remembered, unsynced_lost

SEED = 20260301

SYNCS = {
    "ingest.Ingest.acknowledge: sync through SpoolSegment.sync",
    "recovery.settle: sync through SpoolSegment.sync",
    "recovery._cut: sync",
    "seal._write_synced: sync",
    "seal.seal: sync_folder",
    "spool.Spool.quiet: make_folder",
    "spool.Spool.begin: make_folder",
    "spool.Spool.begin: sync_folder",
    "local.LocalStore._prepare: make_folder",
    "local.LocalStore._unfinished: sync",
    "local.LocalStore._sync: sync",
    "local.LocalStore.put: sync_folder",
}
"""Every place of the walk that asks for a sync."""

REPLACING = "local.LocalStore.replace: sync_folder"
"""The ledger's checkpoint is a copy and no part of the walk: see `TestReplacing`."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with scratch() as path:
        yield path


@pytest.fixture(scope="module")
def fresh(folder: Path) -> Path:
    """An empty archive, to be copied."""
    new_archive(folder / "fresh")
    return folder / "fresh"


@pytest.fixture(scope="module")
def judge(folder: Path) -> Judge:
    return Judge(folder / "judge")


def life_of(fresh: Path, skipped: str | None = None) -> Life:
    """The first process of an archive."""
    shutil.copytree(fresh, fresh.parent / "life")
    return Life(fresh.parent / "life", 1, first_work, skipped=skipped)


def follower(folder: Path, work: Callable[[World], object], **named: object) -> Life:
    """A process after it; see `Life`."""
    return Life(folder / "follower", 2, work, **named)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def life(fresh: Path) -> Life:
    return life_of(fresh)


def recover_and_go_on(world: World) -> None:
    recover(world)
    second_work(world)


class TestPowerLoss:
    @pytest.mark.parametrize("survival", SURVIVALS)
    def test_at_any_moment_nothing_acknowledged_is_lost_doubled_or_shown_in_part(
        self, life: Life, judge: Judge, survival: str
    ) -> None:
        for moment in life.moments:
            assert not judge.wrong(life.left(moment, survival, SEED)), f"moment {moment}, {survival}, seed {SEED}"

    def test_in_the_midst_of_recovery_it_changes_nothing(self, life: Life, judge: Judge, folder: Path) -> None:
        chance = random.Random(SEED)
        sealed = life.disk.notes.index(Note("make", "segments"))
        for survival, moments in (("c512", life.moments[-3:]), ("a", [sealed])):
            for moment in moments:
                second = follower(folder, recover, left=life.left(moment, survival, SEED))
                for later in chance.sample(second.moments, min(12, len(second.moments))):
                    for then in ("a", "b2", "e"):
                        wrong = judge.wrong(second.left(later, then, SEED))
                        assert not wrong, f"moment {moment} {survival}, then {later} {then}, seed {SEED}"

    def test_a_tail_whose_copies_were_synced_and_not_yet_acknowledged_is_not_adopted_twice(
        self, life: Life, judge: Judge, folder: Path
    ) -> None:
        second = follower(folder, recover, left=life.left(life.ended, "everything", SEED))
        assert sum(note.what == "commit" for note in second.disk.notes) > 5
        for later in second.moments:
            assert not judge.wrong(second.left(later, "a", SEED)), f"moment {later}"

    def test_after_a_kill_what_the_killed_process_left_unsynced_is_not_built_upon(
        self, life: Life, judge: Judge, folder: Path
    ) -> None:
        chance = random.Random(SEED)
        # the first moments make the spool itself, the last ones leave a tail
        for moment in [*life.moments[:4], *chance.sample(life.moments[4:-3], 6), *life.moments[-3:]]:
            second = follower(folder, recover_and_go_on, before=(life, moment))
            for later in [*chance.sample(second.moments, min(8, len(second.moments))), second.ended]:
                for then in ("a", "e"):
                    wrong = judge.wrong(second.left(later, then, SEED))
                    assert not wrong, f"killed at {moment}, power lost at {later} {then}, seed {SEED}"


class TestEachSync:
    """With one sync left out, some power loss must show."""

    @pytest.mark.parametrize("skipped", sorted(SYNCS))
    def test_each_sync_is_needed(self, fresh: Path, folder: Path, life: Life, judge: Judge, skipped: str) -> None:
        ended, made = life.left(life.ended, "everything", SEED), 1 + life.disk.notes.index(Note("make", "spool"))
        sealed = life.left(life.disk.notes.index(Note("make", "segments")), "a", SEED)
        lives: list[Callable[[], Life]] = [
            lambda: life_of(fresh, skipped),
            lambda: follower(folder, recover, left=ended, skipped=skipped),
            lambda: follower(folder, recover_and_go_on, before=(life, made), skipped=skipped),
            lambda: follower(folder, put_back_and_recover, left=sealed, skipped=skipped),
        ]
        assert any(shows(begun(), judge) for begun in lives), f"{skipped} can be left out"

    def test_every_call_that_syncs_is_among_them(self) -> None:
        named = {one.partition(" through ")[0] for one in SYNCS} | {REPLACING}
        assert named == {one for module in (ingest, recovery, seal, spool, local) for one in calls_that_sync(module)}


class TestReplacing:
    """The one object that is written over."""

    @staticmethod
    def replaced(root: Path, skipped: str | None) -> tuple[list[bytes | None], bytes | None]:
        """What a power loss may leave of the object during the second of two replacements, and after it."""
        root.mkdir()
        disk = ForgetfulDisk(root, skipped=skipped)
        store = local.LocalStore(root, disk)

        def left(notes: int) -> bytes | None:
            return dict(unsynced_lost(remembered(disk.base, disk.notes[:notes]), random.Random(SEED))).get(CHECKPOINT)

        store.replace(CHECKPOINT, b"first")
        began = len(disk.notes)
        store.replace(CHECKPOINT, b"second")
        return [left(notes) for notes in range(began, len(disk.notes))], left(len(disk.notes))

    def test_it_is_the_old_or_the_new_one_at_every_moment_and_durable_at_the_end(self, folder: Path) -> None:
        during, after = self.replaced(folder / "replaced", None)
        assert set(during) == {b"first"}
        assert after == b"second"

    def test_its_sync_is_needed(self, folder: Path) -> None:
        assert self.replaced(folder / "unsynced", REPLACING)[1] != b"second"


def shows(life: Life, judge: Judge) -> bool:
    """Whether a power loss in this life leaves an archive in which something is wrong."""
    return life.disk.left_out > 0 and any(
        judge.wrong(life.left(moment, survival, SEED))
        for moment in reversed(life.moments)
        for survival in ("a", "d", "e")
    )


def put_back_and_recover(world: World) -> None:
    """Somebody copies the files of a sealed segment into the store by other means, without a sync; then recovery runs."""
    disk, store = world.spool.disk, Path(world.store.place)
    (segment,) = world.state.unfinished()
    folder = store / layout.segment_folder(segment.job, datetime.fromisoformat(segment.opened_at), segment.segment_id)
    disk.make_folder(folder)
    for path in world.spool.folder(segment.segment_id).iterdir():
        if path.name != "lock":
            handle = disk.create(folder / path.name)
            disk.append(handle, path.read_bytes())
            disk.close(handle)
    recover(world)


def calls_that_sync(module: ModuleType) -> Iterator[str]:
    """Function and kind of each sync that a module asks a disk for, in the words of `SYNCS`."""

    def walk(node: ast.AST, within: tuple[str, ...]) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            named = child.func.attr if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) else ""
            if named in ("sync", "sync_folder", "make_folder") and within[1:] != ("SpoolSegment", "sync"):
                yield f"{'.'.join(within)}: {named}"
            deeper = isinstance(child, (ast.ClassDef, ast.FunctionDef))
            yield from walk(child, (*within, child.name) if deeper else within)  # type: ignore[attr-defined]

    yield from walk(ast.parse(inspect.getsource(module)), (module.__name__.rpartition(".")[2],))


class TestFaults:
    @pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC, Killed])
    def test_a_fault_at_any_call_is_told_and_costs_nothing_acknowledged(
        self, fresh: Path, folder: Path, fault: int | type[Killed]
    ) -> None:
        for at in range(1 + (errno.EIO, errno.ENOSPC, Killed).index(fault), 200, 3):
            shutil.copytree(fresh, folder / "faulty")
            acknowledged: list[str] = []
            disk = FaultyDisk(at, fault)
            try:
                with pytest.raises((ArchiveFault, Killed)):
                    work_on(folder / "faulty", disk, acknowledged)
            except pytest.fail.Exception:
                assert disk.calls < at, f"call {at} failed and nobody was told"
                assert len(acknowledged) == 7
                break
            finally:
                # a copy, because the dead process of this test holds its locks still
                shutil.copytree(folder / "faulty", folder / "after")
                world = open_world(folder / "after", QuietDisk(), 2)
                assert not after_recovery(world, acknowledged), f"call {at}"
                close(world)
                shutil.rmtree(folder / "faulty")
                shutil.rmtree(folder / "after")
        else:
            pytest.fail("the work did not end")


def work_on(root: Path, disk: OsDisk, acknowledged: list[str]) -> None:
    world = open_world(root, disk, 1, acknowledged.extend)
    try:
        first_work(world)
    finally:
        close(world)


class TestTheDiskThatForgets:
    """The model itself: what it may lose, and what it must keep."""

    @pytest.fixture
    def disk(self, tmp_path: Path) -> ForgetfulDisk:
        return ForgetfulDisk(tmp_path)

    def left(self, disk: ForgetfulDisk, survival: str) -> dict[str, bytes | None]:
        return dict(SURVIVALS[survival](remembered(disk.base, disk.notes), random.Random(SEED)))

    def test_a_file_without_a_synced_name_is_gone_and_without_a_synced_content_is_empty(
        self, disk: ForgetfulDisk, tmp_path: Path
    ) -> None:
        handle = disk.create(tmp_path / "a")
        disk.append(handle, b"content")
        disk.sync(handle)
        assert self.left(disk, "a") == {}
        disk.sync_folder(tmp_path)
        disk.append(handle, b", more")
        assert self.left(disk, "a") == {"a": b"content"}
        assert self.left(disk, "d") == {"a": b"content" + bytes(6)}
        disk.close(handle)

    def test_what_was_linked_cut_and_removed_comes_back_until_it_is_synced(
        self, disk: ForgetfulDisk, tmp_path: Path
    ) -> None:
        handle = disk.create(tmp_path / "a")
        disk.append(handle, b"content")
        disk.sync(handle)
        disk.sync_folder(tmp_path)
        disk.cut(handle, 3)
        disk.close(handle)
        disk.link(tmp_path / "a", tmp_path / "b")
        disk.unlink(tmp_path / "a")
        assert self.left(disk, "a") == {"a": b"content"}
        assert self.left(disk, "e") == {"a": b"con"}
        disk.sync_folder(tmp_path)
        assert self.left(disk, "a") == {"b": b"content"}

    def test_the_last_write_is_torn_at_a_multiple_of_the_unit(self, disk: ForgetfulDisk, tmp_path: Path) -> None:
        handle = disk.create(tmp_path / "a")
        disk.append(handle, b"x" * 1000)
        disk.append(handle, b"y" * 9000)
        disk.close(handle)
        kept = (self.left(disk, "c4096")["a"] or b"").rstrip(b"\0")
        assert kept[:1000] == b"x" * 1000
        assert len(kept) in (4096, 8192)

    def test_a_folder_made_and_not_synced_is_gone_with_all_in_it(self, disk: ForgetfulDisk, tmp_path: Path) -> None:
        disk.make_folder(tmp_path / "f" / "g")
        assert self.left(disk, "a") == {"f": None, "f/g": None}
        skipping = ForgetfulDisk(tmp_path, skipped="test_lost_writes.makes: make_folder")
        makes(skipping, tmp_path / "h" / "i")
        assert skipping.left_out == 2
        assert self.left(skipping, "a") == {"f": None, "f/g": None}


def makes(disk: ForgetfulDisk, path: Path) -> None:
    disk.make_folder(path)
