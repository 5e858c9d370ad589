# SPDX-License-Identifier: Apache-2.0
"""The documentation names everything a reader can meet: commands, options, finding codes, outcomes, reasons, faults.

A failure lists what is missing, and where it belongs.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from archiver.exchange import REASONS
from archiver.faces.cli.app import app
from archiver.formats.coding import CODING_FAULTS
from archiver.formats.framing import FAULTS
from manifests.capture import Outcome
from manifests.fixity import FINDING_CODES
from manifests.rights import NoticeKind

ROOT = Path(__file__).parent.parent
COMMANDS, FORMAT = "docs/commands.md", "docs/format.md"
_OF_TYPER = {"--install-completion", "--show-completion", "--help"}


def _read(*names: str) -> str:
    """The text of documents; a missing one is empty, so that the test says what belongs there."""
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names if (ROOT / name).is_file())


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every command with its long options."""
    options = [one for each in command.params for one in each.opts if one.startswith("--") and one not in _OF_TYPER]
    yield path, options
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, (*path, name))


ALL = dict(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", [path for path in ALL if path], ids=" ".join)
def test_every_command_has_its_place_in_the_documents(path: tuple[str, ...]) -> None:
    name = " ".join(path)
    assert re.search(rf"^#+ .*\b{name}\b", _read(COMMANDS), re.MULTILINE), f"{COMMANDS} has no heading for `{name}`"


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "archiver")
def test_every_option_is_in_the_documents(path: tuple[str, ...]) -> None:
    text = _read(COMMANDS)
    missing = [option for option in ALL[path] if not re.search(rf"(?<![\w-]){option}(?![\w-])", text)]
    assert not missing, f"{COMMANDS} lacks options of `{' '.join(path) or 'archiver'}`: {', '.join(missing)}"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("finding codes", sorted(FINDING_CODES)),
        ("outcomes", [one.value for one in Outcome]),
        ("reasons", sorted(REASONS)),
        ("framing faults", sorted(FAULTS)),
        ("coding faults", sorted(CODING_FAULTS)),
        ("notice kinds", [one.value for one in NoticeKind]),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_every_word_of_a_closed_list_is_in_the_format(kind: str, words: list[str]) -> None:
    assert words, f"there is no closed list of {kind} any more"
    text = _read(FORMAT)
    missing = [word for word in words if f"`{word}`" not in text]
    assert not missing, f"{FORMAT} lacks {kind}: {', '.join(missing)}"


def test_every_exit_code_is_in_the_documents() -> None:
    text = _read(COMMANDS, "README.md")
    missing = [
        code
        for code in range(5)
        if not re.search(rf"(?:^|[|(\s,:]){code}\s*(?:\||:|,|\)|–|-|[a-z])", text, re.MULTILINE)
    ]
    assert not missing, f"{COMMANDS} lacks exit codes: {missing}"


def test_documents_name_no_command_that_does_not_exist() -> None:
    known = {path[0] for path in ALL if path}
    # After `archiver` and its options before the command, in code only.
    used = re.findall(
        r"^(?:\$ |    )?archiver(?: --archive \S+| --state \S+)* ([a-z][a-z-]*)\b",
        "\n".join(_code(_read("README.md", *_documents()))),
        re.MULTILINE,
    )
    assert set(used) <= known, f"unknown: {sorted(set(used) - known)}"


def _documents() -> list[str]:
    return [str(one.relative_to(ROOT)) for one in sorted((ROOT / "docs").glob("*.md"))]


def _code(text: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
