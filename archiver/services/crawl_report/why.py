# SPDX-License-Identifier: Apache-2.0
"""Why a crawl took a URL, refused it, skipped it, or never met it; and the same in sentences.

Of a crawl that has ended the stored outcomes are asked, of another one the frontier. Words of pages do not come in here, but
URLs and rules of robots.txt do: whoever shows them makes them safe for the place where they are shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from archiver.exchange import REASONS
from archiver.services.crawl_report.judging import Judged, job_of, judge
from archiver.services.ingest import World
from archiver.services.outcomes import described, instant, read
from archiver.state.crawls import CrawlRow
from archiver.traps import drop_parameters
from archiver.urls import HttpUrl, parse
from manifests.capture import Outcome

_WAYS = {"L": "linked from", "E": "embedded by", "R": "redirected from", "M": "listed by", "P": "asked for before"}
_TAKEN = {
    Outcome.CAPTURED_COMPLETE.value: "It was captured",
    Outcome.CAPTURED_TRUNCATED.value: "It was captured in part",
    Outcome.FAILED.value: "It was asked for and no HTTP response came",
    Outcome.REFUSED.value: "It was refused",
    Outcome.SKIPPED.value: "It was skipped",
}
_RULES = {
    "any": "every URL is in scope",
    "custom": "it is the seed",
    "embed": "a page that was taken embeds it",
    "hops": "it is few enough links beyond the scope",
    "limits": "the crawl had reached a limit",
    "prerequisite": "it is asked for before others",
    "redirect": "a URL that was taken redirects to it",
    "robots": "no robots.txt could be had",
    "seed": "it is a seed",
    "site-file": "in it a site speaks for all its pages",
    "stop": "the crawl was stopped",
}
_RULES_ABOUT = {
    "calendar:": "it looks like a calendar's page of {0}",
    "depth>": "it is more than {0} links from its seed",
    "domain:": "it is in the domain {0}",
    "embed>": "more than {0} pages in a row embed each other on the way to it",
    "exclude:": "the crawl excludes {0}",
    "facets:": "too many combinations of the same parameters were met at {0}",
    "hops>": "it is more than {0} links beyond the scope",
    "host:": "it is on the host {0}",
    "include:": "the job includes {0}",
    "length>": "it is longer than {0} characters",
    "outside:": "it lies outside {0}",
    "page:": "it is the seed",
    "parameters>": "its query has more than {0} parameters",
    "prefix:": "it begins with {0}",
    "redirects>": "more than {0} redirects lead to it",
    "repeated:": "its path repeats {0}",
    "robots:": "robots.txt says {0}",
    "segments>": "its path has more than {0} segments",
    "session:": "it differs from a known URL in nothing but the session id {0}",
    "captures_per_host=": "its host has had the {0} captures that it may have",
    "seed.captures=": "its seed has had the {0} captures that it may have",
    "seed.bytes=": "its seed has brought the {0} bytes that it may bring",
    "seed.time=": "its seed has had the {0} seconds that it may take",
    "bytes_per_host=": "its host has sent the {0} bytes that it may send",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One URL on the way to another."""

    url: str
    letter: str
    """How it was found on the step before: L, E, R, M or P; empty for a seed."""
    rule: str | None
    """What took it."""
    capture_id: str | None


@dataclass(frozen=True, slots=True)
class Why:
    """What became of a URL in a crawl, and why."""

    crawl_id: str
    url: str
    """In normal form, as the crawl knows it."""
    met: bool
    """Whether the crawl ever met it; if not, `judged` says what it would make of it."""
    ended: bool
    """Whether the crawl has ended."""
    outcome: str | None = None
    """None while it waits, and for a URL never met."""
    reason: str | None = None
    rule: str | None = None
    """The rule that decided about it."""
    code: int | None = None
    capture_id: str | None = None
    ended_at: str | None = None
    """When it was asked for, or decided not to be (RFC 3339)."""
    octets: int | None = None
    change: str | None = None
    """`new`, `unchanged` or `changed`."""
    detail: str | None = None
    suspected: tuple[str, ...] = ()
    attempts: int = 0
    """How often it was asked for."""
    not_before: str | None = None
    """For a URL that waits: when it may be tried again (RFC 3339)."""
    seed: str | None = None
    chain: tuple[Step, ...] = ()
    """From the seed to the URL itself."""
    judged: Judged | None = None


def why(world: World, crawl_id: str, url: str) -> Why:
    """What became of `url` in a crawl, whose id may be shortened.

    Raises `NotFound` and `Ambiguous` for the crawl, `BadInput` for what is no URL, `Damaged` when the stored outcomes are.
    """
    crawl = world.state.crawls.get(crawl_id)
    given = parse(url)
    find = _in_store(world, crawl) if crawl.stage == "ended" else _in_frontier(world, crawl)
    for known in _spellings(given, job_of(crawl).parameters):
        line = find(known.url)
        if line is not None:
            return _told(crawl, line, tuple(_chain(line, find)))
    return Why(
        crawl.crawl_id,
        given.url,
        met=False,
        ended=crawl.stage == "ended",
        judged=judge(world.state.crawls, crawl, given),
    )


