# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates for time-stamping authorities, good and bad, made on the spot."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def right_now() -> datetime:
    return datetime.now(UTC)


class Certified:
    """A key and its certificate."""

    def __init__(
        self,
        name: str,
        by: "Certified | None" = None,
        *,
        valid: tuple[datetime, datetime],
        extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
        key: Key | None = None,
    ) -> None:
        self.key: Key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Institution"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        issuer = by or self
        builder = x509.CertificateBuilder(issuer.name, self.name, self.key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(valid[0]).not_valid_after(valid[1])
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        self.certificate = builder.sign(issuer.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def key_usage(*, signs: bool = False, certifies: bool = False, encrypts: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(signs, False, encrypts, False, False, certifies, certifies, False, False)


def root(name: str = "Example Root", *, valid: tuple[datetime, datetime] | None = None) -> Certified:
    """A certification authority."""
    return above(name, None, valid=valid)


def above(name: str, by: Certified | None, *, valid: tuple[datetime, datetime] | None = None) -> Certified:
    """A certification authority, under another one when `by` is given."""
    now = right_now()
    extensions = ((x509.BasicConstraints(True, None), True), (key_usage(certifies=True), True))
    return Certified(name, by, valid=valid or (now - 365 * DAY, now + 3650 * DAY), extensions=extensions)


def stamper(
    by: Certified,
    *,
    valid: tuple[datetime, datetime] | None = None,
    critical: bool = True,
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    usage: x509.KeyUsage | None = None,
    key: Key | None = None,
    name: str = "Example Time Stamping",
) -> Certified:
    """A certificate for signing stamps."""
    now = right_now()
    extensions: list[tuple[x509.ExtensionType, bool]] = [(usage or key_usage(signs=True), True)]
    if purposes:
        extensions.append((x509.ExtendedKeyUsage(purposes), critical))
    return Certified(name, by, valid=valid or (now - DAY, now + 365 * DAY), extensions=tuple(extensions), key=key)
