# SPDX-License-Identifier: Apache-2.0
"""Bytes on their way into a store, held to the size and sha256 announced for them.

A wrong digest must be found before a create-only write: afterwards the key would hold other bytes for ever. A file is
read from its position at the time of the call, any number of times, and what follows must be exactly the announced
octets.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from archiver.errors import BadInput, Damaged, DiskFault, StoreUnavailable
from manifests.digest import Digest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE = 1 << 20
"""Octets read at a time."""


def digest_of(pieces: Iterator[bytes]) -> tuple[int, Digest]:
    """Length and sha256 of all `pieces`."""
    size, running = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        running.update(piece)
    return size, Digest.from_raw("sha256", running.digest())


def read_pieces(stream: BinaryIO) -> Iterator[bytes]:
    """What is left in `stream`, a piece at a time."""
    while piece := stream.read(PIECE):
        yield piece


class Content:
    """The bytes given to one `put`."""

    def __init__(self, key: str, given: bytes | BinaryIO, sha256: Digest, size: int) -> None:
        if sha256.algorithm != "sha256":
            raise BadInput(
                f"{key} was announced with {sha256.algorithm}", "A store is told the sha256 of what it gets."
            )
        self.key = key
        self.sha256 = sha256
        self.size = size
        self._given = given
        self._start = 0
        if not isinstance(given, bytes):
            if not given.seekable():
                raise BadInput(f"the content for {key} cannot be read twice", "Give bytes or a seekable file.")
            self._start = given.tell()

    @property
    def file(self) -> Path | None:
        """The file that holds the bytes and nothing else, when they were given as one."""
        name = getattr(self._given, "name", None)
        return Path(name) if isinstance(name, str) and self._start == 0 else None

    def pieces(self) -> Iterator[bytes]:
        """The bytes from their beginning; ends with `Damaged` unless they were the announced ones."""
        size, running = 0, hashlib.sha256()
        for piece in self._raw_pieces():
            size += len(piece)
            running.update(piece)
            yield piece
        if size != self.size or running.digest() != self.sha256.raw:
            raise Damaged(
                f"the bytes handed over for {self.key} are not the announced ones",
                "Nothing was stored; look for the cause at the place where they came from.",
                announced=(self.size, self.sha256),
                found=(size, Digest.from_raw("sha256", running.digest())),
            )

    def check(self) -> None:
        """Reads everything once. Raises `Damaged` unless the bytes are the announced ones."""
        for _ in self.pieces():
            pass

    def body(self) -> bytes | BinaryIO:
        """The bytes as an HTTP client wants them: position 0 is their beginning, however far into a file that lies."""
        return (
            self._given
            if isinstance(self._given, bytes)
            else cast(BinaryIO, Window(self._given, self._start, self.size))
        )

    def _raw_pieces(self) -> Iterator[bytes]:
        if isinstance(self._given, bytes):
            for at in range(0, len(self._given), PIECE):
                yield self._given[at : at + PIECE]
            return
        try:
            self._given.seek(self._start)
            yield from read_pieces(self._given)
        except OSError as fault:
            raise DiskFault(
                f"could not read the content for {self.key}: {fault.strerror}", "Check the disk."
            ) from fault


class Window(io.RawIOBase):
    """The octets [start, start + size) of a file, seen as a file of their own. Closing it leaves the file open."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._file = file
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        wanted = max(0, min(len(view), self._size - self._at))
        self._file.seek(self._start + self._at)
        piece = self._file.read(wanted)
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def check_range(key: str, start: int, end: int | None) -> None:
    """Raises `BadInput` unless [start, end) is a range of octets."""
    if start < 0 or (end is not None and end < start):
        raise BadInput(f"not a range of {key}: {start} to {end}", "A range is [start, end) with 0 <= start <= end.")


def short(key: str, place: str, start: int, end: int | None, came: int) -> StoreUnavailable:
    """The error for a range that came back with another length than it has."""
    return StoreUnavailable(
        f"{place} gave {came} octets of {key} for the range {start} to {'its end' if end is None else end}",
        "Try again; if it stays so, audit the archive.",
        key=key,
        came=came,
    )
