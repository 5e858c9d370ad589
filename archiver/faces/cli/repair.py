# SPDX-License-Identifier: Apache-2.0
"""`archiver repair`: put back what is damaged or missing, from a replica, if the ledger says that its copy is right."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from archiver.errors import BadInput
from archiver.faces.cli.app import CARE, JsonLines, Shared, app
from archiver.faces.cli.ledger import lag
from archiver.faces.cli.output import PROBLEMS, examples, line, people, safe, say
from archiver.faces.cli.replicas import Rate, read_rate

if TYPE_CHECKING:
    from archiver.services.repairing import Repair

_STYLES = {"repaired": "green", "repairable": "yellow"}


@app.command(
    rich_help_panel=CARE,
    epilog=examples("archiver repair --dry-run", "archiver repair segments/adhoc/2026/03/03/01km2v.../"),
)
def repair(
    context: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]...",
            help=r"Objects, or folders of segments, claims sets and crawls \[default: what the last audit found].",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", metavar="", help="Read everything that is sealed, and repair what is not sound.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Say what could be repaired, and change nothing.")
    ] = False,
    rate: Rate = None,
    as_json: JsonLines = False,
) -> None:
    """Put back what is damaged or missing in the primary, from a replica whose copy ledger and seal prove right."""
    from archiver.services.repairing import BAD  # signatures and replicas: only who repairs needs them

    if keys and everything:
        raise BadInput("keys and --all contradict each other", "Give one of them.")
    shared: Shared = context.obj
    counted: Counter[str] = Counter()
    octets = read_rate(rate)
    with shared.open() as archive:
        with people.status("reading"):
            for one in archive.repair(keys, everything=everything, rate=octets, dry_run=dry_run):
                counted[one.result] += 1
                if as_json:
                    _line(one)
                elif one.result != "sound":
                    _tell(one)
        lag(archive)
    if as_json:
        line({"event": "ended", **counted})
    else:
        said = ", ".join(f"{number:,} {result}" for result, number in sorted(counted.items())) or "nothing to repair"
        say(Text(said, style="yellow" if BAD & set(counted) else "green"))
    if BAD & set(counted):
        raise typer.Exit(PROBLEMS)


def _line(one: "Repair") -> None:
    told = {"key": one.key, "result": one.result, "replica": one.place, "aside": one.aside, "detail": one.detail}
    line({"event": "object", **told, "sha256": one.part.sha256 if one.part else None})


def _tell(one: "Repair") -> None:
    from archiver.services.repairing import RESULTS  # as above

    style = _STYLES.get(one.result, "bold red")
    say(Text.assemble((f"{one.result}  ", style), safe(one.key, 300)))
    said = RESULTS[one.result] + (f", from {one.place}" if one.place else "")
    said += f"; the damaged one is {one.aside}" if one.aside else ""
    say(Text(f"      {safe(said + (f'. {one.detail}' if one.detail else ''), 900)}", style="dim"))
