# SPDX-License-Identifier: Apache-2.0
"""A store in the memory of one process: for previews, dry runs and tests of everything above the port.

It keeps every promise of `ports.Store` but durability beyond the process, runs the same contract suite as the others,
and may be used from any number of threads. Whole objects are held, so it is for archives of megabytes.
"""

import io
import threading
from collections.abc import Iterator
from typing import BinaryIO

from archiver.errors import StoreConflict
from archiver.ports import Abilities, Stored
from archiver.store.content import Content, check_range, short
from archiver.store.keys import check_key, check_mutable, check_prefix, check_staged
from archiver.store.probe import TryPut, probe
from manifests.digest import Digest


class MemoryStore:
    """Objects in a dictionary; see `ports.Store`."""

    def __init__(self) -> None:
        self.place = "memory"
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(
        self,
        key: str,
        content: bytes | BinaryIO,
        *,
        sha256: Digest,
        size: int,
        final: bool = False,  # noqa: ARG002 - it copies in any case
    ) -> None:
        check_key(key)
        sent = b"".join(Content(key, content, sha256, size).pieces())
        with self._lock:
            held = self._objects.setdefault(key, sent)
        if held != sent:
            raise StoreConflict(f"{key} already holds other bytes", "They were kept; find out who wrote them.", key=key)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        check_range(key, start, end)
        held = self._held(key)
        if max(start, end or 0) > len(held):
            raise short(key, self.place, start, end, len(held[start:end]))
        return held[start:end]

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self._held(key))

    def head(self, key: str) -> Stored | None:
        held = self._objects.get(check_key(key))
        return None if held is None else Stored(key, len(held), Digest.of(held))

    def list(self, prefix: str) -> Iterator[str]:
        check_prefix(prefix)
        with self._lock:
            keys = sorted(key for key in self._objects if key.startswith(prefix))
        return iter(keys)

    def replace(self, key: str, content: bytes) -> None:
        with self._lock:
            self._objects[check_mutable(key)] = bytes(content)

    def sweep(self, key: str) -> None:
        with self._lock:
            self._objects.pop(check_staged(key), None)

    def probe(self) -> Abilities:
        return probe(self, TryPut(self), self._checksum)

    def _held(self, key: str) -> bytes:
        return self._objects[check_key(key)]

    def _checksum(self, key: str) -> Digest | None:
        return Digest.of(self._held(key))
