# SPDX-License-Identifier: Apache-2.0
"""A witness signs one history of a ledger and no other: whatever is asked, in whatever order, and by however many at once."""

import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archiver.errors import BadInput, NotFound
from archiver.formats import signed_note
from archiver.formats.signed_note import Cosigner, Ed25519Signer, VerifierKey
from archiver.formats.tlog_witness import AddCheckpoint
from archiver.services.witness import Reply, Witness, make_key
from tests.ledger.ledgers import ORIGIN, signer
from tests.ledger.witnessed import FORKED, NAME, SEEN, TRUE, note, request, witness_in


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    one = witness_in(tmp_path / "witness")
    yield one
    one.close()


def ask(witness: Witness, old: int, size: int, hashes: list[bytes] = TRUE) -> Reply:
    return witness.add_checkpoint(request(old, size, hashes), SEEN)


def size(witness: Witness) -> int:
    [one] = [one.size for one in witness.known() if one.origin == ORIGIN]
    return one


def test_a_tree_that_grows_is_signed_each_time_with_the_time(witness: Witness) -> None:
    for old, new in ((0, 5), (5, 5), (5, 64), (64, 300)):
        reply = ask(witness, old, new)
        assert reply.status == 200
        text = signed_note.parse(note(new)).text
        [seen] = signed_note.verified(signed_note.parse(text.encode() + b"\n" + reply.body), [witness.verifier])
        assert (seen.key.name, seen.time) == (NAME, int(SEEN.timestamp()))
        assert size(witness) == new
    assert witness.known()[0].signed_at == SEEN


def test_an_old_size_that_is_not_the_one_seen_is_told_which_is(witness: Witness) -> None:
    assert ask(witness, 3, 5) == Reply(409, "text/x.tlog.size", b"0\n")
    assert ask(witness, 0, 50).status == 200
    for old, new in ((0, 60), (49, 60), (51, 60), (0, 30), (30, 40)):
        assert ask(witness, old, new) == Reply(409, "text/x.tlog.size", b"50\n")
    assert size(witness) == 50


def test_a_smaller_or_forked_tree_is_never_signed(witness: Witness) -> None:
    assert ask(witness, 0, 50).status == 200
    assert ask(witness, 50, 49).status == 400
    assert ask(witness, 50, 50, FORKED) == Reply(409, "text/x.tlog.size", b"50\n")
    assert ask(witness, 50, 60, FORKED).status == 422
    assert witness.add_checkpoint(AddCheckpoint(50, (), note(60)).to_bytes(), SEEN).status == 422
    assert witness.add_checkpoint(AddCheckpoint(50, (bytes(32),) * 6, note(60)).to_bytes(), SEEN).status == 422
    assert size(witness) == 50
    assert ask(witness, 50, 60).status == 200


def test_a_proof_where_none_belongs_is_refused(witness: Witness) -> None:
    assert witness.add_checkpoint(AddCheckpoint(0, (bytes(32),), note(5)).to_bytes(), SEEN).status == 422


def test_only_known_ledgers_and_keys_are_signed_for(witness: Witness) -> None:
    stranger = Ed25519Signer(ORIGIN, bytes([9]) * 32)
    assert witness.add_checkpoint(request(0, 5, signed=note(5, by=stranger)), SEEN).status == 403
    other = note(5, origin="urn:uuid:other", by=Ed25519Signer("urn:uuid:other", bytes([1]) * 32))
    assert witness.add_checkpoint(request(0, 5, signed=other), SEEN).status == 404
    forged = note(5)[:-8] + b"AAAAAAA\n"
    assert witness.add_checkpoint(request(0, 5, signed=forged), SEEN).status in (400, 403)
    assert witness.add_checkpoint(b"old 0\n\nnothing", SEEN).status == 400
    assert size(witness) == 0


