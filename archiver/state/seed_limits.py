# SPDX-License-Identifier: Apache-2.0
"""What was taken of seeds that have limits of their own, and who may take how much more.

A worker holds a share: captures that it may take and has not acknowledged. What is acknowledged and all shares together never
exceed a seed's limit. A worker says at every turn how much it wants to hold, so a share that it does not need is free for the
others from then on; the shares of a worker that is gone go with its token (`leases`). So the limit is met exactly, whoever
dies meanwhile, and after a pause or a kill the count goes on where it was.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from archiver.state.schema import seed_counts, seed_shares
from archiver.state.turn import SeedStanding, SeedTold


def settle(connection: sa.Connection, crawl: int, token: int, told: Mapping[int, SeedTold]) -> dict[int, SeedStanding]:
    """Counts what a worker tells of seeds and gives it its shares; how each of these seeds stands, by number.

    In the transaction that acknowledges the captures, after the worker's lease was renewed in it.
    """
    return {number: _settle(connection, crawl, token, number, one) for number, one in told.items()}


def _settle(connection: sa.Connection, crawl: int, token: int, seed: int, told: SeedTold) -> SeedStanding:
    of_seed = sa.and_(seed_counts.c.crawl == crawl, seed_counts.c.seed == seed)
    before = connection.execute(sa.select(seed_counts).where(of_seed)).first()
    captures = told.captures + (before.captures if before else 0)
    octets = told.octets + (before.octets if before else 0)
    if before is None:
        connection.execute(sa.insert(seed_counts).values(crawl=crawl, seed=seed, captures=captures, octets=octets))
    elif told.captures or told.octets:
        connection.execute(sa.update(seed_counts).where(of_seed).values(captures=captures, octets=octets))
    if told.limit is None:
        return SeedStanding(captures, octets, 0)
    shares = seed_shares.c
    others = sa.select(sa.func.coalesce(sa.func.sum(shares.captures), 0)).where(
        shares.crawl == crawl, shares.seed == seed, shares.token != token
    )
    left = told.limit - captures - connection.execute(others).scalar_one()
    share = max(0, min(told.wanted, left))
    own = sa.and_(shares.crawl == crawl, shares.seed == seed, shares.token == token)
    connection.execute(sa.delete(seed_shares).where(own))
    if share:
        connection.execute(sa.insert(seed_shares).values(crawl=crawl, seed=seed, token=token, captures=share))
    return SeedStanding(captures, octets, share)
