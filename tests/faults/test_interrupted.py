# SPDX-License-Identifier: Apache-2.0
"""What interrupts the walk without a crash: Ctrl-C in the middle of a write, and another process that recovers."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.errors import DiskFault
from archiver.services import recovery
from archiver.services.ingest import Ingest, recover
from archiver.state.state import OpenSegment, State
from infra.crash import made_up
from infra.crash.invariants import after_recovery, broken
from infra.crash.runs import JOB, record
from infra.crash.scratch import scratch
from tests.faults.lives import QuietDisk, close, new_archive, open_world


@pytest.fixture
def root() -> Iterator[Path]:
    with scratch() as folder:
        new_archive(folder / "archive")
        yield folder / "archive"


class Interrupted(QuietDisk):
    """Ctrl-C comes in the middle of the n-th write, once."""

    def __init__(self, at: int) -> None:
        self._left = at

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        self._left -= 1
        if self._left == 0:
            super().append(handle, memoryview(content)[: len(content) // 2])
            raise KeyboardInterrupt
        super().append(handle, content)


def test_nothing_follows_a_write_that_was_interrupted(root: Path) -> None:
    world = open_world(root, Interrupted(4), 1)
    ingest = Ingest(world, JOB)
    acknowledged = record(ingest, (0, 1))
    with pytest.raises(KeyboardInterrupt):
        record(ingest, (4,))
    for _ in range(2):
        with pytest.raises(DiskFault, match="takes nothing more"):
            record(ingest, (5,))
    ingest.abandon()
    assert after_recovery(world, acknowledged) == []
    close(world)


def test_a_capture_in_the_file_that_is_not_among_the_pending_ends_the_segment(root: Path) -> None:
    world = open_world(root, QuietDisk(), 1)
    ingest = Ingest(world, JOB)
    acknowledged = record(ingest, (0,))
    ingest.record(made_up.exchange(1), made_up.context(1, JOB))
    assert ingest._segment is not None
    ingest._segment.spoil("its index line could not be written")
    with pytest.raises(DiskFault, match="its index line"):
        ingest.acknowledge()
    ingest.abandon()
    assert after_recovery(world, acknowledged) == []
    assert world.generations.current().counts()["captures"] == 2
    close(world)


class Overtaken(State):
    """Between the moment the open segments are listed and the moment one is claimed, something happens, once."""

    meanwhile: Callable[[], object]

    def unfinished(self) -> list[OpenSegment]:
        listed = super().unfinished()
        happens, self.meanwhile = self.meanwhile, lambda: None
        happens()
        return listed


def test_a_segment_that_its_writer_finishes_meanwhile_is_not_taken_over(root: Path) -> None:
    writer = open_world(root, QuietDisk(), 1)
    ingest = Ingest(writer, JOB)
    acknowledged = record(ingest, (0, 1))
    state = Overtaken(root / "state.sqlite")

    def finish() -> None:
        acknowledged.extend(record(ingest, (4,)))
        ingest.finish()

    state.meanwhile = finish
    other = open_world(root, QuietDisk(), 2)
    other.state.close()
    other = replace(other, state=state)
    assert recover(other) == []
    assert broken(other, acknowledged) == []
    close(writer)
    close(other)


def test_a_segment_that_its_writer_still_holds_is_left_alone(root: Path) -> None:
    world, other = (open_world(root, QuietDisk(), seed) for seed in (1, 2))
    ingest = Ingest(world, JOB)
    acknowledged = record(ingest, (0, 1))
    assert recover(other) == []
    acknowledged += record(ingest, (4,))
    ingest.finish()
    assert broken(other, acknowledged) == []
    close(world)
    close(other)


def test_a_folder_that_another_process_makes_anew_while_it_is_removed_is_left_to_it(root: Path) -> None:
    class Returning(QuietDisk):
        def unlink(self, path: Path) -> None:
            super().unlink(path)
            if path.name == "lock":
                path.write_bytes(b"")

    world = open_world(root, Returning(), 1)
    ingest = Ingest(world, JOB)
    acknowledged = record(ingest, (0,))
    ingest.finish()
    assert len(world.spool.folders()) == 1
    close(world)
    again = open_world(root, QuietDisk(), 2)
    assert after_recovery(again, acknowledged) == []
    close(again)


def test_acknowledged_captures_whose_file_is_gone_are_told_and_the_rest_is_kept(root: Path) -> None:
    world = open_world(root, QuietDisk(), 1)
    first, second = Ingest(world, JOB), Ingest(world, JOB)
    lost, kept = record(first, (0,)), record(second, (1,))
    segments = [one.segment_id for one in world.state.unfinished()]
    first.abandon()
    second.abandon()
    shutil.rmtree(world.spool.folder(segments[0]))
    wrong = after_recovery(world, (*kept, *lost))
    assert len(wrong) == 1
    assert "is missing although captures in it were acknowledged" in wrong[0]
    assert world.generations.current().counts()["captures"] == 1
    assert recovery.abandoned(world.spool, world.state) == []
    assert [one.stage for one in world.state.unfinished()] == [recovery.ASIDE]
    close(world)
