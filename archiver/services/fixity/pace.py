# SPDX-License-Identifier: Apache-2.0
"""Reading a store no faster than allowed, so that an audit does not take the line from those who capture and look up."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from archiver.ports import Store, Stored

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 1 << 20


class Pace:
    """How much may have been read by now."""

    def __init__(self, rate: int | None, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """`rate` in octets a second, None for as fast as it goes; `clock` in seconds."""
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()

    def spend(self, octets: int) -> None:
        """Says that so much was read, and waits until it may have been."""
        if self._rate is None:
            return
        now = self._clock()
        self._free_at = max(self._free_at, now) + octets / self._rate
        if self._free_at > now:
            self._sleep(self._free_at - now)


class _Stream(io.RawIOBase):
    def __init__(self, stream: BinaryIO, pace: Pace) -> None:
        super().__init__()
        self._stream = stream
        self._pace = pace

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(_PIECE if size < 0 else min(size, _PIECE))
        self._pace.spend(len(content))
        return content

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        content = self.read(len(view))
        view[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Paced:
    """What a check needs of a store."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self.place = store.place
        self._store = store
        self._pace = pace

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        content = self._store.get(key, start, end)
        self._pace.spend(len(content))
        return content

    def open(self, key: str) -> BinaryIO:
        return cast(BinaryIO, _Stream(self._store.open(key), self._pace))

    def head(self, key: str) -> Stored | None:
        return self._store.head(key)

    def list(self, prefix: str) -> Iterator[str]:
        return self._store.list(prefix)


def paced(store: Store, pace: Pace) -> Store:
    """The store for reading alone, at this pace."""
    return cast(Store, _Paced(store, pace))
