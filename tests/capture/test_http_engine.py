# SPDX-License-Identifier: Apache-2.0
"""The engine gives every case of the fixture site its right answer and keeps its bytes exactly."""

import re
from itertools import takewhile

import pytest

from archiver.exchange import REASONS, Exchange
from tests.capture.conftest import LIMITS, Asked, Run
from tests.site.case import COMPLETE
from tests.site.cases import CASES

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")


def _leading_interim(sent: bytes) -> list[bytes]:
    at, found = 0, []
    while match := _INTERIM.match(sent, at):
        found.append(match[0])
        at = match.end()
    return found


@pytest.fixture
def asked(run: Run, request: pytest.FixtureRequest) -> Asked:
    return run.asked[request.param]


each_case = pytest.mark.parametrize("asked", list(CASES), indirect=True)


def _judged(asked: Asked) -> bool:
    """Whether the case says more about this answer than that it is right."""
    exchange, case = asked.exchange, asked.case
    return (exchange.outcome.value, exchange.reason) == (case.outcome, _engine_reason(asked))


def _engine_reason(asked: Asked) -> str | None:
    """Content codings are ingest's to undo, so the engine takes what is framed well for faultless."""
    return None if asked.case.reason == "coding-invalid" else asked.case.reason


@each_case
def test_outcome_and_reason_are_right(asked: Asked) -> None:
    exchange = asked.exchange
    answer = (exchange.outcome.value, exchange.reason)
    right = asked.case.accepts(*answer) or answer == (asked.case.outcome, _engine_reason(asked))
    assert right, f"{answer} {exchange.detail}: {asked.case.note}"
    assert exchange.reason is None or exchange.reason in REASONS


@each_case
def test_the_block_is_what_the_server_sent(asked: Asked) -> None:
    exchange, case = asked.exchange, asked.case
    if exchange.response is None:
        assert not case.expects_block or not _judged(asked)
        # What made no response is kept as well, up to where the engine had seen enough.
        sent = asked.sent[-1]
        assert sent.startswith(exchange.remains)
        assert len(exchange.remains) >= (min(len(sent), 4096) if case.closes else bool(sent[1:]))
        return
    assert asked.block is not None
    assert len(asked.sent) == 1
    assert exchange.response.message_length <= len(asked.block)
    assert asked.block_sent.startswith(asked.block)
    if _judged(asked):
        assert case.accepts_block(asked.sent[0], asked.block)
        assert case.accepts_code(exchange.response.head.code)


@each_case
def test_interim_responses_are_kept_apart(asked: Asked) -> None:
    interim = _leading_interim(asked.sent[-1])
    response = asked.exchange.response
    if response is not None:
        assert [raw for _, raw in response.interim] == interim
        assert [code for code, _ in response.interim] == [int(raw[9:12]) for raw in interim]
    else:
        assert asked.exchange.remains[: sum(map(len, interim[:20]))] == b"".join(interim[:20])


@each_case
def test_what_was_cut_off_says_so(asked: Asked) -> None:
    exchange = asked.exchange
    truncation = exchange.truncation
    assert (truncation is not None) == (exchange.outcome.value == "captured-truncated-flagged")
    if _judged(asked):
        assert (truncation.warc_reason if truncation else None) == asked.case.truncated
    if exchange.reason in ("length-limit", "idle-timeout", "total-timeout"):
        assert truncation is not None
        assert truncation.cap in (f"max_body={LIMITS.max_body:g}", "idle=1", "total=4")


@each_case
def test_the_request_is_recorded_as_it_was_sent(asked: Asked) -> None:
    assert asked.exchange.request == asked.requests[-1]
    assert asked.exchange.request.startswith(b"GET /" + asked.case.name.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1:")


@each_case
def test_times_and_address_are_recorded(asked: Asked) -> None:
    exchange = asked.exchange
    connection = exchange.connection
    assert connection is not None
    assert (connection.ip, connection.addresses, connection.resolver) == ("127.0.0.1", ("127.0.0.1",), "literal")
    if exchange.first_byte_at is None or exchange.last_byte_at is None:
        assert not asked.sent[-1]
        return
    assert exchange.requested_at <= exchange.first_byte_at <= exchange.last_byte_at


def test_nothing_but_the_site_was_asked(run: Run) -> None:
    assert run.canary_connections == 0


def test_every_case_at_once_ends_within_the_total_limit_and_a_little(run: Run) -> None:
    assert run.seconds < LIMITS.total + 6


def test_surplus_is_told_from_the_message(run: Run) -> None:
    def message(name: str) -> tuple[bytes, bytes]:
        one = run.asked[name]
        assert one.block is not None
        assert one.exchange.response is not None
        length = one.exchange.response.message_length
        return one.block[:length], one.block[length:]

    assert message("cl-surplus")[0].endswith(b"\r\n\r\n<!doctype ")
    assert message("chunk-surplus")[1] == b"after the last chunk"
    assert message("chunk-surplus-response")[1].startswith(b"HTTP/1.1 200 OK\r\n")
    assert message("keep-alive-desync")[1].endswith(b"forged")
    assert message("no-content-with-body")[1].startswith(b"<!doctype html>")


def test_a_body_within_the_limit_is_whole_and_one_octet_more_is_cut_there(run: Run) -> None:
    def body(name: str) -> tuple[int, Exchange]:
        one = run.asked[name]
        assert one.exchange.response is not None
        return one.exchange.response.tape.length - one.exchange.response.head.length, one.exchange

    for name in ("body-exactly-at-limit", "body-at-limit-until-close"):
        length, exchange = body(name)
        assert (length, exchange.outcome.value) == (LIMITS.max_body, COMPLETE)
    for name in ("body-one-over-limit", "endless-body", "endless-chunks", "endless-promised-body"):
        length, exchange = body(name)
        assert (length, exchange.reason) == (LIMITS.max_body, "length-limit")


def test_an_interim_flood_is_left_at_twenty(run: Run) -> None:
    assert run.asked["interim-1000"].exchange.remains.count(b"HTTP/1.1 100 Continue") >= 20
    twenty = run.asked["interim-twenty"].exchange.response
    assert twenty is not None
    assert len(list(takewhile(lambda one: one[0] == 100, twenty.interim))) == 20
