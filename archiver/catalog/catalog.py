# SPDX-License-Identifier: Apache-2.0
"""Finding captures: by URL, by digest, by id.

Every answer is of sealed and stored captures only, because only those are ever added. Adding is one transaction a segment
and safe to repeat. A catalog of another version reads as absent: `is_current` says so, and a rebuild makes a new one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from archiver.catalog.answers import Found, LastSeen, StoredSegment, founds, instant, last_seen, micros, uuid
from archiver.catalog.entries import Placed
from archiver.catalog.filling import fill
from archiver.catalog.schema import VERSION, captures, facts, parted, segments, tables
from archiver.catalog.statements import (
    ANY_HELD,
    BEFORE,
    BY_DIGEST,
    BY_ID,
    BY_URL,
    BY_URL_EXACT,
    HOLDER,
    LAST_SEEN,
    NEAREST,
    NEAREST_EXACT,
    OF_SEGMENT,
)
from archiver.errors import Ambiguous, Damaged
from archiver.sql import Database, Tuning
from archiver.url_keys import url_key
from manifests.capture import Revisited
from manifests.digest import Digest

__all__ = ["Catalog", "Found", "LastSeen", "Placed", "StoredSegment"]

_SHARED = Tuning(checkpoint_pages=8000, cache_kibibytes=16_000, foreign_keys=False)
_SCRATCH = Tuning(cache_kibibytes=64_000, foreign_keys=False, scratch=True)


class Catalog:
    """One generation of the catalog, in one database file."""

    def __init__(self, path: Path, *, read_only: bool = False, scratch: bool = False) -> None:
        """`scratch`: nobody reads the file before it is closed, and a crash may destroy it."""
        self.path = path
        self._database = Database(path, read_only=read_only, tuning=_SCRATCH if scratch else _SHARED)
        self._by_url = self._database.prepared(BY_URL)
        self._by_url_exact = self._database.prepared(BY_URL_EXACT)
        self._nearest = self._database.prepared(NEAREST)
        self._nearest_exact = self._database.prepared(NEAREST_EXACT)
        self._before = self._database.prepared(BEFORE)
        self._by_digest = self._database.prepared(BY_DIGEST)
        self._by_id = self._database.prepared(BY_ID)
        self._of_segment = self._database.prepared(OF_SEGMENT)
        self._any_held = self._database.prepared(ANY_HELD)
        self._holder = self._database.prepared(HOLDER)
        self._last_seen = self._database.prepared_for_many(LAST_SEEN)

    def prepare(self) -> None:
        """Makes the tables of an empty file."""
        with self._database.writing() as connection:
            tables.create_all(connection)
            if connection.execute(sa.select(facts.c.name).where(facts.c.name == "version")).first() is None:
                connection.execute(sa.insert(facts).values(name="version", content=str(VERSION)))

    def is_current(self) -> bool:
        """Whether this file is a catalog of this version."""
        with self._database.reading() as connection:
            if not sa.inspect(connection).has_table("fact"):
                return False
            return connection.execute(sa.select(facts.c.content).where(facts.c.name == "version")).scalar() == str(
                VERSION
            )

    def add(self, segment: StoredSegment, placed: Iterable[Placed]) -> bool:
        """Makes the captures of one stored segment findable. False when they already were.

        Raises `Damaged` when one of them stands in another segment too: one id must not mean two places; and when what
        should be a digest is none.
        """
        with self._database.writing() as connection:
            known = connection.execute(
                sa.select(segments.c.id).where(segments.c.segment_id == segment.segment_id)
            ).scalar()
            if known is not None:
                return False
            segment_key = connection.execute(
                sa.insert(segments)
                .values(
                    segment_id=segment.segment_id,
                    folder=segment.folder,
                    warc=segment.warc,
                    seal_digest=segment.seal_digest,
                    captures=0,
                    sealed_at=micros(segment.sealed_at),
                )
                .returning(segments.c.id)
            ).scalar_one()
            try:
                added = fill(self._database, connection, segment_key, placed)
            except IntegrityError as fault:
                raise Damaged(
                    f"segment {segment.segment_id} holds a capture that another segment holds, or one twice",
                    "Run `archiver verify` to see which; nothing of it was added.",
                ) from fault
            except (ValueError, OverflowError) as fault:
                raise Damaged(
                    f"a manifest of segment {segment.segment_id} cannot be read: {fault}",
                    "Run `archiver verify` to see which; nothing of the segment was added.",
                ) from fault
            connection.execute(sa.update(segments).where(segments.c.id == segment_key).values(captures=added))
            return True

    def by_url(self, url: str, url_key: str, *, exact: bool = False, limit: int = 1000) -> list[Found]:
        """Captures of a URL, exact spellings first, then others of the same key; oldest first within each."""
        ask = self._by_url_exact if exact else self._by_url
        return founds(ask(url=url, url_key=url_key, limit=limit))

    def closest(self, url: str, url_key: str, at: datetime, *, exact: bool = False) -> Found | None:
        """The capture of a URL nearest in time; an exact spelling wins over a similar one. Two index seeks each."""
        found = founds(self._nearest_exact(url=url, url_key=url_key, at=micros(at)))
        if not found and not exact:
            found = founds(self._nearest(url_key=url_key, at=micros(at)))
        return found[0] if found else None

    def before(self, url: str, at: datetime, *, limit: int = 20) -> list[Found]:
        """The last captures of an exact URL before a time, newest first, without answers of 304."""
        return founds(self._before(url=url, url_key=url_key(url), at=micros(at), limit=limit))[::-1]

    def by_digest(self, digest: Digest, *, limit: int = 1000) -> list[Found]:
        """Captures whose bytes have this digest in any role, oldest first; of more than `limit`, those first added."""
        prefix, rest = parted(digest.raw)
        return founds(self._by_digest(prefix=prefix, rest=rest, limit=limit))

    def by_id(self, prefix: str) -> Found | None:
        """The capture whose id starts with `prefix`. Raises `Ambiguous` when several do."""
        digits = prefix.replace("-", "").lower()
        low, high = bytes.fromhex(digits.ljust(32, "0")), bytes.fromhex(digits.ljust(32, "f"))
        found = founds(self._by_id(low=low, high=high))
        if len(found) > 1:
            raise Ambiguous(f"several captures have ids that start with {prefix}", "Give more digits of the id.")
        return found[0] if found else None

    def segment(self, prefix: str) -> StoredSegment | None:
        """The segment whose id starts with `prefix`. Raises `Ambiguous` when several do."""
        found = [one for one in self.all_segments() if one.segment_id.startswith(prefix.lower())]
        if len(found) > 1:
            raise Ambiguous(f"several segments have ids that start with {prefix}", "Give more letters of the id.")
        return found[0] if found else None

    def all_segments(self) -> list[StoredSegment]:
        """Every segment, oldest first."""
        with self._database.reading() as connection:
            return [
                StoredSegment(row.segment_id, row.folder, row.warc, Digest(row.seal_digest), instant(row.sealed_at))
                for row in connection.execute(sa.select(segments).order_by(segments.c.sealed_at))
            ]

    def payload_holder(self, payload_sha256: Digest) -> Revisited | None:
        """The earliest response record that holds this payload whole: what a revisit may refer to."""
        prefix, rest = parted(bytes.fromhex(payload_sha256[7:]))
        if not self._any_held(prefix=prefix, rest=rest):
            return None
        for capture_id, url, fetched_at in self._holder(prefix=prefix, rest=rest):
            return Revisited(capture_id=uuid(capture_id), url=url, fetched_at=instant(fetched_at))
        return None

    def last_seen(self, urls: Sequence[str]) -> dict[str, LastSeen]:
        """What is held of the newest capture with a response of each exact URL; all of one state of the catalog.

        Made for some hundred URLs a call. A URL is absent when it has no such capture, and when the newest is a revisit
        of a response that the catalog does not know: then it has to be fetched as if for the first time.
        """
        answers = self._last_seen([{"url": url, "url_key": url_key(url)} for url in urls])
        found = zip(urls, map(last_seen, answers), strict=True)
        return {url: seen for url, seen in found if seen is not None}

    def captures_in(self, segment_id: str) -> list[Found]:
        """The captures of one segment in file order."""
        return founds(self._of_segment(segment=segment_id))

    def counts(self) -> dict[str, int]:
        """Captures and segments held."""
        with self._database.reading() as connection:
            return {
                "captures": connection.execute(sa.select(sa.func.count()).select_from(captures)).scalar_one(),
                "segments": connection.execute(sa.select(sa.func.count()).select_from(segments)).scalar_one(),
            }

    def close(self) -> None:
        """Closes the database."""
        self._database.close()
