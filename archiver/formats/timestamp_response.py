# SPDX-License-Identifier: Apache-2.0
"""The parts of a TimeStampResp (RFC 3161 section 2.4.2, RFC 5652 section 5), and why a stamp is not accepted.

A response is taken apart here for what the library that checks signatures does not do. That library reads strict DER, and
authorities send the certificates and other SETs in any order. The order of those SETs is outside of what is signed, so
`strict` gives the same response with each in the order of DER; no other octet of the token differs. What is stored stays
as it came.
"""

from dataclasses import dataclass

from archiver.formats import der

KINDS: dict[str, str] = {
    "malformed": "not a time-stamp response",
    "unreadable-here": "a response that this program cannot read, which says nothing about the stamp",
    "refused": "the authority refused to stamp",
    "other-message": "the stamp is of another message",
    "other-nonce": "the stamp answers another request",
    "other-policy": "the stamp was made under another policy than the one asked for",
    "other-authority": "the stamp names another authority than its certificate does",
    "weak-digest": "the stamp rests on a digest that is too weak to be evidence",
    "no-certificate": "the response lacks the certificate that its signature names",
    "bad-signature": "the signature does not fit what it signs",
    "no-root": "there is no root certificate to check the stamp against",
    "untrusted-chain": "the signing certificate leads to none of the pinned roots",
    "not-for-time-stamping": "the signing certificate is not one for time stamping alone",
    "not-valid-then": "a certificate was not valid at the time the stamp states",
}
"""Why a stamp is not accepted."""

SHA256 = der.oid("2.16.840.1.101.3.4.2.1")
STRONG = {SHA256: "sha256", der.oid("2.16.840.1.101.3.4.2.2"): "sha384", der.oid("2.16.840.1.101.3.4.2.3"): "sha512"}
"""Digests that evidence may rest on, by their encoded object identifiers."""
_STATUSES = ("granted", "granted with changes", "rejection", "waiting", "revocation warning", "revoked")
_FAILURES = {
    0: "it does not know the digest algorithm",
    2: "it does not do this kind of request",
    5: "it could not read the request",
    14: "its clock is not available",
    15: "it does not offer the policy asked for",
    16: "it does not know an extension asked for",
    17: "it does not have the additional information asked for",
    25: "its system failed",
}
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_GRANTED = der.sequence(der.integer(0))


class BadStamp(ValueError):
    """A response that is no proof of time for what it was held against; `kind` is a word of `KINDS`."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what
        """One sentence, without its full stop."""


def unreadable(why: object) -> BadStamp:
    """The answer for a response that another reader may well accept."""
    shown = printable(str(why))
    what = "the response cannot be read by this program, which says nothing about the stamp; check it with `openssl ts -verify`"
    return BadStamp("unreadable-here", f"{what} ({shown})" if shown else what)


def printable(text: str) -> str:
    """Words of a stranger, without control characters, at most 200 of them."""
    return " ".join("".join(one if one.isprintable() else " " for one in text[:1000]).split())[:200]


@dataclass(frozen=True, slots=True)
class Response:
    """A granted response, taken apart."""

    strict: bytes
    """The response with status granted and its SETs in the order of DER."""
    info: tuple[der.Element, ...]
    """The fields of the TSTInfo."""
    digest_algorithm: bytes
    """The object identifier, encoded, of the digest that the signature rests on."""
    attributes: tuple[tuple[bytes, der.Element], ...]
    """The signed attributes: object identifier, encoded, and first value."""


def take_apart(response: bytes) -> Response:
    """The parts of a granted TimeStampResp. Raises `BadStamp`: malformed, unreadable-here, refused."""
    if response[:2] == b"\x30\x80":
        raise unreadable("its length is indefinite")
    try:
        status, *token = der.elements(der.only(response, der.SEQUENCE).content)
        code, *why = der.elements(status.content)
        granted = der.number(code)
        if status.tag != der.SEQUENCE or granted >= len(_STATUSES):
            raise ValueError("no status")
    except ValueError as fault:
        begins = f"; it begins with {response[:30]!r}" if response else "; it is empty"
        raise BadStamp("malformed", f"this is no time-stamp response{begins}") from fault
    if granted > 1:
        raise BadStamp("refused", f"the authority refused to stamp: {_reason(granted, why)}")
    if len(token) != 1 or not token[0].content.startswith(_SIGNED_DATA):
        raise BadStamp("malformed", "the response says that a stamp was granted and holds none")
    try:
        return _parts(token[0])
    except (ValueError, IndexError) as fault:
        raise unreadable(fault) from fault


def _reason(status: int, why: list[der.Element]) -> str:
    said = [_STATUSES[status]]
    for part in why:
        if part.tag == der.SEQUENCE:
            try:
                said += [printable(text.content.decode("utf-8", "replace")) for text in der.elements(part.content)]
            except ValueError:
                said.append("its words cannot be read")
        elif part.tag == der.BIT_STRING:
            bits = part.content[1:]
            said += [
                words for bit, words in _FAILURES.items() if bit // 8 < len(bits) and bits[bit // 8] << bit % 8 & 0x80
            ]
    return "; ".join(said)


def _parts(token: der.Element) -> Response:
    kind, wrapped = der.elements(token.content)
    version, digests, content, *rest = der.elements(der.only(wrapped.content, der.SEQUENCE).content)
    sets = [_ordered(part) for part in (digests, *rest)]
    signed = der.sequence(version.whole, sets[0], content.whole, *sets[1:])
    strict = der.sequence(_GRANTED, der.sequence(kind.whole, der.element(wrapped.tag, signed)))
    info = der.only(der.only(der.elements(content.content)[1].content, der.OCTET_STRING).content, der.SEQUENCE)
    signer = der.elements(der.only(rest[-1].content, der.SEQUENCE).content)
    found = signer[3]
    if found.tag != der.FIRST:
        raise ValueError("nothing says which certificate signed it")
    pairs = [der.elements(attribute.content) for attribute in der.elements(found.content)]
    attributes = tuple((name.whole, der.elements(values.content)[0]) for name, values in pairs)
    algorithm = der.elements(signer[2].content)[0].whole
    return Response(strict, tuple(der.elements(info.content)), algorithm, attributes)


def _ordered(part: der.Element) -> bytes:
    return der.set_of(part.tag, (one.whole for one in der.elements(part.content)))
