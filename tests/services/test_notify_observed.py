# SPDX-License-Identifier: Apache-2.0
"""Which captures of a crawl are compared, and with which earlier ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver import Archive
from archiver.jobs.effective import Notification
from archiver.options import CaptureOptions
from archiver.services.notify.change import Change
from archiver.services.notify.observed import Tally, changes
from archiver.settings import read
from tests.end_to_end.crawl_pages import Answer, Shape
from tests.end_to_end.crawl_site import CrawlSite
from tests.services.notified import html, rule

CRAWL = "crawl"


class Quay:
    """An archive and the site it captures from, page by page."""

    def __init__(self, archive: Archive, site: CrawlSite) -> None:
        self.archive, self.site = archive, site
        self.tally = Tally()

    def capture(self, content: str | bytes, path: str = "/a", **fields: Any) -> dict[str, Any]:
        """Captures what the site now says at a path; the line that a crawl would have for it."""
        url = self.site.url(0, path)
        self.site.says(url, Answer(content.encode() if isinstance(content, str) else content, **fields))
        options = CaptureOptions(allow_private=self.site.allowed, robots="off", page_only=True)
        (result,) = self.archive.capture(url, options)
        captured = result.page.captured
        assert captured is not None
        return {"url": url, "capture_id": captured.manifest.observation.capture_id, "change": "changed", "path": "L"}

    def told(self, *lines: dict[str, Any], by: Notification | None = None, most: int = 100) -> list[Change]:
        """What a rule is told."""
        held = self.archive.catalog()
        (batch,) = changes(self.archive.place.store, held, CRAWL, lines, [by or rule()], self.tally, most)
        assert batch.crawl_ids == ((CRAWL,) if batch.changes else ())
        return list(batch.changes)


@pytest.fixture
def quay(tmp_path: Path) -> Iterator[Quay]:
    settings = read({"HOME": str(tmp_path)})
    with CrawlSite(Shape(pages=1)) as site, Archive.init(tmp_path / "archive", settings=settings) as archive:
        yield Quay(archive, site)


def test_what_lies_between_and_says_nothing_of_the_page_is_passed_over(quay: Quay) -> None:
    first = quay.capture(html("<p>The tide is low.</p>"))
    quay.capture("<title>Out of order</title>", code=503)
    last = quay.capture(html("<p>The tide is high.</p>"))
    (change,) = quay.told(last)
    assert change.before is not None
    assert (change.before.capture_id, change.after.capture_id) == (first["capture_id"], last["capture_id"])
    assert change.words is not None
    assert [(one.before, one.after) for one in change.words.stretches] == [("low.", "high.")]


def test_a_page_that_is_as_it_was_before_a_fault_is_no_change(quay: Quay) -> None:
    quay.capture(html("<p>The tide is low.</p>"))
    quay.capture("<title>Out of order</title>", code=503)
    assert quay.told(quay.capture(html("<p>The tide is low.</p>"))) == []
    assert quay.tally.compared == 1


@pytest.mark.parametrize("kind", ["text/css", "application/json", "text/javascript", "application/rss+xml", "text/xml"])
def test_what_is_no_page_is_not_compared(quay: Quay, kind: str) -> None:
    quay.capture("one { }", content_type=kind)
    assert quay.told(quay.capture("two { }", content_type=kind)) == []


def test_a_file_without_text_is_compared_by_its_digest(quay: Quay) -> None:
    quay.capture(b"%PDF-1.7 one\xff\x00", content_type="application/pdf")
    (change,) = quay.told(quay.capture(b"%PDF-1.7 two\xff\x00", content_type="application/pdf"))
    assert (change.kinds, change.words) == (("main-text",), None)
    assert "digest" in (change.detail or "")


def test_embedded_and_unchanged_urls_are_not_looked_at(quay: Quay) -> None:
    quay.capture(html("<p>The tide is low.</p>"))
    line = quay.capture(html("<p>The tide is high.</p>"))
    for other in ({"path": "LE"}, {"change": "unchanged"}, {"change": "new"}):
        assert quay.told({**line, **other}) == []
    assert quay.told({name: value for name, value in line.items() if name != "capture_id"}) == []
    assert quay.tally.compared == 0
    assert len(quay.told({**line, "change": "unchanged", "notices_changed": True})) == 1


def test_a_page_never_seen_is_told_to_who_asks_for_new_ones(quay: Quay) -> None:
    line = {**quay.capture(html("<p>The tide is low.</p>")), "change": "new"}
    assert quay.told(line) == []
    (change,) = quay.told(line, by=rule(when=("new",)))
    assert (change.kinds, change.before) == (("new",), None)
    assert len(quay.told(line, by=rule(phrase="tide is"))) == 1


def test_of_a_robots_file_only_notices_count(quay: Quay) -> None:
    def robots(text: str) -> dict[str, Any]:
        return {**quay.capture(text, "/robots.txt", content_type="text/plain"), "path": "P"}

    robots("User-agent: *\nAllow: /\n")
    assert quay.told(robots("User-agent: *\nDisallow: /private\n")) == []
    line = robots("User-agent: *\nContent-Signal: ai-train=no\nDisallow: /private\n")
    (change,) = quay.told(line)
    assert change.kinds == ("notices",)
    assert quay.told(line, by=rule(phrase="private")) == []
    assert quay.told(line, by=rule(watch="main")) == []


def test_beyond_the_bound_changes_are_counted_and_not_compared(quay: Quay) -> None:
    quay.capture(html("<p>The tide is low.</p>"))
    line = quay.capture(html("<p>The tide is high.</p>"))
    assert len(quay.told(line, line, line, most=2)) == 2
    assert (quay.tally.compared, quay.tally.left_out) == (2, 1)


def test_a_capture_that_cannot_be_read_is_counted_and_keeps_no_other_from_being_told(quay: Quay) -> None:
    quay.capture(html("<p>The tide is low.</p>"))
    line = quay.capture(html("<p>The tide is high.</p>"))
    unknown = {**line, "capture_id": "00000000-0000-4000-8000-000000000000"}
    broken = quay.capture(html("<p>The moon is new.</p>"), "/b")
    held = quay.archive.find(broken["capture_id"]).segment
    path = Path(quay.archive.place.store.place) / held.folder / held.warc
    path.write_bytes(path.read_bytes()[:100])
    assert len(quay.told(unknown, broken, line)) == 1
    assert quay.tally.unreadable == 2
    assert "00000000" in quay.tally.first_fault
