# SPDX-License-Identifier: Apache-2.0
"""`archiver changes`: what pages of the whole archive said, and then said otherwise or no more."""

import csv
import io
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any

import typer
from rich.text import Text

from archiver.errors import BadInput
from archiver.faces.cli.app import LOOKUPS, JsonLines, Shared, app
from archiver.faces.cli.lookup import read_time
from archiver.faces.cli.output import NOT_FOUND, examples, line, moment, safe, say, write
from archiver.faces.cli.tables import harmless
from archiver.services.changes import KINDS, Change, Tally, Term, Wanted

COLUMNS = (
    "url", "kind", "how", "text_before", "text_after", "license_before", "license_after", "license_url_before",
    "license_url_after", "capture_before", "fetched_before", "capture_after", "fetched_after",
)  # fmt: skip
_LONGEST = 32_000
"""Characters of a cell of the table; spreadsheets cut them a little later."""


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples(
        "archiver changes --kind license --from CC-BY",
        "archiver changes --from CC-BY --to CC-BY-NC --since 2026-01-01 --csv > changes.csv",
    )
    + "\n\n[dim]The first one lists every page that left CC-BY, in any version.[/dim]",
)
def changes(
    context: typer.Context,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help=f"Only changes of this kind: {', '.join(KINDS)}.")
    ] = None,
    left: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="VALUE", help="What pages said and say no more: an SPDX id, a licence's URL, or words."
        ),
    ] = None,
    came: Annotated[
        str | None, typer.Option("--to", metavar="VALUE", help="What pages say now and did not say before.")
    ] = None,
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="Only pages of this host; www. does not matter.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Changes first seen at this time or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Changes first seen before this time.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, max=10**9, help="At most so many changes.")] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", metavar="", help="Print a table with a header line on stdout.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Find changes of notices and publishers over the whole archive, such as every page that left a licence."""
    shared: Shared = context.obj
    if as_csv and as_json:
        raise BadInput("--csv and --json are both given", "Choose one.")
    wanted = Wanted(kind, left, came, host, *(read_time(one) if one is not None else None for one in (since, until)))
    tally, told = Tally(), 0
    with shared.open() as archive:
        found = archive.changes(wanted, tally)
        if as_csv:
            write(_row(COLUMNS))
        for change in islice(found, limit):
            if as_csv:
                write(_row(_cells(change)))
            elif as_json:
                line(described(change))
            else:
                _tell(change)
            told += 1
    if tally.passed_over:
        counted = (
            "1 pair of captures was" if tally.passed_over == 1 else f"{tally.passed_over:,} pairs of captures were"
        )
        said = f"{counted} passed over, read by two versions of the extractor"
        say(Text(f"{said}; archiver{shared.flag} re-extract closes the gap", style="yellow"))
    if not told:
        say(Text(f"no such change is found in {safe(shared.where)}"))
        raise typer.Exit(NOT_FOUND)


def described(change: Change) -> dict[str, Any]:
    """A change as JSON."""
    return {
        "url": change.newer.url,
        "kind": change.kind,
        "how": change.how,
        "before": asdict(change.before) if change.before else None,
        "after": asdict(change.after) if change.after else None,
        "capture_before": asdict(change.older),
        "capture_after": asdict(change.newer),
    }


def _cells(change: Change) -> list[str]:
    before, after = change.before or Term(""), change.after or Term("")
    cells = (
        change.newer.url, change.kind, change.how, before.text, after.text, before.license, after.license,
        before.license_url, after.license_url, change.older.capture_id, moment(change.older.fetched_at),
        change.newer.capture_id, moment(change.newer.fetched_at),
    )  # fmt: skip
    return [harmless(safe(one, _LONGEST)) for one in cells]


def _row(cells: list[str] | tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()


def _tell(change: Change) -> None:
    older, newer = change.older, change.newer
    text = Text.assemble((safe(newer.url), "bold"), f"  {safe(change.kind, 60)} ", (change.how, "yellow"))
    say(text)
    for sign, style, term, mark in (("-", "red", change.before, older), ("+", "green", change.after, newer)):
        said = Text.assemble((f"  {sign} ", style), (f"{mark.fetched_at:%Y-%m-%d %H:%M:%S}", "cyan"))
        said.append(f"  {mark.capture_id[:8]}  ")
        if term is None:
            said.append("nothing", style="dim")
        else:
            named = term.license or term.license_url
            said.append(safe(term.text, 300) + (f"  [{safe(named)}]" if named else ""), style=style)
        say(said)
