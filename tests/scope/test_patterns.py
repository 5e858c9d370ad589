# SPDX-License-Identifier: Apache-2.0
"""Patterns that name URLs: what they match, and what is refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.scope import Patterns, check_pattern
from archiver.scope.patterns import MAX_PATTERN, MAX_PATTERNS


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("/print/", "http://a.test/x/print/1", True),
        (r"\.(zip|iso)$", "http://a.test/x.zip", True),
        (r"\.(zip|iso)$", "http://a.test/x.zip?a", False),
        (r"^http://a\.test/", "http://a.test/", True),
        ("(?i)PRINT", "http://a.test/print", True),
        ("glob:http://a.test/*", "http://a.test/x", True),
        ("glob:http://a.test/*", "http://a.test/x/y", False),
        ("glob:http://a.test/*", "http://a.test/x?y", False),
        ("glob:http://a.test/**", "http://a.test/x/y?z", True),
        ("glob:*://a.test/", "https://a.test/", True),
        ("glob:**.pdf", "http://a.test/x/y.pdf", True),
        ("glob:**.pdf", "http://a.test/x/ypdf", False),
        ("glob:http://a.test/x?y=1", "http://a.test/x?y=1", True),
        ("glob:http://a.test/x?y=1", "http://a.test/y=1", False),
        ("glob:/print/", "http://a.test/print/", False),
    ],
)
def test_a_pattern_matches_as_written(pattern: str, url: str, matches: bool) -> None:
    assert Patterns((pattern,)).first(url) == (pattern if matches else None)


def test_the_first_of_several_patterns_is_named() -> None:
    patterns = Patterns(("never", "b", "a"))
    assert patterns.first("http://ab.test/") == "b"
    assert patterns.first("http://x.tst/") is None


@pytest.mark.parametrize(
    "listed", [(r"\Qnever", "b+"), ("(?P<n>never)", "(?P<n>b+)"), ("a{900}" * 12, "[a-c]{900}", "b")]
)
def test_patterns_that_cannot_be_joined_still_work_one_by_one(listed: tuple[str, ...]) -> None:
    assert Patterns(listed).first("http://b.test/") == listed[-1]


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "glob:",
        "(",
        "a" * (MAX_PATTERN + 1),
        "straße",
        "(?=a)",
        r"(a)\1",
        "(a{100}){100}",
        r"\pL{1000}",
        "*",
        "[z-a]",
        "\ud800",
    ],
)
def test_a_pattern_that_cannot_be_used_is_bad_input_with_advice(pattern: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_pattern(pattern)
    assert caught.value.advice


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(BadInput, match="more than"):
        Patterns(("a",) * (MAX_PATTERNS + 1))


def test_a_pattern_that_would_keep_a_backtracking_engine_for_years_is_done_at_once() -> None:
    began = time.process_time()
    assert (
        Patterns(("(a+)+$", "(a|aa)+$", "glob:" + "**a" * 50 + "b")).first("http://x.test/" + "a" * 15_000 + "!")
        is None
    )
    assert time.process_time() - began < 2


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_bad_input(text: str) -> None:
    for pattern in (text, "glob:" + text):
        try:
            check_pattern(pattern)
        except BadInput:
            continue
        Patterns((pattern, "x")).first("http://example.org/")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*"), min_size=1, max_size=30))
def test_a_glob_without_a_star_matches_itself_alone(text: str) -> None:
    patterns = Patterns((f"glob:{text}",))
    assert patterns.first(text) is not None
    assert patterns.first(text + "x") is None
