# SPDX-License-Identifier: Apache-2.0
"""A database answers hot questions over kept connections, each of the newest state, also after a fault and from any thread."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from archiver.catalog import statements
from archiver.catalog.schema import tables as catalog_tables
from archiver.errors import StateFault
from archiver.sql import Database, Tuning

tables = sa.MetaData()
words = sa.Table(
    "word", tables, sa.Column("id", sa.Integer, primary_key=True), sa.Column("word", sa.String, nullable=False)
)
WORD = sa.select(words.c.word).where(words.c.id == sa.bindparam("key", type_=sa.Integer)).limit(1)


@pytest.fixture(params=[Tuning(), Tuning(scratch=True)], ids=["lasting", "scratch"])
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    one = Database(tmp_path / "words.sqlite", tuning=request.param)
    with one.writing() as connection:
        tables.create_all(connection)
        one.insert(connection, words, [(1, "tide"), (2, "mole")])
    yield one
    one.close()


def test_a_question_sees_what_was_committed_before_it(database: Database) -> None:
    ask = database.prepared(WORD)
    assert (ask(key=1), ask(key=3)) == ([("tide",)], [])
    with database.writing() as connection:
        database.insert(connection, words, [(3, "ferry")])
        database.insert(connection, words, [])
    assert ask(key=3) == [("ferry",)]


def test_many_questions_are_answered_in_their_order(database: Database) -> None:
    ask = database.prepared_for_many(WORD)
    assert ask([{"key": 2}, {"key": 9}, {"key": 1}]) == [[("mole",)], [], [("tide",)]]
    assert ask([]) == []


@pytest.mark.parametrize("wrong", ["\ud800", object(), 1 << 70])
def test_a_question_that_fails_leaves_the_next_one_alone(database: Database, wrong: Any) -> None:
    one, many = database.prepared(WORD), database.prepared_for_many(WORD)
    for _ in range(3):
        with pytest.raises((ValueError, OverflowError, StateFault)):
            one(key=wrong)
        with pytest.raises((ValueError, OverflowError, StateFault)):
            many([{"key": 1}, {"key": wrong}])
        assert one(key=1) == [("tide",)]
        assert many([{"key": 1}]) == [[("tide",)]]
        with database.writing() as connection:  # nobody holds a lock
            connection.execute(sa.update(words).values(word=words.c.word))


def test_what_raises_inside_a_transaction_is_undone(database: Database) -> None:
    ask = database.prepared(WORD)
    with pytest.raises(StateFault, match="UNIQUE"), database.writing() as connection:
        database.insert(connection, words, [(4, "rope"), (1, "again")])
    assert ask(key=4) == []


def test_threads_may_ask_at_once(database: Database) -> None:
    ask = database.prepared(WORD)
    wrong: list[Any] = []

    def work() -> None:
        wrong.extend(answer for _ in range(300) if (answer := ask(key=2)) != [("mole",)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def test_the_tables_and_questions_of_the_catalog_are_plain_enough_for_another_database() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    asked = [one for one in vars(statements).values() if isinstance(one, sa.Select)]
    assert len(asked) > 8
    for one in asked:
        assert "SELECT" in str(one.compile(dialect=dialect))
    for table in catalog_tables.sorted_tables:
        assert "CREATE TABLE" in str(sa.schema.CreateTable(table).compile(dialect=dialect))
        assert "INSERT" in str(sa.insert(table).compile(dialect=dialect))
