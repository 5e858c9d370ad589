# SPDX-License-Identifier: Apache-2.0
"""`archiver witness make-key`, `add`, `list`, `sign` and `serve`: a witness for the ledgers of others."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from archiver import wiring
from archiver.errors import BadInput, StoreUnavailable
from archiver.faces.cli.app import JsonLines, Shared, witness_app
from archiver.faces.cli.output import PROBLEMS, examples, line, moment, people, safe, say, write

if TYPE_CHECKING:  # only who is a witness pays for loading it
    from archiver.services.witness import KnownLog, Witness

MOST = 64 << 10
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help=r"Where the witness's key and record are \[default: XDG_STATE_HOME/colophon/witness].",
    ),
]


def _folder(context: typer.Context, state: Path | None) -> Path:
    shared: Shared = context.obj
    return state or shared.settings.state_home / "witness"


def _opened(context: typer.Context, state: Path | None) -> "closing[Witness]":
    from archiver.services.witness import Witness

    return closing(Witness(_folder(context, state)))


@witness_app.command(
    "make-key",
    epilog=examples(
        "archiver witness make-key witness.example.org", "archiver witness make-key w1 --state /srv/witness"
    ),
)
def make(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="By custom a URL without its scheme; others will see it.")
    ],
    state: State = None,
    as_json: JsonLines = False,
) -> None:
    """Make a witness: its key, and an empty record of what it signs."""
    from archiver.services.witness import make_key

    folder = _folder(context, state)
    made = make_key(folder, name).to_text()
    if as_json:
        line({"state": str(folder), "public_key": made})
        return
    say(Text(f"A new witness is in {safe(str(folder))}"))
    say(
        Text(
            "Never put an older copy of that folder back: the record says what must not be signed again.",
            style="yellow",
        )
    )
    say(Text("Public key, for the operators of the ledgers that it is to witness:"))
    say(Text(f"  {safe(made, 300)}"))


@witness_app.command(
    "add",
    epilog=examples(
        "archiver witness add urn:uuid:0198a1f2-... urn:uuid:0198a1f2-...+5f0c1a77+AX...",
        "archiver witness add urn:uuid:0198a1f2-... OLD-KEY NEW-KEY",
    ),
)
def add(
    context: typer.Context,
    origin: Annotated[
        str, typer.Argument(metavar="ORIGIN", help="The ledger's name, the first line of its checkpoints.")
    ],
    vkeys: Annotated[
        list[str], typer.Argument(metavar="VKEY...", help="Its public keys, got in a way that can be trusted.")
    ],
    state: State = None,
    as_json: JsonLines = False,
) -> None:
    """Witness a ledger from now on; for one that is known already, these keys take the place of those before."""
    with _opened(context, state) as witness:
        known = witness.add(origin, tuple(vkeys))
    _say(known, as_json=as_json)


@witness_app.command("list", epilog=examples("archiver witness list", "archiver witness list --json"))
def list_(context: typer.Context, state: State = None, as_json: JsonLines = False) -> None:
    """List the ledgers that are witnessed, and what was signed of each last."""
    with _opened(context, state) as witness:
        key, known = witness.verifier.to_text(), witness.known()
    if not as_json:
        say(Text.assemble(("witness ", "bold"), safe(key, 300)))
    for one in known:
        _say(one, as_json=as_json)
    if not known and not as_json:
        say(Text("It knows no ledger yet: archiver witness add ORIGIN VKEY", style="yellow"))


@witness_app.command(
    "sign", epilog=examples("archiver witness sign request.txt", "archiver witness sign - < request.txt")
)
def sign(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The body of an add-checkpoint request; - for stdin.")],
    state: State = None,
    as_json: JsonLines = False,
) -> None:
    """Answer one request without a network: print the cosignature line, or say why there is none."""
    body = _body(file)
    with _opened(context, state) as witness:
        reply = witness.add_checkpoint(body, wiring.now())
    said = reply.body.decode("utf-8", "replace")
    if as_json:
        line({"status": reply.status, "said": said.rstrip("\n")})
    elif reply.status == 200:
        write(reply.body)
    else:
        last = f"it saw {said.strip()} entries last" if reply.status == 409 else said
        people.print(Text(f"not signed ({reply.status}): {safe(last, 500)}", style="yellow"))
    if reply.status != 200:
        raise typer.Exit(PROBLEMS)


@witness_app.command(
    "serve",
    epilog=examples("archiver witness serve", "archiver witness serve --bind 127.0.0.1:7380 --state /srv/witness"),
)
def serve(
    context: typer.Context,
    bind: Annotated[
        str, typer.Option("--bind", metavar="HOST:PORT", help="Where to listen; put a proxy with TLS in front.")
    ] = "127.0.0.1:7380",
    state: State = None,
    as_json: JsonLines = False,
) -> None:
    """Answer requests of ledgers over HTTP (c2sp.org/tlog-witness) until stopped."""
    from archiver.faces.witness_server import WitnessServer

    host, port = _address(bind)

    def tell(said: str) -> None:
        if as_json:
            line({"said": said})
        else:
            say(Text(f"{moment(wiring.now())[:19]}Z {safe(said)}", style="dim"))

    with _opened(context, state) as witness:
        try:
            server = WitnessServer((host, port), lambda body: witness.add_checkpoint(body, wiring.now()), tell)
        except OSError as fault:
            raise StoreUnavailable(f"cannot listen at {bind}: {fault.strerror}", "Name another --bind.") from fault
        with server:
            where = f"http://{f'[{host}]' if ':' in host else host}:{server.server_address[1]}/"
            if as_json:
                line({"url": where, "public_key": witness.verifier.to_text()})
            else:
                say(Text(f"{safe(witness.verifier.name)} answers at {where}; stop it with Ctrl-C", style="green"))
            server.serve_forever()


def _address(bind: str) -> tuple[str, int]:
    host, colon, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise BadInput(f"{bind} is no address to listen at", "Give host and port, as 127.0.0.1:7380.")
    return host, int(port)


def _body(file: str) -> bytes:
    try:
        if file == "-":
            body = sys.stdin.buffer.read(MOST + 1)
        else:
            with open(file, "rb") as stream:
                body = stream.read(MOST + 1)
    except OSError as fault:
        raise BadInput(
            f"cannot read {file}: {fault.strerror}", "Name a file with a request, or - for stdin."
        ) from fault
    if len(body) > MOST:
        raise BadInput(
            f"{file} has more than {MOST} octets", "Name a file with a request of the tlog-witness protocol."
        )
    return body


def _say(known: "KnownLog", *, as_json: bool) -> None:
    if as_json:
        line(_told(known))
        return
    signed = f"{known.size} leaves, {moment(known.signed_at)[:19]}Z" if known.signed_at else "nothing yet"
    say(Text.assemble(("ledger  ", "bold"), safe(known.origin, 300)))
    say(Text.assemble(("signed  ", "bold"), signed))
    for one in known.vkeys:
        say(Text.assemble(("key     ", "bold"), safe(one, 300)))


def _told(known: "KnownLog") -> dict[str, Any]:
    return {"origin": known.origin, "public_keys": known.vkeys, "size": known.size, "signed_at": known.signed_at}
