# SPDX-License-Identifier: Apache-2.0
"""Postings in sorted runs: whatever was added is found, whatever was merged, and nothing else."""

import random
from collections import defaultdict
from pathlib import Path

import pytest
import sqlalchemy as sa

from archiver.sql import Database
from archiver.texts import postings
from archiver.texts.schema import parts, runs, tables


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(tmp_path / "texts.sqlite")
    with made.writing() as connection:
        tables.create_all(connection)
    return made


def found(database: Database, passage: int, most: int = 10_000) -> list[int]:
    with database.reading() as connection:
        return sorted(key for keys in postings.find(connection, [passage], most) for key in keys)


@pytest.mark.parametrize(("batches", "size"), [(1, 1), (3, 10), (8, 40), (70, 7), (9, 3000), (2, 40_000), (17, 2100)])
def test_what_was_added_is_found_after_any_merge(database: Database, batches: int, size: int) -> None:
    chosen = random.Random(batches * size)
    held: dict[int, list[int]] = defaultdict(list)
    text = 0
    for _ in range(batches):
        added = []
        for _ in range(size):
            text += 1
            passage = chosen.choice((0, 1, (1 << 32) - 1, chosen.getrandbits(32), chosen.getrandbits(5) << 27))
            held[passage].append(text)
            added += postings.of_text([passage], text)
        with database.writing() as connection:
            postings.add(database, connection, added)
    for passage in [0, 1, (1 << 32) - 1, *chosen.sample(sorted(held), min(len(held), 200))]:
        assert found(database, passage) == held[passage]
    assert found(database, 12_345_678) == held.get(12_345_678, [])
    with database.reading() as connection:
        levels = connection.execute(sa.select(runs.c.level)).scalars().all()
        total = sum(len(one) for one in connection.execute(sa.select(parts.c.postings)).scalars())
    assert all(levels.count(level) < 8 for level in levels)
    assert total == 8 * batches * size


def test_no_more_are_given_than_asked_for_a_run(database: Database) -> None:
    for first in (1, 100):
        with database.writing() as connection:
            added = [one for key in range(first, first + 50) for one in postings.of_text([9], key)]
            postings.add(database, connection, added)
    assert found(database, 9, most=3) == [1, 2, 3, 100, 101, 102]


def test_adding_nothing_begins_no_run(database: Database) -> None:
    with database.writing() as connection:
        postings.add(database, connection, [])
        assert connection.execute(sa.select(runs)).all() == []
