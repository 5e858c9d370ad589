# SPDX-License-Identifier: Apache-2.0
"""A worker that was taken over stores nothing more, and what it had in hand is taken by the others, once."""

import asyncio

from archiver.services.crawler.worker import Worker
from tests.crawler.conftest import At
from tests.crawler.workplace import Workplace


def _slow(place: Workplace) -> Workplace:
    for url in place.site.urls:
        place.site.delays(url, 0.05)
    return place


def test_what_a_worker_records_after_it_was_taken_over_is_never_stored(at: At) -> None:
    place = _slow(at(hosts=4, pages=40, embeds=1))
    tails: dict[str, int] = {}

    async def take_over(workers: list[Worker]) -> None:
        assert len(workers) == 2
        await asyncio.to_thread(place.site.wait_until_asked, 80)
        state = place.archive.world().state
        row = state.crawls.get(place.crawl_id)
        first, second = (token for token, _, alive, _ in state.leases.tallies(row.row) if alive)
        with state.writing() as connection:
            # Nobody else writes meanwhile: what comes is recorded and not acknowledged.
            acknowledged = {one.segment_id: one.acknowledged for one in state.unfinished()}
            while len(tails) < 2 or not all(tails.values()):
                await asyncio.sleep(0.02)
                written = {path.parent.name: path.stat().st_size for path in place.folder.rglob("spool/*/*.warc.gz")}
                tails.update({name: size - acknowledged[name] for name, size in written.items()})
            connection.exec_driver_sql(f"UPDATE worker SET until = 0 WHERE token = {first}")
            state.leases.claim(connection, row.row, second, 1.0, 0, 0)

    place.begin()
    assert place.work(2, during=take_over) == "over"
    assert sorted(place.ways) == ["lost", "over"]
    assert all(tails.values())
    assert place.counts() == dict.fromkeys(place.site.urls, 1)
    by_id = [one.capture_id for one in place.all_captures()]
    assert len(by_id) == len(set(by_id))
    # Each capture is the one that the frontier says its URL has: nothing else was stored.
    assert {one.url: one.capture_id for one in place.captures()} == {
        url: one["capture_id"] for url, one in place.known().items() if url in place.site.urls
    }
    assert len([one for one in place.all_captures() if not one.url.endswith("/robots.txt")]) == len(place.site.urls)


def test_a_silent_worker_is_taken_over_by_those_that_go_on(at: At) -> None:
    place = _slow(at(hosts=3, pages=15, embeds=0))
    place.begin()
    state = place.archive.world().state
    row = state.crawls.get(place.crawl_id).row

    async def silent(workers: list[Worker]) -> None:
        assert workers
        now = place.archive.world().now().timestamp()
        token = state.leases.enlist(row, "elsewhere:1", now + 1)
        with state.writing() as connection:
            assert state.leases.claim(connection, row, token, now, 0, 1)

    assert place.work(1, during=silent) == "over"
    assert place.counts() == dict.fromkeys(place.site.urls, 1)


def test_a_crawl_whose_workers_were_all_taken_over_is_gone_on_with(at: At) -> None:
    place = _slow(at(hosts=2, pages=30, embeds=0))

    async def dismiss(workers: list[Worker]) -> None:
        assert workers
        await asyncio.to_thread(place.site.wait_until_asked, 20)
        state = place.archive.world().state
        state.leases.dismiss(state.crawls.get(place.crawl_id).row)

    place.begin()
    place.work(2, during=dismiss, conclude=False)
    assert place.ways == ["lost", "lost"]
    assert place.work(2) == "over"
    assert place.counts() == dict.fromkeys(place.site.urls, 1)
