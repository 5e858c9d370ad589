# SPDX-License-Identifier: Apache-2.0
"""A crawl takes as much as its limits allow, and what it does not take for them has that as its reason."""

import asyncio

import pytest

from archiver.services.crawler.worker import Worker
from tests.crawler.conftest import At


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_a_limit_of_captures_is_met_exactly(at: At, workers: int, limit: int) -> None:
    place = at(hosts=3, pages=30, embeds=1)
    assert place.crawl(workers, limits={"captures": limit}) == "limit"
    assert len(place.captures()) == limit
    assert len(place.site.counts()) == limit
    assert place.reasons()["limit-reached"] > 0
    assert {one["stage"] for one in place.known().values()} == {1}


def test_attempts_that_failed_do_not_use_up_the_limit(at: At) -> None:
    place = at(pages=40, embeds=0)
    for n in range(1, 6):
        place.site.fails(place.site.url(0, f"/page/{n}"), times=1)
    place.crawl(limits={"captures": 30}, politeness={"max_delay": "0.1s"})
    assert len(place.captures()) == 30


def test_a_limit_that_the_site_does_not_reach_changes_nothing(at: At) -> None:
    place = at(pages=10, embeds=0)
    assert place.crawl(limits={"captures": 1000}) == "over"
    assert place.counts() == dict.fromkeys(place.site.urls, 1)


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_limit_of_one_host_leaves_the_others_alone(at: At, at_once: int) -> None:
    place = at(hosts=2, pages=20, embeds=1)
    large, small = place.site.seeds
    seeds = [{"url": large}, {"url": small, "limits": {"captures_per_host": 5}}]
    assert place.crawl(seeds=seeds, politeness={"per_host": at_once}) == "over"
    by_host = [sum(url.startswith(origin) for url in place.counts()) for origin in place.site.origins]
    assert by_host == [40, 5]
    skipped = [one for one in place.known().values() if one["reason"] == "host-limit"]
    assert {one["rule"] for one in skipped} == {"captures_per_host=5"}


def test_a_host_that_sent_enough_is_asked_for_nothing_more(at: At) -> None:
    place = at(pages=30, embeds=0, octets=4000)
    assert place.crawl(limits={"bytes_per_host": "20kB"}, politeness={"per_host": 1}) == "over"
    assert 4 <= len(place.captures()) <= 6
    assert place.reasons()["host-limit"] > 0


def test_a_crawl_that_received_enough_ends(at: At) -> None:
    place = at(pages=200, embeds=0, octets=4000)
    assert place.crawl(limits={"bytes": "100kB"}, politeness={"per_host": 4}) == "limit"
    # Those under way when the limit is reached are still taken.
    assert 20 <= len(place.captures()) <= 30
    assert place.reasons()["limit-reached"] > 0


def test_a_crawl_ends_when_its_time_is_up(at: At) -> None:
    place = at(pages=200, embeds=0)
    for url in place.site.urls:
        place.site.delays(url, 0.2)
    assert place.crawl(limits={"time": "3s"}) == "limit"
    assert 0 < len(place.captures()) < 200
    assert place.reasons()["limit-reached"] > 0


def test_what_is_excluded_and_limited_while_it_runs_counts_from_then_on(at: At) -> None:
    place = at(pages=60, embeds=1)
    held = place.site.url(0, "/embed/0-0.png")
    place.site.holds(held)

    async def change(workers: list[Worker]) -> None:
        assert workers
        await asyncio.to_thread(place.site.wait_until_asked, 1, held)
        state = place.archive.world().state
        row = state.crawls.get(place.crawl_id)
        state.crawls.exclude(row, ["/page/[0-9]+$"], row.created_at)
        await asyncio.sleep(1.5)  # workers look once a second
        place.site.releases(held)

    place.begin(politeness={"per_host": 1})
    assert place.work(during=change) == "over"
    assert set(place.counts()) == {place.site.url(0, "/"), held}
    out = [one for one in place.known().values() if one["rule"] == "exclude:/page/[0-9]+$"]
    assert {one["reason"] for one in out} == {"out-of-scope"}
    assert len(out) == 5


@pytest.mark.parametrize(("wanted", "stage"), [("pause", "paused"), ("stop", "ended")])
def test_what_is_wanted_from_outside_is_done_and_nothing_asked_for_again(at: At, wanted: str, stage: str) -> None:
    place = at(pages=200, embeds=0)
    for url in place.site.urls:
        place.site.delays(url, 0.05)

    async def wish(workers: list[Worker]) -> None:
        assert workers
        await asyncio.to_thread(place.site.wait_until_asked, 10)
        state = place.archive.world().state
        row = state.crawls.get(place.crawl_id)
        state.crawls.wish(row, wanted, row.created_at)

    place.begin()
    assert place.work(during=wish) == wanted
    state = place.archive.world().state
    assert state.crawls.get(place.crawl_id).stage == stage
    taken = len(place.captures())
    assert 0 < taken < 200
    if wanted == "stop":
        assert place.reasons()["crawl-stopped"] > 0
        return
    state.crawls.wish(state.crawls.get(place.crawl_id), "run", "2026-03-03T10:00:00+00:00")
    assert place.work(2) == "over"
    assert place.counts() == dict.fromkeys(place.site.urls, 1)


def test_a_disk_with_less_room_than_wanted_pauses_the_crawl(at: At) -> None:
    place = at(pages=30, embeds=0)
    assert place.crawl(plan={"free_octets": 1 << 60}) == "disk"
    state = place.archive.world().state
    row = state.crawls.get(place.crawl_id)
    assert row.stage == "paused"
    assert [(kind, detail) for _, kind, detail in state.crawls.events(row)] == [("paused", "low disk")]
    assert place.work() == "over"
    assert place.counts() == dict.fromkeys(place.site.urls, 1)


def test_every_outcome_of_a_limited_crawl_has_a_reason_or_a_capture(at: At) -> None:
    place = at(hosts=2, pages=30, embeds=1)
    place.crawl(2, limits={"captures": 20})
    for one in place.known().values():
        assert one["outcome"] is not None
        assert one["reason"] or one["capture_id"], one


def test_what_a_dead_worker_was_granted_is_granted_again(at: At) -> None:
    place = at(pages=60, embeds=0)
    place.begin(limits={"captures": 20})
    state = place.archive.world().state
    with state.writing() as connection:
        state.crawls.grant(connection, state.crawls.get(place.crawl_id).row, 15, 20)
    assert place.work() == "limit"
    assert len(place.captures()) == 20


def test_a_limit_set_while_it_runs_counts_what_was_taken_before(at: At) -> None:
    place = at(pages=100, embeds=0)
    for url in place.site.urls:
        place.site.delays(url, 0.2)  # slower than the second in which a worker notices

    async def limit(workers: list[Worker]) -> None:
        assert workers
        await asyncio.to_thread(place.site.wait_until_asked, 10)
        state = place.archive.world().state
        row = state.crawls.get(place.crawl_id)
        state.crawls.limit(row, {"captures": 70}, row.created_at)

    place.begin()
    assert place.work(during=limit) == "limit"
    assert len(place.captures()) == 70
