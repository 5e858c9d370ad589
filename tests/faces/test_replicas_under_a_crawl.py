# SPDX-License-Identifier: Apache-2.0
"""An archive moves to another store between the two halves of a crawl, and loses nothing by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import Here, Ran, cli, ended, start
from tests.faces.test_crawl_commands import obeyed


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(Shape(pages=12, embeds=0)) as one:
        yield one


@pytest.fixture
def job(tmp_path: Path, site: CrawlSite) -> Path:
    file = tmp_path / "job.yaml"
    file.write_text(
        f"name: tides\nseeds: [{site.seeds[0]}]\nscope: {{type: host}}\n"
        f"politeness: {{delay: 0s, max_delay: 0.05s, per_host: 4}}\nsite_files: false\n"
        f"network: {{allow_private: ['{site.allowed[0]}']}}\n"
    )
    return file


def fine(ran: Ran) -> Ran:
    assert ran.code == 0, ran.err
    return ran


def test_a_crawl_that_is_paused_goes_on_in_the_new_store(
    here: Here, job: Path, site: CrawlSite, tmp_path: Path
) -> None:
    crawl = ("crawl", str(job), "--workers", "1", "--no-texts")
    fine(here("init"))
    fine(here("replicas", "add", "second"))
    for held in ("/page/1", "/page/2"):  # only they lead to further pages
        site.holds(site.url(0, held))
    process = start(*crawl, cwd=tmp_path, start_new_session=True)
    site.wait_until_asked(7)  # robots.txt, / and pages 1 to 5
    (one,) = here("crawls", "list", "--json").lines
    refused = here("replicas", "promote", "second")
    assert refused.code == 2
    assert f"archiver crawls pause {one['crawl_id']}" in refused.err
    fine(here("crawls", "pause", one["crawl_id"]))
    obeyed(job)
    for held in ("/page/1", "/page/2"):
        site.releases(site.url(0, held))
    assert ended(process).code == 1
    fine(here("replicas", "status"))

    fine(here("replicas", "promote", "second"))
    assert here(*crawl, "--resume").code == 2
    moved = ("--archive", str(tmp_path / "second"), "--state", str(tmp_path / "archive"))
    fine(cli(*moved, *crawl, "--resume", cwd=tmp_path))
    (one,) = here(*moved, "crawls", "list", "--json").lines
    assert one["standing"] == "finished"
    assert set(site.not_once()) <= {site.url(0, one) for one in ("/page/1", "/page/2")}  # cut off by the pause
    fine(here(*moved, "verify"))
    fine(here(*moved, "replicas", "verify", "--deep"))
    for page in range(12):
        assert len(here(*moved, "lookup", site.url(0, f"/page/{page}" if page else "/"), "--json").lines) == 1
