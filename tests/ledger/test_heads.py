# SPDX-License-Identifier: Apache-2.0
"""The row of heads: its end is found with few questions, and nothing in it may be missing, forged or exchanged."""

import pytest

from archiver.errors import Damaged, StoreConflict
from archiver.formats.checkpoint import Checkpoint
from archiver.formats.signed_note import Ed25519Signer, Note
from archiver.ledger import heads, places
from archiver.ledger.heads import Head
from archiver.ledger.keys import Reason
from archiver.store.memory import MemoryStore
from tests.ledger.ledgers import ORIGIN, grow, ledger_in, put, ring, signer
from tests.ledger.stores import Faulty


def note(size: int, by: Ed25519Signer | None = None, origin: str = ORIGIN) -> bytes:
    text = Checkpoint(origin, size, bytes(32)).to_text()
    return Note(text, ((by or signer()).sign(text.encode()),)).to_bytes()


def row(*sizes: int) -> MemoryStore:
    store = MemoryStore()
    for sequence, size in enumerate(sizes, start=1):
        put(store, places.head(sequence), note(size))
    return store


def of_size(store: MemoryStore, size: int, last: int, last_size: int) -> Head | None:
    newest = Head(last, Checkpoint(ORIGIN, last_size, bytes(32)), b"")
    return heads.of_size(store, size, newest, ring())


@pytest.mark.parametrize("length", [*range(40), 63, 64, 65, 127, 128, 1000])
def test_the_last_head_is_found_with_few_questions(length: int) -> None:
    store = MemoryStore()
    for sequence in range(1, length + 1):
        put(store, places.head(sequence), b"a head")
    for seen in {0, 1, length // 2, length - 1, length} & set(range(length + 1)):
        asked = Faulty(store)
        assert heads.last_sequence(asked, seen) == length
        assert len(asked.calls) <= 2 * (length - seen + 1).bit_length()


def test_the_head_of_a_size_is_found_wherever_it_stands() -> None:
    sizes = [1, 2, 7, 8, 300, 301, 9000]
    store = row(*sizes)
    for sequence, size in enumerate(sizes, start=1):
        found = of_size(store, size, 7, 9000)
        assert found is not None
        assert (found.sequence, found.size) == (sequence, size)
    assert [of_size(store, size, 7, 9000) for size in (0, 3, 9, 302, 9001)] == [None] * 5
    assert of_size(store, 9000, 6, 301) is None


def test_a_gap_in_the_row_is_damage() -> None:
    store = MemoryStore()
    put(store, places.head(1), note(1))
    put(store, places.head(3), note(3))
    with pytest.raises(Damaged) as told:
        of_size(store, 2, 3, 3)
    assert told.value.fields["code"] == "L03"


def test_a_head_that_is_not_there_is_none() -> None:
    assert heads.read(MemoryStore(), 1, ring(), ORIGIN) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing of this kind",
        note(5, signer(9)),
        note(5, Ed25519Signer(ORIGIN + "x", bytes([1]) * 32)),
        note(5, Ed25519Signer("urn:uuid:another", bytes([1]) * 32), "urn:uuid:another"),
        note(5, origin="urn:uuid:another"),
        note(5).replace(b"\n5\n", b"\n6\n"),
        note(5).replace(b"\n5\n", b"\n05\n"),
        note(5) + note(5),
    ],
)
def test_what_the_archive_did_not_sign_is_no_head(content: bytes) -> None:
    with pytest.raises(Damaged) as told:
        heads.opened(content, ring(), ORIGIN, "here")
    assert told.value.fields["code"] == "L02"


def test_signatures_of_strangers_beside_the_archives_own_change_nothing() -> None:
    text = Checkpoint(ORIGIN, 5, bytes(32)).to_text()
    witness = Ed25519Signer("witness.example", bytes([7]) * 32)
    both = Note(text, (witness.sign(text.encode()), signer().sign(text.encode()))).to_bytes()
    assert heads.opened(both, ring(), ORIGIN, "here").size == 5


@pytest.mark.parametrize("reason", ["scheduled", "lost", "stolen"])
def test_an_old_key_counts_up_to_the_size_at_which_it_was_changed_and_no_further(reason: Reason) -> None:
    keyring = ring((10, reason))
    assert heads.opened(note(10), keyring, ORIGIN, "here").size == 10
    assert heads.opened(note(11, signer(2)), keyring, ORIGIN, "here").size == 11
    for wrong in (note(11), note(10**9), note(10, signer(2))):
        with pytest.raises(Damaged, match="not signed by the key"):
            heads.opened(wrong, keyring, ORIGIN, "here")


def test_a_key_that_was_changed_before_anything_was_logged_signs_nothing() -> None:
    keyring = ring((4, "scheduled"), (4, "stolen"))
    assert heads.opened(note(5, signer(3)), keyring, ORIGIN, "here").size == 5
    with pytest.raises(Damaged):
        heads.opened(note(5, signer(2)), keyring, ORIGIN, "here")


def test_of_two_heads_with_one_number_the_first_stays() -> None:
    store = MemoryStore()
    newest = grow(ledger_in(store), 2)
    other = Head(1, Checkpoint(ORIGIN, 3, bytes(32)), note(3))
    with pytest.raises(StoreConflict):
        heads.commit(store, other)
    heads.commit(store, newest)
    assert store.get(places.head(1)) == newest.note
