# SPDX-License-Identifier: Apache-2.0
"""Frames one HTTP/1.x response without a socket, keeps every byte, and accepts what browsers show (RFC 9112).

Guarantees: the octets of the interim responses, those given out and those held are together exactly those fed (after
a failure `held` stops at `max_header` octets); nothing depends on how they were split; time is linear; memory is
bounded by `max_header`; nothing raises. Leaves to others: limits on bodies and on time, content codings, what the
fields mean.

Where the RFC leaves a choice, or browsers disagree with it, we read as Chromium's network stack does:

- Up to four octets of junk, or eight of CR and LF, may stand before the status line; they belong to the head.
- `chunked` anywhere among the transfer codings means chunked, and wins over Content-Length; other codings stay in the
  payload. `xchunked`, `identity` and their like are as if absent: Content-Length, else the close, ends the body.
- An invalid or conflicting Content-Length is ignored: the close ends the body (Chromium refuses the conflict).
- 205 has no body unless its fields announce one.

It differs in three places. A chunked HTTP/1.0 response is read as chunks, as Firefox does; Chromium shows the sizes as
part of the page. Content-Length beyond 2^63 is believed. HTTP/0.9 is only what begins with `<` after white space or a
byte order mark; Chromium takes any text on the default port.
"""

import re
from collections.abc import Iterable, Iterator

from archiver.exchange import Head
from archiver.formats.chunked import Chunks
from archiver.formats.heads import parse_head

FAULTS: dict[str, str] = {
    "body-where-none-allowed": "octets follow a response that has no body: to HEAD, or 204, 205, 304 (RFC 9112 6.3)",
    "chunk-crlf-missing": "chunk data is not followed by CRLF; reading stopped there (RFC 9112 7.1)",
    "chunk-extension-odd": "a chunk extension holds control characters (RFC 9112 7.1.1)",
    "chunk-lf-only": "a line of the chunked coding ends with LF alone (RFC 9112 7.1)",
    "chunk-line-too-long": "a line of the chunked coding exceeds 16 KiB; reading stopped there (RFC 9112 7.1.1)",
    "chunk-size-invalid": "a chunk size is not hex digits below 2^63; reading stopped there (RFC 9112 7.1)",
    "chunk-size-odd": "a chunk size is padded with white space or has more than 16 digits (RFC 9112 7.1)",
    "code-odd": "the status code is missing, not three digits, or outside 100 to 599 (RFC 9110 15)",
    "coding-in-http-1.0": "an HTTP/1.0 response has a Transfer-Encoding (RFC 9112 6.1)",
    "coding-obfuscated": "chunked is named twice, in several lines, or not last (RFC 9112 6.1)",
    "coding-unknown": "a transfer coding other than chunked; it was not undone (RFC 9112 6.1)",
    "header-bare-cr": "a CR without LF in the head, read as a line end (RFC 9112 2.2)",
    "header-control": "a control character other than NUL in the head, kept as it came (RFC 9110 5.5)",
    "header-empty-name": "a field line without a name, left out (RFC 9112 5)",
    "header-lf-only": "a line of the head ends with LF alone (RFC 9112 2.2)",
    "header-name-odd": "a field name holds characters that no token may (RFC 9110 5.1)",
    "header-no-colon": "a line of the head without a colon, left out (RFC 9112 5)",
    "header-non-ascii": "octets above 0x7F in a field line, kept as they came (RFC 9110 5.5)",
    "header-nul": "a NUL in the head, kept as it came (RFC 9110 5.5)",
    "header-obs-fold": "a folded field line, joined by one space (RFC 9112 5.2)",
    "header-space-in-name": "white space within a field name or before the colon (RFC 9112 5.1)",
    "http-0.9": "a body without a head, read as HTTP/0.9 (RFC 1945 6)",
    "leading-crlf": "CR or LF before the status line (RFC 9112 2.2)",
    "leading-junk": "up to four other octets before the status line (RFC 9112 2.2)",
    "length-conflict": "Content-Length values differ; the close ends the body (RFC 9112 6.3)",
    "length-duplicate": "Content-Length is given several times with one value (RFC 9112 6.3)",
    "length-invalid": "Content-Length is not 1 to 100 digits; the close ends the body (RFC 9112 6.3)",
    "length-with-coding": "Content-Length beside Transfer-Encoding (RFC 9112 6.3)",
    "status-line-odd": "white space, case or characters of the status line break its grammar (RFC 9112 4)",
    "surplus-bytes": "octets follow the end of the message (RFC 9112 6.3)",
    "trailer-odd": "a trailer line is no field line (RFC 9112 7.1.2)",
    "trailer-too-long": "the trailer section exceeds the limit of the head; reading stopped there (RFC 9112 7.1.2)",
    "version-odd": "the HTTP version is neither 1.0 nor 1.1 (RFC 9112 2.3)",
}
"""The closed list of framing faults: word and meaning."""

