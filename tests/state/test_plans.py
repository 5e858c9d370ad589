# SPDX-License-Identifier: Apache-2.0
"""What a turn asks of hosts is answered by an index of what waits: it takes no longer the more URLs have ended."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.state.crawling import Crawl, a_crawl, found

Asked = list[tuple[str, Any]]


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    with a_crawl(tmp_path) as one:
        one.know(*(found(f"/{number}") for number in range(50)))
        yield one


@pytest.fixture
def asked() -> Iterator[Asked]:
    """Statements that any database is asked meanwhile, with their parameters."""
    heard: Asked = []

    def listen(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, _many: Any) -> None:
        heard.append((text, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    yield heard
    sa.event.remove(sa.Engine, "before_cursor_execute", listen)


def _plan(path: Path, asked: Asked, holding: str) -> str:
    """How SQLite answers the one statement that holds a text."""
    ((text, parameters),) = [one for one in asked if one[0].startswith("SELECT") and holding in one[0]]
    with closing(sqlite3.connect(path / "state.sqlite")) as state:
        return " ".join(row[3] for row in state.execute(f"EXPLAIN QUERY PLAN {text}", parameters))


def test_free_hosts_are_found_in_order_without_those_that_workers_have(
    crawl: Crawl, asked: Asked, tmp_path: Path
) -> None:
    assert len(crawl.claim(crawl.worker())) == 1
    plan = _plan(tmp_path, asked, "host.memory")
    assert "host_free" in plan
    assert "TEMP B-TREE" not in plan


def test_whether_a_drained_host_has_retries_is_asked_of_what_waits(crawl: Crawl, asked: Asked, tmp_path: Path) -> None:
    token = crawl.worker()
    (leased,) = crawl.claim(token)
    crawl.leave(token, leased.host)
    assert "url_waiting" in _plan(tmp_path, asked, "min(anon_1.not_before)")


def test_hosts_are_counted_only_as_far_as_a_share_needs_it(crawl: Crawl, asked: Asked) -> None:
    crawl.claim(crawl.worker(), held=3, most=7)
    ((_, parameters),) = [one for one in asked if "count(*)" in one[0] and "LIMIT" in one[0]]
    assert 10 in tuple(parameters)
