# SPDX-License-Identifier: Apache-2.0
"""The report of an ended crawl: complete, the same after every kill, and sealed last."""

import gzip
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.crawling import running
from archiver.crawling.running import Ended, Progress
from archiver.errors import Damaged, NotFound, StateFault, StoreUnavailable
from archiver.exchange import REASONS
from archiver.services import outcomes
from archiver.services.crawl_report.log import NEGATIVE
from archiver.services.crawl_report.sealed import content, report_of, sealed
from archiver.services.crawl_report.sealing import store_report
from archiver.store.memory import MemoryStore
from manifests.canonical import canonical_bytes
from manifests.capture import Outcome
from manifests.crawl import CrawlManifest
from manifests.digest import Digest
from tests.services.crawled import BEGAN, ID, SEED, Crawled, FaultyStore
from tests.services.exchanges import Archive, Clock, context, exchange, page, plain

FILES = ["crawl.log.gz", "job.yaml", "outcomes.jsonl.gz", "report.html", "report.json", "seal.json"]
OVER = Ended("over", Progress(0.0))
STOP = Ended("stop", Progress(0.0))


@pytest.fixture
def crawled(archive: Archive) -> Crawled:
    archive.clock.at = BEGAN.replace(hour=11)
    return Crawled(archive)


def told(one: Crawled) -> list[dict[str, object]]:
    return list(outcomes.read(one.archive.store, ID))


def filled(one: Crawled) -> Crawled:
    """A crawl with something of every kind."""
    one.robots()
    one.end(SEED, code=200, change=0)
    page, other = SEED + "page", SEED + "other"
    one.take(page, code=200, change=2, facts='{"notices_changed": true, "revisit": true}')
    one.take(other, path="LL", via=page, code=200, change=1, facts='{"suspected": ["login", "paywall"]}')
    one.take(SEED + "gone", Outcome.FAILED, reason="connect-failed", facts='{"detail": "reset"}')
    one.take(SEED + "cut", Outcome.CAPTURED_TRUNCATED, reason="body-short", code=503)
    one.find(SEED + "secret")
    one.end(SEED + "secret", Outcome.REFUSED, reason="robots-disallowed", rule="robots: Disallow: /secret")
    one.find("http://elsewhere.example/", rule="outside:host:gazette.example", reason="out-of-scope")
    one.find(SEED + "waits")
    return one


def conclude(one: Crawled, how: Ended = STOP) -> CrawlManifest:
    running.conclude(one.archive.world, one.crawl, how)
    seal = sealed(one.archive.store, ID)
    assert seal is not None
    return seal


def test_an_ended_crawl_leaves_five_files_and_their_seal(crawled: Crawled) -> None:
    seal = conclude(filled(crawled))
    store = crawled.archive.store
    assert [key.removeprefix(f"crawls/{ID}/") for key in store.list("crawls/")] == FILES
    for part in (seal.job_file, seal.outcomes, seal.log, seal.report, seal.page):
        held = store.get(f"crawls/{ID}/{part.name}")
        assert (len(held), Digest.of(held)) == (part.size, part.sha256)
    assert content(store, seal, seal.job_file).decode() == crawled.crawl.job_text
    assert canonical_bytes(seal) == store.get(f"crawls/{ID}/seal.json")
    assert (seal.how, seal.job, seal.crawl_id) == ("stopped", "gazette", ID)


def test_every_url_ends_in_one_outcome(crawled: Crawled) -> None:
    conclude(filled(crawled))
    lines = told(crawled)
    assert len(lines) == len({one["url"] for one in lines}) == 9
    assert all(one["outcome"] for one in lines)
    named = {str(one["url"]): one for one in lines}
    assert named[SEED + "waits"]["reason"] == "crawl-stopped"
    other = named[SEED + "other"]
    assert (other["via"], other["path"], other["seed"]) == (SEED + "page", "LL", SEED)
    assert (other["change"], other["suspected"], other["attempts"]) == ("unchanged", ["login", "paywall"], 1)
    assert named[SEED + "gone"]["detail"] == "reset"
    assert "capture_id" not in named[SEED + "secret"]


def test_the_totals_add_up(crawled: Crawled) -> None:
    totals = conclude(filled(crawled)).totals
    assert (totals.urls, totals.captures, totals.refused, totals.skipped) == (9, 6, 1, 2)
    assert totals.captures + totals.refused + totals.skipped == totals.urls
    assert (totals.failed, totals.truncated, totals.octets) == (1, 1, 6000)
    assert (totals.new, totals.changed, totals.unchanged, totals.notices_changed) == (1, 1, 1, 1)
    assert (totals.revisits, totals.revisits_per_mille, totals.suspected, totals.hosts) == (1, 167, 1, 1)
    assert json.loads(crawled.crawl.report or "") == json.loads(canonical_bytes(totals))


