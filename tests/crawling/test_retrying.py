# SPDX-License-Identifier: Apache-2.0
"""What a retry takes again, and how its URLs wait in the frontier."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.archive import Archive
from archiver.crawling import control, retrying, running
from archiver.crawling.planning import seed_of
from archiver.errors import BadInput
from archiver.jobs.reading import read_job
from archiver.services.ingest import World
from archiver.state.crawls import CrawlRow
from archiver.state.turn import Ended, Found
from manifests.capture import Outcome

AT = datetime(2026, 5, 2, 12, tzinfo=UTC)
TEXT = """
name: tides
seeds:
  - https://a.example/
  - {url: https://b.example/, labels: {case: '7'}, limits: {captures_per_host: 9}, scope: {exclude: [/old/]}}
secret_headers: {X-Key: 'env:KEY'}
"""
FAILED, COMPLETE, LOGIN = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Archive.init(tmp_path / "archive") as archive:
        yield archive.world()


def found(origin: str, target: str, path: str, seed: int) -> Found:
    return Found(origin, target, 3, len(path), 0, path, seed, None, "prefix")


def crawled(world: World) -> CrawlRow:
    """A crawl whose frontier still has everything, and which has ended."""
    job = read_job(TEXT, where="job.yaml", seed_files=lambda _: "")
    crawl_id = running.begin(world, job, TEXT)
    assert crawl_id is not None
    crawl = world.state.crawls.get(crawl_id)
    with world.state.writing() as connection:
        world.state.frontier.know(
            connection,
            crawl.row,
            [
                found("https://cdn.example", "/a.png", "LE", 1),
                found("https://a.example", "/robots.txt", "P", 0),
                found("https://b.example", "/page", "L", 1),
            ],
        )
    rows = {one["url"]: one["id"] for one in world.state.frontier.known(crawl.row)}
    complete, failed = Outcome.CAPTURED_COMPLETE, Outcome.FAILED
    ended = [
        Ended(rows["https://a.example/"], complete, 1.0, code=200, capture_id=COMPLETE),
        Ended(rows["https://b.example/"], Outcome.REFUSED, 1.0, "robots-disallowed"),
        Ended(rows["https://cdn.example/a.png"], failed, 1.0, "no-response", capture_id=FAILED),
        Ended(rows["https://a.example/robots.txt"], failed, 1.0, "no-response", capture_id=FAILED),
        Ended(
            rows["https://b.example/page"], complete, 1.0, code=200, capture_id=LOGIN, facts='{"suspected":["login"]}'
        ),
    ]
    with world.state.writing() as connection:
        world.state.frontier.end(connection, ended)
    world.state.crawls.end(crawl, "finished", AT.isoformat(), "{}")
    return world.state.crawls.get(crawl_id)


@pytest.mark.parametrize(
    ("what", "url", "path", "capture_id"),
    [
        ("failed", "https://cdn.example/a.png", "LE", FAILED),
        ("suspected", "https://b.example/page", "L", LOGIN),
    ],
)
def test_only_what_was_wrong_waits_again_with_a_link_to_the_first_capture(
    world: World, what: retrying.What, url: str, path: str, capture_id: str
) -> None:
    first = crawled(world)
    crawl_id, urls = retrying.begin(world, first, what)
    crawl = world.state.crawls.get(crawl_id)
    assert (urls, crawl.first_crawl_id, crawl.job_text) == (1, first.crawl_id, TEXT)
    (row,) = world.state.frontier.known(crawl.row)
    assert (row["url"], row["path"], row["outcome"]) == (url, path, None)
    assert json.loads(row["facts"]) == {"retry_of": capture_id, "retry_url": url}


def test_the_seed_stays_with_its_labels_and_settings_and_nothing_is_followed(world: World) -> None:
    # Not the URL itself: the operator's secrets go to the hosts of seeds.
    crawl_id, _ = retrying.begin(world, crawled(world), "failed")
    (row,) = world.state.crawls.seeds(world.state.crawls.get(crawl_id).row)
    seed = seed_of(row)
    job = read_job(TEXT, where="job.yaml", seed_files=lambda _: "")
    settings = job.settings_of(seed)
    assert (seed.url, settings.labels, settings.limits.captures_per_host) == ("https://b.example/", {"case": "7"}, 9)
    assert (settings.scope.kind, settings.scope.depth, settings.scope.embeds) == ("page", 0, False)


def test_a_crawl_that_has_not_ended_is_not_retried(world: World) -> None:
    first = crawled(world)
    begun, _ = retrying.begin(world, first, "failed")
    with pytest.raises(BadInput, match="has not ended"):
        retrying.begin(world, world.state.crawls.get(begun), "failed")
    with pytest.raises(BadInput, match=f"crawl {begun} of job tides has not ended"):
        retrying.begin(world, first, "suspected")


def test_a_crawl_without_anything_wrong_is_not_retried(world: World) -> None:
    begun, _ = retrying.begin(world, crawled(world), "failed")
    crawl = world.state.crawls.get(begun)
    world.state.crawls.end(crawl, "finished", AT.isoformat(), "{}")
    with pytest.raises(BadInput, match="no URL of crawl"):
        retrying.begin(world, world.state.crawls.get(begun), "suspected")


def test_a_change_is_on_record_once_and_not_after_the_end(world: World) -> None:
    job = read_job(TEXT, where="job.yaml", seed_files=lambda _: "")
    crawl_id = running.begin(world, job, TEXT) or ""

    def now() -> CrawlRow:
        return world.state.crawls.get(crawl_id)

    control.pause(world, now(), working=False)
    control.pause(world, now(), working=False)
    assert (now().wanted, now().stage) == ("pause", "paused")
    control.exclude(world, now(), ["/a/"])
    control.exclude(world, now(), ["/b/"])
    control.limit(world, now(), {"captures": 5})
    control.limit(world, now(), {"time": 60.0})
    control.resume(world, now())
    assert (now().excluded, now().limits, now().wanted) == (("/a/", "/b/"), {"captures": 5, "time": 60.0}, "run")
    kinds = [kind for _, kind, _ in world.state.crawls.events(now())]
    assert kinds == ["pause", "exclude", "exclude", "limit", "limit", "run"]
    with pytest.raises(BadInput):
        control.exclude(world, now(), ["(unclosed"])
    assert now().excluded == ("/a/", "/b/")
    control.stop(world, now())
    with pytest.raises(BadInput, match="is being stopped"):
        control.resume(world, now())
