# SPDX-License-Identifier: Apache-2.0
"""A store for reading, with replicas behind it: what the primary does not give is asked of them, in their order.

Writing goes to the primary alone; replicas are filled by `services.replication`. A fallback is told each time. Bytes of a
replica are no more trusted than those of the primary: whoever reads compares digests, and what the primary gives wrong is not
seen here. A primary that gave no answer is asked last for a while, so that each read does not wait for it again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from archiver.errors import StoreUnavailable
from archiver.ports import Abilities, Store, Stored
from manifests.digest import Digest

REST_SECONDS = 60.0
"""How long a primary that gave no answer is asked last."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fallback:
    """One read that a replica answered."""

    key: str
    place: str
    """The replica."""
    why: str
    """What the primary said."""


class Mirrored:
    """The primary, with replicas to fall back to; see `ports.Store`."""

    def __init__(
        self,
        primary: Store,
        replicas: Callable[[], Sequence[Store]],
        told: Callable[[Fallback], None],
        clock: Callable[[], float],
    ) -> None:
        """`replicas` is called when the primary first fails; `clock` in seconds, never set back."""
        self.place = primary.place
        self.fallbacks = 0
        self._primary = primary
        self._replicas = replicas
        self._opened: Sequence[Store] | None = None
        self._told = told
        self._clock = clock
        self._rests_until = float("-inf")

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return self._read(key, lambda store: store.get(key, start, end))

    def open(self, key: str) -> BinaryIO:
        return self._read(key, lambda store: store.open(key))

    def head(self, key: str) -> Stored | None:
        def seen(store: Store) -> Stored:
            found = store.head(key)
            if found is None:
                raise KeyError(key)
            return found

        try:
            return self._read(key, seen)
        except KeyError:
            return None

    def list(self, prefix: str) -> Iterator[str]:
        """As the primary, or the first replica that answers, lists them: a replica may lack what is new."""
        return iter(self._read(prefix, lambda store: list(store.list(prefix))))

    def put(self, key: str, content: bytes | BinaryIO, *, sha256: Digest, size: int, final: bool = False) -> None:
        self._primary.put(key, content, sha256=sha256, size=size, final=final)

    def replace(self, key: str, content: bytes) -> None:
        self._primary.replace(key, content)

    def sweep(self, key: str) -> None:
        self._primary.sweep(key)

    def probe(self) -> Abilities:
        return self._primary.probe()

    def _read(self, key: str, read: Callable[[Store], T]) -> T:
        resting = self._clock() < self._rests_until
        fault: KeyError | StoreUnavailable | None = None
        if not resting:
            try:
                return read(self._primary)
            except KeyError as missing:
                fault = missing
            except StoreUnavailable as silent:
                fault = silent
                self._rests_until = self._clock() + REST_SECONDS
        said = "it gives no answer" if fault is None else str(fault) if not isinstance(fault, KeyError) else "missing"
        for one in self._others():
            try:
                answer = read(one)
            except (KeyError, StoreUnavailable):
                continue
            self.fallbacks += 1
            self._told(Fallback(key, one.place, said))
            return answer
        if fault is None:
            return read(self._primary)
        raise fault

    def _others(self) -> Sequence[Store]:
        if self._opened is None:
            self._opened = self._replicas()
        return self._opened
