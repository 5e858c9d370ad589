# SPDX-License-Identifier: Apache-2.0
"""Workplaces that are closed after the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crawler.workplace import Workplace
from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_site import CrawlSite

At = Callable[..., Workplace]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[At]:
    """A workplace at a site of the shape that is given."""
    opened: list[tuple[Workplace, CrawlSite]] = []

    def begin(**shape: int) -> Workplace:
        site = CrawlSite(Shape(**shape)).__enter__()
        opened.append((Workplace(tmp_path, site), site))
        return opened[-1][0]

    yield begin
    for place, site in opened:
        place.close()
        site.__exit__(None, None, None)
