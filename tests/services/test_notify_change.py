# SPDX-License-Identifier: Apache-2.0
"""What counts as a change, and what is shown of it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.services.history.page import PageText
from archiver.services.history.words import MAX_SHOWN, MAX_STRETCHES, Stretch, difference
from archiver.services.notify.change import Change, NoticeChange, compare
from manifests.agents import Fetcher
from manifests.capture import Outcome
from tests.services.notified import html, page, rule, uuid

BODY = "<p>High water is at noon and low water at six in the evening.</p>"
LATER = BODY.replace("noon", "half past twelve")


def _kinds(before: PageText | None, after: PageText | None, **changes: object) -> tuple[str, ...]:
    found = compare(before, after, rule(**changes))
    return found.kinds if found else ()


def _told(before: PageText | None, after: PageText | None, **changes: object) -> Change:
    found = compare(before, after, rule(**changes))
    assert found is not None
    return found


def test_an_unchanged_page_is_no_change() -> None:
    assert compare(page(html(BODY)), page(html(BODY), number=2), rule()) is None


def test_changed_words_are_shown_before_and_after_with_both_captures() -> None:
    change = _told(page(html(BODY)), page(html(LATER), number=2))
    assert change.kinds == ("main-text",)
    assert change.words is not None
    assert change.words.stretches == (
        Stretch("noon", "half past twelve", "Tides High water is at", "and low water at six in"),
    )
    assert change.words.share == pytest.approx(100 * 4 / 30, abs=0.01)
    assert change.before is not None
    assert (change.before.capture_id, change.after.capture_id) == (uuid(1), uuid(2))
    assert (change.before.url, change.after.code) == (change.url, 200)


def test_navigation_and_footers_are_not_the_main_text_but_all_there_is_when_nothing_else_is() -> None:
    assert _kinds(page(html(BODY, "Weather: rain")), page(html(BODY, "Weather: sun"), number=2)) == ()
    alone = "<footer>Weather: rain</footer>"
    assert _kinds(page(alone), page(alone.replace("rain", "sun"), number=2)) == ("main-text",)


def test_white_space_markup_and_scripts_are_no_words() -> None:
    assert _kinds(page(html("<p>one two</p>")), page(html("<div>one\n\n <b>two</b></div><script>let x</script>"))) == ()


def test_a_share_below_the_rule_does_not_count() -> None:
    before, after = page(html(BODY)), page(html(LATER), number=2)
    assert _kinds(before, after, share=13.0) == ("main-text",)
    assert _kinds(before, after, share=14.0) == ()


def test_kinds_that_were_not_asked_for_do_not_count() -> None:
    before, after = page(html(BODY)), page(html(LATER, "© 2026 The Gazette. All rights reserved."), number=2)
    assert _kinds(before, after) == ("main-text", "notices")
    assert _kinds(before, after, when=("notices",)) == ("notices",)
    assert _kinds(before, after, when=("publisher", "removal", "new")) == ()


def test_notices_that_changed_came_and_went_are_shown_verbatim() -> None:
    change = _told(page(html(BODY)), page(html(BODY, "© 2026 The Gazette. All rights reserved."), number=2))
    assert NoticeChange(
        "copyright", "© 2025 The Gazette. All rights reserved.", "© 2026 The Gazette. All rights reserved."
    ) in (change.notices)
    gone = _told(page(html(BODY)), page(html(BODY, ""), number=2))
    assert all(one.after is None and one.before for one in gone.notices)
    came = _told(page(html(BODY, "")), page(html(BODY), number=2))
    assert all(one.before is None and one.after for one in came.notices)


def test_another_licence_behind_the_same_words_is_shown_with_both() -> None:
    link = '<a href="https://creativecommons.org/licenses/{}/">Creative Commons licence</a>'
    words = f"Some content here is licensed under a {link}."
    change = _told(page(html(BODY, words.format("by/4.0"))), page(html(BODY, words.format("by-nc/4.0")), number=2))
    (notice,) = [one for one in change.notices if one.kind == "license" and one.before and one.after]
    assert "CC-BY-4.0" in (notice.before or "")
    assert "CC-BY-NC-4.0" in (notice.after or "")


def test_a_notice_in_a_header_counts() -> None:
    noai = page(html(BODY), number=2, headers=(("X-Robots-Tag", "noai"),))
    change = _told(page(html(BODY)), noai)
    assert [(one.before, one.after is not None) for one in change.notices] == [(None, True)]


def test_a_new_publisher_counts() -> None:
    change = _told(page(html(BODY)), page(html(BODY, site="The Herald"), number=2))
    assert "publisher" in change.kinds
    assert (change.publisher_before, change.publisher_after) == ("The Gazette", "The Herald")


def test_claims_of_two_extractors_are_read_anew_before_they_are_compared() -> None:
    old = page(html(BODY), extractor=Fetcher(name="colophon-extract", version="0.0"))
    claims = old.manifest.claims
    assert claims is not None
    old = PageText(old.manifest.model_copy(update={"claims": claims.model_copy(update={"notices": ()})}), old.entity)
    assert _kinds(old, page(html(BODY), number=2)) == ()
    without = PageText(old.manifest, None)
    assert _kinds(without, page(html(BODY), number=2)) == ()


@pytest.mark.parametrize(
    ("after", "detail"),
    [
        (page("not here", code=404), "answered 404"),
        (page("gone", code=410), "answered 410"),
        (page(None, code=None, outcome=Outcome.FAILED, reason="dns-failed"), "no answer: dns-failed"),
        (page("", code=301, headers=(("Location", "/elsewhere"),)), "moved to /elsewhere"),
    ],
)
def test_a_page_that_was_there_and_is_not_is_a_removal(after: PageText, detail: str) -> None:
    change = _told(page(html(BODY)), after)
    assert (change.kinds, change.detail) == (("removal",), detail)
    assert _kinds(page(html(BODY)), after, when=("main-text",)) == ()
    assert _kinds(after, after) == ()


@pytest.mark.parametrize(
    "unclear",
    [
        page("out of order", code=503),
        page("forbidden", code=403),
        page("", code=302),
        page(html("<p>half"), outcome=Outcome.CAPTURED_TRUNCATED, reason="body-short"),
        page(None, code=None, outcome=Outcome.REFUSED, reason="blocked-port"),
    ],
)
def test_a_capture_that_says_nothing_of_the_page_is_no_change(unclear: PageText) -> None:
    everything = ("main-text", "notices", "publisher", "removal", "new")
    assert _kinds(page(html(BODY)), unclear, when=everything) == ()
    assert _kinds(unclear, page(html(BODY)), when=everything) == ()
    assert _kinds(None, unclear, when=everything) == ()


def test_a_page_seen_first_or_again_is_new_where_that_was_asked_for() -> None:
    new = page(html(BODY), number=2)
    assert _told(None, new, when=("new",)).before is None
    assert _told(page("gone", code=410), new, when=("new",)).before is not None
    assert _kinds(None, new) == ()
    assert compare(new, None, rule(when=("new", "removal"))) is None


def test_only_words_inside_what_is_watched_count() -> None:
    before = page(html(BODY + "<p class=price>Fare: <b>4</b> crowns</p>"))
    dearer = page(html(LATER + "<p class=price>Fare: <b>5</b> crowns</p>", "© 2026 The Gazette."), number=2)
    change = _told(before, dearer, watch="p.price")
    assert change.kinds == ("main-text",)
    assert change.words is not None
    assert [(one.before, one.after) for one in change.words.stretches] == [("4", "5")]
    assert (
        _kinds(before, page(html(LATER + "<p class=price>Fare: <b>4</b> crowns</p>", "new"), number=2), watch=".price")
        == ()
    )


def test_notices_inside_what_is_watched_count() -> None:
    before, after = page(html(BODY)), page(html(LATER, "© 2026 The Gazette. All rights reserved."), number=2)
    assert _kinds(before, after, watch="footer", when=("notices",)) == ("notices",)
    assert _kinds(before, after, watch="article", when=("notices",)) == ()


def test_words_and_notices_inside_what_is_ignored_do_not_count() -> None:
    before, after = page(html(BODY)), page(html(LATER, "© 2026 The Gazette. All rights reserved."), number=2)
    assert _kinds(before, after, ignore="article") == ("notices",)
    assert _kinds(before, after, ignore="footer") == ("main-text",)
    assert _kinds(before, after, ignore="article, footer") == ()
    header = page(html(LATER), number=2, headers=(("X-Robots-Tag", "noai"),))
    assert _kinds(before, header, ignore="article, footer") == ("notices",)


def test_what_is_ignored_inside_what_is_watched_does_not_count_and_the_other_way_round() -> None:
    inner = "<div id=a>{} <i id=b>{} <u id=c>{}</u></i></div>"
    before = page(html(inner.format("one", "two", "three")))
    assert _kinds(before, page(html(inner.format("one", "2", "3"))), watch="#a", ignore="#b") == ()
    assert _kinds(before, page(html(inner.format("1", "two", "three"))), watch="#a", ignore="#b") == ("main-text",)
    assert _kinds(before, page(html(inner.format("one", "two", "3"))), watch="#c", ignore="#b") == ()
    assert _kinds(before, page(html(inner.format("one", "two", "3"))), watch="#a, #c", ignore="i > s") == ("main-text",)


def test_a_phrase_that_appears_or_vanishes_is_told_and_nothing_else() -> None:
    before, after = page(html(BODY)), page(html(LATER), number=2)
    assert _told(before, after, phrase="half  PAST twelve").phrase == "appeared"
    assert _told(after, before, phrase="half past twelve").phrase == "vanished"
    assert _told(before, after, phrase="half past twelve", when=("removal",)).words is not None
    assert _kinds(before, after, phrase="six in the evening") == ()
    assert _kinds(None, after, phrase="half past twelve", when=("main-text",)) == ("new", "phrase")
    assert _kinds(after, page("", code=404), phrase="half past twelve") == ("removal", "phrase")
    assert _kinds(before, page("", code=404), phrase="half past twelve") == ()


def test_content_that_is_no_text_is_compared_by_its_digest() -> None:
    png = b"\x89PNG\r\n\x1a\n"
    before = page(png + b"a", content_type="image/png")
    change = _told(before, page(png + b"b", number=2, content_type="image/png"))
    assert (change.kinds, change.words) == (("main-text",), None)
    assert change.detail is not None
    assert _kinds(before, page(png + b"a", number=2, content_type="image/png")) == ()


def test_plain_text_is_compared_by_its_words() -> None:
    change = _told(page("one two", content_type="text/plain"), page("one 2", number=2, content_type="text/plain"))
    assert change.words is not None
    assert change.words.share == 50.0


def test_a_suspected_bot_check_is_named() -> None:
    check = "<title>Just a moment...</title><p>Checking your browser before accessing gazette.example.</p>"
    change = _told(page(html(BODY)), page(check, number=2))
    assert change.suspected == page(check).suspected


def test_what_is_shown_is_bounded() -> None:
    old = " ".join(f"w{n}" for n in range(4000))
    new = " ".join(f"w{n}" if n % 100 else "x" * 5000 for n in range(4000))
    words = difference(old, new)
    assert len(words.stretches) == MAX_STRETCHES
    assert words.more == 40 - MAX_STRETCHES
    assert all(
        len(part) <= MAX_SHOWN + 2 for one in words.stretches for part in (one.before, one.after, one.lead, one.trail)
    )


def test_two_far_edits_of_a_long_text_are_two_small_changes() -> None:
    text = [f"word{n % 900} the of and in {n}" for n in range(5000)]
    edited = [*text]
    edited[3], edited[4990] = "other", "another"
    words = difference(" ".join(text), " ".join(edited))
    assert len(words.stretches) == 2
    assert words.share < 0.1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 50_000, "b a " * 50_000),
        (" ".join(map(str, range(50_000))), " ".join(map(str, range(50_000, 0, -1)))),
        ("a " * 30_000 + "b " * 20_000, "b " * 20_000 + "a " * 30_000),
        (" ".join(f"{n} a b a" for n in range(12_000)), " ".join(f"{n} b a b" for n in range(12_000))),
    ],
)
def test_hostile_texts_are_compared_within_bounds(old: str, new: str) -> None:
    started = time.process_time()
    assert difference(old, new).share > 0
    assert time.process_time() - started < 5


_TEXT = st.lists(st.sampled_from("abcdefgh"), max_size=60).map(" ".join)


@settings(deadline=None)
@given(_TEXT, _TEXT)
def test_a_difference_is_none_for_equal_words_only_and_the_same_from_both_sides_of_zero(old: str, new: str) -> None:
    words = difference(old, new)
    assert (words.share == 0) == (old == new) == (not words.stretches)
    assert 0 <= words.share <= 100


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["p", "nav", "*", "[id]"]))
def test_no_content_raises(old: str, new: str, selector: str) -> None:
    for before, after in ((old, new), (f"<p>{old}", f"<nav>{new}")):
        sides = page(before.encode("utf-8", "replace")), page(after.encode("utf-8", "replace"), number=2)
        compare(*sides, rule(watch=selector))
        compare(*sides, rule(ignore=selector, phrase="a"))
