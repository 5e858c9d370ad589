# SPDX-License-Identifier: Apache-2.0
"""Who may ask which host: workers with a lease and a fencing token, and hosts that are given to them.

A host belongs to one worker at a time, and only its worker asks for its URLs. A worker that does not renew its lease in time
is taken over: its token is dead from that transaction on, and whatever it still tries to write is refused whole.
"""

import sqlalchemy as sa

from archiver.errors import ArchiveFault
from archiver.sql import Database
from archiver.state.bulk import Bulk
from archiver.state.schema import STILL_WAITING, hosts, seed_shares, urls, workers
from archiver.state.turn import Leased, Left

_MOST_PUT_OFF = 100_000
"""URLs of a host that are looked at for the first that may be tried again."""


class LeaseLost(ArchiveFault):
    """Another worker has taken over: what is not acknowledged is no longer this worker's to acknowledge."""


class Leases:
    """The workers of every crawl of one archive, and the hosts they have."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leave = Bulk(
            sa.text(
                "UPDATE host SET token = NULL, ready = :ready, next_at = :next_at, memory = :memory"
                " WHERE id = :host AND token = :token"
            ),
            ("ready", "next_at", "memory", "host", "token"),
        )

    def enlist(self, crawl: int, name: str, until: float) -> int:
        """A new worker of a crawl: its fencing token, larger than every one before it."""
        with self._database.writing() as connection:
            fresh = {"crawl": crawl, "name": name, "alive": True, "until": until, "tally": "{}"}
            made = connection.execute(sa.insert(workers).values(fresh)).inserted_primary_key
            assert made is not None
            return int(made[0])

    def dismiss(self, crawl: int, token: int | None = None) -> None:
        """A worker is gone, or with no token all of a crawl are; the hosts they had are free."""
        with self._database.writing() as connection:
            gone = sa.select(workers.c.token).where(workers.c.crawl == crawl, workers.c.alive)
            if token is not None:
                gone = gone.where(workers.c.token == token)
            _free(connection, crawl, list(connection.execute(gone).scalars()))

    def claim(
        self, connection: sa.Connection, crawl: int, token: int, now: float, held: int, most: int
    ) -> list[Leased]:
        """Hosts for a worker that has `held` of them: its share of those that may be asked, at most `most`.

        Workers whose lease has ended are taken over first: their tokens are dead from this transaction on.
        """
        overdue = sa.select(workers.c.token).where(workers.c.crawl == crawl, workers.c.alive, workers.c.until < now)
        _free(connection, crawl, list(connection.execute(overdue).scalars()))
        mine = sa.and_(hosts.c.crawl == crawl, hosts.c.ready)
        count = sa.select(sa.func.count()).select_from(workers).where(workers.c.crawl == crawl, workers.c.alive)
        alive = max(1, connection.execute(count).scalar_one())
        # A larger share than it may have in the end need not be known: counting every host would take ever longer.
        enough = sa.select(hosts.c.id).where(mine).limit(alive * (held + most)).subquery()
        ready = connection.execute(sa.select(sa.func.count()).select_from(enough)).scalar_one()
        share = -(-ready // alive)
        wanted = min(most, share - held)
        if wanted <= 0:
            return []
        free = (
            sa.select(hosts)
            .where(mine, hosts.c.token.is_(None), hosts.c.next_at <= now)
            .order_by(hosts.c.next_at, hosts.c.id)
            .limit(wanted)
        )
        taken = [
            Leased(row.id, row.origin, row.next_at, row.captures, row.octets, row.memory)
            for row in connection.execute(free)
        ]
        if taken:
            connection.execute(sa.update(hosts).where(hosts.c.id.in_([one.host for one in taken])).values(token=token))
        return taken

    def renew(self, connection: sa.Connection, token: int, until: float, tally: str | None) -> None:
        """The worker lives. Raises `LeaseLost` when it was taken over."""
        renewed = sa.update(workers).where(workers.c.token == token, workers.c.alive).values(until=until)
        if tally is not None:
            renewed = renewed.values(tally=tally)
        if connection.execute(renewed).rowcount != 1:
            raise LeaseLost(
                f"the lease of worker {token} ended and another has taken over",
                "Nothing is lost: what was acknowledged is kept, the rest waits in the frontier.",
            )

    def leave(self, connection: sa.Connection, token: int, left: Left) -> None:
        """Gives a host back; it stays ready as long as URLs of it wait."""
        next_at, ready = left.next_at, True
        if left.drained:
            # In order of an index that has only these: SQLite would else read all URLs of the host that ever ended.
            some = (
                sa.select(urls.c.not_before)
                .where(urls.c.host == left.host, STILL_WAITING)
                .order_by(urls.c.priority, urls.c.id)
                .limit(_MOST_PUT_OFF)
                .subquery()
            )
            waits = sa.select(sa.func.min(some.c.not_before))
            first = connection.execute(waits).scalar()
            next_at, ready = (left.next_at, False) if first is None else (max(left.next_at, first), True)
        self._leave.run(connection, [(ready, next_at, left.memory, left.host, token)])

    def ends(self, crawl: int) -> dict[str, float]:
        """When the lease of each worker of a crawl ends or ended, by name; of several with one name, that of the newest."""
        wanted = sa.select(workers.c.name, workers.c.until).where(workers.c.crawl == crawl).order_by(workers.c.token)
        with self._database.reading() as connection:
            return {row.name: row.until for row in connection.execute(wanted)}

    def tallies(self, crawl: int) -> list[tuple[int, str, bool, str]]:
        """Token, name, whether alive, and tally of every worker of a crawl."""
        wanted = sa.select(workers).where(workers.c.crawl == crawl).order_by(workers.c.token)
        with self._database.reading() as connection:
            return [(row.token, row.name, row.alive, row.tally) for row in connection.execute(wanted)]


def _free(connection: sa.Connection, crawl: int, gone: list[int]) -> None:
    if gone:
        connection.execute(sa.update(workers).where(workers.c.token.in_(gone)).values(alive=False))
        connection.execute(sa.delete(seed_shares).where(seed_shares.c.crawl == crawl, seed_shares.c.token.in_(gone)))
        connection.execute(sa.update(hosts).where(hosts.c.crawl == crawl, hosts.c.token.in_(gone)).values(token=None))