def test_the_report_tells_hosts_signs_and_robots(crawled: Crawled) -> None:
    report = report_of(crawled.archive.store, conclude(filled(crawled)))
    (host,) = report.hosts
    assert (host.origin, host.captures, host.failed, host.errors, host.suspected) == (
        "http://gazette.example", 6, 1, 1, 1,
    )  # fmt: skip
    assert [(one.sign, one.captures) for one in report.signs] == [("login", 1), ("paywall", 1)]
    assert (report.robots.policy, report.robots.found, report.robots.disallowed_urls) == ("obey", 1, 1)
    assert [one.words for one in report.failed.first] == ["connect-failed reset"]
    assert sum(one.captures for one in report.rate.buckets) == report.totals.captures
    assert sum(one.urls for one in report.reasons) == report.totals.urls
    assert report.slowest == ()


def test_the_report_tells_what_was_done_to_the_crawl_while_it_ran(crawled: Crawled) -> None:
    crawls = crawled.archive.world.state.crawls
    crawls.exclude(crawled.crawl, ["/tag/"], BEGAN.isoformat())
    crawls.note(crawled.crawl, BEGAN.replace(year=2027).isoformat(), "run", "after its end")
    report = report_of(crawled.archive.store, conclude(crawled))
    assert [(one.kind, one.detail) for one in report.events] == [("exclude", '["/tag/"]')]


def test_the_log_has_twelve_columns_and_no_line_for_what_was_found_out_of_scope(crawled: Crawled) -> None:
    seal = conclude(filled(crawled))
    lines = gzip.decompress(content(crawled.archive.store, seal, seal.log)).decode().splitlines()
    columns = [line.split(" ") for line in lines]
    assert {len(one) for one in columns} == {12}
    named = {one[3]: one for one in columns}
    assert "http://elsewhere.example/" not in named
    assert len(named) == 8
    assert named[SEED + "page"][1:7] == ["200", "1000", SEED + "page", "L", SEED, "-"]
    assert named[SEED + "page"][11] == "revisit,changed"
    assert named[SEED + "secret"][1] == "-9998"
    assert named[SEED + "gone"][1] == "-2"
    assert named[SEED + "waits"][1] == str(NEGATIVE["crawl-stopped"])


def test_the_log_knows_only_reasons_that_there_are() -> None:
    assert set(NEGATIVE) <= set(REASONS)


def test_a_bad_certificate_is_refused_and_a_capture(crawled: Crawled) -> None:
    crawled.end(SEED, Outcome.REFUSED, reason="tls-certificate", capture_id=f"{1:08x}-0000-4000-8000-000000000000")
    totals = conclude(crawled).totals
    assert (totals.urls, totals.refused, totals.captures, totals.hosts) == (1, 1, 1, 1)


def test_a_crawl_that_is_not_finished_is_not_said_to_be(crawled: Crawled) -> None:
    crawled.find(SEED + "waits")
    with pytest.raises(StateFault, match="still waits"):
        running.conclude(crawled.archive.world, crawled.crawl, OVER)
    assert crawled.crawl.how is None
    assert list(crawled.archive.store.list("crawls/")) == []


def test_a_url_that_waits_stops_the_report(crawled: Crawled) -> None:
    ended = replace(crawled.crawl, how="finished", ended_at=BEGAN.isoformat())
    with pytest.raises(StateFault, match="still waits"):
        store_report(crawled.archive.world, ended)


def test_a_paused_crawl_has_no_report(crawled: Crawled) -> None:
    running.conclude(crawled.archive.world, crawled.crawl, Ended("disk", Progress(0.0)))
    assert (crawled.crawl.stage, crawled.crawl.how) == ("paused", None)
    assert list(crawled.archive.store.list("crawls/")) == []
    with pytest.raises(NotFound):
        told(crawled)


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("at", range(6))
def test_a_kill_at_any_put_changes_nothing(tmp_path: Path, at: int, done: bool) -> None:
    archive = Archive(tmp_path, store=FaultyStore(at, done=done), clock=Clock(BEGAN.replace(hour=11)))
    one = filled(Crawled(archive))
    with pytest.raises(StoreUnavailable):
        running.conclude(archive.world, one.crawl, STOP)
    before = {key: archive.store.get(key) for key in archive.store.list("crawls/")}
    archive.clock.at = BEGAN.replace(hour=20)
    # Whoever resumes sees a frontier without anything to do, and so says that the crawl is over.
    running.conclude(archive.world, one.crawl, OVER)
    seal = sealed(archive.store, ID)
    assert seal is not None
    assert (seal.how, seal.ended_at.hour) == ("stopped", 11)
    after = {key: archive.store.get(key) for key in archive.store.list("crawls/")}
    assert sorted(key.rpartition("/")[2] for key in after) == FILES
    assert before.items() <= after.items()
    assert one.crawl.stage == "ended"
    assert list(archive.world.state.frontier.known(one.row)) == []
    archive.close()


