# SPDX-License-Identifier: Apache-2.0
"""A crawl made by hand: a job, seeds, and URLs of the frontier that have ended, in an archive of the tests."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from archiver.errors import StoreUnavailable
from archiver.state.crawls import CrawlRow, SeedRow
from archiver.state.turn import Ended, Found, Visited
from archiver.store.memory import MemoryStore
from archiver.urls import parse
from manifests.capture import Outcome
from manifests.digest import Digest
from tests.services.exchanges import Archive

BEGAN = datetime(2026, 3, 3, 10, tzinfo=UTC)
SEED = "http://gazette.example/"
JOB = """\
name: gazette
seeds: ["http://gazette.example/"]
scope: {type: host, exclude: ["/print/"]}
parameters: [utm_source]
"""
ID = "01kjs1v880" + "0" * 16


class FaultyStore(MemoryStore):
    """A store that gives no answer at the call of `put` with this number, counted from 0; before or after it was done."""

    def __init__(self, fails_at: int, *, done: bool) -> None:
        super().__init__()
        self.calls = 0
        self._fails_at = fails_at
        self._done = done

    def put(self, key: str, content: bytes | BinaryIO, *, sha256: Digest, size: int, final: bool = False) -> None:
        number, self.calls = self.calls, self.calls + 1
        if number == self._fails_at and not self._done:
            raise StoreUnavailable("no answer", "Try again.")
        super().put(key, content, sha256=sha256, size=size, final=final)
        if number == self._fails_at:
            raise StoreUnavailable("no answer", "Try again.")


@dataclass
class Crawled:
    """One crawl of `JOB`, begun with its seed."""

    archive: Archive
    row: int = 0
    made: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        state = self.archive.world.state
        with state.writing() as connection:
            row = state.crawls.begin(connection, ID, "gazette", JOB, BEGAN.isoformat())
            assert row is not None
            self.row = row
            state.crawls.add_seeds(connection, row, [SeedRow(0, SEED, "{}")])
        self.find(SEED, path="", rule="seed")

    @property
    def crawl(self) -> CrawlRow:
        return self.archive.world.state.crawls.get(ID)

    def find(self, url: str, *, path: str = "L", rule: str = "host:gazette.example", via: str | None = SEED,
             reason: str | None = None) -> None:  # fmt: skip
        """A URL that was found, accepted or not."""
        known = parse(url)
        via_row = self.rows.get(via) if via and path else None
        one = Found(known.origin, known.target, 3, path.count("L"), 0, path, 0, via_row, rule, reason)
        state = self.archive.world.state
        with state.writing() as connection:
            state.frontier.know(connection, self.row, [one])
        (kept,) = state.frontier.known(self.row, (known.origin, known.target))
        self.rows[url] = kept["id"]

    def end(self, url: str, outcome: Outcome = Outcome.CAPTURED_COMPLETE, **named: Any) -> None:
        """What became of it."""
        state = self.archive.world.state
        with state.writing() as connection:
            state.frontier.end(connection, [self._ended(self.rows[url], outcome, **named)])

    def take(self, url: str, outcome: Outcome = Outcome.CAPTURED_COMPLETE, *, path: str = "L", via: str | None = SEED,
             **named: Any) -> None:  # fmt: skip
        """A URL that was found and has ended."""
        self.find(url, path=path, via=via)
        self.end(url, outcome, **named)

    def robots(self, code: int = 200) -> None:
        """robots.txt of the seed's host was asked for."""
        found = Found("http://gazette.example", "/robots.txt", 1, 0, 0, "P", 0, None, "prerequisite")
        state = self.archive.world.state
        with state.writing() as connection:
            ended = self._ended(0, Outcome.CAPTURED_COMPLETE, code=code)
            state.frontier.visit(connection, self.row, [Visited(found, ended)])

    def many(self, count: int) -> None:
        """So many captures, two of three with the archive's own bytes."""
        state = self.archive.world.state
        for at in range(0, count, 5000):
            numbers = range(at, min(at + 5000, count))
            found = [
                Found("http://gazette.example", f"/p/{n}", 3, 1, 0, "L", 0, 1, "host:gazette.example") for n in numbers
            ]
            ended = [self._ended(0, Outcome.CAPTURED_COMPLETE, code=200, change=n % 3) for n in numbers]
            with state.writing() as connection:
                pairs = zip(found, ended, strict=True)
                state.frontier.visit(connection, self.row, [Visited(f, e) for f, e in pairs])

    def _ended(self, row: int, outcome: Outcome, **named: Any) -> Ended:
        self.made += 1
        kept = outcome in (Outcome.CAPTURED_COMPLETE, Outcome.CAPTURED_TRUNCATED, Outcome.FAILED)
        given = {
            "capture_id": f"{self.made:08x}-0000-4000-8000-000000000000" if kept else None,
            "octets": 1000 if kept else 0,
            "code": 200 if kept and outcome is not Outcome.FAILED else None,
        } | named  # fmt: skip
        at = (BEGAN + timedelta(seconds=self.made % 3000)).timestamp()
        return Ended(row=row, outcome=outcome, ended_at=at, **given)
