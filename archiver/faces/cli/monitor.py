# SPDX-License-Identifier: Apache-2.0
"""`archiver monitor`: watches the ledger of another archive."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from archiver import wiring
from archiver.disk import OsDisk
from archiver.errors import BadInput, Damaged
from archiver.faces.cli.app import CARE, JsonLines, Shared, app
from archiver.faces.cli.output import PROBLEMS, examples, line, moment, people, safe, say
from archiver.ports import Store

if TYPE_CHECKING:  # only who watches pays for loading it
    from archiver.services.monitoring import Kept, Look

_SHOWN = 50
"""Entries that a person is shown."""


@app.command(
    rich_help_panel=CARE,
    epilog=examples(
        "archiver monitor https://archive.example.org/news", "archiver monitor /mnt/theirs --key urn:uuid:...+AX..."
    ),
)
def monitor(
    context: typer.Context,
    where: Annotated[
        str, typer.Argument(metavar="URL|DIR", help="Another archive: http(s), a folder or s3://bucket/prefix.")
    ],
    key: Annotated[
        str | None, typer.Option("--key", metavar="VKEY", help="A public key of it, got in a way that can be trusted.")
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="FILE",
            help=r"Where its newest head is kept \[default: in XDG_STATE_HOME/colophon/monitors, by URL or DIR].",
        ),
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Say what another archive logged since the last look, and alarm when its ledger did anything but grow."""
    from archiver.services import monitoring

    shared: Shared = context.obj
    store = _store(where)
    path = state or shared.settings.state_home / "monitors" / f"{_name(store)}.json"
    with monitoring.held(path, OsDisk()) as kept:
        try:
            with people.status("reading the ledger"):
                look = monitoring.look(store, kept, key)
            _say_before(look, kept, key, as_json=as_json)
            told = _tell_entries(look, as_json=as_json)
        except Damaged as fault:
            _alarm(fault, store, as_json=as_json)
            raise typer.Exit(PROBLEMS) from fault
        new = look.kept(wiring.now())
        if new is not None:
            monitoring.keep(path, new, OsDisk())
    _say_after(look, kept, told, as_json=as_json)


def _store(where: str) -> Store:
    if where.lower().startswith(("http://", "https://")):
        from archiver.services.published import PublishedStore

        return PublishedStore(where)
    if not where.strip():
        raise BadInput("what to monitor is empty", "Give a URL, a folder or s3://bucket/prefix.")
    if "://" not in where:
        where = str(Path(where).absolute())
        if not Path(where).is_dir():
            raise BadInput(f"there is no folder {where}", "Name the folder of the other archive, or its URL.")
    return wiring.place(where).store


def _name(store: Store) -> str:
    return hashlib.sha256(store.place.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _say_before(look: "Look", kept: "Kept | None", key: str | None, *, as_json: bool) -> None:
    """Whose word all that follows rests on."""
    if as_json:
        return
    say(Text.assemble(("ledger  ", "bold"), safe(look.origin)))
    newest = safe(look.ring.newest.vkey, 300)
    if kept is None and key is None:
        say(
            Text(
                f"First look: the key was found there, and is trusted from now on. Compare it: {newest}", style="yellow"
            )
        )
    elif kept is None:
        say(Text(f"First look, with the key you gave; it signs with {newest}"))
    elif look.key_changed:
        said = "signed for by the one before" if key is None else "which leads from the one you gave"
        say(Text(f"It has a new key, {said}: {newest}", style="yellow"))


def _tell_entries(look: "Look", *, as_json: bool) -> int:
    count = 0
    for count, one in enumerate(look.entries(), start=1):
        if as_json:
            line({"index": one.index, **one.leaf.model_dump(mode="json", include={"k", "t", "d"})})
        elif count <= _SHOWN:
            say(Text(f"  {one.index}  {moment(one.leaf.t)[:19]}Z  {safe(one.leaf.k, 300)}  {one.leaf.d}"))
    if count > _SHOWN and not as_json:
        say(Text(f"  and {count - _SHOWN} more; all of them with --json", style="dim"))
    return count


def _say_after(look: "Look", kept: "Kept | None", count: int, *, as_json: bool) -> None:
    if as_json:
        line(_told(look, kept, count))
        return
    since = f"since {moment(kept.at)[:19]}Z" if kept is not None else "in all"
    said = f"{count} entries {since}; {look.head.size} under head {look.head.sequence}, which grew out of what was seen before"
    say(Text(said if kept is not None else f"{count} entries {since}, under head {look.head.sequence}", style="green"))


def _told(look: "Look", kept: "Kept | None", count: int) -> dict[str, Any]:
    return {
        "verdict": "first" if kept is None else "grown" if count else "unchanged",
        "origin": look.origin,
        "before": look.before,
        "size": look.head.size,
        "root": look.head.root.hex(),
        "head": look.head.sequence,
        "key": look.ring.newest.vkey,
        "key_changed": look.key_changed,
    }


def _alarm(fault: Damaged, store: Store, *, as_json: bool) -> None:
    code = str(fault.fields.get("code", "L01"))
    if as_json:
        line({"verdict": "alarm", "place": store.place, "code": code, "said": fault.what})
    else:
        people.print(Text.assemble(("ALARM ", "bold red"), f"{code} {safe(fault.what, 500)}"))
        people.print("Keep what you have, tell its operator, and compare with others who watch it.")
        if code == "L02":
            people.print("If its operator confirms a new key in a way that you trust: --key with that key.")
