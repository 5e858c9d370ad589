# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: the text that states a log's name, its size and the root of its tree (c2sp.org/tlog-checkpoint).

Guarantees: what `parse` takes, `to_text` gives back character for character; a size has one spelling, a root is 32
bytes, and an empty tree has the one root that RFC 6962 section 2.1 gives it. Leaves the signatures to `signed_note`,
and to others whether the root is that of the tree.
"""

import hashlib
import re
from dataclasses import dataclass

from archiver.formats.signed_note import Malformed, from_base64, to_base64

MAX_SIZE = 2**63 - 1

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log's tree, unsigned."""

    origin: str
    """The log's name: by custom a URL without its scheme."""
    size: int
    """How many entries the tree has."""
    root: bytes
    """The 32 bytes of its RFC 6962 tree hash."""
    extensions: tuple[str, ...] = ()
    """Further lines, opaque; the specification advises against them."""

    def to_text(self) -> str:
        """The text of the note, with its final line feed. Raises `Malformed` when `parse` would not give this back."""
        lines = [self.origin, str(self.size), to_base64(self.root), *self.extensions]
        text = "".join([f"{line}\n" for line in lines])
        if parse(text) != self:
            raise Malformed("a checkpoint whose lines would be read as others")
        return text


def parse(text: str) -> Checkpoint:
    """The checkpoint that the text of a note states. Raises `Malformed`."""
    if _CONTROL.search(text):
        raise Malformed("a checkpoint with a control character other than the line feed")
    *lines, end = text.split("\n")
    if end or len(lines) < 3 or not all(lines):
        raise Malformed("a checkpoint that is not three or more full lines, each ending in a line feed")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise Malformed(f"not a tree size: {size[:40]!r}")
    hashed = from_base64(root)
    if len(hashed) != 32:
        raise Malformed(f"a root of {len(hashed)} bytes, of which there are 32")
    if size == "0" and hashed != hashlib.sha256().digest():
        raise Malformed("an empty tree with a root that is not that of an empty tree")
    return Checkpoint(origin, int(size), hashed, tuple(extensions))
