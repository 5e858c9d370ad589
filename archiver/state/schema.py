# SPDX-License-Identifier: Apache-2.0
"""The tables of state, and the numbered steps that lead from one version to the next.

Indexes are partial where SQLite is used; naming the option for another database here would load its dialect in every command.

Times of the frontier are seconds since 1970 (UTC), because they are compared on every claim; all others are RFC 3339.
"""

import sqlalchemy as sa

VERSION = 4
"""The version this program works with; it refuses a later one."""

tables = sa.MetaData()

facts = sa.Table(
    "fact",
    tables,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("content", sa.String, nullable=False),
)
"""`version`, `archive_id`, `redaction_key`, `abilities`, `ledger_head`, `ledger_key`, `ledger_stamped`, `primary`."""

segments = sa.Table(
    "segment",
    tables,
    sa.Column("segment_id", sa.String(26), primary_key=True),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("stage", sa.String(8), nullable=False),  # open, sealed, stored, kept, aside
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
    sa.Column("sha256", sa.String(80), nullable=False),  # over the file up to that end
)

crawls = sa.Table(
    "crawl",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("crawl_id", sa.String(26), nullable=False, unique=True),
    sa.Column("job", sa.String(64), nullable=False, index=True),
    sa.Column("job_text", sa.String, nullable=False),
    sa.Column("due", sa.String(120), unique=True),  # job and the time it was due: two schedulers begin one crawl
    sa.Column("stage", sa.String(8), nullable=False),  # running, paused, ended
    sa.Column("wanted", sa.String(8), nullable=False),  # run, pause, stop
    sa.Column("how", sa.String(16)),  # finished, stopped, limit: how it ended
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32)),
    sa.Column("first_crawl_id", sa.String(26)),  # of a retry: the crawl whose captures it takes again
    sa.Column("excluded", sa.String, nullable=False),  # JSON: patterns excluded since it began
    sa.Column("limits", sa.String, nullable=False),  # JSON: limits set since it began
    sa.Column("granted", sa.BigInteger, nullable=False),  # captures that workers may take, of a limit
    sa.Column("report", sa.String),  # JSON of the totals, once it has ended
)

