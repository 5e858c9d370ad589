# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON (RFC 8785) of the models, and the base class that makes it possible.

Guarantees: two equal documents have equal bytes; a document read from its canonical bytes and written again gives the
same bytes, fields this version does not know included. Enforced here: no floating-point numbers, no integer beyond
2**53 (RFC 8785 section 3.2.2.3 leaves both to ECMAScript's rounding), no lone surrogate (section 3.2.2.2).
A declared field that is None, or an empty default sequence, is left out; unknown fields are never touched.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    model_serializer,
)
from pydantic_core import to_json
from pydantic_core.core_schema import SerializerFunctionWrapHandler

MAX_SAFE_INTEGER = 2**53 - 1


class Model(BaseModel):
    """A frozen, strictly typed part of a document that keeps fields it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", ser_json_bytes="base64", val_json_bytes="base64")

    shared: ClassVar[bool] = False
    """Whether one value of the class stands in many documents: what is written of it is then kept for the next of them."""

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
    if value.tzinfo is not UTC:
        raise ValueError(f"an instant that is not in UTC has no canonical form: {value.isoformat()}")
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % parts  # noqa: UP031 - three in every capture; half the time of the others


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc), PlainSerializer(_rfc3339, return_type=str)]
"""A point in time, UTC, written as RFC 3339 with six digits of a second."""

ModelT = TypeVar("ModelT", bound=BaseModel)


def first_fault(fault: ValidationError) -> str:
    """What is wrong with a document in a few words: its first fault with its field, and how many more there are.

    Of a document in another format than the one expected, that is said before the rest.
    """
    faults = fault.errors(include_url=False, include_input=False, include_context=False)
    one = next((each for each in faults if each["loc"] == ("format",)), faults[0])
    where = ".".join(map(str, one["loc"]))
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{where + ': ' if where else ''}{one['msg']}{more}"


def unchecked(kind: type[ModelT]) -> type[ModelT]:
    """The constructor of `kind` for values that are known to be valid: it takes the same fields and checks nothing.

    Only for what the caller made itself. Values of a wrong type still have no canonical form; what a pattern or a list of
    words rules out is not seen.
    """
    given_by_default = {
        name: field.get_default(call_default_factory=True)
        for name, field in kind.model_fields.items()
        if not field.is_required()
    }

    def made(**given: Any) -> ModelT:
        model = kind.__new__(kind)
        object.__setattr__(model, "__dict__", given_by_default | given)
        object.__setattr__(model, "__pydantic_fields_set__", set(given))
        object.__setattr__(model, "__pydantic_extra__", {})
        object.__setattr__(model, "__pydantic_private__", None)
        return model

    return cast(type[ModelT], made)


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value: dicts, lists, strings, integers, booleans and None; also of models and instants.

    Raises `ValueError` for floats, integers beyond 2**53, lone surrogates and keys that are not strings.
    """
    return to_json(_PLAIN[type(value)](value))


def canonical_bytes(document: Model) -> bytes:
    """RFC 8785 bytes of a model. Raises `ValueError` where the standard has no form for a value."""
    return canonical_json(document)


def canonical_object(members: Mapping[str, bytes]) -> bytes:
    """RFC 8785 bytes of an object whose values are canonical bytes already, so that nothing is written twice."""
    return b"{%b}" % b",".join([named + members[name] for name, named in _written_names(tuple(members))])


def from_canonical(kind: type[ModelT], content: bytes | str) -> ModelT:
    """A model read from JSON text; unknown fields are kept. Raises `pydantic.ValidationError`."""
    return kind.model_validate_json(content)


@lru_cache(maxsize=16)
def _written_names(names: tuple[str, ...]) -> list[tuple[str, bytes]]:
    """Each name with what stands before its value, in order: most objects have the same few."""
    return [(name, to_json(name) + b":") for name in sorted(names, key=_utf16)]


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _ordered(written: dict[str, Any]) -> dict[str, Any]:
    # RFC 8785 section 3.2.3 sorts by UTF-16 code units, which differs from code points above U+FFFF.
    return {name: written[name] for name in sorted(written, key=_utf16)}


def _of_model(kind: type[Model]) -> Callable[[Any], Any]:
    fields = [(name, kind.model_fields[name].is_required()) for name in sorted(kind.model_fields, key=_utf16)]

    def plain(document: Model) -> dict[str, Any]:
        held = document.__dict__
        written: dict[str, Any] = {}
        for name, required in fields:
            value = held[name]
            kind = type(value)
            if kind is str:
                written[name] = value
            elif value is None or (kind is tuple and not value and not required):
                pass
            elif (inner := _PLAIN[kind](value)) or required or type(inner) not in (dict, list):
                written[name] = inner
        unknown = document.__pydantic_extra__
        return _ordered(written | _of_object(unknown)) if unknown else written

    return _kept(plain) if kind.shared else plain


def _kept(plain: Callable[[Any], Any]) -> Callable[[Any], Any]:
    kept: dict[int, tuple[Model, Any]] = {}

    def looked_up(document: Model) -> Any:
        found = kept.get(id(document))
        if found is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            # The document is held beside what is written of it: no other can then come to have its id.
            kept[id(document)] = found = document, plain(document)
        return found[1]

    return looked_up


def _of_integer(value: int) -> int:
    if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        raise ValueError(f"an integer beyond 2**53 has no canonical form: {value}")
    return value


def _of_object(value: Mapping[Any, Any]) -> dict[str, Any]:
    for key in value:
        if not isinstance(key, str):
            raise ValueError(f"a key that is not a string has no canonical form: {key!r}")
    return _ordered({key: _PLAIN[type(inner)](inner) for key, inner in value.items()})


def _of_array(value: Sequence[Any]) -> Sequence[Any]:
    if value and type(value[0]) is str:
        try:
            "".join(value)
        except TypeError:
            pass  # not strings alone
        else:
            return value
    return [_PLAIN[type(inner)](inner) for inner in value]


def _refused(value: Any) -> Any:
    raise ValueError(f"no canonical form for {type(value).__name__}: {value!r}")


class _Plain(dict[type, Callable[[Any], Any]]):
    """How a value of each class becomes dicts in order, lists, words and numbers.

    Decided once for a class, because every capture holds the same few, and writing them is most of what a capture costs.
    """

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        if issubclass(kind, Model):
            self[kind] = _of_model(kind)
        else:  # digests and words of closed lists are strings
            self[kind] = next(
                (self[known] for known in (str, int, dict, list, tuple) if issubclass(kind, known)), _refused
            )
        return self[kind]


_PLAIN = _Plain(
    {
        type(None): lambda value: value,
        bool: lambda value: value,
        str: str.__str__,
        int: _of_integer,
        dict: _of_object,
        list: _of_array,
        tuple: _of_array,
        datetime: _rfc3339,
    }
)
_MOST_KEPT = 256
