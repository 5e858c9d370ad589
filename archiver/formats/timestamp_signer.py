# SPDX-License-Identifier: Apache-2.0
"""Whose stamp it is: the signing certificate of a time-stamp response, and what must be true of it.

The library that checks signatures and chains leaves out that the signed attributes name the certificate (RFC 5816), that
time stamping is its only purpose (RFC 3161 section 2.3), and that the stamp and the certificate agree on the authority's
name (RFC 3161 section 2.4.2); `openssl ts -verify` demands all three. Leaves to others: the signature, and whom to trust.
"""

import hashlib
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from archiver.formats import der
from archiver.formats.timestamp_response import STRONG, BadStamp, Response, printable, unreadable

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, GeneralName
    from rfc3161_client import TimeStampResponse

_NAMED, _NAMED_V2 = der.oid("1.2.840.113549.1.9.16.2.12"), der.oid("1.2.840.113549.1.9.16.2.47")
"""The attributes SigningCertificate and SigningCertificateV2 (RFC 5816)."""


def signing_certificate(decoded: "TimeStampResponse") -> "Certificate":
    """The certificate with the issuer and number that the signature names; raises `BadStamp` when there is none, or several."""
    from cryptography.x509 import load_der_x509_certificate

    signers = decoded.signed_data.signer_infos
    held = [load_der_x509_certificate(one) for one in decoded.signed_data.certificates]
    named = {(one.issuer, one.serial_number) for one in signers}
    fitting = [one for one in held if (one.issuer, one.serial_number) in named]
    if len(signers) != 1:
        raise unreadable(f"it has {len(signers)} signatures, and a stamp has one")
    if not fitting:
        raise BadStamp("no-certificate", f"of {len(held)} certificates in the response none is the one that signed it")
    if len(fitting) > 1:
        raise BadStamp("no-certificate", "several certificates in the response bear the name of the one that signed it")
    return fitting[0]


def check_purpose_and_time(signer: "Certificate", time: datetime) -> None:
    """Raises `BadStamp`, not-for-time-stamping or not-valid-then, unless the certificate is for stamps and of that `time`."""
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound, KeyUsage
    from cryptography.x509.oid import ExtendedKeyUsageOID

    who = printable(signer.subject.rfc4514_string())
    try:
        purposes = signer.extensions.get_extension_for_class(ExtendedKeyUsage)
        alone = purposes.critical and list(purposes.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    except ExtensionNotFound:
        alone = False
    if not alone:
        what = f"the certificate of {who} is not marked, critically, as one for time stamping alone"
        raise BadStamp("not-for-time-stamping", what)
    try:
        usage = signer.extensions.get_extension_for_class(KeyUsage).value
        other = usage.key_encipherment or usage.data_encipherment or usage.key_agreement
        signs = (usage.digital_signature or usage.content_commitment) and not usage.key_cert_sign and not usage.crl_sign
        alone = signs and not other
    except ExtensionNotFound:
        pass
    if not alone:
        raise BadStamp("not-for-time-stamping", f"the key of {who} is for other things than signatures on stamps")
    first, last = signer.not_valid_before_utc, signer.not_valid_after_utc
    if not first <= time <= last:
        what = f"the certificate of {who} is valid from {first:%Y-%m-%dT%H:%M:%SZ} to {last:%Y-%m-%dT%H:%M:%SZ}"
        raise BadStamp("not-valid-then", f"{what}, and the stamp states {time:%Y-%m-%dT%H:%M:%SZ}")


def check_named(parts: Response, signer: "Certificate") -> None:
    """The signed attributes must name the very certificate: who else certified the same key has not stamped."""
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = signer.public_bytes(Encoding.DER)
    try:
        fits = [_names(value, name, certificate) for name, value in parts.attributes if name in (_NAMED, _NAMED_V2)]
    except (ValueError, IndexError) as fault:
        raise unreadable(fault) from fault
    if not fits or not all(fits):
        raise BadStamp("no-certificate", "the signature names another certificate than the one in the response")


def _names(value: der.Element, name: bytes, certificate: bytes) -> bool:
    """Whether the first ESSCertID of the attribute is this certificate's."""
    parts = der.elements(der.elements(der.elements(value.content)[0].content)[0].content)
    digest = der.first_of(parts, der.OCTET_STRING)
    algorithm = "sha1" if name == _NAMED else "sha256"
    if parts[0].tag == der.SEQUENCE:
        encoded = der.elements(parts[0].content)[0].whole
        algorithm = STRONG.get(encoded, "")
    return digest is not None and bool(algorithm) and hashlib.new(algorithm, certificate).digest() == digest.content


def check_authority(decoded: "TimeStampResponse", signer: "Certificate") -> None:
    """A name that the stamp gives its authority is one of the certificate's (RFC 3161 section 2.4.2, `tsa`)."""
    from cryptography.x509 import DirectoryName, ExtensionNotFound, SubjectAlternativeName

    # Declared otherwise, the name is optional.
    stated: GeneralName | None = decoded.tst_info.name
    if stated is None:
        return
    names: list[GeneralName] = [DirectoryName(signer.subject)]
    with suppress(ExtensionNotFound):
        names += signer.extensions.get_extension_for_class(SubjectAlternativeName).value
    if _compared(stated) not in map(_compared, names):
        raise BadStamp("other-authority", f"the stamp names another authority, {printable(str(stated.value))}")


def _compared(name: "GeneralName") -> object:
    """A name as names are compared: without regard to case and to spaces in a row (RFC 5280 section 7.1)."""
    from cryptography.x509 import DirectoryName

    if not isinstance(name, DirectoryName):
        return name
    return [[(one.oid, " ".join(str(one.value).casefold().split())) for one in rdn] for rdn in name.value.rdns]
