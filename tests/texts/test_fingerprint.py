# SPDX-License-Identifier: Apache-2.0
"""Words, SimHash and passages: what is equal, what is near, and what any two texts with a common passage share."""

import itertools
import random
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.texts.fingerprint import (
    PASSAGE,
    SHINGLE,
    WINDOW,
    codes,
    distance,
    passages,
    short_hashes,
    simhash,
    simhash_and_passages,
)

NUMBERS = st.lists(st.integers(0, (1 << 32) - 1), max_size=80)


def words(count: int, seed: int = 1) -> list[int]:
    chosen = random.Random(seed)
    return [chosen.getrandbits(32) for _ in range(count)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Keeper's light", "the keeper’s LIGHT"),
        ("tide-table, 1988.", "tide table 1988"),
        ("“Quoted” — and so on…", '"quoted" and so on'),
        ("cafe\u0301 ﬁsh Ａ", "café fish a"),
        ("soft\u00adhyphen", "softhyphen"),
        ("灯台。港、", "灯台 港"),
        ("سلام، دنيا", "سلام دنيا"),
        ("", " \n… — ،"),
    ],
)
def test_case_punctuation_and_forms_of_letters_make_no_difference(one: str, other: str) -> None:
    assert codes(one) == codes(other)


@pytest.mark.parametrize(
    ("text", "count"),
    [("three plain words", 3), ("灯台の港", 4), ("灯台 and 港", 4), ("ประภาคาร", 8), ("한국 항구", 2), ("", 0)],
)
def test_a_character_is_a_word_where_no_spaces_are_written(text: str, count: int) -> None:
    assert len(codes(text)) == count


def test_hashes_are_those_of_every_machine_and_run() -> None:
    numbers = codes("the keeper wrote down every tide by hand")
    assert numbers[0] == crc32(b"the")
    assert short_hashes(numbers) == (1299198095, 1403828994, 1778410451, 191346249, 1686067223)
    assert simhash(numbers) == 0xE8F0DA453CF3B86F


@given(NUMBERS)
def test_a_shingle_has_the_same_hash_wherever_it_stands(numbers: list[int]) -> None:
    hashes = short_hashes(numbers)
    assert len(hashes) == max(0, len(numbers) - SHINGLE + 1)
    for at, one in enumerate(hashes):
        assert short_hashes(numbers[at : at + SHINGLE]) == (one,)


@given(NUMBERS)
def test_each_bit_of_a_simhash_is_that_of_most_pairs(numbers: list[int]) -> None:
    pairs = [simhash(list(pair)) for pair in itertools.pairwise(numbers)]
    counts = [sum(one >> bit & 1 for one in pairs) for bit in range(64)]
    assert simhash(numbers) == sum(1 << bit for bit, count in enumerate(counts) if 2 * count > len(pairs))


@given(NUMBERS.filter(bool))
def test_both_at_once_are_what_each_is_alone(numbers: list[int]) -> None:
    assert simhash_and_passages(numbers) == (simhash(numbers), passages(numbers))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=2, unique=True))
def test_the_order_of_words_matters(pair: list[int]) -> None:
    assert simhash(pair) != simhash(pair[::-1])


@given(NUMBERS)
def test_passages_are_the_least_of_each_window(numbers: list[int]) -> None:
    hashes = short_hashes(numbers)
    windows = [hashes[at : at + WINDOW] for at in range(max(1, len(hashes) - WINDOW + 1))]
    assert passages(numbers) == {min(window) for window in windows if window}


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 40), st.integers(0, 40))
def test_texts_with_a_common_passage_share_a_hash(one: int, other: int, before: int, after: int) -> None:
    common = words(PASSAGE, seed=one)
    longer = words(before, seed=other + 5000) + common + words(after, seed=other + 9000)
    assert passages(common + words(7, seed=other)) & passages(longer)


def test_a_passage_of_thirty_words_is_longer_than_what_is_found_for_certain() -> None:
    assert SHINGLE + WINDOW - 1 == PASSAGE <= 30


def test_few_passages_are_kept_of_a_long_text() -> None:
    assert len(passages(words(1000))) < 160


def test_a_changed_word_leaves_a_simhash_near_and_another_text_is_far() -> None:
    text = words(600)
    near = [distance(simhash(text), simhash([*text[:at], 7, *text[at + 1 :]])) for at in range(0, 600, 20)]
    assert sum(near) / len(near) < 4
    assert all(distance(simhash(text), simhash(words(600, seed=seed))) > 12 for seed in range(2, 30))


def test_each_bit_of_a_simhash_is_as_often_set_as_not() -> None:
    prints = [simhash(words(200, seed=seed)) for seed in range(400)]
    for bit in range(64):
        assert 130 < sum(one >> bit & 1 for one in prints) < 270
