# SPDX-License-Identifier: Apache-2.0
"""Ledgers and requests of theirs for tests of witnesses: one history, a fork of it, and a witness that listens on loopback."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archiver.faces.witness_server import TOTAL, WitnessServer
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Ed25519Signer, Note
from archiver.formats.tlog_witness import AddCheckpoint
from archiver.ledger import tree
from archiver.ledger.tree import EMPTY_ROOT, Reader, leaf_hash, root_over
from archiver.services.witness import Witness, make_key
from tests.ledger.ledgers import ORIGIN, entry, signer

NAME = "witness.example/w1"
SEEN = datetime(2026, 3, 5, 8, 40, tzinfo=UTC)


def history(forked_at: int = 1 << 30) -> "list[bytes]":
    """The leaf hashes of a ledger of 300 entries, which differs from the true one from an index on."""
    return [leaf_hash(entry(at) if at < forked_at else b"another %d" % at) for at in range(300)]


TRUE, FORKED = history(), history(forked_at=40)


def reader(hashes: list[bytes]) -> Reader:
    return lambda level, index: root_over(hashes[index << level : (index + 1) << level])


def note(size: int, hashes: list[bytes] = TRUE, by: Ed25519Signer | None = None, origin: str = ORIGIN) -> bytes:
    """The signed head of the first entries."""
    text = Checkpoint(origin, size, root_over(hashes[:size]) if size else EMPTY_ROOT).to_text()
    return Note(text, ((by or signer()).sign(text.encode()),)).to_bytes()


def request(old: int, size: int, hashes: list[bytes] = TRUE, signed: bytes | None = None) -> bytes:
    """The body of a request with the right proof for that history."""
    proof = tree.consistency_proof(min(old, size), size, reader(hashes))
    return AddCheckpoint(old, tuple(proof), signed or note(size, hashes)).to_bytes()


def witness_in(folder: Path, *vkeys: str) -> Witness:
    """A new witness that knows the ledger."""
    make_key(folder, NAME)
    witness = Witness(folder)
    witness.add(ORIGIN, vkeys or (signer().verifier.to_text(),))
    return witness


@contextlib.contextmanager
def listening(witness: Witness, total: float = TOTAL, at: datetime = SEEN) -> Iterator[WitnessServer]:
    """The witness on a free port."""
    with WitnessServer(
        ("127.0.0.1", 0), lambda body: witness.add_checkpoint(body, at), lambda _: None, total=total
    ) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def prefix(server: WitnessServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/"
