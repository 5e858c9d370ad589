# SPDX-License-Identifier: Apache-2.0
"""A `requests.Session` that records: a script keeps its own ways, and everything it was answered becomes evidence.

Guarantees: requests go out through our engine, under the same guard, limits and exact bytes as every capture; headers and
body are sent as requests prepared them, in order, but for Host and Connection; each response was acknowledged before the
script sees it, and carries its `capture`. Redirects are followed by requests itself, each hop a capture of its own, linked
to the one that sent it. What fails is recorded when it reached the network, and raised as the exception of requests that
scripts expect, with our reason in the words and the capture, if any, as its `capture`. Faults of the archive and mistakes
in calling are raised as those of `errors.py`, so that no retry hides them.

Differences from plain requests: proxies are named in the options, never by call or environment (`trust_env` is False);
client certificates are refused; `timeout` bounds connecting, the header and each pause, while the time in all and the sizes
are the options' limits; a body to be sent is held in memory, and the answer arrives whole even with `stream=True`; an adapter
that the script mounts itself is not recorded.
"""

import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import requests
from requests.adapters import BaseAdapter
from requests.exceptions import (
    ConnectionError as NoConnection,
)
from requests.exceptions import (
    ConnectTimeout,
    InvalidHeader,
    InvalidSchema,
    InvalidURL,
    ProxyError,
    ReadTimeout,
    RequestException,
    SSLError,
)

from archiver.addresses import endpoint
from archiver.capture.http import Limits, Request
from archiver.capture.recorded import RecordedResponse, Step, response_of
from archiver.capture.recording import Kept, Recording, Terms
from archiver.errors import BadInput
from archiver.exchange import REASONS
from archiver.urls import HttpUrl, parse
from manifests.capture import FetchSettings

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_RAISED: dict[str, type[RequestException]] = {
    "bad-url": InvalidURL,
    "connect-timeout": ConnectTimeout,
    "header-timeout": ReadTimeout,
    "idle-timeout": ReadTimeout,
    "proxy-failed": ProxyError,
    "scheme-refused": InvalidSchema,
    "tls-certificate": SSLError,
    "tls-failed": SSLError,
    "total-timeout": ReadTimeout,
}
"""What requests raises for a reason; `ConnectionError` for every other."""


