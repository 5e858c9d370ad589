# SPDX-License-Identifier: Apache-2.0
"""The replicas of an archive, as this machine knows them, and which sealed things each of them still lacks.

A seal is noted for every replica in the transaction that says it is stored, so no kill comes between them. The notes are a
cache: what other machines sealed, or a lost state had in it, is found by comparing the seals of both stores.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from archiver.sql import Database
from archiver.state.schema import replicas, uncopied


@dataclass(frozen=True, slots=True)
class Replica:
    """A second store of the same archive."""

    name: str
    place: str
    """How a person names the store: a folder, absolute, or `s3://bucket/prefix`."""
    added_at: datetime
    abilities: str | None
    """JSON of what a bucket was seen to enforce."""
    compared_at: datetime | None
    """When its seals were last compared with those of the primary; None when they never were."""


@dataclass(frozen=True, slots=True)
class Uncopied:
    """A sealed thing that a replica lacks."""

    row: int
    key: str
    """Of its seal."""


class Replicas:
    """The replicas and what they lack."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Replica]:
        """Every replica, the first added first."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(replicas).order_by(replicas.c.added_at, replicas.c.name))
            return [_replica(row) for row in rows]

    def find(self, name: str) -> Replica | None:
        """The replica of this name."""
        return next((one for one in self.all() if one.name == name), None)

    def add(self, one: Replica) -> None:
        """A new replica, whose name and place no other has; every seal stored from now on is noted for it."""
        with self._database.writing() as connection:
            self.add_within(connection, one)

    def add_within(self, connection: sa.Connection, one: Replica) -> None:
        """The same as part of the caller's transaction."""
        connection.execute(
            sa.insert(replicas).values(
                name=one.name,
                place=one.place,
                added_at=one.added_at.isoformat(),
                abilities=one.abilities,
                compared_at=one.compared_at.isoformat() if one.compared_at else None,
            )
        )

    def remove(self, name: str) -> None:
        """Forgets a replica and what it lacks."""
        with self._database.writing() as connection:
            self.remove_within(connection, name)

    def remove_within(self, connection: sa.Connection, name: str) -> None:
        """The same as part of the caller's transaction."""
        connection.execute(sa.delete(uncopied).where(uncopied.c.replica == name))
        connection.execute(sa.delete(replicas).where(replicas.c.name == name))

    def expect_within(self, connection: sa.Connection, key: str) -> None:
        """Notes a seal that was just stored for every replica, in the caller's transaction."""
        for name in connection.execute(sa.select(replicas.c.name)).scalars().all():
            _note(connection, name, [key])

    def compared(self, name: str, lacking: Iterable[str], at: datetime) -> None:
        """Notes what a comparison of the seals found lacking; what was noted before stays."""
        with self._database.writing() as connection:
            _note(connection, name, lacking)
            connection.execute(sa.update(replicas).where(replicas.c.name == name).values(compared_at=at.isoformat()))

    def waiting(self, name: str, after: int, most: int) -> list[Uncopied]:
        """At most that many of what a replica lacks, behind the row `after`."""
        wanted = (
            sa.select(uncopied.c.id, uncopied.c.key)
            .where(uncopied.c.replica == name, uncopied.c.id > after)
            .order_by(uncopied.c.id)
            .limit(most)
        )
        with self._database.reading() as connection:
            return [Uncopied(*row) for row in connection.execute(wanted)]

    def lacks(self, name: str) -> int:
        """How many sealed things a replica lacks, as far as this machine knows."""
        counted = sa.select(sa.func.count()).where(uncopied.c.replica == name)
        with self._database.reading() as connection:
            return connection.execute(counted).scalar_one()

    def copied(self, row: int) -> None:
        """The replica holds it now."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(uncopied).where(uncopied.c.id == row))

    def lacking(self, key: str) -> list[str]:
        """The names of the replicas that lack a sealed thing."""
        wanted = sa.select(uncopied.c.replica).where(uncopied.c.key == key)
        with self._database.reading() as connection:
            return list(connection.execute(wanted).scalars())


def _note(connection: sa.Connection, name: str, keys: Iterable[str]) -> None:
    known = set(connection.execute(sa.select(uncopied.c.key).where(uncopied.c.replica == name)).scalars())
    new = [{"replica": name, "key": key} for key in keys if key not in known]
    if new:
        connection.execute(sa.insert(uncopied), new)


def _replica(row: sa.Row[Any]) -> Replica:
    compared_at = datetime.fromisoformat(row.compared_at) if row.compared_at else None
    return Replica(row.name, row.place, datetime.fromisoformat(row.added_at), row.abilities, compared_at)
