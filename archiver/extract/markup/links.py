# SPDX-License-Identifier: Apache-2.0
"""What a page embeds (its requisites) and where it leads (its links), as absolute http(s) URLs in document order.

Lazy-loading attributes in common use count as if the script had run. Each list is unique and bounded.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from archiver.extract.markup.css import loaded
from archiver.extract.markup.document import Document
from archiver.extract.markup.elements import Element
from archiver.extract.markup.references import Base

MOST_REQUISITES = 2000
MOST_LINKS = 10_000

_EMBEDDING = frozenset(
    {"img", "source", "script", "link", "iframe", "frame", "embed", "object", "video", "audio", "track", "input", "style",
     "image", "use"}
)  # fmt: skip
_ONLY_WITH = {
    "script": frozenset({"src"}),
    "link": frozenset({"href", "imagesrcset"}),
    "object": frozenset({"data"}),
    "input": frozenset({"src"}),
}
"""Attributes without which an element of that name loads nothing by itself."""
_LEADING = frozenset({"a", "area", "link", "meta"})
_LINK_EMBEDS = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "fluid-icon", "manifest",
     "modulepreload"}
)  # fmt: skip
_PRELOADED = frozenset({"font", "image", "style", "script"})
_LINK_LEADS = frozenset(
    {"next", "prev", "previous", "amphtml", "canonical", "alternate", "first", "last", "up", "author", "license", "help",
     "search", "start", "index", "contents", "shortlink", "archives"}
)  # fmt: skip
_CANDIDATE = re.compile(r"\s*+([^\s,]\S*)(?:\s++[^,()]*+(?:\([^)]*+\))?[^,]*+)?,?")
_REFRESH = re.compile(
    r"^\s{0,20}\d{0,9}(?:\.\d{0,9})?\s{0,20}[;,]?\s{0,20}(?:url\s{0,20}=\s{0,20})?[\"']?([^\"'\s]{1,4000})", re.I
)
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-bg", "data-background-image", "background")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_LOADING = frozenset((*_SOURCES, *_SETS))
_SRC = frozenset({"src"})
_PLAIN_SOURCES = frozenset({"img", "script", "iframe"})
_BESIDE_SRC = (_LOADING - _SRC) | {"style"}
"""What an element may load something by, other than `src`."""
_NOT_OF_SCRIPTS = frozenset(key for key in _SOURCES if key.startswith("data-"))


def base_of(document: Document, url: str) -> Base:
    """The base URL: the first `base` element's, else the page's own."""
    page = Base(url)
    written = next((h for _, _, attributes in document.table.named("base")[:20] if (h := attributes.get("href"))), "")
    declared = page.absolute(written) if written else None
    return Base(declared) if declared else page


def requisites(document: Document, base: Base) -> tuple[str, ...]:
    """URLs the page embeds."""
    elements = document.table
    embedding = [element for element in elements.kept if element[0] in _EMBEDDING and _may_embed(element)]
    lazy = [element for element in elements.lazy if element[0] not in _EMBEDDING or element[0] in _ONLY_WITH]
    if lazy:
        places = document.places
        embedding = sorted(embedding + lazy, key=lambda element: places[element[1].mem_id])
    written: list[str] = []
    for name, node, attributes in embedding:
        if name in _PLAIN_SOURCES and attributes.keys().isdisjoint(_BESIDE_SRC):
            source = attributes.get("src")
            if source:
                written.append(source)
        else:
            written += _embedded(name, node, attributes)
    return tuple(base.each(filter(None, written))[:MOST_REQUISITES])


def _may_embed(element: Element) -> bool:
    needed = _ONLY_WITH.get(element[0])
    return needed is None or not needed.isdisjoint(element[2])


def _embedded(name: str, node: LexborNode, attributes: dict[str, str | None]) -> list[str]:
    style = attributes.get("style")
    found = list(loaded(style[:100_000])) if style else []
    if name == "link":
        rel = frozenset((attributes.get("rel") or "").lower().split())
        preloads = "preload" in rel and (attributes.get("as") or "").lower() in _PRELOADED
        if preloads or not rel.isdisjoint(_LINK_EMBEDS):
            found.append(attributes.get("href") or "")
            found += srcset(attributes.get("imagesrcset") or "")
        return found
    if name == "style":
        found += loaded(node.text()[:2_000_000])
        return found
    if name in {"image", "use"}:
        found.append(attributes.get("href") or attributes.get("xlink:href") or "")
        return found
    if name == "a" or (name == "input" and (attributes.get("type") or "").lower() != "image"):
        return found
    if name == "object":
        found.append(attributes.get("data") or "")
    elif name == "video":
        found.append(attributes.get("poster") or "")
    loading = _LOADING.intersection(attributes)
    if name == "script":
        loading -= _NOT_OF_SCRIPTS
    if loading == _SRC:
        found.append(attributes["src"] or "")
    elif loading:
        found += [value for key in _SOURCES if key in loading and (value := attributes[key])]
        found += [url for key in _SETS if key in loading and (value := attributes[key]) for url in srcset(value)]
    return found


def srcset(value: str) -> Iterator[str]:
    """The URLs of a `srcset` (HTML section 4.8.4.2.1)."""
    for found in _CANDIDATE.finditer(value[:200_000]):
        yield found[1].rstrip(",")


def links(document: Document, base: Base) -> tuple[str, ...]:
    """URLs the page leads to."""
    written = [
        attributes.get("href") if name == "a" else _leading(name, attributes)
        for name, _, attributes in document.table.kept
        if name in _LEADING
    ]
    return tuple(base.each(filter(None, written))[:MOST_LINKS])


def nofollow(document: Document, base: Base) -> frozenset[str]:
    """URLs of which every `a` and `area` element of the page says `rel=nofollow`."""
    elements = document.table
    anchors = [attributes for name in ("a", "area") for _, _, attributes in elements.named(name)]
    saying = {at for at, one in enumerate(anchors) if (rel := one.get("rel")) and "nofollow" in rel.lower().split()}
    if not saying:
        return frozenset()
    told = base.each(href for at, one in enumerate(anchors) if at in saying and (href := one.get("href")))
    others = base.each(href for at, one in enumerate(anchors) if at not in saying and (href := one.get("href")))
    return frozenset(told).difference(others)


def _leading(name: str, attributes: dict[str, str | None]) -> str | None:
    if name == "meta":
        if (attributes.get("http-equiv") or "").strip().lower() != "refresh":
            return None
        target = _REFRESH.match(attributes.get("content") or "")
        return target[1] if target and not target[1].isdigit() else None
    if name == "link":
        rel = (attributes.get("rel") or "").lower().split()
        if _LINK_LEADS.isdisjoint(rel) or "stylesheet" in rel:
            return None
    return attributes.get("href")
