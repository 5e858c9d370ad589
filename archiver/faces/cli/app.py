# SPDX-License-Identifier: Apache-2.0
"""The command tree and what all commands share: which archive, and whether output is JSON."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from archiver import __version__
from archiver.archive import Archive
from archiver.errors import BadInput, NoArchive
from archiver.faces.cli.output import people
from archiver.settings import DEFAULT_ARCHIVE
from archiver.wiring import environment

ARCHIVING = "Archive pages"
LOOKUPS = "Find where a page or file came from"
CARE = "Keep, check and take away"

app = typer.Typer(
    name="archiver",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Web archives that can prove where a page came from and under which terms it was published.\n\n"
        "Try it: [bold]archiver demo[/bold]    A page of your own: [bold]archiver capture https://host/page[/bold]"
    ),
    epilog="Exit codes: 0 fine, 1 finished but found problems, 2 mistake in the call, 3 not found, 4 store or database unavailable.",
)
store_app = typer.Typer(no_args_is_help=True, help="What the place of the archive can do.")
app.add_typer(store_app, name="store", rich_help_panel=CARE)


@dataclass(frozen=True, slots=True)
class Shared:
    """What every command knows."""

    where: str
    named: bool
    """Whether the archive was named, by flag or environment; the default one may be made on the way."""

    def open(self) -> Archive:
        """The archive. Raises `NoArchive`."""
        return Archive.open(self.where)

    def open_or_make(self) -> Archive:
        """The archive; the unnamed default one is made when missing."""
        try:
            return self.open()
        except NoArchive:
            if self.named:
                raise
        archive = Archive.init(self.where)
        people.print(f"Made a new archive in {self.where}", style="dim")
        return archive


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"archiver {__version__}")
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    archive: Annotated[
        str | None,
        typer.Option(
            "--archive", metavar="DIR|s3://BUCKET/PREFIX", help="The archive; ARCHIVER_ARCHIVE, or ./archive, when left out."
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", metavar="DIR", help="Where an s3:// archive keeps its state on this machine [ARCHIVER_STATE]."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before the command."""
    settings = environment()
    named = archive or settings.archive
    if archive == "":
        raise BadInput("--archive is empty", "Give a folder or s3://bucket/prefix.")
    context.obj = Shared(named or DEFAULT_ARCHIVE, named is not None)
    if state is not None:
        import os

        os.environ["ARCHIVER_STATE"] = str(state)


from archiver.faces.cli import capture, care, demo, lookup  # noqa: E402, F401 - each adds its commands
