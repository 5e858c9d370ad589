# SPDX-License-Identifier: Apache-2.0
"""Which texts have which passage hashes: sorted runs, merged eight at a time.

A posting is one number: a hash of 32 bits above the key of a text. What a segment adds is one sorted run, cut into parts by
the first bits of the hash. Eight runs of a level become one of the next, whose parts are eight times as many. So each posting
is written a few times and always in order; one row a posting would touch another page of a large file each time, and take
twice the room. A question opens one part of each run for each hash.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from archiver.sql import Database
from archiver.texts.schema import parts, runs

_BITS = 3
"""Eight runs become one, and a part eight."""
_TOP = 5
"""Runs of this level are merged no more: rewriting one would take long."""
_PART_BITS = _BITS * _TOP
_FEW = 2048
"""Postings of a part, about: some four pages of the file."""
_ASKED = 400
"""Parts that one statement asks for."""


def of_text(passages: Iterable[int], text: int) -> list[int]:
    """The postings of some hashes and the key of their text, each below 2**32."""
    return [one << 32 | text for one in passages]


def add(database: Database, connection: sa.Connection, postings: list[int]) -> None:
    """Adds postings, which come in any order and are sorted here."""
    if not postings:
        return
    postings.sort()
    level = 0
    while level < _TOP and len(postings) > _FEW << _BITS * level:
        level += 1
    run = _begin(connection, level)
    database.insert(connection, parts, list(_cut(run, 0, 0, level, postings)))
    while level < _TOP:
        full = connection.execute(sa.select(runs.c.id).where(runs.c.level == level)).scalars().all()
        if len(full) < 1 << _BITS:
            return
        _merge(database, connection, list(full), level)
        level += 1


def find(connection: sa.Connection, passages: Iterable[int], most: int) -> Iterator[list[int]]:
    """For each run and each of some hashes that stands in it, the keys of the texts that have it, `most` at most."""
    wanted = sorted(set(passages))
    asked: dict[int, list[int]] = {}
    for run, level in connection.execute(sa.select(runs.c.id, runs.c.level)):
        for one in wanted:
            asked.setdefault(run << _PART_BITS | one >> 32 - _BITS * level, []).append(one)
    keys = list(asked)
    for some in (keys[at : at + _ASKED] for at in range(0, len(keys), _ASKED)):
        for key, content in connection.execute(sa.select(parts).where(parts.c.id.in_(some))):
            held = _read(content)
            for one in asked[key]:
                first = bisect_left(held, one << 32)
                last = bisect_left(held, one + 1 << 32, first, min(len(held), first + most))
                if last > first:
                    yield [number & 0xFFFFFFFF for number in held[first:last]]


def _merge(database: Database, connection: sa.Connection, old: Sequence[int], level: int) -> None:
    run = _begin(connection, level + 1)
    for part in range(1 << _BITS * level):
        keys = [one << _PART_BITS | part for one in old]
        merged = array("Q")
        for content in connection.execute(sa.select(parts.c.postings).where(parts.c.id.in_(keys))).scalars():
            merged.frombytes(content)
        database.insert(connection, parts, list(_cut(run, part, level, level + 1, sorted(merged))))
        connection.execute(sa.delete(parts).where(parts.c.id.in_(keys)))
    connection.execute(sa.delete(runs).where(runs.c.id.in_(old)))


def _begin(connection: sa.Connection, level: int) -> int:
    run = (connection.execute(sa.select(sa.func.max(runs.c.id))).scalar() or 0) + 1
    connection.execute(sa.insert(runs).values(id=run, level=level))
    return run


def _cut(run: int, part: int, level: int, into: int, postings: list[int]) -> Iterator[tuple[int, bytes]]:
    """The rows of the sorted postings of a part of one level, cut into the parts of a higher one."""
    finer = _BITS * (into - level)
    first = 0
    for one in range(part << finer, part + 1 << finer):
        last = bisect_left(postings, one + 1 << 64 - _BITS * into, first)
        if last > first:
            yield run << _PART_BITS | one, array("Q", postings[first:last]).tobytes()
        first = last


def _read(content: bytes) -> "array[int]":
    held = array("Q")
    held.frombytes(content)
    return held
