# SPDX-License-Identifier: Apache-2.0
"""A host is asked as often as it bears, and never more often than the operator or robots.txt says."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.exchange import REASONS
from archiver.politeness import MAX_RETRY_AFTER, Pace, PaceRule, backoff, retry_after, worth_a_retry
from manifests.capture import Outcome

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class Host:
    """A host on a clock of its own: each `ask` waits as long as the pace says, and is answered after `latency`."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.now = 1000.0

    def ask(self, *, latency: float = 0.1, code: int | None = 200, **more: Any) -> float:
        """The seconds that were waited."""
        start = self.pace.next_at(self.now)
        waited, self.now = start - self.now, start
        self.pace.started(self.now)
        self.now += latency
        self.pace.finished(self.now, latency=latency, code=code, **more)
        return waited


def test_without_a_delay_nothing_is_waited_for() -> None:
    host = Host(Pace(PaceRule(delay=0.0)))
    assert [host.ask() for _ in range(5)] == [0.0] * 5


def test_a_delay_is_the_rest_between_an_end_and_the_next_start() -> None:
    host = Host(Pace(PaceRule(delay=2.0)))
    assert [host.ask(latency=0.5) for _ in range(4)] == pytest.approx([0.0, 2.0, 2.0, 2.0])


def test_requests_at_a_time_are_bounded_and_starts_keep_the_delay() -> None:
    pace = Pace(PaceRule(delay=1.0, concurrency=2))
    pace.started(10.0)
    assert pace.next_at(10.0) == 11.0
    pace.started(11.0)
    assert pace.next_at(20.0) == math.inf
    pace.finished(20.0, latency=10.0, code=200)
    assert pace.next_at(20.0) == 21.0
    assert pace.running == 1


@pytest.mark.parametrize(
    ("delay", "asked_for", "rest"),
    [(1.0, 5.0, 5.0), (5.0, 1.0, 5.0), (1.0, 1e9, 60.0), (120.0, 1e9, 120.0), (0.0, None, 0.0), (3.0, 0.0, 3.0)],
)
def test_the_longer_of_job_and_robots_txt_holds_and_only_robots_txt_is_capped(
    delay: float, asked_for: float | None, rest: float
) -> None:
    assert Pace(PaceRule(delay=delay), asked_for).rest == rest
    late = Pace(PaceRule(delay=delay))
    late.heed(asked_for)
    assert late.rest == rest


def test_auto_rests_half_the_time_the_host_takes_within_its_limits() -> None:
    host = Host(Pace(PaceRule()))
    waits = [host.ask(latency=0.8) for _ in range(4)]
    assert waits == pytest.approx([0.0, 0.4, 0.4, 0.4])
    assert Host(Pace(PaceRule(min_delay=0.3))).pace.rest == 0.3
    slow = Host(Pace(PaceRule(max_delay=7.0)))
    slow.ask(latency=100.0)
    assert slow.pace.rest == 7.0


@pytest.mark.parametrize(("code", "failed"), [(429, False), (503, False), (None, True)])
def test_each_sign_of_trouble_doubles_the_rest_up_to_the_limit(code: int | None, failed: bool) -> None:
    host = Host(Pace(PaceRule(delay=0.0, max_delay=10.0, concurrency=4)))
    waits = [host.ask(code=code, failed=failed) for _ in range(7)]
    assert waits == pytest.approx([0.0, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0])


def test_recovery_takes_equal_steps_and_ends_at_the_rule() -> None:
    host = Host(Pace(PaceRule(delay=0.5, max_delay=40.5)))
    for _ in range(9):
        host.ask(code=503)
    assert host.pace.rest == 40.5
    rests = []
    for _ in range(25):
        host.ask()
        rests.append(host.pace.rest)
    assert rests[:3] == pytest.approx([38.5, 36.5, 34.5])
    assert rests[-1] == pytest.approx(0.5)
    assert not host.pace.slowed


def test_a_burst_of_refusals_is_one_sign() -> None:
    pace = Pace(PaceRule(delay=0.0, concurrency=6))
    for _ in range(6):
        pace.started(10.0)
    for n in range(6):
        pace.finished(11.0 + n / 10, latency=1.0 + n / 10, code=429)
    assert pace.rest == 1.0


def test_a_struggling_host_is_asked_for_one_thing_at_a_time() -> None:
    pace = Pace(PaceRule(delay=0.0, concurrency=4))
    pace.started(0.0)
    pace.finished(1.0, latency=1.0, code=503)
    pace.started(10.0)
    assert pace.next_at(100.0) == math.inf


def test_other_errors_are_no_sign_of_trouble() -> None:
    host = Host(Pace(PaceRule(delay=0.0)))
    assert [host.ask(code=code) for code in (404, 500, 403, None, 200)] == [0.0] * 5


def test_answers_that_come_ever_later_slow_the_pace_to_twice_their_time_at_most() -> None:
    host = Host(Pace(PaceRule(delay=0.0)))
    for _ in range(30):
        host.ask(latency=0.2)
    assert host.pace.rest == 0.0
    for _ in range(10):
        host.ask(latency=4.0)
    assert 2.0 < host.pace.rest <= 8.0


def test_late_answers_are_no_trouble_where_they_always_came_late_or_are_still_quick() -> None:
    late = Host(Pace(PaceRule(delay=0.0)))
    quick = Host(Pace(PaceRule(delay=0.0)))
    for n in range(50):
        late.ask(latency=6.0)
        quick.ask(latency=0.001 if n < 25 else 0.9)
    assert not late.pace.slowed
    assert not quick.pace.slowed


