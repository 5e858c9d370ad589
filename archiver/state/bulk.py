# SPDX-License-Identifier: Apache-2.0
"""Statements that run for every URL, compiled once and given many rows at a time."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import sqlalchemy as sa


def insert_into(table: sa.Table, dialect: str) -> Any:
    """An INSERT that knows ON CONFLICT, which Core has for each database apart."""
    # Only the one in use is loaded: each takes a twentieth of a second.
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


class Bulk:
    """One statement for many rows. Rows are tuples in the order of `names`, the statement's parameters."""

    def __init__(self, statement: sa.Executable, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = tuple(names)
        self._text = ""
        self._by_position = False

    def run(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Runs it for each row, in the caller's transaction; the number of rows changed, as far as the driver counts."""
        if not rows:
            return 0
        if not self._text:
            made = self._statement.compile(connection.engine)  # type: ignore[attr-defined]
            self._text, self._by_position = str(made), made.positiontup is not None
            assert not self._by_position or tuple(made.positiontup) == self._names, made.positiontup
        if self._by_position:
            return connection.exec_driver_sql(self._text, list(rows)).rowcount
        named = [dict(zip(self._names, row, strict=True)) for row in rows]
        return connection.exec_driver_sql(self._text, named).rowcount
