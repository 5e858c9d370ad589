# SPDX-License-Identifier: Apache-2.0
"""Where a message ends: Content-Length, Transfer-Encoding and chunks, right and wrong (RFC 9112 sections 6 and 7).

The rule the expected words follow: an invalid Content-Length means a body until close; Transfer-Encoding beats
Content-Length; what browsers show is captured whole and flagged; bytes after the end of the message stay in the
block.
"""

from tests.site.case import COMPLETE, TRUNCATED, Case, Family
from tests.site.conversation import Conversation
from tests.site.wire import CHUNKED, CLOSE, HTML, OK, PAGE, burst, chunk, chunked, endless, head, reply

_framing = Family("http-framing")

FAULT = "framing-fault"
_EITHER = ((COMPLETE, None),)
_KEPT = b"kept before the fault"
_CHUNKED = head(OK, HTML, CHUNKED, CLOSE)
_ARABIC_9000 = "٩٠٠٠".encode()


def _length(*values: bytes, body: bytes = PAGE) -> bytes:
    return head(OK, HTML, *(b"Content-Length: " + value for value in values), CLOSE) + body


def _coded(*values: bytes, body: bytes, line: bytes = OK) -> bytes:
    return head(line, HTML, *(b"Transfer-Encoding: " + value for value in values), CLOSE) + body


def _broken(rest: bytes) -> bytes:
    return _CHUNKED + chunk(_KEPT) + rest


def _byte_by_byte(conversation: Conversation) -> None:
    answer = _CHUNKED + chunked(b"one letter", b" at a time")
    for at in range(len(answer)):
        conversation.send(answer[at : at + 1])
    conversation.close()


def _unread_length(name: str, *values: bytes, note: str = "") -> Case:
    return _framing.complete(
        name, burst(_length(*values)), FAULT, note=note or "not a length: the body runs until close"
    )


_LENGTHS = (
    _framing.complete("cl-exact", burst(reply(PAGE)), note="the control: nothing wrong"),
    _framing.complete("cl-zero", burst(reply(b""))),
    _framing.complete("cl-leading-zeros", burst(_length(b"000000%d" % len(PAGE)))),
    _framing.complete("cl-padded", burst(_length(b"   %d \t" % len(PAGE)))),
    _framing.complete("cl-odd-case", burst(head(OK, HTML, b"cOnTeNt-LeNgTh: %d" % len(PAGE), CLOSE) + PAGE)),
    _framing.cut("cl-short-body", burst(_length(b"1000", body=PAGE[:60])), "body-short"),
    _framing.cut("cl-no-body", burst(_length(b"500", body=b"")), "body-short"),
    _framing.cut("cl-one-byte-short", burst(_length(b"%d" % (len(PAGE) + 1))), "body-short"),
    _framing.complete("cl-surplus", burst(_length(b"10")), FAULT, note="more bytes than announced"),
    _framing.complete("cl-zero-with-body", burst(_length(b"0")), FAULT),
    _unread_length("cl-negative", b"-1"),
    _unread_length("cl-digits-then-letters", b"9000abc"),
    _unread_length("cl-plus-sign", b"+9000"),
    _unread_length("cl-underscore", b"9_000"),
    _unread_length("cl-arabic-digits", _ARABIC_9000),
    _unread_length("cl-hexadecimal", b"0x2328"),
    _unread_length("cl-fraction", b"9000.0"),
    _unread_length("cl-empty", b""),
    _unread_length("cl-conflict", b"5", b"9000", note="two lengths that differ: neither is believed"),
    _unread_length("cl-list-conflict", b"5, 9000"),
    _framing.complete(
        "cl-twice-same", burst(_length(b"%d" % len(PAGE), b"%d" % len(PAGE))), FAULT, also=_EITHER, note="RFC 9110 8.6"
    ),
    _framing.complete(
        "cl-list-same", burst(_length(b"%d, %d" % (len(PAGE), len(PAGE)))), FAULT, also=_EITHER, note="RFC 9110 8.6"
    ),
    _framing.complete(
        "cl-space-before-colon", burst(head(OK, HTML, b"Content-Length : %d" % len(PAGE), CLOSE) + PAGE), FAULT
    ),
    _framing.cut("cl-ten-to-the-thirty", burst(_length(b"1" + b"0" * 30)), "body-short", also=((COMPLETE, FAULT),)),
    _framing.cut("cl-5000-digits", burst(_length(b"9" * 5000)), "body-short", also=((COMPLETE, FAULT),)),
    _framing.complete("body-exactly-at-limit", burst(lambda: reply(b"x" * (1 << 20)))),
    _framing.complete("body-at-limit-until-close", burst(lambda: head(OK, HTML, CLOSE) + b"x" * (1 << 20))),
    _framing.cut("body-one-over-limit", burst(lambda: reply(b"x" * ((1 << 20) + 1))), "length-limit", prefix=True),
)

