# SPDX-License-Identifier: Apache-2.0
"""The tables of the catalog: under 1 KB a capture with every index.

Digests sit in one clustered table ordered by their first eight bytes, so that one seek answers a lookup by hash; roles whose
digests are equal share a row (a plain page has the same body, payload and entity). Notices, publishers and extractors
repeat over a whole site and are interned. What was read from a page is that of the newest claims: the manifest's, or those
of a claims set.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from manifests.capture import Outcome
from manifests.digest import Role

VERSION = 3
"""A catalog of another version is rebuilt, never changed in place."""

OUTCOMES = tuple(Outcome)
ROLES = tuple(Role)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

tables = sa.MetaData()

facts = sa.Table(
    "fact", tables, sa.Column("name", sa.String(64), primary_key=True), sa.Column("content", sa.String, nullable=False)
)

segments = sa.Table(
    "segment",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("segment_id", sa.String(26), nullable=False, unique=True),
    sa.Column("folder", sa.String, nullable=False),  # the key of its seal without the name
    sa.Column("warc", sa.String, nullable=False),
    sa.Column("seal_digest", sa.String(80), nullable=False),
    sa.Column("captures", sa.Integer, nullable=False),
    sa.Column("first_capture", sa.Integer, nullable=False),  # keys of the others follow it, in file order
    sa.Column("sealed_at", sa.BigInteger, nullable=False),
)

publishers = sa.Table(
    "publisher",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),
)

extractors = sa.Table(
    "extractor",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),  # with its version
)

notices = sa.Table(
    "notice",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("kind", sa.String(32), nullable=False, index=True),
    sa.Column("voice", sa.String(32)),  # whose words they are; absent where they are the publisher's own
    sa.Column("content", sa.String, nullable=False),  # canonical JSON without the place
)

claims_sets = sa.Table(
    "claims_set",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("folder", sa.String, nullable=False, unique=True),  # the key of its seal without the name
    sa.Column("segment", sa.Integer, sa.ForeignKey("segment.id"), nullable=False),
    sa.Column("seal_digest", sa.String(80), nullable=False),
)

captures = sa.Table(
    "capture",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("capture_id", sa.LargeBinary(16), nullable=False, unique=True),
    sa.Column("segment", sa.Integer, sa.ForeignKey("segment.id"), nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("url_key", sa.String, nullable=False),
    sa.Column("fetched_at", sa.BigInteger, nullable=False),  # microseconds since 1970, UTC
    sa.Column("outcome", sa.SmallInteger, nullable=False),
    sa.Column("response_code", sa.SmallInteger),
    sa.Column("revisits", sa.LargeBinary(16)),  # for a revisit: the capture it refers to
    sa.Column("payload", sa.LargeBinary(32)),  # absent where the server sent none
    sa.Column("payload_sha1", sa.LargeBinary(20)),
    sa.Column("text", sa.LargeBinary(32)),
    sa.Column("etag", sa.String(512)),  # as sent
    sa.Column("last_modified", sa.String(64)),
    sa.Column("record_offset", sa.BigInteger),
    sa.Column("record_length", sa.BigInteger),
    sa.Column("manifest_offset", sa.BigInteger),
    sa.Column("manifest_length", sa.BigInteger),
    sa.Column("publisher", sa.Integer, sa.ForeignKey("publisher.id")),
    sa.Column("extractor", sa.Integer, sa.ForeignKey("extractor.id")),  # absent where nothing was read
    sa.Column(
        "claims_set", sa.Integer, sa.ForeignKey("claims_set.id")
    ),  # absent where the manifest's claims are the newest
    sa.Column("title", sa.String(300)),
    sa.Column("claimed_published_at", sa.String(40)),  # as the claim has it
    sa.Column("language", sa.String(35)),
    sa.Column("suspected", sa.String(128)),  # signs that it is not the page that was meant, with spaces between
    sa.Index("capture_by_url", "url_key", "fetched_at"),
)

digests = sa.Table(
    "digest",
    tables,
    sa.Column("prefix", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("capture", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("roles", sa.SmallInteger, primary_key=True, autoincrement=False),  # bit i: ROLES[i]
    sa.Column("rest", sa.LargeBinary, primary_key=True),  # what follows the prefix: 12 bytes are sha1, 24 are sha256
    sqlite_with_rowid=False,
)

capture_notices = sa.Table(
    "capture_notice",
    tables,
    sa.Column("capture", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("notice", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

reprints = sa.Table(
    "reprint",
    tables,
    sa.Column("capture", sa.Integer, primary_key=True),
    sa.Column("original_key", sa.String, index=True),  # the SURT key of its URL
    sa.Column("original_url", sa.String),
    sa.Column("original_name", sa.String(300)),
    sa.Column("name_key", sa.String, index=True),  # the name as it is compared
    sa.Column("basis", sa.String(32), nullable=False),
)


def parted(value: bytes) -> tuple[int, bytes]:
    """A digest as the table has it: its first eight bytes as a signed integer, and the others."""
    return int.from_bytes(value[:8], "big", signed=True), value[8:]
