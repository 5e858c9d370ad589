# SPDX-License-Identifier: Apache-2.0
"""The definitions of RFC 6962 section 2.1 word by word, slow and recursive, for other code to be held against."""

from collections.abc import Sequence
from hashlib import sha256


def split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(entries: Sequence[bytes]) -> bytes:
    """Section 2.1: the Merkle tree hash."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Section 2.1.1: the audit path of entry `m`."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: Sequence[bytes], complete: bool = True) -> list[bytes]:
    """Section 2.1.2: the consistency proof between the first `m` entries and all."""
    if m == len(entries):
        return [] if complete else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*proof(m, entries[:k], complete), mth(entries[k:])]
    return [*proof(m - k, entries[k:], False), mth(entries[:k])]


def subtree(entries: Sequence[bytes], level: int, index: int) -> bytes:
    """What a `Reader` gives, from the entries themselves."""
    width = 1 << level
    assert (index + 1) * width <= len(entries)
    return mth(entries[index * width : (index + 1) * width])