_TRANSFER_CODINGS = (
    _framing.complete("te-upper-case", burst(_coded(b"CHUNKED", body=chunked(PAGE)))),
    _framing.complete("te-and-cl", burst(head(OK, HTML, CHUNKED, b"Content-Length: 7", CLOSE) + chunked(PAGE)), FAULT),
    _framing.complete(
        "te-and-longer-cl", burst(head(OK, HTML, b"Content-Length: 9000", CHUNKED, CLOSE) + chunked(PAGE)), FAULT
    ),
    _framing.complete("te-chunked-twice-in-one", burst(_coded(b"chunked, chunked", body=chunked(PAGE))), FAULT),
    _framing.complete("te-chunked-in-two-fields", burst(_coded(b"chunked", b"chunked", body=chunked(PAGE))), FAULT),
    _framing.complete("te-unknown", burst(_coded(b"banana", body=PAGE)), FAULT, note="not chunked: until close"),
    _framing.complete("te-gzip", burst(_coded(b"gzip", body=PAGE)), FAULT),
    _framing.complete("te-gzip-chunked", burst(_coded(b"gzip, chunked", body=chunked(PAGE))), FAULT, also=_EITHER),
    _framing.complete(
        "te-chunked-not-last",
        burst(_coded(b"chunked, banana", body=PAGE)),
        FAULT,
        also=((TRUNCATED, "chunk-invalid"), (TRUNCATED, "chunk-unterminated")),
        note="who reads chunks here, as browsers do, sees a size line that never ends",
    ),
    _framing.complete("te-identity", burst(_coded(b"identity", body=PAGE)), FAULT, also=_EITHER),
    _framing.complete("te-xchunked", burst(_coded(b"xchunked", body=PAGE)), FAULT),
    _framing.complete("te-vertical-tab", burst(_coded(b"\x0bchunked", body=chunked(PAGE))), FAULT),
    _framing.complete("te-quoted", burst(_coded(b'"chunked"', body=chunked(PAGE))), FAULT),
    _framing.complete(
        "te-space-before-colon", burst(head(OK, HTML, b"Transfer-Encoding : chunked", CLOSE) + chunked(PAGE)), FAULT
    ),
    _framing.complete("te-in-http10", burst(_coded(b"chunked", body=chunked(PAGE), line=b"HTTP/1.0 200 OK")), FAULT),
)

