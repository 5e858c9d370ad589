# SPDX-License-Identifier: Apache-2.0
"""Children that begin at once: a process that has loaded the program and forks a fresh child for each run.

A child must not wait for half a second of imports in which no kill is worth anything, and its system calls are counted
from the moment a tracer is attached, which therefore has to be after the imports. Acknowledged captures are what a child
wrote to the pipe: a line is there before the child can die of anything that comes after it.
"""

import ctypes
import json
import os
import select
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.crash import runs

_ANY_TRACER = (0x59616D61, ctypes.c_ulong(-1))  # prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY): Yama lets strace attach

BROKEN = 70
"""Exit code of a child that ended with a traceback."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended."""

    code: int
    """Its exit code; the negated signal when a signal ended it."""
    acknowledged: tuple[str, ...]
    """Captures it said were acknowledged."""
    said: str
    """What it wrote on stderr."""


class Nursery:
    """One forking process; use it in a `with` block."""

    def __enter__(self) -> Self:
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        self._stderr = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.crash.nursery", str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            pass_fds=[write],
            cwd=Path(__file__).parents[2],
            bufsize=0,
        )
        os.close(write)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        if self._answer() != "ready":
            raise RuntimeError(f"the nursery did not start: {self._heard()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._to.close()
        self._process.wait()
        self._from.close()
        self._stderr.close()
        os.close(self._read)

    def run(
        self, described: str, *, attach: Callable[[int], object] | None = None, during: "During | None" = None
    ) -> Ended:
        """One child from its start to its end. `attach` is called with its pid before it begins; `during` while it runs."""
        self._stderr.truncate(0)
        self._stderr.seek(0)
        self._tell(described)
        pid = int(self._answer())
        if attach is not None:
            attach(pid)
        self._tell("go")
        if during is not None:
            during(pid, self._ended_within)
        code = int(self._answer())
        return Ended(code, self._acknowledged(), self._heard())

    def _ended_within(self, seconds: float) -> bool:
        return bool(select.select([self._from], [], [], seconds)[0])

    def _tell(self, line: str) -> None:
        self._to.write(line.encode() + b"\n")

    def _answer(self) -> str:
        return self._from.readline().decode().strip()

    def _acknowledged(self) -> tuple[str, ...]:
        came = b""
        try:
            while piece := os.read(self._read, 1 << 16):
                came += piece
        except BlockingIOError:
            pass  # nothing more was written
        return tuple(came.decode().split())

    def _heard(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")


During = Callable[[int, Callable[[float], bool]], object]
"""Told the pid, and how to wait: whether the child ended within so many seconds."""


def main(acknowledgements: int) -> None:
    """Forks a child for each line of stdin."""
    with tempfile.TemporaryDirectory() as folder:
        # once here, so that no child has modules left to load while its calls are counted
        runs.begin(Path(folder) / "archive")
        runs.steps(f"{folder}/archive", [[0, 1, 2, 3]], lambda _: None)
    print("ready", flush=True)
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        gate, open_gate = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(open_gate)
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(*_ANY_TRACER, 0, 0, 0)
            os.dup2(2, 1)
            os.read(gate, 1)
            code = BROKEN
            try:
                code = runs.run(asked["run"], asked["arguments"], acknowledgements)
            except BaseException:  # noqa: BLE001 - the child may not go on as a second nursery
                traceback.print_exc()
            os._exit(code)
        os.close(gate)
        print(pid, flush=True)
        assert sys.stdin.readline().strip() == "go"
        os.write(open_gate, b".")
        os.close(open_gate)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
