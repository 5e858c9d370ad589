# SPDX-License-Identifier: Apache-2.0
"""The witness over HTTP takes one kind of request, bounded in size and time, and survives every other."""

import http.client
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archiver.errors import StateFault
from archiver.faces.witness_server import MOST, WitnessServer
from archiver.services.witness import Reply, Witness
from tests.ledger.witnessed import FORKED, TRUE, listening, request, witness_in


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    one = witness_in(tmp_path / "witness")
    yield one
    one.close()


@pytest.fixture
def server(witness: Witness) -> Iterator[WitnessServer]:
    with listening(witness) as one:
        yield one


def ask(
    server: WitnessServer, body: bytes | None, path: str = "/add-checkpoint", method: str = "POST", **headers: str
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(method, path, body, {one.replace("_", "-"): value for one, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()
    finally:
        connection.close()


def raw(server: WitnessServer, sent: bytes, *, end: bool = True) -> bytes:
    with socket.create_connection(("127.0.0.1", server.server_address[1]), 10) as connection:
        connection.sendall(sent)
        if end:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_checkpoint_is_signed_and_a_conflict_has_its_media_type(server: WitnessServer) -> None:
    status, kind, body = ask(server, request(0, 5))
    assert (status, kind) == (200, "text/plain; charset=utf-8")
    assert body.startswith("\u2014 witness.example/w1 ".encode())
    assert ask(server, request(0, 6)) == (409, "text/x.tlog.size", b"5\n")


def test_there_is_one_route(server: WitnessServer) -> None:
    assert ask(server, b"", "/")[0] == 404
    assert ask(server, b"", "/add-checkpoint/")[0] == 404
    assert ask(server, None, "/add-checkpoint", "GET")[0] == 405
    assert ask(server, None, "/../witness.pem", "GET")[0] == 404
    assert ask(server, b"", "/add-checkpoint", "DELETE")[0] == 501


def test_a_body_has_a_bounded_length_that_is_told_before(server: WitnessServer) -> None:
    assert ask(server, b"x" * MOST)[0] == 400
    head = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n"
    assert b" 413 " in raw(server, head + b"Content-Length: %d\r\n\r\n" % (MOST + 1))
    assert b" 413 " in raw(server, head + b"Content-Length: %s\r\n\r\n" % (b"9" * 400))
    for line in (
        b"",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1_0\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    ):
        assert b" 411 " in raw(server, head + line + b"\r\n")
    assert b" 400 " in raw(server, head + b"Content-Length: 10\r\n\r\nold 0")


def test_what_is_no_http_ends_the_connection_and_nothing_else(server: WitnessServer) -> None:
    for sent in (b"\x00\xff\r\n\r\n", b"POST\r\n\r\n", b"A" * 70_000, b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 200, b""):
        raw(server, sent)
    assert ask(server, request(0, 5))[0] == 200


def test_one_that_drips_is_cut_off(witness: Witness) -> None:
    with listening(witness, total=0.3) as server:
        dripping = b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 90\r\n\r\nold"
        assert raw(server, dripping, end=False) == b""
        assert ask(server, request(0, 5))[0] == 200


def test_parallel_requests_sign_one_history(server: WitnessServer, witness: Witness) -> None:
    assert ask(server, request(0, 45))[0] == 200
    asked = [(46 + at, (TRUE, FORKED)[at % 2]) for at in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda one: ask(server, request(45, *one))[0], asked))
    signed = [one for one, status in zip(asked, answers, strict=True) if status == 200]
    assert [hashes for _, hashes in signed] == [TRUE]
    assert {one.size for one in witness.known()} == {signed[0][0]}


def test_a_record_that_cannot_be_written_signs_nothing() -> None:
    def failing(_: bytes) -> Reply:
        raise StateFault("the disk is full")

    class Failing(Witness):
        def __init__(self) -> None:
            """Nothing is opened."""

        def add_checkpoint(self, body: bytes, now: object) -> Reply:
            return failing(body)

    with listening(Failing()) as server:
        assert ask(server, request(0, 5)) == (503, "text/plain; charset=utf-8", b"the record cannot be written now\n")
