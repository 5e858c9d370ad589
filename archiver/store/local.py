# SPDX-License-Identifier: Apache-2.0
"""A store in a folder: one file an object, its key the path below the root.

An object is written under a hidden temporary name, synced, given its real name by a hard link, which fails when the
name is taken, and its folder is synced before `put` returns; so a name leads to whole, durable bytes or does not
exist. A name found taken is compared, and synced too: the writer who made it may not have come so far. Files left by
a killed writer are hidden, never listed and harmless. All of this goes through a `Disk`.

No symbolic link below the root is followed out of it. The check and the use are two steps: someone who may write into
the folder can win that race, but could as well change the objects. The read-back sees the page cache, not the
platter; only an audit after it was dropped sees that. Needs a file system with hard links that is local to the
machine.
"""

import contextlib
import errno
import io
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archiver.disk import Disk, OsDisk
from archiver.errors import ArchiverError, BadInput, Damaged, StoreConflict, StoreUnavailable, StoreUnfit
from archiver.ports import Abilities, Stored
from archiver.store.content import Content, check_range, digest_of, read_pieces, short
from archiver.store.keys import check_key, check_mutable, check_prefix, check_staged, is_key
from archiver.store.probe import TryPut, probe
from manifests.digest import Digest

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


@contextlib.contextmanager
def _reading(key: str, path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise KeyError(key) from None
    except PermissionError as fault:
        raise StoreUnavailable(f"no permission to read {path}", "Make it readable for this user.") from fault
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            raise StoreUnavailable(
                f"{path} is a symbolic link", "An archive holds files only; put the file in its place."
            ) from fault
        raise StoreUnavailable(f"could not read {path}: {fault.strerror or fault}", "Check the disk.") from fault


class _File(io.FileIO):
    """An open object whose read errors are ours."""

    def __init__(self, handle: int, key: str, path: Path) -> None:
        super().__init__(handle, "rb")
        self._key = key
        self._path = path

    def readinto(self, buffer: "WriteableBuffer") -> int:
        with _reading(self._key, self._path):
            return super().readinto(buffer) or 0

    def readall(self) -> bytes:
        with _reading(self._key, self._path):
            return super().readall() or b""


class LocalStore:
    """Objects in a folder; see `ports.Store`."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self.root = root.absolute()
        self.place = str(self.root)
        self._disk = disk or OsDisk()
        self._durable: set[Path] = set()
        self._lock = threading.Lock()

    def put(self, key: str, content: bytes | BinaryIO, *, sha256: Digest, size: int, final: bool = False) -> None:
        path = self._path(check_key(key))
        given = Content(key, content, sha256, size)
        with self._writing(path.parent):
            self._prepare(path.parent)
            kept = self._keep(given, path) if final else None
            created = self._create(path, given) if kept is None else kept
            if not created:
                if self._found(key) != (size, sha256):
                    raise StoreConflict(
                        f"{key} already holds other bytes", "They were kept; find out who wrote them.", key=key
                    )
                self._sync(path)
            self._disk.sync_folder(path.parent)
        if created and not kept and self._found(key) != (size, sha256):
            raise Damaged(
                f"{path} reads back as other bytes than were written", "Check the disk and the memory.", key=key
            )

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        check_range(key, start, end)
        with self.open(key) as file:
            size = os.fstat(file.fileno()).st_size
            stop = size if end is None else end
            if max(start, stop) > size:  # before anything is allocated for a range that is not there
                raise short(key, self.place, start, end, max(0, size - start))
            file.seek(start)
            came = file.read(stop - start)
        if len(came) != stop - start:
            raise short(key, self.place, start, end, len(came))
        return came

    def open(self, key: str) -> BinaryIO:
        path = self._path(check_key(key))
        with _reading(key, path):
            # O_NONBLOCK: opening a named pipe that someone put there must not wait for its writer
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise KeyError(key)
        return io.BufferedReader(_File(handle, key, path), 1 << 16)

    def head(self, key: str) -> Stored | None:
        path = self._path(check_key(key))
        try:
            with _reading(key, path):
                seen = path.lstat()
        except KeyError:
            return None
        return Stored(key, seen.st_size, None) if stat.S_ISREG(seen.st_mode) else None

    def list(self, prefix: str) -> Iterator[str]:
        return self._below(check_prefix(prefix).rpartition("/")[0], prefix)

    def replace(self, key: str, content: bytes) -> None:
        path = self._path(check_mutable(key))
        with self._writing(path.parent):
            self._prepare(path.parent)
            with self._unfinished(path.parent, iter((content,))) as unfinished:
                self._disk.rename(unfinished, path)
            self._disk.sync_folder(path.parent)

    def sweep(self, key: str) -> None:
        path = self._path(check_staged(key))
        if self.head(key) is not None:
            self._disk.unlink(path)

    def probe(self) -> Abilities:
        return probe(self, TryPut(self), lambda _: None)

    def _path(self, key: str) -> Path:
        path = self.root / key
        if not Path(os.path.realpath(path.parent)).is_relative_to(os.path.realpath(self.root)):
            raise StoreUnavailable(f"a symbolic link leads from {path.parent} out of the archive", "Remove the link.")
        return path

    def _prepare(self, folder: Path) -> None:
        """Makes `folder`, with every name on the way to it durable.

        A folder that is already there may have been made a moment ago by someone who has not synced its parent yet,
        or was killed before: so each name is synced once by each process that writes below it.
        """
        with self._lock:
            if folder in self._durable:
                return
        way = [folder, *folder.parents]
        way = way[way.index(self.root) :: -1]
        for one in way:
            if one.exists() and not one.is_dir():
                raise BadInput(
                    f"{one} is an object and cannot be a folder of others", "Choose a key that goes another way."
                )
        for one in way:
            if one not in self._durable:
                self._disk.make_folder(one)
        with self._lock:
            self._durable.update(way)

    def _create(self, path: Path, given: Content) -> bool:
        """Writes the bytes and gives them their name; False when the name was taken."""
        with self._unfinished(path.parent, given.pieces()) as unfinished:
            created = self._link(unfinished, path)
        self._disk.unlink(unfinished)
        return created

    @contextlib.contextmanager
    def _writing(self, folder: Path) -> Iterator[None]:
        """Tells what a `Disk` passes on: names that vanish while something is written in `folder`."""
        try:
            yield
        except OSError as fault:
            with self._lock:
                self._durable.clear()
            raise StoreUnavailable(
                f"could not write in {folder}: {fault.strerror or fault}", "Check that the archive's folder is mounted."
            ) from fault

    @contextlib.contextmanager
    def _unfinished(self, folder: Path, pieces: Iterator[bytes]) -> Iterator[Path]:
        """A synced file with these bytes under a hidden name, which a fault inside removes again."""
        path = folder / f".{secrets.token_hex(12)}.tmp"
        try:
            handle = self._disk.create(path)
            try:
                for piece in pieces:
                    self._disk.append(handle, piece)
                self._disk.sync(handle)
            finally:
                self._disk.close(handle)
            yield path
        except ArchiverError:
            with contextlib.suppress(ArchiverError):  # the first fault is the one to report
                self._disk.unlink(path)
            raise

    def _keep(self, given: Content, path: Path) -> bool | None:
        """Gives the file itself its name in the store, after reading it whole; None when it lies on another file system.

        What was read is what is kept, so it is not read back once more.
        """
        source = given.file
        if source is None or source.stat().st_dev != path.parent.stat().st_dev:
            return None
        for _ in given.pieces():
            pass
        created = self._link(source, path)
        if created:
            self._sync(path)
        return created

    def _link(self, unfinished: Path, path: Path) -> bool:
        try:
            self._disk.link(unfinished, path)
        except FileExistsError:
            return False
        except ArchiverError as fault:
            if isinstance(fault.__cause__, OSError) and fault.__cause__.errno in _NO_LINKS:
                raise StoreUnfit(
                    f"the file system of {self.root} has no hard links, which create-only writes need",
                    "Put the archive on ext4, xfs, btrfs, zfs or APFS, or into an object store.",
                ) from fault
            raise
        return True

    def _sync(self, path: Path) -> None:
        handle = self._disk.reopen(path)
        try:
            self._disk.sync(handle)
        finally:
            self._disk.close(handle)

    def _found(self, key: str) -> tuple[int, Digest]:
        try:
            with self.open(key) as file:
                return digest_of(read_pieces(file))
        except KeyError:
            raise BadInput(f"{key} is a folder of other objects", "Choose a key that no other begins with.") from None

    def _below(self, folder: str, prefix: str) -> Iterator[str]:
        """Keys below `folder` that start with `prefix`: a folder sorts as if its name ended in the slash its keys go
        on with."""
        try:
            path = self._path(f"{folder}/x" if folder else "x").parent
            with _reading(folder, path), os.scandir(path) as entries:
                names = sorted(
                    f"{one.name}/" if one.is_dir(follow_symlinks=False) else one.name
                    for one in entries
                    if one.is_dir(follow_symlinks=False) or one.is_file(follow_symlinks=False)
                )
        except KeyError:
            return
        for name in names:
            key = f"{folder}/{name}" if folder else name
            if not is_key(key.rstrip("/")):
                continue  # an unfinished write, or a file that is none of ours
            if name.endswith("/") and (key.startswith(prefix) or prefix.startswith(key)):
                yield from self._below(key[:-1], prefix)
            elif not name.endswith("/") and key.startswith(prefix):
                yield key