def test_after_a_kill_before_the_frontier_forgot_the_next_crawl_that_ends_makes_it_forget(crawled: Crawled) -> None:
    world = crawled.archive.world
    running.put_end_on_record(world, crawled.crawl, STOP, world.now())
    seal = store_report(world, crawled.crawl)
    world.state.crawls.end(crawled.crawl, seal.how, crawled.crawl.ended_at or "", "{}")
    assert len(list(world.state.frontier.known(crawled.row))) == 1
    running.conclude(world, crawled.crawl, STOP)
    assert list(world.state.frontier.known(crawled.row)) == []


def test_what_another_version_left_before_the_seal_is_let_be(crawled: Crawled) -> None:
    store, other = crawled.archive.store, b"written otherwise"
    for name in ("outcomes.jsonl.gz", "report.html"):
        store.put(f"crawls/{ID}/{name}", other, sha256=Digest.of(other), size=len(other))
    seal = conclude(filled(crawled))
    assert (seal.outcomes.name, seal.page.name) == ("outcomes-2.jsonl.gz", "report-2.html")
    assert len(told(crawled)) == 9
    assert store.get(f"crawls/{ID}/outcomes.jsonl.gz") == other


def test_outcomes_that_are_not_those_of_the_seal_are_told(crawled: Crawled) -> None:
    seal = conclude(filled(crawled))
    store = MemoryStore()
    for key in crawled.archive.store.list("crawls/"):
        held = crawled.archive.store.get(key)
        if key.endswith(seal.outcomes.name):
            held = gzip.compress(gzip.decompress(held).replace(b"login", b"lapin"))
        store.put(key, held, sha256=Digest.of(held), size=len(held))
    with pytest.raises(Damaged, match="differs from its seal"):
        list(outcomes.read(store, ID))


def test_outcomes_that_are_cut_are_told(crawled: Crawled) -> None:
    seal = conclude(filled(crawled))
    store = MemoryStore()
    for key in crawled.archive.store.list("crawls/"):
        held = crawled.archive.store.get(key)
        held = held[:-20] if key.endswith(seal.outcomes.name) else held
        store.put(key, held, sha256=Digest.of(held), size=len(held))
    with pytest.raises(Damaged):
        list(outcomes.read(store, ID))


@pytest.mark.parametrize(
    ("what", "found"), [("failed", ["gone"]), ("suspected", ["other"]), ("both", ["other", "gone"])]
)
def test_a_retry_is_told_what_failed_and_what_is_suspected(crawled: Crawled, what: str, found: list[str]) -> None:
    conclude(filled(crawled))
    lines = outcomes.worth_another(crawled.archive.store, ID, what)  # type: ignore[arg-type]
    assert [one["url"].removeprefix(SEED) for one in lines] == found


def test_the_segments_of_the_crawl_are_named_and_weighed(crawled: Crawled) -> None:
    crawled.archive.keep(exchange(plain(page())))
    ingest = crawled.archive.ingest("gazette")
    ingest.record(exchange(plain(page("<p>Ebb."))), context())
    own = ingest.finish()
    seal = conclude(crawled)
    assert seal.segments == (own,)
    (warc,) = [one for one in crawled.archive.store.list("segments/gazette/") if one.endswith(".warc.gz")]
    assert seal.totals.warc_octets == len(crawled.archive.store.get(warc))


def test_fifty_thousand_urls_take_no_memory(crawled: Crawled) -> None:
    crawled.many(50_000)
    world = crawled.archive.world
    crawled.end(SEED)
    running.put_end_on_record(world, crawled.crawl, OVER, world.now())
    tracemalloc.start()
    try:
        seal = store_report(world, crawled.crawl)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (seal.totals.urls, seal.totals.captures) == (50_001, 50_001)
    # A page of the frontier's rows takes most of it; all lines of the outcomes would take as much again.
    assert most < 18 << 20
