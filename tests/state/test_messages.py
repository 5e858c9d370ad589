# SPDX-License-Identifier: Apache-2.0
"""Messages of jobs are kept until they are delivered, and each is in the hands of one deliverer at a time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from archiver.state.messages import Messages
from archiver.state.state import State
from tests.state.crawling import NOW, opened

JOB, OTHER, WAY = "quay", "ferry", "a way"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    one = opened(tmp_path / "state.sqlite")
    yield one
    one.close()


@pytest.fixture
def messages(state: State) -> Messages:
    return state.messages


@pytest.fixture
def connection(state: State) -> Iterator[sa.Connection]:
    with state.writing() as one:
        yield one


def _contents(messages: Messages, connection: sa.Connection, now: float, job: str = JOB) -> list[bytes]:
    return [one.content for one in messages.take(connection, job, now, now + 60)]


def test_what_waits_is_one_content_a_way(messages: Messages, connection: sa.Connection) -> None:
    assert messages.waiting(connection, JOB, WAY) is None
    messages.wait(connection, JOB, WAY, b"first")
    messages.wait(connection, JOB, WAY, b"second")
    messages.wait(connection, JOB, "another", b"third")
    assert messages.waiting(connection, JOB, WAY) == b"second"
    assert messages.waiting(connection, OTHER, WAY) is None
    messages.wait(connection, JOB, WAY, None)
    assert messages.waiting(connection, JOB, WAY) is None
    assert messages.waiting(connection, JOB, "another") == b"third"


def test_everything_that_waits_is_seen_at_once(state: State) -> None:
    with state.writing() as connection:
        state.messages.wait(connection, JOB, WAY, b"first")
        state.messages.wait(connection, OTHER, WAY, b"second")
        state.messages.send(connection, JOB, WAY, b"third", NOW)
    assert state.messages.all_waiting() == [(JOB, WAY, b"first"), (OTHER, WAY, b"second")]


def test_a_message_is_left_to_who_has_it_until_his_time_is_over(messages: Messages, connection: sa.Connection) -> None:
    sent = messages.send(connection, JOB, WAY, b"first", NOW + 60)
    assert (sent.way, sent.content) == (WAY, b"first")
    assert _contents(messages, connection, NOW + 59) == []
    assert _contents(messages, connection, NOW + 60, OTHER) == []
    assert _contents(messages, connection, NOW + 60) == [b"first"]
    assert _contents(messages, connection, NOW + 61) == []


def test_messages_are_taken_oldest_first(messages: Messages, connection: sa.Connection) -> None:
    for content in (b"1", b"2", b"3"):
        messages.send(connection, JOB, WAY, content, 0.0)
    assert _contents(messages, connection, NOW) == [b"1", b"2", b"3"]


def test_what_was_not_delivered_may_be_taken_at_once_and_what_was_is_gone(state: State) -> None:
    with state.writing() as connection:
        first, second = (state.messages.send(connection, JOB, WAY, content, NOW) for content in (b"1", b"2"))
    state.messages.done([first.row])
    state.messages.leave([second.row])
    with state.writing() as connection:
        assert state.messages.take(connection, JOB, 1.0, NOW) == [second]


def test_a_feed_has_the_newest_messages_of_its_job_newest_first(state: State) -> None:
    with state.writing() as connection:
        for number in range(5):
            state.messages.show(connection, JOB, b"%d" % number, 3)
        state.messages.show(connection, OTHER, b"other", 3)
        state.messages.send(connection, JOB, WAY, b"outgoing", NOW)
    assert state.messages.shown(JOB) == [b"4", b"3", b"2"]
    assert state.messages.shown(OTHER) == [b"other"]
    with state.writing() as connection:
        assert _contents(state.messages, connection, NOW) == [b"outgoing"]
