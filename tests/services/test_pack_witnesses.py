# SPDX-License-Identifier: Apache-2.0
"""Packs with cosignatures: what was stamped stays as it was, and every wrong cosignature is told as wrong."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from archiver.archive import Archive
from archiver.disk import OsDisk
from archiver.formats import signed_note
from archiver.formats.signed_note import Cosigner, Note
from archiver.ledger import places
from archiver.services import proof_facts
from archiver.services.proving import PACK
from archiver.services.witness import Witness, make_key
from archiver.settings import Settings
from archiver.store.local import LocalStore
from manifests.canonical import canonical_json
from manifests.digest import Digest
from manifests.package import ProofPack
from tests.faces.outlet import Outlet
from tests.ledger.authority import LocalAuthority
from tests.ledger.witnessed import NAME, SEEN, listening, prefix
from tests.services.packs import SITE, authorities_file, failed, pages, proof, settings, steps

Files = dict[str, bytes]
WITNESSED, VKEY = "checkpoint.witnessed", "witnesses/1.vkey"


@dataclass
class Made:
    pack: Files
    """Stamped and witnessed."""
    key: str
    """Of the witness."""
    own: str
    """Of the archive."""
    archive: Archive
    store: LocalStore
    given: Settings


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("witnessed")
    key = make_key(folder / "witness", NAME).to_text()
    with (
        Outlet(SITE) as outlet,
        LocalAuthority(folder) as authority,
        closing(Witness(folder / "witness")) as witness,
        listening(witness) as server,
    ):
        file = folder / "witnesses.yaml"
        file.write_text(f"witnesses:\n  - {{name: harbour, url: '{prefix(server)}', key: '{key}'}}\n")
        given = replace(settings(folder, authorities=authorities_file(folder, ("local", authority))), witnesses=file)
        with Archive.init(folder / "archive", settings=given) as archive:
            ring = archive.ledger.keyring()
            assert ring is not None
            witness.add(ring.newest.origin, (ring.newest.vkey,))
            first = pages(archive, outlet, "/anchor")
            # Newer heads have neither: the pack is under the one that has both.
            pages(archive, outlet, "/beacon")
            pack = proof(archive, first["/anchor"])
            yield Made(pack, key, ring.newest.vkey, archive, LocalStore(folder / "archive", OsDisk()), given)


def told(files: Files, **changes: object) -> Files:
    return {**files, PACK: canonical_json({**json.loads(files[PACK]), **changes})}


def wrong(files: Mapping[str, bytes], *keys: str) -> str:
    """What the step of the witness says; nothing else fails."""
    [(name, said)] = failed(files, *keys).items()
    assert name in (VKEY, WITNESSED, "checkpoint")
    return said


def test_a_pack_holds_with_and_without_keys_that_are_given(made: Made) -> None:
    for keys in ((), (made.key,), (made.own,), (made.own, made.key)):
        assert failed(made.pack, *keys) == {}
        [said] = [one.said for one in steps(made.pack, *keys) if one.where == VKEY]
        assert said.startswith(
            f"{NAME} states that it saw this checkpoint and no other in its place at 2026-03-05T08:40:00Z"
        )
        assert ("by the key you gave" in said) == (made.key in keys)
    assert not [one for one in steps(made.pack) if "not looked at" in one.said]


def test_the_checkpoint_stays_as_it_was_stamped_and_the_other_has_our_line_first(made: Made) -> None:
    assert made.pack["checkpoint"] == made.store.get(places.head(1))
    assert made.pack[WITNESSED].startswith(made.pack["checkpoint"])
    assert ProofPack.model_validate_json(made.pack[PACK]).witnesses[0].time == SEEN
    assert "timestamps/local.tsr" in made.pack


@pytest.mark.parametrize("name", [WITNESSED, VKEY])
def test_a_changed_or_missing_file_fails_the_step_of_the_witness(made: Made, name: str) -> None:
    content = made.pack[name]
    for at in range(0, len(content) - 1, 5):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        assert wrong({**made.pack, name: changed}).startswith("bad: "), at
    without = {one: made.pack[one] for one in made.pack if one != name}
    assert wrong(without) == f"missing: {name} is not in the pack."


def test_a_cosignature_of_somebody_else_does_not_count_as_the_one_you_know(made: Made) -> None:
    text = signed_note.parse(made.pack["checkpoint"]).text
    own = signed_note.parse(made.pack["checkpoint"]).signatures
    stranger = Cosigner(NAME, bytes([9]) * 32)
    line = stranger.cosign(text, int(SEEN.timestamp()))
    theirs = {
        **made.pack,
        WITNESSED: Note(text, (*own, line)).to_bytes(),
        VKEY: stranger.verifier.to_text().encode() + b"\n",
    }
    assert failed(theirs) == {}
    assert "No witness that you gave a key of" in wrong(theirs, made.key)
    assert "not signed by" in wrong({**theirs, VKEY: made.pack[VKEY]})
    without = told({one: made.pack[one] for one in made.pack if one not in (WITNESSED, VKEY)}, witnesses=[])
    document = json.loads(without[PACK])
    del document["witnesses"]
    without[PACK] = canonical_json(document)
    assert failed(without) == {}
    assert "No witness that you gave a key of" in wrong(without, made.key)


def test_what_pack_json_says_of_a_witness_is_compared(made: Made) -> None:
    later = "2026-03-05T08:41:00.000000Z"
    assert "states the time" in wrong(told(made.pack, witnesses=[{"name": NAME, "time": later}]))
    same = "2026-03-05T08:40:00.000000Z"
    assert "is not that of the witness" in wrong(told(made.pack, witnesses=[{"name": "other", "time": same}]))
    ours = {**made.pack, VKEY: made.pack["key.vkey"]}
    assert "is not that of the witness" in wrong(ours)


def test_a_checkpoint_with_other_lines_than_ours_is_wrong(made: Made) -> None:
    note = signed_note.parse(made.pack[WITNESSED])
    assert "lacks the signature" in wrong({**made.pack, WITNESSED: Note(note.text, note.signatures[1:]).to_bytes()})


def test_a_line_in_the_store_that_does_not_hold_is_told_and_left_out(made: Made) -> None:
    junk = b"\xe2\x80\x94 nobody AAAAAAA=\n"
    store = made.store
    for name in ("harbour-2", "stranger"):
        store.put(places.cosignature(1, name), junk, sha256=Digest.of(junk), size=len(junk))
    file = made.given.witnesses
    assert file is not None
    before = file.read_text()
    other = Cosigner("other.example", bytes([3]) * 32).verifier.to_text()
    file.write_text(before + f"  - {{name: harbour-2, url: 'http://127.0.0.1:1', key: '{other}'}}\n")
    try:
        pack = made.archive.prove([_capture_id(made)])
    finally:
        file.write_text(before)
    assert failed(pack.files) == {}
    assert len(pack.facts.witnesses) == 1
    assert any("harbour-2" in one for one in pack.facts.pending)
    assert any("stranger" in one for one in pack.facts.pending)


def _capture_id(made: Made) -> str:
    return str(json.loads(made.pack[PACK])["captures"][0]["capture_id"])


def test_the_strength_names_the_witness_and_its_time(made: Made) -> None:
    facts = made.archive.prove([_capture_id(made)]).facts
    assert facts.witnesses == (
        proof_facts.Witnessed(NAME, datetime(2026, 3, 5, 8, 40, tzinfo=UTC), "witnesses/1.vkey"),
    )
    assert any(one.label == f"witnessed by {NAME}" for one in facts.strengths)
