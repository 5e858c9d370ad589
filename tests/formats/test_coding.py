# SPDX-License-Identifier: Apache-2.0
"""Content codings by name: good, cut, false, chained and explosive; neither split nor limit changes what comes out."""

import gzip
import hashlib
import random
import tracemalloc
import zlib
from dataclasses import dataclass
from itertools import pairwise

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.formats.coding import CODING_FAULTS, MAX_DEPTH, Decoded, decode, decode_stream

MODEST = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PAGE = b" ".join(b"<p>%d</p>" % random.Random(n).randrange(10**6) for n in range(3000))
LIMIT = 1 << 20
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def bare(content: bytes) -> bytes:
    return zlib.compress(content)[2:-4]


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def member(content: bytes, flags: int = 0, fields: bytes = b"") -> bytes:
    """A gzip member with the header fields that `flags` announce (RFC 1952 section 2.3.1)."""
    ends = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    return b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\xff" + fields + bare(content) + ends


def flipped(coded: bytes, at: int) -> bytes:
    changed = bytearray(coded)
    changed[at] ^= 0xFF
    return bytes(changed)


def rle_bomb(blocks: int) -> bytes:
    """A zstd frame of `blocks` blocks of four octets that expand to 128 KiB each."""
    block = (1 << 17 << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    return ZSTD_MAGIC + b"\x00\x58" + block * blocks + b"\x01\0\0"


def skippable(size: int) -> bytes:
    return b"\x5a\x2a\x4d\x18" + size.to_bytes(4, "little") + b"\xaa" * size


ENCODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd}


@dataclass
class Case:
    """Coded bytes by name, and what must come of them; `content` None means some of the page's beginning."""

    name: str
    coded: bytes
    encoding: str | None
    content: bytes | None
    fault: str | None = None
    complete: bool = True
    coded_as: tuple[str, ...] | None = None


FEXTRA = (4).to_bytes(2, "little") + b"abcd"
HUGE_WINDOW = ZSTD_MAGIC + bytes([0, 31 << 3]) + b"\x01\0\0"
HUGE_SINGLE = ZSTD_MAGIC + bytes([0xE0]) + (1 << 40).to_bytes(8, "little") + b"\x01\0\0"
DEEP = ("gzip, " * 50).rstrip(", ")
TOO_DEEP = "coding-too-deep"

