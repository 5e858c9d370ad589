# SPDX-License-Identifier: Apache-2.0
"""Which captures have texts that are alike: the texts database of one archive on one machine.

Made from the store alone, segment by segment, one transaction each; nothing in it is trusted, and it may be dropped at any
time. It proposes; whoever asks compares the texts themselves, read again from the store. Texts of fewer than `SHORTEST`
words are not kept, and those of fewer than `NEAR_SHORTEST` have no SimHash: so few words agree by chance.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from archiver.sql import Database, Row, Tuning
from archiver.texts import pictures, postings
from archiver.texts.fingerprint import distance
from archiver.texts.schema import (
    VERSION,
    bands,
    facts,
    holdings,
    image_bands,
    image_holdings,
    images,
    segments,
    tables,
    texts,
)

SHORTEST = 30
"""Words of a text that is kept."""
NEAR_SHORTEST = 50
"""Words of a text that has a SimHash."""
NEAR = 3
"""Bits in which the SimHashes of alike texts differ at most: then one of four bands is the same."""

IMAGES_NEAR = 10
"""Bits in which the fingerprints of alike images differ at most: up to seven one of eight bands is the same, then mostly."""

_BAND_BITS = 16
_MOST_IN_BANDS = 20_000
"""Texts with a common band that are looked at: pages of one template may be many."""
_MOST_WITH_PASSAGE = 500
"""Texts that are counted for a hash, a run."""
_PART = 1000
_ASKED = 500
"""SQLite before 3.32 takes at most 999 parameters in one statement."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_VERSIONS = (str(VERSION), f"{VERSION}, with images")
"""A database without images is of this version only where images cannot be read."""
_TUNING = Tuning(checkpoint_pages=8000, cache_kibibytes=64_000, foreign_keys=False)


@dataclass(frozen=True, slots=True)
class Text:
    """What is kept of one main text."""

    digest: bytes
    """sha256 of its words in lower case: the same for texts that differ only in case and white space."""
    simhash: int | None
    words: int
    language: str | None
    passages: bytes
    """Its 32-bit passage hashes, each once, as `array('I')` has them."""


@dataclass(frozen=True, slots=True)
class Read:
    """One capture with a page, a plain text or an image, or a revisit."""

    capture_id: str
    fetched_at: datetime
    text: Text | None
    """Of a page or plain text; absent when it is too short."""
    image: int | None = None
    """Of an image: its fingerprint."""
    revisits: str | None = None
    """Of a revisit: the capture it refers to, whose text or image it has."""

    @property
    def is_page(self) -> bool:
        """Whether it is a page or plain text of its own."""
        return self.image is None and self.revisits is None


