# SPDX-License-Identifier: Apache-2.0
"""Finding captures: by URL, by digest, by id.

Every answer is of sealed and stored captures only, because only those are ever added. Adding is one transaction a segment
and safe to repeat. A catalog of another version reads as absent: `is_current` says so, and a rebuild makes a new one.
"""

import hashlib
import json
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
from archiver.errors import Ambiguous
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
        """Makes the captures of one stored segment findable. False when they already were."""
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
            notice_ids = _intern_notices(connection, (one.manifest for one in placed))
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
                named = {notice_ids[_notice_content(notice)] for notice in claims.notices} if claims else set()
                notice_rows += [{"capture": key, "notice": notice} for notice in sorted(named)]
            for table, rows in ((captures, capture_rows), (digests, digest_rows), (capture_notices, notice_rows)):
                if rows:
                    connection.execute(sa.insert(table), rows)
            return True

    def by_url(self, url: str, url_key: str, *, exact: bool = False, limit: int = 1000) -> list[Found]:
        """Captures of a URL, exact spellings first, then others of the same key; oldest first within each."""
        wanted = captures.c.url_key == url_key
        if exact:
            wanted &= captures.c.url == url
        order = (captures.c.url != url, captures.c.fetched_at, captures.c.id)
        return self._find(sa.select(captures.c.id).where(wanted).order_by(*order).limit(limit))

    def closest(self, url: str, url_key: str, at: datetime, *, exact: bool = False) -> Found | None:
        """The capture of a URL nearest in time; an exact spelling wins over a similar one. Two index seeks."""
        moment = _micros(at)
        for same_spelling in (True, False) if not exact else (True,):
            wanted = (captures.c.url_key == url_key) & (captures.c.url == url if same_spelling else sa.true())
            before = sa.select(captures.c.id, captures.c.fetched_at).where(wanted, captures.c.fetched_at <= moment)
            after = sa.select(captures.c.id, captures.c.fetched_at).where(wanted, captures.c.fetched_at > moment)
            with self._database.reading() as connection:
                near = [
                    *connection.execute(before.order_by(captures.c.fetched_at.desc()).limit(1)),
                    *connection.execute(after.order_by(captures.c.fetched_at).limit(1)),
                ]
            if near:
                best = min(near, key=lambda row: abs(row.fetched_at - moment))
                return self._find(sa.select(captures.c.id).where(captures.c.id == best.id))[0]
        return None

    def by_digest(self, digest: Digest, *, limit: int = 1000) -> list[Found]:
        """Captures whose bytes have this digest in any role, oldest first."""
        wanted = (
            sa.select(digests.c.capture, digests.c.roles)
            .where(digests.c.prefix == prefix_of(digest.raw), digests.c.value == digest.raw)
            .limit(limit)
        )
        with self._database.reading() as connection:
            roles: dict[int, int] = {}
            for row in connection.execute(wanted):
                roles[row.capture] = roles.get(row.capture, 0) | row.roles
        found = self._find(
            sa.select(captures.c.id)
            .where(captures.c.id.in_(list(roles)))
            .order_by(captures.c.fetched_at, captures.c.id),
            roles,
        )
        return found

    def by_id(self, prefix: str) -> Found | None:
        """The capture whose id starts with `prefix`. Raises `Ambiguous` when several do."""
        digits = prefix.replace("-", "").lower()
        low = bytes.fromhex(digits.ljust(32, "0"))
        high = bytes.fromhex(digits.ljust(32, "f"))
        found = self._find(sa.select(captures.c.id).where(captures.c.capture_id.between(low, high)).limit(2))
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
        wanted = sa.select(captures.c.id).join(segments, segments.c.id == captures.c.segment)
        return self._find(wanted.where(segments.c.segment_id == segment_id).order_by(captures.c.ordinal))

    def counts(self) -> dict[str, int]:
        """Captures and segments held."""
        with self._database.reading() as connection:
            return {
                "captures": connection.execute(sa.select(sa.func.count()).select_from(captures)).scalar_one(),
                "segments": connection.execute(sa.select(sa.func.count()).select_from(segments)).scalar_one(),
            }

    def _find(self, wanted: sa.Select[Any], roles: dict[int, int] | None = None) -> list[Found]:
        with self._database.reading() as connection:
            keys = list(connection.execute(wanted).scalars())
            if not keys:
                return []
            rows = {
                row.id: row
                for row in connection.execute(
                    sa.select(captures, segments, publishers.c.name.label("publisher_name"))
                    .join(segments, segments.c.id == captures.c.segment)
                    .outerjoin(publishers, publishers.c.id == captures.c.publisher)
                    .where(captures.c.id.in_(keys))
                )
            }
            said: dict[int, list[dict[str, Any]]] = {}
            for row in connection.execute(
                sa.select(capture_notices.c.capture, notices.c.content)
                .join(notices, notices.c.id == capture_notices.c.notice)
                .where(capture_notices.c.capture.in_(keys))
                .order_by(capture_notices.c.capture, capture_notices.c.notice)
            ):
                said.setdefault(row.capture, []).append(json.loads(row.content))
        return [_found(rows[key], tuple(said.get(key, ())), (roles or {}).get(key, 0)) for key in keys]

    def close(self) -> None:
        """Closes the database."""
        self._database.close()


def _found(row: Any, said: tuple[dict[str, Any], ...], roles: int) -> Found:
    digits = row.capture_id.hex()
    return Found(
        capture_id=f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
        url=row.url,
        fetched_at=_EPOCH + row.fetched_at * _MICROSECOND,
        outcome=OUTCOMES[row.outcome],
        response_code=row.response_code,
        revisit=row.revisit,
        payload_sha256=Digest.from_raw("sha256", row.payload) if row.payload else None,
        publisher=row.publisher_name,
        notices=said,
        segment=_segment(row),
        ordinal=row.ordinal,
        record_offset=row.record_offset,
        record_length=row.record_length,
        manifest_offset=row.manifest_offset,
        manifest_length=row.manifest_length,
        roles=tuple(role for bit, role in enumerate(ROLES) if roles & 1 << bit),
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


def _notice_content(notice: Notice) -> str:
    said = {name: value for name, value in notice.model_dump(mode="json").items() if name not in _PLACELESS}
    return canonical_json(said).decode("utf-8")


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


def _intern_notices(connection: sa.Connection, manifests: Iterable[CaptureManifest]) -> dict[str, int]:
    kinds = {_notice_content(notice): notice.kind for one in manifests if one.claims for notice in one.claims.notices}
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
