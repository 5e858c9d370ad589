# SPDX-License-Identifier: Apache-2.0
"""Which leaf of the ledger a sealed thing has: a database beside the catalog, made of the ledger's bundles and nothing else.

It may be removed at any time and is filled again. What it says is checked where it matters: a proof made with it either gives
the signed root or is not handed out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pydantic
import sqlalchemy as sa

from archiver.errors import Damaged
from archiver.sql import Database
from manifests.canonical import first_fault, from_canonical
from manifests.ledger import Leaf

_tables = sa.MetaData()
_leaves = sa.Table(
    "leaf",
    _tables,
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("key", sa.String, nullable=False, index=True),
    sa.Column("entry", sa.LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Logged:
    """A leaf and its place."""

    position: int
    """From 0."""
    entry: bytes
    """Its exact bytes."""
    leaf: Leaf


class Leaves:
    """The leaves known on this machine."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        with self._database.writing() as connection:
            _tables.create_all(connection)

    def size(self) -> int:
        """How many leaves it knows, from the first on."""
        with self._database.reading() as connection:
            last = connection.execute(sa.select(sa.func.max(_leaves.c.position))).scalar()
            return 0 if last is None else last + 1

    def add(self, start: int, entries: Sequence[bytes]) -> None:
        """Leaves from index `start` on. Those it knows are passed over, and all where it lacks some before them.

        Raises `Damaged` for an entry that is no leaf of this form.
        """
        rows = [
            {"position": start + at, "key": read(entry, start + at).k, "entry": entry}
            for at, entry in enumerate(entries)
        ]
        with self._database.writing() as connection:
            last = connection.execute(sa.select(sa.func.max(_leaves.c.position))).scalar()
            size = 0 if last is None else last + 1
            new = rows[max(0, size - start) :]
            if new and start <= size:
                connection.execute(sa.insert(_leaves), new)

    def find(self, key: str) -> Logged | None:
        """The first leaf of a sealed thing, by its key in the store."""
        wanted = sa.select(_leaves).where(_leaves.c.key == key).order_by(_leaves.c.position).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return Logged(row.position, row.entry, read(row.entry, row.position)) if row else None

    def entries(self, start: int, stop: int) -> list[bytes]:
        """The exact bytes of the leaves [start, stop), as far as they are known."""
        wanted = sa.select(_leaves.c.entry).where(_leaves.c.position >= start, _leaves.c.position < stop)
        with self._database.reading() as connection:
            return list(connection.execute(wanted.order_by(_leaves.c.position)).scalars())

    def keys(self) -> set[str]:
        """The keys of every sealed thing that has a leaf."""
        with self._database.reading() as connection:
            return set(connection.execute(sa.select(_leaves.c.key)).scalars())

    def clear(self) -> None:
        """Forgets everything, to be filled again."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(_leaves))

    def close(self) -> None:
        """Closes the database."""
        self._database.close()


def read(entry: bytes, position: int) -> Leaf:
    """The leaf that an entry holds. Raises `Damaged`."""
    try:
        return from_canonical(Leaf, entry)
    except pydantic.ValidationError as fault:
        said = f"leaf {position} of the ledger cannot be read: {first_fault(fault)}"
        raise Damaged(said, "Upgrade the program, or find out who wrote it.", code="L01") from fault
