# SPDX-License-Identifier: Apache-2.0
"""What the commands print: JSON lines on stdout, everything for people on stderr, and the exit code of each kind of error.

No error on purpose, full disk, closed pipe or Ctrl-C ends in a traceback; a traceback is a defect of this program.
"""

import json
import os
import re
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from archiver.errors import ArchiveFault, ArchiverError, BadInput, NotFound
from archiver.urls import parse
from manifests.capture import Outcome

FINE, PROBLEMS, MISTAKE, NOT_FOUND, UNAVAILABLE = 0, 1, 2, 3, 4
STOPPED = 130
"""128 + SIGINT, as shells say it."""

COLOURS = {
    Outcome.CAPTURED_COMPLETE: "green",
    Outcome.CAPTURED_TRUNCATED: "yellow",
    Outcome.REFUSED: "red",
    Outcome.FAILED: "red",
    Outcome.SKIPPED: "dim",
}

# typer brings its own copy of click, or click's, by version; its base class is the same under either.
_Mistake: type[Exception] = next(one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException")


_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON may hold as it is, but moves a terminal's cursor, turns its writing around, or ends a line for some readers."""


class OutputClosed(Exception):
    """Whoever read stdout or stderr has gone."""


class _People(Console):
    """The console on stderr; a reader that has gone is told to the command like any other."""

    def on_broken_pipe(self) -> NoReturn:
        raise OutputClosed


people = _People(stderr=True, highlight=False, soft_wrap=True)
"""For people: progress, results and errors."""


def examples(*commands: str) -> str:
    """The examples at the end of a command's help."""
    return "\n\n".join(["Examples:", *(f"[cyan]$ {escape(command)}[/cyan]" for command in commands)])


def line(document: dict[str, Any]) -> None:
    """One JSON document on one line of stdout."""
    write(json_of(document) + "\n")


def page(document: dict[str, Any], *, as_line: bool = False) -> None:
    """One JSON document on stdout, indented when a person looks at it."""
    indent = 2 if sys.stdout.isatty() and not as_line else None
    write(json_of(document, indent=indent) + "\n")


def json_of(document: dict[str, Any], *, indent: int | None = None) -> str:
    """A document as JSON in UTF-8, with escapes for what a terminal would obey."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, default=_plain)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_xml(text: str) -> str:
    """An XML document with character references for what a terminal would obey."""
    return _UNSEEN.sub(lambda found: f"&#x{ord(found[0]):X};", text)


def write(text: str | bytes) -> None:
    """Writes to stdout at once, so that a reader downstream waits for nothing. Raises `OutputClosed`."""
    try:
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as closed:
        raise OutputClosed from closed


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


def shown_url(text: str) -> str:
    """A URL that a person gave, without the password it may hold."""
    try:
        return parse(text).url
    except BadInput:
        before, at, after = text.partition("://")[2].partition("/")[0].rpartition("@")
        return text.replace(before + at, "", 1) if at and after else text.rpartition("@")[2]


def say(text: str | Text) -> None:
    """A line for people. Text of pages goes through `safe` and `Text`, never through markup."""
    people.print(text)


def encodable(text: str, what: str) -> str:
    """`text`, or `BadInput` when the shell gave bytes that are no UTF-8, which no manifest can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise BadInput(f"{what} is not UTF-8 text", "Check the encoding of your terminal or script.") from fault
    return text


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, given or the process's own, and returns its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller; without one, a database might get its number
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - it is open as long as the process
    for stream in (sys.stdout, sys.stderr):
        # JSON is UTF-8 whatever the locale; a lone surrogate becomes its JSON escape.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = _run(app, arguments)
    except OutputClosed:
        code = FINE
    except OSError as fault:
        code = _quietly(_told, _of_the_system(fault))
    _leave_quietly()
    return code


def _run(app: typer.Typer, arguments: Sequence[str] | None) -> int:
    try:
        code = app(arguments, prog_name="archiver", standalone_mode=False)
    except typer.Abort:
        code = STOPPED
    except typer.Exit as ended:
        code = ended.exit_code
    except _Mistake as mistake:
        mistake.show(file=sys.stderr)  # type: ignore[attr-defined]
        return MISTAKE
    except ArchiverError as fault:
        return _told(fault)
    if code == STOPPED:
        people.print("Stopped. What was acknowledged is kept, and the next command goes on from there.", style="yellow")
    return code if isinstance(code, int) else FINE


def _told(fault: ArchiverError) -> int:
    people.print(Text.assemble(("error: ", "bold red"), safe(fault.what, 1000)))
    if fault.advice:
        people.print(Text(safe(fault.advice, 1000)))
    if isinstance(fault, NotFound):
        return NOT_FOUND
    return UNAVAILABLE if isinstance(fault, ArchiveFault) else MISTAKE


def _of_the_system(fault: OSError) -> ArchiverError:
    where = f" ({fault.filename})" if fault.filename else ""
    said = fault.strerror or str(fault) or type(fault).__name__
    return ArchiveFault(
        f"the operating system says: {said}{where}",
        "Check free space, rights and limits, then run the command again; nothing sealed was changed.",
    )


def _quietly(tell: Any, fault: ArchiverError) -> int:
    try:
        return int(tell(fault))
    except (OutputClosed, OSError):
        return UNAVAILABLE


def _leave_quietly() -> None:
    """Flushes both streams; one that cannot take its rest any more gets nothing at exit either."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
