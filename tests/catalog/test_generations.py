# SPDX-License-Identifier: Apache-2.0
"""A rebuild replaces the catalog under its readers and writers: each sees a whole generation, and no segment is lost."""

import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.catalog.catalog import Catalog
from archiver.catalog.generations import Generations
from archiver.errors import StoreUnavailable
from archiver.url_keys import url_key
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
