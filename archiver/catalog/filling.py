# SPDX-License-Identifier: Apache-2.0
"""From the entries of one segment to rows of the catalog, inside one transaction of the caller.

Rows go in with one statement a table, digests in the order of their table. Keys are counted here, so the caller's
transaction must be the only one that adds; those of a segment follow each other in file order.
"""

import itertools
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from archiver.catalog.claimed import NOT_READ, columns, intern, next_key, notice_rows, reprint_row
from archiver.catalog.entries import Placed, raw
from archiver.catalog.schema import (
    EPOCH,
    MICROSECOND,
    OUTCOMES,
    capture_notices,
    captures,
    digests,
    parted,
    reprints,
)
from archiver.sql import Database, Row

_PART = 1000
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
    keys = intern(database, connection, [one.entry.claims for one in placed if one.entry.claims is not None])
    capture_rows: list[Row] = []
    digest_rows: list[Row] = []
    said: list[Row] = []
    republished: list[Row] = []
    for key, (ordinal, one) in enumerate(enumerate(placed, added), next_key(connection, captures.c.id)):
        entry = one.entry
        seen, read = entry.observation, entry.claims
        text, of_reading = None, NOT_READ
        if read is not None:
            text = raw(read.text_digest) if read.text_digest is not None else None
            of_reading = columns(read, keys)
            if read.notices:
                said += notice_rows(key, read, keys)
            if read.reprint is not None:
                republished.append(reprint_row(key, read.reprint))
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
                *of_reading,
            )
        )
    digest_rows.sort()
    database.insert(connection, captures, capture_rows)
    database.insert(connection, digests, digest_rows)
    database.insert(connection, capture_notices, said)
    database.insert(connection, reprints, republished)
