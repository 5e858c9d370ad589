# SPDX-License-Identifier: Apache-2.0
"""What a witness is sent: a checkpoint, and the proof that it grew out of one seen before (c2sp.org/tlog-witness).

Guarantees: what `parse` takes, `to_bytes` gives back byte for byte. Leaves to others whether the proof holds, who signed the
checkpoint, and what the witness has seen.
"""

import re
from dataclasses import dataclass

from archiver.formats.checkpoint import MAX_SIZE
from archiver.formats.signed_note import Malformed, from_base64, to_base64

MOST_HASHES = 63
"""Of a proof: more than any tree needs."""
SIZE_TYPE = "text/x.tlog.size"
"""The media type of an answer that holds the size that the witness saw last."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The body of a request to `add-checkpoint`."""

    old: int
    """The size of the tree that the witness saw last, as the sender has it."""
    proof: tuple[bytes, ...]
    """The consistency proof from that tree (RFC 6962 section 2.1.2): hashes of 32 bytes."""
    note: bytes
    """The signed checkpoint."""

    def to_bytes(self) -> bytes:
        """The body. Raises `Malformed` when `parse` would not give this back."""
        lines = [f"old {self.old}", *map(to_base64, self.proof), ""]
        content = "".join([f"{one}\n" for one in lines]).encode("ascii") + self.note
        if parse(content) != self:
            raise Malformed("a request whose size or hashes would be read as others")
        return content


def parse(content: bytes) -> AddCheckpoint:
    """What the body of a request says. Raises `Malformed`."""
    head, empty_line, note = content.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError as fault:
        raise Malformed("a request whose first lines are not ASCII") from fault
    found = _OLD.fullmatch(first)
    if not empty_line or not found or int(found[1]) > MAX_SIZE:
        raise Malformed("a request begins with `old`, a space and a size; proof, empty line and checkpoint follow")
    if len(hashes) > MOST_HASHES:
        raise Malformed(f"a proof of {len(hashes)} hashes, of which {MOST_HASHES} are allowed")
    proof = tuple(from_base64(one) for one in hashes)
    if any(len(one) != 32 for one in proof):
        raise Malformed("a proof holds hashes of 32 bytes")
    return AddCheckpoint(int(found[1]), proof, note)


def size_of(body: bytes) -> int:
    """The size that the body of a refusal holds. Raises `Malformed`."""
    found = _SIZE.fullmatch(body)
    if not found or int(found[1]) > MAX_SIZE:
        raise Malformed(f"not a tree size: {body[:40]!r}")
    return int(found[1])
