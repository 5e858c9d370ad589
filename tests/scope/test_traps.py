# SPDX-License-Identifier: Apache-2.0
"""Endless spaces are recognised, and honest pages are not taken for one."""

import hashlib
import itertools
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.traps import TrapLimits, Traps
from archiver.traps import growth as growth_module
from archiver.urls import parse

TODAY = date(2026, 11, 22)


def sign(target: str, limits: TrapLimits | None = None) -> str | None:
    return Traps(limits or TrapLimits(), today=TODAY).judge(parse("http://a.test" + target))


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/1923/05/12/earthquake.html",
        "/archive?date=1923-05-12",
        "/browse?year=1851&month=9",
        "/web/19990125/http://a.test/",
        "/2026/11/22/today",
        "/2028/11/22/announced",
        "/calendar/2026/12",
        "/calendar?month=1990-01",
        "/events/1995/06/",
        "/energy/2050/",
        "/agenda-2063/goals",
        "/thread/2075/12",
        "/gallery/2045/03.jpg",
        "/products/2049-10",
        "/events/123412",
        "/img/20310517.jpg",
        "/report?id=20310517",
        "/?start=2100&limit=20",
        "/title/1/chapter/1/part/1/section/1/1",
        "/tiles/0/0/0/0/0.png",
        "/a/b/a/b",
        "/a/b/a/c/a",
        "/docs/en/en/en",
        "/x//y//z",
        "/" + "/".join(f"s{number}" for number in range(30)),
        "/?" + "&".join(f"p{number}=1" for number in range(30)),
        "/article.pl?sid=24/05/11/1234567",
        "/story?sid=202405110001234567",
    ],
)
def test_an_honest_url_is_no_trap(target: str) -> None:
    assert sign(target) is None


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("/" + "/".join(f"s{number}" for number in range(31)), "segments>30"),
        ("/?" + "&".join(f"p{number}=1" for number in range(31)), "parameters>30"),
        ("/" + "a" * 4096, "length>4096"),
        ("/news/x/news/y/news/z/news", "repeated:/news"),
        ("/about/about/about/about/", "repeated:/about"),
        ("////a///b", "repeated:/"),
        ("/x/a1/b1/a1/b1/a1/b1", "repeated:/a1/b1"),
        ("/2031/05/17/", "calendar:2031-05"),
        ("/2029/01/", "calendar:2029-01"),
        ("/2028/12/01", "calendar:2028-12"),
        ("/x?date=2031-5-7", "calendar:2031-05"),
        ("/x?date=20310517", "calendar:2031-05"),
        ("/x?tribe-bar-date=2031-05", "calendar:2031-05"),
        ("/calendar/2031/5", "calendar:2031-05"),
        ("/kalender/1989/12/31", "calendar:1989-12"),
        ("/events?month=1850-03", "calendar:1850-03"),
        ("/cal.php?y=2040&m=1", "calendar:2040"),
        ("/x?year=2031&month=5", "calendar:2031"),
    ],
)
def test_the_sign_of_a_trap_is_named(target: str, word: str) -> None:
    assert sign(target) == word


