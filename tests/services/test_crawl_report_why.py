# SPDX-License-Identifier: Apache-2.0
"""Why a crawl took a URL, refused it, skipped it or never met it: the same answer while it runs and when it has ended."""

import pytest

from archiver.crawling import running
from archiver.crawling.running import Ended, Progress
from archiver.errors import BadInput, NotFound
from archiver.services.crawl_report.why import Why, rule_in_words, sentences, why
from archiver.state.turn import Again
from manifests.capture import Outcome
from tests.services.crawled import BEGAN, ID, SEED, Crawled
from tests.services.exchanges import Archive

PAGE, IMAGE = SEED + "page", "http://pictures.example/a.png"


@pytest.fixture(params=["running", "ended"])
def crawled(archive: Archive, request: pytest.FixtureRequest) -> Crawled:
    archive.clock.at = BEGAN.replace(hour=11)
    one = Crawled(archive)
    one.end(SEED, code=200, change=0)
    one.take(PAGE, code=200, change=2, facts='{"suspected": ["login"], "detail": "odd"}')
    one.take(IMAGE, path="LE", via=PAGE, code=200)
    one.find(SEED + "secret")
    one.end(SEED + "secret", Outcome.REFUSED, reason="robots-disallowed", rule="robots: Disallow: /secret")
    one.find("http://elsewhere.example/", rule="outside:host:gazette.example", reason="out-of-scope")
    if request.param == "ended":
        running.conclude(archive.world, one.crawl, Ended("over", Progress(0.0)))
        assert list(archive.world.state.frontier.known(one.row)) == []
    return one


def asked(one: Crawled, url: str) -> Why:
    return why(one.archive.world, ID, url)


def test_the_way_to_a_url_is_told_from_the_seed_on(crawled: Crawled) -> None:
    one = asked(crawled, IMAGE)
    assert [(step.letter, step.url) for step in one.chain] == [("", SEED), ("L", PAGE), ("E", IMAGE)]
    assert one.seed == SEED
    assert all(step.capture_id for step in one.chain)
    said = sentences(one)
    assert f"The way to it began at the seed {SEED}." in said
    assert f"{PAGE} was linked from {SEED}." in said
    assert f"{IMAGE} was embedded by {PAGE}." in said


def test_a_captured_url_is_told_with_its_capture(crawled: Crawled) -> None:
    one = asked(crawled, PAGE)
    assert (one.met, one.outcome, one.code, one.change, one.attempts) == (True, "captured-complete", 200, "changed", 1)
    assert (one.suspected, one.detail, one.rule) == (("login",), "odd", "host:gazette.example")
    said = " ".join(sentences(one))
    assert f"as capture {one.capture_id}" in said
    assert "it is on the host gazette.example" in said
    assert "login" in said


def test_a_refused_url_is_told_with_the_line_of_robots_txt(crawled: Crawled) -> None:
    one = asked(crawled, SEED + "secret#part")
    assert (one.outcome, one.reason) == ("refused-with-reason", "robots-disallowed")
    said = " ".join(sentences(one))
    assert "robots.txt says Disallow: /secret" in said
    assert "It was refused" in said


def test_a_skipped_url_is_told_with_its_rule(crawled: Crawled) -> None:
    one = asked(crawled, "http://elsewhere.example")
    assert (one.outcome, one.reason, one.ended_at) == ("skipped-with-reason", "out-of-scope", None)
    assert "it lies outside host gazette.example" in " ".join(sentences(one))


def test_a_dropped_parameter_leads_to_the_url_without_it(crawled: Crawled) -> None:
    assert asked(crawled, PAGE + "?utm_source=x").url == PAGE


@pytest.mark.parametrize(
    ("url", "accepted", "rule", "reason"),
    [
        (SEED + "never", True, "host:gazette.example", None),
        ("http://other.example/", False, "outside:host:gazette.example", "out-of-scope"),
        (SEED + "print/1", False, "exclude:/print/", "out-of-scope"),
        (SEED + "ab/cd/ab/cd/ab/cd/ab/cd", False, None, "trap"),
        (SEED + "calendar/2044/01/01", False, None, "trap"),
    ],
)  # fmt: skip
def test_a_url_never_met_is_judged(
    crawled: Crawled, url: str, accepted: bool, rule: str | None, reason: str | None
) -> None:
    one = asked(crawled, url)
    assert (one.met, one.outcome) == (False, None)
    judged = one.judged
    assert judged is not None
    assert (judged.accepted, judged.reason, judged.seed) == (accepted, reason, SEED)
    assert rule in (None, judged.rule)
    said = sentences(one)
    assert ("never met" in said[0]) == one.ended
    assert ("It would belong to it" in said[1]) == accepted


def test_what_is_no_url_and_no_crawl_is_told(crawled: Crawled) -> None:
    with pytest.raises(BadInput):
        asked(crawled, "mailto:a@b.example")
    with pytest.raises(NotFound):
        why(crawled.archive.world, "zz", SEED)


def test_a_url_that_waits_says_when_it_is_tried_again(archive: Archive) -> None:
    one = Crawled(archive)
    state = archive.world.state
    with state.writing() as connection:
        again = Again(one.rows[SEED], 2, BEGAN.timestamp(), "connect-timeout")
        state.frontier.put_off(connection, [again])
    told = asked(one, SEED)
    assert (told.met, told.ended, told.outcome, told.attempts) == (True, False, None, 2)
    assert told.not_before == "2026-03-03T10:00:00.000000Z"
    said = " ".join(sentences(told))
    assert "waits in the frontier after 2 attempts, the last with connect-timeout" in said
    assert "It is a seed." in said


def test_what_was_excluded_since_the_crawl_began_counts(archive: Archive) -> None:
    one = Crawled(archive)
    archive.world.state.crawls.exclude(one.crawl, ["/tag/"], BEGAN.isoformat())
    judged = asked(one, SEED + "tag/sea").judged
    assert judged is not None
    assert (judged.accepted, judged.rule) == (False, "exclude:/tag/")


@pytest.mark.parametrize(
    "rule",
    ["seed", "prerequisite", "site-file", "any", "custom", "embed", "redirect", "hops", "limits", "stop", "robots", "page:http://a/",
     "prefix:http://a/b/", "host:a", "domain:a", "include:x", "exclude:x", "depth>3", "embed>4", "redirects>20", "hops>1",
     "outside:host:a", "length>4096", "segments>30", "parameters>30", "repeated:/a/b", "calendar:2031-05", "session:sid",
     "facets:/p", "robots: Disallow: /{0}", "captures_per_host=5", "bytes_per_host=5",
     "seed.captures=5", "seed.bytes=5", "seed.time=5"],
)  # fmt: skip
def test_every_rule_has_words(rule: str) -> None:
    said = rule_in_words(rule)
    assert said != "of that rule"
    assert "{0}" not in said.replace("/{0}", "")
