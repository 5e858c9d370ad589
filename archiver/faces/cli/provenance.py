# SPDX-License-Identifier: Apache-2.0
"""`archiver provenance`: where a page comes from, as a tree for people and in three formats for programs."""

from typing import Annotated, Literal

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from archiver.errors import BadInput
from archiver.faces.cli.app import LOOKUPS, JsonLines, Shared, app
from archiver.faces.cli.output import (
    NOT_FOUND,
    as_xml,
    examples,
    json_of,
    line,
    page,
    people,
    safe,
    say,
    shown_url,
    write,
)
from archiver.faces.cli.reading import tell_unread
from archiver.services.provenance import document, premis, prov, wording
from archiver.services.provenance.chain import Chain, Link, Node

DEEPEST = 10
Format = Literal["tree", "json", "prov-json", "premis"]


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples(
        "archiver provenance https://example.org/article",
        "archiver provenance 3f2a9c1e --format premis > premis.xml",
    ),
)
def provenance(
    context: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="A URL, a digest, a file, which is hashed, or a capture id.")
    ],
    output: Annotated[
        Format, typer.Option("--format", help="For people, or as JSON, W3C PROV-JSON or PREMIS 3.0 on stdout.")
    ] = "tree",
    depth: Annotated[int, typer.Option(metavar="N", min=0, max=DEEPEST, help="How many links are followed.")] = 4,
    as_json: JsonLines = False,
) -> None:
    """Show from which pages of the archive a page comes, by what it says and by its text, and which come from it."""
    shared: Shared = context.obj
    if as_json and output not in ("tree", "json"):
        raise BadInput(f"--json and --format {output} are two formats", "Leave one of them out.")
    with shared.open() as archive:
        chain = archive.provenance(query, depth=depth)
        if output == "tree" and not as_json:
            tell_unread(archive)
    if not chain.nodes:
        say(Text(f"nothing found for {safe(shown_url(query))} in {safe(shared.where)}"))
        say(
            Text(
                "Captures are found once they are sealed; try another spelling, or the hash of a saved file.",
                style="dim",
            )
        )
        raise typer.Exit(NOT_FOUND)
    if as_json:
        line(document.document(chain))
    elif output == "json":
        page(document.document(chain))
    elif output == "prov-json":
        write(json_of(prov.document(chain), indent=2) + "\n")
    elif output == "premis":
        write(as_xml(premis.document(chain)))
    else:
        show(chain)
        shown = next((node.held for node in chain.nodes if node.held is not None), None)
        if shown is not None:
            command = f"show {shown.found.capture_id[:8]} --html card.html"
            say(Text(f"Next: archiver{shared.flag} {command}", style="dim"))


def show(chain: Chain) -> None:
    """The chain for people: what is earliest, then a tree from each page that was asked for."""
    people.print(_earliest(chain))
    shown: set[str] = set()
    told: set[tuple[str, str]] = set()
    for node in chain.nodes:
        if node.asked is not None and node.name not in shown:
            root = Tree(_told(node), guide_style="dim")
            shown.add(node.name)
            _grow(root, chain, node, shown, told)
            people.print(root, soft_wrap=False)
    if chain.left_out:
        say(Text(f"{chain.left_out} more pages were found and are not shown.", style="yellow"))
    for capture_id in chain.unreadable:
        say(Text(f"capture {capture_id} could not be read: run archiver verify {capture_id[:8]}", style="yellow"))


def _earliest(chain: Chain) -> Group:
    lines = [Text(wording.sentence(wording.EARLIEST), style="bold")]
    claimed, captured = chain.earliest_claimed, chain.earliest_captured
    for told, node, at in (
        ("by its own date", claimed, _claimed(claimed) if claimed is not None else None),
        (
            "by capture",
            captured,
            f"{captured.first_at:%Y-%m-%d %H:%M:%S} UTC" if captured and captured.first_at else None,
        ),
    ):
        text = Text(f"  {told:<16}", style="dim")
        if node is None:
            text.append("no page of the chain has one")
        else:
            text.append(f"{safe(at)}  ", style="cyan").append(safe(node.url, 120), style="bold")
        lines.append(text)
    return Group(*lines)


def _claimed(node: Node) -> str | None:
    claims = node.held.claims if node.held is not None else None
    return claims.published_at.value if claims is not None and claims.published_at is not None else None


def _grow(tree: Tree, chain: Chain, node: Node, shown: set[str], told: set[tuple[str, str]]) -> None:
    """Adds what is linked to a page: each link once, each page with all of it where it comes first."""
    for link in chain.links:
        if node.name not in (link.source, link.target) or (link.source, link.target) in told:
            continue
        told.add((link.source, link.target))
        other = chain.node(link.target if link.source == node.name else link.source)
        branch = tree.add(_connected(link, node))
        if other.name in shown:
            branch.add(Text(f"{safe(other.url or wording.who(other), 120)}, shown above", style="dim"))
        else:
            shown.add(other.name)
            _grow(branch.add(_told(other)), chain, other, shown, told)


def _connected(link: Link, node: Node) -> Group:
    lines = [Text.assemble((wording.says(link, of=node.name), "magenta"), ("  " + wording.by(link), "green"))]
    said = link.statement
    if said is not None:
        lines.append(Text.assemble("“", (safe(said.evidence.text, 160), "italic"), "”"))
        where = safe(wording.place(said.evidence), 160)
        lines.append(
            Text(f"{said.basis}, confidence {said.confidence.value}; {where}; {said.capture_id[:8]}", style="dim")
        )
    return Group(*lines)


def _told(node: Node) -> Group:
    """One page: who, when claimed, when captured, which terms."""
    heading = Text(safe(node.url or wording.who(node), 160), style="bold")
    if node.held is None:
        name = wording.who(node)
        named = Text.assemble(("  " + safe(name, 80)) if name and node.url else "", ("  not in this archive", "yellow"))
        return Group(heading.append_text(named))
    found, claims = node.held.found, node.held.claims
    if node.asked is not None:
        heading.append(f"  asked for by {node.asked}", style="green")
    party = claims.publisher if claims is not None else None
    otherwise = wording.otherwise(claims, "publisher") if claims is not None else []
    authors = ", ".join(one.name for one in claims.authors) if claims is not None else ""
    many = f", the first of {node.captures}" if node.captures > 1 and found.fetched_at == node.first_at else ""
    many = many or (f", one of {node.captures}, the first {node.first_at:%Y-%m-%d}" if node.captures > 1 else "")
    captured = f"{found.fetched_at:%Y-%m-%d %H:%M:%S} UTC as {found.capture_id[:8]}{many}"
    rows = [
        (
            "who",
            f"{party.name} (confidence {party.confidence.value}: {party.reason})" if party else "no publisher found",
        ),
        ("", f"elsewhere the page says: {'; '.join(otherwise)}" if otherwise else ""),
        ("by", authors),
        ("claimed", (_claimed(node) or "no date found") if claims is not None else wording.NOTHING_READ),
        ("captured", captured),
        ("terms", wording.terms(claims)),
        ("its site", "; ".join(wording.site(node.held))),
        ("read by", f"{claims.extractor.name} {claims.extractor.version}" if claims is not None else ""),
    ]
    facts = Table.grid(padding=(0, 2))
    for name, words in rows:
        if words:
            facts.add_row(Text(name, style="dim"), Text(safe(words, 400)))
    return Group(heading, facts)