@pytest.mark.parametrize(
    "form", ["/t/calendar/{0:04}/{1}", "/t/{0:04}/{1:02}/", "/t?d={0:04}-{1:02}-01", "/t?year={0}&month={1}"]
)
@pytest.mark.parametrize("step", [1, -1])
def test_a_calendar_that_counts_on_ends_within_some_years(form: str, step: int) -> None:
    traps, at, taken = Traps(TrapLimits(combinations=100_000), today=TODAY), 2026 * 12 + 10, 0
    while traps.judge(parse("http://a.test" + form.format(at // 12, at % 12 + 1))) is None and taken < 500:
        at, taken = at + step, taken + 1
    backwards_without_a_word = step < 0 and "calendar" not in form
    assert (taken == 500) if backwards_without_a_word else taken < 450


def test_the_limits_of_a_job_rule() -> None:
    limits = TrapLimits(length=50, segments=3, repeats=1, parameters=1, years_ahead=10, earliest_year=1500)
    assert sign("/2031/05/17", limits) is None
    assert sign("/calendar/1850/01", limits) is None
    assert sign("/a/b/c/d", limits) == "segments>3"
    assert sign("/aa/b/aa", limits) == "repeated:/aa"
    assert sign("/calendar/1066/10/14", TrapLimits(earliest_year=0)) is None
    assert sign("/?a&b", limits) == "parameters>1"
    assert sign("/" + "a" * 50, limits) == "length>50"


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("/list?PHPSESSID={}&page=1", "phpsessid"),
        ("/list;jsessionid={}.node1?page=1", "jsessionid"),
        ("/list?a=1&sid={}", "sid"),
        ("/list?session_id={}", "session_id"),
    ],
)
def test_of_urls_that_differ_in_a_session_id_the_first_is_taken_again_and_again(form: str, word: str) -> None:
    traps = Traps(TrapLimits(), today=TODAY)
    first, second = ("http://a.test" + form.format(hashlib.sha256(seed).hexdigest()[:32]) for seed in (b"1", b"2"))
    assert [traps.judge(parse(url)) for url in (first, first, second, first)] == [None, None, f"session:{word}", None]
    assert traps.judge(parse(second.replace("list", "other"))) is None


def test_a_session_in_the_path_of_asp_net_is_one_too() -> None:
    traps = Traps(TrapLimits(), today=TODAY)
    assert traps.judge(parse("http://a.test/(S(lit3py55t21z5v55vlm25s55))/a.aspx")) is None
    assert traps.judge(parse("http://a.test/(S(mit3py55t21z5v55vlm25s55))/a.aspx")) == "session:s"


FACETS = [[f"{name}={value}" for value in range(5)] for name in ("color", "size", "brand", "price", "sort", "material")]


def test_facets_end_after_the_limit_and_what_was_taken_stays() -> None:
    traps = Traps(TrapLimits(), today=TODAY)
    urls = [parse("http://a.test/shop?" + "&".join(chosen)) for chosen in itertools.product(*FACETS)]
    signs = [traps.judge(url) for url in urls]
    assert signs.count(None) == 500
    assert set(signs[500:]) == {"facets:/shop"}
    assert [traps.judge(url) for url in urls[:500]] == [None] * 500
    assert traps.judge(parse("http://a.test/shop?color=1")) is None
    assert traps.judge(parse("http://a.test/shop/item?color=1&size=2")) is None


def test_facets_that_grow_by_one_parameter_a_page_end_too() -> None:
    traps = Traps(TrapLimits(), today=TODAY)
    kinds = [f"f{number}=1" for number in range(12)]
    urls = (
        parse("http://a.test/s?" + "&".join(chosen))
        for size in range(2, 9)
        for chosen in itertools.combinations(kinds, size)
    )
    assert sum(traps.judge(url) is None for url in urls) == 500


@pytest.mark.parametrize(
    "query",
    [
        lambda number: f"option=com_content&view=article&id={number}&lang={'de' if number % 2 else 'en'}",
        lambda number: f"f={number % 7}&t={number // 40}&start={number % 40 * 10}",
        lambda number: f"title=Page_{number // 3}&action={('edit', 'history', 'raw')[number % 3]}",
    ],
)
def test_a_site_that_names_its_pages_by_parameters_is_no_trap(query: object) -> None:
    traps = Traps(TrapLimits(), today=TODAY)
    assert callable(query)
    assert all(traps.judge(parse(f"http://a.test/index.php?{query(number)}")) is None for number in range(5000))


def test_memory_for_what_was_seen_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth_module, "_MOST_SESSIONS", 100)
    monkeypatch.setattr(growth_module, "_MOST_MARKS", 300)
    growth = growth_module.Growth(session_variants=1, combinations=50)
    for number in range(1000):
        growth.session(f"http://a.test/{number}?sid={hashlib.md5(str(number).encode()).hexdigest()}")
        growth.facets(f"http://a.test/{number}", f"a={number}&b=1&c=2")
        growth.facets("http://a.test/same", f"a={number}&b=1")
    assert len(growth._sessions) <= 100
    assert sum(map(growth._weight, growth._families.values())) == growth._marks <= 300


def test_hostile_urls_cost_no_time() -> None:
    traps = Traps(TrapLimits(length=15_000, segments=20_000, parameters=20_000), today=TODAY)
    hostile = [
        "/a" * 7000,
        "/2031" * 2900,
        "?" + "&a" * 7000,
        "?" + "sid=" * 3500,
        "/-2031" * 2400,
        "?" + "&year=" * 2400,
    ]
    for target in hostile:
        began = time.process_time()
        traps.judge(parse("http://a.test/" + target.removeprefix("/")))
        assert time.process_time() - began < 3


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_url_accepted_once_is_accepted_again(path: str, query: str) -> None:
    traps = Traps(TrapLimits(), today=TODAY)
    try:
        url = parse(f"http://a.test/{path}?{query}&a=1")
    except BadInput:
        return
    assert traps.judge(url) == traps.judge(url)
