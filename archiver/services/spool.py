# SPDX-License-Identifier: Apache-2.0
"""The spool: growing segments on a local disk, each with one writer.

A segment is a folder `<spool>/<segment-id>/` with its WARC file; its writer holds an exclusive lock on `lock` there, which
the kernel drops when the process dies. Guarantees: `append` gives the place of whole members; `sync` returns only when they
are on stable storage; after any fault the segment takes nothing more, because a second fsync proves nothing.
Who acknowledges, seals and stores is decided in `ingest`, `seal` and `recovery`.
"""

import contextlib
import errno
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.disk import Disk, faults
from archiver.errors import ArchiverError, Damaged, DiskFault
from archiver.formats import warc
from archiver.lock import Lock
from archiver.services.records import CaptureRecords
from manifests.digest import Digest

_BATCH = 1 << 20
_HELD_BACK = 1 << 18


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tells a fault of reading a file of the spool as ours. Raises `DiskFault`, `StoreUnavailable`; `Damaged` when it is gone."""
    try:
        with faults("reading", path):
            yield
    except FileNotFoundError as missing:
        raise Damaged(
            f"{path} is missing although captures in it were acknowledged",
            "Put it back if it was moved; nothing else has these captures.",
        ) from missing


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the records of one capture were put, in octets of the WARC file."""

    ordinal: int
    end: int
    sha256: Digest
    """Over the file from its beginning up to `end`."""
    own: tuple[int, int] | None
    """Offset and length of the capture's own record."""
    manifest: tuple[int, int]
    """Offset and length of the record of its manifest."""


class Spool:
    """The folder of all growing segments of one archive on this machine."""

    def __init__(self, root: Path, disk: Disk) -> None:
        self.root = root
        self.disk = disk

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """While inside, no other process begins a segment or looks for abandoned ones."""
        self.disk.make_folder(self.root)
        lock = Lock(self.root / "lock")
        lock.take(wait=True)
        try:
            yield
        finally:
            lock.release()

    def folder(self, segment_id: str) -> Path:
        """The folder of a segment."""
        return self.root / segment_id

    def begin(self, segment_id: str, warc_name: str) -> "SpoolSegment":
        """A new segment, locked, with an empty WARC file whose name is durable. Call inside `quiet`."""
        folder = self.folder(segment_id)
        self.disk.make_folder(folder)
        lock = Lock(folder / "lock")
        try:
            lock.take(wait=True)
            handle = self.disk.create(folder / warc_name)
            self.disk.sync_folder(folder)
        except BaseException:
            lock.release()
            raise
        return SpoolSegment(segment_id, folder / warc_name, handle, lock, self.disk)

    def claim(self, segment_id: str) -> Lock | None:
        """The lock of a segment whose writer is gone, or None while it lives. Call inside `quiet`."""
        folder = self.folder(segment_id)
        with faults("making folder", folder):
            folder.mkdir(exist_ok=True)  # only the lock needs it; nothing that must last is put into it
        lock = Lock(folder / "lock")
        if lock.take(wait=False):
            return lock
        lock.release()
        return None

    def remove(self, segment_id: str) -> None:
        """Takes away the local copy of a segment that is stored, or that never held a capture."""
        folder = self.folder(segment_id)
        with faults("removing", folder), contextlib.suppress(FileNotFoundError):
            # The lock goes last: until then nobody else can take what is left for a segment of its own.
            for path in sorted(folder.iterdir(), key=lambda one: (one.name == "lock", one.name)):
                self.disk.unlink(path)
            try:
                folder.rmdir()
            except OSError as fault:
                # Another process looked for abandoned segments just now and made the lock anew; it removes the folder.
                if fault.errno != errno.ENOTEMPTY:
                    raise

    def folders(self) -> list[str]:
        """Segment ids that have a folder here."""
        with faults("reading folder", self.root):
            return sorted(path.name for path in self.root.iterdir() if path.is_dir()) if self.root.is_dir() else []