def test_retry_after_is_heeded_with_refusals_only_and_within_an_hour() -> None:
    host = Host(Pace(PaceRule(delay=0.0)))
    host.ask(code=200, retry_after=500.0)
    assert host.ask(code=503, retry_after=90.0) == 0.0
    assert host.ask(code=429, retry_after=1e9) == pytest.approx(90.0)
    assert host.ask() == pytest.approx(MAX_RETRY_AFTER)
    never_slowed = Host(Pace(PaceRule(delay=0.0, max_delay=0.0)))
    never_slowed.ask(code=503, retry_after=90.0)
    assert never_slowed.ask() == pytest.approx(90.0)


def test_an_earlier_run_leaves_when_the_host_may_be_asked_again() -> None:
    assert Pace(PaceRule(delay=0.0), earliest=50.0).next_at(20.0) == 50.0


_ANSWERS = st.lists(
    st.tuples(
        st.floats(0.0, 100.0),
        st.sampled_from([200, 404, 429, 500, 503, None]),
        st.booleans(),
        st.none() | st.floats(0.0, 1e12),
        st.floats(0.0, 10.0),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(
    st.builds(PaceRule, st.just("auto") | st.floats(0.0, 100.0), st.floats(0.0, 5.0), st.floats(5.0, 90.0)),
    st.none() | st.floats(0.0, 1e9),
    _ANSWERS,
)
def test_no_answer_makes_the_pace_faster_than_asked_for_or_slower_than_its_limits(
    rule: PaceRule, asked_for: float | None, answers: list[tuple[float, int | None, bool, float | None, float]]
) -> None:
    pace = Pace(rule, asked_for)
    least = max(0.0 if rule.delay == "auto" else rule.delay, min(asked_for or 0.0, rule.max_delay))
    now = 0.0
    for latency, code, failed, wait, idle in answers:
        start = pace.next_at(now)
        pace.started(start)
        now = start + latency
        pace.finished(now, latency=latency, code=code, failed=failed, retry_after=wait)
        following = pace.next_at(now) - now
        assert least - 1e-6 <= following <= max(least, rule.max_delay, MAX_RETRY_AFTER) + 1e-6
        assert pace.running == 0
        now += idle


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("1.5", 1.5),
        ("3601", MAX_RETRY_AFTER),
        ("9" * 5000, MAX_RETRY_AFTER),
        ("-5", None),
        ("+5", None),
        ("", None),
        ("soon", None),
        ("٣", None),
        ("1e3", None),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0),
        ("Sunday, 01-Mar-26 12:02:00 GMT", 120.0),
        ("Sun Mar  1 12:02:00 2026", 120.0),
        ("Sun, 01 Mar 2026 13:02:00 +0100", 120.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 -1200", MAX_RETRY_AFTER),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +2300", 0.0),
        ("Sun, 01 Mar 2026 25:61:61 GMT", None),
        ("Sun, 01 Mar 2026 12:02:00 +99999999999999999999", None),
        ("\x00", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_retry_after_does_not_depend_on_the_zone_of_the_clock() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    assert retry_after("Sun, 01 Mar 2026 12:02:00 GMT", elsewhere) == 120.0


@settings(deadline=None)
@given(
    st.text(max_size=80)
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,12} [+-][0-9]{4}")
)
def test_no_retry_after_raises(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0.0 <= seconds <= MAX_RETRY_AFTER


def test_backing_off_doubles_within_its_limit_and_spreads_by_chance() -> None:
    assert [backoff(n, 0.5) for n in (1, 2, 3, 4)] == [5.0, 10.0, 20.0, 40.0]
    assert (backoff(1, 0.0), backoff(1, 0.999)) == pytest.approx((2.5, 7.495))
    assert backoff(10_000, 0.5) == 900.0
    assert backoff(3, 0.5, first=1.0, most=3.0) == 3.0


@pytest.mark.parametrize(
    ("outcome", "reason", "code", "worth"),
    [
        (Outcome.FAILED, "connect-timeout", None, True),
        (Outcome.FAILED, "dns-failed", None, True),
        (Outcome.FAILED, "no-response", None, True),
        (Outcome.FAILED, "not-http", None, False),
        (Outcome.FAILED, "header-too-large", None, False),
        (Outcome.REFUSED, "address-refused", None, False),
        (Outcome.SKIPPED, "out-of-scope", None, False),
        (Outcome.CAPTURED_COMPLETE, None, 200, False),
        (Outcome.CAPTURED_COMPLETE, None, 404, False),
        (Outcome.CAPTURED_COMPLETE, None, 503, True),
        (Outcome.CAPTURED_COMPLETE, "framing-fault", 429, True),
        (Outcome.CAPTURED_TRUNCATED, "body-short", 200, True),
        (Outcome.CAPTURED_TRUNCATED, "length-limit", 200, False),
        (Outcome.CAPTURED_TRUNCATED, "total-timeout", 200, False),
        (Outcome.CAPTURED_TRUNCATED, "length-limit", 502, True),
    ],
)
def test_what_the_network_or_the_moment_spoiled_is_tried_again(
    outcome: Outcome, reason: str | None, code: int | None, worth: bool
) -> None:
    assert reason is None or reason in REASONS
    assert worth_a_retry(outcome, reason, code) is worth
