# SPDX-License-Identifier: Apache-2.0
"""Work that needs no order, spread over forked processes, its results in the order of the tasks.

Each process has its share from the beginning, so one whose parent was killed comes to an end by itself. Tasks are inherited and
results are sent; what a process works with it makes after the fork, so no connection or open database is shared. The caller
has no threads and no open database when it asks for the first result.
"""

import multiprocessing
import signal
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

from archiver.errors import ArchiveFault, ArchiverError

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


def mapped(
    begin: Callable[[], Callable[[TaskT], ResultT]], tasks: Sequence[TaskT], processes: int
) -> Generator[ResultT, None, None]:
    """The result of each task; `begin` is called once in each process and gives what the tasks are handed to.

    With one process, or one task, nothing is forked. Raises the error of the first task that raised one, when its turn
    comes; processes that are still at work are then ended, as when the iterator is closed.
    """
    processes = min(processes, len(tasks))
    if processes <= 1:
        work = begin() if tasks else None
        yield from (work(task) for task in tasks if work is not None)
        return
    context = multiprocessing.get_context("fork")
    told: list[Connection] = []
    workers = []
    try:
        for at in range(processes):
            receiver, sender = context.Pipe(duplex=False)
            told.append(receiver)
            share = tasks[at::processes]
            worker = context.Process(target=_work, args=(begin, share, sender, list(told)), daemon=True)
            worker.start()
            workers.append(worker)
            sender.close()
        for number in range(len(tasks)):
            yield _next(told[number % processes])
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()
        for receiver in told:
            receiver.close()


def _next(told: "Connection[object, ResultT | ArchiverError]") -> ResultT:
    try:
        result = told.recv()
    except EOFError as ended:
        raise ArchiveFault(
            "a process that worked on a part of this has ended",
            "Look for a lack of memory, then run the command again: what is done is not done again.",
        ) from ended
    if isinstance(result, ArchiverError):
        raise result
    return result


def _work(
    begin: Callable[[], Callable[[TaskT], ResultT]],
    share: Sequence[TaskT],
    sender: Connection,
    receivers: Sequence[Connection],
) -> None:
    # Ctrl-C reaches every process of a terminal; the parent ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for one in receivers:
        one.close()  # else a parent that has gone would not be noticed
    try:
        work = begin()
        for task in share:
            sender.send(work(task))
    except ArchiverError as fault:
        sender.send(fault)
    except BrokenPipeError:
        return  # nobody waits for the rest
