# SPDX-License-Identifier: Apache-2.0
"""The seal: the manifest of one segment, written last; before it the segment does not exist for readers.

`captures_root` is an RFC 6962 tree hash over the segment's capture manifests, in file order, so that one capture can be
proved to belong to a segment without showing its neighbours.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from manifests.agents import Fetcher
from manifests.canonical import Instant, Model
from manifests.digest import Digest

SEGMENT_FORMAT = "segment-manifest/0"


class SegmentFile(Model):
    """One stored file of a segment."""

    name: str
    """Its name beside the seal."""
    sha256: Digest
    """Over its stored bytes."""
    size: int
    """Octets stored."""


class SegmentManifest(Model):
    """The seal of one segment."""

    format: Literal["segment-manifest/0"] = Field(default=SEGMENT_FORMAT, validate_default=True)
    archive_id: str
    """The archive it belongs to."""
    segment_id: str
    """Its id: 26 letters and digits of time and chance."""
    job: str
    """The job whose captures it holds."""
    warc: SegmentFile
    """The WARC file."""
    manifests: SegmentFile
    """The capture manifests, one canonical JSON line each, one gzip member per 256."""
    index: SegmentFile
    """The CDXJ index."""
    captures: int
    """How many captures it holds."""
    captures_root: Digest
    """RFC 6962 tree hash over the sha256 digests of the manifests, in file order."""
    first_fetched_at: Instant
    """The earliest request in it."""
    last_fetched_at: Instant
    """The latest request in it."""
    opened_at: Instant
    """When its WARC file was begun."""
    sealed_at: Instant
    """When it was closed."""
    software: Fetcher
    """The program that wrote it."""


def captures_root(digests: Sequence[Digest]) -> Digest:
    """RFC 6962 section 2.1 Merkle tree hash whose leaf entries are the 32 raw bytes of each manifest's sha256."""
    return root_of([one.raw for one in digests])


def root_of(entries: Sequence[bytes]) -> Digest:
    """The same over the raw bytes themselves."""
    level = [hashlib.sha256(b"\x00" + one).digest() for one in entries]
    if not level:
        return Digest.of(b"")
    # Pairing neighbours and carrying an odd last node upwards gives the same tree as the RFC's split at powers of two.
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return Digest.from_raw("sha256", level[0])
