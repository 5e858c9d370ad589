# SPDX-License-Identifier: Apache-2.0
"""A database opened the way evidence needs it: SQLite in WAL mode with synchronous=FULL, transactions begun explicitly.

State and catalog are built on this. A commit that returned survives a crash of the process and the host. Driver errors
become `StateFault` or `StoreUnavailable`; nothing of SQLAlchemy crosses the two packages above.
"""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archiver.errors import StateFault, StoreUnavailable

BUSY_MILLISECONDS = 30_000


class Database:
    """One database file. Connections are pooled by thread; a `Database` may be shared between threads, not across fork."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        # A folder we cannot write to cannot take the -shm file that WAL needs; without a -wal beside it the file is whole.
        still = read_only and not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
        mode = ("?immutable=1&uri=true" if still else "?mode=ro&uri=true") if read_only else "?uri=true"
        name = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        self._engine = sa.create_engine(
            f"sqlite:///file:{name}{mode}",
            connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
        )
        sa.event.listen(self._engine, "connect", self._prepare)

    def _prepare(self, connection: object, _record: object) -> None:
        # Autocommit in the driver: it would otherwise begin transactions at times of its own choosing.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        if not self._read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection inside one read transaction: every statement sees the same state."""
        with self._faults(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("COMMIT")

    def prepared(self, statement: sa.Select[Any]) -> Callable[..., list[tuple[Any, ...]]]:
        """A hot statement, compiled once: called with its parameters by name, it gives all rows, as the driver has them."""

        @functools.cache  # at its first use: a command that asks one question need not wait for the others
        def compiled() -> tuple[str, list[str] | None, dict[str, Any]]:
            made = statement.compile(self._engine, compile_kwargs={"render_postcompile": True})
            return str(made), made.positiontup, dict(made.params)

        def rows(**values: Any) -> list[tuple[Any, ...]]:
            text, order, given = compiled()
            named = given | values
            with self._faults(), self._engine.connect() as connection:
                result = connection.exec_driver_sql(
                    text, named if order is None else tuple(named[name] for name in order)
                )
                return result.fetchall()  # type: ignore[return-value]

        return rows

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection inside one write transaction, durable when the block ends, undone when it raises."""
        with self._faults(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                with contextlib.suppress(sa.exc.SQLAlchemyError):  # the first error is the one to report
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as fault:
            said = str(fault.orig)
            lowered = said.lower()
            if "full" in lowered or "readonly" in lowered or "read-only" in lowered or "unable to open" in lowered:
                raise StoreUnavailable(
                    f"the database {self.path} cannot be used: {said}",
                    "Check that its folder exists, is writable and has free space; nothing sealed was changed.",
                ) from fault
            if "locked" in lowered or "busy" in lowered:
                raise StoreUnavailable(
                    f"the database {self.path} stayed locked for {BUSY_MILLISECONDS // 1000} s",
                    "Another process holds it; try again when that has finished.",
                ) from fault
            raise StateFault(
                f"the database {self.path} failed: {said}",
                "If it is the catalog, `archiver rebuild` makes a new one from the store; otherwise check the disk.",
            ) from fault

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()
