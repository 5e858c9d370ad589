# SPDX-License-Identifier: Apache-2.0
"""A sample of the proof of the scheduler: a zone that changes its clock, some weeks, and a judge that can fail."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from infra import prove_schedule
from infra.prove_schedule import not_once

DAYS = [date(2026, 3, 1) + timedelta(days=number) for number in range(4)]


def test_a_sample_runs_each_job_once_a_day_over_a_change_of_the_clock(tmp_path: Path) -> None:
    out = tmp_path / "schedule.jsonl"
    # Clocks go forward on the 29th of March, over half past two.
    given = ["--zones", "Europe/Berlin", "--days", "95", "--evidence", str(out), "--progress", str(tmp_path / "p.json")]
    assert prove_schedule.main(given) == 0
    line = json.loads(out.read_text("utf-8"))
    assert (line["result"], line["days"], line["to"], line["wrong"]) == ("pass", 95, "2026-04-06", [])
    assert 2 * 95 <= line["runs"] <= 2 * 97
    assert line["at_once"] > 100
    assert all(line[name] for name in ("commit", "machine", "date", "seed"))


def test_time_that_is_up_leaves_no_evidence_and_the_rest_to_the_next_piece(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, progress = tmp_path / "schedule.jsonl", tmp_path / "build" / "progress.json"
    given = ["--zones", "UTC", "--days", "3", "--seed", "5", "--evidence", str(out), "--progress", str(progress)]
    assert prove_schedule.main([*given, "--minutes", "0"]) == 0
    assert "seed 5" in capsys.readouterr().out
    assert progress.is_file()
    assert not out.exists()
    assert prove_schedule.main(given) == 0
    assert json.loads(out.read_text("utf-8"))["seed"] == 5
    assert not progress.exists()


def test_days_without_a_run_with_two_and_out_of_turn_are_reported() -> None:
    ran = Counter(DAYS[1:3] + DAYS[2:3] + [date(2031, 1, 1)])
    assert not_once(ran, DAYS) == [
        "2026-03-01 was run for 0 times",
        "2026-03-03 was run for 2 times",
        "2026-03-04 was run for 0 times",
        "2031-01-01 was run for",
    ]


def test_a_run_on_the_day_before_or_after_is_none_of_the_walk() -> None:
    assert not_once(Counter([DAYS[0] - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]), DAYS) == []
