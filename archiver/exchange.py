# SPDX-License-Identifier: Apache-2.0
"""One request and its response as sent on the wire, before any interpretation.

A `Tape` holds the exact bytes received; an `Exchange` says when and how they came and what became of them. Nothing here
touches a socket: engines fill these values, ingest reads them.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from manifests.capture import Connection, Outcome, Truncation

REASONS: dict[str, str] = {
    "address-refused": "the name leads to a private, loopback, link-local or otherwise reserved address",
    "bad-url": "the URL cannot be requested: scheme, host or port",
    "blocked-port": "the port belongs to another protocol",
    "body-short": "the connection ended before the announced length",
    "chunk-invalid": "the chunked framing broke; what came before is kept",
    "chunk-unterminated": "the connection ended before the last chunk",
    "coding-invalid": "the content coding could not be undone; the bytes are kept as they came",
    "connect-failed": "no connection: refused, unreachable or reset",
    "connect-timeout": "no connection within the limit",
    "dns-failed": "the name has no address",
    "framing-fault": "the response breaks HTTP framing in a way that browsers accept",
    "header-cut": "the connection ended inside the header",
    "header-timeout": "no complete header within the limit",
    "header-too-large": "the header exceeded the limit",
    "idle-timeout": "no byte arrived within the limit",
    "interim-flood": "more than twenty interim responses",
    "length-limit": "the body exceeded the limit",
    "no-response": "the connection closed without a byte",
    "not-http": "what came is not an HTTP response",
    "original-without-url": "the page names its original without the address of the article",
    "proxy-failed": "the proxy refused or failed",
    "redirect-limit": "more redirects than the limit",
    "redirect-loop": "the redirect leads back to a URL of its own chain",
    "redirect-unusable": "the Location header is missing, doubled or no http URL",
    "robots-disallowed": "robots.txt disallows it and obedience was asked for",
    "robots-unavailable": "robots.txt could not be had and obedience was asked for",
    "scheme-refused": "not http or https",
    "switching-protocols": "the server switched to another protocol unasked",
    "tls-certificate": "the certificate does not verify for this name",
    "tls-failed": "the TLS handshake failed",
    "total-timeout": "the whole exchange exceeded the limit",
    "duplicate": "the same URL was already captured in this run",
    "out-of-scope": "the URL lies outside the scope of this run",
    "limit-reached": "the run, or what was found from its seed, reached its limit before this URL",
    "crawl-stopped": "the crawl was stopped before this URL",
    "trap": "the URL looks like part of an endless space: a calendar, session ids, facets, or a path that repeats",
    "host-limit": "the host reached its limit before this URL",
}
"""Machine-readable reasons for every outcome but a faultless captured-complete."""


class Tape:
    """Append-only bytes with running sha256; beyond `in_memory` bytes they overflow into an anonymous temporary file."""

    __slots__ = ("_buffer", "_file", "_in_memory", "length")

    def __init__(self, in_memory: int = 1 << 20) -> None:
        self._buffer: bytearray | memoryview | None = bytearray()
        self._file: IO[bytes] | None = None
        self._in_memory = in_memory
        self.length = 0

    @classmethod
    def holding(cls, content: memoryview) -> "Tape":
        """A tape of bytes that are in memory already, not copied; nothing is to be added to it."""
        tape = cls(0)
        tape._buffer = content
        tape.length = len(content)
        return tape

    def append(self, content: bytes | bytearray | memoryview) -> None:
        """Adds `content`. Raises `OSError` when the temporary file cannot grow."""
        self.length += len(content)
        if self._buffer is not None:
            assert isinstance(self._buffer, bytearray)
            self._buffer += content
            if self.length > self._in_memory:
                self._file = tempfile.TemporaryFile(prefix="archiver-tape-")  # noqa: SIM115 - closed with the tape
                self._file.write(self._buffer)
                self._buffer = None
        else:
            assert self._file is not None
            self._file.write(content)

    def pieces(self, start: int = 0, end: int | None = None, size: int = 1 << 18) -> Iterator[bytes]:
        """The bytes [start, end) in pieces of at most `size`."""
        end = self.length if end is None else min(end, self.length)
        if self._buffer is not None:
            for at in range(start, end, size):
                yield self.read(at, min(at + size, end))
            return
        assert self._file is not None
        at = start
        while at < end:
            self._file.seek(at)
            piece = self._file.read(min(size, end - at))
            self._file.seek(0, 2)
            at += len(piece)
            yield piece

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes [start, end), whole; the caller bounds them."""
        if self._buffer is not None:
            with memoryview(self._buffer)[start : self.length if end is None else end] as held:
                return bytes(held)
        return b"".join(self.pieces(start, end))

    def views(self, start: int = 0, end: int | None = None) -> Iterator[bytes | memoryview]:
        """The bytes [start, end) in pieces, not copied where they are in memory: while one is held, nothing is appended."""
        if self._buffer is None:
            yield from self.pieces(start, end)
        elif start < (end := self.length if end is None else min(end, self.length)):
            yield memoryview(self._buffer)[start:end]

    def sha256(self, start: int = 0, end: int | None = None) -> str:
        """Hex sha256 of the bytes [start, end)."""
        digest = hashlib.sha256()
        for piece in self.pieces(start, end):
            digest.update(piece)
        return digest.hexdigest()

    def close(self) -> None:
        """Frees the temporary file."""
        if self._file is not None:
            self._file.close()


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a final HTTP response, or what stands for one."""

    version: str
    """`0.9`, `1.0`, `1.1`, or the digits that came."""
    code: int | None
    reason: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    """Names and values in order, as they came; folded lines joined by one space."""
    length: int
    """Octets from the first byte of the status line to the end of the empty line; 0 for HTTP/0.9."""

    def get(self, name: str) -> str | None:
        """The first value of the field `name` (any case), read as Latin-1, or None."""
        wanted = name.lower().encode("ascii")
        return next((value.decode("latin-1") for key, value in self.fields if key.lower() == wanted), None)

    def get_all(self, name: str) -> list[str]:
        """Every value of the field `name`, in order."""
        wanted = name.lower().encode("ascii")
        return [value.decode("latin-1") for key, value in self.fields if key.lower() == wanted]


@dataclass(frozen=True, slots=True)
class Response:
    """The final response: its exact bytes, and how they divide."""

    head: Head
    tape: Tape
    """Head and body as they came; bytes after the end of the message included (see `message_length`)."""
    message_length: int
    """Octets of the tape that belong to the message; what follows is surplus the server sent."""
    chunked: bool = False
    interim: tuple[tuple[int, bytes], ...] = ()
    """Status code and exact bytes of each 1xx response before it; not on the tape."""
    faults: tuple[str, ...] = ()
    """Words of `formats.framing.FAULTS`."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it."""

    url: str
    """As requested, without userinfo and fragment."""
    method: str
    request: bytes
    """Head of the request exactly as sent, secrets included; empty when none was sent."""
    requested_at: datetime
    outcome: Outcome
    reason: str | None = None
    """A word of `REASONS`."""
    detail: str | None = None
    response: Response | None = None
    remains: bytes = b""
    """What arrived when it did not make a response."""
    first_byte_at: datetime | None = None
    last_byte_at: datetime | None = None
    connection: Connection | None = None
    truncation: Truncation | None = None
    request_body_length: int = 0
    secret_headers: frozenset[str] = field(default_factory=frozenset)
    """Lower-case names of request headers whose values are secrets, beyond the usual ones."""
    userinfo: str | None = None
    """The userinfo the URL was given with: a secret."""
