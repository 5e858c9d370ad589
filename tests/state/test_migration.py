# SPDX-License-Identifier: Apache-2.0
"""A state of an earlier version becomes one of this and keeps everything; the tables of version 1 are written here by hand."""

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import NewerFormat, StateFault
from archiver.state.schema import CRAWLING, SEED_LIMITS, VERSION
from archiver.state.state import State
from tests.state.crawling import ARCHIVE, CREATED, Crawl, found

_VERSION_1 = """
CREATE TABLE fact (name VARCHAR(64) NOT NULL, content VARCHAR NOT NULL, PRIMARY KEY (name));
CREATE TABLE segment (
    segment_id VARCHAR(26) NOT NULL, job VARCHAR(64) NOT NULL, stage VARCHAR(8) NOT NULL, opened_at VARCHAR(32) NOT NULL,
    acknowledged BIGINT NOT NULL, tail_adopted BOOLEAN NOT NULL, PRIMARY KEY (segment_id)
);
CREATE TABLE capture (
    capture_id VARCHAR(36) NOT NULL, segment_id VARCHAR(26) NOT NULL, ordinal INTEGER NOT NULL, index_line BLOB,
    manifest_offset BIGINT NOT NULL, manifest_length BIGINT NOT NULL, manifest_digest VARCHAR(80) NOT NULL,
    fetched_at VARCHAR(32) NOT NULL, "end" BIGINT NOT NULL, sha256 VARCHAR(80) NOT NULL, PRIMARY KEY (capture_id),
    FOREIGN KEY(segment_id) REFERENCES segment (segment_id)
);
CREATE INDEX ix_capture_segment_id ON capture (segment_id);
"""
_FACTS = {"version": "1", "archive_id": ARCHIVE, "redaction_key": "5e" * 32, "abilities": '{"create_only": true}'}
_SEGMENTS = [("a" * 26, "adhoc", "open", CREATED, 300, False), ("b" * 26, "quay", "sealed", CREATED, 90, True)]
_CAPTURES = [
    ("1" * 36, "a" * 26, 0, b"line\0\xff", 40, 60, "sha256:" + "0" * 64, CREATED, 100, "sha256:" + "1" * 64),
    ("2" * 36, "a" * 26, 1, None, 240, 60, "sha256:" + "2" * 64, CREATED, 300, "sha256:" + "3" * 64),
    ("3" * 36, "b" * 26, 0, b"", 30, 60, "sha256:" + "4" * 64, CREATED, 90, "sha256:" + "5" * 64),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state of version 1, as the program of that version left it."""
    made = tmp_path / "state.sqlite"
    with closing(sqlite3.connect(made)) as old, old:
        old.execute("PRAGMA journal_mode=WAL")
        old.executescript(_VERSION_1)
        old.executemany("INSERT INTO fact VALUES (?, ?)", _FACTS.items())
        old.executemany("INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)", _SEGMENTS)
        old.executemany("INSERT INTO capture VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _CAPTURES)
    return made


def _held(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as state:
        return {
            name: state.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in ("fact", "segment", "capture")
        }


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as state:
        return {name for (name,) in state.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_everything_of_version_1_is_kept_and_the_version_is_new(path: Path) -> None:
    before = _held(path)
    state = State(path)
    state.prepare(ARCHIVE)
    assert [one.segment_id[0] for one in state.unfinished()] == ["a", "b"]
    assert [one.index_line for one in state.acknowledged("a" * 26)] == [b"line\0\xff", None]
    assert state.fact("redaction_key") == "5e" * 32
    state.close()
    after = _held(path)
    assert (after["segment"], after["capture"]) == (before["segment"], before["capture"])
    assert dict(after["fact"]) == {**_FACTS, "version": str(VERSION)}


def test_what_version_1_did_not_have_is_there_and_works(path: Path) -> None:
    state = State(path)
    state.prepare(ARCHIVE)
    assert {table.name for table in (*CRAWLING, *SEED_LIMITS)} <= _tables(path)
    crawl = Crawl(state)
    assert crawl.know(found("/a"), found("/a"), found("/b", reason="out-of-scope")) == 2
    assert len(crawl.claim(crawl.worker())) == 1
    state.close()


def test_a_migrated_state_has_the_tables_and_indexes_of_a_new_one(path: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.sqlite"
    for one in (path, fresh):
        state = State(one)
        state.prepare(ARCHIVE)
        state.close()
    assert _shape(path) == _shape(fresh)


def test_a_state_of_version_2_keeps_its_crawls_and_gets_what_it_lacks(tmp_path: Path) -> None:
    path, fresh = tmp_path / "state.sqlite", tmp_path / "fresh.sqlite"
    for one in (path, fresh):
        state = State(one)
        state.prepare(ARCHIVE)
        if one == path:
            Crawl(state).know(found("/a"))
        state.close()
    with closing(sqlite3.connect(path)) as old, old:
        for table in SEED_LIMITS:
            old.execute(f"DROP TABLE {table.name}")
        old.execute("UPDATE fact SET content = '2' WHERE name = 'version'")
    state = State(path)
    state.prepare(ARCHIVE)
    (crawl,) = state.crawls.all()
    assert [one["target"] for one in state.frontier.known(crawl.row)] == ["/a"]
    state.close()
    assert _shape(path) == _shape(fresh)
    assert dict(_held(path)["fact"])["version"] == str(VERSION)


def _shape(path: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(path)) as state:
        names = _tables(path) - {"sqlite_sequence"}
        columns = {name: state.execute(f'PRAGMA table_info("{name}")').fetchall() for name in names}
        indexes = {
            name: sorted(row[1:4] for row in state.execute(f'PRAGMA index_list("{name}")').fetchall()) for name in names
        }
        return {"columns": columns, "indexes": indexes}


def test_to_open_it_again_changes_nothing(path: Path) -> None:
    for _ in range(2):
        state = State(path)
        state.prepare(ARCHIVE)
        state.close()
        once = _held(path)
    assert _held(path) == once


def test_a_state_of_another_archive_or_of_a_later_program_is_left_as_it_is(path: Path) -> None:
    before = _tables(path), _held(path)
    state = State(path)
    with pytest.raises(StateFault):
        state.prepare("another")
    state.close()
    assert (_tables(path), _held(path)) == before
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("UPDATE fact SET content = ? WHERE name = 'version'", (str(VERSION + 1),))
    state = State(path)
    with pytest.raises(NewerFormat):
        state.prepare(ARCHIVE)
    state.close()
    assert _tables(path) == {"fact", "segment", "capture"}


def test_two_processes_that_open_it_at_once_both_find_it_whole(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both, told = context.Barrier(2), context.Queue()
    racing = [context.Process(target=_prepare, args=(path, both, told)) for _ in range(2)]
    for one in racing:
        one.start()
    assert [told.get(timeout=30) for _ in racing] == ["whole", "whole"]
    for one in racing:
        one.join()
    assert dict(_held(path)["fact"])["version"] == str(VERSION)


def _prepare(path: Path, both: Any, told: Any) -> None:
    both.wait()
    state = State(path)
    state.prepare(ARCHIVE)
    told.put("whole" if len(state.unfinished()) == 2 and state.crawls.all() == [] else "torn")
    state.close()
