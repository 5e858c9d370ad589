# SPDX-License-Identifier: Apache-2.0
"""Two implementations of other makers read our trees, tiles, proofs and checkpoints as we do.

They live in an environment of their own (`make judges`); `LEDGER_JUDGES_BIN` names another. Without it these tests are
skipped, but fail where `CI` is set.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Cosigner, Ed25519Signer, Note
from archiver.formats.tlog_proof import TlogProof
from archiver.ledger.growth import grown, hashes
from archiver.ledger.tree import EMPTY_ROOT, consistency_proof, inclusion_proof, verify_consistency

ROOT = Path(__file__).parents[2]
SIZE = 130
LARGE = 70_000
SIGNER = Ed25519Signer("archive.example/log", bytes(range(32)))
WITNESS = Cosigner("witness.example/w1", bytes(range(32, 64)))
STRANGER = Ed25519Signer("archive.example/log", bytes(32))

Judge = Callable[..., Any]


@pytest.fixture(scope="module")
def judges() -> Path:
    """The folder that holds the checkers of ledgers."""
    folder = Path(os.environ.get("LEDGER_JUDGES_BIN", ROOT / ".venv-judges-ledger" / "bin")).absolute()
    if not (folder / "tlog-tiles").is_file():
        said = f"no checkers of ledgers in {folder}: run `make judges`"
        pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
    return folder


@pytest.fixture(scope="module")
def judge(judges: Path) -> Judge:
    """Asks one judge, through the program beside this file."""

    def ask(*arguments: str | Path, given: object = None) -> Any:
        command = [judges / "python", "-I", Path(__file__).with_name("ledger_judge.py"), *arguments]
        done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def entry(at: int) -> bytes:
    return b"entry %d" % at


def written(folder: Path, *batches: int) -> bytes:
    """Writes a tree into a folder, batch by batch; gives its root."""
    size, root = 0, EMPTY_ROOT
    for count in batches:
        new = grown(
            size, root, [entry(at) for at in range(size, size + count)], lambda path: (folder / path).read_bytes()
        )
        for path, content in new.objects.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        size, root = new.size, new.root
    return root


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Our tree of every size up to 130, in the words of the judges."""
    folder = tmp_path_factory.mktemp("small")
    written(folder, *[1] * SIZE)
    ours: dict[str, Any] = {"folder": folder, "roots": [], "paths": [], "proofs": []}
    for size in range(1, SIZE + 1):
        root = grown(0, EMPTY_ROOT, [entry(at) for at in range(size)], dict[str, bytes]().__getitem__).root
        read = hashes(size, lambda path: (folder / path).read_bytes())
        ours["roots"].append(root.hex())
        ours["paths"].append([[one.hex() for one in inclusion_proof(at, size, read)] for at in range(size)])
        ours["proofs"].append([[one.hex() for one in consistency_proof(old, size, read)] for old in range(1, size + 1)])
    return ours


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TlogProof]:
    """A folder with 70,000 entries and a signed, witnessed checkpoint, and the proof of entry 41,234."""
    folder = tmp_path_factory.mktemp("large")
    text = Checkpoint("archive.example/log", LARGE, written(folder, 1, 299, 65_300, 4_400)).to_text()
    note = Note(text, (SIGNER.sign(text.encode()), WITNESS.cosign(text, 1_700_000_000)))
    (folder / "checkpoint").write_bytes(note.to_bytes())
    path = inclusion_proof(41_234, LARGE, hashes(LARGE, lambda path: (folder / path).read_bytes()))
    return folder, TlogProof(41_234, tuple(path), note.to_bytes())


def test_pymerkle_gives_the_same_roots_and_inclusion_proofs(judge: Judge, small: dict[str, Any]) -> None:
    theirs = judge("pymerkle", given={"entries": [entry(at).hex() for at in range(SIZE)]})
    assert theirs["roots"] == small["roots"]
    assert theirs["paths"] == small["paths"]


def test_tlog_scales_reads_the_same_trees_and_proofs_out_of_our_tiles(judge: Judge, small: dict[str, Any]) -> None:
    theirs = judge("tiles", small["folder"], str(SIZE))
    assert [bytes.fromhex(one) for one in theirs["entries"]] == [entry(at) for at in range(SIZE)]
    for kind in ("roots", "paths", "proofs"):
        assert theirs[kind] == small[kind]
    roots = [bytes.fromhex(one) for one in theirs["roots"]]
    for new, proofs in enumerate(theirs["proofs"], 1):
        for old, proof in enumerate(proofs, 1):
            path = [bytes.fromhex(one) for one in proof]
            assert verify_consistency(old, roots[old - 1], new, roots[new - 1], path)


def test_tlog_scales_finds_the_checkpoint_signed_by_those_who_signed_it(
    judge: Judge, large: tuple[Path, TlogProof]
) -> None:
    keys = [one.verifier.to_text() for one in (SIGNER, WITNESS, STRANGER)]
    found = judge("head", large[0], *keys)
    assert found["computed"] == found["stated"]
    assert (found["origin"], found["size"]) == ("archive.example/log", LARGE)
    assert found["valid"] == sorted(keys[:2])


def test_the_proof_that_tlog_scales_makes_is_ours_byte_for_byte(judges: Path, large: tuple[Path, TlogProof]) -> None:
    folder, ours = large
    done = subprocess.run(
        [judges / "tlog-tiles", "gen-proof", folder, "41234"], capture_output=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == (ours.to_bytes(), b"")


def test_tlog_scales_checks_our_entries_against_our_checkpoint(judges: Path, large: tuple[Path, TlogProof]) -> None:
    for index in (0, 255, 256, 65_535, 65_536, LARGE - 1):
        command: list[str | Path] = [judges / "tlog-tiles", "get-leaf", "--check", large[0], str(index)]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert (done.stdout, done.returncode) == (entry(index), 0), done.stderr


def test_tlog_scales_refuses_a_changed_entry(judges: Path, tmp_path: Path) -> None:
    text = Checkpoint("archive.example/log", 300, written(tmp_path, 300)).to_text()
    (tmp_path / "checkpoint").write_bytes(Note(text, (SIGNER.sign(text.encode()),)).to_bytes())
    bundle = tmp_path / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"entry 17\0", b"entry 71\0"))
    command: list[str | Path] = [judges / "tlog-tiles", "get-leaf", "--check", tmp_path, "17"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode != 0
    assert b"InclusionProofInvalid" in done.stderr
