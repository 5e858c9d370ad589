# SPDX-License-Identifier: Apache-2.0
"""The texts database: what is near, who holds it, and that a segment is there whole or not at all."""

import random
import sqlite3
import uuid
from array import array
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import Damaged
from archiver.texts.fingerprint import distance, passages
from archiver.texts.overlap import Compared
from archiver.texts.shelf import Shelf
from archiver.texts.texts import NEAR, Read, Text, Texts, _bands

START = datetime(2026, 3, 1, tzinfo=UTC)


def capture(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


def text(number: int, simhash: int | None = None) -> Text:
    chosen = random.Random(number)
    words = [chosen.getrandbits(32) for _ in range(100)]
    held = array("I", sorted(passages(words))).tobytes()
    return Text(sha256(b"%d" % number).digest(), number if simhash is None else simhash, 100, "en", held)


def read(number: int, of: Text | None, *, hours: int = 0, revisits: str | None = None) -> Read:
    return Read(capture(number), START + timedelta(hours=hours), of, revisits=revisits)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "texts.sqlite")


@pytest.fixture
def texts(shelf: Shelf) -> Iterator[Texts]:
    with shelf.filling(wait=True) as made:
        assert made is not None
        yield made


def test_a_text_is_near_up_to_three_bits_and_no_further(texts: Texts) -> None:
    whole = (1 << 64) - 1
    flipped = [whole, whole ^ 1, whole ^ (1 << 63 | 1 << 17), whole ^ 7 << 30, whole ^ 15 << 30]
    texts.add("s", [read(number, text(number, one)) for number, one in enumerate(flipped)])
    assert texts.near(whole) == [(1, 0), (2, 1), (3, 2), (4, 3)]
    assert texts.near(whole, most=2) == [(1, 0), (2, 1)]


@given(st.integers(0, (1 << 64) - 1), st.lists(st.integers(0, 63), max_size=NEAR, unique=True))
def test_simhashes_that_are_near_share_a_band(simhash: int, flipped: list[int]) -> None:
    other = simhash
    for bit in flipped:
        other ^= 1 << bit
    assert distance(simhash, other) == len(flipped)
    assert set(_bands(simhash, 64)) & set(_bands(other, 64))


def test_the_same_text_is_kept_once_with_all_its_captures_earliest_first(texts: Texts) -> None:
    texts.add("first", [read(1, text(7), hours=5), read(2, text(7), hours=3)])
    texts.add("second", [read(3, text(7), hours=4), read(4, text(8))])
    assert texts.counts() == {"segments": 2, "pages": 4, "texts": 2}
    assert texts.holders(1) == [capture(2), capture(3), capture(1)]
    assert texts.holders(1, most=1) == [capture(2)]


def test_a_revisit_has_the_text_of_what_it_refers_to(texts: Texts) -> None:
    texts.add("first", [read(1, text(7)), read(2, None, hours=1, revisits=capture(1))])
    texts.add("second", [read(3, None, hours=2, revisits=capture(2)), read(4, None, revisits=capture(99))])
    assert texts.holders(1) == [capture(1), capture(2), capture(3)]


def test_texts_are_found_by_passages_the_rarest_first(texts: Texts) -> None:
    common = text(1)
    own = text(2)
    both = Text(sha256(b"both").digest(), 5, 200, None, common.passages + own.passages)
    texts.add("s", [read(1, common), read(2, own), read(3, both), read(4, text(4))])
    asked = [*memoryview(own.passages).cast("I")]
    assert texts.with_passages(asked) == [2, 3]
    assert texts.with_passages(asked, most=1) == [2]
    assert texts.with_passages([]) == []


def test_a_short_text_has_no_simhash(texts: Texts) -> None:
    short = Text(b"d" * 32, None, 40, None, text(1).passages)
    texts.add("s", [read(1, short), read(2, text(2))])
    assert texts.near(0) == [(2, 1)]
    assert texts.simhashes([1, 2]) == {2: 2}


