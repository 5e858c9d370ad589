# SPDX-License-Identifier: Apache-2.0
"""What waits for the ledger waits until it is logged, in the order in which it was sealed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.state.backlog import Backlog
from archiver.state.state import State
from manifests.digest import Digest

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
DIGEST = Digest.of(b"a seal")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    one = State(tmp_path / "state.sqlite")
    one.prepare("00000000-0000-4000-8000-00000000abcd")
    yield one
    one.close()


@pytest.fixture
def backlog(state: State) -> Backlog:
    return state.backlog


def keys(backlog: Backlog, most: int = 100) -> list[str]:
    return [one.key for one in backlog.waiting(most)]


def test_nothing_waits_at_first(backlog: Backlog) -> None:
    assert (backlog.waiting(10), backlog.lag()) == ([], (0, None))


def test_what_waits_is_told_as_it_was_given_first_come_first(backlog: Backlog) -> None:
    for number in (3, 1, 2):
        backlog.add(f"segments/{number}", DIGEST, AT + timedelta(seconds=number, microseconds=7))
    assert keys(backlog) == ["segments/3", "segments/1", "segments/2"]
    first = backlog.waiting(1)[0]
    assert (first.key, first.digest, first.sealed_at) == (
        "segments/3",
        DIGEST,
        AT + timedelta(seconds=3, microseconds=7),
    )
    assert keys(backlog, 2) == ["segments/3", "segments/1"]
    assert backlog.lag() == (3, AT + timedelta(seconds=1, microseconds=7))


def test_adding_again_changes_nothing(backlog: Backlog) -> None:
    backlog.add("one", DIGEST, AT)
    backlog.add("one", Digest.of(b"another"), AT + timedelta(days=1))
    [only] = backlog.waiting(10)
    assert (only.digest, only.sealed_at) == (DIGEST, AT)


def test_what_is_logged_waits_no_more_and_may_wait_again(backlog: Backlog) -> None:
    for name in ("one", "two", "three"):
        backlog.add(name, DIGEST, AT)
    backlog.logged(["one", "three", "never heard of"])
    assert keys(backlog) == ["two"]
    backlog.logged([])
    backlog.add("one", DIGEST, AT)
    assert keys(backlog) == ["two", "one"]


def test_what_was_added_in_a_transaction_that_failed_does_not_wait(state: State) -> None:
    class Fault(Exception):
        pass

    def fails() -> None:
        with state.writing() as connection:
            state.backlog.add_within(connection, "one", DIGEST, AT)
            raise Fault

    with pytest.raises(Fault):
        fails()
    assert keys(state.backlog) == []


def test_it_is_there_after_the_process_ended(state: State, tmp_path: Path) -> None:
    state.backlog.add("one", DIGEST, AT)
    state.close()
    again = State(tmp_path / "state.sqlite")
    assert keys(again.backlog) == ["one"]
    again.close()
