# SPDX-License-Identifier: Apache-2.0
"""Undoes content codings, bounded, and says how far it came (RFC 9110 section 8.4).

Guarantees: what was decoded before a fault is returned, and depends only on the bytes, never on how they were split; no
more than `limit` octets come out, and no more than a window and a few pieces a coding are held, however they expand;
bad bytes never raise. Leaves to others: which limit, and what the content is.

- gzip (RFC 1952), of one or several members. What is declared gzip and is not comes back as it came; browsers show it.
- deflate: zlib (RFC 1950), or bare (RFC 1951) as some servers send it and browsers take it.
- br (RFC 7932). Beyond the first MiB, what the last 4 KiB before a fault held may be lost.
- zstd (RFC 8878), of one or several frames, by whole blocks; windows over 8 MiB are refused, as browsers do (RFC 9659).
- At most four of them in a chain. Content without an octet is no fault in any of them.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import brotli
import zstandard
from zlib_ng import zlib_ng

CODING_FAULTS: dict[str, str] = {
    "coding-checksum": "the checksum or length after the content contradicts it (RFC 1952 2.3.1, RFC 8878 3.1.1)",
    "coding-invalid": "the coded content is malformed; what came before is returned",
    "coding-not-applied": "declared gzip but not gzip; returned as it came",
    "coding-too-deep": "more than four codings; nothing was undone",
    "coding-trailing-junk": "octets follow the end of the coded content; they are left out",
    "coding-truncated": "the coded content ends too early; what came before is returned",
    "coding-unknown": "a coding that browsers do not know; nothing was undone",
    "coding-window-too-large": "zstd asks for a window over 8 MiB (RFC 9659)",
}
"""The closed list of coding faults: word and meaning."""

MAX_DEPTH = 4
"""Codings in a chain."""
_PIECE = 1 << 16
_INPUT = 1 << 14
_WINDOW = 8 << 20
_BLOCK = 1 << 17
_REPLAYED = 1 << 20
_INFLATED_AT_ONCE = 4 << 20
_BROTLI_STEP = 1 << 12
_MAX_NAME = 64
_GZIP_MAGIC = b"\x1f\x8b\x08"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_HARMLESS = (None, "coding-not-applied", "coding-trailing-junk")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Content with its codings undone."""

    content: bytes
    """At most `limit` octets."""
    complete: bool
    """The content was decoded to its end and nothing contradicts it."""
    fault: str | None
    """A word of `CODING_FAULTS`: the first fault seen, at the outermost coding it was seen in."""
    coded: tuple[str, ...]
    """The codings declared, in the order they were applied, lower case, without identity; the first four."""
    limited: bool
    """There is more content than `limit`."""
    beyond: "Beyond | None" = None
    """What is known of all that was decoded, where `content` is only its beginning."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """Content of which only the beginning was kept."""

    sha256: bytes
    length: int


class Decoding(Iterator[bytes]):
    """Content with its codings undone, in small pieces; the other attributes are final once it is exhausted."""

    def __init__(self, pieces: Iterable[bytes], content_encoding: str | None, *, limit: int) -> None:
        self.fault: str | None = None
        """As in `Decoded`."""
        self.complete = False
        """As in `Decoded`."""
        self.limited = False
        """As in `Decoded`."""
        declared = [name for part in (content_encoding or "").split(",") if (name := part.strip().lower())]
        codings = [name for name in declared if name != "identity"]
        self.coded = tuple(name[:_MAX_NAME] for name in codings[:MAX_DEPTH])
        """As in `Decoded`."""
        self._left = limit
        self._content = self._undo(pieces, codings, limit)

    def __next__(self) -> bytes:
        while not self.limited and (piece := next(self._content, None)) is not None:
            if len(piece) > self._left:
                self.limited = True
                piece = piece[: self._left]
            self._left -= len(piece)
            if piece:
                return piece
        self.complete = not self.limited and self.fault in _HARMLESS
        raise StopIteration

    def _undo(self, pieces: Iterable[bytes], codings: list[str], limit: int) -> Iterator[bytes]:
        if len(codings) > MAX_DEPTH:
            self._note("coding-too-deep")
            return iter(())
        if any(name not in _DECODERS for name in codings):
            self._note("coding-unknown")
            return iter(())
        content = iter(pieces)
        for level, name in enumerate(reversed(codings)):
            coded = self._bounded(content, 2 * limit + _PIECE) if level else content
            content = _DECODERS[name](_Source(coded), self._note)
        return content

    def _note(self, word: str) -> None:
        if not self.limited:
            self.fault = self.fault or word

    def _bounded(self, content: Iterator[bytes], limit: int) -> Iterator[bytes]:
        """Stops an intermediate level that grows past any use."""
        for piece in content:
            limit -= len(piece)
            if limit < 0:
                self.limited = True
                return
            yield piece


def decode_stream(pieces: Iterable[bytes], content_encoding: str | None, *, limit: int) -> Decoding:
    """The decoded content as an iterator of pieces, for content too large to hold."""
    return Decoding(pieces, content_encoding, limit=limit)


def decode(pieces: Iterable[bytes], content_encoding: str | None, *, limit: int, keep: int | None = None) -> Decoded:
    """The content of `pieces` with the codings of a Content-Encoding value undone, at most `limit` octets of it.

    Pieces that are held already are given as a tuple. Of content that is longer than `keep`, little more than that is kept.
    """
    if isinstance(pieces, tuple) and (whole := _at_once(b"".join(pieces), content_encoding or "", limit)):
        return whole
    decoding = Decoding(pieces, content_encoding, limit=limit)
    content = BytesIO()
    if keep is not None:
        sha256, length = hashlib.sha256(), 0
        for piece in decoding:
            sha256.update(piece)
            length += len(piece)
            if content.tell() < keep:
                content.write(piece)
        beyond = Beyond(sha256.digest(), length) if length > content.tell() else None
        return Decoded(content.getvalue(), decoding.complete, decoding.fault, decoding.coded, decoding.limited, beyond)
    # Joining a list of them would hold what is decoded twice.
    content.writelines(decoding)
    return Decoded(content.getvalue(), decoding.complete, decoding.fault, decoding.coded, decoding.limited)


def _at_once(held: bytes, content_encoding: str, limit: int) -> Decoded | None:
    """The ordinary cases without a step of their own for each piece; None where there is anything to say of the content."""
    if not content_encoding:
        return Decoded(held, True, None, (), False) if len(held) <= limit else None
    coding = content_encoding.strip().lower()
    if coding not in ("gzip", "x-gzip") or not held.startswith(_GZIP_MAGIC):
        return None
    inflater: Any = zlib_ng.decompressobj(31)
    try:
        content = inflater.decompress(held, min(limit, _INFLATED_AT_ONCE) + 1)
    except _InflateError:
        return None
    ended = inflater.eof and not inflater.unused_data and len(content) <= limit
    return Decoded(content, True, None, (coding,), False) if ended else None


class _Source:
    """Pieces read by length rather than as they come."""

    __slots__ = ("_at", "_held", "_pieces")

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""
        self._at = 0

    def peek(self, size: int) -> bytes:
        """The next `size` octets, fewer only at the end; they stay."""
        while len(self._held) - self._at < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._held = self._held[self._at :] + piece if self._at < len(self._held) else piece
            self._at = 0
        return self._held[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """The next `size` octets, fewer only at the end."""
        taken = self.peek(size)
        self._at += len(taken)
        return taken

    def some(self, size: int) -> bytes:
        """Up to `size` octets, none only at the end."""
        self.peek(1)
        return self.take(min(size, len(self._held) - self._at))

    def rewind(self, size: int) -> None:
        """Makes the last `size` octets of what was just taken unread again."""
        self._at -= size


_Note = Callable[[str], None]
_InflateError: type[Exception] = zlib_ng.error  # type: ignore[assignment]  # the stubs call the class an instance
_Steps = Generator[bytes, None, bool]
"""Decoded pieces, then whether the coded stream ended as it should."""


def _inflate(source: _Source, note: _Note, wbits: int) -> _Steps:
    """One zlib, gzip or bare deflate stream; what follows it stays in the source."""
    inflater: Any = zlib_ng.decompressobj(wbits)
    while not inflater.eof:
        octets = source.some(_INPUT)
        if not octets:
            note("coding-truncated")
            return False
        pending = True
        while pending and not inflater.eof:
            before = inflater.copy()
            try:
                piece = inflater.decompress(octets, _PIECE)
            except _InflateError as error:
                yield from _inflated_before_fault(before, octets)
                note("coding-checksum" if str(error).endswith(("data check", "length check")) else "coding-invalid")
                return False
            octets = inflater.unconsumed_tail
            pending = bool(octets) or len(piece) == _PIECE
            yield piece
    source.rewind(len(inflater.unused_data))
    return True


def _inflated_before_fault(inflater: Any, octets: bytes) -> Iterator[bytes]:
    """What comes out before the octet that raises; a call that raises drops what it had."""
    for at in range(len(octets)):
        try:
            piece = inflater.decompress(octets[at : at + 1])
        except _InflateError:
            return
        yield piece


def _gzip(source: _Source, note: _Note) -> Iterator[bytes]:
    if not _GZIP_MAGIC.startswith(source.peek(3)):
        note("coding-not-applied")
        while octets := source.some(_PIECE):
            yield octets
        return
    while source.peek(1):
        if not (yield from _inflate(source, note, 31)):
            return
        if not _GZIP_MAGIC.startswith(source.peek(3)):
            note("coding-trailing-junk")
            return


def _deflate(source: _Source, note: _Note) -> Iterator[bytes]:
    header = source.peek(2)
    if not header:
        return
    wrapped = header[0] & 0x8F == 0x08 and int.from_bytes(header, "big") % 31 == 0
    if (yield from _inflate(source, note, 15 if wrapped else -15)) and source.peek(1):
        note("coding-trailing-junk")


def _brotli(source: _Source, note: _Note) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    earlier: list[bytes] = []
    given = 0
    while source.peek(1) and not decoder.is_finished():
        # Steps of one fixed size, so that what a raising call drops does not depend on how the bytes were split.
        octets = source.take(_BROTLI_STEP)
        try:
            for piece in _expanded(decoder, octets):
                given += len(piece)
                yield piece
        except brotli.error:
            if len(earlier) * _BROTLI_STEP < _REPLAYED:
                yield from _expanded_before_fault(earlier, octets, given, note)
            note("coding-invalid")
            return
        if len(earlier) * _BROTLI_STEP < _REPLAYED:
            earlier.append(octets)
    if source.peek(1):
        note("coding-trailing-junk")
    elif earlier and not decoder.is_finished():
        note("coding-truncated")


def _expanded(decoder: brotli.Decompressor, octets: bytes) -> Iterator[bytes]:
    yield decoder.process(octets, output_buffer_limit=_PIECE)
    while not decoder.can_accept_more_data() and not decoder.is_finished():
        yield decoder.process(b"", output_buffer_limit=_PIECE)


def _expanded_before_fault(earlier: list[bytes], octets: bytes, given: int, note: _Note) -> Iterator[bytes]:
    """What a new decoder gives beyond the first `given` octets, up to the octet that raises or ends the stream."""
    decoder = brotli.Decompressor()
    for step in [*earlier, *(octets[at : at + 1] for at in range(len(octets)))]:
        if decoder.is_finished():
            note("coding-trailing-junk")
            return
        try:
            for piece in _expanded(decoder, step):
                yield piece[given:]
                given = max(0, given - len(piece))
        except brotli.error:
            return


def _zstd(source: _Source, note: _Note) -> Iterator[bytes]:
    frames = 0
    while magic := source.peek(4):
        if magic[1:] == b"\x2a\x4d\x18" and 0x50 <= magic[0] <= 0x5F:
            ended = _skip(source, int.from_bytes(source.take(8)[4:], "little"))
            if not ended:
                note("coding-truncated")
        elif magic == _ZSTD_MAGIC:
            ended = yield from _zstd_frame(source, note)
        else:
            cut = "coding-truncated" if _ZSTD_MAGIC.startswith(magic) else "coding-invalid"
            note("coding-trailing-junk" if frames else cut)
            return
        if not ended:
            return
        frames += 1


def _skip(source: _Source, size: int) -> bool:
    while size and (octets := source.some(min(size, _INPUT))):
        size -= len(octets)
    return not size


def _zstd_frame(source: _Source, note: _Note) -> _Steps:
    """One frame (RFC 8878 section 3.1.1), walked block by block so that no call expands to more than one block."""
    start = source.peek(6)
    flags = start[4] if len(start) == 6 else 0
    single = bool(flags & 0x20)
    size_length = (int(single), 2, 4, 8)[flags >> 6]
    header_length = 5 + (not single) + (0, 1, 2, 4)[flags & 3] + size_length
    header = source.take(header_length)
    if len(header) < header_length:
        note("coding-truncated")
        return False
    if single:
        window = int.from_bytes(header[-size_length:], "little") + (256 if size_length == 2 else 0)
    else:
        window = (8 + (header[5] & 7)) << (7 + (header[5] >> 3))
    if window > _WINDOW:
        note("coding-window-too-large")
        return False
    decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    octets = header
    last = False
    while not last:
        block = source.take(3)
        word = int.from_bytes(block, "little")
        last, kind, size = bool(word & 1), word >> 1 & 3, word >> 3
        stored = 1 if kind == 1 else size
        if size > _BLOCK:
            note("coding-invalid")
            return False
        content = source.take(stored) if len(block) == 3 else b""
        if len(block) < 3 or len(content) < stored:
            note("coding-truncated")
            return False
        try:
            piece = decoder.decompress(octets + block + content)
        except zstandard.ZstdError:
            note("coding-invalid")
            return False
        octets = b""
        yield piece
    if flags & 4:
        checksum = source.take(4)
        try:
            decoder.decompress(checksum)
        except zstandard.ZstdError:
            note("coding-checksum")
            return False
        if len(checksum) < 4:
            note("coding-truncated")
            return False
    return True


_DECODERS: dict[str, Callable[[_Source, _Note], Iterator[bytes]]] = {
    "br": _brotli,
    "deflate": _deflate,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "zstd": _zstd,
}
