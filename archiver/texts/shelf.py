# SPDX-License-Identifier: Apache-2.0
"""Where the texts database of an archive is kept on this machine: made when it is missing, dropped when it is of another version.

One process fills it at a time, by a kernel lock that is held as long as that takes. Making and removing the file have a lock
of their own, held for moments: who asks waits for no one that fills. What has been dropped is seen at the next question.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from archiver.lock import Lock
from archiver.texts.texts import Texts

_ENDINGS = ("", "-wal", "-shm")


class Shelf:
    """The file, and who may fill it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: tuple[tuple[int, int], Texts] | None = None

    def reading(self) -> Texts:
        """The database, for questions; an empty one when there is none of this version. It stays open until `close`."""
        if self._open is None or self._open[0] != self._file():
            self.close()
            self._make()
            seen = self._file()
            assert seen is not None
            self._open = seen, Texts(self.path, read_only=True)
        return self._open[1]

    @contextlib.contextmanager
    def filling(self, *, wait: bool) -> Iterator[Texts | None]:
        """The database, to be filled by nobody else until the block ends; None when another process fills it and we do not
        wait for that."""
        with self._locked("fill", wait=wait) as ours:
            if not ours:
                yield None
                return
            self._make()
            found = Texts(self.path)
            try:
                yield found
            finally:
                found.close()

    def drop(self) -> None:
        """Removes the database. Waits for a process that fills it."""
        self.close()
        with self._locked("fill", wait=True), self._locked("make", wait=True):
            _remove(self.path)

    def close(self) -> None:
        """Closes what is open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _make(self) -> None:
        """Puts an empty database in place of whatever is there, unless that is a current one."""
        if self._is_current():
            return
        with self._locked("make", wait=True):
            if self._is_current():
                return
            _remove(self.path)
            fresh = self.path.with_name(self.path.name + ".new")
            _remove(fresh)
            made = Texts(fresh)
            made.prepare()
            made.close()
            fresh.replace(self.path)  # so that nobody sees it half made

    def _is_current(self) -> bool:
        if not self.path.is_file() or not self.path.stat().st_size:
            return False
        found = Texts(self.path, read_only=True)
        try:
            return found.is_current()
        finally:
            found.close()

    def _file(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    @contextlib.contextmanager
    def _locked(self, what: str, *, wait: bool) -> Iterator[bool]:
        lock = Lock(self.path.with_name(f"{self.path.name}.{what}.lock"))
        try:
            yield lock.take(wait=wait)
        finally:
            lock.release()


def _remove(path: Path) -> None:
    for ending in _ENDINGS:
        path.with_name(path.name + ending).unlink(missing_ok=True)
