# SPDX-License-Identifier: Apache-2.0
"""`archiver replicas add`, `list`, `status`, `sync`, `verify`, `retire`, `promote` and `take-over`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from archiver.archive import Archive
from archiver.errors import BadInput, StoreUnavailable
from archiver.faces.cli.app import JsonLines, Shared, replicas_app
from archiver.faces.cli.output import PROBLEMS, UNAVAILABLE, examples, line, moment, people, safe, say
from archiver.jobs.amounts import NotAnAmount, read_size, show_size
from archiver.state.replicas import Replica

if TYPE_CHECKING:
    from archiver.services.replication.promoting import Promoted
    from archiver.services.replication.syncing import Synced

Named = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The replica; all of them when none is named.")]
One = Annotated[str, typer.Argument(metavar="NAME", help="The replica.")]
Rate = Annotated[
    str | None, typer.Option("--rate", metavar="RATE", help="Copy or read no faster than this, as 20MB/s.")
]
_SHOWN = 50
"""Differences that a person is shown."""


@replicas_app.command(
    "add",
    epilog=examples(
        "archiver replicas add /mnt/second/archive", "archiver replicas add s3://evidence-2/news --name second"
    ),
)
def add(
    context: typer.Context,
    where: Annotated[str, typer.Argument(metavar="STORE", help="A folder or s3://bucket/prefix: empty, or a copy.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help=r"What it is called \[default: the last part of STORE].")
    ] = None,
    as_json: JsonLines = False,
) -> None:
    """Make a store a replica: from now on what is sealed is copied to it, too. What is there already: replicas sync."""
    shared: Shared = context.obj
    with shared.open() as archive:
        one = archive.replicas.add(where, name)
    if as_json:
        line(_told(one))
        return
    say(Text(f"{safe(one.place)} is now the replica {one.name}.", style="green"))
    say(Text(f"Copy what is stored already: archiver{shared.flag} replicas sync {one.name}"))


@replicas_app.command("list", epilog=examples("archiver replicas list", "archiver replicas list --json"))
def list_(context: typer.Context, as_json: JsonLines = False) -> None:
    """List the replicas, without asking them anything."""
    shared: Shared = context.obj
    with shared.open() as archive:
        found = archive.replicas.all()
    for one in found:
        if as_json:
            line(_told(one))
        else:
            say(Text.assemble((f"{one.name}  ", "bold"), safe(one.place), f"  since {moment(one.added_at)[:10]}"))
    if not found and not as_json:
        say(Text(f"There are none. Add one: archiver{shared.flag} replicas add STORE", style="yellow"))


@replicas_app.command("status", epilog=examples("archiver replicas status", "archiver replicas status --json"))
def status(context: typer.Context, as_json: JsonLines = False) -> None:
    """Say of each replica whether it answers and what it is known to lack; ends with 1 when one lacks anything."""
    shared: Shared = context.obj
    with shared.open() as archive, people.status("asking the replicas"):
        found = archive.replicas.standing()
    behind = False
    for one in found:
        compared = one.replica.compared_at
        wanting = bool(one.lacks or one.heads_behind or one.fault or compared is None)
        behind |= wanting
        if as_json:
            told = {"lacks": one.lacks, "heads_behind": one.heads_behind, "fault": one.fault}
            line({**_told(one.replica), **told})
            continue
        said = f"lacks {one.lacks} sealed things"
        if one.heads_behind:
            said += f" and {one.heads_behind} heads of the ledger"
        if compared is None:
            said += "; it was never compared: archiver replicas sync"
        if one.fault is not None:
            said = f"{one.fault}; {said}"
        style = "yellow" if wanting else "green"
        say(Text.assemble((f"{one.replica.name}  ", "bold"), (safe(said, 400), style)))
    if not found and not as_json:
        say(Text(f"There are no replicas. Add one: archiver{shared.flag} replicas add STORE", style="yellow"))
    if behind:
        raise typer.Exit(PROBLEMS)


@replicas_app.command("sync", epilog=examples("archiver replicas sync", "archiver replicas sync second --rate 20MB/s"))
def sync(context: typer.Context, name: Named = None, rate: Rate = None, as_json: JsonLines = False) -> None:
    """Copy what a replica lacks, after comparing all seals. One that was cut off goes on; captures go on meanwhile."""
    shared: Shared = context.obj
    octets = read_rate(rate)
    faults: list[StoreUnavailable] = []
    refused = False
    with shared.open() as archive:
        for one in _wanted(archive, name):
            try:
                synced = _sync(archive, one, octets)
            except StoreUnavailable as fault:
                faults.append(fault)
                people.print(Text(f"{one.name}: {safe(str(fault), 500)}", style="red"))
                continue
            refused |= bool(synced.refused)
            _tell(synced, as_json=as_json)
    if faults:
        raise typer.Exit(UNAVAILABLE)
    if refused:
        raise typer.Exit(PROBLEMS)


def _sync(archive: Archive, one: Replica, rate: int | None) -> "Synced":
    running = archive.replicas.sync(one, rate=rate)
    with people.status(f"comparing {one.name}") as shown:
        while True:
            try:
                come = next(running)
            except StopIteration as ended:
                synced: Synced = ended.value
                return synced
            shown.update(f"{one.name}: {come.things:,} copied, {show_size(come.octets)}, {come.left:,} to go")


def _tell(synced: "Synced", *, as_json: bool) -> None:
    if as_json:
        for said in synced.refused:
            line({"event": "refused", "replica": synced.replica, "said": said})
        counted = {"things": synced.things, "objects": synced.objects, "octets": synced.octets, "lacks": synced.left}
        line({"event": "synced", "replica": synced.replica, **counted})
        return
    said = f"{synced.replica}: {synced.things:,} sealed things copied, {show_size(synced.octets)}"
    say(Text(f"{said}; it lacks {synced.left:,}", style="yellow" if synced.left or synced.refused else "green"))
    for one in synced.refused[:_SHOWN]:
        say(Text(f"  not copied: {safe(one, 400)}", style="red"))


@replicas_app.command(
    "verify", epilog=examples("archiver replicas verify", "archiver replicas verify second --deep --rate 50MB/s")
)
def verify(
    context: typer.Context,
    name: Named = None,
    deep: Annotated[
        bool, typer.Option("--deep", metavar="", help="Read every object of the replica and hash it.")
    ] = False,
    rate: Rate = None,
    as_json: JsonLines = False,
) -> None:
    """Compare a replica with the primary, object by object: what is missing, different, or only there."""
    from archiver.services.replication.comparing import KINDS, Compared  # only who compares needs it

    shared: Shared = context.obj
    octets, differs = read_rate(rate), False
    with shared.open() as archive:
        for one in _wanted(archive, name):
            seen = Compared()
            with people.status(f"comparing {one.name}"):
                found = list(archive.replicas.verify(one, seen, deep=deep, rate=octets))
            differs |= bool(found)
            if as_json:
                for each in found:
                    line({"replica": one.name, "kind": each.kind, "key": each.key, "detail": each.detail})
                counted = {"things": seen.things, "objects": seen.objects, "octets": seen.octets}
                line({"replica": one.name, "verdict": "differs" if found else "equal", **counted})
                continue
            verdict = f"{len(found)} differences" if found else "holds the same"
            said = f"{one.name}: {verdict}, {seen.objects:,} objects of {seen.things:,} sealed things compared"
            say(Text(said, style="bold red" if found else "green"))
            for each in found[:_SHOWN]:
                say(Text.assemble((f"  {each.kind} ", "red"), safe(f"{each.key} {each.detail}", 400)))
            for kind in sorted({each.kind for each in found}):
                say(Text(f"      {kind}: {KINDS[kind]}", style="dim"))
    if differs:
        raise typer.Exit(PROBLEMS)


@replicas_app.command(
    "retire", epilog=examples("archiver replicas retire second", "archiver replicas retire second --json")
)
def retire(context: typer.Context, name: One, as_json: JsonLines = False) -> None:
    """Forget a replica; its objects stay where they are. Says what only it has."""
    shared: Shared = context.obj
    with shared.open() as archive:
        one = archive.replicas.get(name)
        only = archive.replicas.retire(one)
    if as_json:
        line({**_told(one), "only_there": only})
        return
    say(Text(f"{safe(one.place)} is no replica any more; nothing in it was removed.", style="green"))
    if only is None:
        say(Text("It gave no answer, so what it alone may have is not known.", style="yellow"))
    for key in (only or [])[:_SHOWN]:
        say(Text(f"  only there: {safe(key, 300)}", style="yellow"))


@replicas_app.command(
    "promote",
    epilog=examples("archiver replicas promote second", "archiver replicas promote second --former first --quick"),
)
def promote(
    context: typer.Context,
    name: One,
    former: Annotated[
        str, typer.Option(metavar="NAME", help="What the old primary is called, which becomes a replica.")
    ] = "former",
    quick: Annotated[
        bool, typer.Option("--quick", metavar="", help="Compare presence and sizes, instead of reading every octet.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Make a replica the primary, once it holds every sealed byte: an archive moves to another store. No crawl may run."""
    shared: Shared = context.obj
    with shared.open() as archive:
        one = archive.replicas.get(name)
        with people.status(f"copying to {one.name} and comparing"):
            promoted = archive.replicas.promote(one, former=former, deep=not quick)
        folder = archive.folder
    _say_promoted(promoted, str(folder.absolute()), as_json=as_json)


