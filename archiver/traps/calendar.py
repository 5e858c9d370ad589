# SPDX-License-Identifier: Apache-2.0
"""Dates in URLs that no honest page carries: a calendar that counts on for ever.

Old dates are what archives are for: a newspaper's `/1923/05/12/` and `?date=1923-05-12` are no calendars. So a date is
too early only where the URL itself speaks of a calendar. A date is too late when it is written in full (`2031-05-17`),
or to the month where the URL speaks of a calendar, where a parameter is named for dates, or where a path ends in it
(`/2031/05/`). There the month needs its zero: `/thread/2075/12` is the twelfth page of a thread, and a calendar that
counts on passes through January. A year alone (`/energy/2050/`) proves nothing, nor do years after 2999: whatever
counts on comes by the years before.
"""

import re

YEARS = re.compile(r"(?<![0-9])[12][0-9]{3}")
"""What every date of interest begins with."""
_FULL = re.compile(r"(?<![0-9])([12][0-9]{3})([-/_.])(0?[1-9]|1[0-2])\2(0?[1-9]|[12][0-9]|3[01])(?![0-9])")
_MONTH = re.compile(r"(?<![0-9])([12][0-9]{3})[-/_.](0?[1-9]|1[0-2])(?![0-9])")
_ENDS = re.compile(r"/([12][0-9]{3})[-/](0[1-9])/?(?:\?|$)")
_BEFORE = r"[?&](?:[a-z0-9_.%-]{0,30}[_.-])?"
_DATED = re.compile(
    _BEFORE
    + r"(?:date|month|day|week|ym|from|start|datum|monat|mes|mois)=([12][0-9]{3})-?(0[1-9]|1[0-2])(?:[^0-9]|[0-9]{2}|$)"
)
_YEAR = re.compile(_BEFORE + r"(?:year|yr|y|jahr|annee|anno)=([12][0-9]{3})(?:&|$)")
_WITH_MONTH = re.compile(_BEFORE + r"(?:month|mon|m|monat|mois|mes)=")
_CALENDAR = re.compile(
    r"calend[ae]r|kalender|calendrier|"
    r"[/?&=_.-](?:cal|events?|agenda|termine|schedule|veranstaltungen|eventos)(?![a-z])"
)


def unlikely_date(target: str, earliest: int, latest: int) -> str | None:
    """The date in path and query that lies before the year `earliest` or after the month `latest`, or None.

    `latest` is the year times 12 plus the month. What is given back is `yyyy-mm`, or `yyyy` where a
    parameter names the year.
    """
    first = f"{earliest:04}"
    lowered = target.lower()
    calendar = _CALENDAR.search(lowered) is not None
    for shape in (_FULL, _DATED, _MONTH) if calendar else (_FULL, _DATED, _ENDS):
        for found in shape.finditer(lowered):
            year, month = found[1], found[3 if shape is _FULL else 2]
            if int(year) * 12 + int(month) > latest or (calendar and year < first):
                return f"{year}-{month:0>2}"
    if calendar or _WITH_MONTH.search(lowered):
        for found in _YEAR.finditer(lowered):
            if int(found[1]) > latest // 12 or (calendar and found[1] < first):
                return str(found[1])
    return None
