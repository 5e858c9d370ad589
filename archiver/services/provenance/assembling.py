# SPDX-License-Identifier: Apache-2.0
"""The chain from what was asked for: to the originals it names, on to theirs, and back to the pages that name it.

Guarantees: every page stands in the chain once, so rings end; links are followed `depth` far and at most `MOST_NODES` pages
are taken up; what was left out, or could not be read, is counted. Likeness of texts or bytes is not followed twice: what is
like something that is like the page asked for need not be like it. Left to the holdings: how captures, claims and similar
texts are found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from archiver.catalog.catalog import Found
from archiver.errors import Damaged, NotFound
from archiver.extract.markup.references import Base
from archiver.extract.origin.hosts import key_of, same_site
from archiver.services.provenance.asking import Asked, Holdings
from archiver.services.provenance.chain import By, Chain, Held, Link, Node, Statement
from archiver.url_keys import url_key
from manifests.agents import Agent
from manifests.capture import Outcome
from manifests.digest import Digest
from manifests.rights import Original

_T = TypeVar("_T")

MOST_NODES = 60
"""Pages of one chain."""
MOST_ALIKE = 20
"""Pages that are taken up for one page because it names them, or they name it, or are like it."""
MOST_LOOKED_AT = 5
"""Captures of one URL that are read to find one that shows the page itself, and not a login or a bot check."""


def assemble(
    query: str,
    asked: Sequence[Asked],
    holdings: Holdings,
    *,
    archive_id: str,
    operator: Agent | None = None,
    depth: int = 4,
) -> Chain:
    """The chain from these captures; empty when there are none. Raises what reading them raises."""
    building = _Building(holdings, depth)
    for one in asked:
        building.ask(one)
    building.follow()
    nodes = tuple(sorted(building.nodes.values(), key=lambda node: node.steps))
    left_out, unreadable = len(building.left - building.names.keys()), tuple(sorted(building.unreadable))
    return Chain(query, archive_id, operator, depth, nodes, tuple(building.links.values()), left_out, unreadable)


@dataclass(slots=True)
class _Building:
    holdings: Holdings
    depth: int
    nodes: dict[str, Node] = field(default_factory=dict)
    """By name."""
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    """By source and target."""
    taken: int = 0
    names: dict[str, str] = field(default_factory=dict)
    """The name of each page, by its URL key or by what it is called."""
    waiting: list[str] = field(default_factory=list)
    likened: set[str] = field(default_factory=set)
    """Pages that are here only because they are like another."""
    left: set[str] = field(default_factory=set)
    """The URL keys of pages that were not taken up."""
    unreadable: set[str] = field(default_factory=set)
    """The ids of captures that could not be read."""
    captures: dict[str, Sequence[Found]] = field(default_factory=dict)
    """The captures of each page, by its name."""

    def ask(self, one: Asked) -> None:
        """Takes up a page that was asked for; asked for by its URL, by the first capture that shows it."""
        key = url_key(one.found.url)
        if key not in self.names:
            captures = self.holdings.captures_of(one.found.url) or [one.found]
            shown = self._telling(captures) if one.matched == "url" else one.found
            self._add(key, _held(self.holdings.read(shown), captures, 0, one.matched), captures)

    def follow(self) -> None:
        """Takes up everything that is linked, nearest first."""
        while self.waiting:
            node = self.nodes.get(self.waiting.pop(0))
            if node is None or node.held is None or node.steps >= self.depth:
                continue
            likened = node.name in self.likened
            self._redirected(node, node.held)
            self._stated(node)
            if not likened:
                self._same_bytes(node, node.held)
                self._same_text(node, node.held)
                self._naming(node)

    def _redirected(self, node: Node, held: Held) -> None:
        response = held.manifest.observation.response
        if response is None or not 300 <= (response.code or 0) < 400:
            return
        location = next((value for name, value in response.headers if name.lower() == "location"), None)
        if location is not None:
            url = Base(held.found.url).absolute(location)
            target = self._page(url, node.steps + 1) if url is not None else None
            if target is not None and target.name != node.name:
                self._link(node, target, By.REDIRECT)

    def _stated(self, node: Node) -> None:
        """Follows what the page names as its original, in any of its captures, to that page or to what it is called."""
        seen: set[tuple[str | None, str | None]] = set()
        for found in self.captures[node.name]:
            named = found.reprint
            if named is None or (named.url, named.name) in seen or len(seen) == MOST_ALIKE:
                continue
            seen.add((named.url, named.name))
            statement = self._statement(found)
            if statement is None:
                continue
            original = statement.original
            target = self._page(original.url, node.steps + 1) if original.url is not None else None
            if target is None and url_key(original.url or "") not in self.left:
                target = self._called(original, node.steps + 1)
            if target is not None and target.name != node.name:
                self._link(node, target, By.STATEMENT, statement=statement)

    def _same_bytes(self, node: Node, held: Held) -> None:
        digest, length = held.found.payload_sha256, held.manifest.observation.lengths.payload
        if digest is None or length == 0 or not _is_page(held.found):
            return
        others = [one for one in self.holdings.same_payload(digest) if _is_page(one)]
        for other in self._others(node, others, lambda one: one):
            target = self._found(other, node.steps + 1, likened=True)
            if target is not None:
                self._link(node, target, By.BYTES, digest=digest)

    def _same_text(self, node: Node, held: Held) -> None:
        try:
            alike = self.holdings.alike(held.found)
        except (Damaged, NotFound):
            self.unreadable.add(held.found.capture_id)
            return
        for one in self._others(node, alike, lambda other: other.found):
            target = self._found(one.found, node.steps + 1, likened=True)
            if target is not None:
                self._link(node, target, By.TEXT, overlap=one.overlap)
                self._settle(node, target, one.overlap)
                self._settle(target, node, one.overlap)

    def _naming(self, node: Node) -> None:
        assert node.held is not None
        for found in self._others(node, self.holdings.reprints_of(node.held.found.url), lambda one: one):
            statement = self._statement(found)
            source = self._found(found, node.steps + 1) if statement is not None else None
            if source is not None:
                self._link(source, node, By.STATEMENT, statement=statement)

    def _settle(self, node: Node, alike: Node, overlap: int) -> None:
        """Where a page names only an outlet or a site, the page of that outlet most like it is the one it names."""
        mine = [link for pair, link in self.links.items() if pair[0] == node.name and pair[1] != alike.name]
        if any(By.STATEMENT in link.by and By.TEXT in link.by for link in mine):
            return
        for found in self.captures[node.name]:
            named = found.reprint
            if named is None or not _is_of(alike, named.url, named.name):
                continue
            statement = self._statement(found)
            if statement is None:
                continue
            self._link(node, alike, By.STATEMENT, statement=statement, overlap=overlap, outlet=True)
            for key in (_called_key(statement.original), url_key(statement.original.url or "")):
                if self.names.get(key, alike.name) != alike.name:
                    self._drop(node.name, key)
            return

    def _drop(self, source: str, key: str) -> None:
        """Takes a link back for which a closer one was found, and its target when nothing else leads there."""
        target = self.names[key]
        self.links.pop((source, target), None)
        if self.nodes[target].asked is None and not any(target in pair for pair in self.links):
            del self.nodes[target], self.names[key]

    def _read(self, found: Found) -> Held | None:
        """A capture that is linked to what was asked for; one that cannot be read is counted, for it must not hide the others."""
        try:
            return self.holdings.read(found)
        except (Damaged, NotFound):
            self.unreadable.add(found.capture_id)
            return None

    def _statement(self, found: Found) -> Statement | None:
        held = self._read(found)
        if held is None or held.claims is None or held.claims.reprint is None:
            return None
        said = held.claims.reprint
        return Statement(
            found.capture_id, found.fetched_at, said.original, said.basis, said.confidence, said.reason, said.evidence
        )  # fmt: skip

    def _others(self, node: Node, found: Sequence[_T], capture_of: Callable[[_T], Found]) -> list[_T]:
        """The first of each other page."""
        own = url_key(self._url(node))
        first: dict[str, _T] = {}
        for one in found:
            key = url_key(capture_of(one).url)
            if key != own:
                first.setdefault(key, one)
        self.left |= set(list(first)[MOST_ALIKE:])
        return list(first.values())[:MOST_ALIKE]

    def _url(self, node: Node) -> str:
        assert node.held is not None
        return node.held.found.url

    def _found(self, found: Found, steps: int, *, likened: bool = False) -> Node | None:
        """The page of a capture, taken up when it is new; None when there are too many."""
        return self._page(found.url, steps, shown=found if likened else None, likened=likened)

    def _page(self, url: str, steps: int, *, shown: Found | None = None, likened: bool = False) -> Node | None:
        key = url_key(url)
        known = self.names.get(key)
        if known is not None:
            if not likened:
                self._unlikened(known)
            return self.nodes[known]
        captures = self.holdings.captures_of(url)
        if not captures:
            return None
        held = self._read(shown or self._telling(captures))
        node = self._add(key, _held(held, captures, steps), captures) if held is not None else None
        if node is not None and likened:
            self.likened.add(node.name)
        return node

    def _unlikened(self, name: str) -> None:
        """A page that a statement leads to as well is followed like any other."""
        if name in self.likened:
            self.likened.discard(name)
            self.waiting.append(name)

    def _called(self, original: Original, steps: int) -> Node | None:
        """The page that is only named; None when there are too many."""
        key = _called_key(original)
        if key not in self.names:
            return self._add(key, Node("", steps, named=original), ())
        return self.nodes[self.names[key]]

    def _add(self, key: str, node: Node, captures: Sequence[Found]) -> Node | None:
        if len(self.nodes) >= MOST_NODES:
            self.left.add(key)
            return None
        self.taken += 1
        node = replace(node, name=f"n{self.taken}")
        self.names[key] = node.name
        self.nodes[node.name] = node
        self.captures[node.name] = captures
        self.waiting.append(node.name)
        return node

    def _telling(self, captures: Sequence[Found]) -> Found:
        """The first capture that shows the page itself: whole, and without signs of being something else."""
        whole = [one for one in captures if _is_page(one)] or list(captures)
        for one in whole[:MOST_LOOKED_AT]:
            held = self._read(one)
            if held is not None and held.claims is not None and not held.claims.suspected:
                return one
        return whole[0]

    def _link(
        self, source: Node, target: Node, by: By, *, statement: Statement | None = None, overlap: int | None = None,
        digest: Digest | None = None, outlet: bool = False,
    ) -> None:  # fmt: skip
        """Adds what connects two pages to what is known of them; only statements and redirects have a direction."""
        pair = (source.name, target.name)
        back = (target.name, source.name)
        if by in (By.TEXT, By.BYTES) and pair not in self.links and back in self.links:
            pair = back
        before = self.links.get(pair)
        if before is None and by is By.STATEMENT:
            undirected = self.links.get(back)
            if undirected is not None and not undirected.directed:
                del self.links[back]
                before = replace(undirected, source=source.name, target=target.name)
        before = before or Link(*pair, by=())
        ways = {*before.by, by}
        self.links[pair] = replace(
            before,
            by=tuple(way for way in By if way in ways),
            statement=before.statement or statement,
            outlet=before.outlet if before.statement is not None else outlet,
            overlap=before.overlap if before.overlap is not None else overlap,
            digest=before.digest or digest,
        )


def _held(held: Held, captures: Sequence[Found], steps: int, asked: str | None = None) -> Node:
    """A page with the times of those of its captures that show it."""
    times = [one.fetched_at for one in captures if _is_page(one)] or [one.fetched_at for one in captures]
    return Node("", steps, asked, held, captures=len(captures), first_at=min(times), last_at=max(times))


def _is_page(found: Found) -> bool:
    """Whether a capture is of a page that came whole, and not of an error."""
    return found.outcome is Outcome.CAPTURED_COMPLETE and found.response_code in (200, 203, 304, None)


def _is_of(node: Node, url: str | None, name: str | None) -> bool:
    """Whether a page is of the outlet that another names without naming an article of it."""
    if url is not None and url.partition("://")[2].partition("/")[2]:
        return False
    claims = node.held.claims if node.held is not None else None
    publisher = claims.publisher.name if claims is not None and claims.publisher is not None else None
    return same_site(url, node.url) or bool(name and publisher and key_of(name) and key_of(name) == key_of(publisher))


def _called_key(original: Original) -> str:
    # No URL key holds a space.
    return f"named {url_key(original.url) if original.url else key_of(original.name or '')}"
