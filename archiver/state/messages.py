# SPDX-License-Identifier: Apache-2.0
"""What is to be told of the crawls of each job: what waits for its day, what was not delivered yet, what a feed shows.

A way is one entry of a job's notifications, by a name that the caller makes; contents are the caller's too. Methods that
take a connection run in the caller's transaction. Whoever takes a message to deliver it has it alone until a time that he
names; when he dies, another may take it then, so that a message may come twice and is never lost.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from archiver.sql import Database
from archiver.state.schema import messages

_WAITING, _OUTGOING, _FEED = "waiting", "outgoing", "feed"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is to be delivered."""

    row: int
    way: str
    content: bytes


class Messages:
    """The messages of every job of one archive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, connection: sa.Connection, job: str, way: str) -> bytes | None:
        """What was collected for a way and waits for its day."""
        wanted = sa.select(messages.c.content).where(*_of(job, _WAITING), messages.c.way == way)
        return connection.execute(wanted).scalar()

    def wait(self, connection: sa.Connection, job: str, way: str, content: bytes | None) -> None:
        """What waits for a way from now on, None for nothing."""
        connection.execute(sa.delete(messages).where(*_of(job, _WAITING), messages.c.way == way))
        if content is not None:
            _add(connection, job, _WAITING, way, content)

    def all_waiting(self) -> list[tuple[str, str, bytes]]:
        """Job, way and content of all that waits."""
        wanted = sa.select(messages).where(messages.c.kind == _WAITING).order_by(messages.c.id)
        with self._database.reading() as connection:
            return [(row.job, row.way, row.content) for row in connection.execute(wanted)]

    def send(self, connection: sa.Connection, job: str, way: str, content: bytes, until: float) -> Outgoing:
        """A new message; nobody else takes it before `until` (seconds since 1970)."""
        return Outgoing(_add(connection, job, _OUTGOING, way, content, until), way, content)

    def take(self, connection: sa.Connection, job: str, now: float, until: float) -> list[Outgoing]:
        """The messages of a job that nobody has now, oldest first; nobody else takes them before `until`."""
        wanted = sa.select(messages).where(*_of(job, _OUTGOING), messages.c.until <= now).order_by(messages.c.id)
        taken = [Outgoing(row.id, row.way, row.content) for row in connection.execute(wanted)]
        if taken:
            rows = [one.row for one in taken]
            connection.execute(sa.update(messages).where(messages.c.id.in_(rows)).values(until=until))
        return taken

    def done(self, rows: Collection[int]) -> None:
        """Messages that were delivered, or are given up."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(messages).where(messages.c.id.in_(list(rows))))

    def leave(self, rows: Collection[int]) -> None:
        """Messages that were not delivered; anybody may take them."""
        with self._database.writing() as connection:
            connection.execute(sa.update(messages).where(messages.c.id.in_(list(rows))).values(until=0.0))

    def show(self, connection: sa.Connection, job: str, content: bytes, most: int) -> None:
        """Puts a message at the head of a job's feed, of which at most `most` messages are kept."""
        _add(connection, job, _FEED, "", content)
        of_feed = sa.select(messages.c.id).where(*_of(job, _FEED)).order_by(messages.c.id.desc())
        connection.execute(sa.delete(messages).where(*_of(job, _FEED), messages.c.id.not_in(of_feed.limit(most))))

    def shown(self, job: str) -> list[bytes]:
        """The messages of a job's feed, newest first."""
        wanted = sa.select(messages.c.content).where(*_of(job, _FEED)).order_by(messages.c.id.desc())
        with self._database.reading() as connection:
            return list(connection.execute(wanted).scalars())


def _of(job: str, kind: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return messages.c.job == job, messages.c.kind == kind


def _add(connection: sa.Connection, job: str, kind: str, way: str, content: bytes, until: float = 0.0) -> int:
    fresh = {"job": job, "kind": kind, "way": way, "content": content, "until": until}
    made = connection.execute(sa.insert(messages).values(fresh)).inserted_primary_key
    assert made is not None
    return int(made[0])
