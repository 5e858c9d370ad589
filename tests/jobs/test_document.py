# SPDX-License-Identifier: Apache-2.0
"""YAML as JSON values with their places: strict words, hostile files refused, no parser's exception let through."""

import contextlib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.jobs.document import MAX_ALIASED, MAX_DEPTH, MAX_OCTETS, read_document
from archiver.jobs.mistakes import SHOWN


def value(text: str) -> Any:
    return read_document(text, "job.yaml").value


def refused(text: str) -> str:
    with pytest.raises(BadInput) as raised:
        read_document(text, "job.yaml")
    return str(raised.value)


@pytest.mark.parametrize(
    "word",
    [
        "yes",
        "no",
        "on",
        "off",
        "Yes",
        "True",
        "FALSE",
        "NULL",
        "y",
        "012",
        "0o17",
        "0x1F",
        "1_000",
        "12:30",
        "190:20:30",
        "+1",
        ".5",
        "1.",
        ".inf",
        ".nan",
        "1e400",
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "=",
        "9" * 19,
        "env:NAME",
    ],
)
def test_a_word_that_json_does_not_know_stays_text(word: str) -> None:
    assert value(f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("1", 1),
        ("-7", -7),
        ("0", 0),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
    ],
)
def test_a_value_is_what_json_says(word: str, meant: Any) -> None:
    found = value(f"a: {word}")["a"]
    assert found == meant
    assert type(found) is type(meant)


def test_words_used_as_keys_are_text() -> None:
    assert value("on: 1\n12: 2\nnull: 3\n") == {"on": 1, "12": 2, "null": 3}


def test_places_are_those_of_keys_and_values() -> None:
    document = read_document("# first\nseeds:\n  - url: x\n    depth: 3\n  - y\n", "job.yaml")
    assert document.place(("seeds", 0, "depth")) == (4, 12)
    assert document.place(("seeds", 0, "depth"), of_key=True) == (4, 5)
    assert document.place(("seeds", 1)) == (5, 5)
    assert document.place(("seeds", 0, "missing")) == (3, 5)
    assert document.place(("nothing", "here")) == (2, 1)


def test_places_count_characters_and_a_byte_order_mark_is_none() -> None:
    assert read_document("\ufeffé: [ü, x]", "job.yaml").place(("é", 1)) == (1, 8)


def test_an_alias_stands_for_what_its_anchor_holds() -> None:
    assert value("a: &x [1, {b: 2}]\nc: *x\n") == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert f"more than {MAX_ALIASED} values" in refused("\n".join(lines))


def test_a_million_aliases_are_refused() -> None:
    assert "aliases" in refused("a: &a x\nb: [" + "*a," * 200_000 + "]")


def test_a_value_inside_itself_is_refused() -> None:
    assert "job.yaml:1:8: the alias *x contains itself" in refused("a: &x [*x]")


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 5_000, 500_000])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
def test_deep_values_are_refused(begin: str, end: str, depth: int) -> None:
    assert refused((begin * depth + end * depth)[: MAX_OCTETS - 1])


def test_a_value_as_deep_as_is_allowed_is_read() -> None:
    assert value("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def test_a_large_file_is_refused() -> None:
    assert "larger than 1 MiB" in refused("a: " + "x" * MAX_OCTETS)
    assert "larger than 1 MiB" in refused("a: " + "é" * (MAX_OCTETS // 2))


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object:os.system x",
        "!!python/object/apply:os.system [ls]",
        "a: !x y",
        "a: !!str 1",
        "a: ! b",
        "!!binary aGk=",
        "a: !!set {x}",
        "%TAG ! tag:x,2000:\n---\na: !y 1",
    ],
)
def test_tags_are_refused(text: str) -> None:
    assert "is not read" in refused(text)


def test_keys_written_twice_are_all_told() -> None:
    told = refused("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert "job.yaml:4:3: the key 'c' stands twice, first in line 3; keep one of them" in told
    assert "job.yaml:5:1: the key 'a' stands twice, first in line 1; keep one of them" in told


def test_a_message_lists_some_mistakes_and_its_field_all() -> None:
    with pytest.raises(BadInput) as raised:
        read_document("a: 1\n" * 1000, "job.yaml")
    assert len(raised.value.fields["mistakes"]) == 999  # type: ignore[arg-type]
    assert str(raised.value).endswith(f"and {999 - SHOWN} more")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\n\tb: 2\n", "job.yaml:2:1: a tab cannot indent; write spaces"),
        ("a:\n\t- b\n", "job.yaml:2:1: a tab cannot indent; write spaces"),
        ("a: x: y\n", "job.yaml:1:5: a colon stands where no key can; put the text in quotes"),
        ("a: @daily\n", "job.yaml:1:4: text cannot begin with '@'; put it in quotes"),
        ("a: *b\n", "job.yaml:1:4: the alias *b names no anchor above it"),
        ("a: *b c\n", "job.yaml:1:4: the alias *b names no anchor above it"),
        ("a: [1,\n", "job.yaml:"),
        ("a: 'x\n", "job.yaml:"),
        ("<<: {a: 1}\n", "merge keys are not read"),
        ("a: 1\n---\nb: 2\n", "job.yaml:2:1: a second document begins"),
        ("[a]: b\n", "job.yaml:1:1: a key is not a word"),
        ("*a : b\n", "a key is not a word"),
        ("", "the file is empty"),
        ("# only\n", "the file is empty"),
        ("a: \x07\n", "job.yaml:1:4: the text holds the character U+0007"),
        ("a: b\nc: \udcff\n", "job.yaml:2:4: the text is not UTF-8"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, told: str) -> None:
    assert told in refused(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_ascii_json_is_read_as_json(given_value: Any) -> None:
    text = json.dumps({"a": given_value})
    if "\\ud" not in text:  # JSON writes characters beyond U+FFFF as two; YAML does not
        assert value(text) == {"a": given_value}


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list("ab:-?&*!|>'\"%@`{}[],# \n\t~<\\é\u2028")), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        read_document(text, "job.yaml")


@pytest.mark.parametrize("text", ["a: [x, {b: 'c'}]\nd: |\n  e\n", "a: &x {b: 1}\nc: *x\n"])
def test_both_parsers_of_pyyaml_give_the_same_events(text: str) -> None:
    def seen(parser: Any) -> list[tuple[Any, ...]]:
        events: list[Any] = list(yaml.parse(text, Loader=parser))[2:-2]
        return [(type(one), one.start_mark.line, one.start_mark.column, getattr(one, "value", "")) for one in events]

    assert seen(yaml.SafeLoader) == seen(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
