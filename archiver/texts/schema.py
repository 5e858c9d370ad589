# SPDX-License-Identifier: Apache-2.0
"""The tables of the texts database. It holds fingerprints and hashes, never the words of a page or an image.

A database of another version is dropped and made anew from the store: `VERSION` is raised with every change of the tables,
of the main text, or of how words are hashed.
"""

import sqlalchemy as sa

VERSION = 1

tables = sa.MetaData()

facts = sa.Table(
    "fact", tables, sa.Column("name", sa.String(64), primary_key=True), sa.Column("content", sa.String, nullable=False)
)

segments = sa.Table(
    "segment",
    tables,
    sa.Column("segment_id", sa.String(26), primary_key=True),
    sa.Column("pages", sa.Integer, nullable=False),  # pages and plain texts in it
)
"""Segments that were read."""

texts = sa.Table(
    "text",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),  # sha256 of the main text
    sa.Column("simhash", sa.BigInteger),  # signed; absent for texts that are too short
    sa.Column("words", sa.Integer, nullable=False),
    sa.Column("language", sa.String(3)),
)
"""Distinct main texts."""

bands = sa.Table(
    "band",
    tables,
    sa.Column("band", sa.Integer, primary_key=True, autoincrement=False),  # which 16 bits of a SimHash, and their value
    sa.Column("text", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Two SimHashes that differ in three bits at most are alike in one of four bands."""

holdings = sa.Table(
    "holding",
    tables,
    sa.Column("capture", sa.LargeBinary(16), primary_key=True),
    sa.Column("text", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # when it was fetched: microseconds since 1970, UTC
    sa.Index("holding_by_text", "text", "at"),
    sqlite_with_rowid=False,
)
"""Which captures have a text; revisits have that of the capture they refer to."""

images = sa.Table(
    "image",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("print", sa.LargeBinary(16), nullable=False, unique=True),
)
"""Distinct fingerprints of images."""

image_bands = sa.Table(
    "image_band",
    tables,
    sa.Column(
        "band", sa.Integer, primary_key=True, autoincrement=False
    ),  # which 16 bits of a fingerprint, and their value
    sa.Column("image", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

image_holdings = sa.Table(
    "image_holding",
    tables,
    sa.Column("capture", sa.LargeBinary(16), primary_key=True),
    sa.Column("image", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Index("image_holding_by_image", "image", "at"),
    sqlite_with_rowid=False,
)

runs = sa.Table(
    "run",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("level", sa.Integer, nullable=False),
)
"""Sorted runs of passage hashes; see `postings`."""

parts = sa.Table(
    "part",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),  # run and part
    sa.Column("postings", sa.LargeBinary, nullable=False),
)
"""The parts of runs that are not empty."""