def test_new_keys_of_a_ledger_take_the_place_of_the_old_and_its_size_stays(witness: Witness) -> None:
    assert ask(witness, 0, 50).status == 200
    witness.add(ORIGIN, (signer(2).verifier.to_text(),))
    assert ask(witness, 50, 60).status == 403
    assert witness.add_checkpoint(request(50, 60, signed=note(60, by=signer(2))), SEEN).status == 200
    assert size(witness) == 60


def test_what_cannot_be_witnessed_is_not_added(witness: Witness) -> None:
    good = signer().verifier.to_text()
    for origin, vkey in ((ORIGIN, "x"), (ORIGIN, witness.verifier.to_text()), ("", good), ("a\nb", good)):
        with pytest.raises(BadInput):
            witness.add(origin, (vkey,))
    assert len(witness.known()) == 1


def test_of_requests_at_once_only_one_history_is_signed(tmp_path: Path) -> None:
    for seed in range(5):
        chance = random.Random(seed)
        folder = tmp_path / str(seed)
        witnesses = [witness_in(folder), *(Witness(folder) for _ in range(3))]
        assert ask(witnesses[0], 0, 45).status == 200
        asked = [(chance.randrange(46, 300), chance.choice((TRUE, FORKED))) for _ in range(20)]
        asked += [(45, TRUE)]
        with ThreadPoolExecutor(20) as pool:
            replies = list(
                pool.map(lambda one: ask(witnesses[one[0] % 4], 45, one[0], one[1]), asked)  # noqa: B023 - used up here
            )
        signed = [one for one, reply in zip(asked, replies, strict=True) if reply.status == 200 and one[0] > 45]
        assert [one for _, one in signed] == [TRUE]
        assert size(witnesses[0]) == signed[0][0]
        for one in witnesses:
            one.close()


def test_of_two_first_heads_at_once_one_is_signed(tmp_path: Path) -> None:
    witness = witness_in(tmp_path)
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda at: ask(witness, 0, 50, (TRUE, FORKED)[at % 2]), range(20)))
    assert [one.status for one in replies].count(200) == 1
    witness.close()


def test_the_record_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
    first = witness_in(tmp_path / "witness")
    assert ask(first, 0, 50).status == 200
    # As a kill would leave it: copied while open, the log of the database beside it.
    shutil.copytree(tmp_path / "witness", tmp_path / "after")
    first.close()
    after = Witness(tmp_path / "after")
    assert ask(after, 0, 45, FORKED).status == 409
    assert size(after) == 50
    after.close()


def test_a_witness_without_its_record_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Witness(tmp_path)
    witness_in(tmp_path).close()
    for one in tmp_path.glob("witness.sqlite*"):
        one.unlink()
    with pytest.raises(BadInput, match="record of what this witness signed, is missing"):
        Witness(tmp_path)


def test_a_key_is_never_written_over_nor_taken_for_another(tmp_path: Path) -> None:
    made = make_key(tmp_path / "a", NAME)
    make_key(tmp_path / "b", NAME)
    with pytest.raises(BadInput, match="there is a witness"):
        make_key(tmp_path / "a", NAME)
    one = Witness(tmp_path / "a")
    assert one.verifier == made
    one.close()
    shutil.copy(tmp_path / "b" / "witness.pem", tmp_path / "a" / "witness.pem")
    with pytest.raises(BadInput, match="is not the key"):
        Witness(tmp_path / "a")
    with pytest.raises(BadInput, match="key name"):
        make_key(tmp_path / "c", "with space")
    assert not (tmp_path / "c").exists()


def test_a_witness_accepts_what_other_programs_send(witness: Witness) -> None:
    """A checkpoint with further signatures, of keys it does not know, and of other witnesses."""
    signed = signed_note.parse(note(5))
    other = Cosigner("other.example", bytes([7]) * 32).cosign(signed.text, 1)
    more = signed_note.Note(signed.text, (other, *signed.signatures)).to_bytes()
    assert witness.add_checkpoint(request(0, 5, signed=more), SEEN).status == 200
    assert VerifierKey.parse(witness.verifier.to_text()) == witness.verifier