def sentences(one: Why) -> list[str]:
    """The same for people, a sentence each."""
    if not one.met:
        return _never_met(one)
    said = [_what(one)]
    if one.rule is not None:
        said.append(f"{'It belongs to the crawl' if _belongs(one) else 'The reason is that'}{_because(one)}.")
    if one.detail:
        said.append(f"In detail: {one.detail}.")
    if one.attempts > 1:
        said.append(f"It was asked for {one.attempts} times.")
    if one.not_before:
        said.append(f"It is tried again at {one.not_before} or later.")
    if one.change:
        said.append({"new": "The archive did not hold it before.", "changed": "Its bytes differ from those held before.",
                     "unchanged": "Its bytes are those held before."}[one.change])  # fmt: skip
    if one.suspected:
        said.append(f"It may not be the page that was meant: {', '.join(one.suspected)}.")
    return said + _way(one)


def _told(crawl: CrawlRow, line: dict[str, Any], chain: tuple[Step, ...]) -> Why:
    named = {name: line[name] for name in _NAMES if name in line}
    suspected = tuple(line.get("suspected", ()))
    ended = crawl.stage == "ended"
    return Why(crawl.crawl_id, line["url"], met=True, ended=ended, suspected=suspected, chain=chain, **named)


_NAMES = (
    "outcome", "reason", "rule", "code", "capture_id", "ended_at", "octets", "change", "detail", "attempts", "not_before",
    "seed",
)  # fmt: skip
_Find = Callable[[str], dict[str, Any] | None]


def _spellings(url: HttpUrl, dropped: tuple[str, ...]) -> Iterator[HttpUrl]:
    """As it was given, and as the crawl would have found it."""
    yield url
    if dropped:
        yield drop_parameters(url, dropped)


def _chain(line: dict[str, Any], find: _Find) -> Iterator[Step]:
    steps: list[dict[str, Any]] = []
    seen: set[str] = set()
    at: dict[str, Any] | None = line
    while at is not None and at["url"] not in seen:
        steps.append(at)
        seen.add(at["url"])
        at = find(at["via"]) if "via" in at else None
    for one in reversed(steps):
        yield Step(one["url"], one["path"][-1:], one.get("rule"), one.get("capture_id"))


def _in_frontier(world: World, crawl: CrawlRow) -> _Find:
    def find(url: str) -> dict[str, Any] | None:
        known = parse(url)
        row = next(world.state.frontier.known(crawl.row, (known.origin, known.target)), None)
        if row is None:
            return None
        told = described(row, lambda number: world.state.crawls.seed(crawl.row, number).url)
        if row["outcome"] is None and row["not_before"]:
            told["not_before"] = instant(row["not_before"])
        return told

    return find


def _in_store(world: World, crawl: CrawlRow) -> _Find:
    # Each step of a chain is a pass over the file, to its end: only then it is known to be what was sealed.
    def find(url: str) -> dict[str, Any] | None:
        found = [one for one in read(world.store, crawl.crawl_id, holding=url) if one["url"] == url]
        return found[0] if found else None

    return find


def _what(one: Why) -> str:
    if one.outcome is None:
        tried = f" after {one.attempts} attempts, the last with {one.reason}" if one.attempts and one.reason else ""
        return f"{one.url} waits in the frontier{tried}."
    said = f"{_TAKEN[one.outcome]}{f' with code {one.code}' if one.code is not None else ''}"
    said += f" at {one.ended_at}" if one.ended_at else ""
    said += f" as capture {one.capture_id}" if one.capture_id else ""
    if one.reason:
        said += f": {REASONS.get(one.reason, one.reason)} ({one.reason})"
    return said + "."


def _belongs(one: Why) -> bool:
    """Whether the rule is what took it, not what kept it out."""
    return one.outcome not in (Outcome.REFUSED, Outcome.SKIPPED)


def _because(one: Why) -> str:
    return (", for " if _belongs(one) else " ") + rule_in_words(one.rule or "") + f" (rule {one.rule})"


def rule_in_words(rule: str) -> str:
    """A rule of scope, traps, robots or limits as the end of a sentence."""
    for begins, said in _RULES_ABOUT.items():
        if rule.startswith(begins):
            return said.format(rule.removeprefix(begins).strip().replace(":", " ", begins == "outside:"))
    return _RULES.get(rule, "of that rule")


def _way(one: Why) -> list[str]:
    if not one.chain:
        return []
    first, *rest = one.chain
    if not rest:
        return ["It is a seed."] if not first.letter else []
    said = [f"The way to it began at {'the seed ' if not first.letter else ''}{first.url}."]
    said += [
        f"{step.url} was {_WAYS.get(step.letter, 'found on')} {before.url}."
        for before, step in zip(one.chain, rest, strict=False)
    ]
    return said


def _never_met(one: Why) -> list[str]:
    said = [f"The crawl {'never' if one.ended else 'has not'} met {one.url}{'' if one.ended else ' so far'}."]
    judged = one.judged
    if judged is None:
        return said
    if judged.accepted:
        said.append(
            f"It would belong to it, for {rule_in_words(judged.rule)} (rule {judged.rule}, seed {judged.seed}): "
            "no page that was read names it."
        )
    else:
        reason = REASONS.get(judged.reason or "", judged.reason or "")
        said.append(
            f"It would be skipped: {reason} ({judged.reason}); {rule_in_words(judged.rule)} "
            f"(rule {judged.rule}, seed {judged.seed})."
        )
    return said
