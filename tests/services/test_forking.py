# SPDX-License-Identifier: Apache-2.0
"""Work that is spread over processes comes back whole and in order, or its fault does."""

import os
import signal
from collections.abc import Callable

import pytest

from archiver.errors import ArchiveFault, Damaged
from archiver.services.forking import mapped


def pids() -> Callable[[int], tuple[int, int]]:
    return lambda task: (task, os.getpid())


def failing() -> Callable[[int], int]:
    def work(task: int) -> int:
        if task == 3:
            raise Damaged("the third is damaged", "Leave it out.")
        return task

    return work


def dying() -> Callable[[int], int]:
    def work(task: int) -> int:
        if task == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    return work


@pytest.mark.parametrize(("tasks", "processes", "expected"), [(0, 3, 0), (1, 3, 1), (7, 1, 1), (7, 3, 3), (2, 9, 2)])
def test_every_task_has_its_result_in_its_turn(tasks: int, processes: int, expected: int) -> None:
    results = list(mapped(pids, range(tasks), processes))
    assert [task for task, _ in results] == list(range(tasks))
    assert len({pid for _, pid in results}) == expected
    assert (os.getpid() in {pid for _, pid in results}) == (expected == 1)


@pytest.mark.parametrize("processes", [1, 3])
def test_a_fault_is_raised_in_its_turn(processes: int) -> None:
    results = mapped(failing, range(6), processes)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Damaged, match="third") as told:
        next(results)
    assert told.value.advice == "Leave it out."


def test_a_process_that_dies_is_a_fault() -> None:
    results = mapped(dying, range(6), 3)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ArchiveFault, match="has ended"):
        next(results)


def test_closing_ends_every_process() -> None:
    results = mapped(pids, range(100_000), 2)
    (_, first), (_, second) = next(results), next(results)
    results.close()
    for pid in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
