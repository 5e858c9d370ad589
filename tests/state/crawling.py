# SPDX-License-Identifier: Apache-2.0
"""A state with a crawl in it, and URLs made short, for the tests of frontier, leases and crawls."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from archiver.state.state import State
from archiver.state.turn import Ended, Found, Leased, Left, Waiting
from manifests.capture import Outcome

ARCHIVE = "00000000-0000-4000-8000-00000000abcd"
CREATED = "2026-03-03T10:00:00+00:00"
QUAY, FERRY = "http://quay.example", "http://ferry.example"
NOW = 1_772_532_000.0


def opened(path: Path) -> State:
    """The state at a path, made if need be."""
    state = State(path)
    state.prepare(ARCHIVE)
    return state


def found(
    target: str = "/",
    origin: str = QUAY,
    *,
    priority: int = 3,
    reason: str | None = None,
    via: int | None = None,
    path: str = "L",
) -> Found:
    """A URL that was found, in scope unless there is a reason against it."""
    rule = "type:host" if reason is None else "beyond type:host"
    return Found(origin, target, priority, 1, 0, path, 0, via, rule, reason)


class Crawl:
    """One crawl of a state, with each step a transaction of its own."""

    def __init__(self, state: State, name: str = "a", job: str = "quay") -> None:
        self.state = state
        self.crawl_id = name * 26
        with state.writing() as connection:
            row = state.crawls.begin(connection, self.crawl_id, job, f"name: {job}\n", CREATED)
        assert row is not None
        self.row = row

    def know(self, *several: Found) -> int:
        """Tells the frontier what was found."""
        with self.state.writing() as connection:
            return self.state.frontier.know(connection, self.row, several)

    def worker(self, until: float = NOW + 60) -> int:
        """The token of a new worker."""
        return self.state.leases.enlist(self.row, "here:1", until)

    def claim(self, token: int, now: float = NOW, held: int = 0, most: int = 100) -> list[Leased]:
        """Hosts for a worker."""
        with self.state.writing() as connection:
            return self.state.leases.claim(connection, self.row, token, now, held, most)

    def leave(
        self, token: int, host: int, next_at: float = NOW, *, drained: bool = True, memory: bytes | None = None
    ) -> None:
        """Gives a host back."""
        with self.state.writing() as connection:
            self.state.leases.leave(connection, token, Left(host, next_at, memory, drained))

    def load(self, host: int, now: float = NOW, most: int = 100, under_way: Iterable[int] = ()) -> list[Waiting]:
        """What of a host may be asked for."""
        return self.state.frontier.load(host, now, most, set(under_way))

    def targets(self, host: int, now: float = NOW) -> list[str]:
        """The targets of what may be asked for, in order."""
        return [one.target for one in self.load(host, now)]

    def end(self, row: int, outcome: Outcome = Outcome.CAPTURED_COMPLETE, reason: str | None = None) -> None:
        """A URL has come to its end."""
        capture_id = f"{row:08x}-0000-4000-8000-000000000000" if outcome is Outcome.CAPTURED_COMPLETE else None
        with self.state.writing() as connection:
            self.state.frontier.end(
                connection, [Ended(row, outcome, NOW, reason, None, 200, capture_id, 1000, 0, '{"detail": "d"}')]
            )

    def url(self, target: str, origin: str = QUAY) -> dict[str, object]:
        """All that is known of a URL."""
        (one,) = self.state.frontier.known(self.row, (origin, target))
        return one

    def over(self) -> bool:
        """Whether nothing is left."""
        return self.state.frontier.over(self.row)


@contextlib.contextmanager
def a_crawl(path: Path) -> Iterator[Crawl]:
    """A crawl in a state of its own."""
    state = opened(path / "state.sqlite")
    try:
        yield Crawl(state)
    finally:
        state.close()
