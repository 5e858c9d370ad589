# SPDX-License-Identifier: Apache-2.0
"""What a seed may have is never exceeded, whoever holds how much of it, and nobody who is gone holds any."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.state import seed_limits
from archiver.state.schema import seed_counts, seed_shares
from archiver.state.turn import SeedStanding, SeedTold
from tests.state.crawling import NOW, Crawl, a_crawl


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    with a_crawl(tmp_path) as one:
        yield one


def tell(crawl: Crawl, token: int, captures: int, wanted: int, limit: int | None = 10, octets: int = 0) -> SeedStanding:
    """One turn of a worker that tells of seed 7."""
    with crawl.state.writing() as connection:
        told = {7: SeedTold(captures, octets, wanted, limit)}
        return seed_limits.settle(connection, crawl.row, token, told)[7]


def test_a_worker_gets_what_it_wants_as_far_as_there_is_any(crawl: Crawl) -> None:
    one, two = crawl.worker(), crawl.worker()
    assert tell(crawl, one, 0, 4) == SeedStanding(0, 0, 4)
    assert tell(crawl, two, 0, 100) == SeedStanding(0, 0, 6)
    assert tell(crawl, one, 4, 100) == SeedStanding(4, 0, 0)
    assert tell(crawl, two, 2, 0) == SeedStanding(6, 0, 0)
    assert tell(crawl, one, 0, 100) == SeedStanding(6, 0, 4)


def test_octets_are_added_up_without_any_limit_of_captures(crawl: Crawl) -> None:
    one, two = crawl.worker(), crawl.worker()
    assert tell(crawl, one, 3, 5, None, 300) == SeedStanding(3, 300, 0)
    assert tell(crawl, two, 1, 5, None, 50) == SeedStanding(4, 350, 0)


def test_the_share_of_a_worker_that_was_taken_over_is_free_in_that_transaction(crawl: Crawl) -> None:
    gone, alive = crawl.worker(until=NOW - 1), crawl.worker()
    tell(crawl, gone, 2, 8)
    assert tell(crawl, alive, 0, 5).share == 0
    crawl.claim(alive)
    assert tell(crawl, alive, 0, 10) == SeedStanding(2, 0, 8)


def test_a_dismissed_worker_leaves_its_count_and_no_share(crawl: Crawl) -> None:
    one = crawl.worker()
    tell(crawl, one, 3, 7)
    crawl.state.leases.dismiss(crawl.row)
    assert tell(crawl, crawl.worker(), 0, 100) == SeedStanding(3, 0, 7)


def test_crawls_and_seeds_do_not_share_with_each_other(tmp_path: Path) -> None:
    with a_crawl(tmp_path) as one:
        other = Crawl(one.state, name="b", job="other")
        assert tell(one, one.worker(), 0, 10).share == 10
        assert tell(other, other.worker(), 0, 10).share == 10


def test_a_crawl_that_is_forgotten_leaves_nothing(crawl: Crawl) -> None:
    tell(crawl, crawl.worker(), 1, 5)
    crawl.state.frontier.forget(crawl.row)
    with crawl.state.writing() as connection:
        for table in (seed_counts, seed_shares):
            assert connection.execute(sa.select(table)).all() == []


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(0, 12), st.booleans()), max_size=40))
def test_acknowledged_captures_and_shares_never_exceed_the_limit(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int, bool]]
) -> None:
    with a_crawl(tmp_path_factory.mktemp("state")) as crawl:
        tokens = [crawl.worker() for _ in range(4)]
        shares = dict.fromkeys(tokens, 0)
        taken = 0
        for which, took, wanted, dies in steps:
            token = tokens[which]
            if dies:
                crawl.state.leases.dismiss(crawl.row, token)
                del shares[token]
                tokens[which] = crawl.worker()
                shares[tokens[which]] = 0
                continue
            acknowledged = min(took, shares[token])
            taken += acknowledged
            standing = tell(crawl, token, acknowledged, wanted)
            shares[token] = standing.share
            assert standing.captures == taken
            assert taken + sum(shares.values()) <= 10
            # What is free is given to whoever wants it.
            assert standing.share == wanted or taken + sum(shares.values()) == 10
