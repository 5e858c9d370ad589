# SPDX-License-Identifier: Apache-2.0
"""`archiver scheduler`: job files in, crawls of what is due, each once, whoever looks first."""

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.archive import Archive
from archiver.crawling.scheduling import Scheduled, Scheduler
from archiver.jobs.reading import read_job
from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import Here, cli, ended, start

ONCE = ("scheduler", "seeds", "--once", "--workers", "1", "--json")


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(Shape(hosts=2, pages=4, embeds=0)) as one:
        yield one


def write(folder: Path, site: CrawlSite, name: str, host: int = 0, more: str = "") -> Path:
    file = folder / "seeds" / f"{name}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        f"name: {name}\nseeds: [{site.seeds[host]}]\nscope: {{type: host}}\nschedule: {{every: 6h}}\n"
        f"politeness: {{delay: 0s}}\nsite_files: false\nnetwork: {{allow_private: ['{site.allowed[host]}']}}\n{more}"
    )
    return file


def met_yesterday(folder: Path, *files: Path) -> None:
    """As if a scheduler had seen to these jobs a day ago, and none since."""
    with Archive.open(folder / "archive") as archive:
        for file in files:
            text = file.read_text()
            one = Scheduled(str(file), read_job(text, where=str(file), seed_files=lambda _: ""), text)
            Scheduler(archive.world(), datetime.now(UTC) - timedelta(days=1), lambda _: False).look(one)


def events(lines: list[dict[str, Any]], *kinds: str) -> list[tuple[str, str]]:
    return [(one["event"], one["job"]) for one in lines if one["event"] in kinds]


def test_what_is_due_runs_once_and_a_broken_file_holds_up_nothing(here: Here, tmp_path: Path, site: CrawlSite) -> None:
    tides, ferry = write(tmp_path, site, "tides"), write(tmp_path, site, "ferry", 1)
    (tmp_path / "seeds" / "wrong.yaml").write_text("name: wrong\nseeds: []\nshedule: {every: 1h}\n")
    here("init")
    met_yesterday(tmp_path, tides, ferry)
    ran = cli(*ONCE, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert sorted(events(ran.lines, "begun")) == [("begun", "ferry"), ("begun", "tides")]
    (told,) = [one for one in ran.lines if one["event"] == "mistakes"]
    assert "did you mean schedule?" in told["mistakes"]
    assert site.not_once() == {}
    again = cli(*ONCE, cwd=tmp_path)
    assert (again.code, events(again.lines, "begun", "resumed")) == (0, [])
    health = {one["job"]: one["health"] for one in here("jobs", "--json").lines}
    assert health == {"ferry": "ok", "tides": "ok", "wrong": "mistakes in file"}
    (texts,) = here("texts", "--json").lines
    assert (texts["segments_read"], texts["segments"]) == (0, 2)


def test_a_job_that_is_met_for_the_first_time_is_only_noted(here: Here, tmp_path: Path, site: CrawlSite) -> None:
    write(tmp_path, site, "tides")
    ran = cli(*ONCE, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert events(ran.lines, "read", "begun") == [("read", "tides")]
    (one,) = here("jobs", "--json").lines
    assert (one["last"], one["health"]) == (None, "ok")
    assert datetime.fromisoformat(one["next_due"]) - datetime.now(UTC) < timedelta(hours=6)


def test_of_schedulers_that_begin_at_the_same_time_one_runs_a_crawl(
    here: Here, tmp_path: Path, site: CrawlSite
) -> None:
    here("init")
    met_yesterday(tmp_path, write(tmp_path, site, "tides"))
    both = [start(*ONCE, cwd=tmp_path) for _ in range(2)]
    ran = [ended(one) for one in both]
    assert [one.code for one in ran] == [0, 0], [one.err for one in ran]
    assert len(here("crawls", "list", "--json").lines) == 1
    assert {url: times for url, times in site.counts().items() if times != 1} == {}


def test_a_crawl_that_brings_nothing_but_failures_is_told_by_the_exit_code(
    here: Here, tmp_path: Path, site: CrawlSite
) -> None:
    here("init")
    site.robots(0, "User-agent: *\nDisallow: /\n")
    met_yesterday(tmp_path, write(tmp_path, site, "closed"))
    assert cli(*ONCE, cwd=tmp_path).code == 1
    (one,) = here("jobs", "--json").lines
    assert (one["health"], one["failures"]) == ("failing", 1)


def test_a_scheduler_that_is_told_to_end_leaves_a_crawl_for_the_next_one(
    here: Here, tmp_path: Path, site: CrawlSite
) -> None:
    here("init")
    met_yesterday(tmp_path, write(tmp_path, site, "tides"))
    site.holds(site.url(0, "/page/1"))
    process = start("scheduler", "seeds", "--workers", "1", "--json", cwd=tmp_path)
    site.wait_until_asked(1, site.url(0, "/page/1"))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    first = ended(process)
    assert (first.code, events(first.lines, "begun", "ended")) == (0, [("begun", "tides"), ("ended", "tides")])
    assert time.monotonic() - began < 20
    assert here("jobs", "--json").lines[0]["health"] == "unfinished"

    site.releases(site.url(0, "/page/1"))
    second = cli(*ONCE, cwd=tmp_path)
    assert second.code == 0, second.err
    assert events(second.lines, "begun", "resumed", "ended") == [("resumed", "tides"), ("ended", "tides")]
    # What was under way is asked for again, and nothing else is.
    assert site.not_once().keys() - {url for url in site.urls if url.startswith(site.origins[1])} == {
        site.url(0, "/page/1")
    }
    crawl_id = second.lines[-1]["crawl_id"]
    assert here("crawls", "show", crawl_id, "--json").lines[0]["standing"] == "finished"


def test_a_job_whose_secret_is_missing_does_not_begin(here: Here, tmp_path: Path, site: CrawlSite) -> None:
    here("init")
    file = write(tmp_path, site, "tides", more="secret_headers: {X-Key: 'env:TIDES_KEY'}\n")
    met_yesterday(tmp_path, file)
    ran = cli(*ONCE, cwd=tmp_path)
    assert events(ran.lines, "begun") == []
    (told,) = [one for one in ran.lines if one["event"] == "mistakes"]
    assert "TIDES_KEY" in told["mistakes"]
    assert site.asked() == []


def test_a_place_that_is_not_there_is_a_mistake(here: Here) -> None:
    ran = here("scheduler", "nowhere", "--once")
    assert (ran.code, "there is no nowhere" in ran.err) == (2, True)
