# SPDX-License-Identifier: Apache-2.0
"""From the entries of one segment to rows of the catalog, inside one transaction of the caller.

Rows go in with one statement a table, digests in the order of their table. What repeats over a site is interned. Keys are
counted here, so the caller's transaction must be the only one that adds.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from archiver.catalog.entries import Placed, notice_content, raw
from archiver.catalog.schema import (
    EPOCH,
    MICROSECOND,
    OUTCOMES,
    capture_notices,
    captures,
    digests,
    extractors,
    notices,
    parted,
    publishers,
)
from archiver.sql import Database, Row

_PART = 2000
_OUTCOME = {outcome: number for number, outcome in enumerate(OUTCOMES)}


def fill(database: Database, connection: sa.Connection, segment: int, placed: Iterable[Placed]) -> int:
    """Adds the captures of the segment with this key and returns how many they are.

    A few thousand at a time, so that a long segment takes no more memory than a short one. Raises `ValueError` for what
    should be a digest and is none.
    """
    each, added = iter(placed), 0
    while part := list(itertools.islice(each, _PART)):
        _fill(database, connection, segment, added, part)
        added += len(part)
    return added


def _fill(database: Database, connection: sa.Connection, segment: int, added: int, placed: Sequence[Placed]) -> None:
    claims = [one.entry.claims for one in placed if one.entry.claims is not None]
    names = {one.publisher.name for one in claims if one.publisher is not None}
    publisher_keys = _interned(database, connection, publishers, {name: (name,) for name in names})
    programs = {one.extractor: f"{one.extractor.name}/{one.extractor.version}" for one in claims}
    by_name = _interned(database, connection, extractors, {name: (name,) for name in programs.values()})
    extractor_keys = {program: by_name[name] for program, name in programs.items()}
    contents = {notice: notice_content(notice) for one in claims for notice in one.notices}
    rows = {digest: (digest, notice.kind, text) for notice, (digest, text) in contents.items()}
    by_digest = _interned(database, connection, notices, rows)
    notice_keys = {notice: by_digest[digest] for notice, (digest, _) in contents.items()}

    capture_rows: list[Row] = []
    digest_rows: list[Row] = []
    notice_rows: list[Row] = []
    for key, (ordinal, one) in enumerate(enumerate(placed, added), _next(connection, captures.c.id)):
        entry = one.entry
        seen, read = entry.observation, entry.claims
        text, publisher, extractor = None, None, None
        if read is not None:
            text = raw(read.text_digest) if read.text_digest is not None else None
            publisher = publisher_keys[read.publisher.name] if read.publisher is not None else None
            extractor = extractor_keys[read.extractor]
            if read.notices:
                notice_rows += [(key, notice) for notice in sorted({notice_keys[notice] for notice in read.notices})]
        roles_of, sha256, sha1 = entry.digests()
        for value, roles in roles_of.items():
            prefix, rest = parted(value)
            digest_rows.append((prefix, key, roles, rest))
        capture_rows.append(
            (
                key,
                bytes.fromhex(seen.capture_id.replace("-", "")),
                segment,
                ordinal,
                seen.url,
                seen.url_key,
                (seen.requested_at - EPOCH) // MICROSECOND,
                _OUTCOME[seen.outcome],
                seen.response.code if seen.response is not None else None,
                bytes.fromhex(seen.revisits.capture_id.replace("-", "")) if seen.revisits is not None else None,
                sha256,
                sha1,
                text,
                *entry.validators(),
                one.record_offset,
                one.record_length,
                one.manifest_offset,
                one.manifest_length,
                publisher,
                extractor,
            )
        )
    digest_rows.sort()
    database.insert(connection, captures, capture_rows)
    database.insert(connection, digests, digest_rows)
    database.insert(connection, capture_notices, notice_rows)


def _interned(database: Database, connection: sa.Connection, table: sa.Table, rows: dict[Any, Row]) -> dict[Any, int]:
    """The key of each row by its first value, which is the table's second column; rows that are not there yet are added.

    Nobody else adds in the meantime: who fills a catalog holds its lock.
    """
    wanted, (key, name) = sorted(rows), table.columns[:2]
    known: dict[Any, int] = {}
    # SQLite before 3.32 takes at most 999 parameters in one statement.
    for part in (wanted[at : at + 500] for at in range(0, len(wanted), 500)):
        known.update({row[1]: row[0] for row in connection.execute(sa.select(key, name).where(name.in_(part)))})
    missing = [one for one in wanted if one not in known]
    added = dict(zip(missing, itertools.count(_next(connection, key)), strict=False)) if missing else {}
    database.insert(connection, table, [(number, *rows[one]) for one, number in added.items()])
    return known | added


def _next(connection: sa.Connection, key: sa.ColumnElement[int]) -> int:
    return (connection.execute(sa.select(sa.func.max(key))).scalar() or 0) + 1
