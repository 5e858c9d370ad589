# SPDX-License-Identifier: Apache-2.0
"""What the commands print: JSON lines on stdout, everything for people on stderr, and the exit code of each kind of error."""

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
import typer
from rich.console import Console
from rich.text import Text

from archiver.errors import ArchiveFault, ArchiverError, NotFound
from manifests.capture import Outcome

FINE, PROBLEMS, MISTAKE, NOT_FOUND, UNAVAILABLE = 0, 1, 2, 3, 4

people = Console(stderr=True, highlight=False, soft_wrap=True)
"""For people: progress, results and errors."""

COLOURS = {
    Outcome.CAPTURED_COMPLETE: "green",
    Outcome.CAPTURED_TRUNCATED: "yellow",
    Outcome.REFUSED: "red",
    Outcome.FAILED: "red",
    Outcome.SKIPPED: "dim",
}


def line(document: dict[str, Any]) -> None:
    """One JSON document on one line of stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def page(document: dict[str, Any]) -> None:
    """One JSON document on stdout, indented when a person looks at it."""
    indent = 2 if sys.stdout.isatty() else None
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=indent, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return str(value)


def moment(value: datetime) -> str:
    """A time as manifests write it."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def safe(text: str | None, limit: int = 200) -> str:
    """Words of a page for a terminal: no control characters, no direction marks, bounded."""
    kept = "".join(
        c if c.isprintable() and not "\u202a" <= c <= "\u202e" and not "\u2066" <= c <= "\u2069" else " "
        for c in text or ""
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def say(text: str | Text) -> None:
    """A line for people. Text of pages goes through `safe` and `Text`, never through markup."""
    people.print(text)


def run(app: typer.Typer) -> int:
    """Runs the command line and returns its exit code."""
    try:
        code = app(standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.Abort:
        people.print("Stopped. What was acknowledged is kept; the next command goes on from there.", style="yellow")
        return 130
    except click.ClickException as mistake:
        mistake.show(file=sys.stderr)
        return MISTAKE
    except NotFound as fault:
        return _explained(fault, NOT_FOUND)
    except ArchiveFault as fault:
        return _explained(fault, UNAVAILABLE)
    except ArchiverError as fault:
        return _explained(fault, MISTAKE)
    except BrokenPipeError:
        # The reader of our output has enough; nothing may be written to it any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    return code if isinstance(code, int) else FINE


def _explained(fault: ArchiverError, code: int) -> int:
    people.print(Text.assemble(("error: ", "bold red"), safe(fault.what, 1000)))
    if fault.advice:
        people.print(Text(safe(fault.advice, 1000)))
    return code


Progress = Callable[[str], None]
