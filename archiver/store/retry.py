# SPDX-License-Identifier: Apache-2.0
"""How often and how far apart a store is asked again: exponential back-off with full jitter, bounded in tries and time.

Many workers meet the same SlowDown at once; a random wait up to a doubling bound spreads them. With the defaults a
call gives up after eight tries and at most 25 seconds of waiting, or Retry-After where the store asks for more,
capped each time.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """The bounds of trying again."""

    attempts: int = 8
    """Tries in all, the first one included."""
    first: float = 0.2
    """Longest wait before the second try, in seconds; doubled for each further one."""
    longest: float = 20.0
    """Longest single wait, in seconds, whatever the store asks for."""
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def wait(self, tries: int, asked: float = 0.0) -> None:
        """Sleeps after `tries` failed ones, at least the seconds the store `asked` for within the bound."""
        bound = min(self.longest, self.first * 2 ** (tries - 1))
        self.sleep(max(self.chance() * bound, min(asked, self.longest)))
