# SPDX-License-Identifier: Apache-2.0
"""A host belongs to one worker at a time, and a worker that was taken over changes nothing any more."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archiver.state.leases import LeaseLost
from archiver.state.state import Acknowledged
from archiver.state.turn import Again, Ended, Left
from manifests.capture import Outcome
from tests.state.crawling import CREATED, FERRY, NOW, QUAY, Crawl, a_crawl, found, opened


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    with a_crawl(tmp_path) as one:
        yield one


def _hosts(crawl: Crawl, count: int) -> None:
    crawl.know(*(found("/", f"http://h{n}.example") for n in range(count)))


class TestSharing:
    def test_tokens_grow(self, crawl: Crawl) -> None:
        first, second = crawl.worker(), crawl.worker()
        crawl.state.leases.dismiss(crawl.row)
        assert first < second < crawl.worker()

    def test_workers_share_the_hosts_evenly(self, crawl: Crawl) -> None:
        _hosts(crawl, 10)
        workers = [crawl.worker() for _ in range(3)]
        shares = [[one.host for one in crawl.claim(token)] for token in workers]
        assert [len(share) for share in shares] == [4, 4, 2]
        assert len({host for share in shares for host in share}) == 10

    def test_a_worker_takes_no_more_than_it_can_hold_or_than_its_share(self, crawl: Crawl) -> None:
        _hosts(crawl, 10)
        first, _ = crawl.worker(), crawl.worker()
        assert len(crawl.claim(first, most=3)) == 3
        assert len(crawl.claim(first, held=3)) == 2
        assert crawl.claim(first, held=5) == []

    def test_a_host_that_may_not_be_asked_yet_stays(self, crawl: Crawl) -> None:
        crawl.know(found("/a"), found("/b"))
        token = crawl.worker()
        (leased,) = crawl.claim(token)
        crawl.leave(token, leased.host, NOW + 10, drained=False, memory=b"rules")
        assert crawl.claim(token, NOW + 9) == []
        (again,) = crawl.claim(token, NOW + 10)
        assert (again.host, again.next_at, again.memory) == (leased.host, NOW + 10, b"rules")

    def test_hosts_of_another_crawl_are_not_given(self, crawl: Crawl) -> None:
        other = Crawl(crawl.state, "b", "ferry")
        other.know(found("/"))
        assert crawl.claim(crawl.worker()) == []


class TestGivingBack:
    def test_a_drained_host_is_not_given_out_and_the_crawl_is_over(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        token = crawl.worker()
        (leased,) = crawl.claim(token)
        assert not crawl.over()
        crawl.end(crawl.load(leased.host)[0].row)
        assert not crawl.over()
        crawl.leave(token, leased.host)
        assert crawl.over()
        assert crawl.claim(token) == []

    def test_a_drained_host_with_a_later_retry_is_ready_at_that_time(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        token = crawl.worker()
        (leased,) = crawl.claim(token)
        row = crawl.load(leased.host)[0].row
        with crawl.state.writing() as connection:
            crawl.state.frontier.put_off(connection, [Again(row, 1, NOW + 30, "server-busy")])
            crawl.state.leases.leave(connection, token, Left(leased.host, NOW + 5, None, drained=True))
        assert not crawl.over()
        assert crawl.claim(token, NOW + 29) == []
        (again,) = crawl.claim(token, NOW + 30)
        assert crawl.targets(again.host, NOW + 30) == ["/a"]

    def test_a_host_said_to_be_drained_that_has_urls_again_stays_ready(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        token = crawl.worker()
        (leased,) = crawl.claim(token)
        crawl.end(crawl.load(leased.host)[0].row)
        crawl.know(found("/b"))  # by another worker, meanwhile
        crawl.leave(token, leased.host)
        assert not crawl.over()
        (again,) = crawl.claim(token)
        assert crawl.targets(again.host) == ["/b"]

    def test_a_drained_host_of_which_more_is_found_still_has_its_rest(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        token = crawl.worker()
        (leased,) = crawl.claim(token)
        crawl.end(crawl.load(leased.host)[0].row)
        crawl.leave(token, leased.host, NOW + 20)
        crawl.know(found("/b"))
        assert crawl.claim(token, NOW + 19) == []
        (again,) = crawl.claim(token, NOW + 20)
        assert again.next_at == NOW + 20

    def test_only_its_worker_gives_a_host_back(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        token, other = crawl.worker(), crawl.worker()
        (leased,) = crawl.claim(token)
        crawl.leave(other, leased.host, NOW + 500, drained=False)
        crawl.state.leases.dismiss(crawl.row, token)
        (again,) = crawl.claim(other)
        assert again.next_at == 0.0


class TestTakingOver:
    def test_a_silent_worker_is_taken_over_when_its_lease_has_ended_and_not_before(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        silent, other = crawl.worker(until=NOW + 60), crawl.worker(until=NOW + 600)
        (leased,) = crawl.claim(silent)
        assert crawl.claim(other, NOW + 60) == []
        assert [one.host for one in crawl.claim(other, NOW + 61)] == [leased.host]

    def test_a_worker_that_renews_is_not_taken_over(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        steady, other = crawl.worker(until=NOW + 60), crawl.worker(until=NOW + 600)
        crawl.claim(steady)
        with crawl.state.writing() as connection:
            crawl.state.leases.renew(connection, steady, NOW + 120, '{"captures": 5}')
        assert crawl.claim(other, NOW + 100) == []
        assert crawl.state.leases.tallies(crawl.row)[0] == (steady, "here:1", True, '{"captures": 5}')

    def test_a_dead_token_changes_nothing(self, crawl: Crawl, tmp_path: Path) -> None:
        crawl.know(found("/a"), found("/b"), found("/", FERRY))
        crawl.state.segment_opened("s" * 26, "quay", CREATED, tail_adopted=True)
        silent = crawl.worker(until=NOW)
        held = [one for one in crawl.claim(silent) if one.origin == QUAY]
        other = crawl.worker(until=NOW + 600)
        first, second = crawl.load(held[0].host)
        crawl.claim(other, NOW + 1)
        before = _all(tmp_path / "state.sqlite")

        def told() -> None:
            with crawl.state.writing() as connection:  # in whatever order it is told, the transaction is one
                crawl.state.frontier.know(connection, crawl.row, [found("/new", "http://new.example")])
                ended = Ended(first.row, Outcome.CAPTURED_COMPLETE, NOW, capture_id="c" * 36)
                crawl.state.frontier.end(connection, [ended])
                crawl.state.frontier.put_off(connection, [Again(second.row, 3, NOW + 9, "server-busy")])
                crawl.state.acknowledge_within(connection, "s" * 26, [_acknowledged()])
                crawl.state.leases.leave(connection, silent, Left(held[0].host, NOW + 99, b"x", drained=True))
                crawl.state.leases.renew(connection, silent, NOW + 60, "{}")

        with pytest.raises(LeaseLost):
            told()
        assert _all(tmp_path / "state.sqlite") == before
        assert crawl.know(found("/new", "http://new.example")) == 1

    def test_a_dismissed_worker_is_fenced_off_and_its_hosts_are_free(self, crawl: Crawl) -> None:
        _hosts(crawl, 4)
        gone, other = crawl.worker(), crawl.worker()
        crawl.claim(gone)
        crawl.claim(other)
        crawl.state.leases.dismiss(crawl.row, gone)
        assert len(crawl.claim(other, held=2)) == 2
        with pytest.raises(LeaseLost), crawl.state.writing() as connection:
            crawl.state.leases.renew(connection, gone, NOW + 60, None)

    def test_all_workers_of_a_crawl_are_dismissed_and_none_of_another(self, crawl: Crawl) -> None:
        other = Crawl(crawl.state, "b", "ferry")
        other.know(found("/"))
        crawl.know(found("/"))
        theirs = other.worker()
        other.claim(theirs)
        crawl.claim(crawl.worker())
        crawl.state.leases.dismiss(crawl.row)
        assert [alive for _, _, alive, _ in crawl.state.leases.tallies(crawl.row)] == [False]
        assert len(crawl.claim(crawl.worker())) == 1
        assert other.claim(other.worker()) == []


class TestTwoProcesses:
    def test_no_host_is_given_to_both(self, crawl: Crawl, tmp_path: Path) -> None:
        _hosts(crawl, 60)
        context = multiprocessing.get_context("spawn")
        both, told = context.Barrier(2), context.Queue()
        tokens = [crawl.worker(), crawl.worker()]
        racing = [
            context.Process(target=_claim, args=(tmp_path / "state.sqlite", crawl.row, token, both, told))
            for token in tokens
        ]
        for one in racing:
            one.start()
        taken = [told.get(timeout=30) for _ in racing]
        for one in racing:
            one.join()
        assert sorted(len(one) for one in taken) == [30, 30]
        assert len({host for one in taken for host in one}) == 60


def _claim(path: Path, row: int, token: int, both: Any, told: Any) -> None:
    state = opened(path)
    both.wait()
    taken: list[int] = []
    for _ in range(20):
        with state.writing() as connection:
            taken += [one.host for one in state.leases.claim(connection, row, token, NOW, len(taken), 3)]
    told.put(taken)
    state.close()


def _acknowledged() -> Acknowledged:
    return Acknowledged("c" * 36, 0, b"line", 0, 50, "sha256:" + "0" * 64, CREATED, 100, "sha256:" + "1" * 64)


def _all(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as state:
        names = [name for (name,) in state.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: state.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall() for name in names}
