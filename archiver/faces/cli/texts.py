# SPDX-License-Identifier: Apache-2.0
"""`archiver texts`."""

import os
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from archiver.faces.cli.app import CARE, JsonLines, Shared, app
from archiver.faces.cli.output import PROBLEMS, examples, line, people, safe, say


@app.command(
    rich_help_panel=CARE, epilog=examples("archiver texts", "archiver --archive s3://evidence/news texts --json")
)
def texts(
    context: typer.Context,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help=r"Processes \[default: one a processor].")
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Read the main texts of what was not read yet, so that similar pages and passages can be found."""
    shared: Shared = context.obj
    columns = (TextColumn("reading segments"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        shared.open() as archive,
        # It redraws when asked to: a thread of its own would be there when processes are forked.
        Progress(
            *columns, console=people, transient=True, auto_refresh=False, disable=as_json or not people.is_terminal
        ) as bar,
    ):
        task = bar.add_task("reading", total=None)
        filled = archive.read_texts(
            processes=workers or os.cpu_count() or 1,
            progress=lambda done, of: bar.update(task, completed=done, total=of, refresh=True),
        )
        held, languages = archive.texts().counts(), archive.texts().languages()
    if as_json:
        new = {"segments_read": filled.segments, "pages_read": filled.pages, "damaged": list(filled.damaged)}
        line({**new, **held, "languages": languages})
    else:
        say(Text(f"{_count(filled.segments, 'segment')} with {_count(filled.pages, 'page')} read"))
        say(
            Text(
                f"The texts database knows {_count(held['texts'], 'text')} of {_count(held['pages'], 'page')} in "
                f"{_count(held['segments'], 'segment')}"
            )
        )
        if languages:
            named = ", ".join(f"{name} {number:,}" for name, number in list(languages.items())[:8])
            say(Text(f"Languages: {named}", style="dim"))
        for one in filled.damaged:
            say(Text(f"  {safe(one, 400)}", style="red"))
        if filled.damaged:
            say(Text(f"They are tried again the next time. Next: archiver{shared.flag} verify", style="yellow"))
    if filled.damaged:
        raise typer.Exit(PROBLEMS)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
