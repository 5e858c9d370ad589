# SPDX-License-Identifier: Apache-2.0
"""A chain as a value: pages, the links between them, and what each link rests on.

It repeats what pages claim, with the words and where they stand, and what this archive captured and when. It names what is
earliest in this archive; who was first to publish is not for it to say.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from archiver.catalog.catalog import Found
from manifests.agents import Agent, Confidence, Evidence
from manifests.capture import CaptureManifest, Claims
from manifests.digest import Digest
from manifests.rights import Notice, Original


class By(StrEnum):
    """What a link rests on."""

    STATEMENT = "statement"
    """The one page names the other, or its site, as the original of its text."""
    TEXT = "text"
    """Their texts are nearly the same."""
    BYTES = "bytes"
    """Their payloads have the same digest."""
    REDIRECT = "redirect"
    """The server of the one sent us on to the other."""


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file in which a site speaks for all its pages, as it stood when the page was captured."""

    url: str
    capture_id: str
    captured_at: datetime
    notices: tuple[Notice, ...] | None
    """What it says; None when the capture cannot be read."""


@dataclass(frozen=True, slots=True)
class Held:
    """One capture of the archive, with the newest claims read from it."""

    found: Found
    manifest: CaptureManifest
    manifest_digest: Digest
    """sha256 of the manifest's canonical bytes."""
    claims: Claims | None
    site: tuple[SiteFile, ...] = ()
    """The files of its site that say something, robots.txt among them."""


@dataclass(frozen=True, slots=True)
class Node:
    """One page of a chain: captured, or only named by another."""

    name: str
    """`n1`, `n2` and so on; of no meaning outside the chain."""
    steps: int
    """Links from what was asked for."""
    asked: str | None = None
    """For what was asked for: how the question matched it, `capture`, `url`, or what a lookup says."""
    held: Held | None = None
    """The capture that stands for the page; None for one that is not in the archive."""
    named: Original | None = None
    """For a page that is not in the archive: what another calls it."""
    captures: int = 0
    """How many captures of its URL the archive has, as far as they were counted."""
    first_at: datetime | None = None
    """When the first of them that is of a page, and not of an error, was requested; without such a one, the first."""
    last_at: datetime | None = None
    """When the last of these was requested."""

    @property
    def url(self) -> str | None:
        """Its address, where it is known."""
        if self.held is not None:
            return self.held.found.url
        return self.named.url if self.named is not None else None

    @property
    def is_page(self) -> bool:
        """Whether a page is held, and not a redirect or an error."""
        return self.held is not None and self.held.found.response_code in (None, 200, 203, 304)

    @property
    def claimed_at(self) -> datetime | None:
        """When the page says that it was published, for comparing: without a zone it is read as UTC; None when it cannot be."""
        claims = self.held.claims if self.held is not None else None
        return instant(claims.published_at.value) if claims is not None and claims.published_at is not None else None


@dataclass(frozen=True, slots=True)
class Statement:
    """The words by which a page names its original."""

    capture_id: str
    """The capture in which they stand."""
    captured_at: datetime
    original: Original
    basis: str
    """What says so, as in `manifests.rights.Reprint`."""
    confidence: Confidence
    reason: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Link:
    """Two pages and what connects them; only a statement or a redirect leads from the one to the other."""

    source: str
    target: str
    by: tuple[By, ...]
    statement: Statement | None = None
    outlet: bool = False
    """Whether the statement names only the outlet of the target, and it is by its text that this page of it was found."""
    overlap: int | None = None
    """By text: how much of both texts they have in common, in thousandths."""
    digest: Digest | None = None
    """By bytes: the digest both payloads have."""

    @property
    def directed(self) -> bool:
        """Whether the source says that the target comes before it."""
        return By.STATEMENT in self.by or By.REDIRECT in self.by


@dataclass(frozen=True, slots=True)
class Chain:
    """The answer to one question."""

    query: str
    archive_id: str
    operator: Agent | None
    """Who runs the archive."""
    depth: int
    """How many links were followed."""
    nodes: tuple[Node, ...]
    """What was asked for first, then by the number of links from it."""
    links: tuple[Link, ...]
    left_out: int = 0
    """Pages that were found and not taken up, because there are too many."""
    unreadable: tuple[str, ...] = ()
    """The ids of captures that the catalog knows and that could not be read; `verify` says why."""

    @property
    def held(self) -> tuple[Node, ...]:
        """The pages of the chain that the archive has."""
        return tuple(node for node in self.nodes if node.held is not None)

    @property
    def earliest_claimed(self) -> Node | None:
        """The page with the earliest date of publication by its own words."""
        dated = [(at, place) for place, node in enumerate(self.nodes) if (at := node.claimed_at) is not None]
        return self.nodes[min(dated)[1]] if dated else None

    @property
    def earliest_captured(self) -> Node | None:
        """The page that this archive captured first; a redirect is none."""
        held = [
            (node.first_at, place)
            for place, node in enumerate(self.nodes)
            if node.first_at is not None and node.is_page
        ]
        return self.nodes[min(held)[1]] if held else None

    def node(self, name: str) -> Node:
        """The page of that name."""
        return next(node for node in self.nodes if node.name == name)


def instant(text: str) -> datetime | None:
    """A claimed date as a time; without a zone it is read as UTC, and None is what cannot be read."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