class RecordingSession(requests.Session):
    """Ends with its `with` block or with `close`: then everything is sealed, stored and findable, and `sealed` is called."""

    def __init__(
        self,
        recording: Recording,
        adapter: "RecordingAdapter",
        headers: Mapping[str, str],
        sealed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update(headers)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self._recording = recording
        self._adapter = adapter
        self._sealed = sealed

    def rebuild_method(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Called by requests for each redirect that it prepares to follow: the place to link the two."""
        super().rebuild_method(prepared_request, response)
        if isinstance(response, RecordedResponse):
            self._adapter.follow(prepared_request, response)

    def close(self) -> None:
        """Ends the recording. Raises `ArchiveFault`."""
        self._end(abrupt=False)

    def __exit__(self, *args: object) -> None:
        # After a fault nobody waits for what other threads are still being sent.
        self._end(abrupt=args[0] is not None)

    def _end(self, *, abrupt: bool) -> None:
        try:
            self._recording.end(abrupt=abrupt)
            self._sealed()
        finally:
            super().close()


class RecordingAdapter(BaseAdapter):
    """Sends what requests prepared through a recording. May be used by several threads at once."""

    def __init__(
        self, recording: Recording, limits: Limits, settings: FetchSettings, secret_headers: frozenset[str]
    ) -> None:
        super().__init__()
        self._recording = recording
        self._limits = limits
        self._settings = settings
        self._secret_headers = secret_headers
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._steps: WeakKeyDictionary[requests.PreparedRequest, Step] = WeakKeyDictionary()

    def follow(self, request: requests.PreparedRequest, response: RecordedResponse) -> None:
        """`request`, when it is sent, is what the redirect in `response` led to."""
        self._steps[request] = response.following

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the bytes are recorded wholly first
        timeout: Any = None,
        verify: bool | str | None = True,
        cert: Any = None,
        proxies: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        """One recorded exchange. Raises `RequestException`, `BadInput`, `ArchiveFault`."""
        if any(place for name, place in (proxies or {}).items() if name != "no_proxy"):
            raise BadInput(
                "a recording session takes no proxies from a call, the session or the environment",
                "Name the proxy once: archive.recording(CaptureOptions(proxy='http://host:port')).",
            )
        if cert:
            raise BadInput("a recording session sends no client certificate", "Leave `cert` out.")
        asked = _request(request, self._secret_headers)
        terms = Terms(
            _limits(timeout, self._limits),
            self._settings.accept_bad_certificate or verify is False,
            self._trust(verify) if isinstance(verify, str) else None,
        )
        step = self._steps.get(request) or Step(asked.url.url)
        try:
            kept = self._recording.exchange(asked, terms, step, self._said(asked, terms))
        except CancelledError as fault:
            raise NoConnection("the recording ended before the answer came", request=request) from fault
        response = kept.exchange.response
        if kept.recorded is None or response is None or response.head.code is None:
            raise _fault(kept, request, asked.url)
        return response_of(request, self, kept.exchange, kept.payload, kept.recorded, step)

    def close(self) -> None:
        """Nothing: connections are the recording's, which ends with its session."""

    def _said(self, asked: Request, terms: Terms) -> FetchSettings:
        sent = {name.lower(): value for name, value in asked.headers}
        return self._settings.model_copy(
            update={
                "user_agent": sent.get("user-agent", ""),
                "accept_language": sent.get("accept-language"),
                "accept_bad_certificate": terms.accept_bad_certificate,
            }
        )

    def _trust(self, where: str) -> ssl.SSLContext:
        """The authorities of a file or folder of certificates. Raises `OSError`, as requests does."""
        if where not in self._contexts:
            if not Path(where).exists():
                raise OSError(f"there is no file or folder of certificates at {where}")
            folder = Path(where).is_dir()
            context = ssl.create_default_context(cafile=None if folder else where, capath=where if folder else None)
            context.set_alpn_protocols(["http/1.1"])
            self._contexts[where] = context
        return self._contexts[where]


def _request(request: requests.PreparedRequest, secret_headers: frozenset[str]) -> Request:
    """What the engine is to send. Raises `InvalidURL`, `InvalidSchema`, `InvalidHeader`."""
    try:
        url = parse(request.url or "")
    except BadInput as fault:
        reason = str(fault.fields.get("reason", "bad-url"))
        raise _RAISED[reason](f"{reason}: {fault}", request=request) from fault
    method = request.method or "GET"
    if not _TOKEN.fullmatch(method) or method == "CONNECT":
        raise InvalidHeader(f"the method {method[:40]!r} cannot be sent", request=request)
    headers: list[tuple[str, str]] = []
    for raw_name, raw_value in (request.headers or {}).items():
        name, value = _text(raw_name), _text(raw_value)
        if not _TOKEN.fullmatch(name) or any(c in "\r\n\0" or c > "\xff" for c in value):
            raise InvalidHeader(f"the header {name[:40]!r} cannot be sent", request=request)
        if name.lower() == "host" and value.strip().lower() != url.authority:
            raise InvalidHeader(f"the Host header is {url.authority}, as the URL says; leave it out", request=request)
        if name.lower() not in ("host", "connection"):
            headers.append((name, value))
    given = {name.lower(): value.strip() for name, value in headers}
    body = _body(request.body, chunked="transfer-encoding" in given)
    # Another length than the body's would make the server take its end for the next request, or wait for more.
    if "transfer-encoding" in given and (given["transfer-encoding"].lower() != "chunked" or "content-length" in given):
        raise InvalidHeader("Transfer-Encoding can only be chunked, and without Content-Length", request=request)
    if given.get("content-length", str(len(body))) != str(len(body)):
        said = f"Content-Length says {given['content-length'][:20]!r}, but the body has {len(body)} octets"
        raise InvalidHeader(said, request=request)
    if "authorization" not in given:
        url = replace(url, userinfo=None)  # requests has decided not to send it, as after a redirect to another host
    return Request(url, method, tuple(headers), body, secret_headers)


def _text(given: str | bytes) -> str:
    return given.decode("latin-1") if isinstance(given, bytes) else given


def _body(given: Any, *, chunked: bool) -> bytes:
    """The body as sent: whole, or in the chunks it was given in (RFC 9112 section 7.1)."""
    if not chunked:
        return b"".join(_pieces(given))
    framed = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in _pieces(given) if piece]
    return b"".join([*framed, b"0\r\n\r\n"])


def _pieces(given: Any) -> Iterator[bytes]:
    if given is None:
        return
    pieces: Iterable[Any] = given
    if hasattr(given, "read"):
        pieces = _read(given)
    elif isinstance(given, (str, bytes, bytearray, memoryview)):
        pieces = (given,)
    for piece in pieces:
        yield piece.encode("utf-8") if isinstance(piece, str) else bytes(piece)


def _read(file: Any) -> Iterator[Any]:
    while piece := file.read(1 << 16):
        yield piece


def _limits(timeout: Any, limits: Limits) -> Limits:
    """The limits of one call. Raises `ValueError` for what requests does not take either."""
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    wrong = any(one is not None and (not isinstance(one, (int, float)) or not one > 0) for one in pair)
    if len(pair) != 2 or wrong:
        raise ValueError(f"timeout {timeout!r} is neither seconds nor a tuple of seconds (connect, read)")
    connect, read = pair
    if connect is not None:
        limits = replace(limits, connect=float(connect))
    return limits if read is None else replace(limits, header=float(read), idle=float(read))


def _fault(kept: Kept, request: requests.PreparedRequest, url: HttpUrl) -> RequestException:
    """The exception of requests for an exchange without a response that it could hand back."""
    reason = kept.exchange.reason or "not-http"
    said = f"{reason}: {kept.exchange.detail or REASONS[reason]}"
    if kept.exchange.response is not None:
        said = "what came has no status code that could be handed back; it is recorded"
    if reason in ("address-refused", "blocked-port"):
        said += f" In a script: CaptureOptions(allow_private=('{endpoint(url.host, url.port)}',))."
    if reason == "tls-certificate":
        said += " In a script: verify=False, or verify='path of the authorities'."
    fault = _RAISED.get(reason, NoConnection)(said, request=request)
    fault.capture = kept.recorded  # type: ignore[attr-defined]
    return fault
