# SPDX-License-Identifier: Apache-2.0
"""A sample of the catalog's proof: a capture costs at most a kilobyte, and a line of evidence says everything."""

import json
from pathlib import Path

import pytest

from archiver.catalog.entries import Entry
from infra import prove_catalog

ROWS = 20_000


def test_a_capture_costs_at_most_a_kilobyte_with_every_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "evidence" / "catalog.jsonl"
    assert prove_catalog.main(["--rows", str(ROWS), "--out", str(out)]) == 0
    line = json.loads(out.read_text("utf-8"))
    assert json.loads(capsys.readouterr().out) == line
    assert line["rows"] == ROWS
    assert 300 < line["bytes_per_capture"] <= prove_catalog.MOST_BYTES
    wanted = [
        "bytes",
        "seconds",
        "captures_per_second",
        "captures_per_cpu_second",
        "url_p50_us",
        "url_p99_us",
        "digest_p50_us",
        "digest_p99_us",
    ]
    assert all(line[name] > 0 for name in wanted)
    assert all(line[name] for name in ("commit", "machine", "date"))


def test_the_mix_is_that_of_a_news_site() -> None:
    sample = [prove_catalog.synthetic(n) for n in range(1000)]
    urls = [one.observation.url for one in sample]
    assert len(set(urls)) == 1000
    assert 60 < sum(map(len, urls)) / 1000 < 80
    assert len({one.observation.capture_id for one in sample}) == 1000
    held = [digest for one in sample for digest in digests_of(one)]
    assert 3.5 < len(set(held)) / 1000 < 4.5
    titles = [one.claims.title.value for one in sample if one.claims and one.claims.title]
    assert 50 < sum(map(len, titles)) / len(titles) < 80
    assert sum(one.claims is not None and one.claims.reprint is not None for one in sample) == 50


def digests_of(one: Entry) -> set[str]:
    by_role = one.observation.digests
    text = [one.claims.text_digest] if one.claims and one.claims.text_digest else []
    return {*by_role.block, *by_role.body, *by_role.payload, *by_role.entity, *text}


def test_two_runs_make_the_same_captures() -> None:
    assert prove_catalog.synthetic(77) == prove_catalog.synthetic(77)


@pytest.mark.parametrize("rows", [1, 1999])
def test_any_number_of_captures_is_measured(tmp_path: Path, rows: int) -> None:
    assert prove_catalog.measure(tmp_path, rows, lookups=3).rows == rows
