# SPDX-License-Identifier: Apache-2.0
"""TLS: the chain is evidence, a certificate that does not verify ends it, and nothing is sent over a session like that."""

import asyncio
import contextlib
import os
import socket
import ssl
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from archiver.capture import tls
from archiver.capture.http import HttpEngine, Request
from archiver.exchange import Exchange
from archiver.urls import parse
from manifests.capture import Tls
from manifests.digest import Digest
from tests.capture.conftest import LIMITS, utc_now
from tests.capture.peers import ANSWER, PAGE, Line, Peer, Talk, answers, engine_to

NAME = "harbour.example"
_CA = trustme.CA()
_STRANGER = trustme.CA()
_YEAR = timedelta(days=365)


def _server(
    ca: trustme.CA, *names: str, after: datetime | None = None, before: datetime | None = None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names, not_after=after, not_before=before).configure_cert(context)
    return context


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    _CA.configure_trust(context)
    return context


async def _ask(peer: Peer, host: str = NAME, times: int = 1, **settings: object) -> list[Exchange]:
    engine: HttpEngine = engine_to(peer, **{"trust": _trust(), **settings})
    try:
        async with asyncio.timeout(5):
            return [await engine.fetch(Request(parse(peer.url(scheme="https", host=host)))) for _ in range(times)]
    finally:
        await engine.close()


def _fetched(
    context: ssl.SSLContext | None,
    talk: Talk = answers,
    host: str = NAME,
    times: int = 1,
    **settings: object,
) -> tuple[list[Exchange], list[Line]]:
    """The exchanges, and the connections as the server saw them after their handshakes."""

    async def main() -> tuple[list[Exchange], list[Line]]:
        async with Peer(talk, context) as peer:
            exchanges = await _ask(peer, host, times, **settings)
            return exchanges, peer.lines

    return asyncio.run(main())


def _session(exchange: Exchange) -> Tls:
    assert exchange.connection is not None
    assert exchange.connection.tls is not None
    return exchange.connection.tls


