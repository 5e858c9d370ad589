# SPDX-License-Identifier: Apache-2.0
"""A database opened the way evidence needs it: SQLite in WAL mode with synchronous=FULL, transactions begun explicitly.

State and catalog are built on this. A commit that returned survives a crash of the process and the host. Driver errors
become `StateFault` or `StoreUnavailable`; nothing of SQLAlchemy crosses the two packages above. Hot questions and long
lists of rows go to the driver as text that SQLAlchemy made of a table or statement, once.
"""

import contextlib
import functools
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archiver.errors import ArchiveFault, StateFault, StoreUnavailable

BUSY_MILLISECONDS = 30_000
_ASKING_KIBIBYTES = 2000
_PAUSE_SECONDS = 0.01

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a database file is written. The defaults are for small transactions that must last."""

    checkpoint_pages: int = 1000
    """Pages that the write-ahead log may grow to before they are copied into the file."""
    cache_kibibytes: int = 2000
    """Memory for pages, each connection that writes; those that only ask leave most to the system's cache."""
    foreign_keys: bool = True
    """Whether each row that names another is checked against it."""
    scratch: bool = False
    """Whether a crash may destroy the file: nobody reads it yet, and who made it would begin again."""


class Database:
    """One database file. A `Database` may be shared between threads, not across fork."""

    def __init__(self, path: Path, *, read_only: bool = False, tuning: Tuning | None = None) -> None:
        self.path = path
        self._read_only = read_only
        self._tuning = tuning or Tuning()
        # A folder we cannot write to cannot take the -shm file that WAL needs; without a -wal beside it the file is whole.
        still = read_only and not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
        mode = ("?immutable=1&uri=true" if still else "?mode=ro&uri=true") if read_only else "?uri=true"
        name = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        self._engine = sa.create_engine(
            f"sqlite:///file:{name}{mode}",
            connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
        )
        sa.event.listen(self._engine, "connect", self._prepare)
        self._driver_error: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        self._idle: deque[Any] = deque()
        self._insertions: dict[str, tuple[str, bool]] = {}

    def _prepare(self, connection: object, _record: object) -> None:
        # Autocommit in the driver: it would otherwise begin transactions at times of its own choosing.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        if self._tuning.scratch:
            # Without a log each page is written once; the undo list in memory is enough to roll back.
            cursor.execute("PRAGMA journal_mode=MEMORY")
            cursor.execute("PRAGMA synchronous=OFF")
        elif not self._read_only:
            self._to_wal(cursor)
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute(f"PRAGMA wal_autocheckpoint={self._tuning.checkpoint_pages}")
        cursor.execute(f"PRAGMA cache_size=-{self._tuning.cache_kibibytes}")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if self._tuning.foreign_keys else 'OFF'}")
        cursor.close()

    def _to_wal(self, cursor: Any) -> None:
        """Waits for others that open a new file in the same moment: SQLite does not, for this one change."""
        ends = time.monotonic() + BUSY_MILLISECONDS / 1000
        while True:
            try:
                cursor.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as fault:
                if "locked" not in str(fault) or time.monotonic() > ends:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection inside one read transaction: every statement sees the same state."""
        with self._faults(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("COMMIT")

    def prepared(self, statement: sa.Select[Any]) -> Callable[..., list[Row]]:
        """A hot statement, compiled once: called with its parameters by name, it gives all rows, as the driver has them."""
        compiled = self._compiled(statement)

        def rows(**values: Any) -> list[Row]:
            text, bound = compiled()
            parameters = bound(values)
            connection = self._lent()
            try:
                cursor = connection.cursor()
                cursor.execute(text, parameters)
                found: list[Row] = cursor.fetchall()  # to the end: an open cursor would hold on to the state it saw
            except BaseException as fault:
                connection.close()  # it may be inside a statement or a transaction
                if isinstance(fault, self._driver_error):
                    raise self._told(fault) from fault
                raise
            self._idle.append(connection)
            return found

        return rows

    def prepared_for_many(self, statement: sa.Select[Any]) -> Callable[[Sequence[dict[str, Any]]], list[list[Row]]]:
        """A hot statement asked with many sets of parameters: the rows of each, all of one state of the database."""
        compiled = self._compiled(statement)

        def rows(asked: Sequence[dict[str, Any]]) -> list[list[Row]]:
            text, bound = compiled()
            found: list[list[Row]] = []
            connection = self._lent()
            try:
                cursor = connection.cursor()
                cursor.execute("BEGIN")
                for values in asked:
                    cursor.execute(text, bound(values))
                    found.append(cursor.fetchall())
                cursor.execute("COMMIT")
            except BaseException as fault:
                connection.close()  # it may be inside a statement or a transaction
                if isinstance(fault, self._driver_error):
                    raise self._told(fault) from fault
                raise
            self._idle.append(connection)
            return found

        return rows

    def _compiled(
        self, statement: sa.Select[Any]
    ) -> Callable[[], tuple[str, Callable[[dict[str, Any]], list[Any] | dict[str, Any]]]]:
        @functools.cache  # at its first use: a command that asks one question need not wait for the others
        def compiled() -> tuple[str, Callable[[dict[str, Any]], list[Any] | dict[str, Any]]]:
            made = statement.compile(self._engine, compile_kwargs={"render_postcompile": True})
            given, order = dict(made.params), made.positiontup
            if order is None:
                return str(made), lambda values: given | values
            return str(made), lambda values: [named[name] for named in (given | values,) for name in order]

        return compiled

    def _lent(self) -> Any:
        """A connection of the driver, for one question; whoever has its answer puts it back among the idle ones."""
        try:
            return self._idle.pop()
        except IndexError:
            with self._faults():
                fresh = self._engine.raw_connection()
                connection: Any = fresh.driver_connection
                fresh.detach()
                connection.cursor().execute(f"PRAGMA cache_size=-{_ASKING_KIBIBYTES}")
                return connection

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

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
        """Adds rows, whose values stand in the order of the table's columns, inside the transaction of `connection`."""
        if not rows:
            return
        names = [column.name for column in table.columns]
        if table.name not in self._insertions:
            values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
            made = sa.insert(table).values(values).compile(self._engine)
            assert made.positiontup in (None, names), made.positiontup
            self._insertions[table.name] = str(made), made.positiontup is not None
        text, by_position = self._insertions[table.name]
        each = list(rows) if by_position else [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(text, each)

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as fault:
            raise self._told(fault.orig or fault) from fault
        except self._driver_error as fault:
            raise self._told(fault) from fault

    def _told(self, fault: BaseException) -> ArchiveFault:
        said = str(fault)
        lowered = said.lower()
        if "full" in lowered or "readonly" in lowered or "read-only" in lowered or "unable to open" in lowered:
            return StoreUnavailable(
                f"the database {self.path} cannot be used: {said}",
                "Check that its folder exists, is writable and has free space; nothing sealed was changed.",
            )
        if "locked" in lowered or "busy" in lowered:
            return StoreUnavailable(
                f"the database {self.path} stayed locked for {BUSY_MILLISECONDS // 1000} s",
                "Another process holds it; try again when that has finished.",
            )
        return StateFault(
            f"the database {self.path} failed: {said}",
            "If it is the catalog, `archiver rebuild` makes a new one from the store; otherwise check the disk.",
        )

    def close(self) -> None:
        """Closes every connection."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()
