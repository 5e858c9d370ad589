# SPDX-License-Identifier: Apache-2.0
"""Ratios are taken within a round, medians over rounds, and what was not measured is null."""

import json
from dataclasses import replace

import pytest

from bench import figures
from bench.figures import Measured, Round
from bench.processes import Cost


def _run(wall_s: float, cpu_s: float = 1.0, peak_rss_mb: float = 50.0, warc_bytes: int = 1000) -> Measured:
    return Measured(Cost(wall_s, cpu_s, peak_rss_mb), 1000, warc_bytes)


def test_rates_are_by_wall_time_and_cost_by_cpu_time() -> None:
    run = Measured(Cost(wall_s=2.0, cpu_s=0.5, peak_rss_mb=1.0), urls=1000, warc_bytes=1)
    assert (run.urls_per_s, run.cpu_ms_per_url) == (500.0, 0.5)


def test_the_median_is_that_of_ratios_within_rounds() -> None:
    # One slow round slows both; the ratio of the medians would be 2.
    rounds = [Round(_run(1.0), _run(3.0)), Round(_run(10.0), _run(50.0)), Round(_run(2.0), _run(4.0))]
    assert figures.summary(rounds)["urls_per_s_ratio"] == 3.0


def test_every_figure_is_ours_to_the_peers() -> None:
    rounds = [Round(_run(1.0, 0.4, 80.0, 1050), _run(4.0, 1.6, 7.0, 1000), _run(0.9))]
    assert figures.summary(rounds) == {
        "urls_per_s_ratio": 4.0,
        "cpu_per_url_ratio": 0.25,
        "warc_bytes_ratio": 1.05,
        "peak_rss_mb": 80.0,
        "durability_share": 0.1,
        "texts_cpu_s": None,
    }


def test_what_is_done_afterwards_is_told_apart() -> None:
    ours = replace(_run(1.0), afterwards=Cost(2.0, 3.5, 1.0))
    assert figures.summary([Round(ours, _run(1.0))])["texts_cpu_s"] == 3.5


def test_durability_is_null_where_it_was_not_measured() -> None:
    assert figures.summary([Round(_run(1.0), _run(1.0))])["durability_share"] is None


@pytest.mark.parametrize(("unsynced_s", "share"), [(0.9, 0.1), (1.0, 0.0), (1.2, 0.0)])
def test_durability_costs_never_less_than_nothing(unsynced_s: float, share: float) -> None:
    assert Round(_run(1.0), _run(1.0), _run(unsynced_s)).durability_share == pytest.approx(share)


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    table = figures.table(("", "URL/s"), [["ours", "1"], ["wget, with more", "12,345"]])
    assert table.splitlines() == [
        "                  URL/s",
        "ours                  1",
        "wget, with more  12,345",
    ]


def test_the_last_line_is_one_line_of_json() -> None:
    line = figures.last_line({"durability_share": None, "versions": {"wget": "1"}})
    assert "\n" not in line
    assert json.loads(line) == {"durability_share": None, "versions": {"wget": "1"}}
