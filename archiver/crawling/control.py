# SPDX-License-Identifier: Apache-2.0
"""Control of a crawl from outside: pause, resume, stop, exclude, limit.

What is wanted stands in state, where the workers look once a second; so it does not matter which process asks, or whether one
works on the crawl at all. Everything asked for is on the crawl's record as an event.
"""

from collections.abc import Sequence
from pathlib import Path

from archiver.crawling.running import lock_file
from archiver.errors import BadInput
from archiver.lock import Lock
from archiver.scope import Patterns
from archiver.services.ingest import World
from archiver.state.crawls import CrawlRow


def works_on(folder: Path, crawl_id: str) -> bool:
    """Whether a process of this machine works on a crawl now; `folder` is where state is."""
    path = lock_file(folder, crawl_id)
    if not path.exists():
        return False
    lock = Lock(path)
    try:
        return not lock.take(wait=False)
    finally:
        lock.release()


def pause(world: World, crawl: CrawlRow, *, working: bool) -> None:
    """Workers finish what they have in hand and seal; nobody goes on before `resume`. Raises `BadInput` when it has ended."""
    _unended(crawl)
    _wish(world, crawl, "pause")
    if not working:
        world.state.crawls.stage(crawl, "paused")


def resume(world: World, crawl: CrawlRow) -> None:
    """The crawl may go on; who works on it is another matter. Raises `BadInput` when it has ended or is being stopped."""
    _unended(crawl)
    if crawl.wanted == "stop":
        raise BadInput(f"crawl {crawl.crawl_id} is being stopped", "Begin another one, or retry what failed of it.")
    _wish(world, crawl, "run")


def stop(world: World, crawl: CrawlRow) -> None:
    """Workers finish what they have in hand; what waits is skipped. Raises `BadInput` when it has ended."""
    _unended(crawl)
    _wish(world, crawl, "stop")


def exclude(world: World, crawl: CrawlRow, patterns: Sequence[str]) -> None:
    """URLs that fit a pattern are no longer asked for. Raises `BadInput` for a pattern that cannot be used."""
    _unended(crawl)
    Patterns((*crawl.excluded, *patterns))
    world.state.crawls.exclude(crawl, patterns, world.now().isoformat())


def limit(world: World, crawl: CrawlRow, limits: dict[str, int | float]) -> None:
    """Limits in place of the job's: `captures`, `bytes` (octets), `time` (seconds since it began). Raises `BadInput`."""
    _unended(crawl)
    if not limits:
        raise BadInput("no limit is given", "Give --captures, --bytes or --time.")
    world.state.crawls.limit(crawl, limits, world.now().isoformat())


def _unended(crawl: CrawlRow) -> None:
    if crawl.stage == "ended":
        raise BadInput(
            f"crawl {crawl.crawl_id} has ended ({crawl.how}, {(crawl.ended_at or '')[:19]})",
            f"See what became of it with: archiver crawls show {crawl.crawl_id}",
        )


def _wish(world: World, crawl: CrawlRow, wanted: str) -> None:
    if crawl.wanted != wanted:
        world.state.crawls.wish(crawl, wanted, world.now().isoformat())
