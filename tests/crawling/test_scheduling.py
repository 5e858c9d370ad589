# SPDX-License-Identifier: Apache-2.0
"""What is due and who begins it: through the rows of state, on a clock passed in, with two schedulers on one state."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from archiver.archive import Archive
from archiver.crawling.health import health
from archiver.crawling.scheduling import Scheduled, Scheduler, Work, due, instant, next_due
from archiver.jobs.effective import Job
from archiver.jobs.reading import read_job
from archiver.services.ingest import World
from archiver.state.crawls import Window
from infra.prove_schedule import ZONES

YEARS = range(2026, 2036)
DAY = timedelta(days=1)


def job(schedule: str = '{cron: "0 3 * * *"}', name: str = "daily", more: str = "") -> Job:
    text = f"name: {name}\nseeds: [https://example.org/]\nschedule: {schedule}\n{more}"
    return read_job(text, where="job.yaml", seed_files=lambda _: "")


def scheduled(one: Job) -> Scheduled:
    return Scheduled(f"/seeds/{one.name}.yaml", one, f"name: {one.name}\nseeds: [https://example.org/]\n")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[tuple[World, World]]:
    """One state, opened by two."""
    with Archive.init(tmp_path / "archive") as one, Archive.open(tmp_path / "archive") as other:
        yield one.world(), other.world()


def look(world: World, one: Job, now: datetime, *, working: bool = True) -> Work | None:
    at = replace(world, now=lambda: now)
    return Scheduler(at, now, lambda _: working).look(scheduled(one))


def end(world: World, work: Work, now: datetime) -> None:
    totals = json.dumps({"captures": 3, "failed": 0, "hosts": 1})
    world.state.crawls.end(world.state.crawls.get(work.crawl_id), "finished", instant(now), totals)


def dues(world: World, name: str = "daily") -> list[str]:
    """The times for which crawls were begun, the first one first."""
    return [str(one.due)[:16] for one in reversed(world.state.crawls.all(name))]


# --- the must-show: ten years, twenty zones, each wall-clock day one run ---


def stretches(zone: ZoneInfo) -> Iterator[tuple[date, int]]:
    """First day and number of days that are gone through, around changes of the clock; `make prove-schedule` does them all."""
    for year in YEARS[::7]:
        days = [date(year, 1, 5) + DAY * n for n in range(355)]
        offsets = [datetime(d.year, d.month, d.day, 12, tzinfo=zone).utcoffset() for d in days]
        changed = [one for one, a, b in zip(days[1:], offsets, offsets[1:], strict=False) if a != b]
        for one in changed or days[55:56]:
            yield one - DAY, 3


@pytest.mark.parametrize(("zone", "cron"), list(zip(ZONES, cycle(["30 2 * * *", "0 0 * * *"]), strict=False)))
def test_a_daily_job_is_due_once_on_every_wall_clock_day_of_ten_years(zone: str, cron: str) -> None:
    one, local, chance = job(f'{{cron: "{cron}", zone: {zone}}}'), ZoneInfo(zone), random.Random(zone)
    seen: Counter[date] = Counter()
    now = considered = datetime(YEARS[0], 1, 1, 12, tzinfo=UTC)
    first = now.astimezone(local).date() + DAY
    while now.year < YEARS[-1] + 1:
        now += timedelta(hours=chance.choice((1, 9, 17)), minutes=chance.randrange(60))
        found = due(one, considered, now)
        if found is not None:
            seen[found.moment.astimezone(local).date()] += 1
            considered = now
    last = now.astimezone(local).date() - DAY
    wanted = {first + DAY * n for n in range((last - first).days + 1)}
    assert wanted <= set(seen)
    assert set(seen.values()) == {1}


@pytest.mark.parametrize("zone", ZONES)
def test_two_schedulers_begin_one_crawl_on_each_wall_clock_day(worlds: tuple[World, World], zone: str) -> None:
    chance, local = random.Random(zone), ZoneInfo(zone)
    for number, (first, days) in enumerate(stretches(local)):
        one = job(f'{{cron: "30 2 * * *", zone: {zone}}}', f"daily-{number}")
        now = datetime(first.year, first.month, first.day, tzinfo=local).astimezone(UTC) - timedelta(hours=12)
        ran: Counter[date] = Counter()
        until = now + DAY * (days + 1)
        while now < until:
            for world in chance.sample(worlds, 2):
                work = look(world, one, now)
                if work is not None:
                    moment = datetime.fromisoformat(str(world.state.crawls.get(work.crawl_id).due))
                    ran[moment.astimezone(local).date()] += 1
                    end(world, work, now)
                now += timedelta(minutes=chance.choice((1, 59, 200, 400)))
        wanted = [first + DAY * n for n in range(days)]
        assert {day: ran[day] for day in wanted} == dict.fromkeys(wanted, 1)


# --- who begins it ---


def test_of_two_schedulers_that_saw_the_same_only_the_first_begins_a_crawl(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T03:00:10")
    look(worlds[0], one, now - DAY)
    met = worlds[1].state.crawls.met("daily")
    assert met is not None
    assert look(worlds[0], one, now) is not None
    late = Window("f", met.considered_at, instant(now), "{}")
    with worlds[1].state.writing() as connection:
        crawls = worlds[1].state.crawls
        assert crawls.begin(connection, "0" * 26, "daily", "", instant(now), due="other", window=late) is None
        same = crawls.begin(connection, "1" * 26, "daily", "", instant(now), due="2026-05-02T03:00:00.000000Z")
        assert same is None
    assert dues(worlds[0]) == ["2026-05-02T03:00"]


def test_a_job_never_seen_before_does_not_make_up_the_past(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T03:00:00")
    assert look(worlds[0], one, now) is None
    assert look(worlds[0], one, now + timedelta(hours=23, minutes=59)) is None
    assert look(worlds[0], one, now + DAY) is not None
    assert dues(worlds[0]) == ["2026-05-03T03:00"]


def test_a_changed_schedule_does_not_make_up_the_past(worlds: tuple[World, World]) -> None:
    now = utc("2026-05-02T03:30:00")
    look(worlds[0], job(), now)
    hourly = job("{every: 1h}")
    assert look(worlds[0], hourly, now + timedelta(hours=5)) is None
    assert look(worlds[0], hourly, now + timedelta(hours=5, minutes=31)) is not None
    assert dues(worlds[0]) == ["2026-05-02T09:00"]


def test_missed_times_are_made_up_by_one_crawl_named_by_the_last(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    work = look(worlds[0], one, now + 90 * DAY)
    assert work is not None
    end(worlds[0], work, now + 90 * DAY)
    assert look(worlds[0], one, now + 90 * DAY + timedelta(minutes=1)) is None
    assert dues(worlds[0]) == ["2026-07-31T03:00"]


def test_a_job_that_skips_what_it_missed_waits_for_its_next_time(worlds: tuple[World, World]) -> None:
    one, now = job('{cron: "0 3 * * *", misfire: skip}'), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    assert look(worlds[0], one, now + 9 * DAY) is None
    met = worlds[0].state.crawls.met("daily")
    assert met is not None
    assert json.loads(met.seen)["next_due"][:16] == "2026-05-12T03:00"
    assert look(worlds[0], one, utc("2026-05-12T03:10:00")) is not None
    assert dues(worlds[0]) == ["2026-05-12T03:00"]


def test_a_clock_that_jumps_a_year_ahead_and_back_costs_one_crawl_and_no_later_one(
    worlds: tuple[World, World],
) -> None:
    one, now = job(), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    ahead = look(worlds[0], one, now + 365 * DAY)
    assert ahead is not None
    end(worlds[0], ahead, now)
    assert look(worlds[0], one, now + timedelta(hours=1)) is None
    assert look(worlds[0], one, utc("2026-05-03T03:00:00")) is not None
    assert dues(worlds[0]) == ["2027-05-02T03:00", "2026-05-03T03:00"]


def test_a_clock_set_back_by_an_hour_begins_nothing_twice(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    work = look(worlds[0], one, utc("2026-05-03T03:00:30"))
    assert work is not None
    end(worlds[0], work, now)
    assert [look(worlds[0], one, utc(f"2026-05-03T0{at}")) for at in ("2:00:30", "3:00:00", "3:01:00")] == [None] * 3


# --- while a crawl has not ended ---


def test_a_due_run_is_refused_on_the_record_of_the_crawl_that_still_runs(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    work = look(worlds[0], one, now + DAY)
    assert work is not None
    assert look(worlds[1], one, now + 2 * DAY) is None
    crawl = worlds[0].state.crawls.get(work.crawl_id)
    kinds = [(kind, detail[:28]) for _, kind, detail in worlds[0].state.crawls.events(crawl)]
    assert kinds == [("due-refused", "the run due 2026-05-04T03:00")]
    assert look(worlds[1], one, now + 2 * DAY) is None
    assert len(worlds[0].state.crawls.events(crawl)) == 1


def test_a_crawl_that_nobody_works_on_is_gone_on_with_before_what_is_due(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    begun = look(worlds[0], one, now + DAY)
    assert begun is not None
    assert look(worlds[1], one, now + 2 * DAY, working=False) == Work("daily", begun.crawl_id, resumed=True)
    end(worlds[1], begun, now)
    assert look(worlds[1], one, now + 2 * DAY, working=False) is not None
    assert dues(worlds[0]) == ["2026-05-03T03:00", "2026-05-04T03:00"]


def test_a_crawl_that_a_person_paused_is_left_alone_and_a_stopped_one_is_ended(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    begun = look(worlds[0], one, now + DAY)
    assert begun is not None
    crawl = worlds[0].state.crawls.get(begun.crawl_id)
    worlds[0].state.crawls.wish(crawl, "pause", instant(now))
    assert look(worlds[0], one, now + DAY, working=False) is None
    worlds[0].state.crawls.wish(crawl, "stop", instant(now))
    assert look(worlds[0], one, now + DAY, working=False) == Work("daily", begun.crawl_id, stop=True)


def test_a_crawl_waits_for_room_on_the_disk(worlds: tuple[World, World]) -> None:
    one, now = job(), utc("2026-05-02T12:00:00")
    look(worlds[0], one, now)
    look(worlds[0], one, now + DAY)
    full = Scheduler(worlds[0], now + DAY, lambda _: False, lambda: False)
    assert full.look(scheduled(one)) is None


# --- seeds with schedules of their own ---

OWN = """
seeds:
  - https://example.org/daily
  - {url: https://example.org/hourly, schedule: {cron: "15 * * * *"}}
  - {url: https://example.org/nightly, schedule: {cron: "0 3 * * *"}}
seeds_from: [{sitemap: https://example.org/sitemap.xml}]
schedule: {cron: "0 6 * * *"}
"""


def several() -> Job:
    return read_job(f"name: several{OWN}", where="job.yaml", seed_files=lambda _: "")


def test_seeds_that_are_due_together_are_one_crawl() -> None:
    def names(after: str, now: str) -> tuple[list[str], bool, str] | None:
        found = due(several(), utc(after), utc(now))
        if found is None:
            return None
        return [one.url[20:] for one in found.seeds], found.sources, instant(found.moment)[11:16]

    assert names("2026-05-02T04:15:00", "2026-05-02T05:10:00") is None
    assert names("2026-05-02T04:15:00", "2026-05-02T05:20:00") == (["hourly"], False, "05:15")
    assert names("2026-05-02T05:15:00", "2026-05-02T06:00:00") == (["daily"], True, "06:00")
    assert names("2026-05-02T02:15:00", "2026-05-02T07:00:00") == (["daily", "hourly", "nightly"], True, "06:15")


def test_only_the_seeds_that_are_due_are_in_the_crawl(worlds: tuple[World, World]) -> None:
    look(worlds[0], several(), utc("2026-05-02T05:10:00"))
    work = look(worlds[0], several(), utc("2026-05-02T05:20:00"))
    assert work is not None
    crawl = worlds[0].state.crawls.get(work.crawl_id)
    assert [one.url for one in worlds[0].state.crawls.seeds(crawl.row)] == ["https://example.org/hourly"]


def test_the_next_time_of_a_job_is_the_earliest_of_its_seeds() -> None:
    assert next_due(several(), utc("2026-05-02T05:30:00")) == utc("2026-05-02T06:00:00")
    unscheduled = read_job("name: x\nseeds: [https://example.org/]\n", where="x", seed_files=lambda _: "")
    assert next_due(unscheduled, utc("2026-05-02T05:30:00")) is None


# --- health ---


def test_health_counts_failures_in_a_row_and_names_what_is_wrong(worlds: tuple[World, World]) -> None:
    world, now = worlds[0], utc("2026-05-02T12:00:00")
    one = job()
    look(world, one, now)

    def told(at: datetime, *, working: bool = False) -> tuple[str, int]:
        (found,) = health(replace(world, now=lambda: at), lambda _: working)
        return found.verdict, found.failures

    assert told(now) == ("ok", 0)
    assert told(now + DAY) == ("overdue", 0)
    for day in (1, 2, 3):
        work = look(world, one, now + day * DAY)
        assert work is not None
        assert told(now + day * DAY) == ("unfinished", max(0, day - 2))
        assert told(now + day * DAY, working=True)[0] == ("ok" if day < 3 else "failing")
        totals = json.dumps({"captures": 3, "failed": 2 if day > 1 else 0, "hosts": 1})
        crawl = world.state.crawls.get(work.crawl_id)
        world.state.crawls.end(crawl, "finished", instant(now), totals)
    assert told(now + 3 * DAY) == ("failing", 2)
    Scheduler(world, now, lambda _: False).cannot_read("daily", "/seeds/daily.yaml", "job.yaml:1:1: wrong")
    assert told(now + 3 * DAY) == ("mistakes in file", 2)
    look(world, one, now + 3 * DAY)
    assert told(now + 3 * DAY) == ("failing", 2)
