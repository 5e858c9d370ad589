# SPDX-License-Identifier: Apache-2.0
"""The database of leaves: what it knows has no holes, whoever fills it at the same time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.errors import Damaged
from archiver.ledger.leaves import Leaves, read
from manifests.canonical import canonical_bytes
from manifests.digest import Digest
from manifests.ledger import Leaf
from tests.ledger.ledgers import AT


def leaf(number: int, key: str | None = None) -> bytes:
    return canonical_bytes(Leaf(d=Digest.of(b"%d" % number), k=key or f"events/{number}", t=AT))


def some(start: int, end: int) -> list[bytes]:
    return [leaf(number) for number in range(start, end)]


@pytest.fixture
def leaves(tmp_path: Path) -> Iterator[Leaves]:
    one = Leaves(tmp_path / "ledger.sqlite")
    yield one
    one.close()


def test_a_leaf_is_found_by_what_it_is_of(leaves: Leaves) -> None:
    leaves.add(0, some(0, 5))
    found = leaves.find("events/3")
    assert found is not None
    assert (found.position, found.entry, found.leaf.k) == (3, leaf(3), "events/3")
    assert leaves.find("events/5") is None
    assert leaves.size() == 5


def test_nothing_is_known_at_first(leaves: Leaves) -> None:
    assert (leaves.size(), leaves.find("events/0")) == (0, None)
    leaves.add(0, [])
    assert leaves.size() == 0


def test_what_is_known_already_is_passed_over(leaves: Leaves) -> None:
    leaves.add(0, some(0, 5))
    leaves.add(3, [*some(90, 92), *some(5, 7)])
    assert leaves.size() == 7
    assert leaves.find("events/90") is None
    assert [leaves.find(f"events/{number}") is not None for number in range(8)] == [True] * 7 + [False]
    leaves.add(0, some(0, 3))
    assert leaves.size() == 7


def test_there_never_is_a_hole(leaves: Leaves) -> None:
    """A hole would have leaves taken for unknown, and logged twice."""
    leaves.add(3, some(3, 5))
    assert leaves.size() == 0
    leaves.add(0, some(0, 2))
    leaves.add(4, some(4, 6))
    assert leaves.size() == 2
    leaves.add(2, some(2, 6))
    assert leaves.size() == 6


def test_of_two_leaves_of_one_thing_the_first_is_told(leaves: Leaves) -> None:
    leaves.add(0, [leaf(1, "events/x"), leaf(2, "events/x")])
    found = leaves.find("events/x")
    assert found is not None
    assert found.position == 0


def test_it_can_be_forgotten_and_filled_again(leaves: Leaves) -> None:
    leaves.add(0, some(0, 5))
    leaves.clear()
    assert (leaves.size(), leaves.find("events/0")) == (0, None)
    leaves.add(0, some(0, 5))
    assert leaves.size() == 5


def test_another_process_sees_what_was_added(leaves: Leaves, tmp_path: Path) -> None:
    other = Leaves(tmp_path / "ledger.sqlite")
    leaves.add(0, some(0, 5))
    assert other.size() == 5
    other.add(5, some(5, 6))
    other.close()
    assert leaves.find("events/5") is not None


WRONG = (b"", b"{}", b"[]", b"\xff", leaf(1).replace(b'"v":0', b'"v":1'), leaf(1).replace(b"sha256:", b"sha257:"))


@pytest.mark.parametrize("entry", WRONG)
def test_what_is_no_leaf_is_damage_and_nothing_is_added(leaves: Leaves, entry: bytes) -> None:
    with pytest.raises(Damaged) as told:
        leaves.add(0, [leaf(0), entry])
    assert told.value.fields["code"] == "L01"
    assert "leaf 1" in str(told.value)
    assert leaves.size() == 0


def test_a_leaf_is_read_as_it_was_written() -> None:
    assert canonical_bytes(read(leaf(7), 0)) == leaf(7)
