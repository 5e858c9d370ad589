# SPDX-License-Identifier: Apache-2.0
"""Runs the command line as a process of its own, or in this one where only words and exit codes matter."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archiver.faces.cli.commands import app
from archiver.faces.cli.output import run

START = "from archiver.faces.cli import main; main()"
AS_NOBODY = """
import contextlib, importlib, os, pkgutil
import _strptime, encodings.idna, encodings.latin_1, encodings.utf_16_be
import cryptography.hazmat.primitives.asymmetric.ed25519, cryptography.hazmat.primitives.serialization, rfc3161_client
import rich, typer
import archiver.faces.cli as cli, archiver.faces.cli.commands
for package in (typer, rich, archiver):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith(("__main__", "_winconsole", "_win32_console", "_windows_renderer")):
            with contextlib.suppress(ImportError, AttributeError):  # what belongs to another system
                importlib.import_module(module.name)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
cli.main()
"""
"""After every import: the interpreter and its packages may lie where nobody may read."""


KEPT = "XDG_STATE_HOME"
"""Where signing keys go; set for all tests."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON documents on stdout; fails when anything else is there."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**more: str) -> dict[str, str]:
    """An environment without settings of whoever runs the tests."""
    kept = {
        name: value for name, value in os.environ.items() if name == KEPT or not name.startswith(("ARCHIVER_", "XDG_"))
    }
    return {**kept, "TERMINAL_WIDTH": "100", "COLUMNS": "100", "HOME": "/nonexistent", **more}


def start(
    *arguments: str, cwd: Path, code: str = START, env: dict[str, str] | None = None, **more: Any
) -> "subprocess.Popen[bytes]":
    """The command as a running process."""
    told = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=cwd, env=env or environment(), **told)


def ended(process: "subprocess.Popen[bytes]", stdin: bytes | None = None, timeout: float = 60) -> Ran:
    """Waits for a process."""
    out, err = process.communicate(stdin, timeout=timeout)
    ran = Ran(process.returncode, (out or b"").decode(), (err or b"").decode())
    assert "Traceback" not in ran.err, ran.err
    return ran


def cli(
    *arguments: str,
    cwd: Path,
    code: str = START,
    env: dict[str, str] | None = None,
    stdin: bytes | None = None,
    **more: Any,
) -> Ran:
    """The command as a process, run to its end."""
    if stdin is not None:
        more["stdin"] = subprocess.PIPE
    return ended(start(*arguments, cwd=cwd, code=code, env=env, **more), stdin)


class Here:
    """The command line in this process: a hundred times faster, and the same code from the arguments on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        monkeypatch.chdir(folder)
        for name in [name for name in os.environ if name != KEPT and name.startswith(("ARCHIVER_", "XDG_"))]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("COLUMNS", "100")

    def __call__(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        code = run(app, arguments)
        said = self._capsys.readouterr()
        return Ran(code, said.out, said.err)
