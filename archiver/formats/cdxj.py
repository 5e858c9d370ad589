# SPDX-License-Identifier: Apache-2.0
"""CDXJ index lines as the field's indexers write them, and the fields this project adds behind them.

`<SURT key> <14-digit time> <JSON>`, sorted by bytes. Every value in the JSON is a string, in the order cdxj-indexer uses;
ours follow: `manifestOffset` and `manifestLength` give the gzip member of the capture's manifest in the same WARC file.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as _quoted

_MEDIA_TYPE = re.compile(r"[^;\s]*")


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line: where the record of one capture is."""

    url_key: str
    fetched_at: datetime
    url: str
    mime: str | None
    """`warc/revisit` for revisits; None when the server named none."""
    response_code: str | None
    digest: str | None
    """`sha1:BASE32` of the payload; None where checkers hash other bytes (chunked, surplus)."""
    length: int
    offset: int
    filename: str
    manifest_offset: int
    manifest_length: int

    def to_bytes(self) -> bytes:
        """The line with its line feed."""
        optional = (("mime", self.mime), ("status", self.response_code), ("digest", self.digest))
        between = "".join([f'"{name}":{_quoted(value)},' for name, value in optional if value is not None])
        text = (
            f'"url":{_quoted(self.url)},{between}"length":"{self.length}","offset":"{self.offset}",'
            f'"filename":{_quoted(self.filename)},'
            f'"manifestOffset":"{self.manifest_offset}","manifestLength":"{self.manifest_length}"'
        )
        return f"{self.url_key} {timestamp(self.fetched_at)} {{{text}}}\n".encode()

    @classmethod
    def from_bytes(cls, line: bytes) -> "IndexLine":
        """A line of our own index. Raises `ValueError` when it is not one."""
        try:
            key, time, text = line.decode("utf-8").rstrip("\n").split(" ", 2)
            named = json.loads(text)
            return cls(
                url_key=key,
                fetched_at=_moment(time),
                url=named["url"],
                mime=named.get("mime"),
                response_code=named.get("status"),
                digest=named.get("digest"),
                length=int(named["length"]),
                offset=int(named["offset"]),
                filename=named["filename"],
                manifest_offset=int(named["manifestOffset"]),
                manifest_length=int(named["manifestLength"]),
            )
        except (KeyError, TypeError, ValueError) as fault:  # ValueError: UTF-8, JSON, a number or a time
            raise ValueError(f"not a line of this index: {line[:120]!r}") from fault


def timestamp(moment: datetime) -> str:
    """The 14-digit time of CDX, UTC."""
    utc = moment.astimezone(UTC)
    return f"{utc.year:04}{utc.month:02}{utc.day:02}{utc.hour:02}{utc.minute:02}{utc.second:02}"


def _moment(time: str) -> datetime:
    if len(time) != 14 or not (time.isascii() and time.isdigit()):
        raise ValueError(f"not a time of 14 digits: {time[:30]!r}")
    month, day, hour, minute, second = (int(time[at : at + 2]) for at in range(4, 14, 2))
    return datetime(int(time[:4]), month, day, hour, minute, second, tzinfo=UTC)


def sorted_index(lines: Iterable[bytes]) -> bytes:
    """The index file: lines in byte order (`LC_ALL=C`)."""
    return b"".join(sorted(lines))


def media_type(content_type: str | None) -> str | None:
    """The media type as the field's indexers cut it from a Content-Type: at the first semicolon or white space."""
    found = _MEDIA_TYPE.match(content_type.strip()) if content_type else None
    return found[0] or None if found else None
