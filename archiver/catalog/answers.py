# SPDX-License-Identifier: Apache-2.0
"""What the catalog answers, made from the rows of its statements."""

import itertools
import json
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archiver.catalog.entries import digest_of_notices
from archiver.catalog.schema import EPOCH, MICROSECOND, OUTCOMES, ROLES
from archiver.catalog.statements import ROW, SEEN
from archiver.sql import Row
from manifests.capture import Outcome
from manifests.digest import Digest, Role


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """What the catalog keeps of one segment."""

    segment_id: str
    folder: str
    warc: str
    seal_digest: Digest
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class StoredClaims:
    """What the catalog keeps of one claims set."""

    folder: str
    """The key of its seal without the name."""
    seal_digest: Digest


@dataclass(frozen=True, slots=True)
class NamedOriginal:
    """The original that a reprint names."""

    url: str | None
    """Its URL as read, of the work or of its outlet's site."""
    name: str | None
    """The outlet's name as written, cut at 300 characters."""
    basis: str
    """What says so: a word of `manifests.rights.Reprint.basis`."""


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
    """For a revisit to whose request the server sent no payload, that of the capture it refers to."""
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
    title: str | None = None
    """What the page calls itself, cut at 300 characters."""
    claimed_published_at: str | None = None
    """When the page says that it was published, as the claim has it."""
    language: str | None = None
    suspected: tuple[str, ...] = ()
    """Signs that it is not the page that was meant, such as `bot-check`."""
    reprint: NamedOriginal | None = None
    """For a reprint: the original it names."""
    extractor: str | None = None
    """`name/version` of what read the page; None when nothing was read."""
    claims_set: StoredClaims | None = None
    """The claims set that title, publisher, notices and the like are from; None when it is the manifest."""

    @property
    def claims_from(self) -> str | None:
        """Where what was read stands: `manifest` or `claims-set`; None when nothing was read."""
        if self.extractor is None:
            return None
        return "manifest" if self.claims_set is None else "claims-set"


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What is held of the newest capture of one URL that has a response."""

    newest_id: str
    """That capture; a revisit when its payload was held already."""
    newest_at: datetime
    """When it was requested, UTC."""
    response_code: int | None
    """The status code it came with; 304 where the server said that nothing has changed."""
    capture_id: str
    """The capture whose response record holds the payload: for a revisit the one it refers to, else the newest itself."""
    url: str
    """The URL of that capture, which may be another."""
    fetched_at: datetime
    """When that capture was requested, UTC."""
    payload_sha256: Digest
    payload_sha1: Digest
    etag: str | None
    """The validators to ask with, as the server sent them for this very payload at this URL. Both are None unless the
    newest capture is whole and came with 200, or with 304 as a revisit of a whole response: an answer of 304 to them means
    that the payload above is current."""
    last_modified: str | None
    text_digest: Digest | None
    """sha256 of the page's text; None when it has none, or was not read."""
    notices_digest: Digest | None
    """`entries.notices_digest` of the page's notices; None when it was not read."""
    extractor: str | None
    """Name and version of what read text and notices: only what one version read can be compared."""


def founds(rows: Iterable[Row]) -> list[Found]:
    """Answers from the rows of one statement: those of a capture stand together, one for each of its notices."""
    found = []
    for _, group in itertools.groupby(rows, key=operator.itemgetter(0)):
        same = list(group)
        found.append(_found(same[0], tuple(json.loads(row[-1]) for row in same if row[-1] is not None)))
    return found


def _found(row: Row, said: tuple[dict[str, Any], ...]) -> Found:
    named = dict(zip(ROW, row, strict=True))
    return Found(
        capture_id=uuid(named["capture_id"]),
        url=named["url"],
        fetched_at=instant(named["fetched_at"]),
        outcome=OUTCOMES[named["outcome"]],
        response_code=named["response_code"],
        revisit=named["revisits"] is not None,
        payload_sha256=Digest.from_raw("sha256", named["payload"]) if named["payload"] else None,
        publisher=named["publisher"],
        notices=said,
        segment=StoredSegment(
            named["segment_id"],
            named["folder"],
            named["warc"],
            Digest(named["seal_digest"]),
            instant(named["sealed_at"]),
        ),
        ordinal=named["ordinal"],
        record_offset=named["record_offset"],
        record_length=named["record_length"],
        manifest_offset=named["manifest_offset"],
        manifest_length=named["manifest_length"],
        roles=tuple(role for bit, role in enumerate(ROLES) if named["roles"] & 1 << bit),
        title=named["title"],
        claimed_published_at=named["claimed_published_at"],
        language=named["language"],
        suspected=tuple((named["suspected"] or "").split()),
        reprint=NamedOriginal(named["original_url"], named["original_name"], named["basis"])
        if named["basis"]
        else None,
        extractor=named["extractor"],
        claims_set=StoredClaims(named["claims_set"], Digest(named["claims_seal"])) if named["claims_set"] else None,
    )


def last_seen(rows: Sequence[Row]) -> LastSeen | None:
    """The answer from the rows of one URL; None when there is none, or no payload is held."""
    if not rows:
        return None
    newest, original = rows[0][:SEEN], rows[0][SEEN : 2 * SEEN]
    capture_id, url, at, outcome, code, revisits, payload, sha1, text, etag, last_modified, extractor = newest
    holder_id, holder_url, holder_at, holder_outcome = newest[:4]
    whole = OUTCOMES[outcome] is Outcome.CAPTURED_COMPLETE
    current = whole and code == 200
    if revisits is not None:
        holder_id, holder_url, holder_at, holder_outcome, _, holder_revisits = original[:6]
        if (
            holder_id is None
            or holder_revisits is not None
            or OUTCOMES[holder_outcome] is not Outcome.CAPTURED_COMPLETE
        ):
            return None
        current = whole and code in (200, 304)
        if payload is None:
            payload, sha1, text = original[6:9]
            extractor = original[11]
            if holder_url == url:
                # A 304 need not repeat what it confirms (RFC 9110 section 15.4.5). Another URL's would mean nothing here.
                etag, last_modified = etag or original[9], last_modified or original[10]
    if payload is None or sha1 is None:
        return None
    return LastSeen(
        newest_id=uuid(capture_id),
        newest_at=instant(at),
        response_code=code,
        capture_id=uuid(holder_id),
        url=holder_url,
        fetched_at=instant(holder_at),
        payload_sha256=Digest.from_raw("sha256", payload),
        payload_sha1=Digest.from_raw("sha1", sha1),
        etag=etag if current else None,
        last_modified=last_modified if current else None,
        text_digest=Digest.from_raw("sha256", text) if text is not None else None,
        notices_digest=digest_of_notices(row[-1] for row in rows if row[-1] is not None) if extractor else None,
        extractor=extractor,
    )


def uuid(value: bytes) -> str:
    """A capture id in its usual spelling."""
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def instant(value: int) -> datetime:
    """A time from microseconds since 1970, UTC."""
    return EPOCH + value * MICROSECOND


def micros(moment: datetime) -> int:
    """A time as microseconds since 1970, UTC."""
    return (moment - EPOCH) // MICROSECOND
