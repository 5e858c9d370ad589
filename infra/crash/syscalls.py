# SPDX-License-Identifier: Apache-2.0
"""Every system call of one run that touches the archive's files, killed or failed by strace, one a run.

A first run is only traced; from its log comes the list of calls on files of the archive, each named by its place among
the calls of that name. Then each of them is made the last one (SIGKILL) or made to fail with EIO or ENOSPC. A run so
disturbed must be killed, or end with exit code 4, or, where the fault could be borne, have done all it says it has.
"""

import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from infra.crash import runs
from infra.crash.invariants import after_recovery, broken
from infra.crash.nursery import Nursery

FAULTS = ("KILL", "EIO", "ENOSPC")
CALLS = (
    "open,openat,creat,write,pwrite64,writev,pwritev,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,"
    "link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,ftruncate,truncate,fallocate,flock,close"
)
NUMBERS = ((0, 1, 2), (3, 4))
"""What the run captures after it has recovered."""
TOLD = 4
"""The exit code of a command that could not use the store or a database."""

_LINE = re.compile(r"\d+ +(?P<call>\w+)\((?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of the run."""

    name: str
    nth: int
    """Its place among the calls of that name, from 1."""
    about: str
    """The call as strace shows it."""


@dataclass
class Tally:
    """What came of the faults."""

    done: int = 0
    by_fault: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    """`killed`, `told` (exit code 4), `borne` (exit code 0 and everything done), `not reached`."""
    wrong: list[str] = field(default_factory=list)


def missing_tracer() -> str | None:
    """Why this machine cannot do it, or None."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()[:200]}"


class Syscalls:
    """A campaign over the system calls of one run, below `folder`."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self.tally = Tally()
        self._folder = folder
        self._nursery = nursery
        self._promised = runs.begin(folder / "begun")
        self._root = folder / "disturbed"

    def plan(self) -> list[tuple[Call, str]]:
        """Every call on the archive's files with every fault."""
        with tempfile.NamedTemporaryFile() as log:
            self._run("-y", "-e", "trace=" + ",".join(f"?{name}" for name in CALLS.split(",")), log=log.name)
            calls = calls_on(self._root, Path(log.name).read_text(errors="replace"))
        shutil.rmtree(self._root)
        return [(call, fault) for call in calls for fault in FAULTS]

    def disturb(self, call: Call, fault: str) -> str | None:
        """One run with one fault; returns how it ended, None when the call was not reached. What is wrong is tallied."""
        how = "signal=KILL" if fault == "KILL" else f"error={fault}"
        with tempfile.NamedTemporaryFile() as log:
            options = ("-e", f"trace={call.name}", "-e", f"inject={call.name}:{how}:when={call.nth}")
            code, promised, said = self._run(*options, log=log.name)
            text = Path(log.name).read_text(errors="replace")
        ended = "killed" if code == -signal.SIGKILL else {TOLD: "told", 0: "borne"}.get(code)
        if "INJECTED" not in text and ended != "killed":
            ended = "not reached"
        where = f"{fault} at {call.name} {call.nth} ({call.about[:160]})"
        wrong = [] if ended else [f"ended with {code}: {said[-1500:]}"]
        if code == 0 and len(promised) != sum(len(group) for group in NUMBERS):
            wrong.append(f"success was claimed with {len(promised)} captures acknowledged")
        world = runs.open_world(self._root)
        if code == 0:
            wrong += [f"success was claimed, but {one}" for one in broken(world, [*self._promised, *promised])]
        wrong += after_recovery(world, [*self._promised, *promised])
        runs.close(world)
        shutil.rmtree(self._root)
        self.tally.done += 1
        self.tally.by_fault[fault] += 1
        self.tally.ended[ended or "otherwise"] += 1
        self.tally.wrong += [f"{where}: {one}" for one in wrong]
        return ended

    def _run(self, *options: str, log: str) -> tuple[int, tuple[str, ...], str]:
        shutil.copytree(self._folder / "begun", self._root)
        tracer: subprocess.Popen[str] | None = None

        def attach(pid: int) -> None:
            nonlocal tracer
            command = ["strace", "-f", *options, "-o", log, "-p", str(pid)]
            tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            assert tracer.stderr is not None
            seen = tracer.stderr.readline()
            if "attached" not in seen:
                raise RuntimeError(f"strace could not attach: {seen}")

        ended = self._nursery.run(runs.described("steps", root=str(self._root), numbers=NUMBERS), attach=attach)
        if tracer is not None:
            tracer.communicate()
        return ended.code, ended.acknowledged, ended.said


def calls_on(root: Path, log: str) -> list[Call]:
    """The calls of a trace that name a file below `root`."""
    seen: Counter[str] = Counter()
    calls: list[Call] = []
    for line in log.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        seen[found["call"]] += 1
        if str(root) in found["rest"]:
            calls.append(Call(found["call"], seen[found["call"]], found["rest"]))
    return calls