_CHUNKS_READ = (
    _framing.complete("chunked-plain", burst(_CHUNKED + chunked(PAGE[:20], PAGE[20:]))),
    _framing.complete("chunked-empty", burst(_CHUNKED + chunked())),
    _framing.complete("chunked-upper-case-size", burst(_CHUNKED + b"1A\r\n" + b"z" * 26 + b"\r\n0\r\n\r\n")),
    _framing.complete("chunked-with-extensions", burst(_CHUNKED + b'5;tide=high;x="a;b"\r\nwater\r\n0;last\r\n\r\n')),
    _framing.complete(
        "chunked-with-trailers",
        burst(
            _CHUNKED + b"5\r\nwater\r\n0\r\nContent-Type: image/png\r\nContent-Length: 3\r\nSet-Cookie: tide=1\r\n\r\n"
        ),
        note="trailer fields must not be read as header fields",
    ),
    _framing.complete(
        "chunked-100-trailers",
        burst(_CHUNKED + b"5\r\nwater\r\n0\r\n" + b"".join(b"X-T%d: %d\r\n" % (n, n) for n in range(100)) + b"\r\n"),
    ),
    _framing.complete("chunk-size-leading-zeros", burst(_CHUNKED + b"00000005\r\nwater\r\n000\r\n\r\n")),
    _framing.complete("chunk-20000-single-bytes", burst(lambda: _CHUNKED + chunk(b"w") * 20_000 + b"0\r\n\r\n")),
    _framing.complete(
        "chunk-holds-a-response",
        burst(_CHUNKED + chunked(b"0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")),
        note="framing inside a chunk is content",
    ),
    _framing.complete("chunked-byte-by-byte", _byte_by_byte),
    _framing.complete("chunk-surplus", burst(_CHUNKED + chunked(PAGE) + b"after the last chunk"), FAULT),
    _framing.complete(
        "chunk-surplus-response",
        burst(_CHUNKED + chunked(PAGE) + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"),
        FAULT,
    ),
    _framing.complete(
        "chunk-size-trailing-spaces", burst(_CHUNKED + b"5  \r\nwater\r\n0  \r\n\r\n"), FAULT, also=_EITHER
    ),
    _framing.complete(
        "chunk-lf-only", burst(_CHUNKED + b"5\nwater\n0\n\n"), FAULT, also=((TRUNCATED, "chunk-invalid"),)
    ),
    _framing.complete(
        "chunk-last-without-final-crlf",
        burst(_CHUNKED + chunk(PAGE) + b"0\r\n"),
        FAULT,
        also=((TRUNCATED, "chunk-unterminated"),),
    ),
)


def _invalid(name: str, rest: bytes, *, unterminated_too: bool = False) -> Case:
    also = ((TRUNCATED, "chunk-unterminated"),) if unterminated_too else ()
    return _framing.cut(name, burst(_broken(rest)), "chunk-invalid", prefix=True, holds=_KEPT, also=also)


def _unterminated(name: str, rest: bytes, *, invalid_too: bool = False) -> Case:
    also = ((TRUNCATED, "chunk-invalid"),) if invalid_too else ()
    return _framing.cut(name, burst(_broken(rest)), "chunk-unterminated", also=also)


_CHUNKS_BROKEN = (
    _invalid("chunk-size-zzz", b"ZZZ\r\nwater\r\n0\r\n\r\n"),
    _invalid("chunk-size-with-space", b"17 F\r\n" + b"w" * 23 + b"\r\n0\r\n\r\n"),
    _invalid("chunk-size-negative", b"-5\r\nwater\r\n0\r\n\r\n"),
    _invalid("chunk-size-plus", b"+5\r\nwater\r\n0\r\n\r\n"),
    _invalid("chunk-size-0x5", b"0x5\r\nwater\r\n0\r\n\r\n"),
    _invalid("chunk-size-underscore", b"1_0\r\n" + b"w" * 16 + b"\r\n0\r\n\r\n"),
    _invalid("chunk-size-empty", b"\r\nwater\r\n0\r\n\r\n"),
    _invalid("chunk-bad-crlf", b"5\r\nwaterXX\r\n0\r\n\r\n"),
    _invalid("chunk-longer-than-size", b"5\r\nwater and more\r\n0\r\n\r\n"),
    _invalid("chunk-size-is-html", b"<h1>500 Internal Server Error</h1>\r\n"),
    _unterminated("chunk-none-after-first", b""),
    _unterminated("chunk-cut-in-content", b"64\r\nonly this much"),
    _unterminated("chunk-cut-in-size", b"1"),
    _unterminated("chunk-cut-in-crlf", b"5\r\nwater\r"),
    _unterminated("chunk-cut-in-extension", b"5;tide=hi"),
    _unterminated("chunk-size-16-digits", b"FFFFFFFFFFFFFFFF\r\nwater\r\n0\r\n\r\n", invalid_too=True),
    _unterminated("chunk-size-overflow", b"100000000000000005\r\nwater\r\n0\r\n\r\n", invalid_too=True),
    _framing.cut(
        "chunk-2mb-extension",
        burst(lambda: _broken(b"5;" + b"e" * (2 << 20) + b"\r\nwater\r\n0\r\n\r\n")),
        "chunk-invalid",
        also=((TRUNCATED, "length-limit"),),
        prefix=True,
        holds=_KEPT,
    ),
    _framing.cut(
        "chunk-endless-trailers",
        endless(_broken(b"0\r\n"), b"X-Again: and again\r\n" * 3000),
        "length-limit",
        also=((TRUNCATED, "chunk-invalid"),),
        prefix=True,
        holds=_KEPT,
        closes=False,
    ),
)

FRAMING: tuple[Case, ...] = _LENGTHS + _TRANSFER_CODINGS + _CHUNKS_READ + _CHUNKS_BROKEN
