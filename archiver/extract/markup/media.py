# SPDX-License-Identifier: Apache-2.0
"""What kind of bytes an entity is, from its first bytes and its Content-Type (after WHATWG MIME Sniffing section 7).

Names what the bytes look like; says apart whether they are to be read as a page or as plain text.
"""

import re

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"wOF2", "font/woff2"),
    (b"wOFF", "font/woff"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\x00asm", "application/wasm"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_HTML = re.compile(
    rb"[\s\x00]{0,512}(?:<!--.{0,400}?-->\s{0,64}){0,3}<(?:!doctype\s{1,9}html|html|head|body|script|"
    rb"iframe|h1|div|font|table"
    rb"|a|style|title|b|br|p|meta|link)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_TEXT_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
PAGES = frozenset({"text/html", "application/xhtml+xml"})
"""Types that are read as pages."""


def essence(content_type: str | None) -> str | None:
    """The type without parameters, lower case, or None."""
    name = (content_type or "")[:200].split(";", 1)[0].strip().lower()
    return name if re.fullmatch(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+", name) else None


def _binary(head: bytes) -> str | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wave", b"AVI ": "video/avi"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "image/avif" if head[8:12] in {b"avif", b"avis"} else "video/mp4"
    return None


def detect(entity: bytes, content_type: str | None) -> str | None:
    """What the bytes look like, whatever the header says; None for no bytes."""
    if not entity:
        return None
    head = entity[:2048]
    magic = _binary(head)
    if magic:
        return magic
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = head[2:].replace(b"\x00", b"")
    head = head.removeprefix(b"\xef\xbb\xbf")
    stated = essence(content_type)
    if _HTML.match(head):
        return stated if stated in PAGES else "text/html"
    if head.lstrip()[:5] == b"<?xml":
        return _xml(head, stated)
    if stated in PAGES and (b"<" in head or not _TEXT_CONTROLS.search(head)):
        return stated
    if _TEXT_CONTROLS.search(head):
        return "application/octet-stream"
    if head.lstrip()[:4].lower() == b"<svg":
        return "image/svg+xml"
    if stated and (stated.startswith("text/") or stated.endswith(("+json", "/json", "+xml", "/xml", "javascript"))):
        return stated
    return "application/json" if head.lstrip()[:1] in {b"{", b"["} else "text/plain"


def _xml(head: bytes, stated: str | None) -> str:
    if b"http://www.w3.org/1999/xhtml" in head or b"//DTD XHTML" in head:
        return stated if stated in PAGES else "application/xhtml+xml"
    if stated in PAGES:
        return stated
    if b"<svg" in head:
        return "image/svg+xml"
    return stated if stated and stated.endswith("xml") else "application/xml"


def reads_as_page(detected: str | None, content_type: str | None) -> bool:
    """Whether a browser would show these bytes as a page: text/plain is never sniffed into one."""
    return detected in PAGES and essence(content_type) in {
        *PAGES,
        None,
        "application/octet-stream",
        "text/xml",
        "application/xml",
    }


def reads_as_text(detected: str | None, content_type: str | None) -> bool:
    """Whether the bytes are plain text, or said to be and not binary."""
    return detected in {"text/plain", "text/markdown"} or (detected in PAGES and essence(content_type) == "text/plain")
