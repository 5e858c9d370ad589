# SPDX-License-Identifier: Apache-2.0
"""Power losses in numbers: the model of the tests, run over more moments, seeds and second crashes than a test can.

Remains are of three kinds: of a first process at any moment; of a recovery that was itself cut off; of a process that
went on from where another was killed, building on names and content that nobody had synced.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archiver.services.ingest import World, recover
from tests.faults.lives import Judge, Life, first_work, new_archive, second_work
from tests.faults.remains import SURVIVALS

_AT_ONCE = 6


@dataclass
class Tally:
    """What came of the power losses."""

    power_losses: int = 0
    remains: int = 0
    """Different trees that were recovered from."""
    wrong: list[str] = field(default_factory=list)


class PowerLosses:
    """A campaign of made-up power losses below `folder`."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.tally = Tally()
        self._folder = folder
        self._seed = seed
        self._chance = random.Random(seed)
        self._judge = Judge(folder / "judge")
        new_archive(folder / "life")
        self._life = Life(folder / "life", 1, first_work)

    def go_on(self, remains: int, more: Callable[[], bool] = lambda: True) -> Tally:
        """Loses power until `remains` different trees were recovered from, or `more` says no."""
        self._lose(self._life, list(self._life.moments), "first")
        while self.tally.remains < remains and more():
            moment, survival = self._chance.choice(self._life.moments), self._chance.choice(list(SURVIVALS))
            left = self._life.left(moment, survival, self._next_seed())
            cut_off = Life(self._folder / "second", 2, recover, left=left)
            self._lose(cut_off, self._some(cut_off), f"recovery from {moment} {survival}")
            moment = self._chance.choice(self._life.moments)
            after_kill = Life(self._folder / "second", 2, _recover_and_go_on, before=(self._life, moment))
            self._lose(after_kill, self._some(after_kill), f"after a kill at {moment}")
        return self.tally

    def _lose(self, life: Life, moments: list[int], what: str) -> None:
        for moment in moments:
            for survival in SURVIVALS:
                seed = self._next_seed()
                wrong = self._judge.wrong(life.left(moment, survival, seed))
                self.tally.wrong += [f"{what}, then {moment} {survival} with seed {seed}: {one}" for one in wrong]
        self.tally.power_losses, self.tally.remains = self._judge.asked, self._judge.judged

    def _some(self, life: Life) -> list[int]:
        return self._chance.sample(life.moments, min(_AT_ONCE, len(life.moments)))

    def _next_seed(self) -> int:
        return self._chance.randrange(1 << 32)


def _recover_and_go_on(world: World) -> None:
    recover(world)
    second_work(world)
