# SPDX-License-Identifier: Apache-2.0
"""What a seed has of its own holds for what was found from it, on shared hosts and across workers, and for nothing else."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from archiver.errors import BadInput
from archiver.services.crawl_report.page import page
from archiver.services.crawl_report.sealed import report_of, sealed
from archiver.services.crawler.worker import Worker
from archiver.state import seed_limits
from archiver.state.turn import SeedTold
from tests.crawler.conftest import At
from tests.crawler.workplace import Workplace

PRIVATE = "User-agent: *\nDisallow: /page/\n"
RECORD = {"robots": "record", "robots_reason": "agreed with the publisher"}


def by_seed(place: Workplace) -> Counter[str]:
    """Captures by the seed they were found from, without robots.txt."""
    world = place.archive.world()
    row = world.state.crawls.get(place.crawl_id).row
    taken = [one for one in place.known().values() if one["capture_id"] and one["path"] != "P"]
    return Counter(world.state.crawls.seed(row, one["seed"]).url for one in taken)


def rules(place: Workplace) -> Counter[str]:
    """How many URLs ended for a limit, by the rule."""
    return Counter(one["rule"] for one in place.known().values() if one["reason"] == "limit-reached")


def wide(place: Workplace, first: dict[str, Any], *others: object) -> list[object]:
    """A seed that goes everywhere, with `first` of its own, and the rest."""
    return [{"url": place.site.seeds[0], "scope": {"type": "any"}, **first}, *others]


# --- robots.txt ---


def test_a_shared_host_is_treated_as_each_urls_own_seed_says(at: At) -> None:
    place = at(hosts=2, pages=8, embeds=0)
    for host in (0, 1):
        place.site.robots(host, PRIVATE)
    one, two = place.site.seeds
    obeying = place.site.url(0, "/page/3")
    seeds = [{"url": one, "politeness": RECORD}, {"url": obeying, "scope": {"type": "page"}}, two]
    assert place.crawl(seeds=seeds) == "over"
    refused = {url for url, known in place.known().items() if known["reason"] == "robots-disallowed"}
    assert obeying in refused
    assert {url for url in refused if url.startswith(one)} == {obeying}
    # The pages of the first host were taken, from the seed that records; of the second its front page alone.
    pages = [url for url in place.counts() if "/page/" in url]
    assert {url.rpartition("/page/")[0] for url in pages} == {one.rstrip("/")}
    assert len(pages) == 6
    assert two in place.counts()


@pytest.mark.parametrize(("job", "own", "taken"), [("obey", "record", True), ("record", "obey", False)])
def test_the_manifest_says_which_policy_held(at: At, job: str, own: str, taken: bool) -> None:
    place = at(pages=3, embeds=0)
    place.site.robots(0, PRIVATE)
    seeds = [{"url": place.site.seeds[0], "politeness": {"robots": own}}]
    reason = {"robots": job, "robots_reason": "agreed with the publisher"}
    assert place.crawl(seeds=seeds, politeness=reason) == "over"
    observed = [place.manifest(one).observation for one in place.captures()]
    assert {one.settings.robots for one in observed} == {own}
    assert {one.robots.obeyed for one in observed if one.robots is not None} == {own == "obey"}
    assert any("/page/" in one.url for one in observed) == taken


def test_the_report_tells_that_seeds_have_a_policy_of_their_own(at: At) -> None:
    place = at(hosts=2, pages=2, embeds=0)
    one, two = place.site.seeds
    assert place.crawl(seeds=[{"url": one, "politeness": RECORD}, two]) == "over"
    store = place.archive.place.store
    seal = sealed(store, place.crawl_id)
    assert seal is not None
    report = report_of(store, seal)
    assert (report.robots.policy, report.robots.seeds_otherwise) == ("obey", 1)
    assert b"1 seed" in page(report)
    assert place.archive.verify(place.crawl_id).findings == []


# --- captures ---


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("limit", [1, 7, 60])
def test_a_seeds_limit_of_captures_is_met_exactly(at: At, workers: int, limit: int) -> None:
    place = at(hosts=3, pages=40, embeds=1)
    seeds = wide(place, {"limits": {"captures": limit}})
    assert place.crawl(workers, seeds=seeds) == "over"
    assert by_seed(place) == {place.site.seeds[0]: limit}
    assert sum(place.site.counts().values()) == limit
    assert set(rules(place)) == {f"seed.captures={limit}"}
    assert {one["stage"] for one in place.known().values()} == {1}


@pytest.mark.parametrize("workers", [1, 2])
def test_other_seeds_of_the_same_hosts_go_on(at: At, workers: int) -> None:
    place = at(hosts=2, pages=20, embeds=1)
    first, second = place.site.seeds
    seeds = [{"url": first, "limits": {"captures": 5}}, second, place.site.url(0, "/page/7")]
    assert place.crawl(workers, seeds=seeds, scope={"type": "page"}, politeness={"per_host": 2}) == "over"
    assert by_seed(place)[first] == 2  # with what it embeds
    place.begin(seeds=seeds)
    assert place.work(workers) == "over"
    taken = by_seed(place)
    assert taken[first] == 5
    assert taken[second] == 40
    assert taken[place.site.url(0, "/page/7")] >= 2
    assert set(rules(place)) == {"seed.captures=5"}


def test_attempts_that_failed_do_not_use_up_a_seeds_limit(at: At) -> None:
    place = at(pages=40, embeds=0)
    for n in range(1, 6):
        place.site.fails(place.site.url(0, f"/page/{n}"), times=1)
    seeds = wide(place, {"limits": {"captures": 30}})
    assert place.crawl(seeds=seeds, politeness={"max_delay": "0.1s"}) == "over"
    assert by_seed(place).total() == 30


def test_a_crawls_limit_and_a_seeds_limit_hold_together(at: At) -> None:
    place = at(hosts=2, pages=30, embeds=0)
    first, second = place.site.seeds
    seeds = [{"url": first, "limits": {"captures": 6}}, second]
    assert place.crawl(2, seeds=seeds, limits={"captures": 20}) == "limit"
    taken = by_seed(place)
    assert taken.total() == 20
    assert taken[first] <= 6


def test_a_pause_keeps_the_count(at: At) -> None:
    place = at(pages=120, embeds=0)
    for url in place.site.urls:
        place.site.delays(url, 0.1)  # slower than the second in which a worker notices
    seeds = wide(place, {"limits": {"captures": 70}})

    async def wish(workers: list[Worker]) -> None:
        assert workers
        await asyncio.to_thread(place.site.wait_until_asked, 8)
        state = place.archive.world().state
        state.crawls.wish(state.crawls.get(place.crawl_id), "pause", "2026-03-03T10:00:00+00:00")

    place.begin(seeds=seeds)
    assert place.work(during=wish) == "pause"
    before = by_seed(place).total()
    assert 0 < before < 70
    state = place.archive.world().state
    state.crawls.wish(state.crawls.get(place.crawl_id), "run", "2026-03-03T10:00:00+00:00")
    assert place.work(2) == "over"
    assert by_seed(place).total() == 70


def test_what_a_dead_worker_holds_is_waited_for_and_taken_when_its_lease_ends(at: At) -> None:
    place = at(pages=60, embeds=0)
    held = place.site.seeds[0]
    place.site.holds(held)

    async def die(workers: list[Worker]) -> None:
        assert workers
        await asyncio.to_thread(place.site.wait_until_asked, 1, held)
        world = place.archive.world()
        row = world.state.crawls.get(place.crawl_id).row
        token = world.state.leases.enlist(row, "gone:1", world.now().timestamp() + 3)
        share = 0
        while share < 24:  # as soon as the other says that it needs no more than it asks for
            with world.state.writing() as connection:
                told = {0: SeedTold(0, 0, 24, 25)}
                share = seed_limits.settle(connection, row, token, told)[0].share
            await asyncio.sleep(0.05)
        place.site.releases(held)
        await asyncio.sleep(1)
        assert sum(place.site.counts().values()) == 1

    place.begin(seeds=wide(place, {"limits": {"captures": 25}}))
    assert place.work(during=die) == "over"
    assert by_seed(place).total() == 25


# --- octets and time ---


def test_a_seed_that_brought_enough_is_asked_for_nothing_more(at: At) -> None:
    place = at(hosts=2, pages=60, embeds=0, octets=4000)
    first, second = place.site.seeds
    seeds = [{"url": first, "limits": {"bytes": "40kB"}}, second]
    assert place.crawl(seeds=seeds, politeness={"per_host": 2}) == "over"
    taken = by_seed(place)
    # Those under way when the limit is reached are still taken.
    assert 8 <= taken[first] <= 12
    assert taken[second] == 60
    assert set(rules(place)) == {"seed.bytes=40000"}


def test_a_seed_ends_when_its_time_is_up(at: At) -> None:
    place = at(hosts=2, pages=60, embeds=0)
    first, second = place.site.seeds
    for n in range(60):
        place.site.delays(place.site.url(0, f"/page/{n}" if n else "/"), 0.2)
    seeds = [{"url": first, "limits": {"time": "1s"}}, second]
    assert place.crawl(seeds=seeds) == "over"
    taken = by_seed(place)
    assert 0 < taken[first] < 60
    assert taken[second] == 60
    assert set(rules(place)) == {"seed.time=1"}


# --- what no seed can have ---


@pytest.mark.parametrize("limit", [{"body": "1MiB"}, {"header": "1MiB"}])
def test_what_holds_for_every_exchange_is_refused_as_a_seeds_own(at: At, limit: dict[str, str]) -> None:
    place = at(pages=1, embeds=0)
    with pytest.raises(BadInput, match="which holds for the whole crawl"):
        place.begin(seeds=wide(place, {"limits": limit}))


def test_a_seed_without_limits_of_its_own_has_none_of_the_jobs(at: At) -> None:
    place = at(pages=20, embeds=0)
    seeds = wide(place, {"limits": {"captures": None}})
    assert place.crawl(seeds=seeds, limits={"captures": 5}) == "limit"
    assert set(rules(place)) == {"limits"}
