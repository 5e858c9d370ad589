# SPDX-License-Identifier: Apache-2.0
"""Reading a gzipped WARC file strictly: member by member, every byte accounted for.

The usual readers hand out a shortened record of a cut file without a word. This one yields whole records only, and then, if
the file does not end exactly after a member, one `Damage` saying where and how. It inflates in bounded steps, allocates
nothing by a declared size, and recomputes block digests on the way. It serves recovery, sealing and verification.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from isal import isal_zlib

from archiver.exchange import Tape
from manifests.digest import Digest

_STEP = 1 << 16
_MAX_HEADER = 4 << 20
_GZIP = b"\x1f\x8b"
_VERSIONS = (b"WARC/1.1", b"WARC/1.0", b"WARC/0.18", b"WARC/0.17")
_DIGITS = re.compile(r"[0-9]{1,18}\Z")
MANDATORY = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")


class SupportsRead(Protocol):
    """Anything that bytes can be read from, in order."""

    def read(self, size: int, /) -> bytes:
        """At most `size` octets; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Scanned:
    """One whole record and the member it was in."""

    offset: int
    """Octets before its gzip member."""
    length: int
    """Octets of its gzip member."""
    fields: tuple[tuple[str, str], ...]
    """Named fields in order."""
    block: Tape
    block_sha256: Digest
    block_sha1: Digest
    wrong: tuple[tuple[str, str], ...] = ()
    """Finding codes and details for what is wrong although the member is whole: W03, W04, W06, W07."""

    def get(self, name: str) -> str | None:
        """The first value of the named field, any case, or None."""
        lowered = name.lower()
        return next((value for key, value in self.fields if key.lower() == lowered), None)

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.get("WARC-Type") or ""

    @property
    def record_id(self) -> str:
        """The UUID of WARC-Record-ID, bare."""
        return (self.get("WARC-Record-ID") or "").removeprefix("<urn:uuid:").removesuffix(">")


@dataclass(frozen=True, slots=True)
class Damage:
    """The file is not whole from `offset` on; nothing after it was read."""

    offset: int
    """Octets before the member that is damaged."""
    code: str
    """A finding code: W01 (cut), W02 (damaged)."""
    detail: str


def scan(stream: SupportsRead, start: int = 0) -> Iterator[Scanned | Damage]:
    """Whole records from the stream's position, whose offset in the file is `start`; at most one `Damage`, last."""
    held = b""
    offset = start
    while True:
        if not held:
            held = stream.read(_STEP)
            if not held:
                return
        inflating = isal_zlib.decompressobj(31)
        record = _RecordReader()
        length = 0
        while not inflating.eof:
            feed = inflating.unconsumed_tail
            if not feed:
                feed, held = held or stream.read(_STEP), b""
                length += len(feed)
            if not feed:
                record.discard()
                yield Damage(offset, "W01", f"the file ends {length} octets into a gzip member")
                return
            try:
                record.feed(inflating.decompress(feed, _STEP))
            except isal_zlib.IsalError as fault:  # type: ignore[misc]  # the stubs have it as an instance
                what = f"the gzip member does not inflate: {fault}"
                if length == len(feed) and not feed.startswith(_GZIP[: len(feed)]):
                    what = f"what stands here is not compressed with gzip: it begins with {bytes(feed[:12])!r}"
                record.discard()
                yield Damage(offset, "W02", what)
                return
        held = inflating.unused_data
        length -= len(held)
        yield record.finish(offset, length)
        offset += length


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
        names = {name.lower() for name, _ in fields}
        missing = [name for name in MANDATORY if name.lower() not in names]
        if fields and missing:
            wrong.append(("W07", f"missing: {', '.join(missing)}"))
        scanned = Scanned(
            offset=offset,
            length=length,
            fields=fields,
            block=self._block,
            block_sha256=Digest(f"sha256:{self._sha256.hexdigest()}"),
            block_sha1=Digest(f"sha1:{self._sha1.hexdigest()}"),
            wrong=tuple(wrong),
        )
        return _with_block_digest_checked(scanned)


def _with_block_digest_checked(scanned: Scanned) -> Scanned:
    stated = scanned.get("WARC-Block-Digest")
    if stated is None or digest_matches(stated, scanned.block_sha256, scanned.block_sha1) is not False:
        return scanned
    detail = f"the header says {stated[:80]}, the block is {scanned.block_sha256}"
    return Scanned(
        scanned.offset,
        scanned.length,
        scanned.fields,
        scanned.block,
        scanned.block_sha256,
        scanned.block_sha1,
        (*scanned.wrong, ("W04", detail)),
    )


def digest_matches(stated: str, *digests: Digest) -> bool | None:
    """Whether a labelled digest field (`sha1:BASE32`, `sha256:hex` or base32) equals one of `digests`.

    None when none of them is of its algorithm.
    """
    algorithm, _, value = stated.strip().partition(":")
    for digest in digests:
        if digest.algorithm == algorithm.lower().replace("-", ""):
            return value.lower() == digest.hex or value.upper().rstrip("=") == digest.base32
    return None
