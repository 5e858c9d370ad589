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
        named = {
            "url": self.url,
            "mime": self.mime,
            "status": self.response_code,
            "digest": self.digest,
            "length": str(self.length),
            "offset": str(self.offset),
            "filename": self.filename,
            "manifestOffset": str(self.manifest_offset),
            "manifestLength": str(self.manifest_length),
        }
        text = json.dumps({name: value for name, value in named.items() if value is not None}, ensure_ascii=True)
        return f"{self.url_key} {timestamp(self.fetched_at)} {text}\n".encode()

    @classmethod
    def from_bytes(cls, line: bytes) -> "IndexLine":
        """A line of our own index. Raises `ValueError` when it is not one."""
        try:
            key, time, text = line.decode("utf-8").rstrip("\n").split(" ", 2)
            named = json.loads(text)
            return cls(
                url_key=key,
                fetched_at=datetime.strptime(time, "%Y%m%d%H%M%S").replace(tzinfo=UTC),
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
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def sorted_index(lines: Iterable[bytes]) -> bytes:
    """The index file: lines in byte order (`LC_ALL=C`)."""
    return b"".join(sorted(lines))


def media_type(content_type: str | None) -> str | None:
    """The media type as the field's indexers cut it from a Content-Type: at the first semicolon or white space."""
    return re.split(r"[;\s]", content_type.strip(), maxsplit=1)[0] or None if content_type else None
