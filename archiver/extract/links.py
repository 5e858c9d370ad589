# SPDX-License-Identifier: Apache-2.0
"""What a page embeds (its requisites) and where it leads (its links), as absolute http(s) URLs in document order.

Lazy-loading attributes in common use count as if the script had run. Each list is unique and bounded.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from archiver.extract.css import loaded
from archiver.extract.document import Document
from archiver.extract.references import Base

MOST_REQUISITES = 2000
MOST_LINKS = 10_000

_EMBEDDING = (
    "img,source,script[src],link[href],link[imagesrcset],iframe,frame,embed,object[data],video,audio,track,input[src],style,image,use,"
    "[style*='url('],[background],[data-src],[data-srcset],[data-lazy-src],[data-bg],[data-background-image],[data-original]"
)
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
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original", "data-bg", "data-background-image")


def base_of(document: Document, url: str) -> Base:
    """The base URL: the first `base` element's, else the page's own."""
    page = Base(url)
    first = next((n for n in document.tree.css("base")[:20] if n.attributes.get("href")), None)
    declared = page.absolute(first.attributes.get("href") or "") if first else None
    return Base(declared) if declared else page


def requisites(document: Document, base: Base) -> tuple[str, ...]:
    """URLs the page embeds."""
    found: dict[str, None] = {}
    for node in document.tree.css(_EMBEDDING):
        for written in _embedded(node):
            absolute = base.absolute(written)
            if absolute:
                found[absolute] = None
        if len(found) >= MOST_REQUISITES:
            break
    return tuple(found)[:MOST_REQUISITES]


def _embedded(node: LexborNode) -> Iterator[str]:
    name, attributes = node.tag, node.attributes
    style = attributes.get("style")
    if style:
        yield from loaded(style[:100_000])
    if name == "link":
        rel = frozenset((attributes.get("rel") or "").lower().split())
        preloads = "preload" in rel and (attributes.get("as") or "").lower() in _PRELOADED
        if preloads or not rel.isdisjoint(_LINK_EMBEDS):
            yield attributes.get("href") or ""
            yield from srcset(attributes.get("imagesrcset") or "")
        return
    if name == "style":
        yield from loaded(node.text()[:2_000_000])
        return
    if name in {"image", "use"}:
        yield attributes.get("href") or attributes.get("xlink:href") or ""
        return
    if name == "input" and (attributes.get("type") or "").lower() != "image":
        return
    if name == "object":
        yield attributes.get("data") or ""
    if name == "video":
        yield attributes.get("poster") or ""
    if name == "a":
        return
    for key in (*_SOURCES, "background"):
        value = attributes.get(key)
        if value and not (key.startswith("data-") and name == "script"):
            yield value
    for key in ("srcset", "data-srcset", "data-lazy-srcset"):
        value = attributes.get(key)
        if value:
            yield from srcset(value)


def srcset(value: str) -> Iterator[str]:
    """The URLs of a `srcset` (HTML section 4.8.4.2.1)."""
    for found in _CANDIDATE.finditer(value[:200_000]):
        yield found[1].rstrip(",")


def links(document: Document, base: Base) -> tuple[str, ...]:
    """URLs the page leads to."""
    found: dict[str, None] = {}
    for node in document.tree.css("a[href],area[href],link[href],meta[http-equiv]"):
        written = _leading(node)
        absolute = base.absolute(written) if written else None
        if absolute:
            found[absolute] = None
            if len(found) >= MOST_LINKS:
                break
    return tuple(found)


def _leading(node: LexborNode) -> str | None:
    attributes = node.attributes
    if node.tag == "meta":
        if (attributes.get("http-equiv") or "").strip().lower() != "refresh":
            return None
        target = _REFRESH.match(attributes.get("content") or "")
        return target[1] if target and not target[1].isdigit() else None
    if node.tag == "link":
        rel = (attributes.get("rel") or "").lower().split()
        if _LINK_LEADS.isdisjoint(rel) or "stylesheet" in rel:
            return None
    return attributes.get("href")
