# SPDX-License-Identifier: Apache-2.0
"""The questions a catalog is asked, each one statement, made once.

One statement sees one state of the database: a rebuild that switches generations gives captures other keys, so an answer
put together from two statements could join a key of the one with a row of the other.
"""

from typing import Any

import sqlalchemy as sa

from archiver.catalog.schema import capture_notices, captures, digests, notices, publishers, segments

_LIMIT: sa.BindParameter[int] = sa.bindparam("limit", type_=sa.Integer)
_URL_KEY = captures.c.url_key == sa.bindparam("url_key")
_URL = captures.c.url == sa.bindparam("url")
_NO_ROLES: sa.Label[int] = sa.literal_column("0").label("roles")


def _found(chosen: sa.Select[Any], *order: Any, with_url: bool = False) -> sa.Select[Any]:
    """All that an answer holds of the captures chosen: one row for each notice of a capture, one at least."""
    c = chosen.subquery("c")
    by = [c.c.url != sa.bindparam("url")] if with_url else []
    by += [c.c[name] for name in order]
    return (
        sa.select(
            *(c.c[name] for name in ROW[:14]),
            segments.c.segment_id,
            segments.c.folder,
            segments.c.warc,
            segments.c.seal_digest,
            segments.c.sealed_at,
            publishers.c.name,
            notices.c.content,
        )
        .select_from(c)
        .join(segments, segments.c.id == c.c.segment)
        .outerjoin(publishers, publishers.c.id == c.c.publisher)
        .outerjoin(capture_notices, capture_notices.c.capture == c.c.id)
        .outerjoin(notices, notices.c.id == capture_notices.c.notice)
        .order_by(*by, c.c.id, capture_notices.c.notice)
    )


ROW = (
    "id", "capture_id", "url", "fetched_at", "outcome", "response_code", "revisit", "payload", "ordinal", "record_offset",
    "record_length", "manifest_offset", "manifest_length", "roles", "segment_id", "folder", "warc", "seal_digest", "sealed_at",
    "publisher", "notice",
)  # fmt: skip
"""What each column of an answer is, in order."""


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
BY_ID = _found(_chosen(captures.c.capture_id.between(sa.bindparam("low"), sa.bindparam("high"))).limit(2))
OF_SEGMENT = _found(
    _chosen(
        captures.c.segment
        == sa.select(segments.c.id).where(segments.c.segment_id == sa.bindparam("segment")).scalar_subquery()
    ),
    "ordinal",
)

# The limit comes before the join: an empty payload may have as many captures as the archive.
_HELD = (
    sa.select(digests.c.capture, digests.c.roles)
    .where(digests.c.prefix == sa.bindparam("prefix"), digests.c.value == sa.bindparam("value"))
    .order_by(digests.c.capture)
    .limit(_LIMIT)
    .subquery("d")
)
BY_DIGEST = _found(sa.select(captures, _HELD.c.roles).join(_HELD, _HELD.c.capture == captures.c.id), "fetched_at")
