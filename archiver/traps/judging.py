# SPDX-License-Identifier: Apache-2.0
"""Judges whether a URL looks like part of an endless space, and names the sign.

Guarantees: work linear in the URL, memory bounded (`growth`), no clock; a URL accepted once is accepted again, as long
as it is remembered. Left to others: whether the URL is in scope, and how many URLs a host gets, which is what stops a
site that links to random names.

Honest URLs that a plainer rule would refuse: digits and single letters may recur (`/title/1/part/1/section/1`, map
tiles), a segment may stand three times, and a pair of segments twice.
"""

from collections import Counter
from datetime import date

from archiver.traps.calendar import YEARS, unlikely_date
from archiver.traps.growth import Growth
from archiver.traps.limits import TrapLimits
from archiver.urls import HttpUrl

_SHOWN = 80
_LONGEST_ROW = 10


class Traps:
    """The traps of one crawl; one value a worker, as it remembers what it took."""

    __slots__ = ("_earliest", "_fewest", "_first", "_growth", "_last", "_latest", "limits")

    def __init__(self, limits: TrapLimits, *, today: date) -> None:
        self.limits = limits
        self._earliest = limits.earliest_year
        self._latest = (today.year + limits.years_ahead) * 12 + today.month
        # Years between them need no second look, and most URLs hold no other.
        self._first, self._last = f"{limits.earliest_year:04}", str(self._latest // 12)
        # Recurrences below which neither a segment nor a row of two can stand too often.
        self._fewest = min(limits.repeats, 4)
        self._growth = Growth(session_variants=limits.session_variants, combinations=limits.combinations)

    def judge(self, url: HttpUrl) -> str | None:
        """The sign that `url`, which is in scope, belongs to an endless space, or None: it may be taken.

        The signs: `length>4096`, `segments>30`, `parameters>30` with the limit in force, `repeated:/a/b` with the
        segments that recur, `calendar:2031-05`, `session:sid`, `facets:/path`. The reason is `trap`.
        """
        target, limits = url.target, self.limits
        if len(target) + len(url.host) > limits.length:
            return f"length>{limits.length}"
        path, _, query = target.partition("?")
        slashes = path.count("/")
        if slashes > limits.segments:
            return f"segments>{limits.segments}"
        if slashes > self._fewest:
            segments = path.split("/")[1:]
            if len(segments) - len(set(segments)) >= self._fewest:
                recurring = _recurring(segments, limits.repeats)
                if recurring is not None:
                    return f"repeated:/{recurring}"[:_SHOWN]
        for year in YEARS.findall(target):
            if not self._first <= year < self._last:
                unlikely = unlikely_date(target, self._earliest, self._latest)
                if unlikely is not None:
                    return f"calendar:{unlikely}"
                break
        if "=" in target or "/(" in path:
            session = self._growth.session(url.url)
            if session is not None:
                return f"session:{session}"
        if "&" in query:
            if query.count("&") >= limits.parameters:
                return f"parameters>{limits.parameters}"
            if self._growth.facets(url.origin + path, query):
                return f"facets:{path}"[:_SHOWN]
        return None


def _recurring(segments: list[str], repeats: int) -> str | None:
    """Segments that recur too often: one by itself, or a row of two and more three times on end."""
    for segment, times in Counter(filter(_telling, segments)).most_common(1):
        if times > repeats:
            return segment
    for size in range(2, min(len(segments) // 3, _LONGEST_ROW) + 1):
        equal = 0
        for at in range(len(segments) - size):
            equal = equal + 1 if segments[at] == segments[at + size] else 0
            if equal == 2 * size:
                row = segments[at + 1 - size : at + 1]
                if any(segment and _telling(segment) for segment in row):
                    return "/".join(row)
    return None


def _telling(segment: str) -> bool:
    return len(segment) != 1 and not segment.isdigit()
