# SPDX-License-Identifier: Apache-2.0
"""Captures in the order of their addresses and times: what histories and changes are made of.

One statement walks the index of URLs, in one state of the catalog, and holds the captures of one address at a time. An
address is a URL up to its scheme, `www.` and a final slash: a page that moves to https stays the same page. The key of the
index is coarser, for it ignores case, in which the ids of some sites differ.
"""

import itertools
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from archiver.catalog.answers import instant, uuid
from archiver.catalog.catalog import host_keys
from archiver.catalog.entries import KeptNotice
from archiver.catalog.schema import OUTCOMES, capture_notices, captures, extractors, notices, publishers
from archiver.sql import Database
from archiver.url_keys import url_key
from manifests.capture import Outcome

_PREFIX = re.compile(r"https?://(?:www[0-9]*\.)?")
_PART = 500
"""SQLite before 3.32 takes at most 999 parameters in one statement."""
_REMEMBERED = 20_000
"""Notices that are kept in memory while a catalog is walked."""
_notice = msgspec.json.Decoder(KeptNotice).decode


@dataclass(frozen=True, slots=True)
class Seen:
    """One capture of an address, as the catalog has it."""

    capture_id: str
    url: str
    fetched_at: datetime
    outcome: Outcome
    response_code: int | None
    revisit: bool
    payload: bytes | None
    """sha256; absent where the server sent none."""
    title: str | None
    """Cut at 300 characters."""
    publisher: str | None
    extractor: str | None
    """Name and version of what read the page; absent where nothing was read."""
    suspected: tuple[str, ...]
    """Signs that this is not the page that was meant."""
    notices: frozenset[int]
    """Keys of the notices, for `Walk.notices`."""

    @property
    def not_modified(self) -> bool:
        """Whether the server only said that nothing has changed since the capture that this one refers to."""
        return self.revisit and self.payload is None


_SAID = (
    sa.select(sa.func.aggregate_strings(sa.cast(capture_notices.c.notice, sa.String), ","))
    .where(capture_notices.c.capture == captures.c.id)
    .scalar_subquery()
    .label("said")
)
_SEEN = (
    sa.select(
        captures.c.url_key,
        captures.c.capture_id,
        captures.c.url,
        captures.c.fetched_at,
        captures.c.outcome,
        captures.c.response_code,
        captures.c.revisits,
        captures.c.payload,
        captures.c.title,
        captures.c.publisher,
        captures.c.extractor,
        captures.c.suspected,
        _SAID,
    )
    .order_by(captures.c.url_key, captures.c.fetched_at, captures.c.id)
)  # fmt: skip


_SHOWN = sa.and_(
    captures.c.outcome == OUTCOMES.index(Outcome.CAPTURED_COMPLETE),
    captures.c.response_code.between(200, 299),
    captures.c.extractor.is_not(None),
)
"""Whole answers that came with the page and were read."""


class Walk:
    """One state of the catalog, to be walked once or more. Not for several threads."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._publishers: dict[int, str] = {}
        self._extractors: dict[int, str] = {
            row.id: row.name for row in connection.execute(sa.select(extractors.c.id, extractors.c.name))
        }
        self._known: dict[int, KeptNotice] = {}

    def of(self, url: str) -> list[Seen]:
        """The captures of one address, oldest first."""
        wanted, address = _SEEN.where(captures.c.url_key == url_key(url)), address_of(url)
        return [seen for seen in map(self._seen, self._connection.execute(wanted)) if address_of(seen.url) == address]

    def all(self, host: str | None = None) -> Iterator[list[Seen]]:
        """The captures that show a page, oldest first, of each address where they do not all say the same.

        They are whole answers with a code of success that were read. What they say is title, publisher and notices, and
        which extractor read them. With `host`, of that host alone: `www.` makes no difference; subdomains are other hosts.
        """
        wanted = _SEEN.where(_SHOWN)
        if host is not None:
            within = (sa.and_(captures.c.url_key >= a, captures.c.url_key < b) for a, b in host_keys(host))
            wanted = wanted.where(sa.or_(*within))
        for _, group in itertools.groupby(self._connection.execute(wanted), key=lambda row: row[0]):
            rows = list(group)
            if len(rows) > 1:
                yield from self._apart(rows)

    def _apart(self, rows: list[Any]) -> Iterator[list[Seen]]:
        by_address: dict[str, list[Any]] = {}
        for row in rows:
            by_address.setdefault(address_of(row[2]), []).append(row)
        for same in by_address.values():
            if len({(row.title, row.publisher, row.extractor, row.said) for row in same}) > 1:
                yield [self._seen(row) for row in same]

    def notices(self, keys: Collection[int]) -> list[KeptNotice]:
        """Notices by their keys."""
        missing = [key for key in keys if key not in self._known]
        if len(self._known) > _REMEMBERED:
            self._known.clear()
            missing = list(keys)
        for at in range(0, len(missing), _PART):
            asked = sa.select(notices.c.id, notices.c.content).where(notices.c.id.in_(missing[at : at + _PART]))
            self._known.update((key, _notice(content)) for key, content in self._connection.execute(asked))
        return [self._known[key] for key in sorted(keys)]

    def _seen(self, row: Any) -> Seen:
        _, capture_id, url, at, outcome, code, revisits, payload, title, publisher, extractor, signs, said = row
        return Seen(
            capture_id=uuid(capture_id),
            url=url,
            fetched_at=instant(at),
            outcome=OUTCOMES[outcome],
            response_code=code,
            revisit=revisits is not None,
            payload=payload,
            title=title,
            publisher=self._publisher(publisher) if publisher is not None else None,
            extractor=self._extractors.get(extractor),
            suspected=tuple(signs.split()) if signs else (),
            notices=frozenset(map(int, said.split(","))) if said else frozenset(),
        )

    def _publisher(self, key: int) -> str:
        if key not in self._publishers:
            asked = sa.select(publishers.c.name).where(publishers.c.id == key)
            self._publishers[key] = self._connection.execute(asked).scalar_one()
        return self._publishers[key]


@contextmanager
def walking(path: Path) -> Iterator[Walk]:
    """A walk over the catalog in this file; the state it sees is held until the block ends."""
    database = Database(path, read_only=True)
    try:
        with database.reading() as connection:
            yield Walk(connection)
    finally:
        database.close()


def address_of(url: str) -> str:
    """A URL up to its scheme, `www.` and a final slash."""
    return _PREFIX.sub("", url, count=1).removesuffix("/")
