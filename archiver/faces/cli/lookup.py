# SPDX-License-Identifier: Apache-2.0
"""`archiver lookup`, `archiver manifest` and `archiver extract`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from archiver import extract as extraction
from archiver.errors import BadInput
from archiver.faces.cli.app import LOOKUPS, JsonLines, Shared, app
from archiver.faces.cli.output import NOT_FOUND, examples, line, page, safe, say, shown_url, write
from archiver.faces.cli.reading import is_file, tell_unread
from archiver.services.lookup import Match
from archiver.urls import parse

MAX_FILE = 64 << 20


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples("archiver lookup https://example.org/article", "archiver lookup saved-page.html --json"),
)
def lookup(
    context: typer.Context,
    query: Annotated[
        str, typer.Argument(help="A URL, a digest (sha256:..., sha1:..., SRI, bare), or a file, which is hashed.")
    ],
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The capture nearest to this time: 2026, 2026-11-22, 20261122101500."),
    ] = None,
    exact: Annotated[bool, typer.Option("--exact", metavar="", help="Only this spelling of the URL.")] = False,
    as_json: JsonLines = False,
) -> None:
    """Find the captures of a URL, or where a file or hash comes from."""
    shared: Shared = context.obj
    moment = read_time(at) if at is not None else None
    with shared.open() as archive:
        matches = archive.lookup(query, at=moment, exact=exact)
        if all(match.score is not None for match in matches) and is_file(query):
            tell_unread(archive)
    for match in matches:
        if as_json:
            line(described(match))
        else:
            _tell(match)
    if not matches:
        said = "Captures are found once they are sealed; try another spelling, or the hash of a saved file."
        say(Text(f"nothing found for {safe(shown_url(query))} in {safe(shared.where)}"))
        say(Text(said, style="dim"))
        raise typer.Exit(NOT_FOUND)
    if not as_json:
        say(Text(f"Next: archiver{shared.flag} manifest {matches[-1].found.capture_id[:8]}", style="dim"))


def described(match: Match) -> dict[str, object]:
    """A match as JSON."""
    found = match.found
    return {
        "capture_id": found.capture_id,
        "url": found.url,
        "fetched_at": found.fetched_at,
        "outcome": found.outcome.value,
        "response_code": found.response_code,
        "matched": match.matched,
        "digest": match.digest,
        "score": None if match.score is None else round(match.score, 3),
        "publisher": {"name": found.publisher} if found.publisher else None,
        "notices": list(found.notices),
        "claims_from": found.claims_from,
        "extractor": found.extractor,
    }


def _tell(match: Match) -> None:
    found = match.found
    text = Text(found.fetched_at.strftime("%Y-%m-%d %H:%M:%S"), style="cyan")
    text.append(f"  {found.capture_id[:8]}  {found.response_code or '-'}  ")
    text.append(safe(found.url), style="bold")
    if found.publisher:
        text.append(f"  by {safe(found.publisher, 60)}")
    kinds = sorted({str(one["kind"]) for one in found.notices if "voice" not in one})
    if kinds:
        text.append(f"  {', '.join(kinds)}", style="magenta")
    if match.score is not None:
        text.append(f"  {match.matched} {match.score:.0%}", style="yellow")
    elif match.matched != "url":
        text.append(f"  same {match.matched}", style="green")
    if not found.outcome.value.startswith("captured-complete"):
        text.append(f"  {found.outcome.value}", style="yellow")
    say(text)


def read_time(text: str) -> datetime:
    """A time as people write it: RFC 3339 or 4 to 14 digits, UTC. Raises `BadInput`."""
    digits = text.strip()
    try:
        if digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 14 and len(digits) % 2 == 0:
            whole = digits + "00000101000000"[len(digits) :]
            return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        moment = datetime.fromisoformat(digits)
    except ValueError as fault:
        raise BadInput(
            f"{text!r} is no time", "Write it as 2026-11-22, 2026-11-22T10:15:00Z or 20261122101500."
        ) from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples("archiver manifest 3f2a9c1e", "archiver manifest 3f2a9c1e | jq .claims.notices"),
)
def manifest(
    context: typer.Context,
    capture_id: Annotated[str, typer.Argument(metavar="CAPTURE_ID", help="An id, or enough of its first digits.")],
    raw: Annotated[bool, typer.Option("--raw", metavar="", help="The canonical bytes as they were sealed.")] = False,
    as_json: JsonLines = False,
) -> None:
    """Show what was observed and claimed for one capture, with all evidence.

    Where a newer extractor has read it again, its claims stand in place of the manifest's, and `claims_from` says so.
    """
    shared: Shared = context.obj
    with shared.open() as archive:
        found = archive.find(capture_id)
        content = archive.manifest_bytes(found.capture_id)
        newer = archive.claims(found.capture_id) if found.claims_set is not None and not raw else None
    if raw:
        write(content)
        return
    shown = json.loads(content)
    if newer is not None:
        shown |= {"claims": newer.model_dump(mode="json"), "claims_from": found.claims_from}
    page(shown, as_line=as_json)


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples(
        "archiver extract page.html --url https://example.org/article",
        "archiver extract page.html --url https://example.org/article | jq .notices",
    ),
)
def extract(
    file: Annotated[Path, typer.Argument(help="A saved page.")],
    url: Annotated[str, typer.Option(help="Where it is from.")],
    content_type: Annotated[str | None, typer.Option(help="Its Content-Type, when known.")] = None,
    as_json: JsonLines = False,
) -> None:
    """Read publisher, authors, notices and reprint signs of a saved page; needs no archive and no network."""
    address = parse(url).url
    try:
        with open(file, "rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except (OSError, ValueError) as fault:
        said = getattr(fault, "strerror", None) or str(fault)
        raise BadInput(f"{safe(str(file))!r} cannot be read: {said}", "Give a saved page.") from fault
    if len(content) > MAX_FILE:
        raise BadInput(f"{file} is larger than {MAX_FILE >> 20} MiB", "Give a single page.")
    read = extraction.read(content, url=address, content_type=content_type)
    page(
        {
            "publisher": read.publisher.model_dump(mode="json") if read.publisher else None,
            "authors": [one.model_dump(mode="json") for one in read.authors],
            "differing": [one.model_dump(mode="json") for one in read.differing],
            "notices": [one.model_dump(mode="json") for one in read.notices],
            "rights": read.rights.model_dump(mode="json"),
            "reprint": read.reprint.model_dump(mode="json") if read.reprint else None,
            "title": read.title.value if read.title else None,
            "language": read.language.value if read.language else None,
            "published_at": read.published_at.value if read.published_at else None,
            "links": list(read.links),
            "requisites": list(read.requisites),
            "suspected": [one.model_dump(mode="json") for one in read.suspected],
        },
        as_line=as_json,
    )
