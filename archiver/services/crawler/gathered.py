# SPDX-License-Identifier: Apache-2.0
"""What a worker has gathered since its last turn at the frontier, and what it has done in all."""

import json
from collections import Counter
from dataclasses import dataclass, field

from archiver.state.turn import Turn
from manifests.capture import Outcome

NEW, UNCHANGED, CHANGED = range(3)
"""Whether the archive held this URL before, and with these bytes."""


@dataclass(slots=True)
class Tally:
    """What one worker has done, for whoever looks on."""

    captures: int = 0
    octets: int = 0
    """As received, heads included."""
    revisits: int = 0
    fetches: int = 0
    """Requests that were answered or failed, robots.txt and further attempts included."""
    known: int = 0
    """URLs it was the first to find, those out of scope included."""
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    sync_seconds: float = 0.0
    """In which the disk was waited for; fetching went on meanwhile."""
    hosts: dict[str, dict[str, float]] = field(default_factory=dict)
    """Delay and load of the hosts it has just now."""

    def ended(self, outcome: Outcome, reason: str | None) -> None:
        """One more URL that has come to its end."""
        self.outcomes[outcome.value] += 1
        if reason:
            self.reasons[reason] += 1

    def to_json(self) -> str:
        """As it stands in state."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(named)


@dataclass(slots=True)
class Gathered:
    """What waits for the next turn."""

    turn: Turn = field(default_factory=Turn)
    rows: dict[int, list[int]] = field(default_factory=dict)
    """Rows of each host that this turn acknowledges."""
    size: int = 0

    def mark(self, host: int, row: int) -> None:
        """A row whose fate is told in this turn."""
        self.rows.setdefault(host, []).append(row)
        self.size += 1
