# SPDX-License-Identifier: Apache-2.0
"""A sample of the frontier's measurement: it goes on where it stopped, and its URLs are what it says they are."""

import json
from pathlib import Path

import pytest

from infra import prove_frontier
from infra.prove_frontier import Web

SMALL = ("--marks", "3000", "8000", "--hosts", "50", "--turns", "3", "--added", "4000")


def test_a_line_of_evidence_has_every_mark_with_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "work", tmp_path / "evidence" / "frontier.jsonl"
    assert prove_frontier.main([*SMALL, "--folder", str(folder), "--out", str(out)]) == 0
    line = json.loads(out.read_text("utf-8"))
    assert [json.loads(one) for one in capsys.readouterr().out.splitlines()] == line["marks"]
    first, second = line["marks"]
    assert (first["urls"] >= 7000, second["urls"] >= first["urls"] + 4000) == (True, True)
    assert all(value > 0 for mark in line["marks"] for value in mark.values())
    assert all(line[name] for name in ("commit", "machine", "date"))
    assert not folder.exists()


def test_a_piece_that_ran_out_of_time_is_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "work", tmp_path / "frontier.jsonl"
    given = [*SMALL, "--folder", str(folder), "--out", str(out)]
    assert prove_frontier.main([*given, "--marks", "3000", "1000000", "--minutes", "0.0001"]) == 0
    assert "goes on from here" in capsys.readouterr().out
    assert not out.exists()
    assert prove_frontier.main(given) == 0
    assert len(json.loads(out.read_text("utf-8"))["marks"]) == 2


def test_urls_are_long_and_short_and_each_is_another() -> None:
    web = Web(100)
    found = [web.new(host) for host in web.any_hosts(20_000)]
    targets = [len(one.target) for one in found]
    assert len({(one.origin, one.target) for one in found}) == 20_000
    assert (min(targets) >= 20, max(targets) <= 140, max(targets) - min(targets) > 60) == (True, True, True)
    assert max(web.known) > 20 * min(web.known)


def test_most_of_what_a_page_leads_to_is_known_and_of_its_own_host() -> None:
    web = Web(100)
    for host in web.any_hosts(50_000):
        web.new(host)
    before = web.size
    found = web.on_pages_of([3])
    own = sum(one.origin == web.new(3).origin for one in found)
    new = web.size - before - len(found)
    assert 0.03 < new / len(found) < 0.07
    assert 0.88 < own / len(found) < 0.96
