# SPDX-License-Identifier: Apache-2.0
"""A sample of the crash proof: real processes killed at random, system calls failed by strace, and judges that can fail.

The whole of it is `make prove-crash`. Without strace the sample is skipped on a person's machine and fails in CI.
"""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import prove_crash
from infra.crash import runs
from infra.crash.invariants import after_recovery, broken
from infra.crash.kills import Kills
from infra.crash.nursery import BROKEN, Nursery
from infra.crash.scratch import scratch
from infra.crash.site import Site
from infra.crash.syscalls import FAULTS, Call, Syscalls, calls_on, missing_tracer

SEED = 20260302


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as path:
        yield path


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as started:
        yield started


class TestKills:
    def test_random_kills_lose_double_and_half_show_nothing(self, folder: Path, nursery: Nursery) -> None:
        with Site() as site:
            tally = Kills(folder, nursery, site, SEED).go_on(10)
        assert tally.wrong == [], f"seed {SEED}"
        assert tally.kills == 10
        assert 0 < tally.acknowledged <= tally.visible

    def test_a_child_that_breaks_is_reported_with_what_it_said(self, folder: Path, nursery: Nursery) -> None:
        ended = nursery.run(runs.described("steps", root=str(folder / "nowhere"), numbers=[[0]]))
        assert ended.code == 2
        assert "there is no archive" in ended.said
        assert nursery.run(runs.described("steps", unknown=1)).code == BROKEN


class TestSystemCalls:
    @pytest.fixture
    def campaign(self, folder: Path, nursery: Nursery) -> Syscalls:
        if missing := missing_tracer():
            if os.environ.get("CI"):
                pytest.fail(f"{missing}: the crash proof needs it in CI")
            pytest.skip(f"{missing}: faults of system calls are not tried")
        return Syscalls(folder, nursery)

    def test_each_is_survived_and_told(self, campaign: Syscalls) -> None:
        plan = campaign.plan()
        calls = {call.name for call, _ in plan}
        assert {"openat", "write", "pwrite64", "fdatasync", "fsync", "ftruncate"} <= calls
        for call, fault in random.Random(SEED).sample(plan, 15):
            campaign.disturb(call, fault)
        assert campaign.tally.wrong == [], f"seed {SEED}"
        assert set(campaign.tally.ended) <= {"killed", "told", "borne", "not reached"}
        assert campaign.tally.ended["killed"] > 0
        assert campaign.tally.ended["told"] > 0

    def test_the_plan_takes_the_calls_on_the_archive_and_counts_the_others(self) -> None:
        log = (
            '7 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3</etc/hosts>\n'
            '7 write(4</a/state.sqlite-wal>, "x", 1) = 1\n'
            '7 openat(AT_FDCWD, "/a/new", O_RDWR|O_CREAT) = 4</a/new>\n'
            "7 +++ exited with 0 +++\n"
        )
        calls = calls_on(Path("/a"), log)
        assert [(call.name, call.nth) for call in calls] == [("write", 1), ("openat", 2)]
        assert set(FAULTS) == {"KILL", "EIO", "ENOSPC"}
        assert isinstance(calls[0], Call)


class TestTheJudges:
    """Each finds what it is there for."""

    def test_a_loss_an_orphan_a_half_stored_segment_and_unfinished_work_are_found(self, folder: Path) -> None:
        acknowledged = runs.begin(folder / "archive")
        world = runs.open_world(folder / "archive")
        unfinished = broken(world, acknowledged)
        assert sum("was acknowledged and is lost" in one for one in unfinished) == 3
        assert sum("is still" in one for one in unfinished) == 2
        assert after_recovery(world, acknowledged) == []
        assert after_recovery(world, ["never"]) == ["capture never was acknowledged and is lost"]
        (stored, *_) = (folder / "archive" / "segments").rglob("segment.json")
        orphan = stored.parent.with_name("0" * 26)
        orphan.mkdir()
        (orphan / "index.cdxj").write_bytes(b"")
        assert [one.split(":")[0] for one in broken(world, acknowledged)] == [
            "orphan in the store",
            "1 objects in " + (str(orphan.relative_to(folder / "archive")) + "/"),
        ]
        (orphan / "index.cdxj").unlink()
        stored.unlink()
        assert any(one.startswith("S01") for one in broken(world, acknowledged))
        runs.close(world)

    def test_a_capture_that_is_there_twice_is_found(self, folder: Path) -> None:
        runs.begin(folder / "archive")
        runs.steps(str(folder / "archive"), [[0]], lambda _: None)
        runs.steps(str(folder / "archive"), [[0]], lambda _: None)
        world = runs.open_world(folder / "archive")
        assert broken(world, ()) == ["URL http://made-up.example/0 is visible 2 times"]
        runs.close(world)


class TestTheProof:
    def prove(self, folder: Path, *options: str) -> int:
        places = ["--evidence", str(folder / "evidence.jsonl"), "--progress", str(folder / "build" / "progress.json")]
        return prove_crash.main([*options, *places, "--syscalls", "0"])

    def test_it_goes_on_where_the_time_was_up_and_leaves_one_line_of_evidence(self, folder: Path) -> None:
        wanted = ("--kills", "2", "--power-losses", "0", "--seed", "5")
        assert self.prove(folder, *wanted, "--minutes", "0") == 0
        assert not (folder / "evidence.jsonl").exists()
        assert self.prove(folder, *wanted) == 0
        (line,) = (folder / "evidence.jsonl").read_text().splitlines()
        told = json.loads(line)
        assert (told["result"], told["seed"], told["kills"]["kills"]) == ("pass", 5, 2)
        assert told["kills"]["acknowledged"] <= told["kills"]["visible"]
        assert told["machine"]["cores"] >= 1
        assert not (folder / "build" / "progress.json").exists()
