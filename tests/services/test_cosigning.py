# SPDX-License-Identifier: Apache-2.0
"""Asking witnesses: what they sign is kept once, what they refuse is told in words, and nothing else is believed."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from archiver.errors import Damaged, RemoteFault
from archiver.formats import signed_note
from archiver.formats.signed_note import Cosigner
from archiver.ledger import places, tree
from archiver.ledger.heads import Head
from archiver.ledger.ledger import Ledger
from archiver.ledger.witnesses import Witness as Named
from archiver.services import cosigning
from archiver.services.fixity.pace import Pace
from archiver.services.replication.copying import Tally
from archiver.services.replication.ledgers import copy_ledger
from archiver.services.witness import Witness
from archiver.store.memory import MemoryStore
from tests.ledger.ledgers import grow, ledger_in, objects, put, ring, store_keys
from tests.ledger.witnessed import FORKED, NAME, SEEN, listening, prefix, reader, request, witness_in


class Stub:
    """Answers each request with what it was given."""

    def __init__(self, status: int, body: bytes) -> None:
        self.asked: list[bytes] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                stub.asked.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    one = witness_in(tmp_path / "witness")
    yield one
    one.close()


@pytest.fixture
def ledger() -> Ledger:
    return ledger_in(MemoryStore())


def cosigned(
    store: MemoryStore, ledger: Ledger, head: Head, *named: Named, seen: dict[str, int] | None = None
) -> tuple[list[str], list[RemoteFault]]:
    made, faults = cosigning.cosign(store, head, named, seen or {}, lambda size: ledger.consistency(size, head))
    return [one.key for one in made], faults


def test_a_head_is_signed_from_whatever_the_witness_saw_last(witness: Witness) -> None:
    store = MemoryStore()
    ledger = ledger_in(store)
    with listening(witness) as server:
        named = Named("harbour", prefix(server), witness.verifier)
        for sizes, guess in ((5, 0), (40, 5), (255, 0), (3, 300), (1, 2)):
            head = grow(ledger, sizes)
            made, faults = cosigned(store, ledger, head, named, seen={"harbour": guess})
            assert (made, faults) == ([f"ledger/cosignatures/{head.size}/harbour"], [])
            _, at = cosigning.read(store, cosigning.held(store)[-1], head, named)
            assert at == SEEN
    assert cosigning.newest(store) == {"harbour": 304}


def test_the_note_with_witnesses_has_the_same_text_and_our_signature_first(witness: Witness) -> None:
    store = MemoryStore()
    ledger = ledger_in(store)
    head = grow(ledger, 5)
    with listening(witness) as server:
        named = Named("harbour", prefix(server), witness.verifier)
        cosigned(store, ledger, head, named)
    line, _ = cosigning.read(store, cosigning.held(store)[0], head, named)
    joined = cosigning.joined(head.note, [line])
    assert joined.startswith(head.note)
    assert signed_note.verified(signed_note.parse(joined), [witness.verifier])


def test_a_head_is_asked_for_once(witness: Witness) -> None:
    store = MemoryStore()
    ledger = ledger_in(store)
    head = grow(ledger, 5)
    with listening(witness) as server:
        named = Named("harbour", prefix(server), witness.verifier)
        cosigned(store, ledger, head, named)
    # Nobody listens any more.
    assert cosigned(store, ledger, head, named) == (["ledger/cosignatures/5/harbour"], [])


def test_a_cosignature_of_another_machine_stays(witness: Witness) -> None:
    class Slow(MemoryStore):
        """Shows nothing until something is put: two machines that ask at once."""

        def head(self, key: str) -> None:
            return None

    store = Slow()
    ledger = ledger_in(store)
    head = grow(ledger, 5)
    put(store, places.cosignature(5, "harbour"), b"earlier")
    with listening(witness) as server:
        made, faults = cosigned(store, ledger, head, Named("harbour", prefix(server), witness.verifier))
    assert (made, faults) == (["ledger/cosignatures/5/harbour"], [])
    assert store.get(made[0]) == b"earlier"


def test_one_that_does_not_answer_holds_up_no_other(witness: Witness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = MemoryStore()
    ledger = ledger_in(store)
    head = grow(ledger, 5)
    with listening(witness) as server:
        gone = Named("gone", f"http://127.0.0.1:{port}/", witness.verifier)
        made, [fault] = cosigned(store, ledger, head, gone, Named("harbour", prefix(server), witness.verifier))
    assert made == ["ledger/cosignatures/5/harbour"]
    assert (fault.reason, fault.fields["witness"]) == ("connect-failed", "gone")


def test_a_witness_that_saw_more_or_another_tree_is_told_in_words(witness: Witness) -> None:
    store = MemoryStore()
    ledger = ledger_in(store)
    head = grow(ledger, 50)
    with listening(witness) as server:
        named = Named("harbour", prefix(server), witness.verifier)
        assert witness.add_checkpoint(request(0, 50, FORKED), SEEN).status == 200
        _, [fault] = cosigned(store, ledger, head, named)
        assert "has seen another tree of 50 entries" in fault.what
        grown = grow(ledger, 10)
        _, [fault] = cosigned(store, ledger, grown, named)
        assert "the proof from the head it saw last does not hold" in fault.what
        assert witness.add_checkpoint(request(50, 90, FORKED), SEEN).status == 200
        _, [fault] = cosigned(store, ledger, grown, named)
        assert "has seen 90 entries, and this head has 60" in fault.what
    assert list(store.list(places.COSIGNATURES)) == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, b"", "does not know the key"),
        (404, b"", "does not know this ledger"),
        (422, b"", "another tree, or the tiles here are damaged"),
        (400, b"", "could not read the request"),
        (503, b"", "it answered 503"),
        (409, b"<html>", "did not say what it saw last"),
        (409, b"0\n", "another tree of 0 entries"),
        (200, b"", "no cosignature"),
        (200, b"<!doctype html>", "no cosignature"),
        (200, b"x" * 70_000, "more than 65536 octets"),
        (302, b"", "redirects are not followed"),
    ],
)
def test_every_other_answer_is_a_fault_in_words(ledger: Ledger, status: int, body: bytes, words: str) -> None:
    head = grow(ledger, 5)
    with Stub(status, body) as url:
        made, [fault] = cosigned(
            MemoryStore(), ledger, head, Named("stub", url, Cosigner(NAME, bytes([7]) * 32).verifier)
        )
    assert made == []
    assert words in fault.what


def test_only_the_line_of_the_witness_over_this_head_is_kept(ledger: Ledger) -> None:
    head = grow(ledger, 5)
    text = signed_note.parse(head.note).text
    ours, other = Cosigner(NAME, bytes([7]) * 32), Cosigner("other.example", bytes([8]) * 32)
    good, foreign = ours.cosign(text, 7).to_line(), other.cosign(text, 7).to_line()
    store = MemoryStore()
    with Stub(200, f"{foreign}\n{good}\n".encode()) as url:
        [made], _ = cosigned(store, ledger, head, Named("stub", url, ours.verifier))
    assert store.get(made) == f"{good}\n".encode()
    later = signed_note.parse(grow(ledger, 1).note).text
    lying = Cosigner(NAME, bytes([9]) * 32)
    for line in (foreign, ours.cosign(later, 7).to_line(), lying.cosign(text, 7).to_line(), good[:-5] + "AAA="):
        with Stub(200, f"{line}\n".encode()) as url:
            _, [fault] = cosigned(MemoryStore(), ledger, head, Named("stub", url, ours.verifier))
        assert "no cosignature" in fault.what


def test_a_stored_line_that_is_none_is_not_believed(ledger: Ledger) -> None:
    head = grow(ledger, 5)
    key = Cosigner(NAME, bytes([7]) * 32)
    good = f"{key.cosign(signed_note.parse(head.note).text, 7).to_line()}\n".encode()
    named = Named("stub", "http://127.0.0.1/", key.verifier)
    for content in (b"", b"x", good * 2, b"\n" + good, b"x\n\n" + good, good[:-4] + b"A=\n", good[:-1]):
        store = MemoryStore()
        put(store, places.cosignature(5, "stub"), content)
        with pytest.raises(Damaged, match="no cosignature of stub"):
            cosigning.read(store, cosigning.held(store)[0], head, named)
    assert tree.root(5, reader(FORKED)) == head.root  # the fork begins after these


def test_a_replica_gets_the_cosignatures_too(witness: Witness) -> None:
    store, replica = MemoryStore(), MemoryStore()
    store_keys(store, ring())
    ledger = ledger_in(store)
    head = grow(ledger, 5)
    with listening(witness) as server:
        cosigned(store, ledger, head, Named("harbour", prefix(server), witness.verifier))
    copy_ledger(store, replica, Pace(None, lambda: 0.0, lambda _: None), Tally(), whole=False)
    assert objects(replica, places.LEDGER) == objects(store, places.LEDGER)
