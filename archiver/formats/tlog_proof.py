# SPDX-License-Identifier: Apache-2.0
"""Portable proofs that an entry is in a log: place, path and checkpoint in one text file (c2sp.org/tlog-proof).

Guarantees: what `parse` takes, `to_bytes` gives back byte for byte; the checkpoint is a well-formed one, of a tree that
has an entry at the place. Leaves to others the signatures (`signed_note.verified`), the path
(`archiver.ledger.tree.verify_inclusion`) and the entry itself, which a proof does not hold.
"""

import re
from dataclasses import dataclass

from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note
from archiver.formats.signed_note import Malformed, from_base64, to_base64

SUFFIX = ".tlog-proof"
HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That an entry is in the tree of a checkpoint."""

    index: int
    """The entry's place in the log, from 0."""
    hashes: tuple[bytes, ...]
    """The inclusion proof of RFC 6962 section 2.1.1, 32 bytes each, from the leaf's sibling to the root's child."""
    checkpoint: bytes
    """The signed note of the tree's head, as published."""
    extra: bytes | None = None
    """Further bytes, which nothing vouches for; never empty."""

    def to_bytes(self) -> bytes:
        """The file. Raises `Malformed` when `parse` would not give this proof back."""
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(to_base64, self.hashes)]
        content = "".join([f"{line}\n" for line in lines]).encode() + b"\n" + self.checkpoint
        if parse(content) != self:
            raise Malformed("a proof whose lines would be read as others")
        return content


def parse(content: bytes) -> TlogProof:
    """A proof as it was written, unverified. Raises `Malformed`."""
    head, empty_line, checkpoint = content.partition(b"\n\n")
    if not empty_line or not head.isascii():
        raise Malformed("a proof without an empty line before its checkpoint, or not in ASCII before it")
    header, *lines = head.decode("ascii").split("\n")
    if header != HEADER:
        raise Malformed(f"not a proof of the form {HEADER}: {header[:100]!r}")
    extra = from_base64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or extra == b"":
        raise Malformed("a proof without an index line, or with an empty extra line")
    hashes = tuple([from_base64(line) for line in lines])
    if len(hashes) > MAX_HASHES or any(len(one) != 32 for one in hashes):
        raise Malformed(f"a proof with {len(hashes)} hashes, where up to {MAX_HASHES} of 32 bytes are allowed")
    size = checkpoints.parse(signed_note.parse(checkpoint).text).size
    if int(index[1]) >= size:
        raise Malformed(f"a proof of entry {index[1]} in a tree of {size}")
    return TlogProof(int(index[1]), hashes, checkpoint, extra)