events = sa.Table(
    "crawl_event",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("crawl", sa.Integer, sa.ForeignKey("crawl.id"), nullable=False, index=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("detail", sa.String, nullable=False),
)

workers = sa.Table(
    "worker",
    tables,
    sa.Column("token", sa.Integer, primary_key=True),  # the fencing token: grows with every worker that begins
    sa.Column("crawl", sa.Integer, sa.ForeignKey("crawl.id"), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("alive", sa.Boolean, nullable=False),
    sa.Column("until", sa.Float, nullable=False),  # when its lease ends unless it is renewed
    sa.Column("tally", sa.String, nullable=False),  # JSON: what it has done, for whoever looks on
    sqlite_autoincrement=True,
)

hosts = sa.Table(
    "host",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("crawl", sa.Integer, sa.ForeignKey("crawl.id"), nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("ready", sa.Boolean, nullable=False),  # URLs wait, or a worker has it
    sa.Column("token", sa.Integer),  # the worker that has it
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("captures", sa.Integer, nullable=False, default=0),
    sa.Column("octets", sa.BigInteger, nullable=False, default=0),
    sa.Column("memory", sa.LargeBinary),  # what its worker leaves to the next one: rules, pace
    sa.UniqueConstraint("crawl", "origin"),
    sa.Index("host_ready", "crawl", sqlite_where=sa.text("ready = 1")),
    sa.Index(
        "host_free",
        "crawl",
        "next_at",
        "id",
        sqlite_where=sa.text("ready = 1 AND token IS NULL"),
    ),
)

WAITING, ENDED = 0, 1

urls = sa.Table(
    "url",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("host", sa.Integer, nullable=False),  # of `host`; no foreign key: it would be looked up at every insert
    sa.Column("digest", sa.LargeBinary(16), nullable=False),  # of the target: short, whatever its length
    sa.Column("target", sa.String, nullable=False),  # path and query
    sa.Column("stage", sa.SmallInteger, nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("hops", sa.Integer, nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("via", sa.Integer),  # the row of the URL it was found on
    sa.Column("rule", sa.String),  # what took it, or kept it out
    sa.Column("not_before", sa.Float, nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("outcome", sa.SmallInteger),
    sa.Column("reason", sa.String(32)),
    sa.Column("code", sa.SmallInteger),
    sa.Column("capture_id", sa.String(36)),
    sa.Column("ended_at", sa.Float),
    sa.Column("octets", sa.BigInteger),
    sa.Column("change", sa.SmallInteger),
    sa.Column("facts", sa.String),  # JSON of the rest: signs, detail, final place of a redirect
    sa.UniqueConstraint("host", "digest"),
    sa.Index(
        "url_waiting",
        "host",
        "priority",
        "id",
        "not_before",
        sqlite_where=sa.text("stage = 0"),
    ),
)

STILL_WAITING = urls.c.stage == sa.literal_column("0")
"""As the index has it: a parameter in its place would keep it from being used."""

seeds = sa.Table(
    "seed",
    tables,
    sa.Column("crawl", sa.Integer, sa.ForeignKey("crawl.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("settings", sa.String, nullable=False),  # JSON: what this seed has otherwise than its job
)

seed_counts = sa.Table(
    "seed_count",
    tables,
    sa.Column("crawl", sa.Integer, sa.ForeignKey("crawl.id"), primary_key=True),
    sa.Column("seed", sa.Integer, primary_key=True),  # its number; only of seeds with limits of their own
    sa.Column("captures", sa.BigInteger, nullable=False),  # acknowledged
    sa.Column("octets", sa.BigInteger, nullable=False),
)

seed_shares = sa.Table(
    "seed_share",
    tables,
    sa.Column("crawl", sa.Integer, sa.ForeignKey("crawl.id"), primary_key=True),
    sa.Column("seed", sa.Integer, primary_key=True),
    sa.Column("token", sa.Integer, primary_key=True),  # the worker that has it
    sa.Column("captures", sa.BigInteger, nullable=False),  # that it may take, not acknowledged yet
)

runs = sa.Table(
    "run",
    tables,
    sa.Column("job", sa.String(64), primary_key=True),
    sa.Column("file", sa.String, nullable=False),  # the job file the scheduler read it from
    sa.Column("considered_at", sa.String(32), nullable=False),  # due times up to here have been seen to
    sa.Column("seen", sa.String, nullable=False),  # JSON: mistakes of the file, the last refusal
)

messages = sa.Table(
    "message",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),  # waiting, outgoing, feed
    sa.Column("way", sa.String(64), nullable=False),  # which of the job's notifications
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("until", sa.Float, nullable=False),  # whoever took it has it alone until then
    sa.Index("message_of_job", "job", "kind"),
)

unlogged = sa.Table(
    "unlogged",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String, nullable=False, unique=True),  # of a seal in the store
    sa.Column("digest", sa.String(80), nullable=False),
    sa.Column("sealed_at", sa.String(32), nullable=False),
)

replicas = sa.Table(
    "replica",
    tables,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("place", sa.String, nullable=False, unique=True),
    sa.Column("added_at", sa.String(32), nullable=False),
    sa.Column("abilities", sa.String),  # JSON, of a bucket
    sa.Column("compared_at", sa.String(32)),  # when its seals were last compared with those of the primary
)

uncopied = sa.Table(
    "uncopied",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("replica", sa.String(64), nullable=False),
    sa.Column("key", sa.String, nullable=False),  # of a seal in the primary
    sa.UniqueConstraint("replica", "key"),
    sa.Index("uncopied_key", "key"),
    sqlite_autoincrement=True,  # whoever copies goes on behind the last row it saw
)

CRAWLING = (crawls, events, workers, hosts, urls, seeds, runs, messages)
SEED_LIMITS = (seed_counts, seed_shares)


def migrate(connection: sa.Connection, version: int) -> None:
    """Takes the tables from `version` to `VERSION`, a step a version, in the caller's transaction."""
    if version < 2:
        tables.create_all(connection, tables=CRAWLING)
    if version < 3:
        tables.create_all(connection, tables=SEED_LIMITS)
    if version < 4:
        tables.create_all(connection, tables=(unlogged, replicas, uncopied))
