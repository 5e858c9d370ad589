# SPDX-License-Identifier: Apache-2.0
"""State remembers exactly what was acknowledged, through restarts and beside other writers, and refuses what is not its own."""

import multiprocessing
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.errors import ArchiverError, NewerFormat, StateFault
from archiver.state.state import Acknowledged, OpenSegment, State

ARCHIVE = "00000000-0000-4000-8000-00000000abcd"
OPENED = "2026-03-03T10:00:00+00:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


@pytest.fixture
def state(path: Path) -> Iterator[State]:
    one = State(path)
    one.prepare(ARCHIVE)
    yield one
    one.close()


def capture(number: int, end: int | None = None) -> Acknowledged:
    """The nth capture of a segment; every third has no index line."""
    return Acknowledged(
        capture_id=f"{number:08x}-0000-4000-8000-000000000000",
        ordinal=number,
        index_line=None if number % 3 == 2 else b"key 20260303100000 {}\n\xff\0",
        manifest_offset=100 * number,
        manifest_length=50,
        manifest_digest="sha256:" + "0" * 64,
        fetched_at=OPENED,
        end=100 * number + 100 if end is None else end,
        sha256="sha256:" + "1" * 64,
    )


def begun(state: State, name: str = "a") -> str:
    state.segment_opened(name * 26, "adhoc", OPENED)
    return name * 26


def test_an_open_segment_is_remembered(state: State) -> None:
    begun(state)
    assert state.unfinished() == [OpenSegment("a" * 26, "adhoc", "open", OPENED, 0, False)]
    assert state.segment("a" * 26) == state.unfinished()[0]
    assert state.segment("b" * 26) is None
    assert state.acknowledged("a" * 26) == []


def test_what_was_acknowledged_comes_back_in_file_order(state: State, path: Path) -> None:
    segment = begun(state)
    state.acknowledge(segment, [capture(0), capture(1)])
    state.acknowledge(segment, [capture(2)])
    state.close()
    again = State(path)
    again.prepare(ARCHIVE)
    assert again.acknowledged(segment) == [capture(0), capture(1), capture(2)]
    (one,) = again.unfinished()
    assert one.acknowledged == 300
    again.close()


def test_a_group_is_acknowledged_whole_or_not_at_all(state: State) -> None:
    segment = begun(state)
    state.acknowledge(segment, [capture(0)])
    with pytest.raises(ArchiverError):
        state.acknowledge(segment, [capture(1), capture(0, end=900)])
    assert state.acknowledged(segment) == [capture(0)]
    assert state.unfinished()[0].acknowledged == 100


def test_a_capture_of_an_unknown_segment_is_refused(state: State) -> None:
    with pytest.raises(ArchiverError):
        state.acknowledge("z" * 26, [capture(0)])


def test_a_segment_begins_once(state: State) -> None:
    begun(state)
    with pytest.raises(ArchiverError):
        begun(state)


def test_a_tail_is_adopted_in_the_transaction_that_acknowledges_it(state: State) -> None:
    old, new = begun(state, "a"), begun(state, "b")
    state.acknowledge(old, [capture(0)])
    with pytest.raises(ArchiverError):
        state.acknowledge(new, [capture(1), capture(0)], adopted_from=old)
    assert [one.tail_adopted for one in state.unfinished()] == [False, False]
    state.acknowledge(new, [capture(1)], adopted_from=old)
    assert {one.segment_id: one.tail_adopted for one in state.unfinished()} == {old: True, new: False}


def test_a_segment_goes_through_its_stages_and_is_forgotten(state: State) -> None:
    segment, other = begun(state, "a"), begun(state, "b")
    state.acknowledge(segment, [capture(0)])
    state.acknowledge(other, [capture(1)])
    for stage in ("sealed", "stored", "stored"):
        state.segment_advanced(segment, stage)
        found = state.segment(segment)
        assert found is not None
        assert found.stage == stage
    for _ in range(2):
        state.segment_finished(segment)
        assert [one.segment_id for one in state.unfinished()] == [other]
        assert state.acknowledged(segment) == []
    assert state.acknowledged(other) == [capture(1)]


def test_unfinished_segments_come_oldest_first(state: State) -> None:
    for name, day in (("a", 3), ("b", 1), ("c", 2)):
        state.segment_opened(name * 26, "adhoc", f"2026-03-0{day}T10:00:00+00:00")
    assert [one.segment_id[0] for one in state.unfinished()] == ["b", "c", "a"]


def test_facts_are_remembered_and_replaced(state: State) -> None:
    assert state.fact("abilities") is None
    for content in ("one", "two", ""):
        state.remember("abilities", content)
        assert state.fact("abilities") == content


def test_the_redaction_key_is_made_once_and_is_long(state: State, path: Path) -> None:
    key = state.fact("redaction_key")
    assert key is not None
    assert len(bytes.fromhex(key)) == 32
    again = State(path)
    again.prepare(ARCHIVE)
    assert again.fact("redaction_key") == key
    again.close()


def test_two_archives_have_different_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "two"):
        one = State(tmp_path / name)
        one.prepare(ARCHIVE)
        keys.add(one.fact("redaction_key"))
        one.close()
    assert len(keys) == 2


def test_the_state_of_another_archive_is_refused(state: State, path: Path) -> None:
    state.close()
    other = State(path)
    with pytest.raises(StateFault, match="belongs to archive"):
        other.prepare("00000000-0000-4000-8000-00000000ffff")
    other.prepare(ARCHIVE)
    other.close()


def test_a_state_of_a_later_version_is_refused_and_left_as_it_is(state: State, path: Path) -> None:
    state.remember("version", "999")
    state.close()
    before = path.read_bytes()
    later = State(path)
    with pytest.raises(NewerFormat):
        later.prepare(ARCHIVE)
    later.close()
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_an_error_of_ours(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)
    broken = State(path)
    with pytest.raises(StateFault):
        broken.prepare(ARCHIVE)
    broken.close()


def test_it_is_opened_so_that_a_commit_survives_a_crash(state: State, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    with state._database.reading() as opened:
        assert opened.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert opened.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_others_on_this_machine_cannot_read_the_key(state: State, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_threads_acknowledge_side_by_side(state: State) -> None:
    faults: list[BaseException] = []

    def write(name: str, first: int) -> None:
        try:
            segment = begun(state, name)
            for n in range(15):
                state.acknowledge(segment, [capture(first + n)])
        except BaseException as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(name, 100 * n)) for n, name in enumerate("abcd")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(len(state.acknowledged(name * 26)) == 15 for name in "abcd")


def write_in_process(path: str, name: str, first: int) -> None:
    mine = State(Path(path))
    mine.prepare(ARCHIVE)
    segment = begun(mine, name)
    for n in range(15):
        mine.acknowledge(segment, [capture(first + n)])
    mine.close()


def test_two_processes_prepare_and_acknowledge_side_by_side(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=write_in_process, args=(str(path), *given)) for given in (("a", 0), ("b", 100))]
    for one in others:
        one.start()
    for one in others:
        one.join(60)
        assert one.exitcode == 0
    state = State(path)
    assert all(len(state.acknowledged(name * 26)) == 15 for name in "ab")
    state.close()
