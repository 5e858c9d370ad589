# SPDX-License-Identifier: Apache-2.0
"""One YAML document as plain JSON values that remember where they stand.

Reads the part of YAML 1.2 that JSON can say, plus comments, block style and anchors. A plain scalar is a number, `true`,
`false` or `null` only as JSON writes it (RFC 8259; an empty value is null too); all else is text: `yes`, `on`, `012`,
`1_000`, `12:30`. So a word never becomes something else in silence, and a field that wants a number says so.

Refused: tags, keys written twice, keys that are no words, merge keys, a second document, values deeper than 32, text over
1 MiB, aliases that would multiply to more than 10,000 values or contain themselves, characters YAML cannot hold. Works on
the parser's events with a stack of its own: no input recurses.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from archiver.jobs.mistakes import Mistake, Path, refusal, shown_path

MAX_OCTETS = 1 << 20
MAX_DEPTH = 32
MAX_ALIASED = 10_000

# Parsing in C where PyYAML was built with it: five times as fast. The one in Python refuses tabs in some more places.
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> Any:
    """The JSON value that unquoted text stands for."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    return float(text) if number[1] or number[2] else int(text)


@dataclass(slots=True)
class Node:
    """A value and where it stands."""

    value: Any
    line: int
    column: int
    inner: dict[str | int, "Node"] = field(default_factory=dict)
    """What a mapping or list holds."""
    keys: dict[str | int, tuple[int, int]] = field(default_factory=dict)
    """Where the keys of a mapping stand."""
    weight: int = 1
    """Values in it, aliases written out."""


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file and their places."""

    root: Node

    @property
    def value(self) -> Any:
        """Dicts with text keys, lists, text, numbers, booleans, None. Parts named by aliases are shared: do not change."""
        return self.root.value

    def place(self, path: Path, *, of_key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `path`, or of the innermost that exists on the way to it.

        With `of_key`, of the key that leads to it, where there is one.
        """
        node, found = self.root, (self.root.line, self.root.column)
        for at, step in enumerate(path):
            if step not in node.inner:
                break
            last = at == len(path) - 1
            above, node = node, node.inner[step]
            found = above.keys[step] if of_key and last and step in above.keys else (node.line, node.column)
        return found


