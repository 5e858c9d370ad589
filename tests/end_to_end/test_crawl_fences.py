# SPDX-License-Identifier: Apache-2.0
"""Two schedulers, ten workers, one of them stopped until its lease has ended: one crawl, and nothing of it twice."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_runs import Crawls, eventually, job_text
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import ended

WORKERS = 10
"""Of each scheduler."""


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(Shape(hosts=10, pages=40, embeds=1, copies=2)) as one:
        for url in one.urls:
            one.delays(url, 0.05)
        yield one


@pytest.fixture
def crawls(tmp_path: Path, site: CrawlSite) -> Iterator[Crawls]:
    one = Crawls(tmp_path)
    one.write(job_text(site, schedule={"every": "1h"}))
    yield one
    one.clear()


def _change(crawls: Crawls, statement: str) -> None:
    with closing(sqlite3.connect(crawls.root / "state.sqlite", timeout=30)) as state, state:
        assert state.execute(statement).rowcount == 1


def test_a_due_job_becomes_one_crawl_and_a_worker_that_wakes_too_late_doubles_nothing(
    crawls: Crawls, site: CrawlSite
) -> None:
    words = ("scheduler", "job.yaml", "--once", "--workers", str(WORKERS), "--keep-free", "0B", "--json")
    assert crawls.command(*words).code == 0
    assert crawls.state("SELECT * FROM crawl") == []  # a job that is met does not make up what was before
    _change(crawls, "UPDATE run SET considered_at = '2026-01-01T00:00:00+00:00'")
    both = [crawls.begin_command(*words) for _ in range(2)]
    eventually(lambda: len(crawls.workers()) == WORKERS)
    site.wait_until_asked(100)
    stopped = crawls.worker(2)
    crawls.stop_between_turns(stopped)
    promised = crawls.promised()
    assert promised
    # Its lease has ended: a minute goes by for it alone.
    _change(crawls, f"UPDATE worker SET until = 0 WHERE alive AND name LIKE '%:{stopped}'")
    eventually(lambda: stopped not in crawls.workers())
    eventually(lambda: crawls.waiting() == 0)
    os.kill(stopped, signal.SIGCONT)
    assert sorted(ended(one).code for one in both)[0] == 0
    assert crawls.state("SELECT stage, how FROM crawl") == [("ended", "finished")]
    assert len(crawls.state("SELECT token FROM worker")) in (0, WORKERS)
    assert crawls.not_once(site) == {}
    assert promised <= crawls.all_ids()
    assert crawls.unsound() == []