CASES = {
    case.name: case
    for case in [
        Case("none", PAGE, None, PAGE, coded_as=()),
        Case("empty-value", PAGE, " , ", PAGE, coded_as=()),
        Case("identity", PAGE, "identity", PAGE, coded_as=()),
        Case("identity-mixed-in", gzip.compress(PAGE), "identity, gzip, identity", PAGE, coded_as=("gzip",)),
        Case("gzip", gzip.compress(PAGE), "gzip", PAGE, coded_as=("gzip",)),
        Case("gzip-upper-case", gzip.compress(PAGE), "GZIP", PAGE, coded_as=("gzip",)),
        Case("x-gzip", gzip.compress(PAGE), "x-gzip", PAGE, coded_as=("x-gzip",)),
        Case("gzip-empty-body", b"", "gzip", b""),
        Case("gzip-of-nothing", gzip.compress(b""), "gzip", b""),
        Case("gzip-truncated", gzip.compress(PAGE)[:-400], "gzip", None, "coding-truncated", False),
        Case("gzip-without-trailer", gzip.compress(PAGE)[:-8], "gzip", PAGE, "coding-truncated", False),
        Case("gzip-cut-in-trailer", gzip.compress(PAGE)[:-1], "gzip", PAGE, "coding-truncated", False),
        Case("gzip-cut-in-header", gzip.compress(PAGE)[:7], "gzip", b"", "coding-truncated", False),
        Case("gzip-one-octet", b"\x1f", "gzip", b"", "coding-truncated", False),
        Case("gzip-bad-crc", flipped(gzip.compress(PAGE), -6), "gzip", PAGE, "coding-checksum", False),
        Case("gzip-bad-length", flipped(gzip.compress(PAGE), -2), "gzip", PAGE, "coding-checksum", False),
        Case("gzip-bad-method", b"\x1f\x8b\x07" + PAGE, "gzip", b"\x1f\x8b\x07" + PAGE, "coding-not-applied"),
        Case("gzip-not-gzip", PAGE, "gzip", PAGE, "coding-not-applied"),
        Case("gzip-broken-at-once", gzip.compress(b"")[:10] + b"\xff" * 50, "gzip", b"", "coding-invalid", False),
        Case("gzip-multi-member", member(PAGE[:500]) + member(b"") + member(PAGE[500:]), "gzip", PAGE),
        Case("gzip-second-cut", member(PAGE[:500]) + member(PAGE[500:])[:-9], "gzip", None, "coding-truncated", False),
        Case("gzip-trailing-junk", gzip.compress(PAGE) + b"<!-- -->", "gzip", PAGE, "coding-trailing-junk"),
        Case("gzip-trailing-zeros", gzip.compress(PAGE) + b"\0" * 512, "gzip", PAGE, "coding-trailing-junk"),
        Case("gzip-extra-field", member(PAGE, 4, FEXTRA), "gzip", PAGE),
        Case("gzip-name-and-comment", member(PAGE, 24, b"../../etc\0" + b"c" * 9999 + b"\0"), "gzip", PAGE),
        Case("gzip-twice", gzip.compress(gzip.compress(PAGE)), "gzip, gzip", PAGE, coded_as=("gzip", "gzip")),
        Case(
            "gzip-twice-declared-once",
            gzip.compress(gzip.compress(PAGE, mtime=0)),
            "gzip",
            gzip.compress(PAGE, mtime=0),
        ),
        Case("gzip-once-declared-twice", gzip.compress(PAGE), "gzip, gzip", PAGE, "coding-not-applied"),
        Case(
            "chain-of-four", brotli.compress(zstd(gzip.compress(zlib.compress(PAGE)))), "deflate,gzip, zstd ,br", PAGE
        ),
        Case("chain-cut", gzip.compress(brotli.compress(PAGE))[:-200], "br, gzip", None, "coding-truncated", False),
        Case("chain-of-five", PAGE, "gzip, " * 5, b"", TOO_DEEP, False, ("gzip",) * MAX_DEPTH),
        Case("chain-of-fifty", PAGE, DEEP, b"", TOO_DEEP, False, ("gzip",) * MAX_DEPTH),
        Case("unknown", PAGE, "rot13", b"", "coding-unknown", False, ("rot13",)),
        Case("unknown-in-chain", gzip.compress(PAGE), "gzip, compress", b"", "coding-unknown", False),
        Case("unknown-long", PAGE, "z" * 100_000, b"", "coding-unknown", False, ("z" * 64,)),
        Case("deflate-zlib", zlib.compress(PAGE), "deflate", PAGE),
        Case("deflate-bare", bare(PAGE), "deflate", PAGE),
        Case("deflate-bad-adler", flipped(zlib.compress(PAGE), -1), "deflate", PAGE, "coding-checksum", False),
        Case("deflate-truncated", bare(PAGE)[:-100], "deflate", None, "coding-truncated", False),
        Case("deflate-dictionary", b"\x78\xbb" + zlib.compress(PAGE)[2:], "deflate", b"", "coding-invalid", False),
        Case("deflate-trailing-junk", zlib.compress(PAGE) + b"x", "deflate", PAGE, "coding-trailing-junk"),
        Case("deflate-garbage", b"\xff" * 100, "deflate", b"", "coding-invalid", False),
        Case("deflate-empty", b"", "deflate", b""),
        Case("br", brotli.compress(PAGE), "br", PAGE),
        Case("br-truncated", brotli.compress(PAGE)[:-100], "br", None, "coding-truncated", False),
        Case("br-garbage", b"\x11" * 100, "br", b"", "coding-invalid", False),
        Case("br-trailing-junk", brotli.compress(PAGE) + b"junk", "br", PAGE, "coding-trailing-junk"),
        Case("br-empty", b"", "br", b""),
        Case("zstd", zstd(PAGE), "zstd", PAGE),
        Case("zstd-frames", zstd(PAGE[:99]) + skippable(40) + zstd(PAGE[99:]), "zstd", PAGE),
        Case("zstd-truncated", zstd(PAGE)[:-100], "zstd", b"", "coding-truncated", False),
        Case("zstd-cut-in-checksum", zstd(PAGE)[:-1], "zstd", PAGE, "coding-truncated", False),
        Case("zstd-cut-in-magic", zstd(PAGE)[:3], "zstd", b"", "coding-truncated", False),
        Case("zstd-cut-in-skippable", zstd(PAGE) + skippable(40)[:-1], "zstd", PAGE, "coding-truncated", False),
        Case("zstd-bad-checksum", flipped(zstd(PAGE), -1), "zstd", PAGE, "coding-checksum", False),
        Case("zstd-garbage", PAGE, "zstd", b"", "coding-invalid", False),
        Case("zstd-bad-block", ZSTD_MAGIC + b"\x00\x58" + b"\x07\0\0", "zstd", b"", "coding-invalid", False),
        Case("zstd-trailing-junk", zstd(PAGE) + b"junk", "zstd", PAGE, "coding-trailing-junk"),
        Case("zstd-2-tib-window", HUGE_WINDOW, "zstd", b"", "coding-window-too-large", False),
        Case("zstd-1-tib-single-segment", HUGE_SINGLE, "zstd", b"", "coding-window-too-large", False),
        Case("zstd-block-too-large", ZSTD_MAGIC + b"\x00\x58" + b"\xff\xff\xff", "zstd", b"", "coding-invalid", False),
        Case("zstd-empty", b"", "zstd", b""),
    ]
}


