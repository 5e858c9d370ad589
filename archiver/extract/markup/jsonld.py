# SPDX-License-Identifier: Apache-2.0
"""Schema.org statements of a page's JSON-LD scripts, each with its JSON pointer (RFC 6901).

Bounded: a script of more than 2 MB, nested deeper than 200, or beyond 5,000 statements is not read. Faults that browsers'
consumers forgive (comments, trailing commas, control characters, several documents in one script) are forgiven.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from selectolax.lexbor import LexborNode

from archiver.extract.markup.document import Document
from archiver.extract.markup.scalars import scalar_json

_MOST_CHARACTERS = 2_000_000
_MOST_SCRIPTS = 40
_MOST_THINGS = 5000
_DEEPEST = 200
_ARTICLES = ("article", "newsarticle", "blogposting", "report", "opinion", "review", "post", "story", "creativework")
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")
_PICTURES = frozenset({"imageobject", "videoobject", "audioobject", "mediaobject", "podcastepisode", "clip", "comment"})


class Thing(NamedTuple):
    """One JSON object that says what it is."""

    types: frozenset[str]
    """Its types, lower case, without vocabulary prefix."""
    properties: dict[str, Any]
    pointer: str
    script: LexborNode

    @property
    def is_article(self) -> bool:
        return any(kind.endswith(_ARTICLES) for kind in self.types)

    @property
    def is_picture(self) -> bool:
        return not self.types.isdisjoint(_PICTURES)


class Said(NamedTuple):
    """A string value and where it stands."""

    text: str
    pointer: str
    script: LexborNode
    url: str | None = None
    """The URL of the named thing, for names."""
    kind: str | None = None
    """What the named thing is called: `organization`, `person` or nothing of the two."""


class Statements:
    """Everything a page says in JSON-LD."""

    def __init__(self, document: Document) -> None:
        self.things: list[Thing] = []
        self._by_id: dict[str, Thing] = {}
        self._by_type: dict[str, list[Thing]] = {}
        if "ld+json" not in document.markup:
            return
        scripts = [
            script for _, script, attributes in document.table.named("script")
            if "ld+json" in (attributes.get("type") or "").lower()
        ]  # fmt: skip
        for script in scripts[:_MOST_SCRIPTS]:
            text = script.text()
            if len(text) <= _MOST_CHARACTERS:
                self._read(text, script)

    def _read(self, text: str, script: LexborNode) -> None:
        found: list[Thing] = []
        for content in _parsed(text):
            stack: list[tuple[Any, str, int]] = [(content, "", 0)]
            while stack:
                value, pointer, depth = stack.pop()
                if depth > _DEEPEST or len(found) + len(self.things) > _MOST_THINGS:
                    return
                if isinstance(value, dict):
                    kinds = value.get("@type")
                    named = kinds if isinstance(kinds, list) else [kinds]
                    types = frozenset(k.rsplit("/", 1)[-1].lower() for k in named if isinstance(k, str))
                    found.append(Thing(types, value, pointer, script))
                    children = [(v, f"{pointer}/{_escaped(k)}", depth + 1) for k, v in value.items() if _holds(v)]
                elif isinstance(value, list):
                    children = [(v, f"{pointer}/{at}", depth + 1) for at, v in enumerate(value) if _holds(v)]
                else:
                    continue
                stack.extend(reversed(children))
        self.things += found
        for thing in found:
            for kind in thing.types:
                self._by_type.setdefault(kind, []).append(thing)
            own = thing.properties.get("@id")
            if isinstance(own, str) and len(thing.properties) > 1:
                self._by_id.setdefault(own, thing)

    @cached_property
    def articles(self) -> list[Thing]:
        """Statements about the page's own article, the most telling first."""
        return [t for t in self.things if t.is_article and not t.is_picture and "review" not in t.types]

    def of_types(self, *types: str) -> Iterator[Thing]:
        """Statements about things of these types, in order of the types asked."""
        for kind in types:
            yield from self._by_type.get(kind, ())

    def strings(self, thing: Thing, key: str) -> list[Said]:
        """The strings (or URLs of things) that a property holds."""
        return list(self._said(thing, key, ("url", "@id", "name"))) if key in thing.properties else []

    def names(self, thing: Thing, key: str) -> list[Said]:
        """The names of the things that a property holds."""
        return list(self._said(thing, key, ("name",))) if key in thing.properties else []

    def _said(self, thing: Thing, key: str, wanted: tuple[str, ...]) -> Iterator[Said]:
        value = thing.properties.get(key)
        pointer = f"{thing.pointer}/{_escaped(key)}"
        values = list(enumerate(value[:200])) if isinstance(value, list) else [(-1, value)]
        for at, one in values:
            here = pointer if at < 0 else f"{pointer}/{at}"
            if isinstance(one, str) and one.strip():
                yield Said(one, here, thing.script)
            elif isinstance(one, int):
                yield Said(json.dumps(one), here, thing.script)
            elif isinstance(one, dict):
                yield from self._of_thing(one, here, thing.script, wanted)

    def _of_thing(self, one: dict[str, Any], here: str, script: LexborNode, wanted: tuple[str, ...]) -> Iterator[Said]:
        referred = one.get("@id")
        if "name" in wanted and "name" not in one and isinstance(referred, str) and referred in self._by_id:
            target = self._by_id[referred]
            one, here, script = target.properties, target.pointer, target.script
        url = next((one[k] for k in ("url", "sameAs", "@id") if isinstance(one.get(k), str)), None)
        for key in wanted:
            value = one.get(key)
            several = isinstance(value, list)
            written = [
                Said(words, f"{here}/{key}/{at}" if several else f"{here}/{key}", script, url, _kind(one))
                for at, words in enumerate(value[:50] if isinstance(value, list) else [value])
                if isinstance(words, str) and words.strip()
            ]
            if written:
                yield from written if key == "name" else written[:1]
                return


def _kind(one: dict[str, Any]) -> str | None:
    stated = one.get("@type") or one.get("type")
    return kind_of([kind for kind in (stated if isinstance(stated, list) else [stated]) if isinstance(kind, str)])


def kind_of(types: Iterable[str]) -> str | None:
    """`organization` or `person`, where a thing's schema.org types say so."""
    kinds = [kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1] for kind in types]
    if any(kind.endswith(("Organization", "Corporation", "NGO")) for kind in kinds):
        return "organization"
    return "person" if "Person" in kinds else None


def _holds(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _parsed(text: str) -> Iterator[Any]:
    text = text.strip()
    if text.startswith(("<", "/")) or text.endswith(">"):
        text = _WRAPPING.sub("", text)
    text = text.strip(" \t\r\n;")
    for attempt in (lambda t: t, _without_commas, html.unescape):
        try:
            yield scalar_json(json.loads(attempt(text), strict=False), text)
        except (ValueError, RecursionError):
            continue
        else:
            return
    decoder, at = json.JSONDecoder(strict=False), 0
    for _ in range(20):
        try:
            value, at = decoder.raw_decode(text, at)
            yield scalar_json(value, text)
        except (ValueError, RecursionError):
            return
        while at < len(text) and text[at] in " \t\r\n;,":
            at += 1


def _without_commas(text: str) -> str:
    return re.sub(r",(\s{0,200}[}\]])", r"\1", text)
