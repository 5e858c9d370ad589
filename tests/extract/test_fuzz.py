# SPDX-License-Identifier: Apache-2.0
"""A sample of the proof by fuzzing: kept inputs, changes of them, and large hostile pages in processes of their own."""

import random
from itertools import islice
from pathlib import Path

import pytest

from infra.fuzz_extract import faults, hostile, wrong_with
from infra.fuzz_pages import PAGES
from infra.fuzz_target import MEGABYTES, SECONDS, inputs, one_input, page_of

SEEDS = sorted((Path(__file__).parent / "fuzz").iterdir())
SAMPLE = ("an attribute of ten million octets", "nested tables", "words of attribution", "a deep statement", "slugs")


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_kept_input_breaks_nothing(seed: Path) -> None:
    one_input(seed.read_bytes())


@pytest.mark.parametrize("number", range(4))
def test_inputs_a_few_changes_away_break_nothing(number: int) -> None:
    chance = random.Random(f"sample {number}")
    for data in islice(inputs([seed.read_bytes() for seed in SEEDS], chance), 60):
        one_input(data)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_large_hostile_page_is_read_in_bounded_memory(name: str) -> None:
    (told,) = hostile([name]).values()
    # A machine that is busy counts more CPU time for the same work; the proof itself holds to one second.
    assert faults(told | {"seconds": told.get("seconds", 99) / 3}) == []


def test_what_takes_too_much_or_raises_is_told() -> None:
    assert faults({"seconds": SECONDS / 2, "megabytes": MEGABYTES}) == []
    assert faults({"seconds": 2 * SECONDS, "megabytes": 1}) == ["took 2.0 s"]
    assert faults({"seconds": 0.1, "megabytes": MEGABYTES + 1}) == [f"took {MEGABYTES + 1} MB"]
    assert faults({"fault": "ValueError: x", "megabytes": 1}) == ["ValueError: x"]


def test_an_input_that_failed_is_read_again_as_it_was(tmp_path: Path) -> None:
    assert wrong_with(b"\x09\x00\x00@import 'a';", tmp_path) == []
    assert wrong_with(b"", tmp_path) == []


def test_an_input_chooses_how_it_is_read_and_how_often_it_is_repeated() -> None:
    assert page_of(b"\x01\x00\x02<p>")[:2] == (b"<p><p><p><p>", "text/html; charset=utf-8")
    assert page_of(b"") == (b"", "text/html", "https://www.harbourledger.example/stories/lighthouse")
    assert len(page_of(b"\x00\x00\x0b" + b"x" * 5000)[0]) == 400_000


def test_every_hostile_page_is_large() -> None:
    assert all(1_000_000 <= len(page()) <= 12_500_000 for page in PAGES.values())
