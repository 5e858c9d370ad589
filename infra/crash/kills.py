# SPDX-License-Identifier: Apache-2.0
"""Random kills of a capturing process: `kill -9` at any instant, and the next process goes on from there.

Each child opens the archive, which recovers what the one before it left, and captures pages of a loopback site until it is
killed. Every so many kills the archive is recovered once more, judged whole, and a new one begun. Where a kill fell is
read from a copy of the state it left.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from archiver.archive import Archive
from archiver.state.state import State
from infra.crash import runs
from infra.crash.invariants import after_recovery
from infra.crash.nursery import Nursery
from infra.crash.site import Site

KILLS_AN_ARCHIVE = 40
_GROUPS, _PAGES = 12, 3


@dataclass
class Tally:
    """What came of the kills."""

    kills: int = 0
    ended_before: int = 0
    """Children that were done before their kill came; they do not count."""
    acknowledged: int = 0
    visible: int = 0
    archives: int = 0
    fell_on: Counter[str] = field(default_factory=Counter)
    """What the kill left to be recovered: `nothing`, or the stages of the segments."""
    wrong: list[str] = field(default_factory=list)


class Kills:
    """A campaign of random kills below `folder`."""

    def __init__(self, folder: Path, nursery: Nursery, site: Site, seed: int) -> None:
        self.tally = Tally()
        self._folder = folder
        self._nursery = nursery
        self._site = site
        self._chance = random.Random(seed)
        self._numbers = count(1)
        self._whole = 0.0

    def go_on(self, kills: int, more: Callable[[], bool] = lambda: True) -> Tally:
        """Kills until there were `kills`, or `more` says no; each archive is judged before the next is begun."""
        while self.tally.kills < kills and more():
            root = self._folder / f"archive-{self.tally.archives}"
            with Archive.init(root):
                pass
            promised = self._undisturbed(root)
            last = min(kills, self.tally.kills + KILLS_AN_ARCHIVE)
            while self.tally.kills < last and more():
                promised += self._one(root)
            self._judge(root, promised)
        return self.tally

    def _undisturbed(self, root: Path) -> list[str]:
        """One child that nobody kills: how long a run takes says when to kill the others."""
        began = time.monotonic()
        ended = self._nursery.run(self._described(root))
        self._whole = time.monotonic() - began
        if ended.code != 0:
            self.tally.wrong.append(f"an undisturbed run ended with {ended.code}: {ended.said[-2000:]}")
        return list(ended.acknowledged)

    def _one(self, root: Path) -> list[str]:
        instant = self._chance.uniform(0, self._whole)
        killed = False

        def during(pid: int, ended_within: Callable[[float], bool]) -> None:
            nonlocal killed
            if not ended_within(instant):
                os.kill(pid, signal.SIGKILL)
                killed = True

        ended = self._nursery.run(self._described(root), during=during)
        if ended.code == -signal.SIGKILL:
            self.tally.kills += 1
            self.tally.fell_on[self._left(root)] += 1
        else:
            self.tally.ended_before += 1
            if ended.code != 0:
                self.tally.wrong.append(f"a run ended with {ended.code}: {ended.said[-2000:]}")
        return list(ended.acknowledged)

    def _described(self, root: Path) -> str:
        groups = [[self._site.url(next(self._numbers)) for _ in range(_PAGES)] for _ in range(_GROUPS)]
        return runs.described("pages", root=str(root), groups=groups, allowed=self._site.allowed)

    def _left(self, root: Path) -> str:
        copied = self._folder / "state"
        copied.mkdir()
        for name in ("state.sqlite", "state.sqlite-wal"):
            if (root / name).exists():
                shutil.copy(root / name, copied / name)
        state = State(copied / "state.sqlite")
        found = [one.stage + ("" if one.acknowledged else ", empty") for one in state.unfinished()]
        state.close()
        shutil.rmtree(copied)
        return "; ".join(sorted(set(found))) or "nothing"

    def _judge(self, root: Path, promised: list[str]) -> None:
        world = runs.open_world(root)
        self.tally.wrong += [f"{root.name}: {one}" for one in after_recovery(world, promised)]
        self.tally.visible += world.generations.current().counts()["captures"]
        self.tally.acknowledged += len(promised)
        self.tally.archives += 1
        runs.close(world)
        with Archive.open(root) as archive:
            archive.ledger.log()
            for one in archive.ledger.check(archive.catalog()):
                self.tally.wrong.append(f"{root.name}: {one.code} {one.where}: {one.detail}")
            logged, sealed = archive.ledger.standing().head.size, len(archive.catalog().all_segments())
            if logged != sealed:
                self.tally.wrong.append(f"{root.name}: {sealed} segments are sealed, {logged} are in the ledger")
        if not self.tally.wrong:
            shutil.rmtree(root)
