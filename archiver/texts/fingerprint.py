# SPDX-License-Identifier: Apache-2.0
"""What two texts are compared by: their words, a SimHash of 64 bits, and hashes of short runs of words.

Texts are compared without case, punctuation and compatibility forms (NFKC). In scripts that are written without spaces each
character counts as a word. A shingle is a run of words; its hash is made of the CRC-32 of each, rotated by its place, so that
it is the same on every machine and in every version. All words of a text are hashed at once, as lanes of one large integer:
the interpreter's own steps for each word would take ten times as long.

`passages` keeps some of the shingles by winnowing (Schleimer, Wilkerson and Aiken, 2003): of each `WINDOW` shingles in a row
at least one. So two texts that share `PASSAGE` words in a row, or more, share at least one hash.
"""

import re
import struct
import unicodedata
from zlib import crc32

SIMHASH_SHINGLE = 2
"""Words of a shingle for SimHash: with longer ones a few changed words would turn too many bits."""
SHINGLE = 4
"""Words of a shingle for passages and overlap."""
WINDOW = 15
"""Shingles in a row of which at least one is kept."""
PASSAGE = SHINGLE + WINDOW - 1
"""Words in a row that are found for certain."""

_LANE = 8
_FIRST, _SECOND = 0x9E3779B1, 0x85EBCA77
"""Odd numbers below 2**32 of irregular bits: a lane of 64 bits holds their product with any CRC-32."""
_TURN = 23
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+)"
)
"""Thai, Lao, Burmese, Khmer, Chinese and Japanese."""
_MARKS = re.compile(
    "[\x80-\xbf\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u0640\u066a-\u066d\u06d4\u0964\u0965"
    "\u2000-\u2bff\u3000-\u3004\u3008-\u303f\ufe00-\ufe6f\uff00-\uff65\ufffd]+"
)
_PLAIN = bytes(one if chr(one).isalnum() or one > 127 else 32 for one in range(128)) + bytes(range(128, 256))
"""Every ASCII character that is neither letter nor digit becomes a space."""
_PLAIN_LOWER = _PLAIN.lower()


def codes(text: str) -> list[int]:
    """One number below 2**32 for each word of a text, in order; equal for words that count as the same."""
    if text.isascii():
        return list(map(crc32, text.encode("ascii").translate(_PLAIN_LOWER).split()))
    found: list[int] = []
    folded = unicodedata.normalize("NFKC", text.replace("\xad", "")).lower()
    for at, part in enumerate(_UNSPACED.split(_MARKS.sub(" ", folded))):
        if at & 1:
            found += map(ord, part)
        elif part:
            found += map(crc32, part.encode("utf-8", "replace").translate(_PLAIN).split())
    return found


def _pairs(words: list[int]) -> int:
    """The hash of each run of two words: lanes of one integer, the first the lowest. That of the last word alone is on top."""
    lanes = len(words)
    product = int.from_bytes(struct.pack(f"<{lanes}Q", *words), "little") * _FIRST
    product = ((product ^ product >> 32) & _each((1 << 32) - 1, lanes)) * _SECOND
    hashes = product ^ product >> 29 & _each((1 << 35) - 1, lanes)
    down = _each((1 << _TURN) - 1, lanes)
    # What is turned out of a lane at its top comes in again at its bottom.
    return ((hashes ^ (out := hashes >> 64 - _TURN & down) << 64 - _TURN) << _TURN | out) ^ hashes >> 64


def _each(number: int, lanes: int) -> int:
    """A number repeated in every lane."""
    return int.from_bytes(number.to_bytes(_LANE, "little") * lanes, "little")


def simhash(words: list[int]) -> int:
    """64 bits, of which alike texts share most: each says what the same bit of most runs of two words is."""
    return _simhash(_pairs(words), len(words) - 1)


def _simhash(pairs: int, count: int) -> int:
    """Each bit is set that is set in more than half of the first `count` lanes.

    The bits are counted in all columns at once: the lanes are halved again and again, and the halves added, as numbers of
    which `planes` has the bits, the lowest first.
    """
    if count < 1:
        return 0
    planes, lanes = [pairs & (1 << 64 * count) - 1], count
    while lanes > 1:
        lanes = lanes + 1 >> 1
        cut, carry = 64 * lanes, 0
        lower = (1 << cut) - 1
        for at, plane in enumerate(planes):
            one, other = plane & lower, plane >> cut
            differ = one ^ other
            planes[at] = differ ^ carry
            carry = one & other | differ & carry
        planes.append(carry)
    more, same = 0, (1 << 64) - 1
    for at in reversed(range(len(planes))):
        if count >> 1 + at & 1:
            same &= planes[at]
        else:
            more |= same & planes[at]
            same &= ~planes[at]
    return more


def distance(one: int, other: int) -> int:
    """Bits in which two SimHashes differ."""
    return (one ^ other).bit_count()


def short_hashes(words: list[int]) -> tuple[int, ...]:
    """The hash of every shingle, in order, as 32 bits."""
    return _short_hashes(_pairs(words), len(words))


def _short_hashes(pairs: int, lanes: int) -> tuple[int, ...]:
    count = lanes - SHINGLE + 1
    if count < 1:
        return ()
    # A shingle is two pairs, the first turned on by two places: of that these are the low bits.
    hashes = (pairs >> 64 - 2 * _TURN ^ pairs >> 2 * 64) & _each((1 << 32) - 1, count)
    return struct.unpack(f"<{count}Q", hashes.to_bytes(_LANE * count, "little"))


def passages(words: list[int]) -> set[int]:
    """The 32-bit hashes by which a passage of this text is found; the smallest of each `WINDOW` in a row."""
    return _winnowed(short_hashes(words))


def simhash_and_passages(words: list[int]) -> tuple[int, set[int]]:
    """Both of the same text, for less."""
    pairs = _pairs(words)
    return _simhash(pairs, len(words) - 1), _winnowed(_short_hashes(pairs, len(words)))


def _winnowed(hashes: tuple[int, ...]) -> set[int]:
    if len(hashes) < WINDOW:
        return {min(hashes)} if hashes else set()
    kept: set[int] = set()
    least, place = 1 << 32, 0
    for at, one in enumerate(hashes):
        if one <= least:
            least, place = one, at
        elif at - place == WINDOW:
            window = hashes[at - WINDOW + 1 : at + 1]
            least = min(window)
            place = at - window[::-1].index(least)
        elif at != WINDOW - 1:
            continue
        if at >= WINDOW - 1:
            kept.add(least)
    return kept
