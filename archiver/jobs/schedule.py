# SPDX-License-Identifier: Apache-2.0
"""When a job runs: a cron line on the wall clock of a zone, or an interval. Every moment is UTC; no clock is read here.

Daylight saving. The wall clock decides. Each wall-clock time that a cron line names runs exactly once:

- a time that occurs twice runs the first time; so a line for every hour has no run in the hour that comes again;
- a time in a gap runs right after the gap; where that is the next day already, in the last minute before it, so that a
  run stays on its day; several times of one gap are one run;
- a zone whose midnight is skipped (Cairo, Beirut, Santiago) still runs each day once; a day that a zone left out as a
  whole (Apia, 2011-12-30) has no run.

An interval counts elapsed time from `start`, or from 1970-01-01T00:00Z, so all schedulers agree on its moments.

A due run is named by (job, moment); whoever creates that row first runs it. `latest_until(now)` is the one moment that
matters after a pause: runs missed before it are not made up. What follows from `misfire` and from a crawl that still
runs is the scheduler's to do. The zone's rules are those of the machine's tz database, else of the `tzdata` package.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from archiver.errors import BadInput
from archiver.jobs.cron import Cron, read_cron

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_HORIZON = 366 * 60
"""Days looked at: 29 February on one weekday is at most 40 years away, across 2100."""


def read_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises `BadInput`."""
    try:
        return ZoneInfo(name)
    # Names with NUL, `..` or of a folder give ValueError and OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise BadInput(f"{name[:60]!r} is not a time zone", "write a name such as Europe/Berlin, or UTC") from fault


def read_start(text: str, zone: str) -> datetime:
    """A moment as written (ISO 8601), in `zone` when it names no offset. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    if not 1970 <= moment.year < 2200:
        raise ValueError("no year that a job begins in")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=read_zone(zone))


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs. One of `cron` and `every` is given."""

    cron: str | None = None
    """A line that `read_cron` reads."""
    zone: str = "UTC"
    """IANA time zone whose wall clock the line means."""
    every: float | None = None
    """Seconds between runs, at least 60."""
    start: datetime | None = None
    """The first run of an interval."""
    misfire: Literal["once", "skip"] = "once"
    """When runs were missed: one is made up, or none."""
    overlap: Literal["refuse"] = "refuse"
    """While the last crawl still runs, a due run is refused, and recorded so."""

    def next_after(self, moment: datetime) -> datetime:
        """The first moment after `moment`. Moments given have a zone, those returned are UTC."""
        return next(self._from(moment))

    def due_between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments after `after`, up to and including `until`, in order."""
        for due in self._from(after):
            if due > until:
                return
            yield due

    def latest_until(self, moment: datetime) -> datetime | None:
        """The last moment that is not after `moment`; None before the first run of an interval."""
        if self.every is not None:
            first, step = self.start or _EPOCH, timedelta(seconds=self.every)
            return first + (moment - first) // step * step if moment >= first else None
        wall = _wall(self.cron or "", self.zone)
        day = moment.astimezone(wall.zone).date() + _DAY
        for _ in range(_HORIZON):
            before = wall.until(day, moment)
            if before is not None:
                return before
            day -= _DAY
        raise AssertionError("a cron line that fires was searched in vain")

    def _from(self, moment: datetime) -> Iterator[datetime]:
        if self.every is not None:
            step = timedelta(seconds=self.every)
            due = self.start or _EPOCH
            if due <= moment:
                due += ((moment - due) // step + 1) * step
            while True:
                yield due
                due += step
        wall = _wall(self.cron or "", self.zone)
        # A day before: what a gap swallowed at its end may run on the far side of the moment.
        day = moment.astimezone(wall.zone).date() - _DAY
        last, idle = moment.astimezone(UTC), 0
        while idle < _HORIZON:
            idle += 1
            for due in wall.after(day, last):
                if due > last:
                    yield due
                    last, idle = due, 0
            day += _DAY
        raise AssertionError("a cron line that fires was searched in vain")


@lru_cache(maxsize=1024)
def _wall(line: str, zone: str) -> "_Wall":
    return _Wall(read_cron(line), read_zone(zone))


@dataclass(frozen=True, slots=True)
class _Wall:
    """The moments of a cron line on the days of a zone."""

    cron: Cron
    zone: ZoneInfo
    times: tuple[timedelta, ...] = field(init=False)

    def __post_init__(self) -> None:
        times = tuple(timedelta(hours=hour, minutes=minute) for hour in self.cron.hours for minute in self.cron.minutes)
        object.__setattr__(self, "times", times)

    def after(self, day: date, moment: datetime) -> Iterator[datetime]:
        """The moments of a day that come after `moment`; one may come twice in a row."""
        midnight = self._midnight(day)
        if midnight is None or self._instant(midnight + self.times[-1]) <= moment:
            return
        at = bisect_right(self.times, moment, key=lambda time: self._instant(midnight + time))
        for time in self.times[at:]:
            yield self._instant(midnight + time)

    def until(self, day: date, moment: datetime) -> datetime | None:
        """The last moment of a day that is not after `moment`."""
        midnight = self._midnight(day)
        if midnight is None:
            return None
        at = bisect_right(self.times, moment, key=lambda time: self._instant(midnight + time))
        return self._instant(midnight + self.times[at - 1]) if at else None

    def _midnight(self, day: date) -> datetime | None:
        """The naive midnight of a day on which the line is due; None on other days, and on days left out."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the wall clock
        if not self.cron.on(day):
            return None
        exists = self._instant(midnight).astimezone(self.zone).date() == day
        return midnight if exists else None

    def _instant(self, wall: datetime) -> datetime:
        """When the wall clock shows `wall`; does not fall when `wall` rises."""
        local = wall.replace(tzinfo=self.zone)
        instant = local.astimezone(UTC)
        if instant.astimezone(self.zone).replace(tzinfo=None) == wall:
            return instant
        end = self._gap_end(instant, wall)
        if end.astimezone(self.zone).date() == wall.date():
            return end
        before = (end - _MINUTE).astimezone(self.zone).replace(second=0, microsecond=0)
        return before.astimezone(UTC) if before.date() == wall.date() else end

    def _gap_end(self, instant: datetime, wall: datetime) -> datetime:
        """The moment the clock went forward over `wall` (PEP 495: in a gap, fold 1 has the offset from then on)."""
        low, high = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC), instant
        later = high.astimezone(self.zone).utcoffset()
        while high - low > _SECOND:
            middle = low + (high - low) // 2
            middle = middle.replace(microsecond=0)
            if middle.astimezone(self.zone).utcoffset() == later:
                high = middle
            else:
                low = middle
        return high
