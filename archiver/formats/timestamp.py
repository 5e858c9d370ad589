# SPDX-License-Identifier: Apache-2.0
"""Time-stamp requests and responses (RFC 3161): asking for a stamp, reading one, checking one.

A stamp says that its authority saw the digest of a message at a time. `verify` guarantees, before it returns one: the
authority granted it; the imprint is SHA-256, SHA-384 or SHA-512 of exactly this message; the signature covers it and rests
on such a digest too; the signing certificate is in the response, is the one that the signature names (RFC 5816), is for
time stamping alone and says so critically (RFC 3161 section 2.3), has the name the stamp gives its authority, was valid at
the time stated, and leads to one of the roots given as of that time. Whether a certificate was revoked is not looked at.

Leaves to others: sending a request, keeping the response (whole, as it came, so that `openssl ts -verify` reads it), and
which roots to trust.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from archiver.formats import der
from archiver.formats.timestamp_response import (
    KINDS,
    SHA256,
    STRONG,
    BadStamp,
    Response,
    printable,
    take_apart,
    unreadable,
)
from archiver.formats.timestamp_signer import check_authority, check_named, check_purpose_and_time, signing_certificate

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

__all__ = ["KINDS", "BadStamp", "Stamp", "read", "request", "verify"]

_NAMES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "1.3.14.3.2.26": "sha1",
    "1.2.840.113549.2.5": "md5",
}
_SHA256 = der.sequence(SHA256, der.element(der.NULL, b""))
_TIME = re.compile(rb"[0-9]{14}(?:\.([0-9]{1,12}))?Z")
_VERIFY_ERROR = re.compile(r'"Verify error: ?([^"]{1,200})"')


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a response states."""

    time: datetime
    """When the authority says it saw the imprint, UTC."""
    accuracy_ms: int | None
    """By how many milliseconds the time may be off, rounded up; None when the authority does not say."""
    serial: str
    """The authority's number of this stamp, decimal."""
    policy: str
    """The authority's policy, a dotted object identifier."""
    authority: str
    """The subject of the signing certificate (RFC 4514), at most 200 characters, none of them a control character."""
    imprint: str
    """What was stamped: `sha256:<hex>`, or another algorithm's name, dotted where it has none."""


def request(message: bytes, nonce: int | None, policy: str | None = None) -> bytes:
    """The DER of a TimeStampReq for the SHA-256 of `message`, asking for the certificates (RFC 3161 section 2.4.1).

    `nonce` is not negative and comes back in the response; `policy` is a dotted object identifier.
    """
    imprint = der.sequence(_SHA256, der.element(der.OCTET_STRING, hashlib.sha256(message).digest()))
    parts = [der.integer(1), imprint]
    if policy is not None:
        parts.append(der.oid(policy))
    if nonce is not None:
        parts.append(der.integer(nonce))
    return der.sequence(*parts, der.element(der.BOOLEAN, b"\xff"))


def read(response: bytes) -> Stamp:
    """What a TimeStampResp states, nothing of it checked.

    Raises `BadStamp`: malformed, unreadable-here, refused, no-certificate.
    """
    parts = take_apart(response)
    with _read_by_the_library():
        decoded = _decoded(parts)
        return _stated(parts, decoded, signing_certificate(decoded))


def verify(
    response: bytes, message: bytes, roots: Sequence[bytes], nonce: int | None = None, policy: str | None = None
) -> Stamp:
    """The stamp in a TimeStampResp, checked against the `message` it should be of and the PEM `roots` pinned for it.

    `roots` each hold one or more certificates: a chain must lead to one that signed itself, over others among them if need
    be. Certificates are judged as of the time of the stamp. `nonce` and `policy` are compared when given. Raises `BadStamp`
    with the first thing that is wrong: no-root, then what concerns the signature, then what concerns the message.
    """
    trusted = _certificates(roots)
    parts = take_apart(response)
    with _read_by_the_library():
        decoded = _decoded(parts)
        signer = signing_certificate(decoded)
        stamp = _stated(parts, decoded, signer)
        check_purpose_and_time(signer, stamp.time)
        if parts.digest_algorithm not in STRONG:
            raise BadStamp("weak-digest", "the signature rests on a digest other than SHA-256, SHA-384 and SHA-512")
        _check_signature(decoded, trusted)
        check_named(parts, signer)
        check_authority(decoded, signer)
        _check_content(stamp, decoded, message, nonce, policy)
    return stamp


