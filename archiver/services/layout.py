# SPDX-License-Identifier: Apache-2.0
"""Where things are in the store: keys made of names that we choose, never of URLs."""

from datetime import datetime

ARCHIVE = "archive.json"
SEGMENTS = "segments/"
SEAL = "segment.json"
MANIFESTS = "manifests.jsonl.gz"
INDEX = "index.cdxj"

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def segment_id(moment: datetime, chance: bytes) -> str:
    """26 letters and digits: 48 bits of milliseconds since 1970, then 80 bits of chance (the ULID layout, lower case)."""
    number = int(moment.timestamp() * 1000) << 80 | int.from_bytes(chance[:10], "big")
    return "".join(_CROCKFORD[number >> 5 * at & 31] for at in range(25, -1, -1))


def warc_name(job: str, opened_at: datetime, segment: str) -> str:
    """The name of a segment's WARC file."""
    return f"{job}-{opened_at.strftime('%Y%m%d%H%M%S')}-{segment}.warc.gz"


def segment_folder(job: str, opened_at: datetime, segment: str) -> str:
    """The key prefix of a segment's four files, with its closing slash."""
    return f"{SEGMENTS}{job}/{opened_at.strftime('%Y/%m/%d')}/{segment}/"
