# SPDX-License-Identifier: Apache-2.0
"""Work in progress, in one database: the acknowledgement of a capture is one transaction here.

Each method is one transaction: durable when it returns, undone when it raises. Methods may be called from several threads
and processes; each segment has one writer, which holds the lock on its spool folder.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from archiver.errors import NewerFormat, StateFault, StoreUnavailable
from archiver.sql import Database
from archiver.state.schema import VERSION, captures, facts, segments, tables


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
    """Digest over the file from the end of the capture before it: what is sealed is compared with what was written."""


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """One segment that is not yet in the catalog."""

    segment_id: str
    job: str
    stage: str
    """`open`, `sealed` (closed, to be stored), `stored` (to be catalogued) or `aside` (does not read back)."""
    opened_at: str
    acknowledged: int
    """Octets of its WARC file that hold acknowledged captures."""
    tail_adopted: bool
    """Whether what follows them is held elsewhere too: copied to another segment, or itself a copy."""


class State:
    """The state of one archive on one machine."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def prepare(self, archive_id: str) -> None:
        """Creates the tables; exclusive. Raises `NewerFormat`, `StateFault` when it is another archive's."""
        _make_private(self._database.path)
        with self._database.writing() as connection:
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
            connection.execute(sa.delete(facts).where(facts.c.name == name))
            connection.execute(sa.insert(facts).values(name=name, content=content))

    def segment_opened(self, segment_id: str, job: str, opened_at: str, *, holds_copies: bool = False) -> None:
        """A row after its file: a kill in between leaves a file without a row, which recovery removes.

        `holds_copies` says that the segment is made to adopt another's tail: what is not acknowledged in it is still
        there to be copied again, so its own tail counts as adopted from the beginning.
        """
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(segments).values(
                    segment_id=segment_id,
                    job=job,
                    stage="open",
                    opened_at=opened_at,
                    acknowledged=0,
                    tail_adopted=holds_copies,
                )
            )

    def acknowledge(self, segment_id: str, group: Sequence[Acknowledged], *, adopted_from: str | None = None) -> None:
        """The acknowledgement: after this the captures are never lost. Their bytes must have been synced before.

        `group` is not empty and in file order. `adopted_from` marks the segment whose tail they were
        copied from, in the same transaction, so that no crash can adopt them twice.
        """
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(captures),
                [
                    {
                        "capture_id": one.capture_id,
                        "segment_id": segment_id,
                        "ordinal": one.ordinal,
                        "index_line": one.index_line,
                        "manifest_offset": one.manifest_offset,
                        "manifest_length": one.manifest_length,
                        "manifest_digest": one.manifest_digest,
                        "fetched_at": one.fetched_at,
                        "end": one.end,
                        "sha256": one.sha256,
                    }
                    for one in group
                ],
            )
            connection.execute(
                sa.update(segments).where(segments.c.segment_id == segment_id).values(acknowledged=group[-1].end)
            )
            if adopted_from is not None:
                connection.execute(
                    sa.update(segments).where(segments.c.segment_id == adopted_from).values(tail_adopted=True)
                )

    def acknowledged(self, segment_id: str) -> list[Acknowledged]:
        """The captures of a segment in file order."""
        wanted = sa.select(captures).where(captures.c.segment_id == segment_id).order_by(captures.c.ordinal)
        with self._database.reading() as connection:
            return [
                Acknowledged(
                    row.capture_id,
                    row.ordinal,
                    row.index_line,
                    row.manifest_offset,
                    row.manifest_length,
                    row.manifest_digest,
                    row.fetched_at,
                    row.end,
                    row.sha256,
                )
                for row in connection.execute(wanted)
            ]

    def segment_advanced(self, segment_id: str, stage: str) -> None:
        """The segment is now `sealed`, `stored` or `aside`."""
        with self._database.writing() as connection:
            connection.execute(sa.update(segments).where(segments.c.segment_id == segment_id).values(stage=stage))

    def segment_finished(self, segment_id: str) -> None:
        """Forgets a segment that is in the catalog, or that never held a capture."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(captures).where(captures.c.segment_id == segment_id))
            connection.execute(sa.delete(segments).where(segments.c.segment_id == segment_id))

    def unfinished(self) -> list[OpenSegment]:
        """Every segment not yet in the catalog, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(segments).order_by(segments.c.opened_at, segments.c.segment_id))
            return [
                OpenSegment(row.segment_id, row.job, row.stage, row.opened_at, row.acknowledged, row.tail_adopted)
                for row in rows
            ]

    def segment(self, segment_id: str) -> OpenSegment | None:
        """One unfinished segment as it is now, or None when it is finished."""
        return next((one for one in self.unfinished() if one.segment_id == segment_id), None)

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
