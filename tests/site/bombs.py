# SPDX-License-Identifier: Apache-2.0
"""Small compressed bodies that decode to very much, put together by hand so that they are made at once.

Each function says how much it decodes to. They are made when first asked for, and kept.
"""

import struct
import zlib
from functools import cache

import brotli

MIB = 1 << 20
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def _deflated_zeros(mebibytes: int) -> tuple[bytes, bytes]:
    """Raw deflate of that many MiB of zeros, and the zeros of one MiB: one full-flushed block, repeated."""
    zeros = bytes(MIB)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * mebibytes + b"\x03\x00", zeros


@cache
def gzip_bomb(mebibytes: int = 128) -> bytes:
    """A gzip member of zeros (RFC 1952), a thousandth of its content."""
    packed, zeros = _deflated_zeros(mebibytes)
    crc = 0
    for _ in range(mebibytes):
        crc = zlib.crc32(zeros, crc)
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + packed + struct.pack("<II", crc, mebibytes * MIB & 0xFFFFFFFF)


@cache
def deflate_bomb(mebibytes: int = 128) -> bytes:
    """A zlib stream of zeros (RFC 1950)."""
    packed, zeros = _deflated_zeros(mebibytes)
    adler = 1
    for _ in range(mebibytes):
        adler = zlib.adler32(zeros, adler)
    return b"\x78\xda" + packed + struct.pack(">I", adler)


@cache
def brotli_bomb(mebibytes: int = 128) -> bytes:
    """A brotli stream of zeros."""
    packer = brotli.Compressor(quality=1)
    zeros = bytes(MIB)
    packed = b"".join(bytes(packer.process(zeros)) for _ in range(mebibytes))
    return packed + bytes(packer.finish())


@cache
def zstd_bomb(blocks: int = 100_000) -> bytes:
    """A zstd frame of run-length blocks (RFC 8878 section 3.1.1.2): 4 octets for every 128 KiB."""
    run = 128 << 10
    block = struct.pack("<I", run << 3 | 1 << 1)[:3] + b"w"
    last = struct.pack("<I", run << 3 | 1 << 1 | 1)[:3] + b"w"
    return _ZSTD_MAGIC + b"\x00\x38" + block * (blocks - 1) + last


def zstd_two_tebibyte_window() -> bytes:
    """A zstd frame of eleven letters whose window descriptor asks for 2 TiB (RFC 8878 section 3.1.1.1.2)."""
    text = b"high window"
    return _ZSTD_MAGIC + b"\x00\xf8" + struct.pack("<I", len(text) << 3 | 1)[:3] + text


def nested_gzip(layers: int, content: bytes) -> bytes:
    """`content` gzipped that many times."""
    for _ in range(layers):
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        content = packer.compress(content) + packer.flush()
    return content
