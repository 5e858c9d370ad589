# SPDX-License-Identifier: Apache-2.0
"""The one seam for file operations that matter: what must be on stable storage before anything is promised.

The spool and the local store write through a `Disk` and nothing else, so tests can put one in its place that fails on the
n-th call, or forgets whatever was not synced. A failed write or sync is final: the kernel may have dropped the pages and
will report success next time, so nobody may ask again ("fsyncgate"); the caller stops and recovery copies the tail.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from archiver.errors import DiskFault, StoreUnavailable


class Disk(Protocol):
    """File operations, each one system call or a full-write loop. Paths are absolute or relative to the process."""

    def create(self, path: Path) -> int:
        """A new file for appending, never an existing one, never through a link. Raises `FileExistsError`."""
        ...

    def reopen(self, path: Path) -> int:
        """An existing file for appending. Raises `FileNotFoundError`."""
        ...

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        """Writes all of `content`; not yet durable."""
        ...

    def cut(self, handle: int, length: int) -> None:
        """Shortens the file to `length` octets; not yet durable."""
        ...

    def sync(self, handle: int) -> None:
        """When it returns, the file's content and length are durable; its name is so after `sync_folder`."""
        ...

    def close(self, handle: int) -> None:
        """Closes the handle; promises nothing."""
        ...

    def link(self, old: Path, new: Path) -> None:
        """A second name for the file. Raises `FileExistsError`: the create-only commit of a local store."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Gives the file the name `new` in one step, whatever had it; durable after `sync_folder`."""
        ...

    def unlink(self, path: Path) -> None:
        """Removes a name; a missing one is no error."""
        ...

    def make_folder(self, path: Path) -> None:
        """The folder and its missing parents, each durable in its parent when it returns.

        A folder that is there already may have been made by someone who was killed before the sync, so its own name is
        synced all the same; the names above it are not.
        """
        ...

    def sync_folder(self, path: Path) -> None:
        """When it returns, names made in and removed from this folder are durable."""
        ...


@contextlib.contextmanager
def faults(doing: str, path: object) -> Iterator[None]:
    """Tells an `OSError` inside as ours. `FileExistsError` and `FileNotFoundError` pass: what they mean, the caller knows."""
    try:
        yield
    except (FileExistsError, FileNotFoundError):
        raise
    except PermissionError as fault:
        raise StoreUnavailable(
            f"no permission while {doing} {path}", "Make the folder writable for this user, or name another archive."
        ) from fault
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreUnavailable(
                f"no space left while {doing} {path}",
                "Free some space and run the command again; nothing sealed was changed.",
            ) from fault
        if fault.errno == errno.EROFS:
            raise StoreUnavailable(
                f"read-only file system while {doing} {path}", "Mount it writable, or name another archive."
            ) from fault
        raise DiskFault(f"{fault.strerror or fault} while {doing} {path}", "Check the disk before going on.") from fault


class _Opened:
    """An open file by its name, looked up only when a fault is told."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def __str__(self) -> str:
        try:
            return os.readlink(f"/proc/self/fd/{self._handle}")
        except OSError:
            return f"descriptor {self._handle}"


class OsDisk:
    """The operating system's files. Raises `StoreUnavailable` (rights, space) and `DiskFault` (anything else)."""

    def create(self, path: Path) -> int:
        with faults("creating", path):
            return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)

    def reopen(self, path: Path) -> int:
        with faults("opening", path):
            return os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)

    def append(self, handle: int, content: bytes | bytearray | memoryview) -> None:
        with faults("writing", _Opened(handle)):
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]

    def cut(self, handle: int, length: int) -> None:
        with faults("cutting", _Opened(handle)):
            os.ftruncate(handle, length)

    def sync(self, handle: int) -> None:
        with faults("syncing", _Opened(handle)):
            os.fdatasync(handle) if hasattr(os, "fdatasync") else os.fsync(handle)

    def close(self, handle: int) -> None:
        with faults("closing", _Opened(handle)):
            os.close(handle)

    def link(self, old: Path, new: Path) -> None:
        with faults("linking", new):
            os.link(old, new, follow_symlinks=False)

    def rename(self, old: Path, new: Path) -> None:
        with faults("renaming to", new):
            os.replace(old, new)

    def unlink(self, path: Path) -> None:
        with faults("removing", path), contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def make_folder(self, path: Path) -> None:
        with faults("making folder", path):
            there, parent_there = path.is_dir(), path.parent.is_dir()
        if there:
            # a parent that may not be read cannot be synced: its owner made this folder, none of our processes did
            if os.access(path.parent, os.R_OK):
                self.sync_folder(path.parent)
            return
        if not parent_there:
            self.make_folder(path.parent)
        with faults("making folder", path):
            try:
                os.mkdir(path)
            except FileExistsError as fault:
                if not path.is_dir():
                    raise NotADirectoryError(errno.ENOTDIR, "a file is in the way", str(path)) from fault
        self.sync_folder(path.parent)

    def sync_folder(self, path: Path) -> None:
        with faults("syncing folder", path):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
