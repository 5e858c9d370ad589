# SPDX-License-Identifier: Apache-2.0
"""What an exchange for robots.txt brings: rules, none, everything forbidden, or nothing to go by (RFC 9309 section 2.3)."""

import gzip
from datetime import UTC, datetime

import pytest

from archiver.exchange import Exchange, Response, Tape
from archiver.formats.framing import ResponseFramer
from archiver.robots import MAX_OCTETS
from archiver.services.robots import SiteRules, read_rules
from archiver.urls import parse
from manifests.capture import Outcome

URL = parse("http://harbour.example/private/a?b")
RULES = b"User-agent: *\nDisallow: /private/\n"


def _answer(code: int, body: bytes, *fields: bytes, outcome: Outcome = Outcome.CAPTURED_COMPLETE) -> Exchange:
    raw = b"\r\n".join([b"HTTP/1.1 %d X" % code, *fields]) + b"\r\n\r\n" + body
    framer, tape = ResponseFramer(), Tape(in_memory=4 << 20)
    tape.append(framer.feed(raw))
    framer.eof()
    assert framer.head is not None
    response = Response(framer.head, tape, framer.message_length, framer.chunked, (), ())
    return Exchange(
        url="http://harbour.example/robots.txt",
        method="GET",
        request=b"",
        requested_at=datetime(2026, 3, 1, tzinfo=UTC),
        outcome=outcome,
        response=response,
    )


def _decision(exchange: Exchange) -> str:
    return SiteRules(None, read_rules(exchange)).decision(URL)


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        (200, "disallowed"),
        (203, "disallowed"),
        (301, "unavailable"),
        (401, "allowed"),
        (404, "allowed"),
        (429, "disallowed"),
        (500, "disallowed"),
        (503, "disallowed"),
    ],
)
def test_the_code_says_what_the_content_counts_for(code: int, decision: str) -> None:
    assert _decision(_answer(code, RULES)) == decision


@pytest.mark.parametrize("code", [429, 503])
def test_a_server_that_cannot_answer_forbids_everything(code: int) -> None:
    assert _decision(_answer(code, b"User-agent: *\nAllow: /\n")) == "disallowed"


def test_a_coded_file_is_decoded() -> None:
    assert _decision(_answer(200, gzip.compress(RULES), b"Content-Encoding: gzip")) == "disallowed"


def test_a_file_that_expands_beyond_bounds_is_read_in_part() -> None:
    bomb = gzip.compress(RULES + b"#" * (64 << 20))
    assert _decision(_answer(200, bomb, b"Content-Encoding: gzip")) == "disallowed"


@pytest.mark.parametrize(
    "body", [RULES, gzip.compress(RULES, mtime=0)[:-12]]
)  # mtime: the name of a test must not tell the time
def test_a_file_that_broke_off_is_none(body: bytes) -> None:
    coding = (b"Content-Encoding: gzip",) if body != RULES else ()
    assert _decision(_answer(200, body, *coding, outcome=Outcome.CAPTURED_TRUNCATED)) == "unavailable"


def test_a_file_that_broke_off_after_the_part_that_is_read_counts() -> None:
    endless = RULES + b"#\n" * MAX_OCTETS
    assert _decision(_answer(200, endless, outcome=Outcome.CAPTURED_TRUNCATED)) == "disallowed"


def test_without_an_answer_there_are_no_rules() -> None:
    silence = Exchange(
        "http://harbour.example/robots.txt", "GET", b"", datetime(2026, 3, 1, tzinfo=UTC), Outcome.FAILED
    )
    assert _decision(silence) == "unavailable"
