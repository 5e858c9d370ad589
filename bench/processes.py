# SPDX-License-Identifier: Apache-2.0
"""Runs programs and says what they cost, by the kernel's accounting of finished processes.

Guarantees: wall time from the first start to the last end, by a monotonic clock; CPU time of every process of the
tree, user and system, as far as each was waited for by its parent; the peak memory of the largest single process of
the tree. A program that fails, or is not done in time, raises and leaves no process behind.

A new process counts the memory of the one that started it until it becomes another program (Linux keeps `ru_maxrss`
over exec). So whoever measures must stay small, and leaves reading WARC files to a process of its own.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.failed import Failed


@dataclass(frozen=True, slots=True)
class Program:
    """One program to be run beside others."""

    command: Sequence[str]
    folder: Path
    """Where it runs; made if need be. What it says is kept there in `said.log`."""
    codes: tuple[int, ...] = (0,)
    """The exit codes of success."""
    environment: Mapping[str, str] | None = None
    """What its environment has beyond ours."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What programs that ran side by side took."""

    wall_s: float
    cpu_s: float
    peak_rss_mb: float
    """Of the largest process, in MB of a million octets."""


def run(programs: Sequence[Program], limit_s: float) -> Cost:
    """Runs the programs side by side to their end. Raises `Failed`."""
    for program in programs:
        program.folder.mkdir(parents=True, exist_ok=True)
    running: list[subprocess.Popen[bytes]] = []
    late = threading.Event()

    def end_late() -> None:
        late.set()
        _kill(running)

    timer = threading.Timer(limit_s, end_late)
    cpu_s, peak_kib, failures = 0.0, 0, list[str]()
    began = time.monotonic()
    try:
        timer.start()
        for program in programs:
            running.append(_start(program))
        for program, process in zip(programs, running, strict=True):
            # Its id is its own until it is reaped, so only now can orphans of its session be ended safely.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            _kill([process])
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu_s += usage.ru_utime + usage.ru_stime
            peak_kib = max(peak_kib, usage.ru_maxrss)
            if process.returncode not in program.codes:
                said = (program.folder / "said.log").read_text(errors="replace")[-1500:]
                failures.append(f"{' '.join(program.command)}\nended with {process.returncode}: {said}")
        wall_s = time.monotonic() - began
    finally:
        timer.cancel()
        left = [process for process in running if process.returncode is None]
        _kill(left)
        for process in left:
            process.wait()
    if late.is_set():
        raise Failed(f"not done after {limit_s:.0f} s: {' '.join(programs[0].command)}")
    if failures:
        raise Failed(failures[0])
    return Cost(wall_s, cpu_s, peak_kib * 1024 / 1e6)


def _start(program: Program) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, **(program.environment or {})}
    with (program.folder / "said.log").open("wb") as said:
        # A session of its own, so that all of it can be ended by one signal.
        return subprocess.Popen(
            program.command,
            cwd=program.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _kill(running: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ends the sessions of those of these processes that were not reaped yet."""
    for process in list(running):
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
