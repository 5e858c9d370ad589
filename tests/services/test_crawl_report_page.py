# SPDX-License-Identifier: Apache-2.0
"""The report's page shows the report's numbers, loads and runs nothing, and takes no markup from anybody."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.crawling import running
from archiver.crawling.running import Ended, Progress
from archiver.services.crawl_report.account import MOST_HOSTS, MOST_LISTED
from archiver.services.crawl_report.page import page
from archiver.services.crawl_report.report import CrawlReport, Event, Host, Listed, Named, Reason, RobotsHost
from archiver.services.crawl_report.sealed import content, report_of, sealed
from archiver.services.markup import duration, octets, per_mille, words
from manifests.capture import Outcome
from tests.services.crawled import BEGAN, ID, SEED, Crawled
from tests.services.exchanges import Archive
from tests.strategies import documents

HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'onload='x", "</style><script>", "</svg></title>",
    "--><b>", "\u202etxt.exe", "\x00\x1b[31m", "\ud800", "&lt;script&gt;", "javascript:alert(1)", "x" * 100_000,
]  # fmt: skip
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "b", "table", "caption", "thead", "tbody", "tr",
    "th", "td", "details", "summary", "svg", "g", "text", "rect", "line",
}  # fmt: skip


class Read(HTMLParser):
    """What a browser would make of the page, as far as it matters here."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.opened: list[str] = []
        self.feed(content.decode("utf-8"))
        self.close()
        assert self.opened == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "meta":
            self.opened.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def report(archive: Archive) -> CrawlReport:
    archive.clock.at = BEGAN.replace(hour=11)
    one = Crawled(archive)
    one.end(SEED, code=200, change=0)
    one.take(SEED + "a", Outcome.FAILED, reason="connect-failed")
    one.take(SEED + "b", code=404, facts='{"suspected": ["soft-404"]}')
    running.conclude(archive.world, one.crawl, Ended("over", Progress(0.0)))
    seal = sealed(archive.store, ID)
    assert seal is not None
    told = report_of(archive.store, seal)
    assert content(archive.store, seal, seal.page) == page(told)
    return told


def hostile(report: CrawlReport, text: str) -> CrawlReport:
    """The report with this text wherever somebody else's words may stand."""
    text_ = text.encode("utf-8", "replace").decode()
    listed = Listed(urls=1, first=(Named(url=text_, words=text_, capture_id=text_),))
    host = Host(origin=text_, captures=1, octets=1, failed=0, errors=0, suspected=1)
    return report.model_copy(
        update={
            "job": text_, "how": text_, "failed": listed, "changed": listed, "suspected": listed, "notices_changed": listed,
            "hosts": (host,), "suspected_hosts": (host,), "slowest": (host,), "first_crawl_id": text_, "segments": (text_,),
            "reasons": (Reason(outcome=text_, reason=text_, urls=1),),
            "events": (Event(at=report.ended_at, kind=text_, detail=text_),),
            "robots": report.robots.model_copy(
                update={"policy": "record", "policy_reason": text_,
                        "hosts": (RobotsHost(origin=text_, disallowed=1, unavailable=0),)}
            ),
        }
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(report: CrawlReport, text: str) -> None:
    made = page(hostile(report, text))
    seen = Read(made)
    assert seen.tags <= ALLOWED
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name in ("href", "src", "style")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", made.decode("utf-8"))
    assert len(made) < 100_000


@given(st.text(max_size=40))
def test_words_come_back_but_for_what_cannot_be_seen(text: str) -> None:
    (seen,) = Read(b"<p>" + words(text).encode("utf-8") + b"</p>").texts or [""]
    assert len(seen) == len(text)
    assert all(b in (a, "\ufffd") for a, b in zip(text, seen, strict=True))


@settings(max_examples=20, deadline=None)
@given(documents(CrawlReport))
def test_any_report_makes_a_page(report: CrawlReport) -> None:
    assert Read(page(report)).tags <= ALLOWED


def test_the_policy_lets_nothing_in_but_the_pages_own_style(report: CrawlReport) -> None:
    text = page(report).decode("utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1] == f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    assert "prefers-color-scheme: dark" in style
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_shows_the_reports_numbers(report: CrawlReport) -> None:
    texts = " ".join(Read(page(report)).texts)
    for shown in ("captured", "failed", "connect-failed", "soft-404", SEED + "a", "http://gazette.example", ID):
        assert shown in texts
    assert re.search(r"3\s+captures", texts)
    assert octets(report.totals.octets) == "3.0 kB"
    assert octets(report.totals.octets) in texts


def test_charts_have_the_numbers_of_their_tables(report: CrawlReport) -> None:
    seen = Read(page(report))
    assert {"svg", "rect", "title"} <= seen.tags
    for one in report.reasons:
        name = f": {one.reason}" if one.reason else ""
        assert any(text.endswith(f"{name}: {one.urls}") for text in seen.texts)


def test_lists_are_cut_and_say_so(archive: Archive) -> None:
    archive.clock.at = BEGAN.replace(hour=11)
    one = Crawled(archive)
    one.end(SEED)
    for number in range(MOST_HOSTS + 5):
        one.take(f"http://h{number}.example/", Outcome.FAILED, reason="dns-failed")
    running.conclude(archive.world, one.crawl, Ended("over", Progress(0.0)))
    seal = sealed(archive.store, ID)
    assert seal is not None
    told = report_of(archive.store, seal)
    assert (told.failed.urls, len(told.failed.first), len(told.hosts)) == (MOST_HOSTS + 5, MOST_LISTED, MOST_HOSTS)
    texts = " ".join(Read(page(told)).texts)
    assert f"{MOST_LISTED} of {MOST_HOSTS + 5} URLs; see outcomes.jsonl.gz for all" in texts
    assert f"{MOST_HOSTS} of {MOST_HOSTS + 6} hosts; see outcomes.jsonl.gz for all" in texts


@pytest.mark.parametrize(
    ("told", "expected"),
    [(duration(59), "59 s"), (duration(61), "1 min 1 s"), (duration(7260), "2 h 1 min"), (duration(200_000), "2 d 7 h"),
     (octets(999), "999 bytes"), (octets(1_500_000), "1.5 MB"), (octets(10**16), "10,000.0 TB"), (per_mille(167), "16.7 %")],
)  # fmt: skip
def test_amounts_are_told_as_people_read_them(told: str, expected: str) -> None:
    assert told == expected
