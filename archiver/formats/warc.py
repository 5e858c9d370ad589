# SPDX-License-Identifier: Apache-2.0
"""Writing WARC 1.1: named fields, record ids, and one gzip member a record.

Guarantees: every member inflates to exactly one record whose Content-Length is the block's (WARC 1.1 section 4 and annex D);
no value can break out of its line. Digests, dates and ids are arguments, so the same capture always gives the same header.
Reading is `warc_scan`'s job; which records make a capture is decided in `services.records`.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from isal import isal_zlib
from zlib_ng import zlib_ng

from manifests.digest import Digest

RecordKind = Literal["warcinfo", "request", "response", "revisit", "metadata", "resource"]
Density = Literal["fast", "dense", "stored"]

REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
HTTP_REQUEST = "application/http; msgtype=request"
HTTP_RESPONSE = "application/http; msgtype=response"

_GZIP = 31  # wbits: a gzip header and trailer around the deflate stream
_END = b"\r\n\r\n"

ALREADY_COMPRESSED = ("image/", "video/", "audio/", "font/", "application/zip", "application/gzip", "application/pdf")


@dataclass(frozen=True, slots=True)
class RecordHeader:
    """The named fields of one record; the block is written beside it."""

    kind: RecordKind
    record_id: str
    """Bare UUID."""
    date: datetime
    """When the capture began, UTC."""
    content_type: str | None
    length: int
    """Octets of the block."""
    fields: Sequence[tuple[str, str]] = ()
    """Further named fields, in order."""

    def to_bytes(self) -> bytes:
        """The header with its empty line. Raises `ValueError` when a value holds a line break."""
        lines = [
            "WARC/1.1",
            f"WARC-Type: {self.kind}",
            f"WARC-Record-ID: <urn:uuid:{self.record_id}>",
            f"WARC-Date: {warc_date(self.date)}",
            *(f"{name}: {value}" for name, value in self.fields),
        ]
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        lines.append(f"Content-Length: {self.length}")
        for line in lines:
            if "\r" in line or "\n" in line:
                raise ValueError(f"a WARC field may not hold a line break: {line[:100]!r}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def warc_date(moment: datetime) -> str:
    """WARC 1.1 section 5.4: UTC with six digits of a second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def urn(record_id: str) -> str:
    """A record id as the value of a named field."""
    return f"<urn:uuid:{record_id}>"


def sha1_field(digest: Digest) -> str:
    """`sha1:BASE32`, the labelled form every index of the field holds payload digests in."""
    return f"sha1:{digest.base32}"


def density_for(content_type: str | None, content_encoding: str | None, wanted: Density) -> Density:
    """`stored` for what is already compressed: deflate would spend time on it and save nothing."""
    if content_encoding and content_encoding.strip().lower() not in ("", "identity"):
        return "stored"
    kind = (content_type or "").strip().lower()
    if kind.startswith(ALREADY_COMPRESSED) and not kind.startswith("image/svg"):
        return "stored"
    return wanted


def member(header: bytes, block: Iterable[bytes], density: Density = "fast") -> Iterator[bytes]:
    """One gzip member that inflates to the record; its pieces are not larger than the block's."""
    deflate: Any  # three libraries, one interface
    if density == "fast":
        deflate = isal_zlib.compressobj(2, isal_zlib.DEFLATED, _GZIP)
    elif density == "dense":
        deflate = zlib_ng.compressobj(6, zlib_ng.DEFLATED, _GZIP)
    else:
        deflate = zlib.compressobj(0, zlib.DEFLATED, _GZIP)
    yield deflate.compress(header)
    for piece in block:
        yield deflate.compress(piece)
    yield deflate.compress(_END)
    yield deflate.flush()


def whole_member(header: bytes, block: bytes, density: Density = "fast") -> bytes:
    """`member` for a block held in memory, in one call."""
    if density == "fast":
        compressed: bytes = isal_zlib.compress(b"".join((header, block, _END)), 2, _GZIP)
        return compressed
    return b"".join(member(header, (block,), density))


def warcinfo_block(fields: Sequence[tuple[str, str]]) -> bytes:
    """An `application/warc-fields` block (WARC 1.1 section 6.2). Line breaks in values become spaces."""
    return "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields).encode("utf-8")
