# SPDX-License-Identifier: Apache-2.0
"""Measures the ledger with 10,000, 100,000 and a million leaves: how fast it grows, how large it and its proofs are.

The ledger is in a folder and grows as the sequencer makes it grow: staged, committed, put in place, every write synced, and
entered in the database of leaves. At each mark are measured: appending one leaf and a thousand; asking for the head without
having seen one before; making the proof of a capture, and checking it from its bytes: the inner path of a segment with a
thousand captures, the leaf, the path to the root, the signature. Between the marks it grows by as much as one head adds at most.

`make prove-ledger` works for at most `--minutes` and is run again to go on from there. At the end one line of JSON is
appended to docs/evidence/ledger.jsonl, and the folder is removed. It fails when checking a proof took 50 ms or more.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from archiver.formats import checkpoint as checkpoints
from archiver.formats import signed_note, tlog_proof
from archiver.formats.signed_note import Ed25519Signer
from archiver.ledger import keys, tree
from archiver.ledger.heads import Head
from archiver.ledger.keys import Keyring
from archiver.ledger.leaves import Leaves
from archiver.ledger.ledger import Ledger
from archiver.services.sequencer import A_HEAD
from archiver.store.local import LocalStore
from infra.prove_catalog import circumstances
from manifests.canonical import canonical_bytes
from manifests.digest import Digest
from manifests.ledger import Leaf

ROOT = Path(__file__).parents[1]
EVIDENCE = ROOT / "docs" / "evidence" / "ledger.jsonl"
FOLDER = ROOT / "build" / "prove-ledger"
MARKS = (10_000, 100_000, 1_000_000)
SMALL, LARGE, ASKED, CAPTURES = (1, 100), (1000, 40), 300, 1000
"""Batches that are measured, as how large and how many; proofs and heads asked for; captures of a segment."""
MOST_MS = 50.0
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_ARCHIVE_ID = "00000000-0000-4000-8000-000000000001"
_NAMES = "0123456789abcdefghjkmnpqrstvwxyz"


class Filled:
    """A ledger that grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = LocalStore(folder / "archive")
        self.signer = Ed25519Signer(keys.origin_of(_ARCHIVE_ID), bytes(32))
        first = keys.record(self.signer, None, None, archive_id=_ARCHIVE_ID, size=0, reason="first", made_at=_AT)
        self.keyring = Keyring((first,))
        self.leaves = Leaves(folder / "ledger.sqlite")
        self.ledger = self.cold()
        self.head = self.ledger.head()
        known = self.leaves.size()
        if known < self.head.size:  # an earlier piece was killed
            self.ledger.settle(self.head)
            self.leaves.add(known, list(self.ledger.entries(known, self.head)))

    def cold(self) -> Ledger:
        """The ledger as a process sees it that has seen none."""
        return Ledger(self.store, self.signer.verifier.name, self.keyring)

    def grow(self, count: int) -> None:
        """Appends so many leaves under one head."""
        entries = [entry(self.head.size + at) for at in range(count)]
        self.append(entries)

    def append(self, entries: Sequence[bytes]) -> None:
        """Appends these under one head."""
        start = self.head.size
        self.head = self.ledger.append(self.head, entries, self.signer)
        self.leaves.add(start, entries)

    def measured(self, batches: Sequence[tuple[int, int]], asked: int) -> dict[str, Any]:
        """What one mark shows; times in milliseconds."""
        line: dict[str, Any] = {"leaves": self.head.size, "heads": self.head.sequence}
        for size, count in batches:
            rounds = [[entry(self.head.size + size * at + one) for one in range(size)] for at in range(count)]
            line |= _spread(f"append_{size}", [_timed(partial(self.append, one)) for one in rounds])
        line |= _spread("head", [_timed(lambda: self.cold().head()) for _ in range(max(2, asked // 10))])
        lot = random.Random(7)
        manifests = [sha256(bytes([at & 255, at >> 8])).digest() for at in range(CAPTURES)]
        root = tree.root_over([tree.leaf_hash(one) for one in manifests])
        made, checked, octets = [], [], []
        for _ in range(asked):
            index, inner = lot.randrange(self.head.size), lot.randrange(CAPTURES)
            path = tree.path_within(manifests, inner)
            found = self.leaves.find(key_of(index))
            assert found is not None
            assert found.position == index
            proofs: list[bytes] = []
            made.append(_timed(partial(self._prove, index, proofs)))
            octets.append(len(proofs[0]))
            checked.append(
                _timed(partial(check, found.entry, proofs[0], manifests[inner], inner, path, root, self.keyring))
            )
        line |= _spread("prove", made) | _spread("check", checked)
        line["proof_octets"] = max(octets)
        line["inner_path_octets"] = 32 * len(tree.path_within(manifests, 0))
        stored = [one.stat().st_size for one in (self.folder / "archive").rglob("*") if one.is_file()]
        line |= {"objects": len(stored), "octets": sum(stored), "octets_a_leaf": round(sum(stored) / self.head.size)}
        line["leaves_octets"] = sum(one.stat().st_size for one in self.folder.glob("ledger.sqlite*"))
        return line

    def _prove(self, index: int, proofs: list[bytes]) -> None:
        proofs.append(self.ledger.proof(index, self.head).to_bytes())


def check(
    leaf: bytes, proof: bytes, manifest: bytes, inner: int, path: Sequence[bytes], root: bytes, keyring: Keyring
) -> Head:
    """Checks a capture's proof as a stranger does. Raises `ValueError` when it does not hold."""
    told = tlog_proof.parse(proof)
    note = signed_note.parse(told.checkpoint)
    head = checkpoints.parse(note.text)
    holds = (
        tree.verify_inclusion(inner, CAPTURES, tree.leaf_hash(manifest), path, root),
        tree.verify_inclusion(told.index, head.size, tree.leaf_hash(leaf), told.hashes, head.root),
        bool(signed_note.verified(note, [keyring.verifier(head.size)])),
    )
    if not all(holds):
        raise ValueError("the proof does not hold")
    return Head(0, head, told.checkpoint)


def entry(number: int) -> bytes:
    """A leaf as the sequencer makes it."""
    digest = Digest.of(number.to_bytes(8, "big"))
    return canonical_bytes(Leaf(d=digest, k=key_of(number), t=_AT + timedelta(seconds=number)))


def key_of(number: int) -> str:
    """The key of a segment's seal."""
    name = "".join(_NAMES[number >> at & 31] for at in range(125, -1, -5))
    return f"segments/gazette/2026/01/{1 + number % 28:02d}/{name}/segment.json"


def main(arguments: list[str]) -> int:
    """Measures what time allows; 0 also when there is more to do, 1 when checking a proof took too long."""
    parser = argparse.ArgumentParser(prog="prove-ledger", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=18.0, help="when to stop for this time [18]")
    parser.add_argument(
        "--marks", type=int, nargs="+", default=MARKS, help="how many leaves [10,000, 100,000, 1 million]"
    )
    parser.add_argument("--small", type=int, nargs=2, default=SMALL, metavar=("LEAVES", "TIMES"))
    parser.add_argument("--large", type=int, nargs=2, default=LARGE, metavar=("LEAVES", "TIMES"))
    parser.add_argument("--asked", type=int, default=ASKED, help="proofs that are made and checked at each mark")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where it grows; 1 GB at a million leaves")
    parser.add_argument("--out", type=Path, default=EVIDENCE, help="the file to append to")
    given = parser.parse_args(arguments)
    ends = time.monotonic() + 60 * given.minutes
    around = circumstances()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "marks.json"
    marks: list[dict[str, Any]] = json.loads(kept.read_text("utf-8")) if kept.is_file() else []
    filled = Filled(given.folder)
    try:
        for mark in given.marks[len(marks) :]:
            while filled.head.size < mark:
                if time.monotonic() > ends:
                    sys.stdout.write(f"{filled.head.size:,} leaves so far; the same command goes on from here\n")
                    return 0
                filled.grow(min(A_HEAD, mark - filled.head.size))
            marks.append(filled.measured((given.small, given.large), given.asked))
            kept.write_text(json.dumps(marks), "utf-8")
            sys.stdout.write(json.dumps(marks[-1]) + "\n")
            sys.stdout.flush()
    finally:
        filled.leaves.close()
    slowest = max(mark["check_p99_ms"] for mark in marks)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with given.out.open("a", encoding="utf-8") as out:
        out.write(json.dumps({"marks": marks, "check_under_50_ms": slowest < MOST_MS} | around) + "\n")
    shutil.rmtree(given.folder)
    return 0 if slowest < MOST_MS else 1


def _timed(doing: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the wall clock, and of this process."""
    began, worked = time.perf_counter(), time.process_time()
    doing()
    return 1e3 * (time.perf_counter() - began), 1e3 * (time.process_time() - worked)


def _spread(name: str, seen: Sequence[tuple[float, float]]) -> dict[str, float]:
    parts = statistics.quantiles([wall for wall, _ in seen], n=100, method="inclusive")
    cpu = statistics.median(one for _, one in seen)
    return {
        f"{name}_p50_ms": round(parts[49], 3),
        f"{name}_p99_ms": round(parts[98], 3),
        f"{name}_p50_cpu_ms": round(cpu, 3),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
