# SPDX-License-Identifier: Apache-2.0
"""Disks that fail at the n-th call, and a disk that forgets what was not synced when the power goes.

`ForgetfulDisk` does everything on real files and writes down each change and each sync. From these notes a tree can be
made at any moment as a power loss may have left it: names and content are forgotten apart from each other, because a
file system writes them apart from each other. Syncs are noted, not made, so a thousand power losses take seconds.

What it cannot show: a disk that lies about its syncs. SQLite's files are no part of it; see `lives`.
"""

import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from archiver.disk import OsDisk, faults

SECTOR, PAGE = 512, 4096


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

    def unlink(self, path: Path) -> None:
        self._count("removing")
        super().unlink(path)

    def sync_folder(self, path: Path) -> None:
        self._count("syncing folder")


@dataclass(eq=False)
class File:
    """One file: what is on the platter, and what was written since."""

    durable: bytes = b""
    pending: list[tuple[int, int, bytes | None]] = field(default_factory=list)
    """Moment, offset and octets; None cuts the file there."""

    def content(self, keep: Callable[[], bool] = lambda: True) -> bytes:
        """The durable content with those pending writes that `keep` chooses; a lost write before a kept one is zeros."""
        content = bytearray(self.durable)
        for _, offset, written in self.pending:
            if keep():
                _write(content, offset, written)
        return bytes(content)


@dataclass(eq=False)
class Folder:
    """One folder: the names on the platter, and what became of names since."""

    durable: dict[str, "File | Folder"] = field(default_factory=dict)
    pending: list[tuple[str, "File | Folder | None"]] = field(default_factory=list)
    """A name and what it leads to; None removes it."""

    def names(self, keep: Callable[[], bool] = lambda: True) -> dict[str, "File | Folder"]:
        """The durable names with those pending changes that `keep` chooses."""
        names = dict(self.durable)
        for name, node in self.pending:
            if keep():
                if node is None:
                    names.pop(name, None)
                else:
                    names[name] = node
        return names


@dataclass(frozen=True, slots=True)
class Note:
    """One change or sync. Paths are relative to the root of the tree."""

    what: str
    path: str = ""
    other: str = ""
    offset: int = 0
    content: bytes = b""


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

    def unlink(self, path: Path) -> None:
        there = path.exists()
        super().unlink(path)
        if there and not _is_apart(path.name):
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


def read_tree(root: Path) -> dict[str, bytes | None]:
    """Files with their content, and folders with None, by their path below `root`; databases and locks left out."""
    return {
        path.relative_to(root).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_dir() or not _is_apart(path.name)
    }


def _is_apart(name: str) -> bool:
    return name == "lock" or name.endswith(".lock") or ".sqlite" in name


def remembered(base: dict[str, bytes | None], notes: Iterable[Note]) -> Folder:
    """The root folder as it was after `notes`, with what is durable and what is pending in it."""
    root = Folder()
    known: dict[str, File | Folder] = {".": root}

    def folder_of(path: str) -> tuple[Folder, str]:
        above, _, name = path.rpartition("/")
        folder = known[above or "."]
        assert isinstance(folder, Folder)
        return folder, name

    for path in sorted(base):
        content = base[path]
        folder, name = folder_of(path)
        known[path] = folder.durable[name] = Folder() if content is None else File(content)
    for moment, one in enumerate(notes):
        folder, name = folder_of(one.path) if one.path != "." else (root, "")
        node = known.get(one.path)
        if one.what in ("make", "create"):
            known[one.path] = made = Folder() if one.what == "make" else File()
            folder.pending.append((name, made))
        elif one.what == "write":
            assert isinstance(node, File)
            node.pending.append((moment, one.offset, one.content))
        elif one.what == "cut":
            assert isinstance(node, File)
            node.pending.append((moment, one.offset, None))
        elif one.what == "sync":
            assert isinstance(node, File)
            node.durable, node.pending = node.content(), []
        elif one.what == "sync_folder":
            assert isinstance(node, Folder)
            node.durable, node.pending = node.names(), []
        elif one.what == "link":
            assert node is not None
            elsewhere, other = folder_of(one.other)
            elsewhere.pending.append((other, node))
            known[one.other] = node
        elif one.what == "unlink":
            folder.pending.append((name, None))
            del known[one.path]
    return root


Survival = Callable[[Folder, random.Random], Iterator[tuple[str, bytes | None]]]


def _walk(
    folder: Folder, names: Callable[[], bool], content: Callable[[File], bytes], above: str = ""
) -> Iterator[tuple[str, bytes | None]]:
    held: dict[int, bytes] = {}
    for name, node in sorted(folder.names(names).items()):
        if isinstance(node, Folder):
            yield above + name, None
            yield from _walk(node, names, content, f"{above}{name}/")
        else:
            yield above + name, held.setdefault(id(node), content(node))


def _always() -> bool:
    return True


def _never() -> bool:
    return False


def everything(root: Folder, _: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """Nothing is forgotten: what a kill leaves."""
    return _walk(root, _always, File.content)


def unsynced_lost(root: Folder, _: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """(a) Whatever was not synced is gone."""
    return _walk(root, _never, lambda file: file.durable)


def some_lost(root: Folder, chance: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """(b) Any subset of what was not synced is gone."""

    def keep() -> bool:
        return chance.random() < 0.5

    return _walk(root, keep, lambda file: file.content(keep))


def torn(unit: int) -> Survival:
    """(c) The last write of each file with unsynced writes ends, or goes over into zeros, at a multiple of `unit`."""

    def survive(root: Folder, chance: random.Random) -> Iterator[tuple[str, bytes | None]]:
        def content(file: File) -> bytes:
            whole = file.content()
            if not file.pending or file.pending[-1][2] is None:
                return whole
            start = file.pending[-1][1]
            ends = list(range(-(-start // unit) * unit, len(whole), unit)) or [start]
            end = chance.choice(ends)
            return whole[:end] + (bytes(len(whole) - end) if chance.random() < 0.5 else b"")

        return _walk(root, _always, content)

    return survive


def zeros(root: Folder, _: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """(d) Names and sizes are there, unsynced content is zeros."""

    def content(file: File) -> bytes:
        return file.durable + bytes(max(0, len(file.content()) - len(file.durable)))

    return _walk(root, _always, content)


def names_without_content(root: Folder, _: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """(d) Names are there, what was not synced of their content is not."""
    return _walk(root, _always, lambda file: file.durable)


def names_lost(root: Folder, _: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """(e) Unsynced names, new and removed, are forgotten; the content behind them is kept, where a name leads to it."""
    return _walk(root, _never, File.content)


SURVIVALS: dict[str, Survival] = {
    "a": unsynced_lost,
    "b1": some_lost,
    "b2": some_lost,
    "c512": torn(SECTOR),
    "c4096": torn(PAGE),
    "d": zeros,
    "d0": names_without_content,
    "e": names_lost,
}
"""The ways a power loss can leave a tree."""


def write_tree(tree: Iterable[tuple[str, bytes | None]], root: Path) -> None:
    """Makes real folders and files of a tree."""
    root.mkdir(parents=True, exist_ok=True)
    for path, content in tree:
        if content is None:
            (root / path).mkdir()
        else:
            (root / path).write_bytes(content)


def _write(content: bytearray, offset: int, written: bytes | None) -> None:
    if written is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(written)] = written
