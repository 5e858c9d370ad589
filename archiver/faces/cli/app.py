# SPDX-License-Identifier: Apache-2.0
"""The command tree and what all commands share: which archive, and whether output is JSON."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.errors import BadInput, NoArchive, StoreConflict
from archiver.faces.cli.output import examples, people, safe
from archiver.settings import DEFAULT_ARCHIVE, Settings
from archiver.version import VERSION
from archiver.wiring import environment

if TYPE_CHECKING:
    from archiver.store.mirrored import Fallback

ARCHIVING = "Archive pages"
LOOKUPS = "Find where a page or file came from"
CARE = "Keep, check and take away"

JsonLines = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON lines on stdout, for programs.")]

app = typer.Typer(
    name="archiver",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help=(
        "Web archives that can prove where a page came from and under which terms it was published.\n\n"
        "See all of it on an example: [cyan]archiver demo[/cyan]"
    ),
    epilog=examples("archiver capture https://example.org/article", "archiver lookup https://example.org/article")
    + "\n\n[dim]Exit codes: 0 fine, 1 finished but found problems, 2 mistake in the call, 3 not found, "
    "4 store or database unavailable.[/dim]",
)
store_app = typer.Typer(
    no_args_is_help=True,
    help="See what the place of the archive can do.",
    epilog=examples("archiver store probe", "archiver --archive s3://evidence/news store probe"),
)
ledger_app = typer.Typer(
    no_args_is_help=True,
    help="See and grow the ledger: the signed, append-only list of everything that was sealed.",
    epilog=examples("archiver ledger status", "archiver ledger append --compare"),
)
keys_app = typer.Typer(
    no_args_is_help=True,
    help="Make, change and publish the key that signs the ledger.",
    epilog=examples("archiver keys export-public", "archiver keys rotate --new-file /safe/place/key-2.pem"),
)
witness_app = typer.Typer(
    no_args_is_help=True,
    help="Be a witness for the ledgers of other archives: sign their heads, but never two histories of one.",
    epilog=examples("archiver witness make-key witness.example.org", "archiver witness serve --bind 127.0.0.1:7380"),
)
replicas_app = typer.Typer(
    no_args_is_help=True,
    help="Keep further copies of the archive in other stores, and move it from one to another.",
    epilog=examples("archiver replicas add /mnt/second/archive", "archiver replicas status"),
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What every command knows."""

    where: str
    named: bool
    """Whether the archive was named, by flag or environment; the default one may be made on the way."""
    settings: Settings

    @property
    def flag(self) -> str:
        """What goes before the command in an advice, so that it can be typed as it stands."""
        return f" --archive {safe(self.where)}" if self.named else ""

    def open(self) -> Archive:
        """The archive. Raises `NoArchive`."""
        try:
            archive = Archive.open(self.where, settings=self.settings)
        except NoArchive as missing:
            raise NoArchive(missing.what, self._advice()) from missing
        archive.on_fallback = _Told()
        return archive

    def open_or_make(self) -> Archive:
        """The archive; the unnamed default one is made when missing."""
        try:
            return self.open()
        except NoArchive:
            if self.named:
                raise
        check_place(self.where)
        try:
            archive = Archive.init(self.where, settings=self.settings)
        except (BadInput, StoreConflict):
            return self.open()  # another command was quicker to make it
        people.print(Text(f"Made a new archive in {safe(self.where)}", style="dim"))
        return archive

    def _advice(self) -> str:
        if self.named:
            return f"Make one with: archiver --archive {self.where} init"
        return "Name one with --archive, or capture a page, which makes it: archiver capture https://host/page"


class _Told:
    """Says once that a replica was read in place of the primary."""

    def __init__(self) -> None:
        self._said = False

    def __call__(self, fallback: "Fallback") -> None:
        if not self._said:
            said = f"{fallback.key} was read from the replica {fallback.place}: {fallback.why}"
            people.print(Text(f"{safe(said, 500)}. See: archiver audit", style="yellow"))
        self._said = True


def check_place(where: str | Path) -> None:
    """Raises `BadInput` when an archive is to be made where a file is in the way."""
    if "://" in str(where):
        return
    for one in (Path(where), *Path(where).parents):
        if one.exists() and not one.is_dir():
            raise BadInput(f"{one} is a file, not a folder", "Name a folder, existing or new, for the archive.")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"archiver {VERSION}")
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    archive: Annotated[
        str | None,
        typer.Option(
            "--archive",
            metavar="DIR|s3://BUCKET/PREFIX",
            help=r"The archive \[default: ./archive, or what ARCHIVER_ARCHIVE says].",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="Where this machine keeps state, catalog and spool, when not in the archive's folder "
            r"\[default: what ARCHIVER_STATE says].",
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", metavar="", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before the command."""
    if archive is not None and not archive.strip():
        raise BadInput("--archive is empty", "Give a folder or s3://bucket/prefix.")
    settings = environment()
    named = archive or settings.archive
    if state is not None:
        settings = replace(settings, state=state)
    context.obj = Shared(named or DEFAULT_ARCHIVE, named is not None, settings)
