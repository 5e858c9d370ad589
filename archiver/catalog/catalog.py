# SPDX-License-Identifier: Apache-2.0
"""Finding captures: by URL, by digest, by id.

Every answer is of sealed and stored captures only, because only those are ever added. Adding is one transaction a segment
and safe to repeat. A catalog of another version reads as absent: `is_current` says so, and a rebuild makes a new one.
"""

import hashlib
import itertools
import json
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.catalog.schema import (
    OUTCOMES,
    ROLES,
    VERSION,
    capture_notices,
    captures,
    digests,
    facts,
    notices,
    prefix_of,
    publishers,
    segments,
    tables,
)
from archiver.catalog.statements import (
    BY_DIGEST,
    BY_ID,
    BY_URL,
    BY_URL_EXACT,
    NEAREST,
    NEAREST_EXACT,
    OF_SEGMENT,
    ROW,
)
from archiver.errors import Ambiguous, Damaged
from archiver.sql import Database
from manifests.canonical import canonical_json
from manifests.capture import CaptureManifest, Outcome, Revisited
from manifests.digest import Digest, Role
from manifests.rights import Notice

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACELESS = {"evidence", "confidence", "reason"}


@dataclass(frozen=True, slots=True)
class Placed:
    """One capture of a stored segment, with where its records are."""

    manifest: CaptureManifest
    record_offset: int | None
    record_length: int | None
    manifest_offset: int | None
    manifest_length: int | None
    """Octets in the WARC file; None for captures without a response, whose manifest is read from manifests.jsonl.gz."""


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """What the catalog keeps of one segment."""

    segment_id: str
    folder: str
    warc: str
    seal_digest: Digest
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """One capture in an answer."""

    capture_id: str
    url: str
    fetched_at: datetime
    outcome: Outcome
    response_code: int | None
    revisit: bool
    payload_sha256: Digest | None
    publisher: str | None
    notices: tuple[dict[str, Any], ...]
    """Kind, text and what was read from it, without the place; the manifest has that."""
    segment: StoredSegment
    ordinal: int
    record_offset: int | None
    record_length: int | None
    manifest_offset: int | None
    manifest_length: int | None
    roles: tuple[Role, ...] = ()
    """For a lookup by digest: the roles in which it matched."""