@contextmanager
def _read_by_the_library() -> Iterator[None]:
    """What the libraries raise for certificates and responses they cannot read, said as that."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType

    strange = (UnsupportedAlgorithm, DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType)
    try:
        yield
    except BadStamp:
        raise
    except (ValueError, LookupError, TypeError, OverflowError, *strange) as fault:
        raise unreadable(fault) from fault


def _certificates(roots: Sequence[bytes]) -> "list[Certificate]":
    from cryptography.x509 import load_pem_x509_certificates

    try:
        found = {one for pem in roots for one in load_pem_x509_certificates(pem)}
    except ValueError as fault:
        raise BadStamp("no-root", "the file of roots holds no PEM certificate that can be read") from fault
    if not found:
        raise BadStamp("no-root", "no root certificate was given to check the stamp against")
    return list(found)


def _decoded(parts: Response) -> "TimeStampResponse":
    from rfc3161_client import decode_timestamp_response

    return decode_timestamp_response(parts.strict)


def _stated(parts: Response, decoded: "TimeStampResponse", signer: "Certificate") -> Stamp:
    info = decoded.tst_info
    accuracy = info.accuracy
    algorithm = info.message_imprint.hash_algorithm.dotted_string
    imprint = f"{_NAMES.get(algorithm, algorithm)}:{info.message_imprint.message.hex()}"
    micros = None
    # The library makes None of an accuracy left out, and of each of its fields.
    if accuracy is not None:
        seconds, millis = accuracy.seconds or 0, accuracy.millis or 0
        micros = seconds * 1_000_000 + millis * 1_000 + (accuracy.micros or 0)
    rounded = None if micros is None else -(-micros // 1000)
    authority = printable(signer.subject.rfc4514_string())
    policy, serial = info.policy.dotted_string, str(info.serial_number)
    return Stamp(_time(parts, info.gen_time), rounded, serial, policy, authority, imprint)


def _time(parts: Response, seconds: datetime) -> datetime:
    """The time stated with its fraction, which the library drops."""
    field = der.first_of(parts.info, der.GENERALIZED_TIME)
    written = _TIME.fullmatch(field.content) if field else None
    if written is None:
        raise ValueError("its time is not one of RFC 3161")
    fraction = (written[1] or b"").decode()
    return seconds.astimezone(UTC).replace(microsecond=0) + timedelta(microseconds=int(fraction.ljust(6, "0")[:6]))


def _check_signature(decoded: "TimeStampResponse", trusted: "list[Certificate]") -> None:
    from rfc3161_client import VerificationError, VerifierBuilder

    try:
        # Its own imprint: what the stamp is of is compared afterwards, so that a sound stamp of another message says so.
        VerifierBuilder(roots=trusted).build().verify(decoded, decoded.tst_info.message_imprint.message)
    except VerificationError as fault:
        chain = _VERIFY_ERROR.search(str(fault))
        if chain is None and ("signature failure" in str(fault) or "digest failure" in str(fault)):
            raise BadStamp("bad-signature", "the signature does not fit what it signs") from fault
        if chain is None:
            raise unreadable(fault) from fault
        if "expired" in chain[1] or "not yet valid" in chain[1]:
            what = f"a certificate of the chain was not valid at the time the stamp states: {chain[1]}"
            raise BadStamp("not-valid-then", what) from fault
        what = f"the signing certificate leads to none of the pinned roots: {chain[1]}"
        raise BadStamp("untrusted-chain", what) from fault


def _check_content(
    stamp: Stamp, decoded: "TimeStampResponse", message: bytes, nonce: int | None, policy: str | None
) -> None:
    algorithm, _, digest = stamp.imprint.partition(":")
    if algorithm not in STRONG.values():
        raise BadStamp("weak-digest", f"the imprint is by {algorithm}; evidence needs SHA-256, SHA-384 or SHA-512")
    of_message = hashlib.new(algorithm, message).hexdigest()
    if digest != of_message:
        what = (
            f"the stamp is of {algorithm}:{digest[:16]}..., and the {algorithm} of this message is {of_message[:16]}..."
        )
        raise BadStamp("other-message", what)
    if nonce is not None and decoded.tst_info.nonce != nonce:
        raise BadStamp("other-nonce", "the stamp answers another request: its nonce is not the one that was sent")
    if policy is not None and stamp.policy != policy:
        raise BadStamp("other-policy", f"the stamp was made under policy {stamp.policy}, and {policy} was asked for")
