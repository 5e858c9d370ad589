# SPDX-License-Identifier: Apache-2.0
"""A store that goes wrong at one call, and one whose callers take turns by lot."""

import random
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal, TypeVar

from archiver.errors import StoreConflict, StoreUnavailable
from archiver.ports import Abilities, Store, Stored
from manifests.digest import Digest

Fault = Literal["not done", "answer lost", "conflict", "dies before", "dies after"]
T = TypeVar("T")


class Died(Exception):
    """The process is no more: nothing catches this."""


class Wrapped:
    """A store whose calls go through `_call`."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.place = inner.place

    def _call(self, name: str, doing: Callable[[], T]) -> T:
        raise NotImplementedError

    def put(self, key: str, content: bytes | BinaryIO, *, sha256: Digest, size: int, final: bool = False) -> None:
        self._call("put", lambda: self._inner.put(key, content, sha256=sha256, size=size, final=final))

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        return self._call("get", lambda: self._inner.get(key, start, end))

    def open(self, key: str) -> BinaryIO:
        return self._call("open", lambda: self._inner.open(key))

    def head(self, key: str) -> Stored | None:
        return self._call("head", lambda: self._inner.head(key))

    def list(self, prefix: str) -> Iterator[str]:
        return iter(self._call("list", lambda: [*self._inner.list(prefix)]))

    def replace(self, key: str, content: bytes) -> None:
        self._call("replace", lambda: self._inner.replace(key, content))

    def sweep(self, key: str) -> None:
        self._call("sweep", lambda: self._inner.sweep(key))

    def probe(self) -> Abilities:
        return self._inner.probe()


class Faulty(Wrapped):
    """Goes wrong at the call of this number, from 0, whichever method it is of."""

    def __init__(self, inner: Store, at: int = -1, fault: Fault = "not done") -> None:
        super().__init__(inner)
        self._at = at
        self._fault = fault
        self.calls: list[str] = []

    def _call(self, name: str, doing: Callable[[], T]) -> T:
        self.calls.append(name)
        if len(self.calls) - 1 != self._at or (self._fault == "conflict" and name != "put"):
            return doing()
        if self._fault == "conflict":
            raise StoreConflict("another writer was here", "Look again.")
        if self._fault.startswith("dies"):
            if self._fault == "dies after":
                doing()
            raise Died
        if self._fault == "answer lost":
            doing()
        raise StoreUnavailable("no answer", "Try again.")


class Turns:
    """Lets one of several threads go on at a time; whose turn it is, the lot decides before each call of the store."""

    def __init__(self, seed: int, parties: int) -> None:
        self._lot = random.Random(seed)
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._live = set(range(parties))
        self._turn: int | None = None

    def take(self, party: int) -> None:
        """Waits for the turn of a party."""
        with self._changed:
            self._waiting.add(party)
            self._draw()
            if not self._changed.wait_for(lambda: self._turn == party, timeout=20):
                raise TimeoutError
            self._turn = None
            self._waiting.discard(party)

    def leave(self, party: int) -> None:
        """A party is done."""
        with self._changed:
            self._live.discard(party)
            self._draw()

    def chance(self, probability: float) -> bool:
        """One more lot; only whose turn it is may ask."""
        return self._lot.random() < probability

    def _draw(self) -> None:
        if self._live and self._waiting == self._live and self._turn is None:
            self._turn = self._lot.choice(sorted(self._waiting))
            self._changed.notify_all()


class TurnByTurn(Wrapped):
    """The store as one of several parties sees it; with some probability it dies at a call, before or after it was done."""

    def __init__(self, inner: Store, turns: Turns, party: int, dies: float = 0.0) -> None:
        super().__init__(inner)
        self._turns = turns
        self._party = party
        self._dies = dies

    def _call(self, name: str, doing: Callable[[], T]) -> T:
        self._turns.take(self._party)
        if self._turns.chance(self._dies):
            if self._turns.chance(0.5):
                doing()
            raise Died
        return doing()
