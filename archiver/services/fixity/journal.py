# SPDX-License-Identifier: Apache-2.0
"""The journal of an audit that is under way: the lines of its events object as far as they are made, in a local file.

An audit that was cut off goes on from it. What was asked for is part of its name, so audits of other things do not disturb
each other. When all is done the summary is written into it before the object is stored, so that a kill between the two
makes no second object of the same run. The lines stay in the file: in memory is only what was seen of what is not sound.
"""

import contextlib
import gzip
import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

import pydantic

from archiver.errors import StoreUnavailable
from manifests.canonical import canonical_bytes, canonical_json, from_canonical
from manifests.digest import Digest
from manifests.events import ArchiveEvent, EventRun, EventSummary

_PIECE = 1 << 20
_SUMMARY = b'"format":"event-summary/'


class Journal:
    """One run, as far as it has come."""

    def __init__(self, folder: Path, asked: Mapping[str, str], place: str) -> None:
        name = hashlib.sha256(canonical_json({"asked": dict(asked), "place": place})).hexdigest()[:16]
        self.path = folder / f"audit-{name}.jsonl"
        self.run: EventRun | None = None
        self.summary: EventSummary | None = None
        self.done: set[str] = set()
        """What has an event, by its key."""

    def read(self) -> bool:
        """Takes up what an audit that was cut off has left; False when there is nothing to go on from."""
        try:
            whole = self._cut()
            with self.path.open("rb") as file:
                self.run = from_canonical(EventRun, next(file, b""))
            for one in self.events():
                self.done.add(one.about)
        except FileNotFoundError:
            return False
        except pydantic.ValidationError:
            whole = False
        if not whole:
            self.run, self.summary, self.done = None, None, set()
        return whole

    def _cut(self) -> bool:
        """Takes away the end of a line that a kill has cut; False when nothing is left."""
        with self.path.open("r+b") as file:
            size = 0
            for line in file:
                if not line.endswith(b"\n"):
                    break
                size += len(line)
                if _SUMMARY in line:
                    self.summary = from_canonical(EventSummary, line)
            file.truncate(size)
            return size > 0

    def begin(self, run: EventRun) -> None:
        """Begins anew."""
        self.run, self.summary, self.done = run, None, set()
        with _faults(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(canonical_bytes(run) + b"\n")

    def add(self, line: ArchiveEvent | EventSummary) -> None:
        """One more line."""
        with _faults(self.path), self.path.open("ab") as file:
            file.write(canonical_bytes(line) + b"\n")
        if isinstance(line, EventSummary):
            self.summary = line
        else:
            self.done.add(line.about)

    def events(self) -> Iterator[ArchiveEvent]:
        """The events so far, read from the file."""
        with self.path.open("rb") as file:
            next(file, None)
            for line in file:
                if _SUMMARY not in line:
                    yield from_canonical(ArchiveEvent, line)

    @contextlib.contextmanager
    def packed(self) -> Iterator[tuple[BinaryIO, Digest, int]]:
        """The events object as a file, with its digest and size."""
        with _faults(self.path), tempfile.TemporaryFile(dir=self.path.parent) as file:
            with self.path.open("rb") as lines, gzip.GzipFile("", "wb", 9, file, mtime=0) as packing:
                while piece := lines.read(_PIECE):
                    packing.write(piece)
            size, digest = file.tell(), hashlib.sha256()
            file.seek(0)
            while piece := file.read(_PIECE):
                digest.update(piece)
            file.seek(0)
            yield cast(BinaryIO, file), Digest.from_raw("sha256", digest.digest()), size

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


def events_in(content: bytes) -> list[ArchiveEvent]:
    """The events of a stored object, without its first and last line."""
    return [from_canonical(ArchiveEvent, line) for line in gzip.decompress(content).splitlines()[1:-1]]
