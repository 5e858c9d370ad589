# SPDX-License-Identifier: Apache-2.0
"""The tables of state. Version 1 is the first; a later one brings the numbered step that leads to it."""

import sqlalchemy as sa

VERSION = 1
"""The version this program works with; it refuses a later one."""

tables = sa.MetaData()

facts = sa.Table(
    "fact",
    tables,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("content", sa.String, nullable=False),
)
"""`version`, `archive_id`, `redaction_key`, `abilities`."""

segments = sa.Table(
    "segment",
    tables,
    sa.Column("segment_id", sa.String(26), primary_key=True),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("stage", sa.String(8), nullable=False),  # open, sealed, stored, aside
    sa.Column("opened_at", sa.String(32), nullable=False),
    sa.Column("acknowledged", sa.BigInteger, nullable=False, default=0),  # octets of the WARC file
    sa.Column("tail_adopted", sa.Boolean, nullable=False, default=False),
)

captures = sa.Table(
    "capture",
    tables,
    sa.Column("capture_id", sa.String(36), primary_key=True),
    sa.Column("segment_id", sa.String(26), sa.ForeignKey("segment.segment_id"), nullable=False, index=True),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("index_line", sa.LargeBinary),  # absent for captures without a response
    sa.Column("manifest_offset", sa.BigInteger, nullable=False),
    sa.Column("manifest_length", sa.BigInteger, nullable=False),
    sa.Column("manifest_digest", sa.String(80), nullable=False),
    sa.Column("fetched_at", sa.String(32), nullable=False),
    sa.Column("end", sa.BigInteger, nullable=False),  # octets of the WARC file up to the end of this capture
    sa.Column("sha256", sa.String(80), nullable=False),  # over the file from the end of the capture before
)
