# SPDX-License-Identifier: Apache-2.0
"""Work in progress, in one database: the acknowledgement of a capture is one transaction here.

Each method is one transaction: durable when it returns, undone when it raises. Methods may be called from several threads
and processes; each segment has one writer, which holds the lock on its spool folder.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from pathlib import Path

import sqlalchemy as sa

from archiver.errors import NewerFormat, StateFault, StoreUnavailable
from archiver.sql import Database, Tuning
from archiver.state.backlog import Backlog
from archiver.state.bulk import Bulk
from archiver.state.crawls import Crawls
from archiver.state.frontier import Frontier
from archiver.state.leases import Leases
from archiver.state.messages import Messages
from archiver.state.replicas import Replicas
from archiver.state.schema import VERSION, captures, facts, migrate, segments, tables
from manifests.digest import Digest

_TUNING = Tuning(checkpoint_pages=8000, cache_kibibytes=16_000)
"""Found URLs go all over a frontier: pages that several transactions change are copied into the file once for all of them."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One capture that is on disk in an open segment."""

    capture_id: str
    ordinal: int
    """Its place in the file, from 0."""
    index_line: bytes | None
    """Its CDXJ line; None when it has no response or revisit record."""
    manifest_offset: int
    manifest_length: int
    """The gzip member of its manifest in the WARC file."""
    manifest_digest: str
    fetched_at: str
    """RFC 3339, UTC."""
    end: int
    """Octets of the WARC file up to its end."""
    sha256: str
    """Digest over the file up to `end`: what is sealed is compared with what was written. In a state of version 1, over the
    file from the end of the capture before."""


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """One segment that is not yet in the catalog."""

    segment_id: str
    job: str
    stage: str
    """`open`, `sealed` (closed, to be stored), `stored` (to be catalogued), `kept` (in the catalog; its local copy stays until
    a replica has it) or `aside` (does not read back)."""
    opened_at: str
    acknowledged: int
    """Octets of its WARC file that hold acknowledged captures."""
    tail_adopted: bool
    """Whether what follows them is held elsewhere too: copied to another segment, or itself a copy; or not wanted at all."""


_rest = attrgetter(*(one.name for one in fields(Acknowledged)[1:]))


