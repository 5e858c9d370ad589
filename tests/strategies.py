# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies for every model of `manifests/`, read off the fields themselves.

`documents(kind)` gives any valid document of a model, optional fields sometimes absent; a field added later is covered
without a change here. `with_unknown_fields` makes of a document's JSON what a later version of the format may write.
"""

import types
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge
from hypothesis import strategies as st
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from manifests.canonical import MAX_SAFE_INTEGER, Model
from manifests.capture import UUID_PATTERN
from manifests.digest import HEX_LENGTHS, Digest

M = TypeVar("M", bound=Model)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any text that UTF-8 can hold."""

safe_integers = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
_NAMED_BY_OTHERS = {"labels", "uses", "asked", "findings"}
instants = st.datetimes(timezones=st.just(UTC))
uuids = st.uuids().map(str)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | safe_integers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)
"""Any JSON value without floating-point numbers."""


@st.composite
def digests(draw: st.DrawFn, algorithms: tuple[str, ...] = tuple(HEX_LENGTHS)) -> Digest:
    """A well-formed digest of one of `algorithms`."""
    algorithm = draw(st.sampled_from(algorithms))
    size = HEX_LENGTHS[algorithm] // 2
    return Digest.from_raw(algorithm, draw(st.binary(min_size=size, max_size=size)))


@st.composite
def documents(draw: st.DrawFn, kind: type[M]) -> M:
    """Any valid document of a model."""
    given: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if field.is_required() or draw(st.booleans()):
            given[name] = draw(_of_field(field))
    return kind(**given)


def _of_field(field: FieldInfo) -> st.SearchStrategy[Any]:
    if any(getattr(one, "pattern", None) == UUID_PATTERN for one in field.metadata):
        return uuids
    least = next((one.ge for one in field.metadata if isinstance(one, Ge)), None)
    if least is not None:
        whole = st.integers(int(str(least)), MAX_SAFE_INTEGER)
        return whole if field.is_required() else st.none() | whole
    return _of_type(field.annotation)


def _of_type(kind: Any) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _of_type(inner[0])
    if origin in (Union, types.UnionType):
        return st.one_of(*(_of_type(one) for one in inner))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple:
        if inner[1:] == (...,):
            return st.lists(_of_type(inner[0]), max_size=2).map(tuple)
        return st.tuples(*(_of_type(one) for one in inner))
    if origin is dict:
        return st.dictionaries(_of_type(inner[0]), _of_type(inner[1]), max_size=2)
    return _of_class(kind)


def _of_class(kind: Any) -> st.SearchStrategy[Any]:
    plain: Mapping[Any, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        bool: st.booleans(),
        int: safe_integers,
        str: words,
        datetime: instants,
        AwareDatetime: instants,
        Digest: digests(),
    }
    if kind in plain:
        return plain[kind]
    if issubclass(kind, Model):
        return documents(kind)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    raise TypeError(f"no strategy for {kind!r}: a field of a new type needs one here")


def with_unknown_fields(value: Any, planted: Any, *, free: bool = True) -> Any:
    """A document's JSON with a field that no version knows in every object whose keys are field names.

    `labels` and `asked` are objects whose keys are somebody's own, those of `uses` and `findings` are words of a list.
    """
    if isinstance(value, dict):
        kept = {
            name: with_unknown_fields(one, planted, free=name not in _NAMED_BY_OTHERS) for name, one in value.items()
        }
        return kept | {"x-later": planted} if free else kept
    if isinstance(value, list):
        return [with_unknown_fields(one, planted) for one in value]
    return value
