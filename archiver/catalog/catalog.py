# SPDX-License-Identifier: Apache-2.0
"""Finding captures: by URL, by digest, by id.

Every answer is of sealed and stored captures only, because only those are ever added. Adding is one transaction a segment
and safe to repeat. A catalog of another version reads as absent: `is_current` says so, and a rebuild makes a new one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from archiver.catalog.answers import (
    Found,
    LastSeen,
    NamedOriginal,
    StoredClaims,
    StoredSegment,
    founds,
    instant,
    last_seen,
    micros,
    uuid,
)
from archiver.catalog.claimed import next_key
from archiver.catalog.comparing import HeldRow, held_rows, statement
from archiver.catalog.entries import Placed, ReadAgain, compared
from archiver.catalog.filling import fill
from archiver.catalog.renewing import renew
from archiver.catalog.schema import VERSION, captures, claims_sets, extractors, facts, parted, segments, tables
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
    OFFSETS_OF_SEGMENT,
    REPRINTS_NAMING,
    REPRINTS_OF,
    REPRINTS_WITHIN,
)
from archiver.errors import Ambiguous, BadInput, Damaged
from archiver.sql import Database, Tuning
from archiver.url_keys import url_key
from manifests.capture import Revisited
from manifests.digest import Digest

__all__ = ["Catalog", "Found", "LastSeen", "NamedOriginal", "Placed", "StoredClaims", "StoredSegment"]

_HOST = re.compile(r"[\w.-]{1,253}(?::[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?")
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
        self._reprints_of = self._database.prepared(REPRINTS_OF)
        self._reprints_within = self._database.prepared(REPRINTS_WITHIN)
        self._reprints_naming = self._database.prepared(REPRINTS_NAMING)

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
                    first_capture=next_key(connection, captures.c.id),
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

    def add_claims(
        self, claims_set: StoredClaims, segment_id: str, segment_seal: Digest, each: Iterable[ReadAgain]
    ) -> bool:
        """Makes the claims of one stored claims set those of its captures; False when they already were.

        A capture whose claims are of the same or a later version keeps them, so the order of calls makes no difference.
        Raises `Damaged` when the catalog does not hold the segment with this seal, or a line is of a capture that is not
        in it or of which nothing was read.
        """
        with self._database.writing() as connection:
            wanted = sa.select(claims_sets.c.id).where(claims_sets.c.folder == claims_set.folder)
            if connection.execute(wanted).first() is not None:
                return False
            segment = connection.execute(sa.select(segments).where(segments.c.segment_id == segment_id)).first()
            if segment is None or segment.seal_digest != segment_seal:
                raise Damaged(
                    f"{claims_set.folder} is of segment {segment_id} with the seal {segment_seal}, which the catalog lacks",
                    "Run `archiver verify` to see whether the segment is there.",
                    code="E06",
                )
            set_key = next_key(connection, claims_sets.c.id)
            row = (set_key, claims_set.folder, segment.id, claims_set.seal_digest)
            self._database.insert(connection, claims_sets, [row])
            try:
                renew(self._database, connection, segment.first_capture, segment.captures, set_key, each)
            except (ValueError, KeyError, OverflowError) as fault:
                raise Damaged(
                    f"a line of {claims_set.folder} does not fit its segment: {fault}",
                    "Run `archiver verify` to see which; nothing of it was taken.",
                    code="E07" if isinstance(fault, ValueError) else "E08",
                ) from fault
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

    def all_claims_sets(self) -> list[StoredClaims]:
        """Every claims set, in the order in which they were added."""
        with self._database.reading() as connection:
            asked = sa.select(claims_sets.c.folder, claims_sets.c.seal_digest).order_by(claims_sets.c.id)
            return [StoredClaims(row.folder, Digest(row.seal_digest)) for row in connection.execute(asked)]

    def extractors(self) -> dict[str, set[str]]:
        """Of each segment, by its id, what its captures were read by: `name/version` of their newest claims."""
        asked = (
            sa.select(segments.c.segment_id, extractors.c.name)
            .join_from(captures, segments, segments.c.id == captures.c.segment)
            .join(extractors, extractors.c.id == captures.c.extractor)
            .distinct()
        )
        found: dict[str, set[str]] = {}
        with self._database.reading() as connection:
            for segment_id, name in connection.execute(asked):
                found.setdefault(segment_id, set()).add(name)
        return found

    def segments_with(self, *, host: str | None = None, since: datetime | None = None) -> set[str]:
        """Ids of the segments that hold a capture of this host, fetched at this time or later."""
        asked = sa.select(segments.c.segment_id).join_from(captures, segments, segments.c.id == captures.c.segment)
        if host is not None:
            asked = asked.where(sa.or_(*(captures.c.url_key.between(*span) for span in host_keys(host))))
        if since is not None:
            asked = asked.where(captures.c.fetched_at >= micros(since))
        with self._database.reading() as connection:
            return {segment_id for (segment_id,) in connection.execute(asked.distinct())}

    def captures_in(self, segment_id: str) -> list[Found]:
        """The captures of one segment in file order."""
        return founds(self._of_segment(segment=segment_id))

    def rows_of(self, segment_id: str) -> dict[bytes, HeldRow]:
        """What is held of the captures of one segment, to be compared with its files: see `comparing`."""
        with self._database.reading() as connection:
            return held_rows(tuple(row) for row in connection.execute(statement(), {"segment": segment_id}))

    def record_offsets(self, segment_id: str) -> list[int]:
        """Where the records of the captures of one segment begin in its WARC file, in order."""
        with self._database.reading() as connection:
            return list(connection.execute(OFFSETS_OF_SEGMENT, {"segment": segment_id}).scalars())

    def reprints_of(self, url_key: str, *, limit: int = 1000) -> list[Found]:
        """Captures that name a URL of this key as their original, oldest first."""
        return founds(self._reprints_of(key=url_key, limit=limit))

    def reprints_from(self, host: str, *, limit: int = 1000) -> list[Found]:
        """Captures that name a page of this host, or the host itself, as their original, oldest first.

        `www.` makes no difference; subdomains are other hosts.
        """
        (first, last), (first_with_port, last_with_port) = host_keys(host)
        return founds(
            self._reprints_within(
                first=first, last=last, first_with_port=first_with_port, last_with_port=last_with_port, limit=limit
            )
        )

    def reprints_naming(self, name: str, *, limit: int = 1000) -> list[Found]:
        """Captures that name an outlet of this name as the source of their original, oldest first.

        Names are compared without case and spacing.
        """
        return founds(self._reprints_naming(name=compared(name), limit=limit))

    def counts(self) -> dict[str, int]:
        """Captures and segments held."""
        with self._database.reading() as connection:
            return {
                "captures": connection.execute(sa.select(sa.func.count()).select_from(captures)).scalar_one(),
                "segments": connection.execute(sa.select(sa.func.count()).select_from(segments)).scalar_one(),
            }

    def held(self) -> dict[str | None, int]:
        """How many captures of each segment are held, by its folder; under None those of no segment."""
        counted = (
            sa.select(segments.c.folder, sa.func.count())
            .select_from(sa.outerjoin(captures, segments, captures.c.segment == segments.c.id))
            .group_by(segments.c.folder)
        )
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(counted)}

    def close(self) -> None:
        """Closes the database."""
        self._database.close()


def check_host(text: str) -> None:
    """Raises `BadInput` when what a person gives as a host is none."""
    if not _HOST.fullmatch(text):
        raise BadInput(f"{text[:100]!r} is no host", "Give a host such as example.org, without a scheme.")


def host_keys(host: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """First and last key that a URL of a host may have, on the port of its scheme and on others.

    `www.` makes no difference; subdomains are other hosts.
    """
    key = url_key(f"http://{host}/").removesuffix(")/")
    return (f"{key})/", f"{key})0"), (f"{key}:", f"{key};")