_BLANK_LIMIT = 1024
_SLOP = 4
_BLANK = re.compile(rb"\A(?:\xef\xbb\xbf)?[ \t\r\n]*")
_FRAMING_FIELDS = {len("connection"), len("content-length"), len("transfer-encoding")}


def payload(pieces: Iterable[bytes], *, max_header: int = 2 << 20) -> Iterator[bytes]:
    """The chunk data of a body in the chunked coding, up to its end or where it breaks, in constant memory.

    `max_header` bounds the trailer section as it does in `ResponseFramer`.
    """
    chunks = Chunks(lambda _: None, max_header)
    for piece in pieces:
        found: list[bytes] = []
        chunks.read(piece, 0, found)
        yield from found
        if chunks.ended or chunks.invalid:
            return


class ResponseFramer:
    """The response to one request, framed as its bytes come.

    `feed` gives out the bytes of the record block: the final head once it is complete, then the body as it comes, then
    what follows the message. After `failure` nothing is given out, except after `chunk-invalid`, whose bytes are.
    """

    __slots__ = (
        "_allowed", "_bodiless", "_body_length", "_chunks", "_held", "_interim_limit", "_keep_alive", "_max_header",
        "_max_trailer", "_method", "_remaining", "_searched", "_start", "chunked", "done", "failure", "faults", "head",
        "interim", "shortfall", "surplus",
    )  # fmt: skip

    def __init__(
        self,
        method: str = "GET",
        *,
        max_header: int = 2 << 20,
        max_interim: int = 20,
        max_trailer: int | None = None,
    ) -> None:
        """`max_trailer` bounds the trailer section, by default as `max_header` does the head."""
        self.done = False
        """The message is complete: by length, last chunk, having no body, or the close that ends it."""
        self.head: Head | None = None
        """The head of the final response once it is complete; `length` counts whatever stood before the status line."""
        self.interim: list[tuple[int, bytes]] = []
        """Status code and exact bytes of each 1xx response."""
        self.faults: list[str] = []
        """Words of `FAULTS`, each once, as first seen."""
        self.chunked = False
        """The body is in the chunked coding."""
        self.surplus = 0
        """Octets given out that do not belong to the message: those after its end, or from where its chunks broke."""
        self.failure: str | None = None
        """The word of `exchange.REASONS` why this exchange cannot go on."""
        self.shortfall: str | None = None
        """After `eof`: the word of `exchange.REASONS` for what was missing."""
        self._method = method.upper()
        self._max_header = max_header
        self._allowed = max_header
        self._max_trailer = max_header if max_trailer is None else max_trailer
        self._interim_limit = max_interim
        self._held = bytearray()
        self._start: int | None = None
        self._searched = 0
        self._bodiless = False
        self._body_length = 0
        self._remaining: int | None = None
        self._chunks: Chunks | None = None
        self._keep_alive = False

    @property
    def held(self) -> bytes:
        """Octets not given out: the unfinished head; after a failure the first `max_header` that made no response."""
        return bytes(self._held)

    @property
    def message_length(self) -> int:
        """Octets given out that belong to the message: head and body."""
        return (self.head.length if self.head else 0) + self._body_length - self.surplus

    @property
    def reusable(self) -> bool:
        """Whether the connection may be used again: a faultless, complete HTTP/1.1 message that does not end it."""
        return self.done and self._keep_alive and not self.faults and not self.surplus

    def feed(self, data: bytes) -> bytes:
        """Takes what the peer sent; returns the bytes that belong to the record block, often `data` itself."""
        if self.head is not None:
            self._take_body(data, 0)
            return data
        source: bytes | bytearray = data
        if self._held or self.failure is not None:
            self._held += data
            source = self._held
        while self.failure is None and (end := self._find_end(source)) is not None:
            head = self._take_head(bytes(source[:end]))
            if head is not None:
                block = bytes(source)
                self._held = bytearray()
                self._begin_body(head)
                self._take_body(block, head.length)
                return block
            if self.failure is None:
                source = source[end:]
        if source is not self._held:
            self._held = bytearray(source)
        if self.failure is not None:
            del self._held[self._max_header :]
        return b""

    def eof(self) -> bytes:
        """Takes the end of the connection; returns held bytes of the record block, which are none."""
        if not self.done and self.failure is None:
            if self.head is None:
                self.shortfall = "header-cut" if self._held else "no-response"
            elif self._chunks is not None:
                self.shortfall = "chunk-unterminated"
            elif self._remaining is not None:
                self.shortfall = "body-short"
            else:
                self.done = True
        return b""

    def _fault(self, word: str) -> None:
        if word not in self.faults:
            self.faults.append(word)

    def _find_end(self, source: bytes | bytearray) -> int | None:
        """Where the head that `source` begins with ends, after its empty line; 0 when the response has none."""
        if self._start is None:
            self._locate_start(source)
        if self._start is None or self.failure is not None:
            return None
        if self._start < 0:
            return 0
        at = max(self._start, self._searched)
        end = source.find(b"\n\r\n", at) + 3
        alone = source.find(b"\n\n", at, end - 2 if end > 2 else len(source)) + 2
        end = alone if alone > 1 else end
        if (end if end > 2 else len(source)) > self._allowed:
            self.failure = "header-too-large"
        elif end > 2:
            return end
        self._searched = len(source) - 2
        return None

    def _locate_start(self, source: bytes | bytearray) -> None:
        """Finds the status line, or that there is none, on as few bytes as tell (-1 for HTTP/0.9)."""
        if source[:5] == b"HTTP/":
            self._start = 0
            return
        begin = bytes(source[:_BLANK_LIMIT])
        blank = len(begin) - len(_BLANK.sub(b"", begin, count=1))
        if begin[blank : blank + 1] == b"<" and not self.interim:
            self._fault("http-0.9")
            self._start = -1
            return
        places = [*range(_SLOP + 1), *range(_SLOP + 1, min(len(begin) - len(begin.lstrip(b"\r\n")), 8) + 1)]
        for place in places:
            if (word := begin[place : place + 5].lower()) == b"http/":
                if place:
                    self._fault("leading-junk" if begin[:place].strip(b"\r\n") else "leading-crlf")
                self._start = place
                return
            if b"http/".startswith(word):
                return
        if blank < len(begin) or len(source) >= _BLANK_LIMIT or self.interim:
            self.failure = "not-http"

    def _take_head(self, raw: bytes) -> Head | None:
        """The final head, or None after an interim response or a failure."""
        if not raw:
            return Head("0.9", None, b"", (), 0)
        assert self._start is not None
        head = parse_head(raw, self._start, self._fault)
        if head.code is None or not 100 <= head.code <= 199:
            return head
        if head.code == 101:
            self.failure = "switching-protocols"
        elif len(self.interim) == self._interim_limit:
            self.failure = "interim-flood"
        else:
            self.interim.append((head.code, raw))
            self._allowed -= len(raw)
            self._start = None
            self._searched = 0
        return None

    def _begin_body(self, head: Head) -> None:
        """Finds how the body ends (RFC 9112 section 6.3)."""
        self.head = head
        codings: list[list[bytes]] = []
        lengths: list[bytes] = []
        self._keep_alive = head.version == "1.1"
        for name, value in head.fields:
            if len(name) not in _FRAMING_FIELDS:
                continue
            key = name.lower()
            if key == b"content-length":
                lengths += [part.strip(b" \t") for part in value.split(b",")]
            elif key == b"transfer-encoding":
                codings.append([part.strip(b" \t").lower() for part in value.split(b",")])
            elif key == b"connection" and b"close" in [part.strip(b" \t").lower() for part in value.split(b",")]:
                self._keep_alive = False
        length = self._length(lengths)
        chunked = bool(codings) and self._is_chunked(codings, head)
        if codings and lengths:
            self._fault("length-with-coding")
        if self._method == "HEAD" or head.code in (204, 304) or (head.code == 205 and not codings and not lengths):
            self._bodiless = self.done = True
        elif chunked:
            self.chunked = True
            self._chunks = Chunks(self._fault, self._max_trailer)
        elif length is None:
            self._keep_alive = False
        else:
            self._remaining = length
            self.done = not length
        if head.code == 205 and length and not self._bodiless:
            self._fault("body-where-none-allowed")

    def _length(self, values: list[bytes]) -> int | None:
        """The length that Content-Length gives, if it gives one."""
        lengths = {int(value) if value.isdigit() and len(value) <= 100 else None for value in values}
        if None in lengths:
            self._fault("length-invalid")
        elif len(lengths) > 1:
            self._fault("length-conflict")
        elif lengths:
            if len(values) > 1:
                self._fault("length-duplicate")
            return lengths.pop()
        return None

    def _is_chunked(self, lines: list[list[bytes]], head: Head) -> bool:
        """Whether Transfer-Encoding makes the body chunked, in our reading."""
        codings = [coding for line in lines for coding in line]
        if head.version == "1.0":
            self._fault("coding-in-http-1.0")
        if set(codings) - {b"chunked"}:
            self._fault("coding-unknown")
        chunked = b"chunked" in codings
        if chunked and (len(lines) > 1 or codings.index(b"chunked") != len(codings) - 1):
            self._fault("coding-obfuscated")
        return chunked

    def _take_body(self, data: bytes, at: int) -> None:
        """Counts `data` from `at` on as message or surplus."""
        size = len(data) - at
        self._body_length += size
        if self.done or self.failure is not None:
            self.surplus += size
        elif self._chunks is not None:
            self._chunks.read(data, at)
            self.surplus = self._body_length - self._chunks.extent
            self.done = self._chunks.ended
            if self._chunks.invalid:
                self.failure = "chunk-invalid"
        elif self._remaining is not None:
            self.surplus = max(0, size - self._remaining)
            self._remaining = max(0, self._remaining - size)
            self.done = not self._remaining
        if self.surplus and self.done:
            self._fault("body-where-none-allowed" if self._bodiless else "surplus-bytes")