class SpoolSegment:
    """One open segment and its only writer."""

    def __init__(self, segment_id: str, path: Path, handle: int, lock: Lock, disk: Disk) -> None:
        self.segment_id = segment_id
        self.path = path
        self.length = 0
        self.captures = 0
        self._handle = handle
        self._lock = lock
        self._disk = disk
        self._poisoned: str | None = None
        self._dirty = False
        self._writing = False
        self._running = hashlib.sha256()
        self._held: list[bytes] = []
        """What waits to be written in one call."""
        self._holding = 0
        self._held_back = 0

    def hold_back(self) -> None:
        """From now on what is appended goes into the file in large pieces, or by `flush`: a kill leaves less of it."""
        self._held_back = _HELD_BACK

    def append(self, records: CaptureRecords) -> Placement:
        """Writes every record of one capture; not yet durable."""
        held: list[bytes | memoryview] = []
        waiting = 0
        spans: list[tuple[int, int]] = []
        with self._guard():
            for member in records.members:
                offset = self.length + waiting
                for piece in warc.member(member.header.to_bytes(), member.block(), member.density):
                    held.append(piece)
                    waiting += len(piece)
                    if waiting >= _BATCH:
                        self._write(b"".join(held))
                        held, waiting = [], 0
                spans.append((offset, self.length + waiting - offset))
            self._write(b"".join(held))
        ordinal, self.captures = self.captures, self.captures + 1
        own = spans[records.own] if records.own is not None else None
        return Placement(ordinal, self.length, self._so_far(), own, spans[-1])

    def append_preamble(self, member: bytes) -> None:
        """Writes a record that belongs to no capture, such as warcinfo."""
        with self._guard():
            self._write(member)

    def adopt(self, pieces: Iterable[bytes], own: tuple[int, int] | None, manifest: tuple[int, int]) -> Placement:
        """Writes the members of one capture as another file held them; the spans given are relative to their start."""
        start = self.length
        with self._guard():
            for piece in pieces:
                self._write(piece)
        ordinal, self.captures = self.captures, self.captures + 1
        moved = (start + own[0], own[1]) if own is not None else None
        return Placement(ordinal, self.length, self._so_far(), moved, (start + manifest[0], manifest[1]))

    def flush(self) -> None:
        """All that was appended is in the file, though not durable. Belongs to the thread that appends."""
        with self._guard():
            self._writing = True
            self._hand_over()

    def sync(self) -> None:
        """All that was flushed is on stable storage when this returns. Raises `DiskFault`; then the segment is spent.

        May run while another thread appends: what comes after the call waits for the next one.
        """
        if self._poisoned:
            raise self._spent()
        if self._dirty:
            self._dirty = False  # first: an append meanwhile makes it true again
            try:
                self._disk.sync(self._handle)
            except BaseException as fault:
                self.spoil(str(fault) or type(fault).__name__)
                raise

    def spoil(self, why: str) -> None:
        """Nothing more is appended or synced: what is in the file is left to recovery."""
        self._poisoned = why

    def release(self) -> None:
        """Closes the file and drops the lock: the segment is left to whoever claims it."""
        try:
            self._disk.close(self._handle)
        finally:
            self._lock.release()

    def _so_far(self) -> Digest:
        return Digest.from_raw("sha256", self._running.copy().digest())

    def _write(self, content: bytes) -> None:
        if content:
            self._dirty = self._writing = True
            self._running.update(content)
            self.length += len(content)
            self._held.append(content)
            self._holding += len(content)
            if self._holding >= self._held_back:
                self._hand_over()

    def _hand_over(self) -> None:
        held, self._held, self._holding = self._held, [], 0
        if held:
            self._disk.append(self._handle, b"".join(held))

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        if self._poisoned:
            raise self._spent()
        self._writing = False
        try:
            yield
        except BaseException as fault:
            # Whatever it was, Ctrl-C included: part of a capture may be in the file, and nothing may follow it.
            if self._writing or isinstance(fault, (ArchiverError, OSError)):
                self.spoil(str(fault) or type(fault).__name__)
            raise

    def _spent(self) -> DiskFault:
        return DiskFault(f"segment {self.segment_id} takes nothing more: {self._poisoned}", "Run the command again.")
