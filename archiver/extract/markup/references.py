# SPDX-License-Identifier: Apache-2.0
"""References of a page made absolute against its base (RFC 3986 section 5, with the white space rules of the URL Standard).

Only http and https come out; fragments and user names are dropped, spaces are percent-encoded, over-long ones refused.
"""

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

_STRIPPED = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"<>`{}|]")
_DOTS = re.compile(r"/\.{1,2}(?:/|$|\?)")
_PLAIN = re.compile(r"https?://[a-zA-Z0-9](?:[a-zA-Z0-9.\-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?/[^\x00-\x20\x7f\"<>`{}|\\#]*")
"""A reference that needs nothing done to it."""
_ROOTED = re.compile(r"/(?!/)[^\x00-\x20\x7f\"<>`{}|\\#]*+")
"""A path from the root that needs nothing done to it, dot segments aside."""
_ODD = (*map(chr, range(0x21)), *'\x7f"<>`{}|\\#')
"""What a reference that needs nothing done to it does not hold."""
_LONGEST = 8000


class Base:
    """What relative references are resolved against."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._known: dict[str, str | None] = {}
        self._origins: set[str] = set()
        """Beginnings, up to the path, of references that need nothing done to them."""
        try:
            parts = urlsplit(url)
            self._scheme = parts.scheme.lower()
            self._origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        except ValueError:
            self._scheme, self._origin, self.url = "", "", ""
        self._has_plain_origin = _PLAIN.fullmatch(f"{self._origin}/") is not None

    def absolute(self, reference: str) -> str | None:
        """The absolute URL without fragment, or None when it is not http(s), empty, or cannot be read."""
        if reference in self._known:
            return self._known[reference]
        resolved = self._resolved(reference)
        if len(reference) < 500:
            self._known[reference] = resolved
        return resolved

    def each(self, references: Iterable[str]) -> list[str]:
        """The absolute URLs of those of several references that have one, in order, each once."""
        written = list(dict.fromkeys(references))
        joined = "".join(written)
        marks = [mark for mark in _ODD if mark in joined]
        odd = {one for mark in marks for one in written if mark in one}
        known, origins, rooted = self._known, self._origins, self._origin if self._has_plain_origin else None
        absolute: dict[str, None] = {}
        for one in written:
            if one not in odd and len(one) < 500:
                if one[:1] == "/":
                    if rooted and one[1:2] != "/" and "/." not in one:
                        absolute[rooted + one] = None
                        continue
                elif one[: one.find("/", 8) + 1] in origins:
                    absolute[one] = None
                    continue
            url = known[one] if one in known else self.absolute(one)
            if url:
                absolute[url] = None
                if url is one and len(origins) < 1000:
                    origins.add(one[: one.find("/", 8) + 1])
        return list(absolute)

    def _resolved(self, reference: str) -> str | None:
        if self._has_plain_origin and _ROOTED.fullmatch(reference) and "/." not in reference:
            return None if len(reference) > _LONGEST else self._origin + reference
        if _PLAIN.fullmatch(reference):
            return reference
        if reference.startswith("data:"):
            return None
        if reference.startswith("//") and self._has_plain_origin and ";" not in reference and reference[-1] != "?":
            resolved = f"{self._scheme}:{reference}"
            if len(reference) <= _LONGEST and _PLAIN.fullmatch(resolved):
                return resolved
        written = reference.strip(" \t\n\r\f\x00")
        if not written or len(written) > _LONGEST or written[0] == "#":
            return None
        if "\n" in written or "\t" in written or "\r" in written:
            written = _STRIPPED.sub("", written)
        lowered = written[:8].lower()
        if _SCHEME.match(written) and not lowered.startswith(("http:", "https:")):
            return None
        written = written.split("#", 1)[0]
        head, mark, query = written.partition("?")
        if "\\" in head:
            head = head.replace("\\", "/")
        written = head + mark + query
        if lowered.startswith(("http://", "https://")):
            if _PLAIN.fullmatch(written):
                return written
            resolved = written
        elif written[:1] == "/" and written[1:2] != "/" and self._origin and not _DOTS.search(written):
            resolved = self._origin + written
            if _PLAIN.fullmatch(resolved):
                return resolved
        else:
            try:
                resolved = urljoin(self.url, written)
            except ValueError:
                return None
        return _checked(resolved)


def _checked(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    if "@" in parts.netloc:
        url = url.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
    if not parts.path:
        at = url.find("?")
        url = f"{url}/" if at < 0 else f"{url[:at]}/{url[at:]}"
    return _UNSAFE.sub(lambda c: f"%{ord(c[0]):02X}", url) if _UNSAFE.search(url) else url
