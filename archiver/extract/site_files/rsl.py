# SPDX-License-Identifier: Apache-2.0
"""What a licence file of Really Simple Licensing says (RSL 1.0): uses permitted and prohibited, payment, terms, copyright.

A use that is permitted for payment is conditional. Only kinds of use are told of `permits` and `prohibits`, not users and
countries. The words of a notice are those of its element; of one without words, the value of its `type`.
Guarantees: those of `formats.xml_reading`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from archiver.extract.rights.notice_signals import license_signal, rights_signal
from archiver.extract.site_files.file import SiteFile
from archiver.formats.xml_reading import Stop, XmlReader
from manifests.agents import Confidence, Evidence
from manifests.rights import Notice, NoticeKind

_NAMESPACE = b"rslstandard.org/rsl"
_TOLD = frozenset({"permits", "prohibits", "payment", "standard", "custom", "terms", "copyright"})
_FREE = frozenset({"free", "attribution"})
_MOST = 200
_MOST_USES = 20


def looks_like(entity: bytes) -> bool:
    """Whether these bytes are such a file."""
    head = entity[:4096]
    return _NAMESPACE in head and b"rsl" in head and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def read(file: SiteFile) -> Iterator[Notice]:
    """Notices of an RSL file, in order."""
    reader = _Reader()
    reader.walk((file.entity,))
    scan = _Scan(file)
    for one in reader.found:
        yield from _of_element(one, scan)


@dataclass(slots=True)
class _Element:
    """An element that says something."""

    name: str
    path: str
    kind: str
    """Its `type`."""
    text: str = ""
    paid: bool = True
    """Whether the licence it stands in asks for payment; one that breaks off may."""


@dataclass(slots=True)
class _Licence:
    elements: list[_Element] = field(default_factory=list)
    paid: bool = False


class _Reader(XmlReader):
    """Elements of an RSL file in document order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Element] = []
        self._licence = _Licence()
        self._open: _Element | None = None

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.path) == 1 and name != "rsl":
            raise Stop("not an RSL file")
        if name == "license":
            self._licence = _Licence()
        if name not in _TOLD:
            return
        if len(self.found) >= _MOST:
            raise Stop(f"more than {_MOST} statements")
        one = _Element(name, " > ".join(self.path), attributes.get("type", "").strip().lower())
        self.found.append(one)
        if name == "payment":
            # Its inner elements are told by themselves.
            self._licence.paid |= one.kind not in _FREE
        elif name in {"permits", "prohibits"}:
            self._licence.elements.append(one)
        if name != "payment":
            self._open = one
            self.keep_text()

    def closed(self, name: str) -> None:
        if self._open is not None and name == self._open.name:
            self._open.text = " ".join(self.kept_text().split())
            self._open = None
        if name == "license":
            for one in self._licence.elements:
                one.paid = self._licence.paid


class _Scan:
    """Where elements stand in the file: each is looked for after the one before, so all of it is passed once."""

    def __init__(self, file: SiteFile) -> None:
        self.file = file
        self._at = 0

    def of(self, element: _Element) -> Evidence:
        """Evidence for the words of an element, or for its type where it has none."""
        tag = re.compile(rb"<(?:[A-Za-z0-9_.-]{1,40}:)?%b(?=[\s/>])[^>]{0,4000}>" % element.name.encode("ascii"))
        found = tag.search(self.file.entity, self._at)
        words = element.text or element.kind
        if found is None:
            self._at = len(self.file.entity)  # a tag like no other: the places of all that follow are left open
            return self.file.said(0, 0, words, css_path=element.path)
        self._at = found.end()
        if element.text:
            closes = self.file.entity.find(b"</", found.end())
            return self.file.said(found.end(), max(closes, found.end()), words, css_path=element.path)
        start = found[0].lower().find(element.kind.encode("utf-8"), found[0].find(b"type"))
        start = found.start() + start if element.kind and start >= 0 else 0
        evidence = self.file.said(start, start + len(element.kind.encode("utf-8")), words, css_path=element.path)
        return evidence.model_copy(update={"place": evidence.place.model_copy(update={"attribute": "type"})})


def _of_element(element: _Element, scan: _Scan) -> Iterator[Notice]:
    evidence = scan.of(element)
    if not evidence.text:
        return
    if element.name in {"permits", "prohibits"}:
        if element.kind not in {"usage", ""}:
            return
        value = "disallow" if element.name == "prohibits" else "conditional" if element.paid else "allow"
        for use in re.split(r"[\s,]+", element.text.lower())[:_MOST_USES]:
            if use:
                yield Notice(
                    kind=NoticeKind.AI_PREFERENCE,
                    text=evidence.text,
                    evidence=evidence,
                    confidence=Confidence.HIGH,
                    reason=f"RSL {element.name}",
                    value=value,
                    usage=use[:40],
                )
    elif element.name == "payment":
        yield Notice(
            kind=NoticeKind.ACCESS_CONDITION,
            text=evidence.text,
            evidence=evidence,
            confidence=Confidence.HIGH,
            reason="RSL payment",
            value="allow" if element.kind in _FREE else "conditional",
        )
    elif element.name == "standard":
        yield license_signal(element.text, evidence, "RSL standard licence")
    elif element.name == "copyright":
        yield rights_signal(element.text, evidence, "RSL copyright")
    elif element.text.startswith(("http://", "https://", "/")):
        yield Notice(
            kind=NoticeKind.TERMS_LINK,
            text=evidence.text,
            evidence=evidence,
            confidence=Confidence.HIGH,
            reason=f"RSL {element.name}",
            url=element.text[:4000],
        )
