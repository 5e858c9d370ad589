# SPDX-License-Identifier: Apache-2.0
"""Every case of the fixture site, asked for once through the engine, all at once; the tests judge what came of it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from archiver.capture.http import HttpEngine, Limits, Request
from archiver.dialer import Allowed, Dialer
from archiver.exchange import Exchange
from archiver.options import CaptureOptions
from archiver.urls import parse
from tests.site import bombs
from tests.site.case import Case
from tests.site.cases import CASES
from tests.site.server import Site

LIMITS = Limits(connect=2.0, header=1.0, idle=1.0, total=4.0, max_header=256 << 10, max_body=1 << 20)
"""Those that the cases assume."""


@dataclass(frozen=True)
class Asked:
    """One case and what came of asking for it."""

    case: Case
    exchange: Exchange
    block: bytes | None
    """The tape's bytes."""
    sent: list[bytes]
    """What the site wrote, a request each."""
    requests: list[bytes]
    """What the site read."""

    @property
    def block_sent(self) -> bytes:
        """The bytes of the record block, had nothing been cut off."""
        return self.case.block_of(self.sent[-1])


@dataclass(frozen=True)
class Run:
    """The whole run."""

    asked: dict[str, Asked]
    canary_connections: int
    seconds: float


def utc_now() -> datetime:
    """The system clock."""
    return datetime.now(UTC)


def engine_for(site: Site, **settings: object) -> HttpEngine:
    """An engine that may reach the site and nothing else that is private."""
    dialer = Dialer(allowed=[Allowed.parse(f"127.0.0.1:{site.port}")], connect_timeout=LIMITS.connect)
    return HttpEngine(dialer, **{"now": utc_now, "limits": LIMITS, **settings})  # type: ignore[arg-type]


async def _ask_all(site: Site) -> dict[str, Exchange]:
    """All that last at once, and beside them the others, not so many that a busy machine makes them wait for the limits."""
    engine = engine_for(site, at_once=len(CASES))
    # An answer nobody asked for comes over its connection 50 ms later: no other case may be asked over that one just then.
    apart = engine_for(site)
    headers = CaptureOptions().request_headers()
    brisk = asyncio.Semaphore(24)

    async def ask(case: Case) -> Exchange:
        request = Request(parse(site.url(case.name)), headers=headers)
        if not case.closes:
            return await engine.fetch(request)
        async with brisk:
            return await engine.fetch(request)

    async def ask_apart(case: Case) -> Exchange:
        return await apart.fetch(Request(parse(site.url(case.name)), headers=headers))

    try:
        asking = (ask_apart(case) if case.name == "keep-alive-late-surplus" else ask(case) for case in CASES.values())
        exchanges = await asyncio.gather(*asking)
    finally:
        await engine.close()
        await apart.close()
    return dict(zip(CASES, exchanges, strict=True))


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """Asks once for every case."""
    # Bombs are made when first asked for; on a busy machine that takes longer than the limits allow.
    for make in (bombs.gzip_bomb, bombs.deflate_bomb, bombs.brotli_bomb, bombs.zstd_bomb):
        make()
    bombs.gzip_bomb(1000)
    began = utc_now()
    with Site() as site:
        exchanges = asyncio.run(_ask_all(site))
        seconds = (utc_now() - began).total_seconds()
        asked = {
            name: Asked(
                CASES[name],
                exchange,
                exchange.response.tape.read() if exchange.response else None,
                site.sent(name),
                site.requests(name),
            )
            for name, exchange in exchanges.items()
        }
        yield Run(asked, site.canary_connections, seconds)
    for one in exchanges.values():
        if one.response is not None:
            one.response.tape.close()
