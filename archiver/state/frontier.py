# SPDX-License-Identifier: Apache-2.0
"""The frontier: the durable set of URLs a crawl knows and what became of each.

Hosts are given to workers (`leases`) and URLs of a host only to the worker that has it, so a URL needs no mark while it is
under way: it waits until the transaction that acknowledges its capture. A URL is known by its origin and its target
(WHATWG-normalised, without fragment), never by SURT, which folds case. Methods that take a connection run in the caller's
transaction.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from archiver.sql import Database
from archiver.state.bulk import Bulk, insert_into
from archiver.state.schema import ENDED, STILL_WAITING, WAITING, hosts, seed_counts, seed_shares, urls, workers
from archiver.state.turn import OUTCOMES, SKIPPED, Again, Ended, Found, Visited, Waiting

_MOST_REMEMBERED = 50_000
_PAGE = 5_000


def digest_of(target: str) -> bytes:
    """What a target is known by: 16 octets, whatever its length."""
    return hashlib.blake2b(target.encode("utf-8", "surrogatepass"), digest_size=16).digest()


_KNOWN = (
    "host", "digest", "target", "stage", "priority", "depth", "hops", "path", "seed", "via", "rule", "not_before", "attempts",
    "outcome", "reason", "code", "capture_id", "ended_at", "octets", "change", "facts",
)  # fmt: skip
_LOADED = ("id", "host", "target", "priority", "depth", "hops", "path", "seed", "attempts", "rule")


class Frontier:
    """The frontier of every crawl of one archive."""

    def __init__(self, database: Database, dialect: str = "sqlite") -> None:
        self._database = database
        self._dialect = dialect
        insert = insert_into(urls, dialect).values({name: sa.bindparam(name) for name in _KNOWN})
        new = insert.excluded
        # Found again is nothing new, unless it was out of scope where it was found before, or was asked for unasked.
        ways = ("out-of-scope", "redirect-limit")
        by_its_way = urls.c.reason.in_([sa.literal_column(f"'{one}'") for one in ways])
        skipped = sa.and_(by_its_way, urls.c.outcome == sa.literal_column(str(SKIPPED)))
        now_in_scope = sa.and_(skipped, new.stage == sa.literal_column(str(WAITING)))
        asked_for = sa.and_(urls.c.capture_id.is_(None), new.capture_id.is_not(None))
        self._know = Bulk(
            insert.on_conflict_do_update(
                index_elements=[urls.c.host, urls.c.digest],
                set_={name: new[name] for name in _KNOWN[3:]},
                where=sa.or_(now_in_scope, asked_for),
            ),
            _KNOWN,
        )
        self._end = Bulk(
            sa.text(
                "UPDATE url SET stage = 1, rule = coalesce(:rule, rule), outcome = :outcome, reason = :reason, code = :code,"
                " capture_id = :capture_id, ended_at = :ended_at, octets = :octets, change = :change, facts = :facts"
                " WHERE id = :row AND stage = 0"
            ),
            ("rule", "outcome", "reason", "code", "capture_id", "ended_at", "octets", "change", "facts", "row"),
        )
        self._again = Bulk(
            sa.text(
                "UPDATE url SET attempts = :attempts, not_before = :not_before, reason = :reason WHERE id = :row AND stage = 0"
            ),
            ("attempts", "not_before", "reason", "row"),
        )
        self._count = Bulk(
            sa.text("UPDATE host SET captures = captures + :captures, octets = octets + :octets WHERE id = :host"),
            ("captures", "octets", "host"),
        )
        via, via_host = urls.alias("v"), hosts.alias("h")
        self._load = database.prepared(
            sa.select(
                *(urls.c[name] for name in _LOADED),
                (via_host.c.origin + via.c.target).label("via_url"),
                via.c.capture_id.label("via_capture"),
                urls.c.facts,
            )
            .select_from(urls.outerjoin(via, via.c.id == urls.c.via).outerjoin(via_host, via_host.c.id == via.c.host))
            .where(urls.c.host == sa.bindparam("host"), STILL_WAITING, urls.c.not_before <= sa.bindparam("now"))
            .order_by(urls.c.priority, urls.c.id)
            .limit(sa.bindparam("most", type_=sa.Integer))
        )  # fmt: skip
        self._host_ids: dict[tuple[int, str], int] = {}

    def load(self, host: int, now: float, most: int, under_way: set[int]) -> list[Waiting]:
        """The next URLs of a host that may be asked for now, in order of priority, without those `under_way`."""
        rows = self._load(host=host, now=now, most=most + len(under_way))
        return [Waiting(*row) for row in rows if row[0] not in under_way]

    def over(self, crawl: int) -> bool:
        """Whether no URL of a crawl waits and no worker has a host."""
        with self._database.reading() as connection:
            left = sa.select(hosts.c.id).where(hosts.c.crawl == crawl, hosts.c.ready).limit(1)
            return connection.execute(left).first() is None

    def end(self, connection: sa.Connection, ended: Sequence[Ended]) -> None:
        """What became of URLs; one that has ended already stays as it is."""
        self._end.run(
            connection,
            [
                (
                    e.rule, OUTCOMES.index(e.outcome), e.reason, e.code, e.capture_id, e.ended_at, e.octets, e.change, e.facts,
                    e.row,
                )
                for e in ended
            ],
        )  # fmt: skip

    def put_off(self, connection: sa.Connection, again: Sequence[Again]) -> None:
        """URLs that are to be tried once more, later."""
        self._again.run(connection, [(a.attempts, a.not_before, a.reason, a.row) for a in again])

    def count(self, connection: sa.Connection, counted: dict[int, tuple[int, int]]) -> None:
        """Adds captures and octets to what was taken of hosts."""
        self._count.run(connection, [(captures, octets, host) for host, (captures, octets) in counted.items()])

    def know(self, connection: sa.Connection, crawl: int, found: Sequence[Found]) -> int:
        """Adds URLs that were found, and returns how many; those known already stay as they are."""
        if not found:
            return 0
        host_ids = self._ids_of(connection, crawl, {one.origin for one in found})
        added = 0
        for at in range(0, len(found), _PAGE):
            added += self._know.run(
                connection,
                [
                    (
                        host_ids[one.origin], digest_of(one.target), one.target, ENDED if one.reason else WAITING,
                        one.priority, one.depth, one.hops, one.path, one.seed, one.via, one.rule, 0.0, 0,
                        SKIPPED if one.reason else None, one.reason, None, None, None, None, None, one.facts,
                    )
                    for one in found[at : at + _PAGE]
                ],
            )  # fmt: skip
        waiting = {host_ids[one.origin] for one in found if one.reason is None}
        for some in _in_parts(waiting):
            connection.execute(sa.update(hosts).where(hosts.c.id.in_(some), sa.not_(hosts.c.ready)).values(ready=True))
        return added

    def visit(self, connection: sa.Connection, crawl: int, visited: Sequence[Visited]) -> None:
        """URLs that were asked for without waiting here; one that waits meanwhile has ended with it."""
        if not visited:
            return
        host_ids = self._ids_of(connection, crawl, {one.found.origin for one in visited})
        self._know.run(
            connection,
            [
                (
                    host_ids[f.origin], digest_of(f.target), f.target, ENDED, f.priority, f.depth, f.hops, f.path, f.seed,
                    f.via, f.rule, 0.0, 0, OUTCOMES.index(e.outcome), e.reason, e.code, e.capture_id, e.ended_at, e.octets,
                    e.change, e.facts,
                )
                for f, e in ((one.found, one.ended) for one in visited)
            ],
        )  # fmt: skip

    def _ids_of(self, connection: sa.Connection, crawl: int, origins: set[str]) -> dict[str, int]:
        """The row of each origin, made where it is missing."""
        known = {one: self._host_ids[crawl, one] for one in origins if (crawl, one) in self._host_ids}
        missing = origins - known.keys()
        if not missing:
            return known
        fresh = {"crawl": crawl, "ready": False, "next_at": 0.0, "captures": 0, "octets": 0}
        new = insert_into(hosts, self._dialect).on_conflict_do_nothing()
        connection.execute(new, [{"origin": one, **fresh} for one in missing])
        for some in _in_parts(missing):
            wanted = sa.select(hosts.c.origin, hosts.c.id).where(hosts.c.crawl == crawl, hosts.c.origin.in_(some))
            known |= {row.origin: row.id for row in connection.execute(wanted)}
        if len(self._host_ids) + len(missing) > _MOST_REMEMBERED:
            self._host_ids.clear()
        self._host_ids |= {(crawl, one): known[one] for one in missing}
        return known

    def forget_hosts(self) -> None:
        """After a transaction that was undone: the rows it made are gone."""
        self._host_ids.clear()

    def skip_rest(self, connection: sa.Connection, crawl: int, reason: str, rule: str, now: float) -> int:
        """Every URL that still waits ends as skipped; the number of them."""
        of_crawl = sa.select(hosts.c.id).where(hosts.c.crawl == crawl)
        rest = sa.update(urls).where(STILL_WAITING, urls.c.host.in_(of_crawl))
        done = connection.execute(rest.values(stage=ENDED, outcome=SKIPPED, reason=reason, rule=rule, ended_at=now))
        connection.execute(sa.update(hosts).where(hosts.c.crawl == crawl).values(ready=False, token=None))
        return done.rowcount

    def waiting(self, connection: sa.Connection, crawl: int) -> str | None:
        """A URL of a crawl that still waits; None when all have ended."""
        left = (
            sa.select(hosts.c.origin + urls.c.target)
            .select_from(hosts.join(urls, urls.c.host == hosts.c.id))
            .where(hosts.c.crawl == crawl, STILL_WAITING)
            .limit(1)
        )
        return connection.execute(left).scalar()

    def known(self, crawl: int, url: tuple[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Every URL of a crawl, or the one with this origin and target, with all that is known of it; in order of finding."""
        via, via_host = urls.alias("v"), hosts.alias("h")
        wanted = (
            sa.select(
                urls, (hosts.c.origin + urls.c.target).label("url"), (via_host.c.origin + via.c.target).label("via_url"),
                via.c.capture_id.label("via_capture"),
            )
            .select_from(
                urls.join(hosts, hosts.c.id == urls.c.host)
                .outerjoin(via, via.c.id == urls.c.via)
                .outerjoin(via_host, via_host.c.id == via.c.host)
            )
        )  # fmt: skip
        if url is not None:
            wanted = wanted.where(hosts.c.crawl == crawl, hosts.c.origin == url[0], urls.c.digest == digest_of(url[1]))
        else:
            # The sum keeps the database from collecting and sorting all that is left of the crawl for every page.
            wanted = wanted.where(hosts.c.crawl + 0 == crawl)
        last = 0
        while True:
            page = wanted.where(urls.c.id > last).order_by(urls.c.id).limit(_PAGE)
            with self._database.reading() as connection:
                rows = connection.execute(page).mappings().all()
            for row in rows:
                yield dict(row)
            if len(rows) < _PAGE:
                return
            last = rows[-1]["id"]

    def forget(self, crawl: int) -> None:
        """Takes away the URLs, hosts and workers of a crawl whose outcomes are stored; in parts, to let others write."""
        last = 0
        while True:
            following = sa.select(hosts.c.id).where(hosts.c.crawl == crawl, hosts.c.id > last)
            with self._database.reading() as connection:
                batch = list(connection.execute(following.order_by(hosts.c.id).limit(500)).scalars())
            if not batch:
                break
            last = batch[-1]
            some = sa.select(urls.c.id).where(urls.c.host.in_(batch)).limit(_PAGE)
            deleted = _PAGE
            while deleted == _PAGE:
                with self._database.writing() as connection:
                    deleted = connection.execute(sa.delete(urls).where(urls.c.id.in_(some))).rowcount
        with self._database.writing() as connection:
            connection.execute(sa.delete(hosts).where(hosts.c.crawl == crawl))
            for gone in (workers, seed_counts, seed_shares):
                connection.execute(sa.delete(gone).where(gone.c.crawl == crawl))
        self.forget_hosts()


def _in_parts(values: set[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for at in range(0, len(ordered), 500):
        yield ordered[at : at + 500]
