# SPDX-License-Identifier: Apache-2.0
"""A growing segment has one writer, takes nothing after a fault, and is left alone while its writer lives."""

from pathlib import Path

import pytest

from archiver.disk import OsDisk
from archiver.errors import Damaged, DiskFault
from archiver.services import recovery
from archiver.services.ingest import begin_segment, recover
from archiver.services.spool import Spool
from tests.services.exchanges import Archive, context, exchange, page, plain

SEGMENT = "a" * 26


class FailingDisk(OsDisk):
    """A disk that fails when it is told to."""

    def __init__(self) -> None:
        self.fails = ""

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        if self.fails == "append":
            raise DiskFault("input/output error")
        super().append(handle, content)

    def sync(self, handle: int) -> None:
        if self.fails == "sync":
            raise DiskFault("input/output error")
        super().sync(handle)


@pytest.fixture
def disk() -> FailingDisk:
    return FailingDisk()


@pytest.fixture
def spool(tmp_path: Path, disk: FailingDisk) -> Spool:
    return Spool(tmp_path / "spool", disk)


@pytest.mark.parametrize("fails", ["append", "sync"])
def test_after_a_fault_a_segment_takes_nothing_more(spool: Spool, disk: FailingDisk, fails: str) -> None:
    with spool.quiet():
        segment = spool.begin(SEGMENT, "one.warc.gz")
    segment.append_preamble(b"first")
    segment.sync()
    disk.fails = fails

    def write_on() -> None:
        segment.append_preamble(b"second")
        segment.sync()

    with pytest.raises(DiskFault):
        write_on()
    disk.fails = ""
    with pytest.raises(DiskFault, match="takes nothing more"):
        segment.append_preamble(b"third")
    if fails == "sync":
        with pytest.raises(DiskFault, match="takes nothing more"):
            segment.sync()
    segment.release()
    assert segment.path.read_bytes() in (b"first", b"firstsecond")


def test_a_sync_with_nothing_to_sync_asks_nothing_of_the_disk(spool: Spool, disk: FailingDisk) -> None:
    with spool.quiet():
        segment = spool.begin(SEGMENT, "one.warc.gz")
    disk.fails = "sync"
    segment.sync()
    segment.release()


def test_a_segment_is_claimed_only_when_its_writer_is_gone(spool: Spool) -> None:
    with spool.quiet():
        segment = spool.begin(SEGMENT, "one.warc.gz")
        assert spool.claim(SEGMENT) is None
        segment.release()
        lock = spool.claim(SEGMENT)
        assert lock is not None
        assert spool.claim(SEGMENT) is None
        lock.release()


def test_a_removed_segment_is_gone_and_may_be_removed_again(spool: Spool) -> None:
    assert spool.folders() == []
    with spool.quiet():
        spool.begin(SEGMENT, "one.warc.gz").release()
    assert spool.folders() == [SEGMENT]
    for _ in range(2):
        spool.remove(SEGMENT)
        assert spool.folders() == []


def test_a_living_writer_is_left_alone(archive: Archive) -> None:
    ingest = archive.ingest()
    ingest.record(exchange(plain(page())), context())
    ingest.acknowledge()
    assert recovery.abandoned(archive.world.spool, archive.world.state) == []
    assert recover(archive.world) == []
    assert ingest.finish() is not None
    assert archive.world.generations.current().counts()["captures"] == 1


def test_a_folder_without_a_row_and_a_row_without_a_folder_are_removed(archive: Archive) -> None:
    spool, state = archive.world.spool, archive.world.state
    with spool.quiet():
        spool.begin(SEGMENT, "one.warc.gz").release()
    state.segment_opened("b" * 26, "adhoc", "2026-03-03T10:00:00+00:00")
    recover(archive.world)
    assert spool.folders() == []
    assert state.unfinished() == []
    assert list(archive.store.list("")) == []


@pytest.mark.parametrize("cut", [1, 9, 400, 10**9])
def test_of_a_torn_tail_whole_captures_are_kept_and_the_rest_is_cut(archive: Archive, cut: int) -> None:
    ingest = archive.ingest()
    kept = ingest.record(exchange(plain(page("<p>one</p>"))), context())
    ingest.acknowledge()
    (path,) = archive.world.spool.folder(kept.segment_id).glob("*.warc.gz")
    acknowledged = path.stat().st_size
    ingest.record(exchange(plain(page("<p>two</p>"))), context())
    ingest.abandon()
    with path.open("r+b") as stream:
        stream.truncate(max(acknowledged, path.stat().st_size - cut))
    recover(archive.world)
    catalog = archive.world.generations.current()
    assert catalog.counts() == {"captures": 1, "segments": 1}
    assert catalog.by_id(kept.manifest.observation.capture_id) is not None


def test_a_second_recovery_adopts_nothing_twice(archive: Archive) -> None:
    ingest = archive.ingest()
    ingest.record(exchange(plain(page("<p>one</p>"))), context())
    ingest.acknowledge()
    ingest.record(exchange(plain(page("<p>two</p>"))), context())
    ingest.abandon()
    world = archive.world
    ((segment, lock),) = recovery.abandoned(world.spool, world.state)
    adopted = recovery.settle(segment, world.spool, world.state, lambda job: begin_segment(world, job)[0])
    assert adopted is not None
    adopted.release()  # killed here: both are left
    lock.release()
    assert len(recover(world)) == 2
    assert recover(world) == []
    assert world.generations.current().counts() == {"captures": 2, "segments": 2}


def test_a_segment_that_does_not_read_back_is_told_once_set_aside_and_blocks_nothing(archive: Archive) -> None:
    ingest = archive.ingest()
    kept = ingest.record(exchange(plain(page("<p>one</p>"))), context())
    ingest.acknowledge()
    ingest.abandon()
    world = archive.world
    (path,) = world.spool.folder(kept.segment_id).glob("*.warc.gz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match="was set aside"):
        recover(world)
    assert recover(world) == []
    assert path.read_bytes() == content
    assert [one.stage for one in world.state.unfinished()] == [recovery.ASIDE]
    archive.keep(exchange(plain(page("<p>two</p>"))))
    assert world.generations.current().counts() == {"captures": 1, "segments": 1}
