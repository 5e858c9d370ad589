# SPDX-License-Identifier: Apache-2.0
"""The help: grouped by the three uses, every command with two examples."""

import pytest

from archiver.faces.cli.app import ARCHIVING, CARE, LOOKUPS
from tests.faces.command import Here

COMMANDS = [
    "init", "capture", "crawl", "scheduler", "demo", "crawls", "jobs",
    "lookup", "manifest", "extract", "history", "diff", "provenance", "show", "cite", "trace", "changes",
    "re-extract", "texts", "audit", "repair", "reconcile", "prove", "verify", "rebuild", "doctor", "monitor",
    "ledger", "keys", "witness", "replicas", "store",
]  # fmt: skip
BELOW = [
    *(["crawls", one] for one in ("list", "show", "why", "pause", "resume", "stop", "exclude", "limit", "retry")),
    *(["jobs", one] for one in ("check", "test-notify")),
    *(["ledger", one] for one in ("status", "append", "stamp", "witness", "check")),
    *(["witness", one] for one in ("make-key", "add", "list", "sign", "serve")),
    *(["keys", one] for one in ("make", "rotate", "export-public")),
    *(["replicas", one] for one in ("add", "list", "status", "sync", "verify", "retire", "promote", "take-over")),
    ["store", "probe"],
]


def test_the_commands_are_grouped_by_the_three_uses_in_their_order(here: Here) -> None:
    shown = here("--help").out
    places = [shown.index(one) for one in (ARCHIVING, LOOKUPS, CARE)]
    assert places == sorted(places)
    starts = [line.split()[1] for line in shown.splitlines() if line.startswith("│ ") and line[2] not in " -"]
    assert starts == COMMANDS


@pytest.mark.parametrize("command", [[], *([one] for one in COMMANDS), *BELOW], ids=" ".join)
def test_every_help_ends_with_two_examples_of_the_command(here: Here, command: list[str]) -> None:
    ran = here(*command, "--help")
    assert (ran.code, ran.err) == (0, "")
    examples = [line.strip() for line in ran.out.splitlines() if line.strip().startswith("$ archiver")]
    assert len(examples) == 2
    for one in examples:
        assert not command or " ".join(command) in one


def test_every_option_says_what_it_does(here: Here) -> None:
    for command in [*([one] for one in COMMANDS), *BELOW]:
        for line in here(*command, "--help").out.splitlines():
            if line.startswith("│ --"):
                assert len(line.rstrip(" │").split("  ")) > 1, line


def test_without_a_command_the_help_is_shown(here: Here) -> None:
    assert ARCHIVING in (ran := here()).out + ran.err
    assert ran.code in (0, 2)


def test_the_version_is_told(here: Here) -> None:
    ran = here("--version")
    assert ran.code == 0
    assert ran.out.startswith("archiver 0.")
