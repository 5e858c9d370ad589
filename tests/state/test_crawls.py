# SPDX-License-Identifier: Apache-2.0
"""State knows every crawl, what is wanted of it and what was changed about it, and begins a due one once."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import Ambiguous, BadInput, NotFound
from archiver.state.crawls import Met, SeedRow, Window
from tests.state.crawling import CREATED, Crawl, a_crawl, opened

DUE = "2026-03-04T02:30:00+00:00"
LATER = "2026-03-03T11:00:00+00:00"


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    with a_crawl(tmp_path) as one:
        yield one


def _begin(crawl: Crawl, crawl_id: str, job: str, due: str | None = None) -> int | None:
    with crawl.state.writing() as connection:
        return crawl.state.crawls.begin(connection, crawl_id, job, "", CREATED, due=due)


class TestACrawl:
    def test_it_begins_running_with_nothing_changed(self, crawl: Crawl) -> None:
        one = crawl.state.crawls.get("a" * 26)
        assert (one.job, one.job_text, one.stage, one.wanted, one.how) == (
            "quay",
            "name: quay\n",
            "running",
            "run",
            None,
        )
        assert (one.excluded, one.limits, one.due, one.report) == ((), {}, None, None)
        assert crawl.state.crawls.events(one) == []

    def test_it_is_found_by_the_beginning_of_its_id(self, crawl: Crawl) -> None:
        _begin(crawl, "ab" * 13, "ferry")
        crawls = crawl.state.crawls
        assert crawls.get("ab").job == "ferry"
        assert crawls.get("a" * 26).job == "quay"
        with pytest.raises(Ambiguous):
            crawls.get("a")
        with pytest.raises(NotFound):
            crawls.get("b")

    def test_the_one_of_a_job_that_has_not_ended_is_found(self, crawl: Crawl) -> None:
        crawls = crawl.state.crawls
        first = crawls.get("a" * 26)
        assert crawls.unended("quay") == first
        assert crawls.unended("ferry") is None
        crawls.stage(first, "paused")
        assert crawls.unended("quay") is not None
        crawls.end(first, "finished", LATER, '{"captures": 7}')
        assert crawls.unended("quay") is None
        one = crawls.get("a" * 26)
        assert (one.stage, one.how, one.ended_at, one.report) == ("ended", "finished", LATER, '{"captures": 7}')

    def test_the_newest_comes_first(self, crawl: Crawl) -> None:
        crawls = crawl.state.crawls
        crawls.end(crawls.get("a"), "finished", LATER, "{}")
        _begin(crawl, "b" * 26, "ferry")
        _begin(crawl, "c" * 26, "quay")
        assert [one.crawl_id[0] for one in crawls.all()] == ["c", "b", "a"]
        assert [one.crawl_id[0] for one in crawls.all(most=2)] == ["c", "b"]
        assert [one.crawl_id[0] for one in crawls.all("quay")] == ["c", "a"]
        assert crawls.names() == ["ferry", "quay"]

    def test_what_is_changed_adds_up_and_is_on_record(self, crawl: Crawl) -> None:
        crawls = crawl.state.crawls
        one = crawls.get("a" * 26)
        crawls.exclude(one, ["glob:**/tag/**"], CREATED)
        crawls.exclude(one, ["[?]page="], LATER)
        crawls.limit(one, {"captures": 50, "time": 60}, LATER)
        crawls.limit(one, {"captures": 70}, LATER)
        crawls.wish(one, "pause", LATER)
        crawls.note(one, LATER, "paused", "low disk")
        now = crawls.get("a" * 26)
        assert now.excluded == ("glob:**/tag/**", "[?]page=")
        assert now.limits == {"captures": 70, "time": 60}
        assert now.wanted == "pause"
        assert [(at, kind) for at, kind, _ in crawls.events(one)] == [
            (CREATED, "exclude"), (LATER, "exclude"), (LATER, "limit"), (LATER, "limit"), (LATER, "pause"), (LATER, "paused"),
        ]  # fmt: skip

    def test_its_seeds_are_kept_by_number(self, crawl: Crawl) -> None:
        seeds = [SeedRow(n, f"http://quay.example/{n}", "{}") for n in range(3)]
        with crawl.state.writing() as connection:
            crawl.state.crawls.add_seeds(connection, crawl.row, seeds)
            crawl.state.crawls.add_seeds(connection, crawl.row, [])
            assert crawl.state.crawls.seeds_known(connection, crawl.row) == 3
        assert crawl.state.crawls.seed(crawl.row, 2) == seeds[2]


class TestGranting:
    def _grant(self, crawl: Crawl, most: int, limit: int) -> int:
        with crawl.state.writing() as connection:
            return crawl.state.crawls.grant(connection, crawl.row, most, limit)

    def test_all_workers_together_are_granted_the_limit_and_no_more(self, crawl: Crawl) -> None:
        assert [self._grant(crawl, 50, 120) for _ in range(4)] == [50, 50, 20, 0]

    def test_what_is_given_back_can_be_granted_again(self, crawl: Crawl) -> None:
        self._grant(crawl, 50, 50)
        assert self._grant(crawl, -20, 50) == -20
        assert self._grant(crawl, 50, 50) == 20

    def test_a_raised_limit_grants_more_and_a_lowered_one_takes_back_what_was_granted(self, crawl: Crawl) -> None:
        assert self._grant(crawl, 50, 50) == 50
        assert self._grant(crawl, 50, 60) == 10
        assert self._grant(crawl, 50, 40) <= 0


class TestDueCrawls:
    def test_what_was_due_is_begun_once(self, crawl: Crawl) -> None:
        crawls = crawl.state.crawls
        assert _begin(crawl, "b" * 26, "ferry", DUE) is not None
        assert _begin(crawl, "c" * 26, "ferry", DUE) is None
        with pytest.raises(BadInput, match="has not ended"):
            _begin(crawl, "d" * 26, "ferry", LATER)
        crawls.end(crawls.get("b"), "finished", LATER, "{}")
        assert _begin(crawl, "c" * 26, "ferry", DUE) is None
        assert _begin(crawl, "d" * 26, "ferry", LATER) is not None
        assert _begin(crawl, "e" * 26, "tide", DUE) is not None
        assert crawl.state.crawls.get("b").due == DUE
        with pytest.raises(NotFound):
            crawl.state.crawls.get("c")

    def test_of_many_processes_one_begins_it(self, crawl: Crawl, tmp_path: Path) -> None:
        context = multiprocessing.get_context("spawn")
        all_of_them, told = context.Barrier(3), context.Queue()
        racing = [
            context.Process(target=_begin_due, args=(tmp_path / "state.sqlite", name, all_of_them, told))
            for name in "bcd"
        ]
        for one in racing:
            one.start()
        begun = [told.get(timeout=30) for _ in racing]
        for one in racing:
            one.join()
        assert sum(one is not None for one in begun) == 1
        assert len(crawl.state.crawls.all("ferry")) == 1

    def test_of_two_that_see_to_the_same_times_the_first_does(self, crawl: Crawl) -> None:
        crawls = crawl.state.crawls
        assert crawls.met("quay") is None
        first = Window("seeds/quay.yaml", None, CREATED, "{}")
        assert [crawls.consider("quay", first) for _ in range(2)] == [True, False]
        later = Window("seeds/quay.yaml", CREATED, LATER, '{"mistakes": "m"}')
        assert crawls.refuse(crawls.get("a"), later, "the run due then")
        assert not crawls.refuse(crawls.get("a"), later, "the run due then")
        assert crawls.all_met() == [Met("quay", "seeds/quay.yaml", LATER, '{"mistakes": "m"}')]
        assert crawls.events(crawls.get("a")) == [(LATER, "due-refused", "the run due then")]

    def test_a_crawl_begins_only_for_times_that_nobody_has_seen_to(self, crawl: Crawl) -> None:
        crawls = crawl.state.crawls
        crawls.consider("ferry", Window("f", None, LATER, "{}"))
        for before, begun in ((CREATED, False), (LATER, True), (LATER, False)):
            with crawl.state.writing() as connection:
                window = Window("f", before, DUE, "{}")
                row = crawls.begin(connection, "b" * 26, "ferry", "", CREATED, due=DUE, window=window)
            assert (row is not None) == begun


def _begin_due(path: Path, name: str, together: Any, told: Any) -> None:
    state = opened(path)
    together.wait()
    with state.writing() as connection:
        told.put(state.crawls.begin(connection, name * 26, "ferry", "", CREATED, due=DUE))
    state.close()
