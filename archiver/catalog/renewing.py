# SPDX-License-Identifier: Apache-2.0
"""From the claims of one claims set to the rows that say what was read, inside one transaction of the caller.

Each capture takes them unless the claims it has are of the same or a later version of the extractor. What happened to a
capture, its bytes and its place stay as they are. Rows that were interned for claims which nobody has any more stay until
the next rebuild; no answer shows them.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from archiver.catalog.claimed import READ, columns, intern, notice_rows, reprint_row
from archiver.catalog.entries import TEXT, ReadAgain, raw
from archiver.catalog.schema import capture_notices, captures, digests, extractors, parted, reprints
from archiver.sql import Database, Row
from manifests.claims_set import version_order

_PART = 2000

_CHANGE = sa.update(captures).where(captures.c.id == sa.bindparam("key"))
_CHANGE = _CHANGE.values({name: sa.bindparam(f"new_{name}") for name in ("text", *READ)})


@dataclass(frozen=True, slots=True)
class _Held:
    """What the catalog has of one capture before it is read again."""

    key: int
    text: bytes | None
    version: tuple[int, ...]


def renew(
    database: Database, connection: sa.Connection, first: int, count: int, claims_set: int, each: Iterable[ReadAgain]
) -> None:
    """Gives the captures with keys from `first` on, `count` of them, the claims of the set with this key.

    Raises `KeyError` for claims of a capture that is not among them, of which nothing was read before, or that had its
    turn.
    """
    asked = (
        sa.select(captures.c.capture_id, captures.c.id, captures.c.text, extractors.c.name)
        .join(extractors, extractors.c.id == captures.c.extractor)
        .where(captures.c.id.between(first, first + count - 1))
    )
    held = {
        capture_id: _Held(key, text, version_order(program.rpartition("/")[2]))
        for capture_id, key, text, program in connection.execute(asked)
    }
    lines = iter(each)
    while part := list(itertools.islice(lines, _PART)):
        newer = []
        for one in part:
            before = held.pop(bytes.fromhex(one.capture_id.replace("-", "")))
            if before.version < version_order(one.claims.extractor.version):
                newer.append((before, one))
        _renew(database, connection, claims_set, newer)


def _renew(
    database: Database, connection: sa.Connection, claims_set: int, newer: Sequence[tuple[_Held, ReadAgain]]
) -> None:
    if not newer:
        return
    keys = intern(database, connection, [one.claims for _, one in newer])
    changes: list[dict[str, object]] = []
    said: list[Row] = []
    republished: list[Row] = []
    for before, one in newer:
        read = one.claims
        text = raw(read.text_digest) if read.text_digest is not None else None
        if text != before.text:
            _move_text(connection, before.key, before.text, text)
        changes.append(
            {"key": before.key, "new_text": text}
            | {f"new_{name}": value for name, value in zip(READ, columns(read, keys, claims_set), strict=True)}
        )
        said += notice_rows(before.key, read, keys)
        if read.reprint is not None:
            republished.append(reprint_row(before.key, read.reprint))
    connection.execute(_CHANGE, changes)
    gone = [{"key": before.key} for before, _ in newer]
    for table in (capture_notices, reprints):
        connection.execute(sa.delete(table).where(table.c.capture == sa.bindparam("key")), gone)
    database.insert(connection, capture_notices, said)
    database.insert(connection, reprints, republished)


def _move_text(connection: sa.Connection, capture: int, before: bytes | None, after: bytes | None) -> None:
    """The capture is no longer found by the digest of one text, but by that of another."""
    for value, is_text in ((before, False), (after, True)):
        if value is None:
            continue
        prefix, rest = parted(value)
        # Other roles may have the same digest: they share the row.
        row = sa.and_(digests.c.prefix == prefix, digests.c.capture == capture, digests.c.rest == rest)
        roles = connection.execute(sa.select(digests.c.roles).where(row)).scalar() or 0
        connection.execute(sa.delete(digests).where(row))
        roles = roles | TEXT if is_text else roles & ~TEXT
        if roles:
            connection.execute(sa.insert(digests).values(prefix=prefix, capture=capture, roles=roles, rest=rest))
