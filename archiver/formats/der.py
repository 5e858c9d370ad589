# SPDX-License-Identifier: Apache-2.0
"""The distinguished encoding of ASN.1 (X.690): elements in bytes, and bytes of elements. Only what time stamps need.

Guarantees: linear time, no recursion, `ValueError` for everything that is not a whole element. Indefinite lengths and tag
numbers above 30 are not read: DER has no use for the first, and time stamps none for the second. Values are not decoded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
GENERALIZED_TIME, SEQUENCE, SET, FIRST = 0x18, 0x30, 0x31, 0xA0
"""Identifier octets; `FIRST` is the constructed context tag [0]."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element."""

    tag: int
    """Its identifier octet."""
    content: bytes
    whole: bytes
    """With identifier and length, as it stood there."""


def elements(octets: bytes) -> list[Element]:
    """The elements that follow each other in `octets`, to its end."""
    found = []
    at = 0
    while at < len(octets):
        tag = octets[at]
        size, begin = _length(octets, at + 1)
        end = begin + size
        if tag & 0x1F == 0x1F or end > len(octets):
            raise ValueError("not a whole element with a short tag")
        found.append(Element(tag, octets[begin:end], octets[at:end]))
        at = end
    return found


def only(octets: bytes, tag: int) -> Element:
    """The one element that `octets` are, which must have this tag."""
    found = elements(octets)
    if len(found) != 1 or found[0].tag != tag:
        raise ValueError(f"not one element of tag {tag:#04x}")
    return found[0]


def element(tag: int, content: bytes) -> bytes:
    """One element."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of elements."""
    return element(SEQUENCE, b"".join(parts))


def set_of(tag: int, parts: Iterable[bytes]) -> bytes:
    """A SET OF with each of `parts` once, in the order that DER demands (X.690 section 11.6)."""
    return element(tag, b"".join(sorted(set(parts))))


def integer(number: int) -> bytes:
    """An INTEGER that is not negative."""
    return element(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def number(part: Element) -> int:
    """The value of an INTEGER that is not negative; raises `ValueError` for everything else."""
    if part.tag != INTEGER or not part.content or part.content[0] & 0x80:
        raise ValueError("not an integer from zero up")
    return int.from_bytes(part.content, "big")


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER; raises `ValueError` when `dotted` is none."""
    arcs = [int(arc) for arc in dotted.split(".") if arc.isascii() and arc.isdigit()]
    if dotted != ".".join(map(str, arcs)) or len(arcs) < 2 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
        raise ValueError(f"not a dotted object identifier: {dotted[:80]!r}")
    return element(OID, b"".join(map(_base128, (arcs[0] * 40 + arcs[1], *arcs[2:]))))


def first_of(parts: Sequence[Element], tag: int) -> Element | None:
    """The first of these elements that has the tag."""
    return next((part for part in parts if part.tag == tag), None)


def _length(octets: bytes, at: int) -> tuple[int, int]:
    """The length that is written at `at`, and where the content begins."""
    if at >= len(octets):
        raise ValueError("an element ends before its length")
    if octets[at] < 0x80:
        return octets[at], at + 1
    count = octets[at] & 0x7F
    if not 1 <= count <= 4 or at + 1 + count > len(octets):
        raise ValueError("a length that is indefinite, too large or cut")
    return int.from_bytes(octets[at + 1 : at + 1 + count], "big"), at + 1 + count


def _base128(arc: int) -> bytes:
    digits = [arc & 0x7F]
    while arc := arc >> 7:
        digits.append(0x80 | arc & 0x7F)
    return bytes(reversed(digits))
