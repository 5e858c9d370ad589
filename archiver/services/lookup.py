# SPDX-License-Identifier: Apache-2.0
"""Where does this URL, or this file, come from: a question in any of its usual forms, answered from the catalog.

A file whose digest is not known is looked for by its text, then by texts that are nearly the same.

A question is tried as a digest (`sha256:<hex>`, bare hex, `sha1:<base32>`, bare base32, the SRI form), then as a URL with
its scheme, then as an existing file, which is hashed, then as a URL without its scheme.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archiver import extract
from archiver.catalog.catalog import Catalog, Found
from archiver.errors import BadInput
from archiver.extract.markup import media
from archiver.ports import Store
from archiver.services.ingest import MAX_READ
from archiver.services.near import earliest, near
from archiver.services.texts import main_text_of
from archiver.texts import pictures
from archiver.texts.texts import Texts
from archiver.url_keys import url_key
from archiver.urls import looks_like_url, parse
from manifests.digest import HEX_LENGTHS, Digest, Role

_SRI = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BASE32 = re.compile(r"[A-Z2-7]{32}\Z")
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_BY_HEX_LENGTH = {40: "sha1", 64: "sha256"}
_TOLD_FIRST = (Role.PAYLOAD, Role.ENTITY, Role.BODY, Role.BLOCK, Role.TEXT)


@dataclass(frozen=True, slots=True)
class Question:
    """A lookup as it was understood."""

    url: str | None = None
    digest: Digest | None = None
    file: Path | None = None
    """The file the digest was taken of."""


@dataclass(frozen=True, slots=True)
class Match:
    """One capture that answers."""

    found: Found
    matched: str
    """`url`, the role of the digest that matched, `similar-text` or `similar-image`."""
    digest: Digest | None
    """The digest that matched; for a URL, the payload's."""
    score: float | None = None
    """For what is only similar: how similar, above 0, at most 1."""


def understand(query: str, file_at: Callable[[str], Path | None]) -> Question:
    """What a question means. `file_at` finds an existing file by name. Raises `BadInput` when it means nothing."""
    text = query.strip()
    digest = read_digest(text)
    if digest is not None:
        return Question(digest=digest)
    if looks_like_url(text):
        return Question(url=parse(text).url)
    path = file_at(query)
    if path is not None:
        with open(path, "rb") as stream:
            raw = hashlib.file_digest(stream, "sha256").digest()
        return Question(digest=Digest.from_raw("sha256", raw), file=path)
    if not text or " " in text:
        raise BadInput(
            f"{query[:100]!r} is neither a URL, a digest nor an existing file",
            "Give a URL such as https://host/page, a digest such as sha256:<hex>, or the path of a file.",
        )
    return Question(url=parse(text if _SCHEME.match(text) else "http://" + text).url)


def read_digest(text: str) -> Digest | None:
    """A digest in any of its usual spellings, or None. Raises `BadInput` for a labelled digest that is not well formed."""
    sri = _SRI.match(text)
    if sri:
        raw = base64.b64decode(sri[2] + "=" * (-len(sri[2]) % 4))
        return _made(f"{sri[1]}:{raw.hex()}", text)
    label, colon, value = text.partition(":")
    if colon and label.lower().replace("-", "") in HEX_LENGTHS:
        algorithm = label.lower().replace("-", "")
        if _HEX.match(value) and len(value) == HEX_LENGTHS[algorithm]:
            return _made(f"{algorithm}:{value.lower()}", text)
        try:
            raw = base64.b32decode(value.upper() + "=" * (-len(value) % 8))
        except binascii.Error:
            raw = b""
        return _made(f"{algorithm}:{raw.hex()}", text)
    if _HEX.match(text) and len(text) in _BY_HEX_LENGTH:
        return Digest(f"{_BY_HEX_LENGTH[len(text)]}:{text.lower()}")
    if _BASE32.match(text):
        return Digest(f"sha1:{base64.b32decode(text).hex()}")
    return None


def _made(text: str, given: str) -> Digest:
    try:
        return Digest(text)
    except ValueError as fault:
        raise BadInput(
            f"{given[:120]!r} is not a whole digest",
            "Give all of it: sha256 has 64 hex digits, sha1 40, or 32 in base32.",
        ) from fault


def lookup(catalog: Catalog, question: Question, *, at: datetime | None = None, exact: bool = False) -> list[Match]:
    """Captures that answer, oldest first; with `at`, the one nearest to that time."""
    if question.url is not None:
        key = url_key(question.url)
        if at is not None:
            nearest = catalog.closest(question.url, key, at, exact=exact)
            found = [nearest] if nearest else []
        else:
            found = catalog.by_url(question.url, key, exact=exact)
        return [Match(one, "url", one.payload_sha256) for one in found]
    assert question.digest is not None
    matches = [
        Match(one, next(role for role in _TOLD_FIRST if role in one.roles).value, question.digest)
        for one in catalog.by_digest(question.digest)
    ]
    if at is not None and matches:
        return [min(matches, key=lambda match: abs(match.found.fetched_at - at))]
    return matches


def similar(store: Store, catalog: Catalog, texts: Texts, file: Path) -> list[Match]:
    """Captures that a file is like, the most alike first.

    For a saved page those with the same text, else those whose main text is near it; for an image those that look like it.
    Raises `Damaged` when a capture does not read back.
    """
    with open(file, "rb") as stream:
        content = stream.read(pictures.LARGEST + 1)
    if (media.detect(content, None) or "").startswith("image/"):
        return _looking_alike(catalog, texts, content)
    content = content[:MAX_READ]
    text = extract.read(content, url="", content_type=None).text
    if text:
        digest = Digest.of(text.encode("utf-8", "surrogatepass"))
        same = [Match(one, Role.TEXT.value, digest) for one in catalog.by_digest(digest)]
        if same:
            return same
    words = main_text_of(content, None) or ""
    return [Match(one.found, "similar-text", None, one.overlap) for one in near(store, catalog, texts, words)]


def _looking_alike(catalog: Catalog, texts: Texts, content: bytes) -> list[Match]:
    picture = pictures.picture_print(content)
    matches: dict[str, Match] = {}
    for key, bits in texts.images_near(picture) if picture is not None else ():
        score = 1 - bits / pictures.BITS
        for one in earliest(catalog, texts.holders_of_image(key)):
            matches.setdefault(one.url, Match(one, "similar-image", None, score))
    return list(matches.values())
