# SPDX-License-Identifier: Apache-2.0
"""A sample of the measurement of the texts database: it goes on where it stopped, and finds what it asks for."""

import json
from pathlib import Path

import pytest

from infra import prove_texts
from infra.prove_texts import words_of

SMALL = ("--marks", "300", "700", "--questions", "30")


def test_a_line_of_evidence_has_every_mark_with_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "work", tmp_path / "evidence" / "texts.jsonl"
    assert prove_texts.main([*SMALL, "--folder", str(folder), "--out", str(out)]) == 0
    line = json.loads(out.read_text("utf-8"))
    assert [json.loads(one) for one in capsys.readouterr().out.splitlines()] == line["marks"]
    assert [mark["texts"] for mark in line["marks"]] == [300, 700]
    assert all(mark["near_found"] == mark["trace_found"] == 1 for mark in line["marks"])
    assert all(mark[f"{name}_p99_ms"] > 0 for mark in line["marks"] for name in ("simhash", "near", "trace"))
    assert all(line[name] for name in ("commit", "machine", "date"))
    assert not folder.exists()


def test_a_piece_that_ran_out_of_time_is_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "work", tmp_path / "texts.jsonl"
    given = [*SMALL, "--folder", str(folder), "--out", str(out)]
    assert prove_texts.main([*given, "--marks", "300", "1000000", "--minutes", "0.0001"]) == 0
    assert "goes on from here" in capsys.readouterr().out
    assert not out.exists()
    assert prove_texts.main(given) == 0
    assert [mark["texts"] for mark in json.loads(out.read_text("utf-8"))["marks"]] == [300, 700]


def test_texts_are_each_another_and_one_in_fifty_is_alike_to_the_one_before() -> None:
    assert words_of(3) == words_of(3) != words_of(4)
    differing = [one for one, other in zip(words_of(48), words_of(49), strict=True) if one != other]
    assert len(differing) == 2
