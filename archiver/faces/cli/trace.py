# SPDX-License-Identifier: Apache-2.0
"""`archiver trace`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from archiver.errors import BadInput, Damaged
from archiver.faces.cli.app import LOOKUPS, JsonLines, Shared, app
from archiver.faces.cli.output import NOT_FOUND, PROBLEMS, encodable, examples, line, people, safe, say
from archiver.faces.cli.reading import is_file, tell_unread

if TYPE_CHECKING:
    from archiver.services.trace import Traced

MAX_OCTETS = 4 << 20
_HEAD = ("overlap", "claimed date", "earliest in this archive", "capture", "page")
_WIDTHS = (7, 12, 24, 8)


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples(
        "archiver trace 'The lighthouse keeper of the north mole wrote the tides down by hand, every day for ...'",
        "archiver trace saved-page.html --json",
        "pdftotext report.pdf - | archiver trace -",
    ),
)
def trace(
    context: typer.Context,
    passage: Annotated[
        str,
        typer.Argument(metavar="TEXT|FILE|-", help="A passage of 30 words or more, a text or saved page, or stdin."),
    ],
    as_json: JsonLines = False,
) -> None:
    """Find pages that have a passage, also inside longer pages and with small changes."""
    shared: Shared = context.obj
    text = _text(passage)
    with shared.open() as archive:
        damaged: list[Damaged] = []
        matches = archive.trace(text, damaged.append)
        tell_unread(archive)
    for fault in damaged:
        people.print(Text(f"not compared: {safe(fault.what, 400)}", style="red"))
    for match in matches if as_json else ():
        found = match.found
        line(
            {
                "overlap": round(match.overlap, 3),
                "claimed_published_at": match.claimed_at,
                "earliest_capture_at": match.captured_at,
                "capture_id": found.capture_id,
                "url": found.url,
                "title": found.title,
                "publisher": {"name": found.publisher} if found.publisher else None,
            }
        )
    if not matches:
        say(Text(f"no page with this passage was found in {safe(shared.where)}"))
        raise typer.Exit(PROBLEMS if damaged else NOT_FOUND)
    if not as_json:
        _show(matches)
    if damaged:
        raise typer.Exit(PROBLEMS)


def _show(matches: "list[Traced]") -> None:
    say(Text("  ".join(name.ljust(width) for name, width in zip(_HEAD, (*_WIDTHS, 0), strict=True)), style="dim"))
    for match in matches:
        found = match.found
        cells = (
            f"{match.overlap:.0%}",
            safe(match.claimed_at or "-", 200)[:10],
            match.captured_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            found.capture_id[:8],
        )
        shown = Text("  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)))
        shown.append(f"  {safe(found.url)}", style="bold")
        if found.publisher:
            shown.append(f"  by {safe(found.publisher, 60)}")
        say(shown)
    say(Text("A claimed date is what the page says of itself; no archive can tell who was first.", style="dim"))


def _text(given: str) -> str:
    """The passage: the argument itself, what a file holds, or stdin."""
    if given == "-":
        return _read(sys.stdin.buffer.read(MAX_OCTETS + 1), "stdin")
    if is_file(given):
        try:
            with open(given, "rb") as stream:
                return _read(stream.read(MAX_OCTETS + 1), safe(given))
        except OSError as fault:
            raise BadInput(f"{safe(given)!r} cannot be read: {fault.strerror}", "Give a text or saved page.") from fault
    if given.isascii() and len(given.split()) == 1:
        raise BadInput(f"there is no file {safe(given)!r}", "Give an existing file, or a passage of 30 words or more.")
    return encodable(given, "the passage")


def _read(content: bytes, name: str) -> str:
    from archiver.services.texts import main_text_of

    if len(content) > MAX_OCTETS:
        raise BadInput(f"{name} is larger than {MAX_OCTETS >> 20} MiB", "Give the passage itself.")
    text = main_text_of(content, None)
    if text is None:  # what begins like JSON or XML is a text all the same
        text = main_text_of(content, "text/plain")
    if text is None:
        raise BadInput(f"{name} holds neither text nor a page", "Give plain text or HTML.")
    return text
