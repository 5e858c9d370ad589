# SPDX-License-Identifier: Apache-2.0
"""Reading falls back to a replica, and says so; everything else is the primary's."""

from collections.abc import Iterator
from typing import BinaryIO

import pytest

from archiver.errors import StoreUnavailable
from archiver.ports import Stored
from archiver.store.memory import MemoryStore
from archiver.store.mirrored import REST_SECONDS, Fallback, Mirrored
from manifests.digest import Digest
from tests.contracts.store_contract import StoreContract, put


class Silent(MemoryStore):
    """Gives no answer while `silent`, and counts how often it was asked."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place
        self.silent = False
        self.asked = 0

    def _check(self) -> None:
        self.asked += 1
        if self.silent:
            raise StoreUnavailable(f"no answer from {self.place}")

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        self._check()
        return super().get(key, start, end)

    def open(self, key: str) -> BinaryIO:
        self._check()
        return super().open(key)

    def head(self, key: str) -> Stored | None:
        self._check()
        return super().head(key)

    def list(self, prefix: str) -> Iterator[str]:
        self._check()
        return super().list(prefix)


class Pair:
    """A primary, two replicas, a clock, and what was told."""

    def __init__(self) -> None:
        self.primary, self.near, self.far = Silent("primary"), Silent("near"), Silent("far")
        self.told: list[Fallback] = []
        self.now = 0.0
        self.store = Mirrored(self.primary, lambda: [self.near, self.far], self.told.append, lambda: self.now)


@pytest.fixture
def pair() -> Pair:
    return Pair()


class TestTheContractHolds(StoreContract):
    @pytest.fixture
    def store(self) -> Mirrored:
        return Mirrored(MemoryStore(), lambda: [MemoryStore()], lambda _: None, lambda: 0.0)


def test_what_the_primary_has_is_not_asked_of_a_replica(pair: Pair) -> None:
    put(pair.primary, "a", b"1")
    assert pair.store.get("a") == b"1"
    assert (pair.near.asked, pair.told, pair.store.fallbacks) == (0, [], 0)


def test_what_the_primary_lacks_comes_from_the_first_replica_that_has_it(pair: Pair) -> None:
    put(pair.far, "a", b"12345")
    assert pair.store.get("a", 1, 3) == b"23"
    with pair.store.open("a") as stream:
        assert stream.read() == b"12345"
    seen = pair.store.head("a")
    assert seen is not None
    assert seen.sha256 == Digest.of(b"12345")
    assert pair.told == [Fallback("a", "far", "missing")] * 3
    assert pair.store.fallbacks == 3


def test_what_nobody_has_is_missing_and_nothing_is_told(pair: Pair) -> None:
    for read in (pair.store.get, pair.store.open):
        with pytest.raises(KeyError):
            read("a")
    assert pair.store.head("a") is None
    assert pair.told == []


def test_a_primary_without_an_answer_is_asked_last_for_a_while(pair: Pair) -> None:
    put(pair.primary, "new", b"n")
    put(pair.primary, "a", b"1")
    put(pair.near, "a", b"1")
    pair.primary.silent = True
    assert pair.store.get("a") == b"1"
    asked = pair.primary.asked
    assert [pair.store.get("a") for _ in range(3)] == [b"1"] * 3
    assert pair.primary.asked == asked
    assert list(pair.store.list("")) == ["a"]
    pair.primary.silent = False
    assert pair.store.get("new") == b"n"
    pair.now = REST_SECONDS
    fallbacks = pair.store.fallbacks
    assert pair.store.get("a") == b"1"
    assert pair.store.fallbacks == fallbacks


def test_when_nobody_answers_the_fault_is_the_primarys(pair: Pair) -> None:
    for one in (pair.primary, pair.near, pair.far):
        one.silent = True
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="primary"):
            pair.store.get("a")


def test_a_missing_object_stays_missing_when_a_replica_gives_no_answer(pair: Pair) -> None:
    pair.near.silent = pair.far.silent = True
    with pytest.raises(KeyError):
        pair.store.get("a")


def test_a_short_object_of_the_primary_is_read_from_a_replica(pair: Pair) -> None:
    put(pair.primary, "a", b"12")
    put(pair.near, "a", b"12345")
    assert pair.store.get("a", 2, 5) == b"345"


def test_nothing_is_written_to_a_replica(pair: Pair) -> None:
    put(pair.store, "staging/a", b"1")
    pair.store.replace("ledger/checkpoint", b"head")
    pair.store.sweep("staging/a")
    assert list(pair.primary.list("")) == ["ledger/checkpoint"]
    assert list(MemoryStore.list(pair.near, "")) == []
