# SPDX-License-Identifier: Apache-2.0
"""Files on the way to the store and back: written compressed into a file without a name, read with a running digest.

The bytes of a file follow from its lines alone, no time and no name among them: written twice, it is the same file.
"""

import hashlib
import io
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Self

from zlib_ng import zlib_ng

from archiver.disk import faults
from manifests.digest import Digest

_GROUP = 1 << 17
_GZIP = 31  # a window of 32 KiB in a gzip container; its header then holds neither a time nor a name
_LEVEL = 6


class Packed:
    """A gzip file of lines that is growing in `folder`, where it has no name: nothing is left of it by a kill."""

    def __init__(self, folder: Path) -> None:
        """Raises `StoreUnavailable`, `DiskFault`, as every method does."""
        self._folder = folder
        self._lines: list[bytes] = []
        self._waiting = 0
        self._packing = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, _GZIP)
        self._digest = hashlib.sha256()
        self.size = 0
        with faults("writing a file in", folder):
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`

    def line(self, content: bytes) -> None:
        """One more line, given without its line feed."""
        self._lines.append(content)
        self._waiting += len(content)
        if self._waiting >= _GROUP:
            self._flush()

    def finish(self) -> tuple[BinaryIO, Digest, int]:
        """The whole file, at its beginning, with its digest and size."""
        self._flush()
        self._write(self._packing.flush())
        with faults("writing a file in", self._folder):
            self._file.seek(0)
        return self._file, Digest.from_raw("sha256", self._digest.digest()), self.size  # type: ignore[return-value]

    def close(self) -> None:
        """Frees the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _flush(self) -> None:
        if self._lines:
            self._lines.append(b"")
            self._write(self._packing.compress(b"\n".join(self._lines)))
            self._lines, self._waiting = [], 0

    def _write(self, content: bytes) -> None:
        self._digest.update(content)
        self.size += len(content)
        with faults("writing a file in", self._folder):
            self._file.write(content)


class Hashed(io.RawIOBase):
    """A stream that takes the digest of what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        content = self._stream.read(size)
        self._digest.update(content)
        self._size += len(content)
        return content

    def readinto(self, buffer: Any) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def rest(self) -> tuple[Digest, int]:
        """Reads to the end: digest and size of the whole."""
        while self.read(_GROUP):
            pass
        return Digest.from_raw("sha256", self._digest.digest()), self._size
