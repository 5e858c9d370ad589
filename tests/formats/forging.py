# SPDX-License-Identifier: Apache-2.0
"""Time-stamp responses built by hand, to state any time and to be wrong in any way (RFC 3161, RFC 5652, RFC 5816)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from archiver.formats import der
from tests.ledger.certificates import Certified, Key

POLICY = "1.3.6.1.4.1.99999.1"
OIDS = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_ECDSA = {
    "sha1": "1.2.840.10045.4.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}


@dataclass(frozen=True)
class Forged:
    """A response; its fields are what a test wants otherwise."""

    signer: Certified
    time: datetime
    message: bytes = b"message"
    digest: bytes | None = None
    """The imprint; None for the digest of the message."""
    nonce: int | None = None
    imprint_by: str = "sha256"
    signed_by: str = "sha256"
    status: int = 0
    held: Sequence[Certified] | None = None
    """Certificates in the response, in this order; None for the signer's."""
    named: Certified | None = None
    """The certificate that the signed attributes name; None for the signer's."""
    naming: str | None = "sha256"
    """By which digest they name it, `sha1` in the older form; None for not at all."""
    fraction: str = ""
    fields: tuple[bytes, ...] = field(default=())
    """Fields of the TSTInfo between the time and the nonce."""
    signature_key: Key | None = None
    """What signs; None for the key of the certificate."""
    names: Certified | None = None
    """The authority that the stamp names; None for none."""

    @property
    def response(self) -> bytes:
        info = self._info()
        digest = hashlib.new(self.signed_by, info).digest()
        attributes = [
            _attribute("1.2.840.113549.1.9.3", der.oid("1.2.840.113549.1.9.16.1.4")),
            _attribute("1.2.840.113549.1.9.4", der.element(der.OCTET_STRING, digest)),
            *self._naming(),
        ]
        key = self.signature_key or self.signer.key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        signature = key.sign(der.set_of(der.SET, attributes), ec.ECDSA(_HASHES[self.signed_by]))
        issuer = self.signer.certificate.issuer.public_bytes()
        signer = der.sequence(
            der.integer(1),
            der.sequence(issuer, der.integer(self.signer.certificate.serial_number)),
            algorithm(self.signed_by),
            der.set_of(der.FIRST, attributes),
            der.sequence(der.oid(_ECDSA[self.signed_by])),
            der.element(der.OCTET_STRING, signature),
        )
        held = [self.signer] if self.held is None else self.held
        content = der.element(der.FIRST, der.element(der.OCTET_STRING, info))
        signed = der.sequence(
            der.integer(3),
            der.set_of(der.SET, [algorithm(self.signed_by)]),
            der.sequence(der.oid("1.2.840.113549.1.9.16.1.4"), content),
            *([der.element(der.FIRST, b"".join(map(encoded, held)))] if held else []),
            der.set_of(der.SET, [signer]),
        )
        token = der.sequence(der.oid("1.2.840.113549.1.7.2"), der.element(der.FIRST, signed))
        return der.sequence(der.sequence(der.integer(self.status)), token)

    def _info(self) -> bytes:
        digest = self.digest or hashlib.new(self.imprint_by, self.message).digest()
        return der.sequence(
            der.integer(1),
            der.oid(POLICY),
            der.sequence(algorithm(self.imprint_by), der.element(der.OCTET_STRING, digest)),
            der.integer(7),
            der.element(der.GENERALIZED_TIME, f"{self.time:%Y%m%d%H%M%S}{self.fraction}Z".encode()),
            *self.fields,
            *([der.integer(self.nonce)] if self.nonce is not None else []),
            *([self._name(self.names)] if self.names else []),
        )

    def _name(self, named: Certified) -> bytes:
        return der.element(der.FIRST, der.element(0xA4, named.certificate.subject.public_bytes()))

    def _naming(self) -> list[bytes]:
        if self.naming is None:
            return []
        digest = hashlib.new(self.naming, encoded(self.named or self.signer)).digest()
        parts = [der.element(der.OCTET_STRING, digest)]
        if self.naming not in ("sha1", "sha256"):
            parts.insert(0, algorithm(self.naming))
        name = "1.2.840.113549.1.9.16.2.12" if self.naming == "sha1" else "1.2.840.113549.1.9.16.2.47"
        return [_attribute(name, der.sequence(der.sequence(der.sequence(*parts))))]


def algorithm(name: str) -> bytes:
    return der.sequence(der.oid(OIDS[name]), der.element(der.NULL, b""))


def encoded(certified: Certified) -> bytes:
    return certified.certificate.public_bytes(serialization.Encoding.DER)


def _attribute(name: str, value: bytes) -> bytes:
    return der.sequence(der.oid(name), der.element(der.SET, value))
