# SPDX-License-Identifier: Apache-2.0
"""What became of the URLs of one seed: values that a run gathers and a face shows, and what they say of each other."""

from dataclasses import dataclass, field, replace
from typing import Literal

from archiver.errors import BadInput
from archiver.services.ingest import Captured
from archiver.urls import HttpUrl, parse, same_site
from manifests.capture import BackLink, Outcome


@dataclass(frozen=True, slots=True)
class Seed:
    """One URL given by a person."""

    url: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one URL."""

    url: str
    discovery_path: str
    outcome: Outcome
    reason: str | None = None
    detail: str | None = None
    embedded_by: str | None = None
    """The URL of the page that embeds it."""
    final_url: str | None = None
    captured: Captured | None = None
    """None for what was refused or skipped."""

    @property
    def response_code(self) -> int | None:
        """The status code of its response."""
        seen = self.captured.manifest.observation.response if self.captured else None
        return seen.code if seen else None

    @property
    def suspected(self) -> tuple[str, ...]:
        """Signs that this is not what was meant to be captured."""
        claims = self.captured.manifest.claims if self.captured else None
        return tuple(one.sign for one in claims.suspected) if claims else ()


@dataclass(frozen=True, slots=True)
class SeedResult:
    """A seed with everything captured for it; `results[0]` is the seed itself."""

    seed: Seed
    results: tuple[Result, ...]

    @property
    def page(self) -> Result:
        """The page the seed led to: the last of its redirects, the seed itself when there were none."""
        return [one for one in self.results if set(one.discovery_path) <= {"R"}][-1]


class Gathered:
    """What has been found for one seed so far."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.chain: list[Result] = []
        self.others: list[Result] = []

    @property
    def shown(self) -> str:
        """The seed's URL without userinfo; as given when it is no URL."""
        try:
            return parse(self.seed.url).url
        except BadInput:
            return self.seed.url

    def trusts(self, url: HttpUrl) -> bool:
        """Whether the operator's secrets may go there: to the seed's own host, and not in the clear when it has TLS."""
        try:
            seed = parse(self.seed.url)
        except BadInput:
            return False
        return same_site(seed, url) and (url.scheme == "https" or seed.scheme == "http")

    def result(self) -> SeedResult:
        """The seed first, each of its chain with the URL the chain led to."""
        final = self.chain[-1].url
        chain = [_told(one, final) for one in self.chain]
        others = [_told(one, one.url) for one in self.others]
        return SeedResult(self.seed, (*chain, *others))


def _told(result: Result, final_url: str) -> Result:
    """The result without the page's text and links, which the manifest does without and a long run would pile up."""
    captured = replace(result.captured, reading=None) if result.captured else None
    return replace(result, final_url=final_url, captured=captured)


def result_of(captured: Captured, path: str, embedded_by: str | None) -> Result:
    """What became of a URL that was captured."""
    seen = captured.manifest.observation
    return Result(seen.url, path, seen.outcome, seen.reason, seen.detail, embedded_by, None, captured)


def back(result: Result, relation: Literal["embedded-by", "linked-from", "redirected-from"]) -> BackLink:
    """A link to the capture that led here."""
    assert result.captured is not None
    seen = result.captured.manifest.observation
    return BackLink(relation=relation, capture_id=seen.capture_id, url=seen.url)


def location(result: Result) -> str | None:
    """Where a response leads: a URL reference, `""` when it should but does not, None when it does not lead anywhere."""
    seen = result.captured.manifest.observation.response if result.captured else None
    if seen is None or seen.code not in (301, 302, 303, 307, 308):
        return None
    named = {value.strip() for value in result.captured.values("location")} if result.captured else set()
    if len(named) != 1:
        return ""
    # Header bytes were read as Latin-1; servers that send other bytes mean UTF-8, as browsers take it.
    return named.pop().encode("latin-1").decode("utf-8", "replace")
