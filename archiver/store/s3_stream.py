# SPDX-License-Identifier: Apache-2.0
"""What an S3 answer carries, read with suspicion: a body of the announced length, a checksum of the whole object, a
lock."""

import base64
import binascii
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archiver.errors import StoreUnavailable
from archiver.store.keeping import Lock
from archiver.store.s3_answers import translated
from manifests.digest import Digest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from botocore.response import StreamingBody


def checksum_of(answer: Mapping[str, Any]) -> Digest | None:
    """The sha256 of the whole object that an answer tells; that of a multipart upload is over its parts and does not
    count."""
    try:
        raw = base64.b64decode(answer.get("ChecksumSHA256", ""), validate=True)
    except binascii.Error:
        return None
    return Digest.from_raw("sha256", raw) if len(raw) == 32 and answer.get("ChecksumType") != "COMPOSITE" else None


def lock_told(answer: Mapping[str, Any]) -> Lock:
    """The lock that an answer to HEAD tells."""
    mode, until = str(answer.get("ObjectLockMode", "")).lower(), answer.get("ObjectLockRetainUntilDate")
    return Lock(
        mode="governance" if mode == "governance" else "compliance" if mode == "compliance" else None,
        until=until.astimezone(UTC) if isinstance(until, datetime) else None,
        held=answer.get("ObjectLockLegalHoldStatus") == "ON",
    )


class BodyStream(io.RawIOBase):
    """A body being received; reading past its end raises `StoreUnavailable` unless all announced octets came."""

    def __init__(self, body: "StreamingBody", length: int | None, doing: str, place: str) -> None:
        super().__init__()
        self._body = body
        self._length = length
        self._came = 0
        self._doing = doing
        self._place = place

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        with translated(self._doing, self._place):
            piece = self._body.read(len(view))
        view[: len(piece)] = piece
        self._came += len(piece)
        if not piece and len(view) and self._came != self._length:
            raise StoreUnavailable(
                f"{self._place} gave {self._came} of {self._length} octets while {self._doing}", "Try again."
            )
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
