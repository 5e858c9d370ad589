# SPDX-License-Identifier: Apache-2.0
"""A rebuild replaces the catalog under its readers and writers: each sees a whole generation, and no segment is lost."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archiver.catalog.catalog import Catalog
from archiver.catalog.generations import Generations
from archiver.errors import StoreUnavailable
from archiver.url_keys import url_key
from manifests import Digest
from tests.catalog.captures import AT, URL, manifest, placed, segment, uuid

KEY = url_key(URL)


@pytest.fixture
def generations(tmp_path: Path) -> Iterator[Generations]:
    one = Generations(tmp_path / "catalog.sqlite")
    one.prepare()
    yield one
    one.close()


def add(generations: Generations, name: str, *numbers: int) -> None:
    with generations.adding() as catalog:
        catalog.add(segment(name), placed(*(manifest(n) for n in numbers)))


def ids(catalog: Catalog) -> list[str]:
    return sorted(one.capture_id for one in catalog.by_url(URL, KEY))


def leftovers(generations: Generations) -> list[str]:
    return [path.name for path in generations.path.parent.iterdir() if ".new" in path.name]


def test_preparing_twice_keeps_what_is_there(generations: Generations) -> None:
    add(generations, "a", 1)
    generations.prepare()
    assert ids(generations.current()) == [uuid(1)]
    assert generations.exists()


def test_there_is_no_catalog_before_one_is_made(tmp_path: Path) -> None:
    none = Generations(tmp_path / "catalog.sqlite")
    assert not none.exists()
    with pytest.raises(StoreUnavailable):
        none.current()
    (tmp_path / "catalog.sqlite").touch()
    assert not none.exists()
    none.close()


def test_a_reader_sees_the_new_generation_at_its_next_lookup(generations: Generations) -> None:
    add(generations, "a", 1)
    reader = Generations(generations.path, read_only=True)
    held = reader.current()
    assert ids(held) == [uuid(1)]
    with generations.replacing() as (fresh, last):
        fresh.add(segment("b"), placed(manifest(2), manifest(3)))
        assert ids(held) == ids(reader.current()) == [uuid(1)]
        with last:
            assert ids(held) == [uuid(1)]
    assert ids(reader.current()) == ids(held) == ids(generations.current()) == [uuid(2), uuid(3)]
    assert leftovers(generations) == []
    reader.close()


def test_a_rebuild_that_fails_changes_nothing(generations: Generations) -> None:
    add(generations, "a", 1)

    def failing() -> None:
        with generations.replacing() as (fresh, last):
            fresh.add(segment("b"), placed(manifest(2)))
            with last:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert ids(generations.current()) == [uuid(1)]
    assert leftovers(generations) == []
    add(generations, "c", 3)


def test_adding_waits_while_the_last_segments_are_taken_in(generations: Generations) -> None:
    """The store is listed once more inside the lock, so what is added afterwards lands in the new generation."""
    began, other = threading.Event(), Generations(generations.path)

    def write() -> None:
        began.set()
        add(other, "z", 9)

    writer = threading.Thread(target=write)
    with generations.replacing() as (fresh, last):
        fresh.add(segment("a"), placed(manifest(1)))
        with last:
            writer.start()
            began.wait(10)
            writer.join(0.05)
            assert writer.is_alive()
            fresh.add(segment("b"), placed(manifest(2)))
    writer.join(30)
    assert ids(generations.current()) == [uuid(1), uuid(2), uuid(9)]
    other.close()


def test_rebuilds_beside_writers_lose_no_segment(generations: Generations) -> None:
    """The order of publishing: stored first, then added; a rebuild lists what is stored, the last time inside the lock."""
    stored: list[str] = []
    faults: list[BaseException] = []
    letters = "abcdefghijklmnop"

    def publish() -> None:
        mine = Generations(generations.path)
        try:
            for letter in letters:
                stored.append(letter)
                add(mine, letter, ord(letter))
        except BaseException as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)
        finally:
            mine.close()

    def read() -> None:
        mine = Generations(generations.path, read_only=True)
        try:
            seen: set[str] = set()
            while writer.is_alive():
                now = set(ids(mine.current()))
                assert seen <= now, "a capture that was findable is not any more"
                seen = now
        except BaseException as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)
        finally:
            mine.close()

    writer = threading.Thread(target=publish)
    reader = threading.Thread(target=read)
    writer.start()
    reader.start()
    while writer.is_alive():
        with generations.replacing() as (fresh, last):
            for letter in list(stored):
                fresh.add(segment(letter), placed(manifest(ord(letter))))
            with last:
                for letter in list(stored):
                    fresh.add(segment(letter), placed(manifest(ord(letter))))
    writer.join()
    reader.join()
    assert faults == []
    assert ids(generations.current()) == [uuid(ord(letter)) for letter in letters]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 300, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_file_that_is_damaged_is_replaced(generations: Generations, content: bytes) -> None:
    add(generations, "a", 1)
    generations.close()
    for ending in ("-wal", "-shm"):
        generations.path.with_name(generations.path.name + ending).unlink(missing_ok=True)
    generations.path.write_bytes(content)
    with generations.replacing() as (fresh, last), last:
        fresh.add(segment("b"), placed(manifest(2)))
    assert ids(generations.current()) == [uuid(2)]
    assert generations.exists()
    reader = Generations(generations.path, read_only=True)
    assert ids(reader.current()) == [uuid(2)]
    reader.close()


def test_a_catalog_whose_file_was_exchanged_is_opened_anew(generations: Generations, tmp_path: Path) -> None:
    add(generations, "a", 1)
    assert ids(generations.current()) == [uuid(1)]
    other = Generations(tmp_path / "other.sqlite")
    other.prepare()
    add(other, "b", 2)
    other.close()
    for ending in ("-wal", "-shm"):
        generations.path.with_name(generations.path.name + ending).unlink(missing_ok=True)
    (tmp_path / "other.sqlite").rename(generations.path)
    assert ids(generations.current()) == [uuid(2)]


def write_in_process(path: str, letters: str) -> None:
    mine = Generations(Path(path))
    for letter in letters:
        add(mine, letter, ord(letter))
    mine.close()


def test_two_processes_add_side_by_side(generations: Generations) -> None:
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=write_in_process, args=(str(generations.path), part)) for part in ("abc", "def")]
    for one in others:
        one.start()
    for one in others:
        one.join(60)
        assert one.exitcode == 0
    assert ids(generations.current()) == [uuid(ord(letter)) for letter in "abcdef"]
    assert generations.current().closest(URL, KEY, AT) is not None


def test_a_payload_is_found_as_soon_as_another_process_has_added_it_and_through_every_switch(
    generations: Generations,
) -> None:
    def holder(content: bytes) -> str | None:
        held = generations.current().payload_holder(Digest.of(content))
        return held.capture_id if held else None

    assert holder(b"97") is None  # from here on a connection is kept
    other = multiprocessing.get_context("spawn").Process(target=write_in_process, args=(str(generations.path), "a"))
    other.start()
    other.join(60)
    assert other.exitcode == 0
    assert holder(b"97") == uuid(97)
    with generations.replacing() as (fresh, last), last:
        fresh.add(segment("b"), placed(manifest(8), manifest(2)))
        assert (holder(b"97"), holder(b"2")) == (uuid(97), None), "the new generation is not the current one yet"
    assert (holder(b"97"), holder(b"2")) == (None, uuid(2))


def test_a_catalog_of_an_older_version_reads_as_absent_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            "PRAGMA journal_mode=WAL; CREATE TABLE fact (name TEXT PRIMARY KEY, content TEXT);"
            "INSERT INTO fact VALUES ('version', '1'); CREATE TABLE capture (id INTEGER PRIMARY KEY, revisit BOOLEAN)"
        )
    reader, writer = Generations(path, read_only=True), Generations(path)
    assert not reader.exists()
    assert not writer.exists()
    with writer.replacing() as (fresh, last), last:
        fresh.add(segment("a"), placed(manifest(1)))
    assert reader.exists()
    assert ids(reader.current()) == ids(writer.current()) == [uuid(1)]
    reader.close()
    writer.close()


def test_a_generation_that_was_filled_without_a_log_has_one_when_it_is_current(generations: Generations) -> None:
    for _ in range(2):  # over nothing, then over a catalog that is open
        with generations.replacing() as (fresh, last), last:
            fresh.add(segment("b"), placed(manifest(2)))
        with closing(sqlite3.connect(generations.path)) as asked:
            assert asked.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        add(generations, "c", 3)
        assert ids(generations.current()) == [uuid(2), uuid(3)]