class Catalog:
    """One generation of the catalog, in one database file."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._database = Database(path, read_only=read_only)
        self._by_url = self._database.prepared(BY_URL)
        self._by_url_exact = self._database.prepared(BY_URL_EXACT)
        self._nearest = self._database.prepared(NEAREST)
        self._nearest_exact = self._database.prepared(NEAREST_EXACT)
        self._by_digest = self._database.prepared(BY_DIGEST)
        self._by_id = self._database.prepared(BY_ID)
        self._of_segment = self._database.prepared(OF_SEGMENT)

    def prepare(self) -> None:
        """Makes the tables of an empty file."""
        with self._database.writing() as connection:
            tables.create_all(connection)
            connection.execute(insert_or(facts).values(name="version", content=str(VERSION)).on_conflict_do_nothing())

    def is_current(self) -> bool:
        """Whether this file is a catalog of this version."""
        with self._database.reading() as connection:
            if not sa.inspect(connection).has_table("fact"):
                return False
            return connection.execute(sa.select(facts.c.content).where(facts.c.name == "version")).scalar() == str(
                VERSION
            )

    def add(self, segment: StoredSegment, placed: Sequence[Placed]) -> bool:
        """Makes the captures of one stored segment findable. False when they already were.

        Raises `Damaged` when one of them stands in another segment too: one id must not mean two places.
        """
        said = [_notices_of(one.manifest) for one in placed]
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
                    captures=len(placed),
                    sealed_at=_micros(segment.sealed_at),
                )
                .returning(segments.c.id)
            ).scalar_one()
            first = (connection.execute(sa.select(sa.func.max(captures.c.id))).scalar() or 0) + 1
            publisher_ids = _intern_publishers(connection, (one.manifest for one in placed))
            notice_ids = _intern_notices(connection, said)
            capture_rows, digest_rows, notice_rows = [], [], []
            for ordinal, one in enumerate(placed):
                key = first + ordinal
                seen = one.manifest.observation
                claims = one.manifest.claims
                payload = seen.digests.get(Role.PAYLOAD)
                capture_rows.append(
                    {
                        "id": key,
                        "capture_id": bytes.fromhex(seen.capture_id.replace("-", "")),
                        "segment": segment_key,
                        "ordinal": ordinal,
                        "url": seen.url,
                        "url_key": seen.url_key,
                        "fetched_at": _micros(seen.requested_at),
                        "outcome": OUTCOMES.index(seen.outcome),
                        "response_code": seen.response.code if seen.response else None,
                        "revisit": seen.revisits is not None,
                        "payload": payload.raw if payload else None,
                        "record_offset": one.record_offset,
                        "record_length": one.record_length,
                        "manifest_offset": one.manifest_offset,
                        "manifest_length": one.manifest_length,
                        "publisher": publisher_ids[claims.publisher.name] if claims and claims.publisher else None,
                    }
                )
                for value, roles in _digests_of(one.manifest).items():
                    digest_rows.append({"prefix": prefix_of(value), "capture": key, "roles": roles, "value": value})
                named = {notice_ids[content] for content in said[ordinal]}
                notice_rows += [{"capture": key, "notice": notice} for notice in sorted(named)]
            try:
                for table, rows in ((captures, capture_rows), (digests, digest_rows), (capture_notices, notice_rows)):
                    if rows:
                        connection.execute(sa.insert(table), rows)
            except sa.exc.IntegrityError as fault:
                raise Damaged(
                    f"segment {segment.segment_id} holds a capture that another segment holds, or one twice",
                    "Run `archiver verify` to see which; nothing of it was added.",
                ) from fault
            return True

    def by_url(self, url: str, url_key: str, *, exact: bool = False, limit: int = 1000) -> list[Found]:
        """Captures of a URL, exact spellings first, then others of the same key; oldest first within each."""
        ask = self._by_url_exact if exact else self._by_url
        return _founds(ask(url=url, url_key=url_key, limit=limit))

    def closest(self, url: str, url_key: str, at: datetime, *, exact: bool = False) -> Found | None:
        """The capture of a URL nearest in time; an exact spelling wins over a similar one. Two index seeks each."""
        found = _founds(self._nearest_exact(url=url, url_key=url_key, at=_micros(at)))
        if not found and not exact:
            found = _founds(self._nearest(url_key=url_key, at=_micros(at)))
        return found[0] if found else None

    def by_digest(self, digest: Digest, *, limit: int = 1000) -> list[Found]:
        """Captures whose bytes have this digest in any role, oldest first; of more than `limit`, those first added."""
        return _founds(self._by_digest(prefix=prefix_of(digest.raw), value=digest.raw, limit=limit))

    def by_id(self, prefix: str) -> Found | None:
        """The capture whose id starts with `prefix`. Raises `Ambiguous` when several do."""
        digits = prefix.replace("-", "").lower()
        low, high = bytes.fromhex(digits.ljust(32, "0")), bytes.fromhex(digits.ljust(32, "f"))
        found = _founds(self._by_id(low=low, high=high))
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
            return [_segment(row) for row in connection.execute(sa.select(segments).order_by(segments.c.sealed_at))]

    def payload_holder(self, payload_sha256: Digest) -> Revisited | None:
        """The earliest response record that holds this payload whole: what a revisit may refer to."""
        for one in self.by_digest(payload_sha256, limit=50):
            if Role.PAYLOAD in one.roles and not one.revisit and one.outcome is Outcome.CAPTURED_COMPLETE:
                return Revisited(capture_id=one.capture_id, url=one.url, fetched_at=one.fetched_at)
        return None

    def captures_in(self, segment_id: str) -> list[Found]:
        """The captures of one segment in file order."""
        return _founds(self._of_segment(segment=segment_id))

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


def _founds(rows: Iterable[tuple[Any, ...]]) -> list[Found]:
    """Answers from the rows of one statement: those of a capture stand together, one for each of its notices."""
    found = []
    for _, group in itertools.groupby(rows, key=operator.itemgetter(0)):
        same = list(group)
        found.append(_found(same[0], tuple(json.loads(row[-1]) for row in same if row[-1] is not None)))
    return found


def _found(row: tuple[Any, ...], said: tuple[dict[str, Any], ...]) -> Found:
    named = dict(zip(ROW, row, strict=True))
    digits = named["capture_id"].hex()
    return Found(
        capture_id=f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
        url=named["url"],
        fetched_at=_EPOCH + named["fetched_at"] * _MICROSECOND,
        outcome=OUTCOMES[named["outcome"]],
        response_code=named["response_code"],
        revisit=bool(named["revisit"]),
        payload_sha256=Digest.from_raw("sha256", named["payload"]) if named["payload"] else None,
        publisher=named["publisher"],
        notices=said,
        segment=StoredSegment(
            named["segment_id"],
            named["folder"],
            named["warc"],
            Digest(named["seal_digest"]),
            _EPOCH + named["sealed_at"] * _MICROSECOND,
        ),
        ordinal=named["ordinal"],
        record_offset=named["record_offset"],
        record_length=named["record_length"],
        manifest_offset=named["manifest_offset"],
        manifest_length=named["manifest_length"],
        roles=tuple(role for bit, role in enumerate(ROLES) if named["roles"] & 1 << bit),
    )


def _segment(row: Any) -> StoredSegment:
    sealed_at = _EPOCH + row.sealed_at * _MICROSECOND
    return StoredSegment(row.segment_id, row.folder, row.warc, Digest(row.seal_digest), sealed_at)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _digests_of(manifest: CaptureManifest) -> dict[bytes, int]:
    """Each distinct digest of a capture with the bits of its roles."""
    held: dict[bytes, int] = {}
    for bit, role in enumerate(ROLES):
        for algorithm in ("sha256", "sha1"):
            digest = manifest.observation.digests.get(role, algorithm)
            if role is Role.TEXT and algorithm == "sha256" and manifest.claims:
                digest = manifest.claims.text_digest
            if digest is not None:
                held[digest.raw] = held.get(digest.raw, 0) | 1 << bit
    return held


def _notices_of(manifest: CaptureManifest) -> dict[str, str]:
    """The kind of each notice of a capture by what the catalog keeps of it."""
    notices_found = manifest.claims.notices if manifest.claims else ()
    return {_notice_content(notice): notice.kind for notice in notices_found}


def _notice_content(notice: Notice) -> str:
    return canonical_json(notice.model_dump(mode="json", exclude=_PLACELESS)).decode("utf-8")


def _intern_publishers(connection: sa.Connection, manifests: Iterable[CaptureManifest]) -> dict[str, int]:
    names = {one.claims.publisher.name for one in manifests if one.claims and one.claims.publisher}
    if not names:
        return {}
    connection.execute(insert_or(publishers).on_conflict_do_nothing(), [{"name": name} for name in sorted(names)])
    known: dict[str, int] = {}
    for part in _parts(sorted(names)):
        rows = connection.execute(sa.select(publishers.c.name, publishers.c.id).where(publishers.c.name.in_(part)))
        known.update({str(row.name): int(row.id) for row in rows})
    return known


def _intern_notices(connection: sa.Connection, said: Sequence[dict[str, str]]) -> dict[str, int]:
    kinds = {content: kind for one in said for content, kind in one.items()}
    if not kinds:
        return {}
    by_digest = {hashlib.sha256(content.encode("utf-8")).digest(): content for content in sorted(kinds)}
    connection.execute(
        insert_or(notices).on_conflict_do_nothing(),
        [{"digest": digest, "kind": kinds[content], "content": content} for digest, content in by_digest.items()],
    )
    known: dict[str, int] = {}
    for part in _parts(list(by_digest)):
        rows = connection.execute(sa.select(notices.c.digest, notices.c.id).where(notices.c.digest.in_(part)))
        known.update({by_digest[row.digest]: int(row.id) for row in rows})
    return known


def _parts(values: list[Any], size: int = 500) -> Iterable[list[Any]]:
    # SQLite before 3.32 takes at most 999 parameters in one statement.
    return (values[at : at + size] for at in range(0, len(values), size))
