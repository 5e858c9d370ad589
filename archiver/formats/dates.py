# SPDX-License-Identifier: Apache-2.0
"""Dates as sitemaps and feeds write them: W3C date and time (a profile of ISO 8601), RFC 3339, RFC 5322.

Guarantees: never raises; whatever is no date is None. What states no zone is taken as UTC; what states no day or month
as the first.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 64
_SHORT = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")


def read_date(text: str) -> datetime | None:
    """The instant that `text` states, in UTC, or None."""
    text = text.strip()
    if not text or len(text) > _LONGEST or not text.isascii():
        return None
    short = _SHORT.fullmatch(text)
    try:
        if short:
            return datetime(int(short[1]), int(short[2] or 1), 1, tzinfo=UTC)
        read = datetime.fromisoformat(text) if text[0].isdigit() and text[4:5] == "-" else parsedate_to_datetime(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        # Each of them comes out of the standard library for some text that is no date.
        return None
