# SPDX-License-Identifier: Apache-2.0
"""The framer on hostile responses by name, against h11 and llhttp on well-formed ones, and on any bytes."""

import tracemalloc
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import h11
import httptools
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from archiver.exchange import REASONS
from archiver.formats.framing import FAULTS, ResponseFramer, payload

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
FIVE = OK + b"Content-Length: 5\r\n\r\nhello"
HELLO_CHUNK = b"5\r\nhello\r\n0\r\n\r\n"
MODEST = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(
    pieces: list[bytes], method: str = "GET", bounds: dict[str, int] | None = None, *, close: bool = True
) -> dict[str, Any]:
    """Everything that can be seen of a framer fed `pieces`."""
    framer = ResponseFramer(method, **(bounds or {}))
    block = b"".join([framer.feed(piece) for piece in pieces])
    if close:
        block += framer.eof()
    head = framer.head
    body = block[head.length : framer.message_length] if head else b""
    return {
        "block": block,
        "body": b"".join(payload([body])) if framer.chunked else body,
        "held": framer.held,
        "interim": framer.interim,
        "head": head,
        "code": head.code if head else None,
        "reason": head.reason if head else None,
        "version": head.version if head else None,
        "fields": head.fields if head else None,
        "done": framer.done,
        "faults": framer.faults,
        "chunked": framer.chunked,
        "message_length": framer.message_length,
        "surplus": framer.surplus,
        "failure": framer.failure,
        "shortfall": framer.shortfall,
        "reusable": framer.reusable,
    }


def cut(raw: bytes, places: list[int]) -> list[bytes]:
    """`raw` cut at `places`, taken modulo its length."""
    bounds = sorted({0, len(raw), *(place % (len(raw) + 1) for place in places)})
    return [raw[start:end] for start, end in pairwise(bounds)]


def octets(raw: bytes) -> list[bytes]:
    return [raw[at : at + 1] for at in range(len(raw))]


@dataclass
class Case:
    """A response by name, and what must be seen of it after the peer closed."""

    name: str
    raw: bytes
    seen: dict[str, Any]
    method: str = "GET"
    bounds: dict[str, int] = field(default_factory=dict)


def case(
    name: str, raw: bytes, *faults: str, method: str = "GET", bounds: dict[str, int] | None = None, **seen: Any
) -> Case:
    expected: dict[str, Any] = {"faults": list(faults), "done": True, "failure": None, "shortfall": None, **seen}
    return Case(name, raw, expected, method, bounds or {})


def length(value: bytes, rest: bytes = b"hello") -> bytes:
    return OK + b"Content-Length: " + value + b"\r\n\r\n" + rest


def coding(*values: bytes, version: bytes = b"1.1", rest: bytes = HELLO_CHUNK, more: bytes = b"") -> bytes:
    lines = b"".join(b"Transfer-Encoding: " + value + b"\r\n" for value in values)
    return b"HTTP/" + version + b" 200 OK\r\n" + lines + more + b"\r\n" + rest


def status(line: bytes) -> bytes:
    return line + b"\r\nContent-Length: 5\r\n\r\nhello"


def line(raw: bytes) -> bytes:
    return OK + raw + b"Content-Length: 5\r\n\r\nhello"


CHUNK_FAILURE: dict[str, Any] = {"failure": "chunk-invalid", "done": False, "reusable": False}
CUT_CHUNKS: dict[str, Any] = {"shortfall": "chunk-unterminated", "done": False, "reusable": False}
NO_HTTP: dict[str, Any] = {"failure": "not-http", "done": False, "head": None, "block": b""}
JUST_HELLO: dict[str, Any] = {"body": b"hello", "surplus": 0}
FIELD = (b"Content-Length", b"5")