def test_the_session_and_the_chain_as_sent_are_recorded() -> None:
    authority = _CA.create_child_ca()
    leaf = authority.issue_cert(NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    sent = [ssl.PEM_cert_to_DER_cert(blob.bytes().decode("ascii")) for blob in leaf.cert_chain_pems]
    assert len(sent) == 2
    (exchange,), _ = _fetched(context)
    assert (exchange.outcome.value, exchange.reason) == ("captured-complete", None)
    session = _session(exchange)
    assert (session.version, session.verified, session.fault) == ("TLSv1.3", True, None)
    assert session.cipher.startswith("TLS_")
    assert [b64decode(one.der) for one in session.chain] == sent
    assert [one.sha256 for one in session.chain] == [Digest.of(der) for der in sent]


@pytest.mark.parametrize(
    ("context", "host", "said"),
    [
        (lambda: _server(_STRANGER, NAME), NAME, "issuer"),
        (lambda: _server(_CA, NAME, after=utc_now() - _YEAR, before=utc_now() - 2 * _YEAR), NAME, "expired"),
        (lambda: _server(_CA, NAME, before=utc_now() + _YEAR, after=utc_now() + 2 * _YEAR), NAME, "not yet valid"),
        (lambda: _server(_CA, "other.example"), NAME, "mismatch"),
        (lambda: _server(_CA, NAME), "127.0.0.1", "mismatch"),
    ],
    ids=["unknown authority", "expired", "not yet valid", "wrong host", "no address"],
)
def test_a_certificate_that_does_not_verify_is_refused_with_its_chain_and_nothing_is_sent(
    context: Callable[[], ssl.SSLContext], host: str, said: str
) -> None:
    (exchange,), lines = _fetched(context(), host=host)
    assert (exchange.outcome.value, exchange.reason) == ("refused-with-reason", "tls-certificate")
    assert exchange.request == b""
    assert exchange.response is None
    assert [line.requests for line in lines if line.requests] == []
    session = _session(exchange)
    assert not session.verified
    assert said in (session.fault or "").lower()
    assert len(session.chain) == 1
    assert (exchange.connection and exchange.connection.ip) == "127.0.0.1"


def test_a_self_signed_certificate_is_refused_and_kept() -> None:
    # The authority's own certificate, served by itself.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _STRANGER.cert_pem.tempfile() as cert, _STRANGER.private_key_pem.tempfile() as key:
        context.load_cert_chain(cert, key)
    (exchange,), _ = _fetched(context)
    assert exchange.reason == "tls-certificate"
    assert "self-signed" in (_session(exchange).fault or "")
    assert [b64decode(one.der) for one in _session(exchange).chain] == [
        ssl.PEM_cert_to_DER_cert(_STRANGER.cert_pem.bytes().decode("ascii"))
    ]


def test_an_accepted_bad_certificate_is_captured_with_its_fault() -> None:
    (exchange, again), lines = _fetched(_server(_STRANGER, "other.example"), times=2, accept_bad_certificate=True)
    assert (exchange.outcome.value, exchange.reason) == ("captured-complete", None)
    assert exchange.response is not None
    assert exchange.response.tape.read().endswith(PAGE)
    for one in (exchange, again):
        assert not _session(one).verified
        assert _session(one).fault
        assert len(_session(one).chain) == 1
    assert sum(len(line.requests) for line in lines) == 2
    assert again.connection is not None
    assert again.connection.reused


def test_connections_over_tls_are_used_again() -> None:
    exchanges, lines = _fetched(_server(_CA, NAME), times=3)
    assert [one.reason for one in exchanges] == [None] * 3
    assert [one.connection and one.connection.reused for one in exchanges] == [False, True, True]
    assert (len(lines), len(lines[0].requests)) == (1, 3)
    assert _session(exchanges[2]) == _session(exchanges[0])


@pytest.mark.parametrize("host", [NAME, f"{NAME}.", "a.b.harbour.example"])
def test_the_name_sent_is_the_host_without_the_dot_of_the_root(host: str) -> None:
    named: list[str | None] = []
    context = _server(_CA, NAME, "*.b.harbour.example")

    def note(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        named.append(name)

    context.sni_callback = note
    (exchange,), _ = _fetched(context, host=host)
    assert exchange.reason is None
    assert named == [host.removesuffix(".")]


def test_no_name_is_sent_for_an_address_and_its_certificate_is_verified_as_one() -> None:
    named: list[str | None] = []
    context = _server(_CA, "127.0.0.1")
    context.sni_callback = lambda connection, name, of: named.append(name)
    (exchange,), _ = _fetched(context, host="127.0.0.1")
    assert (exchange.reason, named) == (None, [None])


def test_only_http_1_1_is_offered() -> None:
    context = _server(_CA, NAME)
    context.set_alpn_protocols(["h2", "http/1.1"])
    (exchange,), _ = _fetched(context, trust=None, accept_bad_certificate=True)
    assert exchange.reason is None
    assert exchange.response is not None
    assert exchange.response.head.version == "1.1"


def _raw(answer: Callable[[Line], None]) -> Talk:
    async def talk(line: Line) -> None:
        await line.reader.read(1)
        answer(line)
        await asyncio.Event().wait()

    return talk


def _unrecognised(context: ssl.SSLContext) -> ssl.SSLContext:
    context.sni_callback = lambda connection, name, of: ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    return context


@pytest.mark.parametrize(
    ("context", "talk"),
    [
        (None, _raw(lambda line: None)),
        (None, _raw(lambda line: line.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))),
        (None, _raw(lambda line: line.send(bytes.fromhex("15030300020228")))),
        (None, _raw(lambda line: line.send(b"\x16\x03\x03\xff\xff" + bytes(200)))),
        (None, _raw(lambda line: line.drop())),
        (None, _raw(lambda line: line.writer.close())),
        (lambda: _unrecognised(_server(_CA, NAME)), answers),
    ],
    ids=["hangs", "plaintext", "alert", "bad record", "reset", "closed", "name unknown"],
)
def test_a_handshake_that_fails_is_recorded_and_the_address_with_it(
    context: Callable[[], ssl.SSLContext] | None, talk: Talk
) -> None:
    limits = type(LIMITS)(connect=0.3, header=1, idle=1, total=4)
    (exchange,), _ = _fetched(context() if context else None, talk, limits=limits)
    assert (exchange.outcome.value, exchange.reason) == ("failed-recorded", "tls-failed")
    assert exchange.detail is not None
    assert NAME in exchange.detail
    assert exchange.connection is not None
    assert (exchange.connection.ip, exchange.connection.tls) == ("127.0.0.1", None)
    assert exchange.request == b""


def test_a_record_that_breaks_in_the_answer_leaves_what_came_before_and_says_so() -> None:
    async def talk(line: Line) -> None:
        await line.request()
        line.send(ANSWER[:-10])
        # The client runs in the same loop and has read this much when it breaks; asyncio gives out nothing of a read that failed.
        for _ in range(20):
            await asyncio.sleep(0)
        # Past the session: octets that no key of it has made.
        with contextlib.closing(socket.socket(fileno=os.dup(line.writer.get_extra_info("socket").fileno()))) as beneath:
            beneath.sendall(b"this is no TLS record" * 10)
        await line.reader.read()

    (exchange,), _ = _fetched(_server(_CA, NAME), talk)
    assert (exchange.outcome.value, exchange.reason) == ("captured-truncated-flagged", "body-short")
    assert exchange.response is not None
    assert exchange.response.tape.read() == ANSWER[:-10]


@pytest.mark.parametrize("host", ["a" * 63 + ".example", "xn--nxasmm1c.example", "_odd_.example"])
def test_a_name_that_tls_cannot_carry_is_an_outcome_and_no_error(host: str) -> None:
    (exchange,), _ = _fetched(_server(_CA, NAME), host=host)
    assert exchange.reason in ("tls-certificate", "tls-failed")


def test_the_roots_are_read_once_an_engine() -> None:
    contexts = tls.Contexts()
    assert contexts.verifying() is contexts.verifying()
    assert contexts.unverifying() is contexts.unverifying()
    assert contexts.verifying().verify_mode is ssl.CERT_REQUIRED
    assert contexts.verifying().check_hostname
    assert contexts.verifying().cert_store_stats()["x509_ca"] > 50


def test_time_of_the_request_is_after_the_handshake() -> None:
    began = datetime.now(UTC)
    (exchange,), _ = _fetched(_server(_CA, NAME))
    assert exchange.first_byte_at is not None
    assert began < exchange.requested_at <= exchange.first_byte_at
