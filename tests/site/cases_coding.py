# SPDX-License-Identifier: Apache-2.0
"""Content codings: right, damaged, misdeclared, nested, and bombs.

RFC 9110 section 8.4, RFC 1952, RFC 7932, RFC 8878.

HTTP framing is faultless throughout, so every case is captured whole with its bytes as they came; the reason is
coding-invalid when the coding cannot be undone. Where decoding within a budget is a matter of policy both are right.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable

import brotli
import zstandard

from tests.site.bombs import (
    brotli_bomb,
    deflate_bomb,
    gzip_bomb,
    nested_gzip,
    zstd_bomb,
    zstd_two_tebibyte_window,
)
from tests.site.case import COMPLETE, Answer, Case, Family
from tests.site.conversation import Conversation
from tests.site.wire import CHUNKED, CLOSE, HTML, OK, Octets, burst, chunked, head, reply

_coding = Family("content-coding")

INVALID = "coding-invalid"
_UNFLAGGED = ((COMPLETE, None),)
_FLAGGED = ((COMPLETE, INVALID),)
PLAIN = b"<!doctype html><title>Harbour notes</title><p>" + b"The ferry left on the ebb. " * 40

_GZIP = gzip.compress(PLAIN, mtime=0)
_ZLIB = zlib.compress(PLAIN)
_RAW_DEFLATE = _ZLIB[2:-4]
_BROTLI = bytes(brotli.compress(PLAIN))
_ZSTD = zstandard.ZstdCompressor(level=3).compress(PLAIN)
_FEXTRA = _GZIP[:3] + b"\x0c" + _GZIP[4:10] + b"\x06\0AB\x02\0xy" + b"name.html\0" + _GZIP[10:]
_BAD_CRC = _GZIP[:-8] + bytes(octet ^ 0xFF for octet in _GZIP[-8:-4]) + _GZIP[-4:]
_BAD_SIZE = _GZIP[:-4] + b"\x07\0\0\0"
_FLIPPED = _GZIP[:40] + bytes((_GZIP[40] ^ 0x55,)) + _GZIP[41:]


def _coded(
    name: str, coding: bytes, body: Octets, reason: str | None = None, *, also: Iterable[Answer] = (), note: str = ""
) -> Case:
    def octets() -> bytes:
        return reply(body if isinstance(body, bytes) else body(), b"Content-Encoding: " + coding)

    return _coding.complete(f"coding-{name}", burst(octets), reason, also=also, note=note)


def _bomb(name: str, coding: bytes, body: Callable[[], bytes], note: str) -> Case:
    return _coded(name, coding, body, also=_FLAGGED, note=note)


def _bomb_in_chunks() -> bytes:
    body = gzip_bomb()
    pieces = (body[at : at + 1000] for at in range(0, len(body), 1000))
    return head(OK, HTML, b"Content-Encoding: gzip", CHUNKED, CLOSE) + chunked(*pieces)


def _bomb_in_redirect(conversation: Conversation) -> None:
    line = b"HTTP/1.1 302 Found"
    conversation.send(reply(gzip_bomb(), b"Content-Encoding: gzip", b"Location: /article", line=line))
    conversation.close()


CODINGS: tuple[Case, ...] = (
    _coded("gzip", b"gzip", _GZIP),
    _coded("gzip-upper-case", b"GZIP", _GZIP),
    _coded("x-gzip", b"x-gzip", _GZIP),
    _coded("gzip-two-members", b"gzip", gzip.compress(PLAIN[:300], mtime=0) + gzip.compress(PLAIN[300:], mtime=0)),
    _coded("gzip-extra-fields", b"gzip", _FEXTRA),
    _coded("gzip-empty-content", b"gzip", gzip.compress(b"", mtime=0)),
    _coded("gzip-no-bytes", b"gzip", b"", also=_FLAGGED, note="a coding declared for a body of no bytes"),
    _coded("gzip-trailing-junk", b"gzip", _GZIP + b"left over after the member", also=_FLAGGED),
    _coded("gzip-trailing-zeros", b"gzip", _GZIP + bytes(512), also=_FLAGGED),
    _coded("gzip-truncated", b"gzip", _GZIP[:-20], INVALID),
    _coded("gzip-without-trailer", b"gzip", _GZIP[:-8], INVALID, also=_UNFLAGGED),
    _coded("gzip-header-only", b"gzip", _GZIP[:10], INVALID),
    _coded("gzip-bad-crc", b"gzip", _BAD_CRC, INVALID),
    _coded("gzip-bad-size", b"gzip", _BAD_SIZE, INVALID),
    _coded("gzip-flipped-bit", b"gzip", _FLIPPED, INVALID),
    _coded("gzip-not-gzip", b"gzip", PLAIN, INVALID, also=_UNFLAGGED, note="plain text declared gzip"),
    _coded("gzip-twice", b"gzip, gzip", nested_gzip(2, PLAIN)),
    _coded("gzip-twice-declared-once", b"gzip", nested_gzip(2, PLAIN)),
    _coded("gzip-once-declared-twice", b"gzip, gzip", _GZIP, INVALID),
    _coded("gzip-fifty-layers", b", ".join([b"gzip"] * 50), lambda: nested_gzip(50, PLAIN), INVALID, also=_UNFLAGGED),
    _coded("gzip-and-identity", b"identity, gzip, identity", _GZIP),
    _coded("gzip-in-two-fields", b"gzip\r\nContent-Encoding: br", bytes(brotli.compress(_GZIP))),
    _coded("unknown", b"banana", PLAIN, INVALID),
    _coded("empty-name", b"", PLAIN),
    _coded("not-a-token", b"UTF-8", PLAIN, INVALID, also=_UNFLAGGED),
    _coded("deflate-zlib", b"deflate", _ZLIB),
    _coded("deflate-raw", b"deflate", _RAW_DEFLATE, note="against RFC 9110 8.4.1.2, and read by every browser"),
    _coded("deflate-garbage", b"deflate", b"\xff" * 200, INVALID),
    _coded("brotli", b"br", _BROTLI),
    _coded("brotli-garbage", b"br", b"\xff" * 200, INVALID),
    _coded("brotli-truncated", b"br", _BROTLI[: len(_BROTLI) // 2], INVALID),
    _coded("zstd", b"zstd", _ZSTD),
    _coded("zstd-two-frames", b"zstd", _ZSTD + _ZSTD),
    _coded("zstd-skippable-first", b"zstd", b"\x50\x2a\x4d\x18\x03\0\0\0abc" + _ZSTD),
    _coded("zstd-garbage", b"zstd", b"\xff" * 200, INVALID),
    _coded("zstd-truncated", b"zstd", _ZSTD[:-5], INVALID),
    _coded("zstd-2tib-window", b"zstd", zstd_two_tebibyte_window(), INVALID, note="RFC 9659 allows 8 MiB"),
    _bomb("bomb-gzip", b"gzip", gzip_bomb, "128 MiB from 130 KB"),
    _bomb("bomb-gzip-large", b"gzip", lambda: gzip_bomb(1000), "1000 MiB from just under 1 MiB"),
    _bomb("bomb-deflate", b"deflate", deflate_bomb, "128 MiB"),
    _bomb("bomb-brotli", b"br", brotli_bomb, "128 MiB from 24 KB"),
    _bomb("bomb-zstd", b"zstd", zstd_bomb, "13 GB from 400 KB"),
    _bomb("bomb-nested", b"gzip, gzip", lambda: nested_gzip(1, gzip_bomb()), "128 MiB from less than 1 KB"),
    _coding.complete("coding-bomb-in-chunks", burst(_bomb_in_chunks), also=_FLAGGED, note="128 MiB"),
    _coding.complete(
        "coding-bomb-in-redirect",
        _bomb_in_redirect,
        code=302,
        also=_FLAGGED,
        leads=(COMPLETE, None),
        note="128 MiB nobody needs to decode",
    ),
)