@replicas_app.command(
    "take-over",
    epilog=examples(
        "archiver --archive s3://evidence-2/news replicas take-over",
        "archiver --archive /mnt/second/archive --state /srv/state replicas take-over",
    ),
)
def take_over(context: typer.Context, as_json: JsonLines = False) -> None:
    """Make the replica named with --archive the primary, because the primary is lost. With it there: replicas promote."""
    shared: Shared = context.obj
    with shared.open() as archive:
        promoted = archive.replicas.take_over()
        folder = archive.folder
    _say_promoted(promoted, str(folder.absolute()), as_json=as_json)
    if promoted.fault is not None or promoted.lost:
        raise typer.Exit(PROBLEMS)


def _say_promoted(promoted: "Promoted", folder: str, *, as_json: bool) -> None:
    own = promoted.place == folder
    if as_json:
        named = {"primary": promoted.place, "former": promoted.former, "state": None if own else folder}
        made = {"stored_again": promoted.again, "heads_made_again": promoted.heads, "lost": promoted.lost}
        line({**named, **made, "fault": promoted.fault})
        return
    say(Text(f"The primary is now {safe(promoted.place)}.", style="green"))
    if promoted.former is not None:
        say(
            Text(
                f"The old one is the replica {promoted.former}; to give it up: archiver replicas retire {promoted.former}"
            )
        )
    if promoted.again:
        say(Text(f"{promoted.again} segments were kept here and are stored in it again."))
    if promoted.heads:
        say(Text(f"{promoted.heads} heads of the ledger, seen on this machine, were made again."))
    if promoted.fault is not None:
        say(Text(f"The ledger cannot go on yet: {safe(promoted.fault, 500)}", style="bold red"))
    if promoted.lost:
        said = f"{promoted.lost} sealed things were not copied in time. Make the catalog again: archiver rebuild"
        say(Text(said, style="bold red"))
    say(Text(f"From now on: archiver --archive {safe(promoted.place)}{'' if own else f' --state {safe(folder)}'} ..."))


def read_rate(text: str | None) -> int | None:
    """Octets a second of `20MB/s`. Raises `BadInput`."""
    if text is None:
        return None
    try:
        octets = read_size(text.strip().removesuffix("/s").strip())
    except NotAnAmount as fault:
        raise BadInput(f"--rate: {fault.what}", "Write it as 20MB/s or 500kB/s.") from fault
    if not octets:
        raise BadInput("--rate is 0", "Write it as 20MB/s or 500kB/s.")
    return octets


def _wanted(archive: Archive, name: str | None) -> list[Replica]:
    if name is not None:
        return [archive.replicas.get(name)]
    found = archive.replicas.all()
    if not found:
        raise BadInput("this archive has no replicas", "Add one: archiver replicas add STORE")
    return found


def _told(one: Replica) -> dict[str, Any]:
    compared = moment(one.compared_at) if one.compared_at else None
    return {"name": one.name, "place": one.place, "added_at": moment(one.added_at), "compared_at": compared}
