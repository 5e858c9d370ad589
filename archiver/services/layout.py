# SPDX-License-Identifier: Apache-2.0
"""Where things are in the store: keys made of names that we choose, never of URLs."""

from datetime import UTC, datetime, timedelta

ARCHIVE = "archive.json"
SEGMENTS = "segments/"
EVENTS = "events/"
SEAL = "segment.json"
MANIFESTS = "manifests.jsonl.gz"
INDEX = "index.cdxj"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def segment_id(moment: datetime, chance: bytes) -> str:
    """26 letters and digits: 48 bits of milliseconds since 1970, then 80 bits of chance (the ULID layout, lower case)."""
    number = (moment - _EPOCH) // timedelta(milliseconds=1) << 80 | int.from_bytes(chance[:10], "big")
    return "".join(_CROCKFORD[number >> 5 * at & 31] for at in range(25, -1, -1))


def opened_at(segment: str) -> datetime | None:
    """The time in a segment's id, when it was opened, to a millisecond; None for what is no such id."""
    if len(segment) != 26 or segment[0] > "7" or set(segment) - set(_CROCKFORD):
        return None
    number = sum(_CROCKFORD.index(one) << 5 * at for at, one in enumerate(reversed(segment)))
    try:
        return _EPOCH + timedelta(milliseconds=number >> 80)
    except OverflowError:  # a year beyond 9999
        return None


def warc_name(job: str, opened_at: datetime, segment: str) -> str:
    """The name of a segment's WARC file."""
    return f"{job}-{opened_at.strftime('%Y%m%d%H%M%S')}-{segment}.warc.gz"


def file_names(job: str, opened_at: datetime, segment: str) -> tuple[str, str, str]:
    """The names of the three files that a seal speaks of: WARC, manifests, index. A seal that names others is not valid."""
    return warc_name(job, opened_at, segment), MANIFESTS, INDEX


def segment_folder(job: str, opened_at: datetime, segment: str) -> str:
    """The key prefix of a segment's four files, with its closing slash."""
    return f"{SEGMENTS}{job}/{opened_at.strftime('%Y/%m/%d')}/{segment}/"