FRAMING = [
    case("plain", FIVE, **JUST_HELLO, reusable=True, code=200, reason=b"OK", version="1.1", fields=(FIELD,)),
    case("length-short", length(b"9"), body=b"hello", done=False, shortfall="body-short", reusable=False),
    case("length-zero-and-body", length(b"0"), "surplus-bytes", body=b"", surplus=5, reusable=False),
    case("length-minus", length(b"-1"), "length-invalid", **JUST_HELLO, reusable=False),
    case("length-12abc", length(b"12abc"), "length-invalid", **JUST_HELLO),
    case("length-plus", length(b"+5"), "length-invalid", **JUST_HELLO),
    case("length-underscore", length(b"1_0"), "length-invalid", **JUST_HELLO),
    case("length-arabic", length("٥".encode()), "header-non-ascii", "length-invalid", **JUST_HELLO),
    case("length-empty", length(b""), "length-invalid", **JUST_HELLO),
    case("length-hex", length(b"0x5"), "length-invalid", **JUST_HELLO),
    case("length-twice-same", length(b"5\r\nContent-Length: 5"), "length-duplicate", **JUST_HELLO, reusable=False),
    case("length-twice-conflict", length(b"5\r\ncontent-length: 3"), "length-conflict", **JUST_HELLO),
    case("length-list", length(b"5, 5"), "length-duplicate", **JUST_HELLO),
    case("length-list-conflict", length(b"5, 6"), "length-conflict", **JUST_HELLO),
    case("length-list-invalid", length(b"5,"), "length-invalid", **JUST_HELLO),
    case("length-10^30", length(b"1" + b"0" * 30), done=False, shortfall="body-short", **JUST_HELLO),
    case("length-5000-digits", length(b"9" * 5000), "length-invalid", **JUST_HELLO),
    case("bytes-after-length", FIVE + b"more", "surplus-bytes", body=b"hello", surplus=4, reusable=False),
    case("keep-alive-desync", FIVE + FIVE, "surplus-bytes", body=b"hello", surplus=len(FIVE), reusable=False),
    case(
        "te-and-cl",
        coding(b"chunked", more=b"Content-Length: 3\r\n"),
        "length-with-coding",
        **JUST_HELLO,
        reusable=False,
    ),
    case("te-twice", coding(b"chunked", b"chunked"), "coding-obfuscated", **JUST_HELLO),
    case("te-chunked-chunked", coding(b"chunked, chunked"), "coding-obfuscated", **JUST_HELLO),
    case("te-chunked-identity", coding(b"chunked, identity"), "coding-unknown", "coding-obfuscated", **JUST_HELLO),
    case(
        "te-identity", coding(b"identity", rest=b"hello"), "coding-unknown", **JUST_HELLO, chunked=False, reusable=False
    ),
    case("te-gzip-chunked", coding(b"gzip, chunked"), "coding-unknown", **JUST_HELLO, chunked=True),
    case("te-unknown", coding(b"xchunked", rest=b"hello"), "coding-unknown", **JUST_HELLO, chunked=False),
    case(
        "te-unknown-with-length",
        coding(b"xchunked", rest=b"hello!", more=b"Content-Length: 5\r\n"),
        "coding-unknown",
        "length-with-coding",
        "surplus-bytes",
        body=b"hello",
        surplus=1,
    ),
    case("te-vertical-tab", coding(b"\x0bchunked", rest=b"hello"), "header-control", "coding-unknown", **JUST_HELLO),
    case("te-parameter", coding(b"chunked;q=1", rest=b"hello"), "coding-unknown", **JUST_HELLO),
    case("te-upper-case", coding(b"  CHUNKED\t"), **JUST_HELLO, chunked=True, reusable=True),
    case("te-folded", coding(b"\r\n chunked"), "header-obs-fold", **JUST_HELLO, chunked=True),
    case("te-http10", coding(b"chunked", version=b"1.0"), "coding-in-http-1.0", **JUST_HELLO, reusable=False),
    case(
        "te-space-before-colon",
        OK + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "header-space-in-name",
        chunked=True,
        surplus=0,
    ),
    case("chunks", CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", **JUST_HELLO, reusable=True),
    case("chunk-extension", CHUNKED + b'5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n', **JUST_HELLO, reusable=True),
    case("chunk-extension-control", CHUNKED + b"5;\x1b[31m\r\nhello\r\n0\r\n\r\n", "chunk-extension-odd", **JUST_HELLO),
    case(
        "chunk-trailers-that-set-headers",
        CHUNKED + b"5\r\nhello\r\n0\r\nContent-Type: evil\r\nSet-Cookie: a\r\n\r\n",
        **JUST_HELLO,
        fields=((b"Transfer-Encoding", b"chunked"),),
        reusable=True,
    ),
    case("chunk-trailer-odd", CHUNKED + b"5\r\nhello\r\n0\r\nno colon\r\n\r\n", "trailer-odd", **JUST_HELLO),
    case(
        "chunk-ZZZ", CHUNKED + b"ZZZ\r\nhello\r\n0\r\n\r\n", "chunk-size-invalid", **CHUNK_FAILURE, body=b"", surplus=17
    ),
    case("chunk-17 F", CHUNKED + b"17 F\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-minus", CHUNKED + b"-5\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-0x5", CHUNKED + b"0x5\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-plus", CHUNKED + b"+5\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-size-empty", CHUNKED + b"\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-size-only-extension", CHUNKED + b";a\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-size-leading-space", CHUNKED + b" 5\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-size-cr", CHUNKED + b"5\r\r\nhello\r\n", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-size-2^63", CHUNKED + b"8000000000000000\r\nhello", "chunk-size-invalid", **CHUNK_FAILURE),
    case("chunk-size-2^63-1", CHUNKED + b"7fffffffffffffff\r\nhello", **CUT_CHUNKS, body=b"hello"),
    case("chunk-size-zeros", CHUNKED + b"0" * 40 + b"5\r\nhello\r\n0\r\n\r\n", "chunk-size-odd", **JUST_HELLO),
    case("chunk-size-padded", CHUNKED + b"5   \r\nhello\r\n0 \t\r\n\r\n", "chunk-size-odd", **JUST_HELLO),
    case(
        "chunk-after-good-ones",
        CHUNKED + b"5\r\nhello\r\nxyz\r\n",
        "chunk-size-invalid",
        **CHUNK_FAILURE,
        body=b"hello",
        surplus=5,
    ),
    case("chunk-no-terminator", CHUNKED + b"5\r\nhello\r\n", **CUT_CHUNKS, body=b"hello", surplus=0),
    case("chunk-no-last-line", CHUNKED + b"5\r\nhello\r\n0\r\n", **CUT_CHUNKS, body=b"hello", surplus=0),
    case("chunk-cut-in-data", CHUNKED + b"5\r\nhe", **CUT_CHUNKS, body=b"he", surplus=0),
    case("chunk-cut-in-size", CHUNKED + b"5\r\nhello\r\n1", **CUT_CHUNKS, body=b"hello", surplus=0),
    case(
        "chunk-bad-crlf",
        CHUNKED + b"5\r\nhelloXX0\r\n\r\n",
        "chunk-crlf-missing",
        **CHUNK_FAILURE,
        body=b"hello",
        surplus=7,
    ),
    case(
        "chunk-half-crlf",
        CHUNKED + b"5\r\nhello\rX0\r\n",
        "chunk-crlf-missing",
        **CHUNK_FAILURE,
        body=b"hello",
        surplus=5,
    ),
    case("chunk-lf-only", CHUNKED + b"5\nhello\n0\n\n", "chunk-lf-only", **JUST_HELLO, reusable=False),
    case("chunk-data-after-last", CHUNKED + b"5\r\nhello\r\n0\r\n\r\nmore", "surplus-bytes", body=b"hello", surplus=4),
    case("chunk-20000-small", CHUNKED + b"1\r\nx\r\n" * 20000 + b"0\r\n\r\n", body=b"x" * 20000, reusable=True),
    case("chunk-extension-16k", CHUNKED + b"5;" + b"a" * 16381 + b"\r\nhello\r\n0\r\n\r\n", **JUST_HELLO),
    case(
        "chunk-extension-over-16k",
        CHUNKED + b"5;" + b"a" * 16383 + b"\r\nhello",
        "chunk-line-too-long",
        **CHUNK_FAILURE,
        body=b"",
    ),
    case(
        "chunk-extension-endless",
        CHUNKED + b"5;" + b"a" * 50000,
        "chunk-line-too-long",
        **CHUNK_FAILURE,
        body=b"",
        surplus=50002,
    ),
    case(
        "chunk-trailers-endless",
        CHUNKED + b"5\r\nhello\r\n0\r\n" + b"T: 12\r\n" * 100,
        "trailer-too-long",
        bounds={"max_header": 100},
        **CHUNK_FAILURE,
        body=b"hello",
        surplus=700 - 98,
    ),
    case(
        "http09",
        b"<html>hello",
        "http-0.9",
        version="0.9",
        code=None,
        body=b"<html>hello",
        message_length=11,
        reusable=False,
    ),
    case("http09-blank-before", b"\r\n \t<html>", "http-0.9", version="0.9", body=b"\r\n \t<html>"),
    case(
        "http09-byte-order-mark", b"\xef\xbb\xbf\n\n\n\n<p>", "http-0.9", version="0.9", body=b"\xef\xbb\xbf\n\n\n\n<p>"
    ),
    case("http10-close", b"HTTP/1.0 200 OK\r\n\r\nhello", **JUST_HELLO, version="1.0", reusable=False),
    case("http10-length", b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", **JUST_HELLO, reusable=False),
    case("http11-close", OK + b"\r\nhello", **JUST_HELLO, reusable=False),
    case("http11-connection-close", line(b"Connection: Keep-Alive, Close\r\n"), **JUST_HELLO, reusable=False),
    case("h2-frames", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", **NO_HTTP),
    case("ssh-banner", b"SSH-2.0-OpenSSH_9.6\r\n", **NO_HTTP, held=b"SSH-2.0-OpenSSH_9.6\r\n"),
    case("rtsp", b"RTSP/1.0 200 OK\r\n\r\n", **NO_HTTP),
    case("icy", b"ICY 200 OK\r\n\r\n", **NO_HTTP),
    case("banana", b"banana", **NO_HTTP),
    case("request-echo", b"GET / HTTP/1.1\r\n\r\n", **NO_HTTP),
    case("blank-endless", b"\r\n" * 600, **NO_HTTP),
    case(
        "version-overflow",
        status(b"HTTP/99999999999999999999.1 200 OK"),
        "version-odd",
        **JUST_HELLO,
        version="1.0",
        code=200,
    ),
    case("version-2.0", status(b"HTTP/2.0 200 OK"), "version-odd", **JUST_HELLO, version="2.0", reusable=False),
    case("version-1.2", status(b"HTTP/1.2 200 OK"), "version-odd", version="1.2"),
    case("version-none", status(b"HTTP/ 200 OK"), "version-odd", version="1.0", code=200),
    case("lower-case", status(b"http/1.1 200 OK"), "status-line-odd", **JUST_HELLO, version="1.1"),
    case(
        "leading-crlf",
        b"\r\n" + FIVE,
        "leading-crlf",
        **JUST_HELLO,
        block=b"\r\n" + FIVE,
        message_length=len(FIVE) + 2,
        code=200,
    ),
    case("leading-crlf-four", b"\r\n" * 4 + FIVE, "leading-crlf", **JUST_HELLO),
    case("leading-crlf-five", b"\r\n" * 5 + FIVE, **NO_HTTP),
    case("leading-junk", b"\xef\xbb\xbf" + FIVE, "leading-junk", **JUST_HELLO),
    case("leading-junk-five", b"12345" + FIVE, **NO_HTTP),
    case("status-999", status(b"HTTP/1.1 999 Denied"), "code-odd", **JUST_HELLO, code=999),
    case("status-600", status(b"HTTP/1.1 600 X"), "code-odd", code=600),
    case("status-20", status(b"HTTP/1.1 20 OK"), "code-odd", **JUST_HELLO, code=None, reason=b"OK"),
    case("status-2000", status(b"HTTP/1.1 2000 OK"), "code-odd", code=None),
    case("status-000", status(b"HTTP/1.1 000 OK"), "code-odd", code=0),
    case("status-none", status(b"HTTP/1.1"), "code-odd", **JUST_HELLO, code=None, reason=b""),
    case(
        "status-words", status(b"HTTP/1.1 Fine thanks"), "status-line-odd", "code-odd", code=None, reason=b"Fine thanks"
    ),
    case("status-without-reason", status(b"HTTP/1.1 200"), **JUST_HELLO, code=200, reason=b"", reusable=True),
    case("status-tabs", status(b"HTTP/1.1\t200\tOK"), "status-line-odd", code=200),
    case("status-two-spaces", status(b"HTTP/1.1  200 OK"), "status-line-odd", code=200, reason=b"OK"),
    case(
        "reason-hostile",
        status(b"HTTP/1.1 200 \x1b[31m<b>"),
        "header-control",
        "status-line-odd",
        code=200,
        reason=b"\x1b[31m<b>",
    ),
    case("reason-latin", status(b"HTTP/1.1 200 tr\xe8s bien"), code=200, reason=b"tr\xe8s bien"),
    case("reason-64k", status(b"HTTP/1.1 200 " + b"r" * 65536), **JUST_HELLO, reason=b"r" * 65536),
    case("status-line-alone", b"HTTP/1.1 200 OK\r\n\r\n", body=b"", fields=(), reusable=False),
    case(
        "interim-103",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + FIVE,
        **JUST_HELLO,
        block=FIVE,
        interim=[(103, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")],
        reusable=True,
    ),
    case("interim-20", b"HTTP/1.1 100 Continue\r\n\r\n" * 20 + FIVE, **JUST_HELLO, block=FIVE),
    case(
        "interim-1000", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + FIVE, failure="interim-flood", done=False, block=b""
    ),
    case("interim-alone", b"HTTP/1.1 100 Continue\r\n\r\n", done=False, shortfall="no-response", head=None),
    case("interim-then-page", b"HTTP/1.1 100 Continue\r\n\r\n<html>", **NO_HTTP),
    case(
        "interim-too-large",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + FIVE,
        bounds={"max_header": 80},
        done=False,
        failure="header-too-large",
    ),
    case(
        "status-101",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello",
        failure="switching-protocols",
        done=False,
        block=b"",
        held=b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello",
    ),
    case(
        "status-204-with-body",
        b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello",
        "body-where-none-allowed",
        body=b"",
        surplus=5,
    ),
    case("status-204", b"HTTP/1.1 204 No Content\r\n\r\n", body=b"", reusable=True),
    case("status-205", b"HTTP/1.1 205 Reset Content\r\n\r\n", body=b"", reusable=True),
    case(
        "status-205-with-body",
        b"HTTP/1.1 205 R\r\nContent-Length: 5\r\n\r\nhello",
        "body-where-none-allowed",
        **JUST_HELLO,
    ),
    case("status-304", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", body=b"", reusable=True),
    case("status-304-with-body", b"HTTP/1.1 304 N\r\n\r\nhello", "body-where-none-allowed", body=b"", surplus=5),
    case("head-request", OK + b"Content-Length: 5\r\n\r\n", method="HEAD", body=b"", reusable=True),
    case("head-request-chunked", CHUNKED, method="HEAD", body=b"", chunked=False, reusable=True),
    case("head-request-with-body", FIVE, "body-where-none-allowed", method="HEAD", body=b"", surplus=5),
    case("closed-at-once", b"", done=False, shortfall="no-response", head=None),
    case("closed-in-status-line", b"HTTP/1.1 20", done=False, shortfall="header-cut", held=b"HTTP/1.1 20", block=b""),
    case("closed-in-first-word", b"HT", done=False, shortfall="header-cut", held=b"HT"),
    case("closed-in-head", OK + b"Content-Length: 0\r\n", done=False, shortfall="header-cut", head=None),
]

HEADERS = [
    case("head-70k", line(b"A: " + b"v" * 70000 + b"\r\n"), **JUST_HELLO, reusable=True),
    case(
        "head-10000-fields", line(b"".join(b"X-%d: %d\r\n" % (n, n) for n in range(10000))), **JUST_HELLO, reusable=True
    ),
    case("head-at-the-limit", FIVE, bounds={"max_header": len(FIVE) - 5}, **JUST_HELLO),
    case(
        "head-over-the-limit",
        FIVE,
        bounds={"max_header": len(FIVE) - 6},
        failure="header-too-large",
        done=False,
        held=FIVE[: len(FIVE) - 6],
        block=b"",
    ),
    case(
        "obs-fold",
        line(b"A: one\r\n  two \r\n\tthree\r\n"),
        "header-obs-fold",
        **JUST_HELLO,
        fields=((b"A", b"one two three"), FIELD),
    ),
    case("fold-first", line(b" X: y\r\n"), "header-obs-fold", **JUST_HELLO, fields=(FIELD,)),
    case("fold-after-no-colon", line(b"nothing\r\n X: y\r\n"), "header-obs-fold", "header-no-colon", fields=(FIELD,)),
    case("nul", line(b"A: b\0c\r\n"), "header-nul", **JUST_HELLO, fields=((b"A", b"b\0c"), FIELD)),
    case(
        "bare-cr", line(b"A: b\rC: d\r\n"), "header-bare-cr", **JUST_HELLO, fields=((b"A", b"b"), (b"C", b"d"), FIELD)
    ),
    case("bare-cr-before-crlf", line(b"A: b\r\r\n"), "header-bare-cr", fields=((b"A", b"b"), FIELD)),
    case(
        "lf-only",
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        "header-lf-only",
        **JUST_HELLO,
        fields=(FIELD,),
        reusable=False,
    ),
    case("mixed-ends", b"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 5\n\r\nhello", "header-lf-only", **JUST_HELLO),
    case(
        "lf-then-crlf-blank",
        OK + b"Content-Length: 5\r\n\nhello\r\n\r\n",
        "header-lf-only",
        "surplus-bytes",
        body=b"hello",
    ),
    case("no-colon", line(b"what is this\r\n"), "header-no-colon", **JUST_HELLO, fields=(FIELD,)),
    case("empty-name", line(b": value\r\n"), "header-empty-name", **JUST_HELLO, fields=(FIELD,)),
    case("space-before-colon", line(b"A : b\r\n"), "header-space-in-name", fields=((b"A", b"b"), FIELD)),
    case("space-in-name", line(b"A B: c\r\n"), "header-space-in-name", fields=((b"A B", b"c"), FIELD)),
    case("odd-name", line(b"A(B): c\r\n"), "header-name-odd", fields=((b"A(B)", b"c"), FIELD)),
    case(
        "non-ascii-value", line("A: größe\r\n".encode()), "header-non-ascii", fields=((b"A", "größe".encode()), FIELD)
    ),
    case("non-ascii-name", line("Ä: b\r\n".encode()), "header-non-ascii", fields=(("Ä".encode(), b"b"), FIELD)),
    case("ansi-injection", line(b"A: \x1b[2J\x07\r\n"), "header-control", fields=((b"A", b"\x1b[2J\x07"), FIELD)),
    case("forged-warc-record", line(b"A: b\r\nWARC/1.1: x\r\n"), "header-name-odd", **JUST_HELLO),
    case("forged-warc-body", length(b"10", b"WARC/1.1\r\n"), body=b"WARC/1.1\r\n", reusable=True),
    case("cookies-300", line((b"Set-Cookie: c=" + b"x" * 4096 + b"\r\n") * 300), **JUST_HELLO, reusable=True),
    case("content-type-missing", FIVE, **JUST_HELLO),
    case("content-type-twice", line(b"Content-Type: a\r\nContent-Type: b\r\n"), **JUST_HELLO, reusable=True),
    case("etag-60k", line(b'ETag: "' + b"e" * 60000 + b'"\r\n'), **JUST_HELLO, reusable=True),
    case("link-3000-targets", line(b"Link: " + b"</a>; rel=next, " * 3000 + b"\r\n"), **JUST_HELLO, reusable=True),
]

CASES = {each.name: each for each in FRAMING + HEADERS}


def test_no_case_hides_another() -> None:
    assert len(CASES) == len(FRAMING) + len(HEADERS)


@pytest.mark.parametrize("name", CASES)
def test_a_named_response_is_framed_as_stated(name: str) -> None:
    each = CASES[name]
    seen = run([each.raw], each.method, each.bounds)
    assert {key: seen[key] for key in each.seen} == each.seen
    assert set(seen["faults"]) <= FAULTS.keys()
    assert {seen["failure"], seen["shortfall"]} - {None} <= REASONS.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_named_response_is_framed_alike_octet_by_octet(name: str) -> None:
    each = CASES[name]
    assert run(octets(each.raw), each.method, each.bounds) == run([each.raw], each.method, each.bounds)


@given(st.sampled_from(sorted(CASES)), st.lists(st.integers(0, 1 << 20), max_size=12))
@MODEST
def test_a_named_response_is_framed_alike_however_it_is_split(name: str, places: list[int]) -> None:
    each = CASES[name]
    assert run(cut(each.raw, places), each.method, each.bounds) == run([each.raw], each.method, each.bounds)


def test_every_fault_in_the_list_occurs_in_a_case() -> None:
    assert {word for each in CASES.values() for word in each.seen["faults"]} == FAULTS.keys()


FRAGMENTS = st.sampled_from(
    [
        OK,
        CHUNKED,
        FIVE,
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.0 404 Gone\r\n",
        b"HTTP/1.1 101 X\r\n\r\n",
        b"http/",
        b"HT",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b" ",
        b"\t",
        b"<",
        b"0\r\n\r\n",
        b"5\r\n",
        b"5\nhello\n",
        b"hello",
        b"3;x\r\nabc\r\n",
        b"A: b\r\n",
        b": c\r\n",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff",
        b"T: u\r\n",
    ]
)
ANYTHING = st.lists(FRAGMENTS | st.binary(max_size=6), max_size=14).map(b"".join)
PLACES = st.lists(st.integers(0, 1 << 12), max_size=8)


@given(ANYTHING, PLACES, st.sampled_from(["GET", "HEAD"]))
@settings(MODEST, max_examples=400)
def test_no_octet_is_lost_or_invented(raw: bytes, places: list[int], method: str) -> None:
    seen = run(cut(raw, places), method)
    assert b"".join(octet for _, octet in seen["interim"]) + seen["block"] + seen["held"] == raw
    assert seen["message_length"] + seen["surplus"] == len(seen["block"])
    assert seen["faults"] == list(dict.fromkeys(seen["faults"]))
    assert not (seen["block"] and seen["held"])
    assert [seen["done"], seen["failure"] is not None, seen["shortfall"] is not None].count(True) == 1


@given(ANYTHING, PLACES, st.integers(0, 60))
@settings(MODEST, max_examples=400)
def test_the_split_changes_nothing_whatever_the_bytes_and_limits(raw: bytes, places: list[int], limit: int) -> None:
    bounds = {"max_header": limit, "max_interim": limit % 3}
    whole = run([raw], "GET", bounds)
    assert run(cut(raw, places), "GET", bounds) == whole
    assert run(octets(raw), "GET", bounds) == whole
    assert len(whole["held"]) <= (limit if whole["failure"] else 1024)


@given(st.sampled_from([name for name in CASES if len(CASES[name].raw) < 300]), st.data())
@settings(MODEST, max_examples=300)
def test_mutated_responses_never_raise_and_never_depend_on_the_split(name: str, data: st.DataObject) -> None:
    raw = bytearray(CASES[name].raw)
    assume(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(FRAGMENTS | st.binary(max_size=2))
    places = data.draw(PLACES)
    assert run(cut(bytes(raw), places)) == run([bytes(raw)])


@dataclass
class WellFormed:
    """A response without a fault, and the bytes after it."""

    raw: bytes
    body: bytes
    ends_itself: bool
    after: bytes
    method: str


TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0189-_", min_size=1, max_size=12).map(
    lambda text: f"X-{text}".encode()
)
VALUE = st.text('abc XYZ 019;,="/()<>@\t~!', max_size=30).map(lambda text: text.strip().encode())
EXTENSION = st.sampled_from([b"", b";a", b";a=b", b';a="b c";d=e'])


@st.composite
def well_formed(draw: st.DrawFn) -> WellFormed:
    """Responses that h11 and llhttp both accept: length, chunks with extensions and trailers, or the close."""
    code = draw(st.sampled_from([200, 203, 206, 301, 304, 204, 404, 410, 500, 503]))
    method = draw(st.sampled_from(["GET", "GET", "HEAD"]))
    reason = draw(st.sampled_from([b"OK", b"", b"Not So Good", b"(x)"]))
    lines = [name + b":" + draw(st.sampled_from([b"", b" ", b"\t "])) + value + b"\r\n"
             for name, value in draw(st.lists(st.tuples(TOKEN, VALUE), max_size=6))]  # fmt: skip
    chunks = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=5))
    body = b"".join(chunks)
    bodiless = method == "HEAD" or code in (204, 304)
    mode = draw(st.sampled_from(["length", "chunked", "close"]))
    if bodiless:
        wire = body = b""
    elif mode == "length":
        lines.append(b"Content-Length: %d\r\n" % len(body))
        wire = body
    elif mode == "chunked":
        lines.append(b"Transfer-Encoding: chunked\r\n")
        sized = [b"%x" % len(chunk) + draw(EXTENSION) + b"\r\n" + chunk + b"\r\n" for chunk in chunks]
        trailers = draw(st.lists(st.tuples(TOKEN, VALUE), max_size=2))
        wire = b"".join(sized) + b"0" + draw(EXTENSION) + b"\r\n"
        wire += b"".join(name + b": " + value + b"\r\n" for name, value in trailers) + b"\r\n"
    else:
        wire = body
    lines = draw(st.permutations(lines))
    raw = b"HTTP/1.1 %d " % code + reason + b"\r\n" + b"".join(lines) + b"\r\n" + wire
    ends_itself = bodiless or mode != "close"
    return WellFormed(
        raw, body, ends_itself, draw(st.sampled_from([b"", FIVE, b"\r\n"])) if ends_itself else b"", method
    )


@given(well_formed(), PLACES)
@settings(MODEST, max_examples=250)
def test_well_formed_responses_are_framed_as_h11_frames_them(response: WellFormed, places: list[int]) -> None:
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method=response.method, target="/", headers=[("Host", "h")]))
    peer.send(h11.EndOfMessage())
    peer.receive_data(response.raw + response.after)
    if not response.ends_itself:
        peer.receive_data(b"")
    theirs = peer.next_event()
    body = b""
    while isinstance(event := peer.next_event(), h11.Data):
        body += event.data
    assert isinstance(theirs, h11.Response)
    assert isinstance(event, h11.EndOfMessage)

    seen = run(cut(response.raw + response.after, places), response.method, close=not response.ends_itself)
    assert seen["done"]
    assert seen["body"] == body == response.body
    assert (seen["code"], seen["reason"]) == (theirs.status_code, theirs.reason)
    assert [(name.lower(), value) for name, value in seen["fields"]] == list(theirs.headers)
    assert seen["message_length"] == len(response.raw)
    assert seen["surplus"] == len(peer.trailing_data[0]) == len(response.after)
    assert len(seen["faults"]) == bool(response.after)


class Heard:
    """What llhttp says of one response."""

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.complete = False
        self.trailing = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.trailing:
            self.fields.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        self.trailing = True

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


@given(well_formed(), PLACES)
@settings(MODEST, max_examples=250)
def test_well_formed_responses_are_framed_as_llhttp_frames_them(response: WellFormed, places: list[int]) -> None:
    assume(response.method == "GET")
    heard = Heard()
    parser = httptools.HttpResponseParser(heard)
    parser.feed_data(response.raw)
    seen = run(cut(response.raw, places))
    assert heard.complete == response.ends_itself
    assert (seen["done"], seen["faults"], seen["code"]) == (True, [], parser.get_status_code())
    assert seen["body"] == heard.body == response.body
    assert list(seen["fields"]) == heard.fields
    assert seen["message_length"] == len(response.raw)


@given(st.binary(max_size=200) | ANYTHING, PLACES)
@MODEST
def test_the_payload_does_not_depend_on_the_split(body: bytes, places: list[int]) -> None:
    assert b"".join(payload(cut(body, places))) == b"".join(payload([body])) == b"".join(payload(octets(body)))


def test_the_body_passes_through_uncopied() -> None:
    framer = ResponseFramer()
    whole = OK + b"Content-Length: 100000\r\n\r\n" + b"x" * 1000
    piece = b"y" * 50000
    assert framer.feed(whole) is whole
    assert framer.feed(piece) is piece


def test_a_broken_chunk_ends_the_message_and_what_follows_is_still_given_out() -> None:
    framer = ResponseFramer()
    framer.feed(CHUNKED + b"5\r\nhello\r\nZZZ\r\n")
    extent = framer.message_length
    assert framer.failure == "chunk-invalid"
    assert framer.feed(b"anything") == b"anything"
    assert framer.eof() == b""
    assert (framer.message_length, framer.surplus, framer.shortfall) == (extent, 13, None)
    assert extent == len(CHUNKED) + 10


def test_what_is_not_http_is_known_at_its_fifth_octet_at_the_latest() -> None:
    for raw in (b"SSH-2.0", b"RTSP/1.0", b"\0\0\x12\x04\0\0"):
        framer = ResponseFramer()
        known = next(count for count, octet in enumerate(octets(raw), 1) if framer.feed(octet) or framer.failure)
        assert known <= 5
        assert framer.failure == "not-http"


def test_a_megabyte_of_head_octet_by_octet_takes_linear_time() -> None:
    raw = OK + b"A: " + b"v" * 1_000_000 + b"\r\n\r\n"
    framer = ResponseFramer()
    for octet in octets(raw):
        framer.feed(octet)
    assert framer.head is not None
    assert framer.head.length == len(raw)


def test_endless_heads_bodies_and_trailers_are_held_in_bounded_memory() -> None:
    streams = {
        b"HTTP/1.1 200 OK\r\nA: ": 400_000,
        b"HTTP/1.1 200 OK\r\n\r\n": 100_000,
        CHUNKED + b"0\r\n": 100_000,
        CHUNKED + b"ffffffff\r\n": 100_000,
        CHUNKED + b"5;": 100_000,
        b"SSH": 400_000,
    }
    piece = b"T: u\r\n" * 10_000
    for start, bound in streams.items():
        framer = ResponseFramer(max_header=100_000)
        framer.feed(start)
        tracemalloc.start()
        for _ in range(200):
            framer.feed(piece)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < bound
        assert len(framer.held) <= 100_000
