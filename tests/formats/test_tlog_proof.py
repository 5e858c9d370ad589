# SPDX-License-Identifier: Apache-2.0
"""Portable proofs: their text, and what may not pass for one."""

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.formats import checkpoint
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Ed25519Signer, Malformed, Note, verified
from archiver.formats.signed_note import parse as parse_note
from archiver.formats.tlog_proof import MAX_HASHES, TlogProof, parse
from archiver.ledger.tree import leaf_hash, path_within, root_from_inclusion, root_over, verify_inclusion

SIGNER = Ed25519Signer("archive.example/log", bytes(range(32)))
ENTRIES = [b"zero", b"one", b"two", b"three", b"four"]
HASH = base64.b64encode(bytes(32)).decode()


def signed(size: int, root: bytes) -> bytes:
    text = Checkpoint("archive.example/log", size, root).to_text()
    return Note(text, (SIGNER.sign(text.encode()),)).to_bytes()


CHECKPOINT = signed(5, root_over([leaf_hash(one) for one in ENTRIES]))
PROOF = TlogProof(3, tuple(path_within(ENTRIES, 3)), CHECKPOINT)


def holds(content: bytes, entry: bytes) -> bool:
    """What a stranger checks: form, signature, path."""
    try:
        proof = parse(content)
        note = parse_note(proof.checkpoint)
        head = checkpoint.parse(note.text)
        if not verified(note, [SIGNER.verifier]):
            return False
    except Malformed:
        return False
    return verify_inclusion(proof.index, head.size, leaf_hash(entry), proof.hashes, head.root)


def test_the_text_is_that_of_the_specification() -> None:
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in PROOF.hashes)
    assert PROOF.to_bytes() == f"c2sp.org/tlog-proof@v1\nindex 3\n{lines}\n".encode() + CHECKPOINT
    with_extra = TlogProof(3, PROOF.hashes, CHECKPOINT, b"more")
    assert with_extra.to_bytes().startswith(b"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 3\n")


def test_a_tree_of_one_entry_needs_no_path() -> None:
    proof = TlogProof(0, (), signed(1, leaf_hash(b"zero")))
    assert proof.to_bytes().startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\narchive.example/log\n1\n")
    assert holds(proof.to_bytes(), b"zero")


@given(
    st.integers(0, 2**63 - 2),
    st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_HASHES),
    st.none() | st.binary(min_size=1, max_size=90),
)
def test_a_proof_is_read_as_it_was_written(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    proof = TlogProof(index, tuple(hashes), signed(2**63 - 1, bytes(32)), extra)
    assert parse(proof.to_bytes()) == proof


def test_a_proof_holds_for_its_entry_alone() -> None:
    assert [holds(PROOF.to_bytes(), one) for one in ENTRIES] == [False, False, False, True, False]


def test_no_bit_of_a_proof_may_change() -> None:
    content = PROOF.to_bytes()
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        assert not holds(bytes(changed), b"three"), f"bit {bit}: {bytes(changed)!r}"


def test_no_line_of_a_proof_may_be_dropped_doubled_or_exchanged() -> None:
    lines = PROOF.to_bytes().splitlines(keepends=True)
    for at in range(len(lines)):
        dropped = lines[:at] + lines[at + 1 :]
        exchanged = lines[:at] + lines[at + 1 : at + 2] + [lines[at]] + lines[at + 2 :]
        assert not holds(b"".join(dropped), b"three")
        assert exchanged == lines or not holds(b"".join(exchanged), b"three")
        doubled = b"".join(lines[: at + 1] + lines[at:])
        # A signature given twice is one signature.
        assert at == len(lines) - 1 or not holds(doubled, b"three")


def test_a_proof_under_another_key_or_for_another_place_does_not_hold() -> None:
    other = Ed25519Signer("archive.example/log", bytes(32))
    text = parse_note(CHECKPOINT).text
    assert not holds(
        TlogProof(3, PROOF.hashes, Note(text, (other.sign(text.encode()),)).to_bytes()).to_bytes(), b"three"
    )
    assert not any(holds(TlogProof(at, PROOF.hashes, CHECKPOINT).to_bytes(), b"three") for at in (0, 1, 2, 4))


@pytest.mark.parametrize(
    "head",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n",
        "C2SP.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1 \nindex 0\n",
        "c2sp.org/tlog-proof@v1\r\nindex 0\n",
        "\nc2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra bW9yZQ==\n",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra bW9yZQ\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra bW9yZR==\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nextra bW9yZQ==\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra bW9yZQ==\n",
        "c2sp.org/tlog-proof@v1\nindex\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n",
        "c2sp.org/tlog-proof@v1\nindex +1\n",
        "c2sp.org/tlog-proof@v1\nindex -0\n",
        "c2sp.org/tlog-proof@v1\nindex  1\n",
        "c2sp.org/tlog-proof@v1\nindex 1 \n",
        "c2sp.org/tlog-proof@v1\nindex 5\n",
        "c2sp.org/tlog-proof@v1\nindex １\n",
        "c2sp.org/tlog-proof@v1\nindex 99999999999999999999\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nindex 0\n",
        f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH[:-4]}\n",
        f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH}\r\n",
        f"c2sp.org/tlog-proof@v1\nindex 0\n {HASH}\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + f"{HASH}\n" * (MAX_HASHES + 1),
    ],
)
def test_a_malformed_head_is_refused(head: str) -> None:
    with pytest.raises(Malformed):
        parse(head.encode() + b"\n" + CHECKPOINT)


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"\n",
        CHECKPOINT[:-1],
        b"\n" + CHECKPOINT,
        CHECKPOINT.replace(b"\n5\n", b"\n05\n"),
        CHECKPOINT.split(b"\n\n")[0],
    ],
)
def test_a_proof_with_a_malformed_checkpoint_is_refused(rest: bytes) -> None:
    with pytest.raises(Malformed):
        parse(b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + rest)


@pytest.mark.parametrize(
    "proof",
    [
        TlogProof(-1, (), CHECKPOINT),
        TlogProof(5, (), CHECKPOINT),
        TlogProof(0, (bytes(31),), CHECKPOINT),
        TlogProof(0, (), b"no note"),
        TlogProof(0, (), CHECKPOINT, b""),
    ],
)
def test_a_proof_that_would_be_read_otherwise_is_not_written(proof: TlogProof) -> None:
    with pytest.raises(Malformed):
        proof.to_bytes()


def test_the_path_of_the_example_leads_to_its_root() -> None:
    found = root_from_inclusion(3, 5, sha256(b"\0three").digest(), PROOF.hashes)
    assert found == root_over([leaf_hash(one) for one in ENTRIES])
