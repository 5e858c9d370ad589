# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON (RFC 8785) of the models, and the base class that makes it possible.

Guarantees: two equal documents have equal bytes; a document read from its canonical bytes and written again gives the
same bytes, fields this version does not know included. Enforced here: no floating-point numbers, no integer beyond
2**53 (RFC 8785 section 3.2.2.3 leaves both to ECMAScript's rounding), no lone surrogate (section 3.2.2.2).
A declared field that is None, or an empty default sequence, is left out; unknown fields are never touched.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer, model_serializer
from pydantic_core.core_schema import SerializerFunctionWrapHandler

MAX_SAFE_INTEGER = 2**53 - 1


class Model(BaseModel):
    """A frozen, strictly typed part of a document that keeps fields it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", ser_json_bytes="base64", val_json_bytes="base64")

    @model_serializer(mode="wrap")
    def _leave_out_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        written: dict[str, Any] = handler(self)
        return {
            name: value
            for name, value in written.items()
            if name not in fields or not (value is None or (value in ([], {}, ()) and not fields[name].is_required()))
        }


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as fault:
        raise ValueError("an instant outside the years 1 to 9999") from fault


def _rfc3339(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc), PlainSerializer(_rfc3339, return_type=str)]
"""A point in time, UTC, written as RFC 3339 with six digits of a second."""

ModelT = TypeVar("ModelT", bound=BaseModel)


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value made of dicts, lists, strings, integers, booleans and None.

    Raises `ValueError` for floats, integers beyond 2**53, lone surrogates and keys that are not strings.
    """
    ordered = _ordered(value)
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "strict")


def _ordered(value: Any) -> Any:
    # bool before int: True is an int in Python.
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise ValueError(f"an integer beyond 2**53 has no canonical form: {value}")
        return value
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"a key that is not a string has no canonical form: {key!r}")
        # RFC 8785 section 3.2.3 sorts by UTF-16 code units, which differs from code points above U+FFFF.
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    raise ValueError(f"no canonical form for {type(value).__name__}: {value!r}")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def canonical_bytes(document: BaseModel) -> bytes:
    """RFC 8785 bytes of a model. Raises `ValueError` where the standard has no form for a value."""
    return canonical_json(document.model_dump(mode="json"))


def from_canonical(kind: type[ModelT], content: bytes | str) -> ModelT:
    """A model read from JSON text; unknown fields are kept. Raises `pydantic.ValidationError`."""
    return kind.model_validate_json(content)
