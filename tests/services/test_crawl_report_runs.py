# SPDX-License-Identifier: Apache-2.0
"""The report of crawls that were really made: what changed between two of them, and what was held already."""

from pathlib import Path

from archiver.services import outcomes
from archiver.services.crawl_report.sealed import report_of, sealed
from archiver.services.crawl_report.why import why
from tests.crawler.workplace import Workplace
from tests.end_to_end.crawl_pages import Answer, Shape
from tests.end_to_end.crawl_site import CrawlSite

NOTICE = "<title>Tides</title><p>High water at noon.</p><footer>© %d Harbour Press. All rights reserved.</footer>"


def test_a_second_crawl_tells_what_changed_and_which_notices_did(tmp_path: Path) -> None:
    with CrawlSite(Shape(hosts=1, pages=4, embeds=0, redirects=0, copies=0)) as site:
        noticed, changed = site.url(0, "/page/1"), site.url(0, "/page/2")
        site.says(noticed, Answer((NOTICE % 2024).encode()))
        place = Workplace(tmp_path, site)
        try:
            assert place.crawl() == "over"
            site.says(noticed, Answer((NOTICE % 2025).encode()))
            site.changes(changed)
            assert place.crawl(workers=2) == "over"
            store = place.archive.place.store
            seal = sealed(store, place.crawl_id)
            assert seal is not None
            lines = {one["url"]: one for one in outcomes.read(store, place.crawl_id)}
            world = place.archive.world()
            assert why(world, place.crawl_id, noticed).change == "changed"
        finally:
            place.close()
    assert [url for url, one in lines.items() if one.get("notices_changed")] == [noticed]
    assert {url for url, one in lines.items() if one.get("change") == "changed"} == {noticed, changed}
    report = report_of(store, seal)
    assert (seal.totals.changed, seal.totals.notices_changed, seal.totals.new) == (2, 1, 0)
    assert seal.totals.revisits == seal.totals.captures - 2
    assert [one.url for one in report.notices_changed.first] == [noticed]
    assert seal.segments
    assert report.robots.found == 1
