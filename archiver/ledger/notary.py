# SPDX-License-Identifier: Apache-2.0
"""Asking a time-stamping authority for a stamp (RFC 3161 section 3.4, over HTTP).

What `Notary.stamp` returns was verified first, with the nonce of the request and the roots pinned for the authority, and
is the response exactly as it came: keep it whole, and `openssl ts -verify` reads it.

Every failure is a `RemoteFault` with advice. Its `reason` is a word of `exchange.REASONS`, or `http-status` (an HTTP answer
other than 200), or `bad-stamp` (a response that is no proof; the field `kind` says why, in the words of `timestamp.KINDS`).
Leaves to others: when to ask, asking again, and what waits meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

from archiver.errors import Refused, RemoteFault
from archiver.formats.timestamp import BadStamp, request, verify
from archiver.ledger.posting import post
from archiver.urls import parse

Post = Callable[[str, bytes], bytes]
"""Posts a TimeStampReq to a URL and returns the body of the answer; raises `RemoteFault`."""

_ADVICE = {
    "malformed": "Check the URL of the authority.",
    "unreadable-here": "Keep to another authority, or ask this one for responses in DER.",
    "refused": "Ask the authority, or leave out the policy.",
    "other-message": "Do not trust this authority before it has explained itself.",
    "other-nonce": "Something between here and the authority answers from a cache, or replays.",
    "other-policy": "Ask the authority for its policies, or leave out the policy.",
    "other-authority": "Do not trust this authority before it has explained itself.",
    "weak-digest": "Choose an authority that signs with SHA-256 or stronger.",
    "no-certificate": "Choose an authority that sends its certificates.",
    "bad-signature": "Do not trust this authority before it has explained itself.",
    "no-root": "Get the root certificate from the authority by a way you trust, and name its file.",
    "untrusted-chain": "Get the root certificate from the authority by a way you trust, and name its file.",
    "not-for-time-stamping": "Tell the authority: RFC 3161 demands it of its certificate.",
    "not-valid-then": "Tell the authority that its certificate or its clock is wrong.",
}


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority, as the operator names it."""

    name: str
    """What people call it; stands in messages and in the strength of a proof."""
    url: str
    """Where requests are posted: http or https."""
    roots: tuple[bytes, ...]
    """PEM texts with the certificates to which its chain must lead."""
    policy: str | None = None
    """The policy to ask for and to insist on, a dotted object identifier; None for the authority's own choice."""


class Notary:
    """Gets stamps from one authority. May be used by several threads at once."""

    def __init__(self, authority: Authority, send: Post = post) -> None:
        self.authority = authority
        self._send = send

    def stamp(self, message: bytes, nonce: int) -> bytes:
        """A verified TimeStampResp over `message`, exactly as the authority sent it.

        `nonce` is a fresh random number of up to 64 bits, not negative. One request, no retries: a failure changes nothing
        here, and any caller may ask again with a new nonce. Raises `RemoteFault`.
        """
        name, url = self.authority.name, self.authority.url
        policy = self.authority.policy
        try:
            response = self._send(url, request(message, nonce, policy))
        except RemoteFault as fault:
            fault.fields["authority"] = name
            raise
        try:
            verify(response, message, self.authority.roots, nonce, policy)
        except BadStamp as fault:
            what = f"the answer of the time-stamping authority {name} ({parse(url).origin}) is no stamp to keep: {fault.what}"
            raise Refused("bad-stamp", what, _ADVICE[fault.kind], authority=name, kind=fault.kind) from fault
        return response