class Texts:
    """The database, for questions from several threads, or for the one process that fills it."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._database = Database(path, read_only=read_only, tuning=_TUNING)

    def prepare(self) -> None:
        """Makes the tables of an empty file."""
        with self._database.writing() as connection:
            tables.create_all(connection)
            connection.execute(sa.insert(facts).values(name="version", content=_VERSIONS[pictures.available()]))

    def is_current(self) -> bool:
        """Whether this file is a texts database of this version, and knows images where they can be read."""
        with self._database.reading() as connection:
            if not sa.inspect(connection).has_table("fact"):
                return False
            said = connection.execute(sa.select(facts.c.content).where(facts.c.name == "version")).scalar()
            return said in _VERSIONS[pictures.available() :]

    def segments(self) -> set[str]:
        """Ids of the segments that were read."""
        with self._database.reading() as connection:
            return set(connection.execute(sa.select(segments.c.segment_id)).scalars())

    def counts(self) -> dict[str, int]:
        """Segments read, captures with a text, distinct texts."""
        counted = {"segments": segments, "pages": holdings, "texts": texts}
        with self._database.reading() as connection:
            return {
                name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for name, table in counted.items()
            }

    def languages(self) -> dict[str, int]:
        """How many texts are of each language, the most frequent first; what no language was told of is left out."""
        count = sa.func.count()
        wanted = sa.select(texts.c.language, count).where(texts.c.language.is_not(None)).group_by(texts.c.language)
        with self._database.reading() as connection:
            rows: Any = connection.execute(wanted.order_by(count.desc(), texts.c.language)).all()
            return dict(rows)

    def add(self, segment_id: str, read: Iterable[Read]) -> int:
        """Adds what was read of one segment, in one transaction; returns how many pages that were, revisits of pages
        included. The caller holds the lock of the database. What `read` raises undoes all of it."""
        each, pages = iter(read), 0
        added: list[int] = []
        with self._database.writing() as connection:
            while some := list(itertools.islice(each, _PART)):
                held = {_raw(one.capture_id): key for one, key in self._texts_of(connection, some, added)}
                pictured = {_raw(one.capture_id): key for one, key in self._images_of(connection, some)}
                repeating = self._hold(connection, holdings, held, some)
                self._hold(connection, image_holdings, pictured, some)
                pages += sum(one.is_page for one in some) + repeating
            postings.add(self._database, connection, added)
            self._database.insert(connection, segments, [(segment_id, pages)])
        return pages

    def near(self, simhash: int, most: int = 50) -> list[tuple[int, int]]:
        """Keys of the texts whose SimHash differs in `NEAR` bits at most, and in how many; the nearest first."""
        wanted = (
            sa.select(texts.c.id, texts.c.simhash)
            .join(bands, bands.c.text == texts.c.id)
            .where(bands.c.band.in_(_bands(simhash, 64)))
            .limit(_MOST_IN_BANDS)
        )
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        found = {(distance(simhash, held % (1 << 64)), key) for key, held in rows}
        return [(key, bits) for bits, key in sorted(found) if bits <= NEAR][:most]

    def with_passages(self, passages: Iterable[int], most: int = 50) -> list[int]:
        """Keys of the texts that have the most of some passage hashes, those with more first; the rarer a hash, the more it
        counts, for stock phrases stand in thousands of texts."""
        counted: dict[int, float] = {}
        with self._database.reading() as connection:
            for keys in postings.find(connection, passages, _MOST_WITH_PASSAGE):
                for key in keys:
                    counted[key] = counted.get(key, 0.0) + 1 / len(keys)
        return [key for key, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:most]]

    def simhashes(self, keys: list[int]) -> dict[int, int]:
        """The SimHash of each of some hundred texts; those that are too short have none."""
        wanted = sa.select(texts.c.id, texts.c.simhash).where(texts.c.id.in_(keys), texts.c.simhash.is_not(None))
        with self._database.reading() as connection:
            return {key: held % (1 << 64) for key, held in connection.execute(wanted)}

    def images_near(self, picture: int, most: int = 50) -> list[tuple[int, int]]:
        """Keys of the images whose fingerprint differs in `IMAGES_NEAR` bits at most, and in how many; the nearest first."""
        wanted = (
            sa.select(images.c.id, images.c.print)
            .join(image_bands, image_bands.c.image == images.c.id)
            .where(image_bands.c.band.in_(_bands(picture, pictures.BITS)))
            .limit(_MOST_IN_BANDS)
        )
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        found = {(distance(picture, int.from_bytes(held, "big")), key) for key, held in rows}
        return [(key, bits) for bits, key in sorted(found) if bits <= IMAGES_NEAR][:most]

    def holders(self, text: int, most: int = 200) -> list[str]:
        """The ids of the earliest captures that have a text."""
        return self._holders(holdings, text, most)

    def holders_of_image(self, image: int, most: int = 200) -> list[str]:
        """The ids of the earliest captures that have an image."""
        return self._holders(image_holdings, image, most)

    def _holders(self, table: sa.Table, key: int, most: int) -> list[str]:
        capture, thing, at = table.columns
        with self._database.reading() as connection:
            held = connection.execute(sa.select(capture).where(thing == key).order_by(at).limit(most)).scalars()
            return [_uuid(raw) for raw in held]

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    def _texts_of(
        self, connection: sa.Connection, some: Sequence[Read], added: list[int]
    ) -> Iterator[tuple[Read, int]]:
        """The captures that have a text with its key; texts that are new are added, their postings to `added`."""
        distinct = {one.text.digest: one.text for one in some if one.text is not None}
        known = dict(_asked(connection, texts.c.digest, texts.c.id, list(distinct)))
        text_rows: list[Row] = []
        band_rows: list[Row] = []
        for key, (digest, one) in _new(connection, texts.c.id, distinct, known):
            signed = None
            if one.simhash is not None:
                signed = one.simhash - (1 << 64) if one.simhash >> 63 else one.simhash
                band_rows += [(band, key) for band in _bands(one.simhash, 64)]
            text_rows.append((key, digest, signed, one.words, one.language))
            added += postings.of_text(memoryview(one.passages).cast("I"), key)
        self._database.insert(connection, texts, text_rows)
        self._database.insert(connection, bands, sorted(band_rows))
        return ((one, known[one.text.digest]) for one in some if one.text is not None)

    def _images_of(self, connection: sa.Connection, some: Sequence[Read]) -> Iterator[tuple[Read, int]]:
        """The captures that have an image with its key; fingerprints that are new are added."""
        distinct = {_print(one.image): one.image for one in some if one.image is not None}
        known = dict(_asked(connection, images.c.print, images.c.id, list(distinct)))
        new = list(_new(connection, images.c.id, distinct, known))
        band_rows = [(band, key) for key, (_, one) in new for band in _bands(one, pictures.BITS)]
        self._database.insert(connection, images, [(key, raw) for key, (raw, _) in new])
        self._database.insert(connection, image_bands, sorted(band_rows))
        return ((one, known[_print(one.image)]) for one in some if one.image is not None)

    def _hold(self, connection: sa.Connection, table: sa.Table, own: dict[bytes, int], some: Sequence[Read]) -> int:
        """Notes which captures have what; returns how many of them are revisits of such."""
        capture, thing, _ = table.columns
        earlier = list({_raw(one.revisits) for one in some if one.revisits is not None} - own.keys())
        held = own | dict(_asked(connection, capture, thing, earlier))
        rows = {}
        for one in some:
            raw = _raw(one.capture_id)
            key = held.get(_raw(one.revisits)) if one.revisits is not None else own.get(raw)
            if key is not None:
                held[raw] = key  # of a revisit there may be another
                rows[raw] = (raw, key, (one.fetched_at - _EPOCH) // _MICROSECOND)
        self._database.insert(connection, table, sorted(rows.values()))
        return len(rows) - len(own)


_ThingT = TypeVar("_ThingT")


def _new(
    connection: sa.Connection, column: sa.Column[int], distinct: dict[bytes, _ThingT], known: dict[bytes, int]
) -> Iterator[tuple[int, tuple[bytes, _ThingT]]]:
    """What is not known yet, each with a key of its own, which is known from then on."""
    key = connection.execute(sa.select(sa.func.max(column))).scalar() or 0
    for raw, one in distinct.items():
        if raw not in known:
            key += 1
            known[raw] = key
            yield key, (raw, one)


def _asked(
    connection: sa.Connection, column: sa.Column[bytes], key: sa.Column[int], values: list[bytes]
) -> Iterator[tuple[bytes, int]]:
    """The keys of those of some values that are there."""
    for some in (values[at : at + _ASKED] for at in range(0, len(values), _ASKED)):
        rows: Any = connection.execute(sa.select(column, key).where(column.in_(some)))
        yield from rows


def _bands(fingerprint: int, bits: int) -> list[int]:
    mask = (1 << _BAND_BITS) - 1
    return [number << _BAND_BITS | fingerprint >> _BAND_BITS * number & mask for number in range(bits // _BAND_BITS)]


def _print(image: int) -> bytes:
    return image.to_bytes(pictures.BITS // 8, "big")


def _raw(capture_id: str) -> bytes:
    return bytes.fromhex(capture_id.replace("-", ""))


def _uuid(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
