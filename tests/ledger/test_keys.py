# SPDX-License-Identifier: Apache-2.0
"""Keys follow from one another by signature; what does not is refused, whoever wrote it into the store."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from archiver.errors import BadInput, Damaged
from archiver.formats.signed_note import Ed25519Signer, Note
from archiver.ledger import keys, places
from archiver.store.memory import MemoryStore
from manifests.canonical import canonical_bytes
from manifests.ledger import LedgerKey
from tests.ledger.ledgers import ARCHIVE_ID, AT, ORIGIN, copy_of, key_record, objects, put, ring, signer

THREE = ring((10, "scheduled"), (20, "stolen"))


def stored(*records: LedgerKey) -> MemoryStore:
    store = MemoryStore()
    for number, one in enumerate(records, start=1):
        put(store, places.key_record(number), canonical_bytes(one))
    return store


def refused(store: MemoryStore, pinned: str | None = None) -> str:
    with pytest.raises(Damaged) as told:
        keys.read(store, ARCHIVE_ID, pinned)
    assert told.value.fields["code"] == "L02"
    return str(told.value)


def test_a_store_without_keys_has_no_ledger() -> None:
    assert keys.read(MemoryStore(), ARCHIVE_ID) is None


def test_keys_are_read_in_their_order() -> None:
    found = keys.read(stored(*THREE.records), ARCHIVE_ID)
    assert found == THREE
    assert found is not None
    assert found.newest.number == 3
    sizes = (1, 10, 11, 20, 21, 10**9)
    assert [found.of_size(size).number for size in sizes] == [1, 1, 2, 2, 3, 3]
    assert [found.verifier(size) for size in sizes[::2]] == [signer(number).verifier for number in (1, 2, 3)]


def test_what_lies_beside_the_records_is_passed_over() -> None:
    store = stored(*THREE.records)
    put(store, places.key_record(5), b"after a gap")
    put(store, places.KEYS + "notes", b"anything")
    assert keys.read(store, ARCHIVE_ID) == THREE


CHANGES: dict[str, Callable[[LedgerKey], LedgerKey]] = {
    "another archive": lambda one: one.model_copy(update={"archive_id": ARCHIVE_ID[:-1] + "e"}),
    "another ledger": lambda one: one.model_copy(update={"origin": "urn:uuid:another"}),
    "another number": lambda one: one.model_copy(update={"number": 3}),
    "an earlier size": lambda one: one.model_copy(update={"first_size": 9}),
    "another reason": lambda one: one.model_copy(update={"reason": "stolen"}),
    "another time": lambda one: one.model_copy(update={"made_at": AT + timedelta(days=1)}),
    "another key": lambda one: one.model_copy(update={"vkey": signer(4).verifier.to_text()}),
    "another PEM": lambda one: one.model_copy(update={"public_key": keys.public_pem(signer(4).verifier)}),
    "the statement of the key before": lambda _: ring().records[0],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_record_that_says_otherwise_than_was_signed_is_refused(change: str) -> None:
    first, second = ring((10, "scheduled")).records
    refused(stored(first, CHANGES[change](second)))


def resigned(one: LedgerKey, *signers: Ed25519Signer) -> LedgerKey:
    text = one.statement.partition("\n\n")[0] + "\n"
    note = Note(text, tuple(by.sign(text.encode()) for by in signers)).to_bytes().decode()
    return one.model_copy(update={"statement": note})


@pytest.mark.parametrize("signers", [(2,), (1,), (2, 9), (9,)])
def test_a_key_needs_its_own_signature_and_that_of_the_key_before(signers: tuple[int, ...]) -> None:
    first, second = ring((10, "scheduled")).records
    assert "lacks a signature" in refused(stored(first, resigned(second, *map(signer, signers))))


def test_a_first_key_signs_for_itself() -> None:
    [first] = ring().records
    assert "lacks a signature" in refused(stored(resigned(first, signer(9))))


def test_keys_in_another_order_are_refused() -> None:
    first, second, third = THREE.records
    assert "does not follow" in refused(stored(first, third, second))


def test_a_size_that_shrinks_is_refused() -> None:
    refused(stored(*ring((10, "scheduled"), (9, "scheduled")).records))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"format":"ledger-key/1"}', b"null"])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    store = MemoryStore()
    put(store, places.key_record(1), content)
    refused(store)


def test_no_byte_of_a_record_can_be_changed() -> None:
    first, second = ring((10, "lost")).records
    held = objects(stored(first, second))
    for key, content in held.items():
        for at in range(len(content)):
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            refused(copy_of(held | {key: changed}))


class TestWhatIsKnownAlready:
    def test_a_known_key_must_be_there(self) -> None:
        store = stored(*THREE.records[:2])
        assert keys.read(store, ARCHIVE_ID, THREE.records[1].vkey) is not None
        assert "seen before" in refused(store, THREE.records[2].vkey)

    def test_keys_that_the_known_one_signed_for_are_trusted(self) -> None:
        assert keys.read(stored(*THREE.records), ARCHIVE_ID, THREE.records[0].vkey) == THREE

    def test_who_may_write_to_the_store_cannot_say_that_the_key_was_lost(self) -> None:
        lost = ring((10, "lost"))
        store = stored(*lost.records)
        assert "archiver keys trust" in refused(store, lost.records[0].vkey)
        assert keys.read(store, ARCHIVE_ID, lost.records[1].vkey) == lost

    def test_keys_that_were_lost_before_the_known_one_are_of_no_matter(self) -> None:
        later = ring((10, "lost"), (20, "scheduled"))
        assert keys.read(stored(*later.records), ARCHIVE_ID, later.records[1].vkey) == later


class TestPrivateKeys:
    def test_a_new_key_signs_under_the_ledgers_name(self) -> None:
        made = keys.signer(keys.made(), ORIGIN, "here")
        assert made.verifier.name == ORIGIN
        assert keys.made() != keys.made()

    @pytest.mark.parametrize("pem", [b"", b"no key", keys.public_pem(signer().verifier).encode()])
    def test_what_is_no_private_key_is_told(self, pem: bytes) -> None:
        with pytest.raises(BadInput, match="here holds no private key"):
            keys.signer(pem, ORIGIN, "here")

    def test_a_key_of_another_kind_is_told(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(BadInput, match="not Ed25519"):
            keys.signer(pem, ORIGIN, "here")

    def test_a_key_under_a_password_is_told(self) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

        hidden = BestAvailableEncryption(b"secret")
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)
        with pytest.raises(BadInput, match="holds no private key"):
            keys.signer(pem, ORIGIN, "here")


def test_a_statement_has_six_lines() -> None:
    second = key_record(2, ring().records[0], 10, "stolen")
    text = second.statement.partition("\n\n")[0]
    assert text.split("\n") == [
        f"{ORIGIN} key", signer(2).verifier.to_text(), signer(1).verifier.to_text(), "10", "stolen",
        "2026-03-03T10:00:00.000000Z",
    ]  # fmt: skip
