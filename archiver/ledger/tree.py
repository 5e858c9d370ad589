# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 6962 section 2.1: roots, proofs, and the checks of RFC 9162 sections 2.1.3.2 and 2.1.4.2.

Pure arithmetic over SHA-256. Where the hashes of a large tree come from is a `Reader`'s matter (`archiver.ledger.growth`
reads tiles); a root or proof is only as true as what was read, so what a store gave is compared with a signed root.
The checks take any bytes and answer yes or no; they never raise for what a stranger put into a proof.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

Reader = Callable[[int, int], bytes]
"""(level, index) to the hash of the complete subtree over entries [index * 2**level, (index + 1) * 2**level)."""

EMPTY_ROOT = sha256().digest()
"""The root of a tree without entries."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_over(hashes: Sequence[bytes]) -> bytes:
    """The root of a tree whose leaf hashes are all at hand.

    It also holds for hashes of complete subtrees of one size, of which the last may be of fewer entries.
    """
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else EMPTY_ROOT


def root(size: int, read: Reader) -> bytes:
    """The root of the tree over the first `size` entries."""
    return _span_root(0, size, read) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """The path of entry `index` in the tree over the first `size` entries, from the leaf's sibling upwards.

    RFC 6962 section 2.1.1. Raises `ValueError` when the tree has no such entry.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no entry {index}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(_span_root(middle, end, read))
            end = middle
        else:
            path.append(_span_root(start, middle, read))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: Reader) -> list[bytes]:
    """The hashes that show the tree over the first `old` entries within that over the first `new`.

    RFC 6962 section 2.1.2; empty when `old` is 0 or `new`. Raises `ValueError` when `old` is larger.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not grow from one of {old}")
    if old == 0:
        return []
    path = []
    start, end = 0, new
    while old < end:
        middle = _split(start, end)
        if old <= middle:
            path.append(_span_root(middle, end, read))
            end = middle
        else:
            path.append(_span_root(start, middle, read))
            start = middle
    # From 0 this is the old tree itself, whose root the verifier holds.
    if start:
        path.append(_span_root(start, end, read))
    return path[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to from a leaf's hash, or None when the path does not fit the place and size."""
    if not 0 <= index < size or not all(len(one) == 32 for one in (leaf, *proof)):
        return None
    at, last = index, size - 1
    result = leaf
    for sibling in proof:
        if not last:
            return None
        if at & 1 or at == last:
            result = node_hash(sibling, result)
            # The last node of a level without a neighbour is carried upwards as it is.
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        at, last = at >> 1, last >> 1
    return None if last else result


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the path shows a leaf's hash at `index` in the tree of `size` entries with that root."""
    return root_from_inclusion(index, size, leaf, proof) == root


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the hashes show that the tree with `new_root` begins with the entries of that with `old_root`."""
    if not 0 <= old_size <= new_size or not all(len(one) == 32 for one in (old_root, new_root, *proof)):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    # A complete old tree is a node of the new one, and left out of the proof.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else proof
    if not path:
        return False
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = path[0]
    for sibling in path[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        at, last = at >> 1, last >> 1
    return not last and was == old_root and now == new_root


def path_within(entries: Sequence[bytes], index: int) -> list[bytes]:
    """The path of one entry in a small tree whose entries are all at hand; raises `ValueError` when it has no such entry.

    For a seal's `captures_root` the entries are the 32 raw bytes of each manifest's sha256, in file order.
    """
    if not 0 <= index < len(entries):
        raise ValueError(f"a tree of {len(entries)} has no entry {index}")
    level = [leaf_hash(one) for one in entries]
    path = []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level, index = _above(level), index >> 1
    return path


def _above(level: list[bytes]) -> list[bytes]:
    paired = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    return paired + level[len(level) - len(level) % 2 :]


def _split(start: int, end: int) -> int:
    """Where RFC 6962 parts [start, end): the left side is the largest complete subtree short of the whole."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _span_root(start: int, end: int, read: Reader) -> bytes:
    """The hash over entries [start, end), where `start` is one that `_split` leads to."""
    complete = []
    while start < end:
        level = (end - start).bit_length() - 1
        complete.append(read(level, start >> level))
        start += 1 << level
    result = complete.pop()
    while complete:
        result = node_hash(complete.pop(), result)
    return result
