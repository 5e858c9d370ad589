# SPDX-License-Identifier: Apache-2.0
"""Where captures lead: every URL they name, with the verdict on it, for the frontier.

What the frontier was told once is not told again as long as it is remembered; what is out of scope by one way may be in scope by
another, so there the way is remembered with it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass

from archiver.discovery import candidates
from archiver.errors import BadInput
from archiver.extract import Reading
from archiver.services.crawler.plan import SeedPlan
from archiver.services.ingest import Captured
from archiver.state.turn import Found, Waiting
from archiver.traps import drop_parameters
from archiver.urls import HttpUrl, parse

SEED, PREREQUISITE, EMBED, LINK = range(4)
"""Priorities: what is asked for first."""

NOFOLLOW = '{"nofollow": true}'
"""The facts of a URL whose link asks robots not to follow it. On record; whether that is obeyed is robots.txt's to say."""

MOST_REMEMBERED = 200_000
LONGEST_REMEMBERED = 500
"""Characters of a URL that is remembered; longer ones are told to the frontier each time."""
AT_ONCE = 500
"""URLs that are judged without a pause."""


@dataclass(frozen=True, slots=True)
class Page:
    """What names URLs: a reading, the response's headers, and the entity of what may be a list."""

    reading: Reading
    headers: tuple[tuple[str, str], ...]
    listing: bytes = b""


class Leads:
    """What one worker has found so far. Belongs to the event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[object, None] = OrderedDict()

    async def of(
        self, captured: Captured, page: Page | None, waiting: Waiting, seed: SeedPlan, url: HttpUrl
    ) -> list[Found]:
        """What is new in a capture: where it redirects to, and what its page names. Others run in between when it is much."""
        found: list[Found] = []
        target = location(captured)
        if target:
            self._judge(target, "R", waiting, seed, url, found)
        if page is not None:
            new = candidates(page.reading, page.headers, url, waiting.path, content=page.listing, known=self._known)
            for number, one in enumerate(new, 1):
                self._judge(one.url_text, one.letter, waiting, seed, url, found, nofollow=one.nofollow)
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
        return found

    async def of_long(self, page: Page, waiting: Waiting, seed: SeedPlan, url: HttpUrl) -> AsyncIterator[list[Found]]:
        """What is new on a page whose list is long, some at a time; it is read in a thread, for that may take seconds."""
        new = candidates(page.reading, page.headers, url, waiting.path, content=page.listing)
        found: list[Found] = []
        one = await asyncio.to_thread(next, new, None)
        while one is not None:
            self._judge(one.url_text, one.letter, waiting, seed, url, found, nofollow=one.nofollow)
            if len(found) >= AT_ONCE:
                yield found
                found = []
            one = next(new, None)
        yield found

    def _judge(
        self,
        text: str,
        letter: str,
        waiting: Waiting,
        seed: SeedPlan,
        base: HttpUrl,
        found: list[Found],
        *,
        nofollow: bool = False,
    ) -> None:
        absolute = text.startswith(("http://", "https://"))  # what others name depends on where they stand
        by_this_way = (text, letter, waiting.depth, waiting.hops, waiting.seed)
        if absolute and (text in self._known or by_this_way in self._known):
            return
        try:
            url = parse(text, base)
        except BadInput:
            return  # no http URL: the page's bytes still hold it, and nobody could ask for it
        if seed.drop:
            url = drop_parameters(url, seed.drop)
        name = url.url
        if name in self._known:
            return
        path = waiting.path + letter
        depth = waiting.depth + (letter == "L")
        verdict = seed.scope.judge(url, path=path, depth=depth, hops=waiting.hops)
        rule, reason = verdict.rule, None
        if not verdict.accepted:
            if absolute:
                self._remember(by_this_way, text)
            reason = "redirect-limit" if rule.startswith("redirects>") else "out-of-scope"
        else:
            self._remember(name, name)
            if absolute and text != name:
                self._remember(text, text)
            trapped = seed.traps.judge(url)
            if trapped is not None:
                reason, rule = "trap", trapped
        embedded = letter == "E" or (letter == "R" and waiting.priority == EMBED)
        found.append(
            Found(
                origin=url.origin,
                target=url.target,
                priority=EMBED if embedded else LINK,
                depth=depth,
                hops=verdict.hops,
                path=path,
                seed=waiting.seed,
                via=waiting.row,
                rule=rule,
                reason=reason,
                facts=NOFOLLOW if nofollow else None,
            )
        )

    def _remember(self, one: object, text: str) -> None:
        if len(text) > LONGEST_REMEMBERED:
            return
        self._known[one] = None
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)


def location(captured: Captured) -> str | None:
    """Where a response redirects to, when it does and to one place."""
    seen = captured.manifest.observation.response
    if seen is None or seen.code not in (301, 302, 303, 307, 308):
        return None
    named = {value.strip() for value in captured.values("location")}
    if len(named) != 1:
        return None
    # Header bytes were read as Latin-1; servers that send other bytes mean UTF-8, as browsers take it.
    return named.pop().encode("latin-1").decode("utf-8", "replace")
