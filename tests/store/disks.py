# SPDX-License-Identifier: Apache-2.0
"""Disks that fail on purpose: one that notes every call, one that breaks at the n-th, one that loses power.

`PowerLoss` keeps beside the real files a picture of what a disk must still have if the power went now: of each file the
octets at its last sync, of each folder the names at its last sync. Whatever is not in the picture may be gone.
"""

from pathlib import Path

from archiver.disk import OsDisk
from archiver.errors import DiskFault


class Noting(OsDisk):
    """Notes the name of each call and the file or folder it was about."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self._names: dict[int, str] = {}

    def before(self, call: str, name: str) -> None:
        """Called with each call before it is made."""
        self.calls.append((call, name))

    def create(self, path: Path) -> int:
        self.before("create", path.name)
        handle = super().create(path)
        self._names[handle] = path.name
        return handle

    def reopen(self, path: Path) -> int:
        self.before("reopen", path.name)
        handle = super().reopen(path)
        self._names[handle] = path.name
        return handle

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        self.before("append", self._names[handle])
        super().append(handle, content)

    def sync(self, handle: int) -> None:
        self.before("sync", self._names[handle])
        super().sync(handle)

    def close(self, handle: int) -> None:
        # the file is closed even when closing reports a fault, as the kernel does
        super().close(handle)
        self.before("close", self._names.pop(handle))

    def link(self, old: Path, new: Path) -> None:
        self.before("link", new.name)
        super().link(old, new)

    def rename(self, old: Path, new: Path) -> None:
        self.before("rename", new.name)
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self.before("unlink", path.name)
        super().unlink(path)

    def make_folder(self, path: Path) -> None:
        self.before("make_folder", path.name)
        super().make_folder(path)

    def sync_folder(self, path: Path) -> None:
        self.before("sync_folder", path.name)
        super().sync_folder(path)


class Breaking(Noting):
    """Fails at the n-th call, counted from 1, and works again after it; `mend` ends the counting."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    @property
    def broke(self) -> bool:
        """Whether there was an n-th call."""
        return len(self.calls) >= self._at

    def mend(self) -> None:
        """Nothing fails from now on."""
        self._at = 0

    def before(self, call: str, name: str) -> None:
        super().before(call, name)
        if len(self.calls) == self._at:
            raise DiskFault(f"call {self._at} ({call} {name}) fails on purpose")


class Flipping(OsDisk):
    """Writes one wrong bit."""

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        super().append(handle, bytes([content[0] ^ 1]) + bytes(content[1:]))


class PowerLoss(OsDisk):
    """Knows what is on the platter; forgets to sync what `without` names."""

    def __init__(self, *, without: str | None = None) -> None:
        self._without = without
        self._content: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}
        self._paths: dict[int, Path] = {}

    def create(self, path: Path) -> int:
        handle = super().create(path)
        self._paths[handle] = path
        return handle

    def reopen(self, path: Path) -> int:
        handle = super().reopen(path)
        self._paths[handle] = path
        return handle

    def sync(self, handle: int) -> None:
        if self._without != "sync":
            path = self._paths[handle]
            self._content[path.stat().st_ino] = path.read_bytes()

    def sync_folder(self, path: Path) -> None:
        if self._without not in ("sync_folder", f"sync_folder {path.name}"):
            self._names[path] = {one.name: one.stat(follow_symlinks=False).st_ino for one in path.iterdir()}

    def left(self, root: Path) -> dict[str, bytes | None]:
        """The files below `root` after the power went: path and content, None for content that was never synced."""
        found: dict[str, bytes | None] = {}
        self._walk(root, root, found)
        return found

    def _walk(self, root: Path, folder: Path, found: dict[str, bytes | None]) -> None:
        for name, number in self._names.get(folder, {}).items():
            path = folder / name
            if path.is_dir():
                self._walk(root, path, found)
            elif not name.startswith("."):
                found[str(path.relative_to(root))] = self._content.get(number)
