# SPDX-License-Identifier: Apache-2.0
"""A crawl through the command line takes exactly the site, each URL once, and leaves files that others read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from manifests.capture import Outcome
from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_runs import Crawls, job_text, refused_by
from tests.end_to_end.crawl_site import CrawlSite

SHAPE = Shape(hosts=3, pages=40, embeds=1, redirects=2, copies=3)


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Crawls]:
    one = Crawls(tmp_path)
    yield one
    one.clear()


@pytest.mark.parametrize("workers", [1, 3])
def test_every_url_of_the_site_is_asked_for_and_kept_exactly_once(crawls: Crawls, workers: int) -> None:
    with CrawlSite(SHAPE) as site:
        crawls.write(job_text(site))
        ran = crawls("--workers", str(workers))
        assert ran.code == 0, ran.err
        assert site.not_once() == {}
        assert crawls.not_once(site) == {}
        assert ran.lines[-1]["how"] == "over"
        assert ran.lines[-1]["captures"] == len(site.urls) + 3
        assert {one.outcome for one in crawls.captures()} == {Outcome.CAPTURED_COMPLETE}
    assert len(crawls.warcs()) == workers
    assert refused_by(crawls.warcs()) == []
    assert crawls.unsound() == []
    assert not list(crawls.root.glob("spool/*/"))
