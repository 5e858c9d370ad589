# SPDX-License-Identifier: Apache-2.0
"""Generations of the catalog: a rebuild fills a new file beside the old, which then replaces it in one transaction.

Readers in other processes see the old generation until that transaction commits, and the new one from their next lookup on.
Adding a segment and switching generations exclude each other by a lock, and a rebuild lists the store once more inside it,
so no segment can fall between two generations.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archiver.catalog.catalog import Catalog
from archiver.errors import StoreUnavailable
from archiver.lock import Lock


class Generations:
    """The catalog of one archive on this machine."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._name = str(path)
        self._read_only = read_only
        self._current: tuple[tuple[int, int], Catalog] | None = None

    def exists(self) -> bool:
        """Whether there is a catalog of this version."""
        return self.path.is_file() and self.path.stat().st_size > 0 and self.current().is_current()

    def current(self) -> Catalog:
        """The newest generation; opened anew when another process has switched."""
        seen = self._file()
        if self._current is None or self._current[0] != seen:
            if self._current is not None:
                self._current[1].close()
            self._current = (seen, Catalog(self.path, read_only=self._read_only))
        return self._current[1]

    def prepare(self) -> None:
        """An empty catalog, when there is none yet."""
        with self._locked():
            if not self.path.exists():
                catalog = Catalog(self.path)
                catalog.prepare()
                catalog.close()

    @contextlib.contextmanager
    def adding(self) -> Iterator[Catalog]:
        """The newest generation, which stays the newest until the block ends."""
        with self._locked():
            yield self.current()

    @contextlib.contextmanager
    def replacing(self) -> Iterator[tuple[Catalog, contextlib.AbstractContextManager[None]]]:
        """A new, empty generation, and a lock to hold while the last segments are added to it.

        When the block ends without an error, the new generation is the current one.
        """
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        _remove(fresh)
        catalog = Catalog(fresh, scratch=True)
        try:
            catalog.prepare()
        except StoreUnavailable as fault:
            raise StoreUnavailable(
                f"no catalog of this version can be made in {self.path.parent}: {fault.what}",
                "Name a folder that you may write to with --state, or let someone who may write there run `archiver rebuild`.",
            ) from fault
        held = contextlib.ExitStack()

        @contextlib.contextmanager
        def last_segments() -> Iterator[None]:
            held.enter_context(self._locked())
            yield

        try:
            with held:
                yield catalog, last_segments()
                catalog.close()
                self._switch(fresh)
        finally:
            _remove(fresh)

    def _switch(self, fresh: Path) -> None:
        """Replaces the content of the catalog by that of `fresh`: SQLite's backup is one transaction of the old file."""
        self.close()
        source = sqlite3.connect(fresh)
        try:
            source.execute("PRAGMA journal_mode=WAL")  # it was filled without a log; what comes of it has one
            target = sqlite3.connect(self.path, timeout=60)
            try:
                source.backup(target)
            finally:
                target.close()
        except sqlite3.OperationalError as fault:
            raise StoreUnavailable(
                f"the catalog {self.path} could not be replaced: {fault}",
                "Check free space and rights, then run `archiver rebuild` again; the old catalog is as it was.",
            ) from fault
        except sqlite3.DatabaseError:
            # The old file is no database any more: nobody can be reading it.
            source.close()
            with open(fresh, "rb") as filled:
                os.fsync(filled.fileno())  # it was filled without syncs
            _remove(self.path)
            fresh.replace(self.path)
        finally:
            source.close()

    def close(self) -> None:
        """Closes what is open."""
        if self._current is not None:
            self._current[1].close()
            self._current = None

    def _file(self) -> tuple[int, int]:
        try:
            found = os.stat(self._name)  # noqa: PTH116 - each capture asks, and a `Path` takes twice as long
        except OSError as fault:
            raise StoreUnavailable(
                f"the catalog {self.path} cannot be read: {fault.strerror}",
                "Run `archiver rebuild` to make it from the store.",
            ) from fault
        return found.st_dev, found.st_ino

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = Lock(self.path.with_name(self.path.name + ".lock"))
        try:
            lock.take(wait=True)
            yield
        finally:
            lock.release()


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
