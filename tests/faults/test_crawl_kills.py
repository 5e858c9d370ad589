# SPDX-License-Identifier: Apache-2.0
"""A sample of the proof that a crawl survives its processes: a small site, twenty kills, and judges that can fail.

The whole of it is `make prove-crawl-crash`. Each run of the sample has other instants; the seed it drew is printed, and
`CRAWL_KILLS_SEED` draws the same again.
"""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import prove_crawl_crash
from infra.crash.crawls import CrawlKills, Place
from infra.crash.scratch import scratch
from tests.end_to_end.crawl_pages import Shape
from tests.end_to_end.crawl_runs import job_text
from tests.end_to_end.crawl_site import CrawlSite

SEED = 20261122
KILLS = 20
KILLS_A_CRAWL = 7
ANSWER_S = 0.05
"""Seconds until an answer: a crawl of three hundred URLs then lasts for two, in all of which a kill may come."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as path:
        yield path


def test_random_kills_lose_and_double_nothing_of_a_crawl(folder: Path) -> None:
    seed = int(os.environ.get("CRAWL_KILLS_SEED") or secrets.randbits(32))
    print(f"CRAWL_KILLS_SEED={seed}")
    with CrawlSite(Shape(hosts=4, pages=40, embeds=1, redirects=2, copies=3)) as site:
        for url in site.urls:
            site.delays(url, ANSWER_S)
        tally = CrawlKills(folder, Place(frozenset(site.urls), job_text(site)), seed, KILLS_A_CRAWL).go_on(KILLS)
    assert tally.wrong == [], f"CRAWL_KILLS_SEED={seed}"
    assert tally.kills == KILLS
    assert tally.crawls >= 1 + KILLS // KILLS_A_CRAWL
    assert tally.captures == tally.crawls * len(site.urls)


def test_a_site_that_is_not_found_whole_is_reported(folder: Path) -> None:
    with CrawlSite(Shape(hosts=1, pages=3)) as site:
        urls = frozenset({*site.urls, site.url(0, "/nowhere")})
        tally = CrawlKills(folder, Place(urls, job_text(site)), SEED).go_on(1)
    assert tally.wrong == [f"an undisturbed crawl did not find {site.url(0, '/nowhere')}"]
    assert tally.kills == 0


def test_a_page_that_is_another_after_the_kills_is_reported(folder: Path) -> None:
    with CrawlSite(Shape(hosts=1, pages=3)) as site:
        campaign = CrawlKills(folder, Place(frozenset(site.urls), job_text(site)), SEED, 0)
        campaign.go_on(0)
        site.changes(site.url(0, "/page/2"))
        site.says(site.url(0, "/embed/1-0.png"), site.shape.answer(site.origins, 0, "/embed/0-0.png", 7))
        campaign.once_more()
    told = sorted(one.partition("http")[2].partition("/page")[2] or one for one in campaign.tally.wrong)
    assert len(campaign.tally.wrong) == 2, told
    assert all("has another payload" in one for one in campaign.tally.wrong)


def test_time_that_is_up_leaves_no_evidence_and_the_rest_to_the_next_piece(folder: Path) -> None:
    places = ["--evidence", str(folder / "evidence.jsonl"), "--progress", str(folder / "build" / "progress.json")]
    assert prove_crawl_crash.main(["--kills", "2", "--seed", "5", "--pages", "20", "--minutes", "0", *places]) == 0
    assert not (folder / "evidence.jsonl").exists()
    held = json.loads((folder / "build" / "progress.json").read_text())
    held["kills"] = {"kills": 2, "captures": 100}
    (folder / "build" / "progress.json").write_text(json.dumps(held))
    assert prove_crawl_crash.main(["--kills", "2", "--seed", "5", "--pages", "20", *places]) == 0
    (line,) = (folder / "evidence.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert (told["result"], told["seed"], told["kills"]["kills"]) == ("pass", 5, 2)
    assert not (folder / "build" / "progress.json").exists()
