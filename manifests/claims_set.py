# SPDX-License-Identifier: Apache-2.0
"""The seal of a claims set: what one version of an extractor read from the captures of one segment, beside the segment.

Nothing sealed earlier changes by it: the manifests keep the claims that were made when they were written, and a reader who
wants the newest takes, for each capture, the claims whose extractor has the highest version. `claims_root` is an RFC 6962
tree hash like the `captures_root` of the segment, so that the claims of one capture can be proved without their neighbours.
"""

import re
from typing import Literal

from pydantic import Field

from manifests.agents import Fetcher
from manifests.canonical import Instant, Model
from manifests.capture import UUID_PATTERN, Claims
from manifests.digest import Digest
from manifests.segment import SegmentFile

CLAIMS_SET_FORMAT = "claims-set/0"

_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,3}")


class CaptureClaims(Model):
    """A line of a claims set: what was read again from one capture."""

    capture_id: str = Field(pattern=UUID_PATTERN)
    """The capture, of the segment that the set belongs to."""
    claims: Claims
    """What was read; its `observation_digest` binds it to the observation in the capture's manifest."""


class ClaimsSetManifest(Model):
    """The seal of one claims set."""

    format: Literal["claims-set/0"] = Field(default=CLAIMS_SET_FORMAT, validate_default=True)
    archive_id: str
    """The archive it belongs to."""
    segment_id: str
    """The segment whose captures were read."""
    segment_seal: Digest
    """sha256 of that segment's seal."""
    extractor: Fetcher
    """The program that read them, with its version: lower-case words with hyphens, and dotted numbers."""
    claims: SegmentFile
    """The claims, one canonical JSON line a capture in the order of the segment's manifests, one gzip member per 256."""
    captures: int
    """How many captures it holds claims of: those whose manifest has claims, without those that could not be read."""
    claims_root: Digest
    """RFC 6962 tree hash over the sha256 digests of the lines, in file order."""
    created_at: Instant
    """When it was written."""
    software: Fetcher
    """The program that wrote it."""


def version_order(version: str) -> tuple[int, ...]:
    """What versions of extractors are compared by: dotted numbers one by one; any other version is older than those."""
    return tuple(map(int, version.split("."))) if _VERSION.fullmatch(version) else ()


def extractor_key(extractor: Fetcher) -> str:
    """The extractor as a part of a key: `colophon-extract` 0.2 is `colophon-extract-0-2`.

    Raises `ValueError` for names and versions of which no key can be made that is theirs alone.
    """
    if not _NAME.fullmatch(extractor.name) or not _VERSION.fullmatch(extractor.version):
        raise ValueError(
            f"not the name and version of an extractor: {extractor.name[:80]!r} {extractor.version[:80]!r}"
        )
    return f"{extractor.name}-{extractor.version.replace('.', '-')}"
