# SPDX-License-Identifier: Apache-2.0
"""The questions a catalog is asked, each one statement, made once.

One statement sees one state of the database: a rebuild that switches generations gives captures other keys, so an answer
put together from two statements could join a key of the one with a row of the other.
"""

from typing import Any

import sqlalchemy as sa

from archiver.catalog.schema import (
    OUTCOMES,
    ROLES,
    capture_notices,
    captures,
    claims_sets,
    digests,
    extractors,
    notices,
    publishers,
    reprints,
    segments,
)
from manifests.capture import Outcome
from manifests.digest import Role

_LIMIT: sa.BindParameter[int] = sa.bindparam("limit", type_=sa.Integer)
_URL_KEY = captures.c.url_key == sa.bindparam("url_key")
_URL = captures.c.url == sa.bindparam("url")
_NO_ROLES: sa.Label[int] = sa.literal_column("0").label("roles")


def _found(chosen: sa.Select[Any], *order: Any, with_url: bool = False) -> sa.Select[Any]:
    """All that an answer holds of the captures chosen: one row for each notice of a capture, one at least.

    The payload of a revisit whose server sent none is that of the capture it refers to.
    """
    c, original = chosen.subquery("c"), captures.alias("original")
    payload = sa.func.coalesce(c.c.payload, original.c.payload).label("payload")
    by = [c.c.url != sa.bindparam("url")] if with_url else []
    by += [c.c[name] for name in order]
    return (
        sa.select(
            *(payload if name == "payload" else c.c[name] for name in ROW[:OWN]),
            segments.c.segment_id,
            segments.c.folder,
            segments.c.warc,
            segments.c.seal_digest,
            segments.c.sealed_at,
            publishers.c.name,
            extractors.c.name,
            claims_sets.c.folder,
            claims_sets.c.seal_digest,
            reprints.c.original_url,
            reprints.c.original_name,
            reprints.c.basis,
            notices.c.content,
        )
        .select_from(c)
        .join(segments, segments.c.id == c.c.segment)
        .outerjoin(original, original.c.capture_id == c.c.revisits)
        .outerjoin(publishers, publishers.c.id == c.c.publisher)
        .outerjoin(extractors, extractors.c.id == c.c.extractor)
        .outerjoin(claims_sets, claims_sets.c.id == c.c.claims_set)
        .outerjoin(reprints, reprints.c.capture == c.c.id)
        .outerjoin(capture_notices, capture_notices.c.capture == c.c.id)
        .outerjoin(notices, notices.c.id == capture_notices.c.notice)
        .order_by(*by, c.c.id, capture_notices.c.notice)
    )


ROW = (
    "id", "capture_id", "url", "fetched_at", "outcome", "response_code", "revisits", "payload", "ordinal", "record_offset",
    "record_length", "manifest_offset", "manifest_length", "title", "claimed_published_at", "language", "suspected", "roles",
    "segment_id", "folder", "warc", "seal_digest", "sealed_at", "publisher", "extractor", "claims_set", "claims_seal",
    "original_url", "original_name", "basis", "notice",
)  # fmt: skip
"""What each column of an answer is, in order."""
OWN = ROW.index("roles") + 1
"""How many of them are of the capture's own row, or of the choice of it."""


def _chosen(*wanted: Any) -> sa.Select[Any]:
    return sa.select(captures, _NO_ROLES).where(*wanted)


def _by_url(*wanted: Any) -> sa.Select[Any]:
    order = (captures.c.url != sa.bindparam("url"), captures.c.fetched_at, captures.c.id)
    return _found(_chosen(*wanted).order_by(*order).limit(_LIMIT), "fetched_at", with_url=True)


def _nearest(*wanted: Any) -> sa.Select[Any]:
    at: sa.BindParameter[int] = sa.bindparam("at", type_=sa.BigInteger)
    before = _chosen(*wanted, captures.c.fetched_at <= at).order_by(captures.c.fetched_at.desc()).limit(1).subquery()
    after = _chosen(*wanted, captures.c.fetched_at > at).order_by(captures.c.fetched_at).limit(1).subquery()
    both = sa.union_all(sa.select(before), sa.select(after)).subquery()
    return _found(sa.select(both).order_by(sa.func.abs(both.c.fetched_at - at), both.c.fetched_at).limit(1))


BY_URL = _by_url(_URL_KEY)
BY_URL_EXACT = _by_url(_URL_KEY, _URL)
NEAREST = _nearest(_URL_KEY)
NEAREST_EXACT = _nearest(_URL_KEY, _URL)
BEFORE = _found(
    _chosen(
        _URL_KEY,
        _URL,
        captures.c.fetched_at < sa.bindparam("at", type_=sa.BigInteger),
        sa.or_(captures.c.response_code.is_(None), captures.c.response_code != 304),
    )
    .order_by(captures.c.fetched_at.desc(), captures.c.id.desc())
    .limit(_LIMIT),
    "fetched_at",
)
"""The last captures of a URL before a time, without those in which a server only said that nothing has changed."""
BY_ID = _found(_chosen(captures.c.capture_id.between(sa.bindparam("low"), sa.bindparam("high"))).limit(2))
_OF_SEGMENT = segments.c.segment_id == sa.bindparam("segment")
_WITHIN_SEGMENT = captures.c.id.between(
    sa.select(segments.c.first_capture).where(_OF_SEGMENT).scalar_subquery(),
    sa.select(segments.c.first_capture + segments.c.captures - 1).where(_OF_SEGMENT).scalar_subquery(),
)
OF_SEGMENT = _found(_chosen(_WITHIN_SEGMENT), "ordinal")
OFFSETS_OF_SEGMENT = (
    sa.select(captures.c.record_offset)
    .where(_WITHIN_SEGMENT, captures.c.record_offset.is_not(None))
    .order_by(captures.c.record_offset)
)


