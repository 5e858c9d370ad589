# SPDX-License-Identifier: Apache-2.0
"""Seals that are stored and not yet in the ledger, as this machine knows them.

A seal is added in the transaction that says it is stored, so no kill comes between them on this machine. What other machines
sealed, or a lost state had in it, is found by comparing the store with the ledger; so this list may be lost.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from archiver.sql import Database
from archiver.state.replicas import Replicas
from archiver.state.schema import unlogged
from manifests.digest import Digest


@dataclass(frozen=True, slots=True)
class Unlogged:
    """A seal that waits for the ledger."""

    key: str
    digest: Digest
    sealed_at: datetime


class Backlog:
    """The seals that wait, the first stored first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._replicas = Replicas(database)

    def add(self, key: str, digest: Digest, sealed_at: datetime) -> None:
        """A seal that is stored. Adding it again changes nothing."""
        with self._database.writing() as connection:
            self.add_within(connection, key, digest, sealed_at)

    def add_within(self, connection: sa.Connection, key: str, digest: Digest, sealed_at: datetime) -> None:
        """The same as part of the caller's transaction. The replicas lack it, too."""
        known = connection.execute(sa.select(unlogged.c.id).where(unlogged.c.key == key)).scalar()
        if known is None:
            new = {"key": key, "digest": str(digest), "sealed_at": sealed_at.isoformat()}
            connection.execute(sa.insert(unlogged).values(**new))
            self._replicas.expect_within(connection, key)

    def waiting(self, most: int) -> list[Unlogged]:
        """At most that many of those that wait."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(unlogged).order_by(unlogged.c.id).limit(most))
            return [Unlogged(row.key, Digest(row.digest), datetime.fromisoformat(row.sealed_at)) for row in rows]

    def logged(self, keys: Collection[str]) -> None:
        """These are in the ledger."""
        with self._database.writing() as connection:
            for key in keys:
                connection.execute(sa.delete(unlogged).where(unlogged.c.key == key))

    def lag(self) -> tuple[int, datetime | None]:
        """How many wait, and when the first of them was sealed."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(sa.func.count(), sa.func.min(unlogged.c.sealed_at))).one()
            return row[0], datetime.fromisoformat(row[1]) if row[1] else None
