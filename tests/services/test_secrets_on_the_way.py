# SPDX-License-Identifier: Apache-2.0
"""To whom the operator's secrets are sent: to the host that was named, and to nobody it leads to."""

import asyncio
from typing import cast

from archiver.capture.http import HttpEngine, Request
from archiver.exchange import Exchange
from archiver.services.crawl import Crawl, Plan, Recorder
from archiver.services.ingest import Ingest
from archiver.services.seed_results import Seed
from manifests.capture import FetchSettings
from tests.services.exchanges import Archive, exchange, page, plain

HEADERS = (("User-Agent", "test"), ("Cookie", "id=1"), ("X-Api-Key", "secret"), ("Accept-Language", "fr"))


class Listening:
    """Answers a few URLs and remembers which headers each was asked with."""

    def __init__(self, **answers: bytes) -> None:
        self.answers = {f"http://{name.replace('_', '.')}/": raw for name, raw in answers.items()}
        self.seen: dict[str, list[str]] = {}

    async def fetch(self, request: Request) -> Exchange:
        self.seen[request.url.url] = [name for name, _ in request.headers]
        return exchange(self.answers[request.url.url], request.url.url)


def run(archive: Archive, engine: Listening, seed: str, robots: str = "off") -> None:
    plan = Plan(
        job="adhoc",
        crawl_id="crawl",
        headers=HEADERS,
        settings=FetchSettings(user_agent="test", robots=robots),
        secret_headers=frozenset({"x-api-key"}),
    )
    recorder = Recorder(Ingest(archive.world, "adhoc"))

    async def go() -> None:
        async for _ in Crawl(cast(HttpEngine, engine), recorder, plan).run([Seed(seed)]):
            pass
        await recorder.finish()

    try:
        asyncio.run(go())
    finally:
        recorder.close()


def test_secrets_go_to_the_host_that_was_named_and_not_to_those_it_embeds(archive: Archive) -> None:
    embeds = page("<img src='http://tracker.example/'><img src='http://www.gazette.example/'>")
    picture = plain(b"\x89PNG", kind=b"image/png")
    engine = Listening(gazette_example=plain(embeds), tracker_example=picture, www_gazette_example=picture)
    run(archive, engine, "http://gazette.example/")
    everything = [name for name, _ in HEADERS]
    assert engine.seen["http://gazette.example/"] == everything
    assert engine.seen["http://www.gazette.example/"] == everything
    assert engine.seen["http://tracker.example/"] == ["User-Agent", "Accept-Language"]


def test_a_redirect_to_another_host_gets_no_secrets(archive: Archive) -> None:
    leads = plain(b"", b"Location: http://elsewhere.example/", code=b"302 Found")
    engine = Listening(gazette_example=leads, elsewhere_example=plain(page()))
    run(archive, engine, "http://gazette.example/")
    assert engine.seen["http://elsewhere.example/"] == ["User-Agent", "Accept-Language"]
