# SPDX-License-Identifier: Apache-2.0
"""Signed notes: a text, and the signatures that named keys gave it (c2sp.org/signed-note).

Guarantees: what `parse` takes, `to_bytes` gives back byte for byte, for only the one canonical spelling is read: UTF-8
without control characters but the line feed, padded base64 without stray bits, signatures behind the last empty line.
`verified` ignores signatures of unknown keys, and rejects a note in which a known key's signature does not hold.

Two kinds of key: Ed25519 over the text (0x01), and a witness's cosignature over time and checkpoint
(0x04, c2sp.org/tlog-cosignature). Leaves to others: which keys are trusted, how many must have signed, and the clock.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = 0x01
COSIGNATURE = 0x04
# The specification asks for at least 16 and advises a limit, so that a stranger's note cannot cost without end.
MAX_SIGNATURES = 64
MAX_TIME = 2**63 - 1

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+]+")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)")


class Malformed(ValueError):
    """Bytes that are not what the transparency-log formats ask for, or a signature that does not hold."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    """The key's name: no white space, no plus sign."""
    key_id: bytes
    """Four bytes that tell the keys of one name apart."""
    value: bytes
    """What the key made, in the form of its kind."""

    def to_line(self) -> str:
        """The line of a note, without its line feed."""
        return f"\u2014 {self.name} {to_base64(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures."""

    text: str
    """What is signed, with its final line feed."""
    signatures: tuple[Signature, ...]
    """In the order of their lines."""

    def to_bytes(self) -> bytes:
        """The note as it is published. Raises `Malformed` when `parse` would not give this note back."""
        lines = [f"{one.to_line()}\n" for one in self.signatures]
        content = "".join([self.text, "\n", *lines]).encode()
        if parse(content) != self:
            raise Malformed("a note whose text or signatures would be read as others")
        return content


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under. Raises `Malformed` for a name or kind that cannot be used."""

    name: str
    """No white space, no plus sign; by custom a URL without its scheme."""
    kind: int
    """`ED25519` or `COSIGNATURE`."""
    public: bytes
    """The 32 bytes of RFC 8032."""

    def __post_init__(self) -> None:
        """Refuses what no note could name."""
        if not _NAME.fullmatch(self.name) or _CONTROL.search(self.name):
            raise Malformed(
                f"a key name is not empty and holds neither white space nor a plus sign: {self.name[:100]!r}"
            )
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != 32:
            raise Malformed(f"a key of kind {self.kind:#04x} with {len(self.public)} bytes is not supported")

    @property
    def key_id(self) -> bytes:
        """The four bytes that signatures of this key begin with."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def to_text(self) -> str:
        """The verifier key as it is published: `name+id+key`."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """A published verifier key. Raises `Malformed` when it is none, or its id is not that of its key."""
        found = _VKEY.fullmatch(text)
        if not found:
            raise Malformed(f"not a verifier key of the form name+id+key: {text[:150]!r}")
        material = from_base64(found[3])
        if not material:
            raise Malformed(f"a verifier key without a key: {text[:150]!r}")
        key = cls(found[1], material[0], material[1:])
        if key.key_id.hex() != found[2]:
            raise Malformed(f"the id {found[2]} is not that of the key of {key.name}, which is {key.key_id.hex()}")
        return key


@dataclass(frozen=True, slots=True)
class Verified:
    """A known key whose signature holds."""

    key: VerifierKey
    """Who signed."""
    time: int | None
    """When a witness says it did, in seconds since 1970; None for a plain signature."""


class Ed25519Signer:
    """Signs under a name, with a seed of 32 bytes or the private key itself."""

    def __init__(self, name: str, key: "bytes | Ed25519PrivateKey") -> None:
        self._private = _private(key)
        self.verifier = VerifierKey(name, ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> Signature:
        """The signature over a note's text as UTF-8, its final line feed included."""
        return Signature(self.verifier.name, self.verifier.key_id, self._private.sign(message))


class Cosigner:
    """Signs checkpoints as a witness. Its key must sign nothing else, for a cosignature does not cover its name."""

    def __init__(self, name: str, key: "bytes | Ed25519PrivateKey") -> None:
        self._private = _private(key)
        self.verifier = VerifierKey(name, COSIGNATURE, self._private.public_key().public_bytes_raw())

    def cosign(self, text: str, time: int) -> Signature:
        """The cosignature over a checkpoint's text, seen at `time` in seconds since 1970."""
        if not 0 <= time <= MAX_TIME:
            raise ValueError(f"a cosignature cannot state the time {time}")
        stamp = time.to_bytes(8, "big")
        return Signature(self.verifier.name, self.verifier.key_id, stamp + self._private.sign(_cosigned(text, time)))


def parse(content: bytes) -> Note:
    """A note as it was published, unverified. Raises `Malformed`."""
    try:
        text = content.decode()
    except UnicodeDecodeError as fault:
        raise Malformed("a note that is not UTF-8") from fault
    if _CONTROL.search(text):
        raise Malformed("a note with a control character other than the line feed")
    signed, empty_line, rest = text.rpartition("\n\n")
    if not empty_line:
        raise Malformed("a note without an empty line before its signatures")
    if not rest.endswith("\n"):
        raise Malformed("a note without signatures, or with a last line that does not end")
    lines = rest[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"a note with {len(lines)} signatures, of which {MAX_SIGNATURES} are allowed")
    return Note(signed + "\n", tuple([_signature(line) for line in lines]))


def verified(note: Note, keys: Iterable[VerifierKey]) -> tuple[Verified, ...]:
    """The known keys that signed, each once, in the order of the lines; none when no signature is of a known key.

    Of two cosignatures by one key the first gives the time. Raises `Malformed` when the signature of a known key does
    not hold, whatever others say.
    """
    known = tuple(keys)
    found: dict[VerifierKey, Verified] = {}
    for signature in note.signatures:
        for key in known:
            if (key.name, key.key_id) == (signature.name, signature.key_id):
                one = _verified(note.text, signature, key)
                found.setdefault(key, one)
    return tuple(found.values())


def to_base64(value: bytes) -> str:
    """RFC 4648 section 4, padded."""
    return base64.b64encode(value).decode()


def from_base64(text: str) -> bytes:
    """The bytes of padded base64 in its only canonical spelling. Raises `Malformed` for any other."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise Malformed(f"not base64: {text[:100]!r}") from fault
    if to_base64(value) != text:
        raise Malformed(f"base64 that is not in its canonical form: {text[:100]!r}")
    return value


def _signature(line: str) -> Signature:
    dash, _, named = line.partition(" ")
    name, _, encoded = named.partition(" ")
    if dash != "\u2014" or not _NAME.fullmatch(name):
        raise Malformed(f"not a signature line: {line[:100]!r}")
    value = from_base64(encoded)
    if len(value) < 5:
        raise Malformed(f"a signature line without a signature: {line[:100]!r}")
    return Signature(name, value[:4], value[4:])


def _verified(text: str, signature: Signature, key: VerifierKey) -> Verified:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    stamp, value = (signature.value[:8], signature.value[8:]) if key.kind == COSIGNATURE else (b"", signature.value)
    time = int.from_bytes(stamp, "big") if stamp else None
    message = text.encode() if time is None else _cosigned(text, time)
    try:
        if time is not None and time > MAX_TIME:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except InvalidSignature as fault:
        raise Malformed(f"the signature of the known key {key.name} ({key.key_id.hex()}) does not hold") from fault
    return Verified(key, time)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _private(key: "bytes | Ed25519PrivateKey") -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key) if isinstance(key, bytes) else key
