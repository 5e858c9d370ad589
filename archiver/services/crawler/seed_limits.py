# SPDX-License-Identifier: Apache-2.0
"""The limits that a seed has of its own, as one worker keeps to them: captures exactly, octets and time as soon as they are seen.

A capture of such a seed needs a place in the worker's share of what the seed may still take (`state.seed_limits`). Shares are
settled at every turn. Between turns a worker takes no more places than its share has, counting what it took and what is under
way. Octets that others received are known from the last turn; what is under way when a limit is reached is still taken.
"""

from collections.abc import Callable, Mapping

from archiver.services.crawler.plan import OwnLimits
from archiver.state.turn import SeedStanding, SeedTold

CHUNK = 200
"""Captures of a seed, beyond those under way, that a worker wants to hold for its next turn."""


class _Seed:
    """One seed with limits of its own, as this worker knows it."""

    __slots__ = ("captures", "known", "limits", "new_captures", "new_octets", "octets", "share", "under_way", "wanting")

    def __init__(self, limits: OwnLimits) -> None:
        self.limits = limits
        self.known = False
        """It is known how it stands."""
        self.captures = self.octets = 0
        """Taken by all workers, as far as was told."""
        self.share = 0
        self.new_captures = self.new_octets = 0
        """Taken here since the last turn."""
        self.under_way = 0
        self.wanting = False
        """A place was wanted since the last turn."""


class SeedLimits:
    """The seeds with limits that a worker has met: some hundred octets each. Belongs to the event loop."""

    def __init__(self, began_at: float, now: Callable[[], float]) -> None:
        """`began_at` is the beginning of the crawl, `now` the time, both in seconds since 1970."""
        self._began_at = began_at
        self._now = now
        self._seeds: dict[int, _Seed] = {}
        self._stirring: set[int] = set()
        """Seeds that have something to tell, or a share."""

    def spent(self, number: int, limits: OwnLimits) -> str | None:
        """The limit that a seed has reached, as a rule; None while it has not, as far as is known."""
        if limits.seconds is not None and self._now() - self._began_at >= limits.seconds:
            return f"seed.time={limits.seconds:g}"
        one = self._seeds.get(number)
        if one is None:
            return None
        if limits.captures is not None and one.captures + one.new_captures >= limits.captures:
            return f"seed.captures={limits.captures}"
        if limits.octets is not None and one.octets + one.new_octets >= limits.octets:
            return f"seed.bytes={limits.octets}"
        return None

    def take_place(self, number: int, limits: OwnLimits) -> bool:
        """Whether a URL of a seed may be asked for now; if not, that may be so after the next turn."""
        one = self._seeds.get(number)
        if one is None:
            one = self._seeds[number] = _Seed(limits)
        self._stirring.add(number)
        one.wanting = True
        if not one.known or (limits.captures is not None and one.new_captures + one.under_way >= one.share):
            return False
        one.under_way += 1
        return True

    def give_place(self, number: int) -> None:
        """A URL is no longer asked for, whatever came of it."""
        self._seeds[number].under_way -= 1

    def took(self, number: int, octets: int) -> None:
        """A capture was recorded."""
        one = self._seeds.get(number)
        if one is not None:
            one.new_captures += 1
            one.new_octets += octets

    def tell(self, *, last: bool) -> dict[int, SeedTold]:
        """What the next turn is to tell of seeds; until its answer comes, no more is taken than both it and the share allow."""
        told = {}
        for number in list(self._stirring):
            one = self._seeds[number]
            wanted = 0 if last else one.under_way + (CHUNK if one.wanting else 0)
            if not one.wanting and not one.new_captures and wanted == one.share > 0:
                continue  # as it was told before
            told[number] = SeedTold(one.new_captures, one.new_octets, wanted, one.limits.captures)
            one.share = min(one.share - one.new_captures, wanted)
            one.captures += one.new_captures
            one.octets += one.new_octets
            one.new_captures = one.new_octets = 0
            one.wanting = False
            if not wanted:
                self._stirring.discard(number)
        return told

    def learn(self, standings: Mapping[int, SeedStanding]) -> None:
        """What a turn brought back of the seeds it told of."""
        for number, standing in standings.items():
            one = self._seeds[number]
            one.known = True
            one.captures, one.octets, one.share = standing.captures, standing.octets, standing.share
