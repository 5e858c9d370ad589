# SPDX-License-Identifier: Apache-2.0
"""Capture manifests as a check reads them: quickly where they are as they should be, with pydantic where they are not.

From the models of `manifests` a twin of each is made that msgspec can read and write: the same fields and types, in the
order of the canonical form. Bytes that a twin reads and writes again as they were are a valid manifest in canonical form:
the twin knows no field, type or spelling that the model does not, and writes letters, numbers and absent fields as
RFC 8785 and `manifests.canonical` do. All other bytes are given to the models, which alone say what is wrong with them, and
which also take what the twin refuses, such as fields of later versions.
"""

import functools
import hashlib
import types
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import pydantic

from manifests.canonical import MAX_SAFE_INTEGER, Model, canonical_bytes, canonical_json, first_fault, from_canonical
from manifests.capture import CaptureManifest, Claims, Observation
from manifests.digest import Digest

_DAY = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8])"
_INSTANT = rf"\A(?!0000)[0-9]{{4}}-(?:{_DAY})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{{6}}Z\Z"
"""An instant in canonical form; what is not seen to be one here, such as a leap day, the models decide on."""
_DIGEST = r"\A(?:md5:[0-9a-f]{32}|sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})\Z"
_BEFORE = b'"format":"capture-manifest/0","observation":'


@dataclass(slots=True)
class Stated:
    """What a manifest states."""

    observation: Any
    """With the fields of `manifests.capture.Observation`; instants may be text."""
    claims: Any
    """With the fields of `manifests.capture.Claims`, or None."""
    observation_digest: Digest
    """sha256 of the canonical observation."""
    faults: tuple[str, ...] = ()
    """What is wrong with its bytes, although they could be read."""

    @property
    def requested_at(self) -> str:
        """When the request was sent, as manifests write it."""
        said = self.observation.requested_at
        return said if isinstance(said, str) else canonical_json(said).decode("ascii").strip('"')


def stated(content: bytes) -> Stated:
    """Reads the bytes of a manifest. Raises `ValueError`, in a few words, when they are none."""
    return _plainly(content) or _by_model(content)


def _plainly(content: bytes) -> Stated | None:
    if not content.endswith(b"}}") or b":{}" in content:  # an empty part may be one that should have been left out
        return None
    try:
        read = _reader()(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    observed = _write(read.observation)
    before = b"{" if read.claims is None else b'{"claims":' + _write(read.claims) + b","
    if b"".join((before, _BEFORE, observed, b"}")) != content:
        return None
    return Stated(read.observation, read.claims, Digest.from_raw("sha256", hashlib.sha256(observed).digest()))


def _by_model(content: bytes) -> Stated:
    try:
        manifest = from_canonical(CaptureManifest, content)
    except pydantic.ValidationError as fault:
        raise ValueError(first_fault(fault)) from fault
    faults = () if canonical_bytes(manifest) == content else ("its bytes are not the canonical form",)
    observed = Digest.of(canonical_bytes(manifest.observation))
    return Stated(manifest.observation, manifest.claims, observed, faults)


_write = msgspec.json.Encoder(order="deterministic").encode


@functools.cache
def _reader() -> Any:
    fields: list[Any] = [
        ("claims", twin(Claims) | None, None),
        ("format", Literal["capture-manifest/0"]),
        ("observation", twin(Observation)),
    ]
    made = msgspec.defstruct("Twin", fields, kw_only=True, forbid_unknown_fields=True, gc=False)
    return msgspec.json.Decoder(made).decode


@functools.cache
def twin(kind: type[Model]) -> Any:
    """The msgspec class with the fields of a model, in canonical order."""
    fields: list[Any] = []
    for name in sorted(kind.model_fields):
        field = kind.model_fields[name]
        known = _type(Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation)
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        if field.is_required() or isinstance(default, bool | int | str):
            fields.append((name, known))  # such a value is always written
        elif isinstance(default, Model):
            fields.append((name, known, twin(type(default))()))
        elif isinstance(default, dict):
            fields.append((name, known, msgspec.field(default_factory=dict)))
        else:
            fields.append((name, known, default))
    return msgspec.defstruct(
        kind.__name__, fields, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, frozen=True, gc=False
    )


def _type(given: Any) -> Any:
    """A type of a model's field as msgspec has it. Raises `TypeError` for one that has no twin yet."""
    origin, inner = get_origin(given), get_args(given)
    if origin is Annotated:
        pattern = next((one.pattern for one in inner[1:] if getattr(one, "pattern", None)), None)
        if pattern is not None:
            return _text(rf"\A{pattern.removeprefix('^').removesuffix('$')}\Z")
        return _type(inner[0])
    if origin in (Union, types.UnionType):
        return Union[tuple(_type(one) for one in inner)]  # noqa: UP007 - the parts are known only now
    if origin is tuple:
        return tuple[tuple(one if one is Ellipsis else _type(one) for one in inner)]  # type: ignore[misc]
    if given == dict[str, str]:
        # Of keys beyond ASCII the canonical order is another than msgspec's.
        return dict[_text(r"\A[\x00-\x7f]*\Z"), str]  # type: ignore[misc]
    if origin is Literal or given in (str, bool, type(None)) or (isinstance(given, type) and issubclass(given, Enum)):
        return given
    if given is int:
        return Annotated[int, msgspec.Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
    if given in (datetime, pydantic.AwareDatetime):
        return _text(_INSTANT)
    if given is Digest:
        return _text(_DIGEST)
    if isinstance(given, type) and issubclass(given, Model):
        return twin(given)
    raise TypeError(f"no twin of {given!r}")


def _text(pattern: str) -> Any:
    return Annotated[str, msgspec.Meta(pattern=pattern)]