class State:
    """The state of one archive on one machine."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, tuning=_TUNING)
        named = [one.name for one in fields(Acknowledged)]
        columns = (named[0], "segment_id", *named[1:])
        self._acknowledge = Bulk(sa.insert(captures).values({name: sa.bindparam(name) for name in columns}), columns)
        self._acknowledged = self._database.prepared(
            sa.select(*(captures.c[name] for name in named))
            .where(captures.c.segment_id == sa.bindparam("segment_id"))
            .order_by(captures.c.ordinal)
        )
        self.frontier = Frontier(self._database)
        self.leases = Leases(self._database)
        self.crawls = Crawls(self._database)
        self.messages = Messages(self._database)
        self.backlog = Backlog(self._database)
        self.replicas = Replicas(self._database)

    def prepare(self, archive_id: str) -> None:
        """Creates the tables; exclusive. Raises `NewerFormat`, `StateFault` when it is another archive's."""
        _make_private(self._database.path)
        with self._database.writing() as connection:
            made_now = not sa.inspect(connection).has_table(facts.name)
            if made_now:
                tables.create_all(connection)
            known = {str(row.name): str(row.content) for row in connection.execute(sa.select(facts))}
            version = int(known.get("version", VERSION))
            if version > VERSION:
                raise NewerFormat(
                    f"the state {self._database.path} was written by a later version of this program",
                    "Upgrade the program; nothing was changed.",
                )
            if known.get("archive_id", archive_id) != archive_id:
                raise StateFault(
                    f"the state {self._database.path} belongs to archive {known['archive_id']}, not {archive_id}",
                    "Name another --state folder.",
                )
            if version < VERSION:
                migrate(connection, version)
                connection.execute(sa.update(facts).where(facts.c.name == "version").values(content=str(VERSION)))
            fresh = {"version": str(VERSION), "archive_id": archive_id, "redaction_key": secrets.token_hex(32)}
            missing = [{"name": name, "content": fresh[name]} for name in fresh if name not in known]
            if missing:
                connection.execute(sa.insert(facts), missing)

    def fact(self, name: str) -> str | None:
        """A single remembered value, such as the redaction key."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(facts.c.content).where(facts.c.name == name)).scalar()

    def remember(self, name: str, content: str) -> None:
        """Sets a single remembered value."""
        with self._database.writing() as connection:
            self.remember_within(connection, name, content)

    def remember_within(self, connection: sa.Connection, name: str, content: str) -> None:
        """The same as part of the caller's transaction."""
        connection.execute(sa.delete(facts).where(facts.c.name == name))
        connection.execute(sa.insert(facts).values(name=name, content=content))

    def segment_opened(self, segment_id: str, job: str, opened_at: str, *, tail_adopted: bool = False) -> None:
        """A row after its file: a kill in between leaves a file without a row, which recovery removes.

        `tail_adopted` from the beginning says that nobody need look at what is not acknowledged in it: it is made to adopt
        another's tail, which is still there to be copied again; or a crawl writes it, whose URLs still wait in the frontier.
        """
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(segments).values(
                    segment_id=segment_id,
                    job=job,
                    stage="open",
                    opened_at=opened_at,
                    acknowledged=0,
                    tail_adopted=tail_adopted,
                )
            )

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction for several parts of state: durable when the block ends, undone when it raises."""
        try:
            with self._database.writing() as connection:
                yield connection
        except BaseException:
            self.frontier.forget_hosts()
            raise

    def acknowledge(self, segment_id: str, group: Sequence[Acknowledged], *, adopted_from: str | None = None) -> None:
        """The acknowledgement: after this the captures are never lost. Their bytes must have been synced before.

        `group` is not empty and in file order. `adopted_from` marks the segment whose tail they were
        copied from, in the same transaction, so that no crash can adopt them twice.
        """
        with self._database.writing() as connection:
            self.acknowledge_within(connection, segment_id, group)
            if adopted_from is not None:
                connection.execute(
                    sa.update(segments).where(segments.c.segment_id == adopted_from).values(tail_adopted=True)
                )

    def acknowledge_within(self, connection: sa.Connection, segment_id: str, group: Sequence[Acknowledged]) -> None:
        """The acknowledgement as part of the caller's transaction, with what else must not disagree with it."""
        if group:
            self._acknowledge.run(connection, [(one.capture_id, segment_id, *_rest(one)) for one in group])
            connection.execute(
                sa.update(segments).where(segments.c.segment_id == segment_id).values(acknowledged=group[-1].end)
            )

    def acknowledged(self, segment_id: str) -> list[Acknowledged]:
        """The captures of a segment in file order."""
        return [Acknowledged(*row) for row in self._acknowledged(segment_id=segment_id)]

    def segment_advanced(self, segment_id: str, stage: str) -> None:
        """The segment is now `sealed` or `aside`."""
        with self._database.writing() as connection:
            connection.execute(sa.update(segments).where(segments.c.segment_id == segment_id).values(stage=stage))

    def segment_stored(self, segment_id: str, seal_key: str, seal_digest: Digest, sealed_at: datetime) -> None:
        """The segment is now `stored`, and its seal waits for the ledger."""
        with self._database.writing() as connection:
            connection.execute(sa.update(segments).where(segments.c.segment_id == segment_id).values(stage="stored"))
            self.backlog.add_within(connection, seal_key, seal_digest, sealed_at)

    def segment_kept(self, segment_id: str) -> None:
        """The segment is in the catalog, and its local copy is kept until enough replicas have it."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(captures).where(captures.c.segment_id == segment_id))
            connection.execute(sa.update(segments).where(segments.c.segment_id == segment_id).values(stage="kept"))

    def publish_again_within(self, connection: sa.Connection) -> None:
        """Every kept segment is to be stored again, in the caller's transaction: the store that had it is lost."""
        connection.execute(sa.update(segments).where(segments.c.stage == "kept").values(stage="sealed"))

    def segment_finished(self, segment_id: str) -> None:
        """Forgets a segment that is in the catalog, or that never held a capture."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(captures).where(captures.c.segment_id == segment_id))
            connection.execute(sa.delete(segments).where(segments.c.segment_id == segment_id))

    def unfinished(self) -> list[OpenSegment]:
        """Every segment not yet in the catalog, oldest first."""
        return [one for one in self._segments() if one.stage != "kept"]

    def kept(self) -> list[OpenSegment]:
        """Every segment that is in the catalog and whose local copy waits for a replica, oldest first."""
        return [one for one in self._segments() if one.stage == "kept"]

    def segment(self, segment_id: str) -> OpenSegment | None:
        """One unfinished or kept segment as it is now, or None when it is finished."""
        return next((one for one in [*self.unfinished(), *self.kept()] if one.segment_id == segment_id), None)

    def _segments(self) -> list[OpenSegment]:
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(segments).order_by(segments.c.opened_at, segments.c.segment_id))
            return [
                OpenSegment(row.segment_id, row.job, row.stage, row.opened_at, row.acknowledged, row.tail_adopted)
                for row in rows
            ]

    def close(self) -> None:
        """Closes the database."""
        self._database.close()


def _make_private(path: Path) -> None:
    # Before SQLite makes it for everybody to read: the key that redaction rests on is in it.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as fault:
        raise StoreUnavailable(
            f"cannot open the state {path}: {fault.strerror}",
            "Check that its folder exists and is writable for this user.",
        ) from fault
