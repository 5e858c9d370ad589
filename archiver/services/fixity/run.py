# SPDX-License-Identifier: Apache-2.0
"""An audit from its beginning, or from where it was cut off, to its event in the store.

Guarantees: every unit that was chosen has one line, whatever came of it, and the counts of the summary are those of the
lines; a run in which nothing was looked at is a failure; the object is created once, at the end.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver.errors import BadInput
from archiver.ports import Store
from archiver.services import forking, layout
from archiver.services.fixity.checking import Checked, Checker
from archiver.services.fixity.coverage import Coverage
from archiver.services.fixity.journal import Journal
from archiver.services.fixity.units import Sample, Unit, within
from archiver.services.observations import SOFTWARE
from manifests.agents import Agent
from manifests.events import ArchiveEvent, EventOutcome, EventRun, EventSummary, summary


@dataclass(frozen=True, slots=True)
class Request:
    """What an audit is asked for."""

    deep: bool = False
    sample: str | None = None
    """`5%` or a number; None for everything."""
    seed: int | None = None
    """Which part a sample is; None for the part after the last one."""
    segment: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    rate: int | None = None
    """Octets a second, over all processes."""
    processes: int = 1
    unfinished: str | None = None
    """`resume` to go on with one that was cut off, and with nothing else; `restart` to begin anew; None for either."""

    @property
    def level(self) -> str:
        """`quick` or `deep`."""
        return "deep" if self.deep else "quick"

    def asked(self) -> dict[str, str]:
        """What decides which things are looked at, and how, by name."""
        named = {
            "level": self.level,
            "sample": self.sample,
            "seed": None if self.seed is None else str(self.seed),
            "segment": self.segment,
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audit has come."""

    done: int
    of: int
    octets: int
    """Read by this process and its workers, since it was begun or gone on with."""
    bad: int
    """Units in which something is wrong."""
    seconds: float
    left: float | None
    """Seconds that the rest may take; None while nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit saw."""

    run: EventRun
    summary: EventSummary
    told: list[ArchiveEvent]
    """The events that have findings."""
    counted: dict[str, Counter[str]]
    """How many things came to which outcome, by the first part of their keys."""
    key: str
    """The events object in the store."""
    coverage_age: float | None
    """Seconds since the part of the archive that was audited longest ago was; None while one never was."""
    resumed: bool


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Whose archive is audited, where, and by which clock."""

    archive_id: str
    operator: Agent | None
    folder: Path
    """Where state is kept on this machine."""
    now: Callable[[], datetime]
    chance: Callable[[int], bytes]
    clock: Callable[[], float] = time.monotonic


def audit(
    store: Store,
    every: list[Unit],
    begin: Callable[[], Checker],
    request: Request,
    around: Circumstances,
) -> Generator[Progress, None, Audited]:
    """Audits what is asked for of `every` unit, and stores what was seen.

    `begin` is called once in each process that checks. Raises `NotFound` when nothing is asked for, `BadInput`, and
    `StoreUnavailable` when what was seen cannot be stored; the next call with the same request then stores it.
    """
    journal = Journal(around.folder, request.asked(), store.place)
    resumed = request.unfinished != "restart" and journal.read()
    if request.unfinished == "resume" and not resumed:
        raise BadInput("no audit of this kind was cut off", "Leave out --resume to begin one.")
    coverage = Coverage.read(around.folder, store.place)
    wanted = within(every, segment=request.segment, since=request.since, until=request.until)
    seed = journal.run.seed if resumed and journal.run is not None else _seed(request, coverage)
    chosen = wanted if request.sample is None else Sample.of_text(request.sample).chosen(wanted, seed or 0)
    if journal.run is None:
        journal.begin(_run(store, request, around, seed, len(wanted), len(chosen)))
    run = journal.run
    assert run is not None
    if journal.summary is None:
        left = [one for one in chosen if one.key not in journal.done]
        yield from _check(left, begin, request, around, journal)
        journal.add(summary(run.run_id, around.now(), journal.events()))
    ended, key = journal.summary, events_key(run)
    assert ended is not None
    with journal.packed() as (file, digest, size):
        store.put(key, file, sha256=digest, size=size)
    counted: dict[str, Counter[str]] = {}
    told, checked = [], []
    for one in journal.events():
        counted.setdefault(one.about.partition("/")[0], Counter())[one.outcome] += 1
        told += [one] if one.findings else []
        checked += [one.about] if one.outcome != "could-not-check" else []
    at = round(ended.ended_at.timestamp())
    coverage.note(checked, at, deep=request.deep)
    if request.sample is not None and request.seed is None and seed is not None:
        coverage.next_seed = seed + 1
    keys = [one.key for one in every]
    coverage.keep(around.folder, store.place, keys)
    journal.remove()
    oldest = coverage.oldest(keys, deep=request.deep)
    age = None if oldest is None else max(0.0, at - oldest)
    return Audited(run, ended, told, counted, key, age, resumed)


def events_key(run: EventRun) -> str:
    """Where the events of a run are stored."""
    return f"{layout.EVENTS}{run.started_at:%Y/%m/%d}/{run.run_id}.jsonl.gz"


def _seed(request: Request, coverage: Coverage) -> int | None:
    if request.sample is None:
        return None
    return coverage.next_seed if request.seed is None else request.seed


def _run(store: Store, request: Request, around: Circumstances, seed: int | None, of: int, chosen: int) -> EventRun:
    started_at = around.now()
    return EventRun(
        run_id=layout.segment_id(started_at, around.chance(10)),
        archive_id=around.archive_id,
        store=store.place,
        kind="fixity-check",
        asked=request.asked(),
        seed=seed,
        of=of,
        chosen=chosen,
        agent=around.operator,
        software=SOFTWARE,
        started_at=started_at,
    )


def _check(
    units: list[Unit], begin: Callable[[], Checker], request: Request, around: Circumstances, journal: Journal
) -> Generator[Progress, None, None]:
    began, octets = around.clock(), 0
    bad = sum(one.outcome == "failure" for one in journal.events())
    before = len(journal.done)

    def work() -> Callable[[Unit], Checked]:
        return begin().check

    yield Progress(before, before + len(units), 0, bad, 0.0, None)
    results = forking.mapped(work, units, request.processes)
    for number, (unit, checked) in enumerate(zip(units, results, strict=True), 1):
        event = _event(journal, unit, checked, around.now())
        journal.add(event)
        octets += event.octets
        bad += event.outcome == "failure"
        seconds = around.clock() - began
        left = seconds / number * (len(units) - number)
        yield Progress(before + number, before + len(units), octets, bad, seconds, left)


def _event(journal: Journal, unit: Unit, checked: Checked, at: datetime) -> ArchiveEvent:
    assert journal.run is not None
    report = checked.report
    outcome: EventOutcome = "could-not-check"
    if checked.answered:
        outcome = "success" if report.sound and report.objects else "failure"
    return ArchiveEvent(
        event_id=f"{journal.run.run_id}-{len(journal.done) + 1}",
        kind="fixity-check",
        about=unit.key,
        at=at,
        objects=tuple(report.objects),
        outcome=outcome,
        findings=tuple(report.findings),
        captures=report.captures,
        octets=report.octets,
        unchecked=checked.unchecked,
    )