def _reprints(*wanted: Any) -> sa.Select[Any]:
    chosen = sa.select(captures, _NO_ROLES).join(reprints, reprints.c.capture == captures.c.id).where(*wanted)
    return _found(chosen.order_by(captures.c.fetched_at, captures.c.id).limit(_LIMIT), "fetched_at")


REPRINTS_OF = _reprints(reprints.c.original_key == sa.bindparam("key"))
REPRINTS_WITHIN = _reprints(
    sa.or_(
        reprints.c.original_key.between(sa.bindparam("first"), sa.bindparam("last")),
        reprints.c.original_key.between(sa.bindparam("first_with_port"), sa.bindparam("last_with_port")),
    )
)
REPRINTS_NAMING = _reprints(reprints.c.name_key == sa.bindparam("name"))

# The limit comes before the join: an empty payload may have as many captures as the archive.
_HELD = (
    sa.select(digests.c.capture, digests.c.roles)
    .where(digests.c.prefix == sa.bindparam("prefix"), digests.c.rest == sa.bindparam("rest"))
    .order_by(digests.c.capture)
    .limit(_LIMIT)
    .subquery("d")
)
BY_DIGEST = _found(sa.select(captures, _HELD.c.roles).join(_HELD, _HELD.c.capture == captures.c.id), "fetched_at")

# A payload that only revisits and broken responses have is asked for as often as one held whole: a bounded look must do.
_FIRST_HELD = (
    sa.select(digests.c.capture, digests.c.roles)
    .where(digests.c.prefix == sa.bindparam("prefix"), digests.c.rest == sa.bindparam("rest"))
    .order_by(digests.c.capture)
    .limit(50)
    .subquery("d")
)
HOLDER = (
    sa.select(captures.c.capture_id, captures.c.url, captures.c.fetched_at)
    .join(_FIRST_HELD, _FIRST_HELD.c.capture == captures.c.id)
    .where(
        _FIRST_HELD.c.roles.bitwise_and(1 << ROLES.index(Role.PAYLOAD)) != 0,
        captures.c.revisits.is_(None),
        captures.c.outcome == OUTCOMES.index(Outcome.CAPTURED_COMPLETE),
    )
    .order_by(captures.c.fetched_at, captures.c.id)
    .limit(1)
)
"""The earliest whole response with a payload."""
ANY_HELD = (
    sa.select(digests.c.capture)
    .where(digests.c.prefix == sa.bindparam("prefix"), digests.c.rest == sa.bindparam("rest"))
    .limit(1)
)
"""Whether anything has a digest: most payloads are new, and this takes half the time to say so."""

_SEEN = (
    "capture_id", "url", "fetched_at", "outcome", "response_code", "revisits", "payload", "payload_sha1", "text", "etag",
    "last_modified",
)  # fmt: skip


def _last_seen() -> sa.Select[Any]:
    newest = (
        sa.select(captures)
        .where(_URL_KEY, _URL, captures.c.record_offset.is_not(None))
        .order_by(captures.c.fetched_at.desc(), captures.c.id.desc())
        .limit(1)
        .subquery("c")
    )
    original, extractor, of_original = captures.alias("original"), extractors.alias("e"), extractors.alias("oe")
    # Where the server sent nothing, what was read is what was read of the response that it says is current.
    read = sa.case((newest.c.payload.is_(None), original.c.id), else_=newest.c.id)
    return (
        sa.select(
            *(newest.c[name] for name in _SEEN),
            extractor.c.name,
            *(original.c[name] for name in _SEEN),
            of_original.c.name,
            notices.c.digest,
        )
        .select_from(newest)
        .outerjoin(original, original.c.capture_id == newest.c.revisits)
        .outerjoin(extractor, extractor.c.id == newest.c.extractor)
        .outerjoin(of_original, of_original.c.id == original.c.extractor)
        .outerjoin(capture_notices, capture_notices.c.capture == read)
        .outerjoin(notices, sa.and_(notices.c.id == capture_notices.c.notice, notices.c.voice.is_(None)))
    )


LAST_SEEN = _last_seen()
"""The newest capture of a URL that has a response, and the response it refers to: a row for each notice, one at least.

Notices in another voice than the publisher's give rows without one.
"""
SEEN = len(_SEEN) + 1
"""How many values of a row are of the newest capture; as many follow of the other."""
