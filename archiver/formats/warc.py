# SPDX-License-Identifier: Apache-2.0
"""Writing WARC 1.1: named fields, record ids, and one gzip member a record.

Guarantees: every member inflates to exactly one record whose Content-Length is the block's (WARC 1.1 section 4 and annex D);
no value can break out of its line. Digests, dates and ids are arguments, so the same capture always gives the same header.
Reading is `warc_scan`'s job; which records make a capture is decided in `services.records`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, NamedTuple

from isal import isal_zlib
from zlib_ng import zlib_ng

from manifests.digest import Digest

RecordKind = Literal["warcinfo", "request", "response", "revisit", "metadata", "resource"]
Density = Literal["fast", "dense", "stored"]

REVISIT_PROFILES: dict[str, str] = {
    "identical-payload": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "server-not-modified": "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
}
"""WARC-Profile of a revisit by its relation to the earlier response (WARC 1.1 section 6.7)."""
HTTP_REQUEST = "application/http; msgtype=request"
HTTP_RESPONSE = "application/http; msgtype=response"

_FAST, _DENSE = 2, 6  # levels of isal and of zlib-ng
_GZIP = 31  # wbits: a gzip header and trailer around the deflate stream
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_STORED = 0xFFFF  # octets of a stored block (RFC 1951 section 3.2.4)
_AT_ONCE = 1 << 20
_END = b"\r\n\r\n"

ALREADY_COMPRESSED = ("image/", "video/", "audio/", "font/", "application/zip", "application/gzip", "application/pdf")


class RecordHeader(NamedTuple):
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
            *[f"{name}: {value}" for name, value in self.fields],
        ]
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        lines.append(f"Content-Length: {self.length}")
        lines += ("", "")
        text = "\r\n".join(lines)
        if not text.count("\r") == text.count("\n") == len(lines) - 1:
            odd = next(line for line in lines if "\r" in line or "\n" in line)
            raise ValueError(f"a WARC field may not hold a line break: {odd[:100]!r}")
        return text.encode("utf-8")


@lru_cache(maxsize=16)
def warc_date(moment: datetime) -> str:
    """WARC 1.1 section 5.4: UTC with six digits of a second. The records of one capture have one date."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


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


def member(
    header: bytes, block: Iterable[bytes | memoryview], density: Density = "fast"
) -> Iterator[bytes | memoryview]:
    """One gzip member that inflates to the record, in pieces; no more than 1 MiB and a piece of the block are held."""
    pieces = chain((header,), block, (_END,))
    if density == "stored":
        yield from _stored(pieces)
        return
    held: list[bytes | memoryview] = []
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length > _AT_ONCE:
            break
    else:
        # A deflate stream costs more to set up than a small record to compress.
        yield _compressed(b"".join(held), density)
        return
    deflate: Any  # two libraries, one interface
    if density == "fast":
        deflate = isal_zlib.compressobj(_FAST, isal_zlib.DEFLATED, _GZIP)
    else:
        deflate = zlib_ng.compressobj(_DENSE, zlib_ng.DEFLATED, _GZIP)
    for piece in chain(held, pieces):
        yield deflate.compress(piece)
    yield deflate.flush()


def whole_member(header: bytes, block: bytes, density: Density = "fast") -> bytes:
    """`member` for a block held in memory, in one call."""
    return b"".join(member(header, (block,), density))


def _compressed(record: bytes, density: Density) -> bytes:
    written: bytes = (
        isal_zlib.compress(record, _FAST, _GZIP) if density == "fast" else zlib_ng.compress(record, _DENSE, _GZIP)
    )
    return written


def _stored(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """A gzip member of stored blocks (RFC 1952 section 2.3, RFC 1951 section 3.2.4): nothing but a CRC is computed."""
    crc = length = 0
    before = _GZIP_HEADER
    for piece in pieces:
        crc = isal_zlib.crc32(piece, crc)
        length += len(piece)
        for at in range(0, len(piece), _STORED):
            part = piece[at : at + _STORED]
            yield before + b"\0" + len(part).to_bytes(2, "little") + (len(part) ^ _STORED).to_bytes(2, "little")
            yield part
            before = b""
    yield before + b"\1\0\0\xff\xff" + crc.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")


def warcinfo_block(fields: Sequence[tuple[str, str]]) -> bytes:
    """An `application/warc-fields` block (WARC 1.1 section 6.2). Line breaks in values become spaces."""
    return "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields).encode("utf-8")
