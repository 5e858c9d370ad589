# SPDX-License-Identifier: Apache-2.0
"""What a power loss can leave of a tree of files, made from the notes of a disk.

Names and content are forgotten apart from each other, because a file system writes them apart from each other. Each
survival takes the root folder as it was when the power went, with what is durable and what is pending in it, and gives
the tree that is found afterwards. Databases and locks are no part of it.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR, PAGE = 512, 4096


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


def read_tree(root: Path) -> dict[str, bytes | None]:
    """Files with their content, and folders with None, by their path below `root`; databases and locks left out."""
    return {
        path.relative_to(root).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_dir() or not is_apart(path.name)
    }


def is_apart(name: str) -> bool:
    """Whether a file is a database or a lock, which no disk has notes of."""
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
