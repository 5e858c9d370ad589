# SPDX-License-Identifier: Apache-2.0
"""The answer a recording session hands back: a `requests.Response` over bytes that are already evidence.

Guarantees: the payload is what the record holds without its chunk framing; content codings are undone by our own decoders,
so zstd and br need nothing installed; the header fields are all there, in order, repeated ones too. A body that came short
gives what arrived and then raises what requests would have made of it, so nobody takes a part for the whole; a coding that
cannot be undone does the same. Reading never touches the network, and closing takes nothing away from the archive.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPMessage
from typing import IO, Any

import requests
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError, ReadTimeoutError

from archiver.exchange import REASONS, Exchange, Head
from archiver.formats.coding import CODING_FAULTS, decode_stream
from manifests.capture import BackLink, Outcome
from manifests.digest import Digest

_PIECE = 1 << 16
_NO_LIMIT = 1 << 50  # what a script reads is its own to bound, with stream=True
_CONTRADICTED = frozenset(
    ["coding-checksum", "coding-invalid", "coding-too-deep", "coding-truncated", "coding-window-too-large"]
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The capture that an exchange became; acknowledged: it is on stable storage."""

    capture_id: str
    manifest_digest: Digest
    segment_id: str
    outcome: Outcome
    reason: str | None
    """A word of `exchange.REASONS`; None when complete and faultless."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where an exchange stands: the first of its chain, or what a redirect led to."""

    seed: str
    """The URL that the script asked for, without userinfo and fragment."""
    discovery_path: str = ""
    links: tuple[BackLink, ...] = ()

    def redirected(self, url: str, capture_id: str) -> "Step":
        """The step after this one, whose response was recorded as `capture_id`."""
        link = BackLink(relation="redirected-from", capture_id=capture_id, url=url)
        return Step(self.seed, self.discovery_path + "R", (link,))


class RecordedResponse(requests.Response):
    """A response with the capture it was recorded as."""

    __attrs__ = [*requests.Response.__attrs__, "capture"]  # noqa: RUF012 - what requests pickles; a list there too

    capture: Recorded
    following: Step
    """The step of a request that this response redirects to."""

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """As requests has it; what it raises for a body that came short names the capture too."""
        return self._named(super().iter_content(chunk_size, decode_unicode))

    def _named(self, pieces: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from pieces
        except requests.RequestException as fault:
            fault.capture = self.capture  # type: ignore[attr-defined]
            raise


def response_of(
    request: requests.PreparedRequest,
    adapter: requests.adapters.BaseAdapter,
    exchange: Exchange,
    payload: IO[bytes],
    recorded: Recorded,
    step: Step,
) -> RecordedResponse:
    """What requests hands to its caller. The exchange has a response with a status code."""
    assert exchange.response is not None
    body = RecordedBody(payload, exchange.response.head, _shortfall(exchange))
    response = RecordedResponse()
    response.status_code = body.status
    response.headers = CaseInsensitiveDict(body.headers)
    response.encoding = get_encoding_from_headers(response.headers)
    response.raw = body
    response.reason = body.reason or ""
    response.url = request.url or exchange.url
    response.request = request
    response.connection = adapter  # type: ignore[assignment] # digest authentication sends its second request by it
    response.capture = recorded
    response.following = step.redirected(exchange.url, recorded.capture_id)
    extract_cookies_to_jar(response.cookies, request, body)  # type: ignore[no-untyped-call]
    return response


class RecordedBody(HTTPResponse):
    """What `raw` is: urllib3's response, read from recorded bytes."""

    def __init__(self, payload: IO[bytes], head: Head, shortfall: HTTPError | None) -> None:
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.fields]
        # Without the fields: it would take the framing they speak of, which is already undone, for its own to undo.
        super().__init__(
            body=payload,
            status=head.code or 0,
            version=11 if head.version == "1.1" else 10,
            reason=head.reason.decode("latin-1"),
            preload_content=False,
            decode_content=False,
            original_response=_Original(fields),  # type: ignore[arg-type]
            enforce_content_length=False,
        )
        self.headers = HTTPHeaderDict(fields)
        self._payload = payload
        self._shortfall = shortfall
        self._decoded = _Decoded(payload, ", ".join(head.get_all("content-encoding")) or None)
        self._passed = 0

    def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> bytes:
        """Up to `amt` octets, all when None. Raises `ProtocolError`, `ReadTimeoutError`, `DecodeError` at the end, once."""
        if self._payload.closed:
            return b""
        decoding = self.decode_content if decode_content is None else decode_content
        wanted = -1 if amt is None or amt < 0 else amt
        content = self._decoded.read(wanted) if decoding else self._payload.read(wanted)
        self._passed = self._payload.tell()
        if cache_content:
            self._body = content
        if wanted < 0 or (wanted and not content):
            self._end(decoding=bool(decoding))
        return content

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """Some octets, none at the end."""
        return self.read(_PIECE if amt is None or amt < 0 else amt, decode_content)

    def stream(self, amt: int | None = _PIECE, decode_content: bool | None = None) -> Generator[bytes, None, None]:
        """Pieces of up to `amt` octets; one when None."""
        while content := self.read(amt, decode_content):
            yield content

    def read_chunked(self, amt: int | None = None, decode_content: bool | None = None) -> Generator[bytes, None, None]:
        """As `stream`: the chunks are undone already."""
        yield from self.stream(amt, decode_content)

    def tell(self) -> int:
        """How many octets of the payload have been read."""
        return self._passed

    def _end(self, *, decoding: bool) -> None:
        self._payload.close()
        fault, self._shortfall = self._shortfall, None
        if fault is None and decoding:
            word, self._decoded.fault = self._decoded.fault, None
            fault = DecodeError(f"{word}: {CODING_FAULTS[word]}") if word in _CONTRADICTED else None
        if fault is not None:
            raise fault


class _Decoded:
    """The payload with its content codings undone, by length."""

    def __init__(self, payload: IO[bytes], coding: str | None) -> None:
        self.fault: str | None = None
        """Once everything was read: a word of `CODING_FAULTS`."""
        pieces = iter(partial(payload.read, _PIECE), b"")
        decoding = decode_stream(pieces, coding, limit=_NO_LIMIT)
        # What requests does with a coding it does not know is to hand it over as it came.
        self._decoding = (
            decode_stream(pieces, None, limit=_NO_LIMIT) if decoding.fault == "coding-unknown" else decoding
        )
        self._held = bytearray()

    def read(self, wanted: int) -> bytes:
        """Up to `wanted` octets, all when negative."""
        while wanted < 0 or len(self._held) < wanted:
            piece = next(self._decoding, None)
            if piece is None:
                self.fault = self._decoding.fault
                break
            self._held += piece
        end = len(self._held) if wanted < 0 else wanted
        content = bytes(self._held[:end])
        del self._held[:end]
        return content


class _Original:
    """What requests reads cookies from: the fields as the standard library's own parser would give them."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.msg = HTTPMessage()
        for name, value in fields:
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        return None


def _shortfall(exchange: Exchange) -> HTTPError | None:
    if exchange.outcome is not Outcome.CAPTURED_TRUNCATED or exchange.reason is None:
        return None
    said = f"{exchange.reason}: {exchange.detail or REASONS[exchange.reason]}; what arrived is recorded"
    if exchange.reason.endswith("-timeout"):
        return ReadTimeoutError(exchange.url, exchange.url, said)  # type: ignore[arg-type] # shown before the words
    return ProtocolError(said)
