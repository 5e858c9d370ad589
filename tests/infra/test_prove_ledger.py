# SPDX-License-Identifier: Apache-2.0
"""A sample of the ledger's measurement: it goes on where it stopped, and what it calls a proof is checked."""

import json
from pathlib import Path

import pytest

from archiver.ledger import tree
from infra import prove_ledger
from infra.prove_ledger import CAPTURES, Filled, check, entry, key_of
from manifests.ledger import Leaf

SMALL = ("--marks", "300", "700", "--small", "1", "3", "--large", "50", "2", "--asked", "5")


def test_a_line_of_evidence_has_every_mark_with_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "work", tmp_path / "evidence" / "ledger.jsonl"
    assert prove_ledger.main([*SMALL, "--folder", str(folder), "--out", str(out)]) == 0
    line = json.loads(out.read_text("utf-8"))
    assert [json.loads(one) for one in capsys.readouterr().out.splitlines()] == line["marks"]
    assert [(mark["leaves"], mark["heads"]) for mark in line["marks"]] == [(300, 1), (700, 7)]
    assert all(value > 0 for mark in line["marks"] for value in mark.values())
    assert line["check_under_50_ms"]
    assert all(line[name] for name in ("commit", "machine", "date"))
    assert not folder.exists()


def test_a_piece_that_ran_out_of_time_is_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "work", tmp_path / "ledger.jsonl"
    given = [*SMALL, "--folder", str(folder), "--out", str(out)]
    assert prove_ledger.main([*given, "--marks", "300", "1000000", "--minutes", "0.0001"]) == 0
    assert "goes on from here" in capsys.readouterr().out
    assert not out.exists()
    assert prove_ledger.main(given) == 0
    assert len(json.loads(out.read_text("utf-8"))["marks"]) == 2


def test_a_proof_that_does_not_hold_is_not_counted(tmp_path: Path) -> None:
    filled = Filled(tmp_path)
    filled.grow(300)
    manifests = [bytes([at & 255, at >> 8]) * 16 for at in range(CAPTURES)]
    root, path = tree.root_over([tree.leaf_hash(one) for one in manifests]), tree.path_within(manifests, 9)
    proof = filled.ledger.proof(7, filled.head).to_bytes()
    assert check(entry(7), proof, manifests[9], 9, path, root, filled.keyring).size == 300
    for leaf, manifest in ((entry(8), manifests[9]), (entry(7), manifests[8])):
        with pytest.raises(ValueError, match="does not hold"):
            check(leaf, proof, manifest, 9, path, root, filled.keyring)
    filled.leaves.close()


def test_leaves_are_as_the_sequencer_makes_them_and_each_is_another() -> None:
    made = [Leaf.model_validate_json(entry(number)) for number in range(1000)]
    assert len({one.k for one in made}) == len({one.d for one in made}) == 1000
    assert key_of(7).endswith("/00000000000000000000000007/segment.json")
