# SPDX-License-Identifier: Apache-2.0
"""From what was read of pages to values of rows: one code for the claims of manifests and of claims sets.

What repeats over a site is interned. Keys are counted here, so the caller's transaction must be the only one that adds.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from archiver.catalog.entries import (
    LONGEST_CLAIMED_DATE,
    LONGEST_LANGUAGE,
    LONGEST_NAME,
    LONGEST_SIGNS,
    KeptClaims,
    KeptNotice,
    KeptReprint,
    Program,
    compared,
    notice_content,
)
from archiver.catalog.schema import extractors, notices, publishers
from archiver.sql import Database, Row
from archiver.url_keys import url_key
from archiver.urls import MAX_LENGTH


@dataclass(frozen=True, slots=True)
class Interned:
    """The keys of what the claims of some captures have in common."""

    publishers: dict[str, int]
    extractors: dict[Program, int]
    notices: dict[KeptNotice, int]


def intern(database: Database, connection: sa.Connection, claims: Iterable[KeptClaims]) -> Interned:
    """The keys of all that these claims name; what the catalog does not have yet is added."""
    every = list(claims)
    names = {one.publisher.name for one in every if one.publisher is not None}
    publisher_keys = _keys(database, connection, publishers, {name: (name,) for name in names})
    programs = {one.extractor: f"{one.extractor.name}/{one.extractor.version}" for one in every}
    by_name = _keys(database, connection, extractors, {name: (name,) for name in programs.values()})
    contents = {notice: notice_content(notice) for one in every for notice in one.notices}
    rows = {digest: (digest, notice.kind, notice.voice, text) for notice, (digest, text) in contents.items()}
    by_digest = _keys(database, connection, notices, rows)
    return Interned(
        publisher_keys,
        {program: by_name[name] for program, name in programs.items()},
        {notice: by_digest[digest] for notice, (digest, _) in contents.items()},
    )


READ = ("publisher", "extractor", "claims_set", "title", "claimed_published_at", "language", "suspected")
"""The columns of a capture's row that say what was read of it, in the order of the table, where they are the last."""
NOT_READ: Row = (None,) * len(READ)


def columns(read: KeptClaims, keys: Interned, claims_set: int | None = None) -> Row:
    """The values of those columns; `claims_set` is the key of the set that the claims stand in, None for the manifest's."""
    return (
        keys.publishers[read.publisher.name] if read.publisher is not None else None,
        keys.extractors[read.extractor],
        claims_set,
        read.title.value[:LONGEST_NAME] if read.title is not None else None,
        read.published_at.value[:LONGEST_CLAIMED_DATE] if read.published_at is not None else None,
        read.language.value[:LONGEST_LANGUAGE] if read.language is not None else None,
        " ".join([one.sign for one in read.suspected])[:LONGEST_SIGNS] if read.suspected else None,
    )


def notice_rows(capture: int, read: KeptClaims, keys: Interned) -> list[Row]:
    """One row for each distinct notice of a capture."""
    return [(capture, notice) for notice in sorted({keys.notices[notice] for notice in read.notices})]


def reprint_row(capture: int, reprint: KeptReprint) -> Row:
    """What a capture republishes; a URL that is too long to be asked for is left out."""
    name, url = reprint.original.name, reprint.original.url
    if url is not None and len(url) > MAX_LENGTH:
        url = None
    return (
        capture,
        url_key(url) if url is not None else None,
        url,
        name[:LONGEST_NAME] if name is not None else None,
        compared(name) if name is not None else None,
        reprint.basis,
    )


def next_key(connection: sa.Connection, key: sa.ColumnElement[int]) -> int:
    """The key that the next row of a table has."""
    return (connection.execute(sa.select(sa.func.max(key))).scalar() or 0) + 1


def _keys(database: Database, connection: sa.Connection, table: sa.Table, rows: dict[Any, Row]) -> dict[Any, int]:
    """The key of each row by its first value, which is the table's second column; rows that are not there yet are added.

    Nobody else adds in the meantime: who fills a catalog holds its lock.
    """
    wanted, (key, name) = sorted(rows), table.columns[:2]
    known: dict[Any, int] = {}
    # SQLite before 3.32 takes at most 999 parameters in one statement.
    for part in (wanted[at : at + 500] for at in range(0, len(wanted), 500)):
        known.update({row[1]: row[0] for row in connection.execute(sa.select(key, name).where(name.in_(part)))})
    missing = [one for one in wanted if one not in known]
    added = dict(zip(missing, itertools.count(next_key(connection, key)), strict=False)) if missing else {}
    database.insert(connection, table, [(number, *rows[one]) for one, number in added.items()])
    return known | added
