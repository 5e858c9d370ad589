# SPDX-License-Identifier: Apache-2.0
"""Proves that a crash loses, doubles and half-shows nothing: random kills, every system call failed, power losses.

`make prove-crash` runs what is left of the proof for at most `--minutes`, keeps its progress below build/, and is run
again to go on; a new commit begins anew. When everything asked for is done, or something was found wrong, one line of
JSON with the result, the commit, the machine and the counts is appended to docs/evidence/crash.jsonl.

What it leaves out: a real loss of power (the model of `tests/faults` stands for it), disks that lie about their syncs,
and object stores, whose faults have tests of their own.
"""

import argparse
import json
import os
import platform
import secrets
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.crash.kills import Kills
from infra.crash.nursery import Nursery
from infra.crash.power import PowerLosses
from infra.crash.scratch import scratch
from infra.crash.site import Site
from infra.crash.syscalls import Syscalls, missing_tracer

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "crash.jsonl"
PROGRESS = ROOT / "build" / "prove-crash.json"
Counts = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """One piece of the proof; 1 when something was found wrong, 2 when the proof cannot be made here."""
    options = _options().parse_args(arguments)
    if options.syscalls and (missing := missing_tracer()):
        print(f"prove-crash: {missing}; --syscalls 0 leaves this part out, and the evidence says so", file=sys.stderr)
        return 2
    progress = _progress(options)
    print(f"prove-crash: seed {progress['seed']}, commit {progress['commit']}", flush=True)
    ends = time.monotonic() + 60 * options.minutes
    began = time.monotonic()
    piece = _Piece(progress, lambda: time.monotonic() < ends)
    with scratch() as folder:
        piece.power(folder / "power", options.power_losses)
        with Nursery() as nursery:
            piece.kills(folder / "kills", nursery, options.kills)
            finished = piece.syscalls(folder / "syscalls", nursery, options.syscalls)
    progress["seconds"] += round(time.monotonic() - began)
    progress["pieces"] += 1
    wrong = progress["wrong"]
    if not (finished and piece.in_time) and not wrong:
        options.progress.parent.mkdir(parents=True, exist_ok=True)
        options.progress.write_text(json.dumps(progress), "utf-8")
        print("prove-crash: time is up; the same command goes on from here")
        return 0
    options.progress.unlink(missing_ok=True)
    line = _evidence(progress)
    with options.evidence.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line, indent=1))
    for one in wrong[:50]:
        print(f"WRONG {one}", file=sys.stderr)
    return 1 if wrong else 0


class _Piece:
    """What one call of the program does; adds to `progress`."""

    def __init__(self, progress: Counts, more: Callable[[], bool]) -> None:
        self._progress = progress
        self._more = more
        self._seed = f"{progress['seed']}/{progress['pieces']}"
        self.in_time = True

    def power(self, folder: Path, wanted: int) -> None:
        left = wanted - self._progress["power"].get("remains", 0)
        if left > 0 and self._more():
            folder.mkdir()
            tally = PowerLosses(folder, _number(self._seed)).go_on(left, self._more)
            self._add("power", tally)
            print(f"power losses: {self._progress['power']}", flush=True)
        self.in_time &= self._progress["power"].get("remains", 0) >= wanted

    def kills(self, folder: Path, nursery: Nursery, wanted: int) -> None:
        left = wanted - self._progress["kills"].get("kills", 0)
        if left > 0 and self._more():
            folder.mkdir()
            with Site() as site:
                tally = Kills(folder, nursery, site, _number(self._seed)).go_on(left, self._more)
            self._add("kills", tally)
            print(f"kills: {self._progress['kills']}", flush=True)
        self.in_time &= self._progress["kills"].get("kills", 0) >= wanted

    def syscalls(self, folder: Path, nursery: Nursery, share: float) -> bool:
        """Whether every call of the plan is done. `share` below 1 takes that part of it, evenly."""
        if not share:
            return True
        if not self._more():
            return False
        folder.mkdir()
        campaign = Syscalls(folder, nursery)
        plan = campaign.plan()
        chosen = [plan[int(at / share)] for at in range(int(len(plan) * share))]
        done = self._progress["syscalls"].get("done", 0)
        for call, fault in chosen[done:]:
            if not self._more():
                break
            campaign.disturb(call, fault)
        self._add("syscalls", campaign.tally)
        self._progress["syscalls"]["of"] = len(plan)
        print(f"system calls: {self._progress['syscalls']}", flush=True)
        return bool(self._progress["syscalls"]["done"] >= len(chosen))

    def _add(self, part: str, tally: object) -> None:
        held = self._progress[part]
        for name, count in vars(tally).items():
            if name == "wrong":
                self._progress["wrong"] += count
            elif isinstance(count, Counter):
                held[name] = dict(Counter(held.get(name, {})) + count)
            else:
                held[name] = held.get(name, 0) + count


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prove-crash", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=500, help="random kills [500]")
    parser.add_argument("--syscalls", type=float, default=1.0, metavar="SHARE", help="share of all system calls [1.0]")
    parser.add_argument("--power-losses", type=int, default=5000, metavar="N", help="different remains [5000]")
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument("--seed", type=int, help="for the same choices again [random]")
    parser.add_argument("--progress", type=Path, default=PROGRESS, help="where progress is kept between pieces")
    parser.add_argument("--evidence", type=Path, default=EVIDENCE, help="the file the line is appended to")
    return parser


def _progress(options: argparse.Namespace) -> Counts:
    commit, changed = _commit()
    if options.progress.is_file():
        held: Counts = json.loads(options.progress.read_text("utf-8"))
        if (held["commit"], held["changed"]) == (commit, changed) and options.seed in (None, held["seed"]):
            return held
        print("prove-crash: another commit or seed; beginning anew")
    seed = secrets.randbits(32) if options.seed is None else options.seed
    fresh: Counts = {"commit": commit, "changed": changed, "seed": seed, "seconds": 0, "pieces": 0, "wrong": []}
    return fresh | {"power": {}, "kills": {}, "syscalls": {}}


def _commit() -> tuple[str, bool]:
    """The commit that is proved, and whether the files differ from it."""

    def git(*words: str) -> str:
        asked = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return asked.stdout.strip()

    changed = git("status", "--porcelain", "--", "archiver", "manifests", "infra", "tests/faults")
    return git("rev-parse", "HEAD") or "none", bool(changed)


def _number(text: str) -> int:
    return int.from_bytes(text.encode(), "big")


def _evidence(progress: Counts) -> Counts:
    wrong = progress["wrong"]
    return {
        "proof": "crash",
        "result": "fail" if wrong else "pass",
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": progress["commit"],
        "uncommitted_changes": progress["changed"],
        "seed": progress["seed"],
        "seconds": progress["seconds"],
        "machine": {
            "cores": os.cpu_count(),
            "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        "power_losses": progress["power"],
        "kills": progress["kills"],
        "syscalls": progress["syscalls"],
        "wrong": wrong[:20],
    }


if __name__ == "__main__":
    sys.exit(main())
