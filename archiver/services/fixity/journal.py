# SPDX-License-Identifier: Apache-2.0
"""The journal of an audit that is under way: the lines of its events object as far as they are made, in a local file.

An audit that was cut off goes on from it. What was asked for is part of its name, so audits of other things do not disturb
each other. When all is done the summary is written into it before the object is stored, so that a kill between the two
makes no second object of the same run.
"""

import contextlib
import gzip
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pydantic

from archiver.errors import StoreUnavailable
from manifests.canonical import Model, canonical_bytes, canonical_json, from_canonical
from manifests.events import ArchiveEvent, EventRun, EventSummary


class Journal:
    """One run, as far as it has come."""

    def __init__(self, folder: Path, asked: Mapping[str, str], place: str) -> None:
        name = hashlib.sha256(canonical_json({"asked": dict(asked), "place": place})).hexdigest()[:16]
        self.path = folder / f"audit-{name}.jsonl"
        self.run: EventRun | None = None
        self.events: list[ArchiveEvent] = []
        self.summary: EventSummary | None = None

    def read(self) -> bool:
        """Takes up what an audit that was cut off has left; False when there is nothing to go on from."""
        try:
            lines = self.path.read_bytes().split(b"\n")[:-1]  # a kill may have cut the last one
        except FileNotFoundError:
            return False
        try:
            self.run = from_canonical(EventRun, lines[0])
            for line in lines[1:]:
                if b'"format":"event-summary/' in line:
                    self.summary = from_canonical(EventSummary, line)
                else:
                    self.events.append(from_canonical(ArchiveEvent, line))
        except (IndexError, pydantic.ValidationError):
            self.run, self.events, self.summary = None, [], None
            return False
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))
        return True

    def begin(self, run: EventRun) -> None:
        """Begins anew."""
        self.run, self.events, self.summary = run, [], None
        with _faults(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(canonical_bytes(run) + b"\n")

    def add(self, line: ArchiveEvent | EventSummary) -> None:
        """One more line."""
        if isinstance(line, EventSummary):
            self.summary = line
        else:
            self.events.append(line)
        with _faults(self.path), self.path.open("ab") as file:
            file.write(canonical_bytes(line) + b"\n")

    def packed(self) -> bytes:
        """The events object."""
        lines: list[Model | None] = [self.run, *self.events, self.summary]
        return gzip.compress(b"".join(canonical_bytes(one) + b"\n" for one in lines if one is not None), mtime=0)

    def remove(self) -> None:
        """Nothing is to be gone on with any more."""
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StoreUnavailable(
            f"the journal {path} cannot be written: {fault.strerror}", "Make room, then run the audit again."
        ) from fault
