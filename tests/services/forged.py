# SPDX-License-Identifier: Apache-2.0
"""Stored segments with planted damage: bytes changed under a true seal, or records changed and everything sealed anew.

The second kind is what a careless or hostile writer leaves: every digest of the seal is right and only what is planted is
wrong, so that each check has to find its own damage without help from the digest over the file.
"""

import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archiver.formats.cdxj import IndexLine
from archiver.formats.warc_scan import Scanned, scan
from archiver.services import layout
from archiver.store.memory import MemoryStore
from manifests import Digest, SegmentFile, SegmentManifest, canonical_bytes, captures_root, from_canonical
from manifests.canonical import canonical_json

Edit = Callable[[Any], Any]


def copied(store: MemoryStore, changes: Mapping[str, bytes | None] | None = None) -> MemoryStore:
    """A store with the same objects, but for `changes`; None takes an object away."""
    other = MemoryStore()
    for key in store.list(""):
        content = (changes or {}).get(key, store.get(key))
        if content is not None:
            other.put(key, content, sha256=Digest.of(content), size=len(content))
    return other


@dataclass
class Raw:
    """One WARC record in the making."""

    content: bytes
    """Header, block and the two line breaks."""

    @property
    def record_id(self) -> str:
        found = re.search(rb"WARC-Record-ID: (\S+)", self.content)
        return found[1].decode() if found else ""

    @property
    def kind(self) -> str:
        found = re.search(rb"WARC-Type: (\S+)", self.content)
        return found[1].decode() if found else ""

    @property
    def is_manifest(self) -> bool:
        return b"WARC-Target-URI: urn:manifest:" in self.content

    @property
    def block(self) -> bytes:
        return self.content.partition(b"\r\n\r\n")[2][:-4]

    def replace(self, old: bytes, new: bytes) -> None:
        """Changes bytes and nothing that depends on them."""
        assert old in self.content
        self.content = self.content.replace(old, new, 1)

    def set_block(self, block: bytes) -> None:
        """Another block, with its right length and digest."""
        head = self.content.partition(b"\r\n\r\n")[0]
        head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(block), head)
        head = re.sub(rb"WARC-Block-Digest: \S+", b"WARC-Block-Digest: " + Digest.of(block).encode(), head)
        self.content = head + b"\r\n\r\n" + block + b"\r\n\r\n"

    def edit_manifest(self, edit: Edit) -> None:
        """Another manifest, in canonical bytes; claims stay beside their observation unless `edit` parts them."""
        document = json.loads(self.block)
        edit(document)
        self.set_block(canonical_json(document))


class Segment:
    """A stored segment taken apart: change `records`, `lines` or `facts`, then `sealed` makes a store of it."""

    def __init__(self, store: MemoryStore, folder: str) -> None:
        self._store = store
        self.folder = folder
        self.seal = from_canonical(SegmentManifest, store.get(folder + layout.SEAL))
        warc = store.get(folder + self.seal.warc.name)
        scanned = [one for one in scan(io.BytesIO(warc)) if isinstance(one, Scanned)]
        self.records = [Raw(gzip.decompress(warc[one.offset : one.offset + one.length])) for one in scanned]
        self._ids = {one.offset: f"<urn:uuid:{one.record_id}>" for one in scanned}
        index = store.get(folder + layout.INDEX).splitlines(keepends=True)
        self.lines = [IndexLine.from_bytes(line) for line in index]
        self.facts: dict[str, Any] = {}
        self.edit_index: Edit = lambda content: content
        self.edit_manifests: Edit = lambda lines: lines

    def of(self, kind: str, nth: int = 0) -> Raw:
        """The nth record of a type; `manifest` for the record of a manifest."""
        if kind == "manifest":
            return [one for one in self.records if one.is_manifest][nth]
        return [one for one in self.records if one.kind == kind and not one.is_manifest][nth]

    def sealed(self) -> MemoryStore:
        """A store in which this segment stands as it was changed, under a seal that fits."""
        places: dict[str, tuple[int, int]] = {}
        warc = b""
        for one in self.records:
            member = gzip.compress(one.content, mtime=0)
            places.setdefault(one.record_id, (len(warc), len(member)))
            warc += member
        moved = []
        for line in self.lines:
            own, said = places.get(self._ids[line.offset]), places.get(self._ids[line.manifest_offset])
            if own and said:
                moved.append(_moved(line, own, said))
        index = self.edit_index(b"".join(sorted(moved)))
        manifests = self.edit_manifests([one.block for one in self.records if one.is_manifest])
        packed = gzip.compress(b"".join(one + b"\n" for one in manifests), mtime=0)
        files = {self.seal.warc.name: warc, layout.MANIFESTS: packed, layout.INDEX: index}
        named = {name: SegmentFile(name=name, sha256=Digest.of(raw), size=len(raw)) for name, raw in files.items()}
        facts: dict[str, Any] = {
            "warc": named[self.seal.warc.name],
            "manifests": named[layout.MANIFESTS],
            "index": named[layout.INDEX],
            "captures": len(manifests),
            "captures_root": captures_root([Digest.of(one) for one in manifests]),
        }
        seal = self.seal.model_copy(update=facts | self.facts)
        changes = {self.folder + name: raw for name, raw in files.items()}
        return copied(self._store, changes | {self.folder + layout.SEAL: canonical_bytes(seal)})


def _moved(line: IndexLine, own: tuple[int, int], said: tuple[int, int]) -> bytes:
    named = {name: getattr(line, name) for name in line.__slots__}
    places = {"offset": own[0], "length": own[1], "manifest_offset": said[0], "manifest_length": said[1]}
    return IndexLine(**(named | places)).to_bytes()
