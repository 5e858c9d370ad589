# SPDX-License-Identifier: Apache-2.0
"""Exchanges that nobody made, for proofs that need captures but no network.

The n-th is always the same and has a URL of its own, so a capture that is found twice is seen by its URL whatever its
id. Between them they take every way through ingest: a page, bytes that do not compress, a repeated payload (which
becomes a revisit), a failed fetch without a response.
"""

import random
from datetime import UTC, datetime, timedelta

from archiver.exchange import Exchange, Head, Response, Tape
from archiver.services.observations import Context
from archiver.url_keys import url_key
from manifests.capture import FetchSettings, Outcome, RobotsDecision

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
_KINDS = ("page", "noise", "repeated", "failed")


def url(number: int) -> str:
    """The URL of the n-th exchange."""
    return f"http://made-up.example/{number}"


def exchange(number: int) -> Exchange:
    """The n-th exchange."""
    at = BEGAN + timedelta(seconds=number)
    request = f"GET /{number} HTTP/1.1\r\nHost: made-up.example\r\nUser-Agent: proof\r\n\r\n".encode()
    kind = _KINDS[number % len(_KINDS)]
    if kind == "failed":
        return Exchange(url(number), "GET", request, at, Outcome.FAILED, reason="no-response", last_byte_at=at)
    response = _response(kind, number)
    return Exchange(
        url(number), "GET", request, at, Outcome.CAPTURED_COMPLETE, response=response, first_byte_at=at, last_byte_at=at
    )


def context(number: int, job: str) -> Context:
    """Why the n-th was fetched."""
    return Context(
        job=job,
        crawl_id="proof",
        seed=url(number),
        discovery_path="",
        url_key=url_key(url(number)),
        settings=FetchSettings(user_agent="proof", robots="off"),
        robots=RobotsDecision(decision="not-asked", obeyed=False),
    )


def _response(kind: str, number: int) -> Response:
    content_type, body = {
        "page": (b"text/html", f"<title>{number}</title><p>Copyright 2026 The Paper {number}. ".encode() * 20),
        "noise": (b"image/png", random.Random(number).randbytes(9_000)),
        "repeated": (b"text/plain", b"the same words on every visit\n" * 40),
    }[kind]
    fields = ((b"Content-Type", content_type), (b"Content-Length", str(len(body)).encode()))
    raw = b"HTTP/1.1 200 OK\r\n" + b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n"
    tape = Tape()
    tape.append(raw)
    tape.append(body)
    return Response(Head("1.1", 200, b"OK", fields, len(raw)), tape, tape.length)