def octets(raw: bytes) -> list[bytes]:
    return [raw[at : at + 1] for at in range(len(raw))]


@pytest.mark.parametrize("name", CASES)
def test_a_named_coding_is_undone_as_stated(name: str) -> None:
    case = CASES[name]
    decoded = decode([case.coded], case.encoding, limit=LIMIT)
    assert (decoded.fault, decoded.complete, decoded.limited) == (case.fault, case.complete, False)
    if case.content is None:
        assert decoded.content
        assert PAGE.startswith(decoded.content)
    else:
        assert decoded.content == case.content
    if case.coded_as is not None:
        assert decoded.coded == case.coded_as


@pytest.mark.parametrize("name", CASES)
def test_a_named_coding_is_undone_alike_octet_by_octet(name: str) -> None:
    case = CASES[name]
    assert decode(octets(case.coded), case.encoding, limit=LIMIT) == decode([case.coded], case.encoding, limit=LIMIT)


def test_every_fault_in_the_list_occurs_in_a_case() -> None:
    assert {case.fault for case in CASES.values()} - {None} == CODING_FAULTS.keys()


CHANGES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=4)
PLACES = st.lists(st.integers(0, 1 << 16), max_size=6)


@given(st.sampled_from(sorted(CASES)), CHANGES, PLACES, st.integers(0, 40_000))
@settings(MODEST, max_examples=300)
def test_changed_bytes_never_raise_and_never_depend_on_split_or_limit(
    name: str, changes: list[tuple[int, int]], places: list[int], limit: int
) -> None:
    raw = bytearray(CASES[name].coded)
    for at, octet in changes if raw else []:
        raw[at % len(raw)] = octet
    coded, encoding = bytes(raw), CASES[name].encoding
    bounds = sorted({0, len(coded), *(place % (len(coded) + 1) for place in places)})
    pieces = [coded[start:end] for start, end in pairwise(bounds)]
    whole = decode([coded], encoding, limit=LIMIT)
    assert decode(pieces, encoding, limit=LIMIT) == whole
    assert decode((coded,), encoding, limit=LIMIT) == whole
    short = decode(pieces, encoding, limit=limit)
    assert decode(tuple(pieces), encoding, limit=limit) == short
    assert short.content == whole.content[:limit]
    assert short.limited == (len(whole.content) > limit)
    if not short.limited:
        assert short == whole


@given(st.binary(max_size=400), st.lists(st.sampled_from(sorted(ENCODERS)), max_size=MAX_DEPTH))
@MODEST
def test_what_was_coded_comes_back(content: bytes, names: list[str]) -> None:
    coded = content
    for name in names:
        coded = ENCODERS[name](coded)
    assert decode([coded], ",".join(names), limit=LIMIT) == Decoded(content, True, None, tuple(names), False)


@given(st.binary(max_size=300), st.sampled_from(sorted(ENCODERS)))
@MODEST
def test_arbitrary_bytes_never_raise(raw: bytes, name: str) -> None:
    assert decode(octets(raw), name, limit=LIMIT) == decode([raw], name, limit=LIMIT)


