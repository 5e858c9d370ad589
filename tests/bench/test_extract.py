# SPDX-License-Identifier: Apache-2.0
"""Costs are scaled to pages of one size, the best of a page's rounds counts, and a contender that ends is told."""

import sys
from itertools import count
from pathlib import Path

import pytest

from bench import extract
from bench.extract import Sample
from bench.failed import Failed


def test_costs_are_scaled_by_the_size_of_a_page() -> None:
    samples = [Sample(Path("a"), "u", 60_000), Sample(Path("b"), "u", 15_000)]
    found = extract.figures(samples, [{"ours": 4.0}, {"ours": 1.0}])
    assert (found["ours"]["median"], found["ours"]["p99"]) == (2.0, 2.0)
    assert found["ours"]["pages_per_s"] == 400.0


def test_the_last_line_has_theirs_divided_by_ours() -> None:
    row = {"pages_per_s": 1.0, "p99": 9.0}
    found = {
        name: {"median": median, **row} for name, median in (("ours", 2.0), ("trafilatura", 30.0), ("extruct", 5.0))
    }
    assert extract.last(found) == {"ms_median": 2.0, "ms_p99": 9.0, "vs_trafilatura": 15.0, "vs_extruct": 2.5}


def test_the_best_round_of_a_page_counts(tmp_path: Path) -> None:
    samples = extract.made(tmp_path, count=1)
    taken = count(9, -1)
    readers = {
        "extruct": lambda sample: float(next(taken)),
        "ours": extract.first_group,
        "second group": extract.second_group,
    }
    best = extract.measured(samples, 3, readers)
    assert best[0]["extruct"] == 7.0
    assert best[0]["ours"] > 0
    assert best[0]["second group"] > 0


def test_made_pages_are_the_same_each_time(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert [s.path.read_bytes() for s in extract.made(one, 2)] == [s.path.read_bytes() for s in extract.made(other, 2)]


def test_pages_of_a_corpus_are_read_at_their_addresses(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_text("<p>a", "utf-8")
    (tmp_path / "pages" / "b.html").write_text("<p>bb", "utf-8")
    (tmp_path / "labels.jsonl").write_text(
        '{"id": "a", "url": "https://h.example/a"}\n{"id": "b", "url": null}\n', "utf-8"
    )
    assert [(one.url, one.octets) for one in extract.samples_in(tmp_path)] == [
        ("https://h.example/a", 4),
        ("https://www.example/page", 5),
    ]


def test_a_corpus_without_pages_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"holds no \.html file"):
        extract.samples_in(tmp_path)


def test_a_contender_that_ends_is_told(tmp_path: Path) -> None:
    (sample,) = extract.made(tmp_path, count=1)
    # This python has neither of them, so it ends at their import.
    with (
        extract.contenders(Path(sys.executable)) as theirs,
        pytest.raises(Failed, match=r"extract_theirs\.py ended with 1"),
    ):
        theirs["extruct"](sample)
