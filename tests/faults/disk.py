# SPDX-License-Identifier: Apache-2.0
"""Disks that fail at the n-th call, and a disk that forgets what was not synced when the power goes.

`ForgetfulDisk` does everything on real files and writes down each change and each sync. From these notes `remains` makes
the tree of any moment as a power loss may have left it. Syncs are noted, not made, so a thousand power losses take seconds.

What it cannot show: a disk that lies about its syncs. SQLite's files are no part of it; see `lives`.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from archiver.disk import OsDisk, faults
from tests.faults.remains import Note, is_apart, read_tree


class Killed(BaseException):
    """The process ended here, as by SIGKILL."""


class FaultyDisk(OsDisk):
    """Fails the n-th call, counted from 1, with `fault`: an errno, reported as `OsDisk` reports it, or `Killed`."""

    def __init__(self, at: int = 0, fault: int | type[Killed] = Killed) -> None:
        self.calls = 0
        self._at = at
        self._fault = fault

    def _count(self, doing: str) -> None:
        self.calls += 1
        if self.calls != self._at:
            return
        if isinstance(self._fault, int):
            with faults(doing, "the faulty disk"):
                raise OSError(self._fault, os.strerror(self._fault))
        raise self._fault

    def create(self, path: Path) -> int:
        self._count("creating")
        return super().create(path)

    def reopen(self, path: Path) -> int:
        self._count("opening")
        return super().reopen(path)

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        half = len(content) // 2
        super().append(handle, memoryview(content)[:half])
        self._count("writing")
        super().append(handle, memoryview(content)[half:])

    def cut(self, handle: int, length: int) -> None:
        self._count("cutting")
        super().cut(handle, length)

    def sync(self, handle: int) -> None:
        self._count("syncing")

    def close(self, handle: int) -> None:
        super().close(handle)  # the kernel frees the descriptor even when it reports a fault
        self._count("closing")

    def link(self, old: Path, new: Path) -> None:
        self._count("linking")
        super().link(old, new)

    def rename(self, old: Path, new: Path) -> None:
        self._count("renaming")
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self._count("removing")
        super().unlink(path)

    def sync_folder(self, path: Path) -> None:
        self._count("syncing folder")


class ForgetfulDisk(OsDisk):
    """The real files below `root`, with notes of all that was done to them; what is there at first is durable.

    `base` and `notes` are those of a process that was killed: its changes are there, but only as durable as it made
    them. `skipped` names a place in the program (see `place`) whose syncs are silently left out.
    """

    def __init__(
        self,
        root: Path,
        *,
        base: dict[str, bytes | None] | None = None,
        notes: Iterable[Note] = (),
        skipped: str | None = None,
    ) -> None:
        self.root = root
        self.base = read_tree(root) if base is None else base
        self.notes = list(notes)
        self.left_out = 0
        self._skipped = skipped
        self._folders = {path for path, content in self.base.items() if content is None}
        self._folders |= {note.path for note in self.notes if note.what == "make"} | {"."}
        self._open: dict[int, str] = {}

    def note(self, note: Note) -> None:
        """Writes down one change; everything goes through here."""
        self.notes.append(note)

    def create(self, path: Path) -> int:
        handle = super().create(path)
        self._open[handle] = self._relative(path)
        self.note(Note("create", self._open[handle]))
        return handle

    def reopen(self, path: Path) -> int:
        handle = super().reopen(path)
        self._open[handle] = self._relative(path)
        return handle

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        offset = os.fstat(handle).st_size
        super().append(handle, content)
        self.note(Note("write", self._open[handle], offset=offset, content=bytes(content)))

    def cut(self, handle: int, length: int) -> None:
        super().cut(handle, length)
        self.note(Note("cut", self._open[handle], offset=length))

    def sync(self, handle: int) -> None:
        if self._wanted("sync"):
            self.note(Note("sync", self._open[handle]))

    def close(self, handle: int) -> None:
        super().close(handle)
        del self._open[handle]

    def link(self, old: Path, new: Path) -> None:
        super().link(old, new)
        self.note(Note("link", self._relative(old), self._relative(new)))

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self.note(Note("link", self._relative(old), self._relative(new)))
        self.note(Note("unlink", self._relative(old)))

    def unlink(self, path: Path) -> None:
        there = path.exists()
        super().unlink(path)
        if there and not is_apart(path.name):
            self.note(Note("unlink", self._relative(path)))

    def sync_folder(self, path: Path) -> None:
        if not path.is_relative_to(self.root):
            return  # the folder that the whole tree stands in
        for one in sorted(path.iterdir()):
            if one.is_dir() and self._relative(one) not in self._folders:
                self._folders.add(self._relative(one))
                self.note(Note("make", self._relative(one)))
        if self._wanted("sync_folder"):
            self.note(Note("sync_folder", self._relative(path)))

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _wanted(self, what: str) -> bool:
        if self._skipped is None or place(sys._getframe(2), what) != self._skipped:
            return True
        self.left_out += 1
        return False


def place(frame: FrameType | None, what: str) -> str:
    """Where in the program a sync is asked for: module, function and kind; through `SpoolSegment.sync`, who called it."""
    through = ""
    while frame is not None:
        name = frame.f_code.co_qualname
        if frame.f_code.co_filename == _SEAM:
            what = "make_folder" if name.endswith("make_folder") else what
        elif name == "SpoolSegment.sync":
            through = " through SpoolSegment.sync"
        else:
            return f"{Path(frame.f_code.co_filename).stem}.{name}: {what}{through}"
        frame = frame.f_back
    return what


_SEAM = OsDisk.sync.__code__.co_filename
