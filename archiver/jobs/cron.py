# SPDX-License-Identifier: Apache-2.0
"""The five fields of a cron line: minute, hour, day of month, month, day of week (POSIX `crontab`).

Lists, ranges, steps and the names JAN-DEC and SUN-SAT are read; 7 is Sunday too; of macros @hourly, @daily, @weekly and
@monthly. A day is due when day of month and day of week both fit; when both are restricted (neither begins with `*`),
when one of them does, as POSIX has it. `BadInput` of a bad line has the field `position`, an offset into the line. A line
that can never fire is refused.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from archiver.errors import BadInput

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEK = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MACROS = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}
_OTHER_MACROS = {
    "@midnight": "write @daily",
    "@yearly": "write 0 0 1 1 *",
    "@annually": "write 0 0 1 1 *",
    "@reboot": "a job runs by the clock; write when, such as @daily",
}
_PART = re.compile(r"(?:(\*)|([0-9]{1,4}|[A-Za-z]{3})(?:-([0-9]{1,4}|[A-Za-z]{3}))?)(?:/([0-9]{1,4}))?")


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _WEEK),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """When a line is due, on the wall clock."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """Sunday is 0."""
    either: bool
    """Whether one fitting of day of month and day of week is enough."""

    def on(self, day: date) -> bool:
        """Whether it is due on a day at all."""
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month or of_week if self.either else of_month and of_week


def read_cron(line: str) -> Cron:
    """Reads a cron line. Raises `BadInput` with the field `position`."""
    text = line.strip()
    start = len(line) - len(line.lstrip())
    if text.startswith("@"):
        if text.lower() in _MACROS:
            return read_cron(_MACROS[text.lower()])
        advice = _OTHER_MACROS.get(text.lower(), f"write five fields, or one of {', '.join(_MACROS)}")
        _refuse(f"{text[:30]!r} is not read", advice, start)
    words = [(found.start(), found[0]) for found in re.finditer(r"\S+", line)]
    if len(words) != 5:
        what = "a cron line has five fields, minute hour day-of-month month day-of-week"
        advice = "leave out the seconds or the year" if len(words) in (6, 7) else "write * for every field that is free"
        _refuse(f"{what}, not {len(words)}", advice, words[5][0] if len(words) > 5 else start)
    minutes, hours, days, months, weekdays = (
        _values(word, at, kind) for (at, word), kind in zip(words, _FIELDS, strict=True)
    )
    either = not words[2][1].startswith("*") and not words[4][1].startswith("*")
    if not either and not any(day <= _LONGEST[month - 1] for day in days for month in months):
        _refuse("it never fires: no such month has that day", "write a day that the months have", words[2][0])
    return Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        frozenset(days),
        frozenset(months),
        frozenset(day % 7 for day in weekdays),
        either,
    )


def _values(word: str, at: int, kind: _Field) -> set[int]:
    values: set[int] = set()
    for part in word.split(","):
        values |= _part(part, at, kind)
        at += len(part) + 1
    return values


def _part(part: str, at: int, kind: _Field) -> set[int]:
    found = _PART.fullmatch(part)
    if found is None:
        special = next((one for one in part.upper() if one in "LW#?"), None)
        if special and not re.search(r"[A-Za-z]{3}", part):
            at += part.upper().index(special)
            _refuse(f"{special} in the {kind.name} is an extension that is not read", "write plain days, or *", at)
        span = f"{kind.low}-{kind.high}"
        _refuse(f"there is no {kind.name} {part[:30]!r}", f"write *, a number of {span}, a range or a list of them", at)
    star, first, last, step = found.groups()
    jump = int(step) if step else 1
    if star:
        low, high = kind.low, min(kind.high, 6) if kind.words is _WEEK else kind.high
    else:
        low = _one(first, at, kind)
        high = _one(last, at + found.start(3), kind) if last else low
        if last and kind.words is _WEEK and high == 0 and low > 0:
            high = 7  # FRI-SUN
        if high < low:
            _refuse(f"the range {first}-{last} runs backwards", f"write {low}-{kind.high},{kind.low}-{high}", at)
        if step and not last:
            _refuse(f"{part!r} has a step but no range", f"write {first}-{kind.high}/{step}", at)
    if not 1 <= jump <= kind.high - kind.low + (kind.low == 1):
        advice = (
            f"write a step of 1 to {kind.high - kind.low + (kind.low == 1)}, and longer ones in the field to the right"
        )
        _refuse(f"the step {jump} does not fit the {kind.name}", advice, at + found.start(4))
    return set(range(low, high + 1, jump))


def _one(text: str, at: int, kind: _Field) -> int:
    if text.isdigit():
        if kind.low <= int(text) <= kind.high:
            return int(text)
        _refuse(f"there is no {kind.name} {text}", f"write a number from {kind.low} to {kind.high}", at)
    if text.upper() not in kind.words:
        names = f", or one of {' '.join(kind.words)}" if kind.words else ""
        _refuse(f"there is no {kind.name} {text!r}", f"write a number from {kind.low} to {kind.high}{names}", at)
    return kind.words.index(text.upper()) + (kind.low if kind.words is _MONTHS else 0)


def _refuse(what: str, advice: str, position: int) -> NoReturn:
    raise BadInput(what, advice, position=position)