@pytest.mark.parametrize("name", sorted(ENCODERS))
@pytest.mark.parametrize("place", [0.3, 0.7, 0.99])
def test_what_stands_before_a_fault_is_recovered(name: str, place: float) -> None:
    text = random.Random(1).randbytes(50_000).hex().encode()
    coded = ENCODERS[name](text)
    broken = coded[: int(len(coded) * place)] + b"\xff" * 300
    decoded = decode([broken], name, limit=LIMIT)
    assert not decoded.complete
    common = next(
        (at for at, (ours, true) in enumerate(zip(decoded.content, text, strict=False)) if ours != true), len(text)
    )
    expected = 0 if name == "zstd" and place < 1 else int(len(text) * place * 0.9)
    assert min(common, len(decoded.content)) >= expected


def test_br_recovers_what_stands_before_a_fault_only_within_its_first_mebibyte() -> None:
    text = random.Random(2).randbytes(1_500_000)
    coded = brotli.compress(text, quality=0) + b"junk"
    decoded = decode([coded], "br", limit=1 << 22)
    assert not decoded.complete
    assert decoded.content == text[: len(decoded.content)]
    assert len(text) - len(decoded.content) <= 200_000


BOMBS = {
    "gzip": ("gzip", gzip.compress(bytes(50 << 20), 9)),
    "gzip-members": ("gzip", gzip.compress(bytes(1 << 20), 9) * 50),
    "deflate": ("deflate", zlib.compress(bytes(50 << 20), 9)),
    "br": ("br", brotli.compress(bytes(50 << 20), quality=5)),
    "zstd": ("zstd", zstd(bytes(50 << 20))),
    "zstd-rle": ("zstd", rle_bomb(400)),
    "gzip-in-gzip": ("gzip, gzip", gzip.compress(gzip.compress(bytes(50 << 20), 9), 9)),
    "zstd-in-br": ("zstd, br", brotli.compress(rle_bomb(400), quality=5)),
    "gzip-of-empty-members": ("gzip, gzip", gzip.compress(gzip.compress(b"") * 120_000, 6)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_stops_at_the_limit_in_bounded_memory(name: str) -> None:
    encoding, coded = BOMBS[name]
    tracemalloc.start()
    size = 0
    decoding = decode_stream([coded], encoding, limit=LIMIT)
    for piece in decoding:
        size += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert decoding.limited
    assert (decoding.complete, decoding.fault) == (False, None)
    assert size == (0 if name == "gzip-of-empty-members" else LIMIT)
    assert peak < 4 << 20


def test_no_more_of_the_source_is_read_than_the_limit_needs() -> None:
    taken = []

    def pieces() -> list[bytes]:
        taken.append(1)
        return [gzip.compress(random.Random(3).randbytes(1000))]

    source = (piece for _ in range(1000) for piece in pieces())
    assert decode(source, "gzip", limit=5000).limited
    assert len(taken) <= 7


def test_content_as_long_as_the_limit_is_complete() -> None:
    assert decode([gzip.compress(PAGE)], "gzip", limit=len(PAGE)).complete
    assert decode([gzip.compress(PAGE)], "gzip", limit=len(PAGE) - 1) == Decoded(
        PAGE[:-1], False, None, ("gzip",), True
    )


def test_a_stream_of_pieces_is_the_content() -> None:
    decoding = decode_stream(iter([gzip.compress(PAGE)]), "gzip", limit=LIMIT)
    assert b"".join(decoding) == PAGE
    assert decoding.complete
    assert list(decoding) == []


def test_output_that_waits_in_the_decoder_when_all_input_is_taken_still_comes_out() -> None:
    for extra in range(0, 600, 7):
        content = bytes((1 << 17) + extra)
        assert decode([bare(content)], "deflate", limit=LIMIT) == Decoded(content, True, None, ("deflate",), False)


@pytest.mark.parametrize("size", [0, 1000, 3 << 20])
def test_of_content_that_need_not_be_kept_the_beginning_digest_and_length_come_out(size: int) -> None:
    content = bytes(range(250)) * (size // 250)
    packed = gzip.compress(content, compresslevel=1, mtime=0)
    whole = decode(iter([packed]), "gzip", limit=16 << 20)
    some = decode(iter([packed]), "gzip", limit=16 << 20, keep=1 << 20)
    assert content.startswith(some.content)
    assert len(some.content) < 2 << 20
    assert (some.complete, some.fault, some.coded, some.limited) == (True, None, ("gzip",), False)
    assert (some.beyond is None) == (some.content == whole.content)
    if some.beyond is not None:
        assert (some.beyond.sha256, some.beyond.length) == (hashlib.sha256(content).digest(), len(content))
