# SPDX-License-Identifier: Apache-2.0
"""A seed's own limit of captures is met exactly by processes that are killed, and by those that go on for them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_runs import Crawls, job_text, kill_group
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import ended

LIMIT = 120


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(Shape(hosts=3, pages=50, embeds=1)) as one:
        for url in one.urls:
            one.delays(url, 0.03)  # so that there is a middle to be killed in
        yield one


@pytest.fixture
def crawls(tmp_path: Path, site: CrawlSite) -> Iterator[Crawls]:
    one = Crawls(tmp_path)
    seed = {"url": site.seeds[0], "scope": {"type": "any"}, "limits": {"captures": LIMIT}}
    one.write(job_text(site, seeds=[seed]))
    yield one
    one.clear()


def _met(crawls: Crawls) -> None:
    held = [one.url for one in crawls.captures()]
    assert (len(held), len(set(held))) == (LIMIT, LIMIT)
    assert crawls.unsound() == []


def test_after_a_kill_the_count_goes_on_where_it_was(crawls: Crawls, site: CrawlSite) -> None:
    process = crawls.begin("--workers", "2")
    site.wait_until_asked(LIMIT // 2)
    kill_group(process)
    ended(process)
    ran = crawls.resumed("--workers", "2")
    assert ran.code == 0, ran.err
    _met(crawls)


def test_what_a_killed_worker_held_is_taken_by_the_others(crawls: Crawls, site: CrawlSite) -> None:
    process = crawls.begin("--workers", "3", "--lease", "2s")
    site.wait_until_asked(LIMIT // 2)
    os.kill(crawls.worker(1), signal.SIGKILL)
    ran = ended(process)
    assert ran.code == 0, ran.err
    _met(crawls)
