# SPDX-License-Identifier: Apache-2.0
"""robots.txt is read as RFC 9309 and Google's published cases have it, whatever it holds."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archiver.robots import (
    MAX_DELAY_READ,
    MAX_OCTETS,
    MAX_REDIRECTS,
    MAX_SITEMAPS,
    PRODUCT_TOKEN,
    Rules,
    Standing,
    robots_url,
    standing,
)
from archiver.robots_patterns import Ruling
from archiver.urls import parse
from tests.politeness.robots_cases import CASES, OURS, Case


@pytest.mark.parametrize("case", [*CASES, *OURS], ids=lambda case: case.about)
def test_published_cases_are_ruled_as_agreed(case: Case) -> None:
    rules = Rules.parse(case.content)
    assert {target: rules.allowed(target, case.token).allowed for target in (*case.allowed, *case.disallowed)} == {
        **dict.fromkeys(case.allowed, True),
        **dict.fromkeys(case.disallowed, False),
    }


def test_a_ruling_names_the_line_that_decided() -> None:
    rules = Rules.parse(
        b"User-Agent: *\nDisallow: /  # all\nALLOW:   /caf\xc3\xa9/*.html\nDisallow: /exact$\n allow: /\x07bell\n"
    )
    assert rules.allowed("/x") == Ruling(False, "Disallow: /")
    assert rules.allowed("/caf%C3%A9/a.html") == Ruling(True, "ALLOW:   /café/*.html")
    assert rules.allowed("/exact") == Ruling(False, "Disallow: /exact$")
    assert rules.allowed("/%07bell") == Ruling(True, "allow: / bell")
    assert Rules.parse(b"User-Agent: *\nDisallow: /b\n").allowed("/x") == Ruling(True, None)
    long = Rules.parse(b"User-Agent: *\nDisallow: /" + b"a" * 5000 + b"\n").allowed("/" + "a" * 5000)
    assert not long.allowed
    assert len(long.line or "") == 300


def test_what_follows_512_kib_is_not_read_and_no_line_is_cut_short_there() -> None:
    head = b"User-agent: *\nDisallow: /seen\n"
    filler = b"#" * (MAX_OCTETS - len(head) - len(b"\nDisallow: /"))
    rules = Rules.parse(head + filler + b"\nDisallow: /half\nDisallow: /late\n")
    assert not rules.allowed("/seen").allowed
    assert rules.allowed("/half").allowed
    assert rules.allowed("/other").allowed
    assert rules.allowed("/late").allowed
    whole = Rules.parse(head + filler + b"\nDisallow: /")
    assert not whole.allowed("/other").allowed


@pytest.mark.parametrize(
    ("lines", "delay"),
    [
        ("Crawl-delay: 10", 10.0),
        ("crawl-delay:.5", 0.5),
        ("Crawl-Delay: 1.", 1.0),
        ("Crawl-delay: 2\nCrawl-delay: 7\nCrawl-delay: 3", 7.0),
        ("Crawl-delay: 0", 0.0),
        ("Crawl-delay: 1e9", None),
        ("Crawl-delay: -1", None),
        ("Crawl-delay: nan", None),
        ("Crawl-delay: inf", None),
        ("Crawl-delay: ten", None),
        ("Crawl-delay: ٣", None),
        ("Crawl-delay:", None),
        ("Disallow: /", None),
        (f"Crawl-delay: {'9' * 250}", MAX_DELAY_READ),
        (f"Crawl-delay: {'9' * 9999}", None),
    ],
)
def test_a_crawl_delay_is_a_finite_number_or_none(lines: str, delay: float | None) -> None:
    assert Rules.parse(f"User-agent: *\n{lines}\n".encode()).crawl_delay() == delay


def test_a_crawl_delay_is_that_of_the_own_group_and_ends_none() -> None:
    rules = Rules.parse(
        b"Crawl-delay: 1\nUser-agent: *\nCrawl-delay: 2\nUser-agent: b\nDisallow: /\nUser-agent: colophon\nAllow: /\n"
    )
    assert rules.crawl_delay("other") == 2.0
    assert rules.crawl_delay("b") == 2.0
    assert not rules.allowed("/a", "other").allowed
    assert rules.crawl_delay(PRODUCT_TOKEN) is None


def test_sitemaps_stand_anywhere_each_once_and_their_number_is_bounded() -> None:
    rules = Rules.parse(
        b"Sitemap: https://h/a.xml\nUser-agent: *\nSITE-MAP:/b.xml\nSitemap: https://h/a.xml\nsitemap:\n"
    )
    assert rules.sitemaps == ("https://h/a.xml", "/b.xml")
    many = Rules.parse(b"".join(b"Sitemap: /%d\n" % n for n in range(50_000)))
    assert len(many.sitemaps) == MAX_SITEMAPS
    assert many.sitemaps[-1] == f"/{MAX_SITEMAPS - 1}"


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (200, Standing.FOUND),
        (204, Standing.FOUND),
        (301, Standing.REDIRECTED),
        (302, Standing.REDIRECTED),
        (303, Standing.REDIRECTED),
        (307, Standing.REDIRECTED),
        (308, Standing.REDIRECTED),
        (300, Standing.ABSENT),
        (400, Standing.ABSENT),
        (401, Standing.ABSENT),
        (403, Standing.ABSENT),
        (404, Standing.ABSENT),
        (410, Standing.ABSENT),
        (429, Standing.UNREACHABLE),
        (500, Standing.UNREACHABLE),
        (503, Standing.UNREACHABLE),
        (999, Standing.UNREACHABLE),
        (None, Standing.UNREACHABLE),
    ],
)
def test_each_answer_for_the_file_has_one_meaning(code: int | None, meaning: Standing) -> None:
    assert standing(code) is meaning


def test_the_file_is_at_the_root_of_its_origin() -> None:
    assert robots_url(parse("https://user@h.example:8443/a/b?c")) == "https://h.example:8443/robots.txt"
    assert MAX_REDIRECTS == 5


_A = "a" * 30
_HOSTILE = {
    "stars": ("Disallow: /" + "*a" * 8000 + "*b$\n") * 30,
    "many wildcards": "".join(f"Disallow: *a*{n}\n" for n in range(30_000)),
    "half a match": "".join(f"Disallow: *{_A}b{_A}{n}\n" for n in range(5000)),
    "many lengths": "".join(f"Disallow: /{'a' * n}b\n" for n in range(1000)),
    "one group of many agents": "".join(f"User-agent: a{chr(97 + n % 26)}\n" for n in range(20_000))
    + "Disallow: /x\n" * 20_000,
    "many groups": "".join(f"User-agent: *\nDisallow: /{n}\n" for n in range(15_000)),
    "empty lines": "\n" * MAX_OCTETS,
    "one line": "Disallow: " + "/a*" * (MAX_OCTETS // 2),
}


@pytest.mark.parametrize("hostile", _HOSTILE, ids=str)
def test_hostile_files_are_read_and_asked_within_bounds(hostile: str) -> None:
    content = ("User-agent: *\n" + _HOSTILE[hostile]).encode()
    target = "/" + "a" * 15_000
    started = time.process_time()
    rules = Rules.parse(content)
    rules.allowed("/")
    read = time.process_time() - started
    started = time.process_time()
    assert rules.allowed(target).allowed
    # Backtracking would take longer than anybody waits; the bounds only have to tell that apart on a busy machine.
    assert read < 3
    assert time.process_time() - started < 2


_TEXT = st.text(st.sampled_from("/*$ab%6124E:#? \n\r\té'")).map(lambda text: text.encode())
_FILE = st.lists(
    st.tuples(st.sampled_from([b"User-agent: ", b"Disallow: ", b"Allow: ", b"Crawl-delay: ", b"Sitemap: ", b""]), _TEXT)
).map(lambda lines: b"\n".join(name + value for name, value in lines))


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=400), _FILE), st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_file_and_no_target_raises(content: bytes, target: str) -> None:
    rules = Rules.parse(content)
    first = rules.allowed("/" + target)
    assert rules.allowed("/" + target) == first
    assert first.allowed or first.line is not None
    assert (delay := rules.crawl_delay()) is None or 0 <= delay <= MAX_DELAY_READ


_PATTERN = st.text(st.sampled_from("/ab*$"), min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), _PATTERN), max_size=8), st.text(st.sampled_from("/ab"), max_size=8))
@example([(False, "/*a$"), (True, "/aba")], "aba")
def test_the_longest_fitting_rule_decides_as_plain_search_finds_it(rules: list[tuple[bool, str]], rest: str) -> None:
    target = "/" + rest

    def fits(pattern: str) -> bool:
        body = "".join(".*" if one == "*" else re.escape(one) for one in pattern.removesuffix("$"))
        return re.match(body + (r"\Z" if pattern.endswith("$") else ""), target) is not None

    # A `$` inside a pattern is encoded before it is counted, as an octet that may not stand for itself.
    lengths = [(len(p.removesuffix("$").replace("$", "%24")) + p.endswith("$"), allow) for allow, p in rules if fits(p)]
    expected = max(lengths)[1] if lengths else True
    lines = "".join(f"{'Allow' if allow else 'Disallow'}: {pattern}\n" for allow, pattern in rules)
    assert Rules.parse(f"User-agent: *\n{lines}".encode()).allowed(target).allowed is expected
