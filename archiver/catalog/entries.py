# SPDX-License-Identifier: Apache-2.0
"""What the catalog takes from a capture manifest, and nothing else of it.

A manifest has some two hundred values and the catalog keeps thirty: only those are decoded, whatever else stands around
them, fields of later versions included. The same code reads the manifests of a fresh segment and of a rebuild. Whether a
manifest is valid in all its parts is for an audit to say; here it must have the shape that the rows are made of.
"""

import functools
import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from manifests.canonical import canonical_json
from manifests.capture import Outcome
from manifests.digest import HEX_LENGTHS, WRITTEN, Digest, Role

NOT_MODIFIED = "server-not-modified"
"""The relation of a revisit to whose request the server answered that nothing has changed since."""

_LONGEST_ETAG = 512
_LONGEST_DATE = 64
LONGEST_NAME = 300
"""Characters of a title or a name that are kept; what is longer is cut."""
LONGEST_CLAIMED_DATE = 40
LONGEST_LANGUAGE = 35
"""RFC 5646 section 4.4.1: the room that any registered tag needs."""
LONGEST_SIGNS = 128

_CaptureId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class KeptNotice(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A notice without its place: its kind, its words and what was read from them.

    In which language the words are does not belong to it: a better guess is no other notice.
    """

    kind: str
    text: str
    voice: str | None = None
    """Whose words they are, when not the publisher's own."""
    holder: str | None = None
    years: str | None = None
    license_url: str | None = None
    license: str | None = None
    statute: str | None = None
    doctrine: str | None = None
    value: str | None = None
    usage: str | None = None
    agents: tuple[str, ...] = ()
    url: str | None = None


class Program(msgspec.Struct, frozen=True, gc=False):
    """A program and its version."""

    name: str
    version: str


class Named(msgspec.Struct, frozen=True, gc=False):
    """A publisher, by its name."""

    name: str


class Said(msgspec.Struct, frozen=True, gc=False):
    """A claim, by its value."""

    value: str


class KeptOriginal(msgspec.Struct, frozen=True, gc=False):
    """The work that a page names as the one it republishes."""

    name: str | None = None
    url: str | None = None


class KeptReprint(msgspec.Struct, frozen=True, gc=False):
    """What a page republishes, and what says so."""

    original: KeptOriginal
    basis: str


class KeptSign(msgspec.Struct, frozen=True, gc=False):
    """A sign that the page is not what was meant to be captured."""

    sign: str


class KeptClaims(msgspec.Struct, frozen=True, gc=False):
    """What was read from the page."""

    extractor: Program
    notices: tuple[KeptNotice, ...]
    publisher: Named | None = None
    text_digest: str | None = None
    title: Said | None = None
    published_at: Said | None = None
    language: Said | None = None
    reprint: KeptReprint | None = None
    suspected: tuple[KeptSign, ...] = ()


class KeptResponse(msgspec.Struct, frozen=True, gc=False):
    """The head of the response."""

    code: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


class KeptDigests(msgspec.Struct, frozen=True, gc=False):
    """Digests by role, as `algorithm:hex`."""

    block: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    payload: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()


class KeptRecords(msgspec.Struct, frozen=True, gc=False):
    """Which record of its own the capture has."""

    response: str | None = None
    revisit: str | None = None


class KeptRevisit(msgspec.Struct, frozen=True, gc=False):
    """The response whose payload this one equals, and who says so."""

    capture_id: _CaptureId
    relation: str | None = None


class KeptObservation(msgspec.Struct, frozen=True, gc=False):
    """What happened."""

    capture_id: _CaptureId
    url: str
    url_key: str
    requested_at: _Instant
    outcome: Outcome
    records: KeptRecords
    digests: KeptDigests = KeptDigests()
    response: KeptResponse | None = None
    revisits: KeptRevisit | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One capture as the catalog sees it. It holds no cycles, so none are looked for."""

    observation: KeptObservation
    claims: KeptClaims | None = None
    format: Literal["capture-manifest/0"] = "capture-manifest/0"

    @property
    def not_modified(self) -> bool:
        """Whether the server sent no payload because the one it names was still current."""
        revisits = self.observation.revisits
        return revisits is not None and revisits.relation == NOT_MODIFIED

    def digests(self) -> tuple[dict[bytes, int], bytes | None, bytes | None]:
        """Each distinct sha256 and sha1 with the bits of its roles, then sha256 and sha1 of the payload.

        Where the server sent no payload there is none: the capture would be found by the hash of nothing. Raises
        `ValueError` for what is no digest.
        """
        given = self.observation.digests
        held: dict[str, int] = {}
        not_modified = self.not_modified
        for bit, digests in (
            ((_BLOCK, given.block),)
            if not_modified
            else ((_BLOCK, given.block), (_BODY, given.body), (_PAYLOAD, given.payload), (_ENTITY, given.entity))
        ):
            for digest in digests:
                held[digest] = held.get(digest, 0) | bit
        if self.claims is not None and self.claims.text_digest is not None and not not_modified:
            held[self.claims.text_digest] = held.get(self.claims.text_digest, 0) | TEXT
        roles_of: dict[bytes, int] = {}
        sha256, sha1 = None, None
        for digest, roles in held.items():
            value = raw(digest)
            if value is None:
                continue
            roles_of[value] = roles
            if roles & _PAYLOAD:
                if len(value) == 32:
                    sha256 = value
                else:
                    sha1 = value
        return roles_of, sha256, sha1

    def validators(self) -> tuple[str | None, str | None]:
        """ETag and Last-Modified as the server sent them; the first of each, None when it is longer than any real one."""
        etag, last_modified = None, None
        for name, value in self.observation.response.headers if self.observation.response else ():
            if len(name) == 4:
                if etag is None and name.lower() == "etag" and 0 < len(value) <= _LONGEST_ETAG:
                    etag = value
            elif len(name) == 13 and last_modified is None and name.lower() == "last-modified":
                last_modified = value if 0 < len(value) <= _LONGEST_DATE else None
        return etag, last_modified


class ReadAgain(msgspec.Struct, frozen=True, gc=False):
    """What a claims set says of one capture, as the catalog sees it."""

    capture_id: _CaptureId
    claims: KeptClaims


@dataclass(frozen=True, slots=True)
class Placed:
    """One capture of a stored segment, with where its records are."""

    entry: Entry
    record_offset: int | None
    record_length: int | None
    manifest_offset: int | None
    manifest_length: int | None
    """Octets in the WARC file; None for captures without a response, whose manifest is read from manifests.jsonl.gz."""


_BLOCK, _BODY, _PAYLOAD, _ENTITY, TEXT = (
    1 << tuple(Role).index(role) for role in (Role.BLOCK, Role.BODY, Role.PAYLOAD, Role.ENTITY, Role.TEXT)
)

_read = msgspec.json.Decoder(Entry).decode


def entry_of(manifest: bytes) -> Entry:
    """Reads the canonical bytes of a manifest. Raises `ValueError` when they have another shape."""
    try:
        return _read(manifest)
    except msgspec.MsgspecError as fault:
        raise ValueError(str(fault)) from fault


_read_again = msgspec.json.Decoder(ReadAgain).decode


def read_again(line: bytes) -> ReadAgain:
    """Reads a line of a claims set. Raises `ValueError` when it has another shape."""
    try:
        return _read_again(line)
    except msgspec.MsgspecError as fault:
        raise ValueError(str(fault)) from fault


def raw(digest: str) -> bytes | None:
    """The value of a sha256 or sha1, None for another algorithm. Raises `ValueError` for what is no digest."""
    if len(digest) == 71 and digest.startswith("sha256:"):  # nearly all are
        found = bytes.fromhex(digest[7:])
        if len(found) == 32:
            return found
    algorithm, _, value = digest.partition(":")
    if HEX_LENGTHS.get(algorithm) != len(value):
        raise ValueError(f"not a digest of the form algorithm:hex: {digest[:150]!r}")
    found = bytes.fromhex(value)
    if 2 * len(found) != len(value):  # `fromhex` skips white space
        raise ValueError(f"not a digest of the form algorithm:hex: {digest[:150]!r}")
    return found if algorithm in WRITTEN else None


@functools.lru_cache(maxsize=4096)
def notice_content(notice: KeptNotice) -> tuple[bytes, str]:
    """The sha256 and the text of a notice as the catalog keeps it, in canonical JSON. Most notices repeat over a site."""
    text = canonical_json(msgspec.to_builtins(notice))
    return hashlib.sha256(text).digest(), text.decode("utf-8")


def notices_digest(notices: Iterable[KeptNotice]) -> Digest:
    """One digest for all notices of a page in its publisher's own voice, wherever on it they stand.

    Equal when none came, went or changed. What a reader's comment says changes nothing.
    """
    return digest_of_notices({notice_content(one)[0] for one in notices if one.voice is None})


def digest_of_notices(each: Iterable[bytes]) -> Digest:
    """The same from the digests of the notices."""
    return Digest.of(b"".join(sorted(each)))


def compared(name: str) -> str:
    """A name as names are compared: one spelling of its letters (NFKC), no case, single spaces; cut."""
    return " ".join(unicodedata.normalize("NFKC", name[:LONGEST_NAME]).casefold().split())
