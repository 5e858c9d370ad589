# SPDX-License-Identifier: Apache-2.0
"""What was done to an archive after it was written: checks, repairs, withholdings and the like, as PREMIS events.

One stored object holds the events of one run, in canonical JSON lines compressed with gzip: first an `EventRun` (who ran
which software, and what was asked), then an `ArchiveEvent` for each thing that was looked at or changed, last an
`EventSummary` whose counts are those of the lines between. An object without its summary is not whole. Nothing written
here changes what was sealed; PREMIS 3.0 calls the parts event, agent and linked object.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from manifests.agents import Agent, Fetcher
from manifests.canonical import Instant, Model
from manifests.digest import Digest
from manifests.fixity import Finding

EVENT_FORMAT = "event/0"
EVENT_RUN_FORMAT = "event-run/0"
EVENT_SUMMARY_FORMAT = "event-summary/0"

EventKind = Literal["fixity-check", "repair", "withholding", "restoration", "erasure", "import", "note"]
EVENT_KINDS: dict[str, str] = {
    "fixity-check": "stored bytes were compared with what was sealed",
    "repair": "a damaged or missing object was stored again from a good copy",
    "withholding": "captures are no longer shown, their bytes are kept",
    "restoration": "withheld captures are shown again",
    "erasure": "bytes were removed under a stated order",
    "import": "records of another archive were taken in",
    "note": "something was written down about an object, and nothing was done",
}
"""The closed list of kinds, with their meaning."""

EventOutcome = Literal["success", "failure", "could-not-check"]
EVENT_OUTCOMES: dict[str, str] = {
    "success": "done, and nothing was found wrong",
    "failure": "something is damaged, missing or otherwise wrong, or could not be done",
    "could-not-check": "the store gave no answer, so nothing is known of it",
}
"""The closed list of outcomes, with their meaning."""


class EventObject(Model):
    """One stored object that an event is about."""

    key: str
    """Its key in the store."""
    size: int | None = None
    """Octets, as they were seen."""
    sha256: Digest | None = None
    """As it was computed from the bytes, or as the store itself returned it; absent where neither was."""


class EventRun(Model):
    """The first line: who ran what."""

    format: Literal["event-run/0"] = Field(default=EVENT_RUN_FORMAT, validate_default=True)
    run_id: str
    """The run: 26 letters and digits of time and chance."""
    archive_id: str
    """The archive."""
    store: str
    """The store that was looked at, as a person names it."""
    kind: EventKind
    """What kind of events follow."""
    asked: dict[str, str] = Field(default_factory=dict)
    """What was asked for, by the names of the options."""
    seed: int | None = None
    """Which part a sample is: the same seed over the same archive gives the same part."""
    of: int
    """How many things there were to choose from, when it began."""
    chosen: int
    """How many of them were chosen."""
    agent: Agent | None = None
    """Who runs the archive, as given."""
    software: Fetcher
    """The program."""
    started_at: Instant
    """When it began."""


class ArchiveEvent(Model):
    """One event."""

    format: Literal["event/0"] = Field(default=EVENT_FORMAT, validate_default=True)
    event_id: str
    """The run and the number of the event in it."""
    kind: EventKind
    """What was done."""
    about: str
    """What it was done to, for people: a segment, a crawl, a claims set, the archive's description."""
    at: Instant
    """When it was done."""
    objects: tuple[EventObject, ...] = ()
    """The stored objects that were looked at or changed."""
    outcome: EventOutcome
    """What came of it."""
    findings: tuple[Finding, ...] = ()
    """What was seen."""
    captures: int = 0
    """Captures in it that were checked."""
    octets: int = 0
    """Octets that were read."""
    unchecked: int = 0
    """Objects whose presence and size were compared but not their digest: the store returns none."""
    detail: str | None = None
    """In words, where more is to be said."""


class EventSummary(Model):
    """The last line: the run in numbers."""

    format: Literal["event-summary/0"] = Field(default=EVENT_SUMMARY_FORMAT, validate_default=True)
    run_id: str
    """The run."""
    ended_at: Instant
    """When it ended."""
    outcome: EventOutcome
    """`failure` when one event failed or nothing was looked at, else `could-not-check` when one could not be checked."""
    events: int
    """Lines between the first and this one."""
    success: int
    """Those of them with this outcome."""
    failure: int
    """Those of them with this outcome."""
    could_not_check: int
    """Those of them with the outcome `could-not-check`."""
    objects: int
    """Stored objects that were looked at."""
    captures: int
    """Captures that were checked."""
    octets: int
    """Octets that were read."""
    unchecked: int
    """Objects whose digest could not be compared, as their events count them."""
    findings: dict[str, int] = Field(default_factory=dict)
    """How many findings there are of each code."""


def summary(run_id: str, ended_at: Instant, events: Iterable[ArchiveEvent]) -> EventSummary:
    """The last line for these events."""
    outcomes, codes = Counter[str](), Counter[str]()
    objects = captures = octets = unchecked = 0
    for one in events:
        outcomes[one.outcome] += 1
        codes.update(finding.code for finding in one.findings)
        objects += len(one.objects)
        captures += one.captures
        octets += one.octets
        unchecked += one.unchecked
    outcome: EventOutcome = "success"
    if outcomes["could-not-check"]:
        outcome = "could-not-check"
    if outcomes["failure"] or not (objects or outcomes["could-not-check"]):
        outcome = "failure"  # of nothing that was looked at nothing is known either
    return EventSummary(
        run_id=run_id,
        ended_at=ended_at,
        outcome=outcome,
        events=sum(outcomes.values()),
        success=outcomes["success"],
        failure=outcomes["failure"],
        could_not_check=outcomes["could-not-check"],
        objects=objects,
        captures=captures,
        octets=octets,
        unchecked=unchecked,
        findings=dict(codes),
    )
