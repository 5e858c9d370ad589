# SPDX-License-Identifier: Apache-2.0
"""Measuring a response: its digests and lengths by role, and its entity."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archiver.exchange import Exchange, Response
from archiver.formats.coding import Decoded
from archiver.formats.framing import payload as without_framing
from manifests.canonical import unchecked
from manifests.capture import Lengths, Outcome
from manifests.digest import Digest, DigestSet

_digests_of, _lengths_of = unchecked(DigestSet), unchecked(Lengths)
_HELD = 1 << 20
_CONDITIONS = frozenset({b"if-none-match", b"if-modified-since"})


@dataclass(frozen=True, slots=True)
class Payload:
    """The digests and lengths of one response, by role, and its entity when it could be decoded within bounds."""

    digests: DigestSet
    lengths: Lengths
    after_head_sha1: Digest
    """Over all that follows the header on the tape: what checkers of other makers hash."""


def measure(response: Response, decode: Callable[[Iterable[bytes]], Decoded]) -> tuple[Payload, Decoded]:
    """Digests by role, and the entity. One pass over the tape for block, body and payload; a second where codings differ."""
    tape, start, end = response.tape, response.head.length, response.message_length
    block, body, after_sha1 = hashlib.sha256(), hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    for piece in tape.views(0, start):
        block.update(piece)
    for piece in tape.views(start, end):
        block.update(piece)
        body.update(piece)
        after_sha1.update(piece)
    sha1_digest = after_head_sha1 = Digest.from_raw("sha1", after_sha1.digest())
    if tape.length > end:
        for piece in tape.views(end):
            block.update(piece)
            after_sha1.update(piece)
        after_head_sha1 = Digest.from_raw("sha1", after_sha1.digest())
    payload_digest = body_digest = Digest.from_raw("sha256", body.digest())
    payload_length = end - start
    pieces = payload_pieces(response)
    if response.chunked:
        payload, payload_sha1, payload_length = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
        for piece in pieces:
            payload.update(piece)
            payload_sha1.update(piece)
            payload_length += len(piece)
        payload_digest = Digest.from_raw("sha256", payload.digest())
        sha1_digest = Digest.from_raw("sha1", payload_sha1.digest())
        pieces = pieces if isinstance(pieces, tuple) else payload_pieces(response)
    decoded = decode(pieces)
    entity: tuple[Digest, ...] = ()
    entity_length = None
    if not decoded.coded and decoded.fault is None:
        # Nothing was coded, so the entity is the payload, however long; only the part for extraction is bounded.
        entity, entity_length = (payload_digest,), payload_length
    elif decoded.complete and decoded.fault is None:
        if decoded.beyond is None:
            entity, entity_length = (Digest.of(decoded.content),), len(decoded.content)
        else:
            entity, entity_length = (Digest.from_raw("sha256", decoded.beyond.sha256),), decoded.beyond.length
    measured = Payload(
        digests=_digests_of(
            block=(Digest.from_raw("sha256", block.digest()),),
            body=(body_digest,),
            payload=(sha1_digest, payload_digest),
            entity=entity,
        ),
        lengths=_lengths_of(block=tape.length, body=end - start, payload=payload_length, entity=entity_length),
        after_head_sha1=after_head_sha1,
    )
    return measured, decoded


def payload_pieces(response: Response) -> Iterable[bytes]:
    """The payload: the body without chunk framing. A small one is a tuple of one piece, to be read as often as wanted."""
    tape, start, end = response.tape, response.head.length, response.message_length
    if end - start > _HELD:
        return without_framing(tape.pieces(start, end)) if response.chunked else tape.pieces(start, end)
    body = tape.read(start, end)
    return (b"".join(without_framing((body,))) if response.chunked else body,)


def worth_a_revisit(exchange: Exchange, payload: Payload) -> bool:
    """Whether an equal earlier payload may stand for this one: whole, not empty, and with nothing sent behind it."""
    response = exchange.response
    surplus = response is not None and response.tape.length > response.message_length
    return exchange.outcome is Outcome.CAPTURED_COMPLETE and bool(payload.lengths.payload) and not surplus


def not_modified(exchange: Exchange) -> bool:
    """Whether the server said that what is held is unchanged: a whole 304, with nothing behind it, to a conditional request.

    RFC 9110 sections 13 and 15.4.5. A 304 that nobody asked for says nothing.
    """
    response = exchange.response
    if response is None or response.head.code != 304 or exchange.outcome is not Outcome.CAPTURED_COMPLETE:
        return False
    asked = (line.partition(b":")[0].strip().lower() for line in exchange.request.split(b"\r\n")[1:])
    return response.tape.length == response.head.length and not _CONDITIONS.isdisjoint(asked)