def read_document(text: str, where: str) -> Document:
    """Reads one YAML document. Raises `BadInput` with all mistakes; after one of grammar nothing more is read."""
    return _Reading(text.removeprefix("\ufeff"), where).document()


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come."""

    node: Node
    anchor: str | None
    key: str | None = None
    """The key whose value comes next; None in a mapping: a key comes next."""
    repeated: bool = False


class _Reading:
    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.where = where
        self.mistakes: list[Mistake] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, Node | None] = {}
        self.aliased = 0
        self.root: Node | None = None

    def document(self) -> Document:
        if len(self.text) > MAX_OCTETS or len(self.text.encode("utf-8", "surrogatepass")) > MAX_OCTETS:
            self.stop(0, 0, "the file is larger than 1 MiB", "put long lists of seeds into a file of their own")
        strange = _UNPRINTABLE.search(self.text)
        if strange:
            line = self.text.count("\n", 0, strange.start())
            column = strange.start() - self.text.rfind("\n", 0, strange.start()) - 1
            broken = 0xDC80 <= ord(strange[0]) <= 0xDCFF
            what = "is not UTF-8" if broken else f"holds the character U+{ord(strange[0]):04X}, which YAML cannot"
            self.stop(line, column, f"the text {what}", "save the file as UTF-8 without control characters")
        documents = 0
        try:
            for event in yaml.parse(self.text, Loader=_PARSER):
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self.stop_at(event, "a second document begins", "keep one job a file")
                elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                    self.take(event)
        except yaml.MarkedYAMLError as fault:
            self.ungrammatical(fault)
        if self.root is None:
            self.stop(0, 0, "the file is empty", "write at least `name:` and `seeds:`")
        if self.mistakes:
            raise refusal(self.mistakes)
        return Document(self.root)

    def ungrammatical(self, fault: yaml.MarkedYAMLError) -> NoReturn:
        mark = fault.problem_mark or fault.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        lines = self.text.split("\n")
        here = lines[line] if line < len(lines) else ""
        if "\t" in here[: column + 1] or "\t" in here[: len(here) - len(here.lstrip())]:
            self.stop(line, here.index("\t"), "a tab cannot indent", "write spaces")
        problem = fault.problem or "it cannot be read"
        if "mapping values are not allowed" in problem:
            self.stop(
                line, column, "a colon stands where no key can", "put the text in quotes, or mend the indentation"
            )
        if "cannot start any token" in problem:
            character = here[column : column + 1]
            self.stop(line, column, f"text cannot begin with {character!r}", "put it in quotes")
        began = fault.context_mark
        since = f", which began in line {began.line + 1}" if began and began.line != line else ""
        context = f"{fault.context}{since}: " if fault.context else ""
        self.stop(line, column, f"not YAML: {context}{problem}", "mend the brackets, quotes or indentation there")

    def stop(self, line: int, column: int, what: str, instead: str) -> NoReturn:
        self.note(line, column, what, instead)
        raise refusal(self.mistakes)

    def stop_at(self, event: Any, what: str, instead: str) -> NoReturn:
        self.stop(event.start_mark.line, event.start_mark.column, what, instead)

    def note(self, line: int, column: int, what: str, instead: str) -> None:
        self.mistakes.append(Mistake(self.where, line + 1, column + 1, shown_path(self.path()), what, instead))

    def note_at(self, event: Any, what: str, instead: str) -> None:
        self.note(event.start_mark.line, event.start_mark.column, what, instead)

    def path(self) -> Path:
        steps = []
        for one in self.open:
            step = len(one.node.value) if isinstance(one.node.value, list) else one.key
            steps += [step] if step is not None else []
        return tuple(steps)

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            done = self.open.pop()
            if done.anchor is not None:
                self.anchors[done.anchor] = done.node
            self.place(done.node)
            return
        if not isinstance(event, yaml.AliasEvent) and event.tag is not None:
            self.note_at(event, f"the tag {event.tag[:60]!r} is not read", "leave it out; quotes make text of a value")
        above = self.open[-1] if self.open else None
        if above is not None and isinstance(above.node.value, dict) and above.key is None:
            self.take_key(above, event)
            return
        node = self.node(event)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self.open) == MAX_DEPTH:
                self.stop_at(event, f"values are nested deeper than {MAX_DEPTH}", "a job needs five levels")
            if event.anchor is not None:
                self.anchors[event.anchor] = None
            self.open.append(_Open(node, event.anchor))
        else:
            if isinstance(event, yaml.ScalarEvent) and event.anchor is not None:
                self.anchors[event.anchor] = node
            self.place(node)

    def node(self, event: Any) -> Node:
        line, column = _position(event)
        if isinstance(event, yaml.AliasEvent):
            return self.meant(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node([], line, column)
        if isinstance(event, yaml.MappingStartEvent):
            return Node({}, line, column)
        # The first of the two says "unquoted and without a tag"; the parsers differ in what they call its style.
        return Node(plain(event.value) if event.implicit[0] else event.value, line, column)

    def meant(self, event: Any) -> Node:
        """What an alias stands for, here."""
        meant = self.anchors.get(event.anchor)
        if meant is None:
            why = "contains itself" if event.anchor in self.anchors else "names no anchor above it"
            self.stop_at(event, f"the alias *{event.anchor[:60]} {why}", "write the value out")
        self.aliased += meant.weight
        if self.aliased > MAX_ALIASED:
            self.stop_at(event, f"aliases stand for more than {MAX_ALIASED} values", "write fewer of them")
        return Node(meant.value, *_position(event), meant.inner, meant.keys, meant.weight)

    def take_key(self, above: _Open, event: Any) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            self.stop_at(event, "a key is not a word", "write `key: value`; quote values that begin with *, [ or {")
        key = event.value
        above.key = key
        above.repeated = key in above.node.value
        if above.repeated:
            first = above.node.keys[key][0]
            self.note_at(event, f"the key {key[:60]!r} stands twice, first in line {first}", "keep one of them")
        elif key == "<<" and event.implicit[0]:
            self.note_at(event, "merge keys are not read", "write the keys out")
        if not above.repeated:
            above.node.keys[key] = _position(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = Node(key, *_position(event))

    def place(self, node: Node) -> None:
        """Puts a whole value where it belongs."""
        if not self.open:
            self.root = node
            return
        above = self.open[-1]
        above.node.weight += node.weight
        if isinstance(above.node.value, list):
            above.node.inner[len(above.node.value)] = node
            above.node.value.append(node.value)
            return
        assert above.key is not None
        if not above.repeated:
            above.node.inner[above.key] = node
            above.node.value[above.key] = node.value
        above.key = None


def _position(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