def test_a_segment_whose_reading_fails_is_not_there_at_all(texts: Texts) -> None:
    def failing() -> Iterator[Read]:
        for number in range(1500):
            yield read(number, text(number))
        raise Damaged("the file is cut", "")

    with pytest.raises(Damaged):
        texts.add("s", failing())
    assert texts.segments() == set()
    assert texts.counts() == {"segments": 0, "pages": 0, "texts": 0}
    assert texts.add("s", [read(1, text(1)), read(2, None)]) == 2
    assert texts.segments() == {"s"}


def test_only_one_process_fills_and_another_does_not_wait_when_told_so(shelf: Shelf) -> None:
    with shelf.filling(wait=True) as first, Shelf(shelf.path).filling(wait=False) as second:
        assert first is not None
        assert second is None
    with shelf.filling(wait=False) as third:
        assert third is not None


def test_who_asks_sees_what_was_filled_while_others_fill(shelf: Shelf) -> None:
    with shelf.filling(wait=True) as texts:
        assert texts is not None
        texts.add("s", [read(1, text(7))])
        reader = shelf.reading()
        assert reader.segments() == {"s"}
        reader.close()


@pytest.mark.parametrize("content", [b"", None])
def test_without_a_database_there_is_an_empty_one(shelf: Shelf, content: bytes | None) -> None:
    if content is not None:
        shelf.path.write_bytes(content)
    reader = shelf.reading()
    assert (reader.counts()["texts"], reader.near(1), reader.with_passages([1])) == (0, [], [])
    reader.close()


def test_what_is_dropped_is_gone_and_made_anew(shelf: Shelf) -> None:
    with shelf.filling(wait=True) as texts:
        assert texts is not None
        texts.add("s", [read(1, text(7))])
    shelf.drop()
    assert {one.name for one in shelf.path.parent.iterdir()} == {"texts.sqlite.fill.lock", "texts.sqlite.make.lock"}
    assert shelf.reading().segments() == set()
    shelf.close()


def test_who_has_it_open_sees_that_it_was_dropped(shelf: Shelf) -> None:
    with shelf.filling(wait=True) as texts:
        assert texts is not None
        texts.add("s", [read(1, text(7))])
    reader = Shelf(shelf.path)
    assert reader.reading().segments() == {"s"}
    assert reader.reading() is reader.reading()
    shelf.drop()
    assert reader.reading().segments() == set()
    reader.close()


def test_who_asks_waits_for_no_one_that_fills(shelf: Shelf) -> None:
    with shelf.filling(wait=True):
        assert Shelf(shelf.path).reading().segments() == set()


def test_languages_are_counted(texts: Texts) -> None:
    other = replace(text(3), language="de")
    texts.add("s", [read(1, text(1)), read(2, text(2)), read(3, other), read(4, replace(text(4), language=None))])
    assert list(texts.languages().items()) == [("en", 2), ("de", 1)]


def test_no_words_of_a_page_are_in_the_database(shelf: Shelf) -> None:
    with shelf.filling(wait=True) as texts:
        assert texts is not None
        texts.add("s", [read(1, text(7))])
    held = sqlite3.connect(shelf.path)
    columns = {
        (table, column[1]): column[2]
        for (table,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for column in held.execute(f"PRAGMA table_info({table})").fetchall()
    }
    held.close()
    worded = {place for place, kind in columns.items() if kind.startswith("VARCHAR")}
    assert worded == {("fact", "name"), ("fact", "content"), ("segment", "segment_id"), ("text", "language")}


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60), st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_overlap_is_a_share_and_the_same_both_ways(one: list[str], other: list[str]) -> None:
    first, second = Compared(" ".join(one)), Compared(" ".join(other))
    assert first.overlap(second) == second.overlap(first)
    assert 0 <= first.overlap(second) <= 1
    covered, longest = first.covered_by(second)
    assert 0 <= longest <= covered <= len(one)
    assert first.covered_by(first) == ((len(one), len(one)) if len(one) >= 4 else (0, 0))


def test_words_in_runs_of_four_are_counted_and_the_longest_stretch_of_them() -> None:
    text = Compared("one two three four five x six seven eight nine y ten eleven")
    other = Compared("six seven eight nine and before that one two three four five ten eleven")
    assert text.covered_by(other) == (9, 5)
