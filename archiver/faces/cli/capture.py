# SPDX-License-Identifier: Apache-2.0
"""`archiver init` and `archiver capture`."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from archiver.archive import Archive
from archiver.capture.http import HARD_MAX_BODY, Limits
from archiver.errors import BadInput
from archiver.faces.cli.app import ARCHIVING, JsonLines, Shared, app, check_place
from archiver.faces.cli.keys import BACK_UP
from archiver.faces.cli.ledger import lag
from archiver.faces.cli.output import (
    PROBLEMS,
    OutputClosed,
    encodable,
    examples,
    line,
    people,
    safe,
    say,
    shown_url,
)
from archiver.faces.cli.reading import NoTexts, read_new
from archiver.faces.cli.results import advise, became, described, is_problem, tell
from archiver.faces.cli.tables import Report, Row, chosen, read_rows
from archiver.options import USER_AGENT, CaptureOptions
from archiver.services.seed_results import Seed, SeedResult

_EXAMPLES_INIT = examples(
    "archiver init",
    "archiver --archive s3://evidence/news init --operator 'City Desk' --contact desk@paper.example",
)
_EXAMPLES = examples(
    "archiver capture https://example.org/article",
    "archiver capture --input links.csv --report done.csv --label case=2026-17",
)


@app.command(rich_help_panel=ARCHIVING, epilog=_EXAMPLES_INIT)
def init(
    context: typer.Context,
    operator: Annotated[str | None, typer.Option(help="Who runs the archive; stands in every manifest.")] = None,
    contact: Annotated[str | None, typer.Option(help="Where site owners may write to.")] = None,
    as_json: JsonLines = False,
) -> None:
    """Make an empty archive, after testing that its store never overwrites."""
    shared: Shared = context.obj
    for given, what in ((operator, "--operator"), (contact, "--contact")):
        encodable(given or "", what)
    if contact and not (operator or shared.settings.operator):
        raise BadInput("--contact says where to write to, but nobody is named", "Add --operator NAME.")
    check_place(shared.where)
    with Archive.init(shared.where, operator=operator, contact=contact, settings=shared.settings) as archive:
        described = archive.described
        if as_json:
            told = {"archive_id": described.archive_id, "archive": shared.where, "format": described.format}
            line({**told, "signing_key": str(archive.ledger.key_file)})
        else:
            say(Text(f"Made archive {described.archive_id} at {safe(shared.where)}"))
            say(Text(f"Its signing key is {safe(str(archive.ledger.key_file))}: {BACK_UP}"))
            say(Text(f"Next: archiver{shared.flag} capture https://host/page", style="dim"))


@app.command(rich_help_panel=ARCHIVING, epilog=_EXAMPLES)
def capture(
    context: typer.Context,
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL...", help="Pages to capture.")] = None,
    source: Annotated[
        str | None,
        typer.Option("--input", "-i", metavar="FILE|-", help="A list of URLs: text, CSV or TSV; - is stdin."),
    ] = None,
    url_column: Annotated[
        str | None, typer.Option(help="The column that holds the URLs; the others become labels.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the rows back with what became of them; a rerun skips what is done."),
    ] = None,
    page_only: Annotated[
        bool, typer.Option("--page-only", metavar="", help="Leave out images, styles, scripts, fonts and frames.")
    ] = False,
    robots: Annotated[str, typer.Option(help="record: keep robots.txt, do not obey it; obey; off.")] = "record",
    no_site_files: Annotated[
        bool,
        typer.Option(
            "--no-site-files", metavar="", help="Leave out what the site says for all its pages: trust.txt ..."
        ),
    ] = False,
    with_original: Annotated[
        bool,
        typer.Option("--with-original", metavar="", help="Capture too the article that a page says it republishes."),
    ] = False,
    label: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="A label for every manifest; may repeat.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="A note for every manifest.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Why this is captured; stands in the manifest.")] = None,
    allow_private: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST:PORT|NETWORK", help="A private address that may be reached; may repeat."),
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar="'NAME: VALUE'", help="A request header; may repeat.")
    ] = None,
    secret_header: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME: VALUE'", help="A request header whose value is never written; may repeat."),
    ] = None,
    user_agent: Annotated[str, typer.Option(help="The User-Agent to send.")] = USER_AGENT,
    accept_language: Annotated[
        str | None, typer.Option(help="The languages to ask for, such as 'fr, en;q=0.5'.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for one URL, all together.")] = 600.0,
    max_body: Annotated[int, typer.Option(metavar="BYTES", help="Longer bodies are cut there and flagged.")] = 512
    << 20,
    proxy: Annotated[str | None, typer.Option(metavar="URL", help="http://, https:// or socks5h:// proxy.")] = None,
    accept_bad_certificate: Annotated[
        bool, typer.Option("--accept-bad-certificate", metavar="", help="Capture all the same; the fault is recorded.")
    ] = False,
    dense: Annotated[
        bool,
        typer.Option("--dense", metavar="", help="Compress more: smaller WARC files for about three times the time."),
    ] = False,
    no_texts: NoTexts = False,
    as_json: JsonLines = False,
) -> None:
    """Capture pages, with what they embed, as evidence: exact bytes, notices, network facts, digests."""
    if not 0 < timeout <= 86_400:
        raise BadInput("--timeout must lie between 0 and 86400 seconds", "Leave it out for 600.")
    if not 0 < max_body <= HARD_MAX_BODY:
        raise BadInput(f"--max-body must lie between 1 and {HARD_MAX_BODY}", "Leave it out for 512 MiB.")
    for text, what in ((purpose, "--purpose"), (user_agent, "--user-agent"), (accept_language, "--accept-language")):
        encodable(text or "", what)
    given = secret_header or []
    options = CaptureOptions(
        page_only=page_only,
        robots=robots,
        site_files=not no_site_files,
        with_original=with_original,
        allow_private=tuple(allow_private or ()),
        headers=(*(header or ()), *given),
        secret_headers=frozenset(one.partition(":")[0].strip().lower() for one in given),
        user_agent=user_agent,
        accept_language=accept_language,
        proxy=proxy,
        accept_bad_certificate=accept_bad_certificate,
        dense=dense,
        purpose=purpose,
        limits=replace(Limits(), total=timeout, max_body=max_body),
    )
    options.plan("adhoc", "", None)  # a mistake in the options is told before anything is made
    options.dialer()
    labels = _labels(label or (), note)
    rows = [Row(number, url) for number, url in enumerate(urls or (), start=1)]
    rows += read_rows(source, url_column) if source else []
    if not rows:
        raise BadInput("no URL was given", "Give one, such as https://host/page, or a list with --input.")
    shared: Shared = context.obj
    written = Report(report, rows) if report else None
    with shared.open_or_make() as archive:
        done = _run(archive, rows, labels, options, written, as_json=as_json)
        if not no_texts:
            read_new(archive, done.segments)
        lag(archive)
    if not as_json:
        _summary(done, shared)
    for result in done.problems:
        advise(result)
    if done.problems:
        raise typer.Exit(PROBLEMS)


@dataclass
class _Done:
    """What a run has come to so far."""

    urls: int
    captures: int = 0
    first: SeedResult | None = None
    problems: list[SeedResult] = field(default_factory=list)
    segments: set[str] = field(default_factory=set)
    """Where the captures are."""


def _run(
    archive: Archive,
    rows: list[Row],
    labels: dict[str, str],
    options: CaptureOptions,
    written: Report | None,
    *,
    as_json: bool,
) -> _Done:
    todo = list(chosen(rows, written.done if written else set()))
    finished = len({row.url for row in rows}) - len(todo)
    if finished:
        say(Text(f"{finished} of {finished + len(todo)} URLs are done already", style="dim"))
    same_url: dict[str, list[Row]] = {}
    for row in rows:
        same_url.setdefault(row.url, []).append(row)
    done = _Done(len(todo))
    seeds = [Seed(row.url, {**labels, **row.labels}) for row in todo]
    if written:
        written.open()
    results = archive.capturing(seeds, options)
    try:
        for result in _with_progress(results, len(seeds), quiet=as_json):
            done.captures += sum(one.captured is not None for one in result.results)
            done.segments.update(one.captured.segment_id for one in result.results if one.captured)
            if done.first is None and result.page.captured is not None:
                done.first = result
            if is_problem(result):
                done.problems.append(result)
            for row in same_url[result.seed.url] if written else ():
                written.add(row, became(result))  # type: ignore[union-attr]
            if as_json:
                for one in result.results:
                    line(described(one))
            else:
                tell(result)
    except OutputClosed:
        raise typer.Exit(PROBLEMS) from None  # stopped before its end: what was captured is kept
    finally:
        results.close()
        if written:
            written.close()
    return done


def _summary(done: _Done, shared: Shared) -> None:
    urls = f"{done.urls} URL{'' if done.urls == 1 else 's'}"
    captures = f"{done.captures} capture{'' if done.captures == 1 else 's'}"
    place = f", sealed in {safe(shared.where)}" if done.captures else ""
    say(Text(f"{captures} of {urls}{place}"))
    if done.first:
        say(Text(f"Next: archiver{shared.flag} lookup {safe(shown_url(done.first.seed.url))}", style="dim"))


def _labels(given: list[str] | tuple[str, ...], note: str | None) -> dict[str, str]:
    labels = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"{one!r} is no label", "Write it as: --label name=value.")
        labels[encodable(name.strip(), "--label")] = encodable(value, "--label")
    if note:
        labels["note"] = encodable(note, "--note")
    return labels


def _with_progress(results: Iterator[SeedResult], total: int, *, quiet: bool) -> Iterator[SeedResult]:
    if quiet or total < 3 or not people.is_terminal:
        yield from results
        return
    columns = (TextColumn("capturing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=people, transient=True) as progress:
        task = progress.add_task("capture", total=total)
        for result in results:
            yield result
            progress.advance(task)
