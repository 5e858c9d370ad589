# SPDX-License-Identifier: Apache-2.0
"""Reading a gzipped WARC file strictly: member by member, every byte accounted for.

The usual readers hand out a shortened record of a cut file without a word. This one yields whole records only, and then, if
the file does not end exactly after a member, one `Damage` saying where and how. It inflates in bounded steps, allocates
nothing by a declared size, and recomputes block digests on the way. It serves recovery, sealing and verification.

Most members are small and hold one record without a fault. Such a one is inflated in one call and taken apart where it
lies; every other goes the long way, piece by piece, which alone decides what is wrong.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from isal import isal_zlib

from archiver.exchange import Tape
from manifests.digest import Digest

_STEP = 1 << 16
_READ = 1 << 20
_AT_ONCE = 1 << 20
"""Octets that a member may inflate to in one call."""
_MAX_HEADER = 4 << 20
_GZIP = b"\x1f\x8b"
_VERSIONS = (b"WARC/1.1", b"WARC/1.0", b"WARC/0.18", b"WARC/0.17")
_DIGITS = re.compile(r"[0-9]{1,18}\Z")
_PLAIN_FIELD = re.compile(r"\r\n([^\s:]+):[ \t]*((?:\S(?:[^\r\n]*\S)?)?)(?=\r\n|\Z)")
_PLAIN_VERSIONS = (b"WARC/1.1\r\n", b"WARC/1.0\r\n")
MANDATORY = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_MANDATORY = {name.lower() for name in MANDATORY}


class SupportsRead(Protocol):
    """Anything that bytes can be read from, in order."""

    def read(self, size: int, /) -> bytes:
        """At most `size` octets; none at the end."""
        ...


@dataclass(slots=True)
class Scanned:
    """One whole record and the member it was in."""

    offset: int
    """Octets before its gzip member."""
    length: int
    """Octets of its gzip member."""
    fields: tuple[tuple[str, str], ...]
    """Named fields in order."""
    block: Tape
    named: dict[str, str]
    """The first value of each named field, by its name in lower case."""
    block_sha256: Digest
    wrong: tuple[tuple[str, str], ...] = ()
    """Finding codes and details for what is wrong although the member is whole: W03, W04, W06, W07."""

    def get(self, name: str) -> str | None:
        """The first value of the named field, any case, or None."""
        return self.named.get(name.lower())

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.named.get("warc-type", "")

    @property
    def record_id(self) -> str:
        """The UUID of WARC-Record-ID, bare."""
        return self.named.get("warc-record-id", "").removeprefix("<urn:uuid:").removesuffix(">")


@dataclass(frozen=True, slots=True)
class Damage:
    """The file is not whole from `offset` on; nothing after it was read."""

    offset: int
    """Octets before the member that is damaged."""
    code: str
    """A finding code: W01 (cut), W02 (damaged)."""
    detail: str


def scan(stream: SupportsRead, start: int = 0, members: Iterable[int] = ()) -> Iterator[Scanned | Damage]:
    """Whole records from the stream's position, whose offset in the file is `start`; at most one `Damage`, last.

    `members` are offsets, in order, at which members are said to begin. They make it quicker where they are right, and make
    no other difference.
    """
    held, at, offset = memoryview(b""), 0, start
    said = iter(members)
    after = next(said, None)
    far: int | None = None
    while True:
        while after is not None and after <= offset:
            after = next(said, None)
        # What lies behind the member is copied by the library, so it is given no more than is needed.
        wanted = min(after - offset, _READ) if after not in (None, far) else _STEP
        if len(held) - at < wanted:
            held, at = memoryview(b"".join((held[at:], stream.read(_READ)))), 0
            if not held:
                return
        inflating = isal_zlib.decompressobj(31)
        feed: memoryview | bytes = held[at : at + wanted]
        at += len(feed)
        length = len(feed)
        record = None
        try:
            content = inflating.decompress(feed, _AT_ONCE)
            ended = bool(inflating.eof)
            if ended:
                behind = len(inflating.unused_data)
                at, length = at - behind, length - behind
                far = after if behind > _STEP else far  # several members lie before it
                yield _at_once(content, offset, length) or _piecewise(content).finish(offset, length)
                offset += length
                continue
            record = _piecewise(content)
            while not inflating.eof:
                feed = inflating.unconsumed_tail
                if not feed:
                    if at == len(held):
                        held, at = memoryview(stream.read(_READ)), 0
                    feed = held[at : at + _STEP]
                    at += len(feed)
                    length += len(feed)
                    if not feed:
                        record.discard()
                        yield Damage(offset, "W01", f"the file ends {length} octets into a gzip member")
                        return
                record.feed(inflating.decompress(feed, _STEP))
        except isal_zlib.IsalError as fault:  # type: ignore[misc]  # the stubs have it as an instance
            what = f"the gzip member does not inflate: {fault}"
            if record is None and bytes(feed[:2]) != _GZIP[: len(feed)]:
                what = f"what stands here is not compressed with gzip: it begins with {bytes(feed[:12])!r}"
            if record is not None:
                record.discard()
            yield Damage(offset, "W02", what)
            return
        behind = len(inflating.unused_data)
        at, length = at - behind, length - behind
        yield record.finish(offset, length)
        offset += length


def _at_once(content: bytes, offset: int, length: int) -> Scanned | None:
    """The record of a member, when it is plain and without a fault; None for every other."""
    end = content.find(b"\r\n\r\n")
    if end < 0 or not content.startswith(_PLAIN_VERSIONS) or not content.endswith(b"\r\n\r\n"):
        return None
    try:
        head = content[:end].decode("utf-8")
    except UnicodeDecodeError:
        return None
    found = _PLAIN_FIELD.findall(head)
    named = {name.lower(): value for name, value in found}
    declared = named.get("content-length", "")
    if (
        len(named) != len(found)
        or len(found) != head.count("\r\n")
        or not _DIGITS.match(declared)
        or int(declared) != len(content) - end - 8
        or not named.keys() >= _MANDATORY
    ):
        return None
    block = memoryview(content)[end + 4 : -4]
    digest = Digest.from_raw("sha256", hashlib.sha256(block).digest())
    if named.get("warc-block-digest", digest) != digest:
        return None
    return Scanned(offset, length, tuple(found), Tape.holding(block), named, digest)


def _piecewise(content: bytes) -> "_RecordReader":
    record = _RecordReader()
    for at in range(0, len(content), _STEP):
        record.feed(content[at : at + _STEP])
    return record


class _RecordReader:
    """Takes the inflated bytes of one member apart: header, block, and what follows."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._fields: tuple[tuple[str, str], ...] | None = None
        self._left = 0
        self._tail = bytearray()
        self._extra = 0
        self._block = Tape()
        self._sha256 = hashlib.sha256()
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._wrong: list[tuple[str, str]] = []

    def feed(self, inflated: bytes) -> None:
        if self._fields is None:
            before = max(0, len(self._head) - 3)
            self._head += inflated
            end = self._head.find(b"\r\n\r\n", before)
            if end < 0:
                if len(self._head) > _MAX_HEADER:
                    self._extra += len(self._head) - _MAX_HEADER
                    del self._head[_MAX_HEADER:]
                return
            inflated = bytes(self._head[end + 4 :])
            self._parse(bytes(self._head[:end]))
        take = inflated[: self._left]
        if take:
            self._left -= len(take)
            self._block.append(take)
            self._sha256.update(take)
            self._sha1.update(take)
        rest = inflated[len(take) :]
        room = 4 - len(self._tail)
        self._tail += rest[:room]
        self._extra += max(0, len(rest) - room)

    def _parse(self, head: bytes) -> None:
        version, *lines = head.split(b"\r\n")
        if version not in _VERSIONS:
            self._wrong.append(("W03", f"the version line is {version[:40]!r}"))
        fields: list[tuple[str, str]] = []
        for line in lines:
            name, colon, value = line.decode("utf-8", "replace").partition(":")
            if line[:1] in (b" ", b"\t") and fields:
                fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.decode('utf-8', 'replace').strip()}".strip())
            elif not colon or not name.strip():
                self._wrong.append(("W03", f"a named field without a colon: {line[:60]!r}"))
            else:
                fields.append((name.strip(), value.strip()))
        self._fields = tuple(fields)
        declared = [value for name, value in fields if name.lower() == "content-length"]
        if len(declared) == 1 and _DIGITS.match(declared[0]):
            self._left = int(declared[0])
        else:
            self._wrong.append(("W03", f"Content-Length is {declared!r}"[:120]))

    def discard(self) -> None:
        """Frees what a damaged member has taken."""
        self._block.close()

    def finish(self, offset: int, length: int) -> Scanned:
        fields = self._fields or ()
        wrong = self._wrong
        if self._fields is None:
            wrong.append(("W03", "the record has no header"))
        elif self._left:
            wrong.append(("W03", f"the block is {self._left} octets shorter than Content-Length"))
        elif bytes(self._tail) != b"\r\n\r\n":
            wrong.append(("W03", f"the record ends with {bytes(self._tail)!r}, not with two line breaks"))
        elif self._extra:
            wrong.append(("W06", f"{self._extra} octets follow the record in its gzip member"))
        named: dict[str, str] = {}
        for name, value in fields:
            named.setdefault(name.lower(), value)
        missing = [name for name in MANDATORY if name.lower() not in named]
        if fields and missing:
            wrong.append(("W07", f"missing: {', '.join(missing)}"))
        sha256 = Digest.from_raw("sha256", self._sha256.digest())
        sha1 = Digest.from_raw("sha1", self._sha1.digest())
        stated = named.get("warc-block-digest")
        if stated is not None and digest_matches(stated, sha256, sha1) is False:
            wrong.append(("W04", f"the header says {stated[:80]}, the block is {sha256}"))
        return Scanned(offset, length, fields, self._block, named, sha256, tuple(wrong))


def digest_matches(stated: str, *digests: Digest) -> bool | None:
    """Whether a labelled digest field (`sha1:BASE32`, `sha256:hex` or base32) equals one of `digests`.

    None when none of them is of its algorithm.
    """
    algorithm, _, value = stated.strip().partition(":")
    for digest in digests:
        if digest.algorithm == algorithm.lower().replace("-", ""):
            return value.lower() == digest.hex or value.upper().rstrip("=") == digest.base32
    return None
