# SPDX-License-Identifier: Apache-2.0
"""The chunked transfer coding, read as bytes come (RFC 9112 section 7.1).

Guarantees: nothing depends on how the bytes were split; memory is bounded by one line; every deviation is named by a
word of `framing.FAULTS`; nothing raises. Accepts what Chromium accepts: LF alone, sizes padded with white space, any
extension on a line of at most 16 KiB, any trailer line of that length. Trailer fields are passed over, never applied as
header fields (section 7.1.2). Leaves to others: the bytes themselves, of which it keeps only an unfinished line.
"""

import re
from collections.abc import Callable

LINE_LIMIT = 1 << 14
"""Octets before the LF of one line of the chunked coding; Chromium's number."""
_SIZE = re.compile(rb"([0-9A-Fa-f]+)([ \t]*)(;.*)?", re.S)
_PLAIN_SIZE = re.compile(rb"(0{0,8}[1-9A-Fa-f][0-9A-Fa-f]{0,7})\r\n")
_EXTENSION = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")


class Chunks:
    """The chunked coding, read incrementally (RFC 9112 section 7.1)."""

    __slots__ = (
        "_accepted",
        "_data_end",
        "_fault",
        "_line",
        "_remaining",
        "_trailer",
        "_trailer_limit",
        "ended",
        "invalid",
    )

    def __init__(self, fault: Callable[[str], None], trailer_limit: int) -> None:
        self.ended = False
        """The last chunk and its trailer section were read."""
        self.invalid = False
        """The framing broke; nothing more is read."""
        self._accepted = 0
        self._data_end = False
        self._fault = fault
        self._line = bytearray()
        self._remaining = 0
        self._trailer: int | None = None
        self._trailer_limit = trailer_limit

    @property
    def extent(self) -> int:
        """Octets that belong to the message so far; when it broke, those before the line or line end that broke it."""
        return self._accepted + len(self._line)

    def read(self, data: bytes, at: int, payload: list[bytes] | None = None) -> None:
        """Takes `data` from `at` on, adding chunk data to `payload`; stops at the message's end or where it breaks."""
        size = len(data)
        while at < size and not (self.ended or self.invalid):
            if self._remaining:
                step = min(self._remaining, size - at)
                if payload is not None:
                    payload.append(data[at : at + step])
                at += step
                self._accepted += step
                self._remaining -= step
                self._data_end = not self._remaining
            elif self._data_end:
                at += self._end_data(data, at)
            elif not self._line and self._trailer is None and (plain := _PLAIN_SIZE.match(data, at)):
                at = plain.end()
                self._accepted += at - plain.start()
                self._remaining = int(plain[1], 16)
            else:
                stop = data.find(b"\n", at, at + LINE_LIMIT + 1 - len(self._line))
                end = stop + 1 if stop >= 0 else min(size, at + LINE_LIMIT + 1 - len(self._line))
                self._line += data[at:end]
                at = end
                self._take_line(whole=stop >= 0)

    def _break(self, word: str) -> None:
        self._fault(word)
        self._line.clear()
        self.invalid = True

    def _end_data(self, data: bytes, at: int) -> int:
        """Reads one octet, or both, of the line end after chunk data; how many it was."""
        if not self._line and data.startswith(b"\r\n", at):
            self._accepted += 2
            self._data_end = False
            return 2
        octet = data[at : at + 1]
        if octet == b"\r" and not self._line:
            self._line += octet
        elif octet == b"\n":
            if not self._line:
                self._fault("chunk-lf-only")
            self._accepted += len(self._line) + 1
            self._line.clear()
            self._data_end = False
        else:
            self._break("chunk-crlf-missing")
        return 1

    def _take_line(self, *, whole: bool) -> None:
        """Reads the held line, or checks that it may still grow."""
        if self._trailer is not None and self._trailer + len(self._line) > self._trailer_limit:
            self._break("trailer-too-long")
        elif not whole:
            if len(self._line) > LINE_LIMIT:
                self._break("chunk-line-too-long")
        else:
            paired = self._line.endswith(b"\r\n")
            line = bytes(self._line[: -2 if paired else -1])
            if self._trailer is None:
                self._take_size(line)
            elif not line:
                self.ended = True
            elif not _TRAILER.fullmatch(line):
                self._fault("trailer-odd")
            if self.invalid:
                return
            if not paired:
                self._fault("chunk-lf-only")
            self._accepted += len(self._line)
            if self._trailer is not None:
                self._trailer += len(self._line)
            self._line.clear()

    def _take_size(self, line: bytes) -> None:
        parts = _SIZE.fullmatch(line)
        remaining = int(parts[1], 16) if parts else 1 << 63
        if parts is None or remaining >= 1 << 63:
            self._break("chunk-size-invalid")
            return
        if parts[2] or len(parts[1]) > 16:
            self._fault("chunk-size-odd")
        if parts[3] and not _EXTENSION.fullmatch(parts[3]):
            self._fault("chunk-extension-odd")
        self._remaining = remaining
        if not remaining:
            self._trailer = -len(self._line)
