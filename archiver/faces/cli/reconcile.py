# SPDX-License-Identifier: Apache-2.0
"""`archiver reconcile`."""

import typer
from rich.text import Text

from archiver.faces.cli.app import CARE, JsonLines, Shared, app
from archiver.faces.cli.output import PROBLEMS, examples, line, people, safe, say
from archiver.services.reconciling import KINDS


@app.command(
    rich_help_panel=CARE,
    epilog=examples("archiver reconcile", "archiver --archive s3://evidence/news reconcile --json"),
)
def reconcile(context: typer.Context, as_json: JsonLines = False) -> None:
    """List orphans and gaps: what the store holds that belongs to nothing, and what belongs there and is missing."""
    shared: Shared = context.obj
    with shared.open() as archive, people.status("listing the store"):
        found = list(archive.reconcile())
    for one in found:
        if as_json:
            line({"kind": one.kind, "key": one.key, "said": one.said})
        else:
            said = Text.assemble((f"{one.kind:<13}", "yellow"), f"{safe(one.key, 300)}: {safe(one.said, 300)}")
            say(said)
    if as_json:
        line({"verdict": "strays" if found else "in order", "strays": len(found)})
    elif found:
        for kind in dict.fromkeys(one.kind for one in found):
            say(Text(f"  {kind}: {KINDS[kind]}", style="dim"))
    else:
        say(Text("everything in the store belongs to something, and nothing is missing", style="green"))
    if found:
        raise typer.Exit(PROBLEMS)
