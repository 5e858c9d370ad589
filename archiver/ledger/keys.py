# SPDX-License-Identifier: Apache-2.0
"""The keys of a ledger: an Ed25519 private key outside the store, and the public records of every key the archive had.

Records are stored beside the heads, so they prove nothing by themselves: a reader who knows one key (the first one, noted on
paper or published elsewhere) trusts the later ones because each names the key before it in a statement that both signed. A
key that was lost cannot sign; the record says so, and whoever checks must learn of the new key in another way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pydantic

from archiver.errors import BadInput, Damaged
from archiver.formats import signed_note
from archiver.formats.signed_note import Ed25519Signer, Note, VerifierKey
from archiver.ledger import places
from archiver.ports import Store
from manifests.canonical import canonical_bytes, canonical_json, first_fault, from_canonical
from manifests.ledger import LedgerKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Reason = Literal["first", "scheduled", "lost", "stolen"]
_MOST = 1000


def origin_of(archive_id: str) -> str:
    """The name of an archive's ledger, and of the keys that sign its heads."""
    return f"urn:uuid:{archive_id}"


def made() -> bytes:
    """A new private key: PEM, PKCS #8, as openssl reads it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signer(pem: bytes, origin: str, where: str) -> Ed25519Signer:
    """The signer that a private key file holds. Raises `BadInput`."""
    return Ed25519Signer(origin, private(pem, where))


def private(pem: bytes, where: str) -> "Ed25519PrivateKey":
    """The key that a private key file holds. Raises `BadInput`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as fault:
        raise BadInput(f"{where} holds no private key: {fault}", "Restore it from your copy.") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{where} holds a key that is not Ed25519", "Restore the key that `archiver init` made.")
    return key


def public_pem(key: VerifierKey) -> str:
    """A public key as PEM (SubjectPublicKeyInfo), as openssl reads it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = Ed25519PublicKey.from_public_bytes(key.public)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def record(
    new: Ed25519Signer,
    before: "LedgerKey | None",
    old: Ed25519Signer | None,
    *,
    archive_id: str,
    size: int,
    reason: Reason,
    made_at: datetime,
) -> LedgerKey:
    """The public record of a new key, which follows `before`; `old` signs its statement too where it still can."""
    origin, vkey = origin_of(archive_id), new.verifier.to_text()
    text = statement(origin, vkey, before.vkey if before else None, size, reason, made_at)
    signers = [one for one in (new, old) if one is not None]
    note = Note(text, tuple(one.sign(text.encode("utf-8")) for one in signers))
    return LedgerKey(
        archive_id=archive_id,
        number=before.number + 1 if before else 1,
        origin=origin,
        vkey=vkey,
        public_key=public_pem(new.verifier),
        made_at=made_at,
        first_size=size,
        reason=reason,
        statement=note.to_bytes().decode("utf-8"),
    )


def statement(origin: str, vkey: str, before: str | None, size: int, reason: Reason, made_at: datetime) -> str:
    """What a new key says of itself: six lines."""
    made = canonical_json(made_at).decode("ascii").strip('"')
    return f"{origin} key\n{vkey}\n{before or 'none'}\n{size}\n{reason}\n{made}\n"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one ledger, oldest first."""

    records: tuple[LedgerKey, ...]

    @property
    def newest(self) -> LedgerKey:
        """The key in use."""
        return self.records[-1]

    def of_size(self, size: int) -> LedgerKey:
        """The only key that may sign a head of this many leaves: what an older one signs after it was changed does not count."""
        return next((one for one in reversed(self.records) if one.first_size < size), self.records[0])

    def verifier(self, size: int) -> VerifierKey:
        """The public key of `of_size`."""
        return VerifierKey.parse(self.of_size(size).vkey)


def read(store: Store, archive_id: str, pinned: str | None = None) -> Keyring | None:
    """Every key record in the store, each following from the one before; None when there is none.

    `pinned` is a verifier key that is known already: it must be among them, and sign for those after it. Who may write to the
    store could otherwise take a key back, or add one of his own that says the one before was lost. Raises `Damaged`, with the
    `code` of a finding.
    """
    found: list[LedgerKey] = []
    while len(found) < _MOST:
        key = places.key_record(len(found) + 1)
        try:
            content = store.get(key)
        except KeyError:
            break
        try:
            one = from_canonical(LedgerKey, content)
            if canonical_bytes(one) != content:
                raise ValueError("it is not in the canonical form")
            check(one, found[-1] if found else None, archive_id)
        except (pydantic.ValidationError, ValueError) as fault:
            said = first_fault(fault) if isinstance(fault, pydantic.ValidationError) else fault
            raise Damaged(f"{key} is not valid: {said}", "Find out who wrote it.", code="L02") from fault
        found.append(one)
    numbers = {one.vkey: one.number for one in found}
    if pinned is not None and pinned not in numbers:
        raise Damaged(
            "the store does not hold the key of this archive's ledger that was seen before",
            "Find out who changed ledger/keys/.",
            code="L02",
        )
    unsigned = [one for one in found if pinned is not None and one.number > numbers[pinned] and one.reason == "lost"]
    if unsigned:
        raise Damaged(
            f"key {unsigned[0].number} of the ledger is not signed for by the one that was seen before, said to be lost",
            "Ask the operator; if it is right: archiver keys trust KEY, with the newest key as he published it.",
            code="L02",
        )
    return Keyring(tuple(found)) if found else None


def check(one: LedgerKey, before: LedgerKey | None, archive_id: str) -> None:
    """Raises `ValueError` when a record is not the archive's, or does not follow from the one before."""
    key = VerifierKey.parse(one.vkey)
    if one.archive_id != archive_id or one.origin != origin_of(archive_id) or key.name != one.origin:
        raise ValueError("it is of another archive")
    if one.number != (before.number + 1 if before else 1) or (
        before is not None and one.first_size < before.first_size
    ):
        raise ValueError("it does not follow the key before it")
    if one.public_key != public_pem(key):
        raise ValueError("its two forms of the key differ")
    note = signed_note.parse(one.statement.encode("utf-8"))
    following = before.vkey if before else None
    if note.text != statement(one.origin, one.vkey, following, one.first_size, one.reason, one.made_at):
        raise ValueError("its statement says something else")
    signed = {found.key.to_text() for found in signed_note.verified(note, _signers(key, before))}
    if one.vkey not in signed or (before is not None and one.reason != "lost" and before.vkey not in signed):
        raise ValueError("its statement lacks a signature")


def _signers(key: VerifierKey, before: LedgerKey | None) -> Sequence[VerifierKey]:
    return [key] if before is None else [key, VerifierKey.parse(before.vkey)]
