# SPDX-License-Identifier: Apache-2.0
"""The frontier knows each URL once, gives it out until it has ended, and remembers what became of it."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.state.frontier import digest_of
from archiver.state.turn import Again, Ended, Visited
from manifests.capture import Outcome
from tests.state.crawling import FERRY, NOW, QUAY, Crawl, a_crawl, found, opened


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    with a_crawl(tmp_path) as one:
        yield one


def _host(crawl: Crawl, origin: str = QUAY) -> int:
    (one,) = [leased for leased in crawl.claim(crawl.worker()) if leased.origin == origin]
    return one.host


class TestKnowing:
    def test_a_url_found_again_is_nothing_new(self, crawl: Crawl) -> None:
        assert crawl.know(found("/a"), found("/b")) == 2
        before = crawl.url("/a")
        assert crawl.know(found("/a", priority=0, path="E"), found("/a"), found("/c")) == 1
        assert crawl.url("/a") == before

    def test_targets_that_differ_in_case_or_query_are_different_urls(self, crawl: Crawl) -> None:
        assert crawl.know(found("/a"), found("/A"), found("/a?"), found("/a?x=1"), found("/a", FERRY)) == 5

    def test_a_url_of_any_length_is_known_by_sixteen_octets(self, crawl: Crawl) -> None:
        long = "/" + "a" * 100_000
        assert crawl.know(found(long), found(long + "b"), found(long)) == 2
        assert len(digest_of(long)) == 16
        assert digest_of("/\ud800") != digest_of("/?")

    @pytest.mark.parametrize("reason", ["out-of-scope", "redirect-limit"])
    def test_what_one_way_keeps_out_waits_once_another_way_leads_to_it(self, crawl: Crawl, reason: str) -> None:
        crawl.know(found("/a", reason=reason))
        assert crawl.over()
        assert crawl.url("/a")["outcome"] is not None
        crawl.know(found("/a", path="LE"))
        now = crawl.url("/a")
        assert (now["stage"], now["outcome"], now["reason"], now["path"]) == (0, None, None, "LE")
        assert crawl.targets(_host(crawl)) == ["/a"]

    def test_what_is_skipped_for_itself_stays_skipped(self, crawl: Crawl) -> None:
        crawl.know(found("/a", reason="trap"))
        crawl.know(found("/a"), found("/b"))
        assert crawl.url("/a")["reason"] == "trap"
        assert crawl.targets(_host(crawl)) == ["/b"]

    def test_what_has_ended_or_waits_is_not_put_out_of_scope(self, crawl: Crawl) -> None:
        crawl.know(found("/a"), found("/b"))
        host = _host(crawl)
        crawl.end(crawl.load(host)[0].row)
        crawl.know(found("/a", reason="out-of-scope"), found("/b", reason="out-of-scope"), found("/a"))
        assert (crawl.url("/a")["code"], crawl.url("/a")["reason"]) == (200, None)
        assert crawl.targets(host) == ["/b"]

    def test_two_crawls_know_their_urls_apart(self, crawl: Crawl) -> None:
        other = Crawl(crawl.state, "b", "ferry")
        assert crawl.know(found("/a")) == 1
        assert other.know(found("/a")) == 1
        crawl.end(crawl.load(_host(crawl))[0].row)
        assert other.targets(_host(other)) == ["/a"]

    def test_an_undone_transaction_leaves_nothing_behind_it_believes_in(self, crawl: Crawl) -> None:
        class UndoneError(Exception):
            pass

        def undone() -> None:
            with crawl.state.writing() as connection:
                crawl.state.frontier.know(connection, crawl.row, [found("/a")])
                raise UndoneError

        with pytest.raises(UndoneError):
            undone()
        crawl.know(found("/", FERRY))  # takes the row that the undone host had
        assert crawl.know(found("/a")) == 1
        assert crawl.url("/a")["url"] == f"{QUAY}/a"

    def test_many_hosts_at_once_are_known(self, crawl: Crawl) -> None:
        many = [found("/", f"http://h{n}.example") for n in range(1_203)]
        assert crawl.know(*many) == 1_203
        assert len(crawl.claim(crawl.worker(), most=2_000)) == 1_203

    @settings(max_examples=30, deadline=None)
    @given(
        told=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([None, "out-of-scope", "trap"])), max_size=12)
    )
    def test_whatever_is_told_in_whatever_order_each_url_is_there_once_and_in_scope_wins(
        self, tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, str | None]]
    ) -> None:
        with a_crawl(tmp_path_factory.mktemp("state")) as crawl:
            for name, reason in told:
                crawl.know(found(f"/{name}", reason=reason))
            known = {str(one["target"])[1:]: one["reason"] for one in crawl.state.frontier.known(crawl.row)}
        expected: dict[str, str | None] = {}
        for name, reason in told:
            if expected.get(name, "out-of-scope") == "out-of-scope" and (name not in expected or reason is None):
                expected[name] = reason
        assert known == expected


class TestLoading:
    def test_what_matters_most_comes_first_and_then_what_was_found_first(self, crawl: Crawl) -> None:
        crawl.know(found("/link"), found("/embed", priority=2), found("/seed", priority=0), found("/later"))
        assert crawl.targets(_host(crawl)) == ["/seed", "/embed", "/link", "/later"]

    def test_what_is_under_way_is_not_given_out_twice(self, crawl: Crawl) -> None:
        crawl.know(*(found(f"/{n}") for n in range(10)))
        host = _host(crawl)
        first = crawl.load(host, most=4)
        second = crawl.load(host, most=4, under_way=[one.row for one in first])
        assert [one.target for one in first + second] == [f"/{n}" for n in range(8)]

    def test_it_says_on_what_a_url_was_found_and_with_which_capture(self, crawl: Crawl) -> None:
        crawl.know(found("/from", FERRY))
        host = _host(crawl, FERRY)
        row = crawl.load(host)[0].row
        crawl.end(row)
        crawl.know(found("/to", via=row))
        (one,) = crawl.load(_host(crawl))
        assert (one.via_url, one.via_capture) == (f"{FERRY}/from", f"{row:08x}-0000-4000-8000-000000000000")


class TestEnding:
    def test_what_became_of_a_url_is_kept_and_stays(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        host = _host(crawl)
        row = crawl.load(host)[0].row
        crawl.end(row)
        crawl.end(row, Outcome.FAILED, "no-response")
        one = crawl.url("/a")
        assert (one["reason"], one["code"], one["rule"], one["octets"]) == (None, 200, "type:host", 1000)
        assert crawl.load(host) == []

    def test_what_is_put_off_waits_until_its_time(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        host = _host(crawl)
        row = crawl.load(host)[0].row
        with crawl.state.writing() as connection:
            crawl.state.frontier.put_off(connection, [Again(row, 1, NOW + 30, "server-busy")])
        assert crawl.load(host, NOW + 29) == []
        (one,) = crawl.load(host, NOW + 30)
        assert one.attempts == 1
        assert crawl.url("/a")["reason"] == "server-busy"
        crawl.end(row)
        with crawl.state.writing() as connection:
            crawl.state.frontier.put_off(connection, [Again(row, 2, NOW, "server-busy")])
        assert crawl.load(host, NOW + 60) == []

    def test_what_is_counted_adds_up_over_workers(self, crawl: Crawl) -> None:
        crawl.know(found("/a"))
        token = crawl.worker()
        (leased,) = crawl.claim(token)
        for _ in range(2):
            with crawl.state.writing() as connection:
                crawl.state.frontier.count(connection, {leased.host: (3, 500)})
        crawl.leave(token, leased.host, drained=False)
        (again,) = crawl.claim(crawl.worker())
        assert (again.captures, again.octets) == (6, 1000)


class TestVisiting:
    def _visited(self, target: str = "/robots.txt", outcome: Outcome = Outcome.CAPTURED_COMPLETE) -> Visited:
        capture_id = "c" * 36 if outcome is Outcome.CAPTURED_COMPLETE else None
        return Visited(found(target, priority=1, path="P"), Ended(0, outcome, NOW, None, None, 200, capture_id, 70))

    def _visit(self, crawl: Crawl, one: Visited) -> None:
        with crawl.state.writing() as connection:
            crawl.state.frontier.visit(connection, crawl.row, [one])

    def test_what_was_asked_for_unasked_is_known_and_has_ended(self, crawl: Crawl) -> None:
        self._visit(crawl, self._visited())
        one = crawl.url("/robots.txt")
        assert (one["stage"], one["capture_id"], one["path"]) == (1, "c" * 36, "P")
        assert crawl.over()

    def test_it_ends_what_waited_for_the_same(self, crawl: Crawl) -> None:
        crawl.know(found("/robots.txt"), found("/a"))
        self._visit(crawl, self._visited())
        assert crawl.targets(_host(crawl)) == ["/a"]

    def test_it_does_not_undo_a_capture(self, crawl: Crawl) -> None:
        crawl.know(found("/robots.txt"))
        row = crawl.load(_host(crawl))[0].row
        crawl.end(row)
        before = crawl.url("/robots.txt")
        self._visit(crawl, self._visited())
        self._visit(crawl, self._visited(outcome=Outcome.REFUSED))
        assert crawl.url("/robots.txt") == before


class TestTheEnd:
    def test_the_rest_is_skipped_with_the_reason_and_what_has_ended_stays(self, crawl: Crawl) -> None:
        other = Crawl(crawl.state, "b", "ferry")
        other.know(found("/a"))
        crawl.know(found("/a"), found("/b"), found("/c", FERRY))
        crawl.end(crawl.load(_host(crawl))[0].row)
        with crawl.state.writing() as connection:
            assert crawl.state.frontier.skip_rest(connection, crawl.row, "crawl-stopped", "stop", NOW) == 2
        assert crawl.over()
        assert not other.over()
        assert crawl.url("/a")["reason"] is None
        assert (crawl.url("/b")["reason"], crawl.url("/b")["rule"]) == ("crawl-stopped", "stop")
        assert crawl.url("/c", FERRY)["reason"] == "crawl-stopped"

    def test_a_forgotten_crawl_takes_nothing_of_another_with_it(self, crawl: Crawl) -> None:
        other = Crawl(crawl.state, "b", "ferry")
        other.know(found("/a"))
        crawl.know(*(found(f"/{n}") for n in range(20)))
        crawl.claim(crawl.worker())
        crawl.state.frontier.forget(crawl.row)
        assert list(crawl.state.frontier.known(crawl.row)) == []
        assert crawl.state.leases.tallies(crawl.row) == []
        assert [one["target"] for one in other.state.frontier.known(other.row)] == ["/a"]
        assert crawl.know(found("/1")) == 1
        assert crawl.url("/1")["url"] == f"{QUAY}/1"

    def test_every_url_is_told_in_order_over_many_pages(self, crawl: Crawl) -> None:
        crawl.know(*(found(f"/{n}") for n in range(10_001)))
        told = [one["target"] for one in crawl.state.frontier.known(crawl.row)]
        assert told == [f"/{n}" for n in range(10_001)]


class TestTwoProcesses:
    """Both find the same URLs, on hosts that neither knew, at one time."""

    def test_each_url_is_new_to_one_of_them_and_there_once(self, crawl: Crawl, tmp_path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        both = context.Barrier(2)
        counted = context.Queue()
        racing = [
            context.Process(target=_find, args=(tmp_path / "state.sqlite", crawl.row, both, counted)) for _ in range(2)
        ]
        for one in racing:
            one.start()
        added = [counted.get(timeout=30) for _ in racing]
        for one in racing:
            one.join()
        assert sum(added) == 300
        assert len({one["url"] for one in crawl.state.frontier.known(crawl.row)}) == 300
        assert len(list(crawl.state.frontier.known(crawl.row))) == 300
        assert len(crawl.claim(crawl.worker())) == 10


def _find(path: Path, row: int, both: object, counted: object) -> None:
    state = opened(path)
    both.wait()  # type: ignore[attr-defined]
    added = 0
    for page in range(30):
        with state.writing() as connection:
            several = [found(f"/{page}", f"http://h{host}.example") for host in range(10)]
            added += state.frontier.know(connection, row, several)
    counted.put(added)  # type: ignore[attr-defined]
    state.close()
