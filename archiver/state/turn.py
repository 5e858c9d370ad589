# SPDX-License-Identifier: Apache-2.0
"""What a worker and the frontier say to each other, as values."""

from dataclasses import dataclass, field

from manifests.capture import Outcome

OUTCOMES = tuple(Outcome)
"""Outcomes by the number they are kept under."""

SKIPPED = OUTCOMES.index(Outcome.SKIPPED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A URL that waits to be asked for."""

    row: int
    host: int
    target: str
    priority: int
    depth: int
    """Links from the seed."""
    hops: int
    """Links beyond the scope."""
    path: str
    seed: int
    attempts: int
    rule: str | None
    via_url: str | None
    via_capture: str | None
    """The capture it was found in."""
    facts: str | None = None
    """JSON; for a retry, the capture that it takes again."""


@dataclass(frozen=True, slots=True)
class Found:
    """A URL that was found, accepted or not."""

    origin: str
    target: str
    priority: int
    depth: int
    hops: int
    path: str
    seed: int
    via: int | None
    rule: str
    reason: str | None = None
    """Why it is skipped; None when it is accepted."""
    facts: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A seed that a sitemap or feed named."""

    found: Found
    """The URL as a seed; the number of its seed is given when it is written down."""
    url: str
    settings: str
    """JSON of what the seed has otherwise than its job."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a URL."""

    row: int
    outcome: Outcome
    ended_at: float
    reason: str | None = None
    rule: str | None = None
    code: int | None = None
    capture_id: str | None = None
    octets: int = 0
    change: int | None = None
    facts: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """A URL that is to be tried once more."""

    row: int
    attempts: int
    not_before: float
    reason: str


@dataclass(frozen=True, slots=True)
class Visited:
    """A URL that was asked for without waiting in the frontier: robots.txt and where it redirects to."""

    found: Found
    ended: Ended


@dataclass(frozen=True, slots=True)
class Left:
    """A host that its worker gives back."""

    host: int
    next_at: float
    memory: bytes | None
    drained: bool
    """Nothing of it waits that may be asked for now, as far as the worker knows."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A host that this worker now has."""

    host: int
    origin: str
    next_at: float
    captures: int
    octets: int
    memory: bytes | None


@dataclass(frozen=True, slots=True)
class SeedTold:
    """What a worker tells of a seed with limits of its own."""

    captures: int
    """Taken since the last turn, as `octets`."""
    octets: int
    wanted: int
    """Captures that it wants to hold as its share from now on, those under way among them."""
    limit: int | None
    """The captures that the seed may have; None when their number is not limited."""


@dataclass(frozen=True, slots=True)
class SeedStanding:
    """How a seed with limits of its own stands."""

    captures: int
    """Taken by all workers that the crawl ever had, as `octets`."""
    octets: int
    share: int
    """Captures that the worker who asks may take before it tells of them."""


@dataclass(slots=True)
class Turn:
    """All that a worker has to say to the frontier at one time."""

    ended: list[Ended] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    visited: list[Visited] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    counted: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Captures and octets taken of a host since the last turn."""
    seeds: dict[int, SeedTold] = field(default_factory=dict)
    """Of seeds with limits of their own, by number."""

    def __bool__(self) -> bool:
        return bool(self.ended or self.again or self.found or self.listed or self.visited or self.left or self.seeds)
