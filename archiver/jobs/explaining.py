# SPDX-License-Identifier: Apache-2.0
"""What pydantic refused, in words for the person who wrote the file: the key nearest to an unknown one, the value to write.

Values are not quoted, except the words that a closed list was compared with.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from archiver.jobs.mistakes import Path
from archiver.jobs.rules import Fault
from archiver.jobs.sections import Section

_KINDS = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
_INSTEAD = {
    "string_type": "put it in quotes",
    "bool_type": "write true or false",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "tuple_type": "write a list: a line with `- ` for each entry",
    "dict_type": "write a mapping: `key: value`, a line each",
    "model_type": "write a mapping: `key: value`, a line each, indented",
    "model_attributes_type": "write a mapping: `key: value`, a line each, indented",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "is too small", "or more"),
    "less_than_equal": ("le", "is too large", "or less"),
}


def explained(fault: ValidationError, kind: type[Section]) -> Iterator[Fault]:
    """Each refusal of a document of `kind`: where, what, and what to write instead."""
    for error in fault.errors(include_url=False):
        path = tuple(step for step in error["loc"] if step != "[key]")
        yield path, *_said(error, path, kind)


def known_keys(kind: type[Section]) -> list[str]:
    """The keys of a section, as written."""
    return [field.alias or name for name, field in kind.model_fields.items()]


def _said(error: ErrorDetails, path: Path, kind: type[Section]) -> tuple[str, str]:
    code, context = error["type"], error.get("ctx", {})
    if code == "said":
        return context["what"], context["instead"]
    name = path[-1] if path else "the file"
    if code == "extra_forbidden":
        return f"unknown key {str(name)[:60]!r}", _nearest(str(name), path, kind)
    if code == "missing":
        return f"`{name}` is missing", f"write `{name}:` and its value"
    if code == "literal_error":
        return _not_of(error["input"], context["expected"])
    if code in _BOUNDS:
        bound, what, side = _BOUNDS[code]
        return f"`{name}` {what}", f"write {context[bound]:g} {side}"
    found = "nothing" if error["input"] is None else _KINDS.get(type(error["input"]), "something else")
    if code == "model_type" and isinstance(error["input"], str) and path == ("scope",):
        return "`scope` is a mapping, not text", "write `scope: {type: " + error["input"][:20] + "}`"
    if code in _INSTEAD:
        advice = "write the value, or leave the key out" if error["input"] is None else _INSTEAD[code]
        return f"`{name}` cannot be {found}", advice
    return f"`{name}`: {error['msg'][:1].lower()}{error['msg'][1:]}", "see the README of the job files"


def _not_of(given: Any, expected: str) -> tuple[str, str]:
    words = [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
    near = get_close_matches(given, words, 1, 0.6) if isinstance(given, str) else []
    shown = f"{given[:40]!r} is" if isinstance(given, str) else f"{_KINDS.get(type(given), 'nothing')} is"
    listed = words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    return f"{shown} not {'known here' if len(words) > 1 else 'read'}", f"write {near[0] if near else listed}"


def _nearest(name: str, path: Path, kind: type[Section]) -> str:
    here = _section_at(kind, path[:-1])
    near = get_close_matches(name, known_keys(here), 1, 0.7)
    if near:
        return f"did you mean {near[0]}?"
    homes = {home.rpartition(".")[2]: home for home in reversed(list(_homes(kind)))}
    if name in homes:
        return f"it is written as {homes[name]}"
    near = get_close_matches(name, homes, 1, 0.75)
    return f"did you mean {homes[near[0]]}?" if near else f"known here: {', '.join(known_keys(here))}"


def _section_at(kind: type[Section], path: Path) -> type[Section]:
    for step in path:
        field = next((field for name, field in kind.model_fields.items() if step in (name, field.alias)), None)
        kind = (_section_in(field.annotation) or kind) if field else kind
    return kind


def _section_in(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for one in get_args(annotation) if (found := _section_in(one))), None)


def _homes(kind: type[Section], above: str = "") -> Iterator[str]:
    for name, field in kind.model_fields.items():
        full = f"{above}{field.alias or name}"
        yield full
        inner = _section_in(field.annotation)
        if inner is not None and "seeds" not in full:
            yield from _homes(inner, f"{full}.")
