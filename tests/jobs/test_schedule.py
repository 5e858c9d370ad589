# SPDX-License-Identifier: Apache-2.0
"""When jobs run: on the wall clock of a zone, each wall-clock time once, whatever daylight saving does to it."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.jobs.schedule import Schedule, read_zone

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Lisbon",
    "Atlantic/Azores",  # forward at 00:00
    "America/New_York",
    "America/Santiago",  # forward at 24:00
    "America/Asuncion",
    "America/Havana",  # back at 01:00 to 00:00
    "America/Nuuk",  # forward at 23:00 to the next day
    "America/Scoresbysund",
    "America/St_Johns",
    "Africa/Cairo",  # forward at 00:00, back at 24:00
    "Africa/Casablanca",
    "Asia/Beirut",  # forward at 00:00
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",
)
FROM, DAYS = date(2026, 1, 1), 3653
EACH_ZONE = pytest.mark.parametrize("zone", ZONES)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def runs(cron: str, zone: str, after: str, count: int) -> list[str]:
    schedule, moment, found = Schedule(cron=cron, zone=zone), utc(after), []
    for _ in range(count):
        moment = schedule.next_after(moment)
        found.append(wall(moment, zone))
    return found


@EACH_ZONE
@pytest.mark.parametrize("time", ["30 2", "0 0", "15 0", "30 23"])
def test_every_wall_clock_day_of_ten_years_has_exactly_one_run_of_a_daily_job(zone: str, time: str) -> None:
    schedule, local = Schedule(cron=f"{time} * * *", zone=zone), ZoneInfo(zone)
    begin = datetime(FROM.year, 1, 1, tzinfo=local) - timedelta(microseconds=1)
    end = datetime(FROM.year + 10, 1, 1, tzinfo=local) - timedelta(microseconds=1)
    days = Counter(due.astimezone(local).date() for due in schedule.due_between(begin, end))
    assert days == {FROM + timedelta(days=at): 1 for at in range(DAYS - 1)}


def test_the_ten_years_end_where_the_test_says() -> None:
    assert FROM + timedelta(days=DAYS - 1) == date(2036, 1, 1)


def test_the_zones_do_jump_in_these_years() -> None:
    jumping = {
        zone
        for zone in ZONES
        if len({utc(f"2027-{m:02}-01").astimezone(ZoneInfo(zone)).utcoffset() for m in range(1, 13)}) > 1
    }
    assert len(jumping) >= 14


def test_a_time_in_a_gap_runs_right_after_the_gap() -> None:
    assert runs("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", 2) == ["2026-03-29 03:00", "2026-03-30 02:30"]


def test_several_times_of_one_gap_are_one_run() -> None:
    expected = ["2026-03-29 01:45", "2026-03-29 03:00", "2026-03-29 03:15"]
    assert runs("*/15 * * * *", "Europe/Berlin", "2026-03-29T00:30", 3) == expected


def test_a_time_that_comes_twice_runs_the_first_time() -> None:
    schedule = Schedule(cron="30 2 * * *", zone="Europe/Berlin")
    first = schedule.next_after(utc("2026-10-24T12:00"))
    assert first == utc("2026-10-25T00:30")
    assert schedule.next_after(first) == utc("2026-10-26T01:30")


def test_a_skipped_midnight_runs_at_the_first_moment_of_the_day() -> None:
    assert runs("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00", 2) == ["2026-04-24 01:00", "2026-04-25 00:00"]


def test_a_gap_that_ends_the_day_runs_in_the_last_minute_before_it() -> None:
    assert runs("30 23 * * *", "America/Nuuk", "2026-03-28T12:00", 2) == ["2026-03-28 22:59", "2026-03-29 23:30"]


def test_a_day_that_a_zone_left_out_has_no_run() -> None:
    expected = ["2011-12-29 02:30", "2011-12-31 02:30"]
    assert runs("30 2 * * *", "Pacific/Apia", "2011-12-29T00:00", 2) == expected


def test_a_line_for_29_february_finds_leap_years_across_2100() -> None:
    assert runs("0 0 29 2 *", "UTC", "2096-03-01T00:00", 1) == ["2104-02-29 00:00"]


def test_day_of_month_and_day_of_week_are_either_when_both_are_given() -> None:
    assert runs("0 0 13 * FRI", "UTC", "2026-11-09T00:00", 3) == [
        "2026-11-13 00:00",
        "2026-11-20 00:00",
        "2026-11-27 00:00",
    ]


def test_a_starred_day_of_month_must_fit_as_well() -> None:
    assert runs("0 0 */2 * MON", "UTC", "2026-11-01T00:00", 2) == ["2026-11-09 00:00", "2026-11-23 00:00"]


def test_weeks_begin_and_end_with_sunday() -> None:
    assert runs("0 0 * * 7", "UTC", "2026-11-20T00:00", 1) == runs("0 0 * * SUN", "UTC", "2026-11-20T00:00", 1)
    assert runs("0 0 * * FRI-SUN", "UTC", "2026-11-19T00:00", 4) == [
        "2026-11-20 00:00",
        "2026-11-21 00:00",
        "2026-11-22 00:00",
        "2026-11-27 00:00",
    ]


@pytest.mark.parametrize(
    ("macro", "line"),
    [("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@weekly", "0 0 * * 0"), ("@monthly", "0 0 1 * *")],
)
def test_a_macro_is_the_line_it_stands_for(macro: str, line: str) -> None:
    assert runs(macro, "Asia/Kolkata", "2026-11-20T00:00", 5) == runs(line, "Asia/Kolkata", "2026-11-20T00:00", 5)


def test_an_interval_counts_elapsed_time_from_its_start() -> None:
    schedule = Schedule(every=6 * 3600, start=utc("2026-12-01T05:00"))
    assert schedule.next_after(utc("2026-11-01T00:00")) == utc("2026-12-01T05:00")
    assert schedule.next_after(utc("2026-12-01T05:00")) == utc("2026-12-01T11:00")
    assert schedule.latest_until(utc("2026-12-01T10:59")) == utc("2026-12-01T05:00")
    assert schedule.latest_until(utc("2026-12-01T04:59")) is None


def test_an_interval_without_a_start_is_the_same_for_all_schedulers() -> None:
    schedule = Schedule(every=3600)
    found = {schedule.next_after(utc("2026-12-01T05:00") + timedelta(minutes=m)) for m in (0, 1, 59)}
    assert found == {utc("2026-12-01T06:00")}


def test_between_two_moments_the_later_is_included_and_the_earlier_is_not() -> None:
    schedule = Schedule(cron="0 * * * *")
    due = list(schedule.due_between(utc("2026-12-01T05:00"), utc("2026-12-01T07:00")))
    assert due == [utc("2026-12-01T06:00"), utc("2026-12-01T07:00")]


@pytest.mark.parametrize("name", ["Europe/Berln", "", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "x" * 300])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="time zone"):
        read_zone(name)


numbers = st.integers(0, 23).map(str)
lines = st.tuples(
    st.sampled_from(["0", "30", "*/15", "*", "7,37", "59"]),
    numbers | st.sampled_from(["*", "*/5", "0-3", "2", "1,2,3"]),
    st.sampled_from(["*", "1", "29", "*/2", "15-20"]),
    st.sampled_from(["*", "3", "10", "2", "MAR-APR"]),
    st.sampled_from(["*", "SUN", "1-5", "*/2"]),
).map(" ".join)
moments = st.integers(0, 50 * 366 * 86_400).map(lambda seconds: utc("1990-01-01") + timedelta(seconds=seconds))
schedules = st.builds(lambda line, zone: Schedule(cron=line, zone=zone), lines, st.sampled_from(ZONES)) | st.builds(
    lambda seconds, start: Schedule(every=float(seconds), start=start), st.integers(60, 10**7), st.none() | moments
)


@settings(max_examples=300, deadline=None)
@given(schedules, moments)
def test_the_next_run_is_later_and_nothing_lies_between(schedule: Schedule, moment: datetime) -> None:
    due = schedule.next_after(moment)
    assert due > moment
    assert due.tzinfo is UTC
    assert schedule.next_after(due) > due
    assert schedule.next_after(due - timedelta(microseconds=1)) == due
    assert schedule.latest_until(due) == due
    before = schedule.latest_until(due - timedelta(microseconds=1))
    assert before is None or before <= moment


@settings(max_examples=60, deadline=None)
@given(schedules, moments)
def test_runs_one_by_one_are_the_runs_between(schedule: Schedule, moment: datetime) -> None:
    one_by_one = [schedule.next_after(moment)]
    for _ in range(4):
        one_by_one.append(schedule.next_after(one_by_one[-1]))
    assert list(schedule.due_between(moment, one_by_one[-1])) == one_by_one


def test_a_line_for_every_hour_has_no_run_in_the_hour_that_comes_again() -> None:
    schedule = Schedule(cron="@hourly", zone="Europe/Berlin")
    due = schedule.due_between(utc("2026-10-24T23:30"), utc("2026-10-25T02:30"))
    assert list(due) == [utc("2026-10-25T00:00"), utc("2026-10-25T02:00")]
