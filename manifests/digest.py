# SPDX-License-Identifier: Apache-2.0
"""Digests and the roles they play: `algorithm:hex`, over a stated part of a response.

A digest without its role cannot be compared: the same page has other bytes as a record block, after the header, without
chunk framing, and without its content coding (WARC 1.1 calls the third "payload"; RFC 9110 section 8 the fourth, decoded, form).
This project writes sha256, and sha1 for payloads because every other index of the field holds it; it reads the older and
longer members of both families too, so that imported archives keep the digests they came with.
"""

import base64
import hashlib
import re
from enum import StrEnum
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from manifests.canonical import Model, canonical_bytes

HEX_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}
"""Algorithms accepted to read, with the length of their hex form."""

WRITTEN = ("sha1", "sha256")
"""Algorithms this project writes."""

_PATTERN = r"^(md5:[0-9a-f]{32}|sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$"
_DIGEST = re.compile(_PATTERN)


class Role(StrEnum):
    """Which bytes a digest was taken over."""

    BLOCK = "block"
    """The block of the WARC record, header included."""
    BODY = "body"
    """What followed the header on the wire, chunk framing included."""
    PAYLOAD = "payload"
    """The body with its transfer coding removed and its content coding kept."""
    ENTITY = "entity"
    """The payload with its content coding removed."""
    TEXT = "text"
    """The page's text as one named extractor version read it."""


class Digest(str):
    """`algorithm:hex` in lower case; a string that is known to be well formed.

    Raises `ValueError` when it is not.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if not _DIGEST.fullmatch(value):
            raise ValueError(f"not a digest of the form algorithm:hex: {value[:150]!r}")
        return super().__new__(cls, value)

    @classmethod
    def of(cls, content: bytes | bytearray | memoryview, algorithm: str = "sha256") -> Self:
        """The digest of `content`."""
        return cls.from_raw(algorithm, hashlib.new(algorithm, content).digest())

    @classmethod
    def from_raw(cls, algorithm: str, raw: bytes) -> Self:
        """The digest whose value is the bytes `raw`. Raises `ValueError` when it is not as long as the algorithm's."""
        text = f"{algorithm}:{raw.hex()}"
        # Hex that we made ourselves is well formed when it is long enough.
        return super().__new__(cls, text) if HEX_LENGTHS.get(algorithm) == 2 * len(raw) else cls(text)

    @property
    def algorithm(self) -> str:
        """The algorithm's name, in lower case."""
        return self.partition(":")[0]

    @property
    def hex(self) -> str:
        """The value in lower-case hex."""
        return self.partition(":")[2]

    @property
    def raw(self) -> bytes:
        """The value as bytes."""
        return bytes.fromhex(self.hex)

    @property
    def base32(self) -> str:
        """The value in base32 without padding: the form WARC and CDX give sha1 in."""
        return base64.b32encode(self.raw).decode("ascii").rstrip("=")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from_text = core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema(
                [core_schema.is_instance_schema(cls), from_text], mode="left_to_right"
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": _PATTERN, "description": "algorithm:hex, lower case"}


class DigestSet(Model):
    """The digests of one response by role; each role holds at most one digest of an algorithm, sorted."""

    block: tuple[Digest, ...] = ()
    """Over the record block as written."""
    body: tuple[Digest, ...] = ()
    """Over the bytes after the header, as they came."""
    payload: tuple[Digest, ...] = ()
    """Over the body without chunk framing; what revisits compare."""
    entity: tuple[Digest, ...] = ()
    """Over the payload without content coding; absent when it could not be decoded within bounds."""

    def get(self, role: Role, algorithm: str = "sha256") -> Digest | None:
        """The digest for `role` by `algorithm`, or None. The text role is in the claims, not here."""
        if role is Role.TEXT:
            return None
        held: tuple[Digest, ...] = getattr(self, role.value)
        return next((one for one in held if one.algorithm == algorithm), None)


def canonical_digest(document: Model) -> Digest:
    """sha256 over the canonical bytes: the name of a document."""
    return Digest.of(canonical_bytes(document))
