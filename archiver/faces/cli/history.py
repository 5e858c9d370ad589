# SPDX-License-Identifier: Apache-2.0
"""`archiver history` and `archiver diff`: what changed between captures."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text

from archiver.faces.cli.app import LOOKUPS, JsonLines, Shared, app
from archiver.faces.cli.lookup import read_time
from archiver.faces.cli.output import NOT_FOUND, PROBLEMS, examples, line, page, safe, say, shown_url
from archiver.services.history.comparing import Differences
from archiver.services.history.timeline import Mark, Row, What
from archiver.services.history.words import Words

_LONGEST = 600
"""Characters of one side of a change that a person is shown."""

Newer = Annotated[
    bool,
    typer.Option(
        "--extractor-changes",
        metavar="",
        help="Show apart what a newer extractor reads otherwise of a page that is the same.",
    ),
]


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples(
        "archiver history https://example.org/article",
        "archiver history https://example.org/article --from 2026 --text",
    ),
)
def history(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A URL; its scheme, www. and a final slash do not matter.")],
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Captures of this time or later: 2026, 2026-11-22.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Captures before this time.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the newest N captures.")] = None,
    text: Annotated[bool, typer.Option("--text", metavar="", help="Show which words of the text changed.")] = False,
    extractor_changes: Newer = False,
    as_json: JsonLines = False,
) -> None:
    """Show the captures of a URL over time, and what changed between them: text, title, publisher and each notice."""
    shared: Shared = context.obj
    first, last = (read_time(one) if one is not None else None for one in (since, until))
    rows, unreadable = 0, 0
    with shared.open() as archive:
        for row in archive.history(url, since=first, until=last, newest=limit, extractor_changes=extractor_changes):
            rows += 1
            unreadable += row.what is What.UNREADABLE
            if as_json:
                line(described(row))
            else:
                tell(row, with_text=text)
    if not rows:
        say(Text(f"no capture of {safe(shown_url(url))} is found in {safe(shared.where)}"))
        raise typer.Exit(NOT_FOUND)
    if unreadable:
        raise typer.Exit(PROBLEMS)


@app.command(
    rich_help_panel=LOOKUPS,
    epilog=examples("archiver diff 3f2a9c1e 8b01d7aa", "archiver diff 3f2a9c1e 8b01d7aa --json | jq .notices"),
)
def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="CAPTURE", help="An id, or enough of its first digits.")],
    after: Annotated[str, typer.Argument(metavar="CAPTURE", help="Another, of the same URL or not.")],
    extractor_changes: Newer = False,
    as_json: JsonLines = False,
) -> None:
    """Show how two captures differ: text, title, publisher and each notice."""
    shared: Shared = context.obj
    with shared.open() as archive:
        found = archive.diff(before, after)
    read_anew = found.compared.read_anew if extractor_changes else None
    if as_json:
        document = {"before": asdict(found.before), "after": asdict(found.after), "extractor": found.compared.extractor}
        document |= described_differences(found.compared.page)
        if read_anew is not None:
            document["read_anew"] = described_differences(read_anew)
        page(document, as_line=True)
        return
    for name, mark in (("before", found.before), ("after", found.after)):
        say(Text.assemble((f"{name:<7}", "dim"), *_named(mark), f"  {safe(mark.url)}"))
    if not found.compared.page.any:
        say(Text("  nothing that is compared differs", style="green"))
    tell_differences(found.compared.page, with_text=True)
    if read_anew is not None and read_anew.any:
        say(Text(f"  what {found.compared.extractor} reads otherwise of the first one:", style="dim"))
        tell_differences(read_anew, with_text=False)


def described(row: Row) -> dict[str, Any]:
    """A row of a history as JSON."""
    document: dict[str, Any] = {
        "what": row.what.value,
        **asdict(row.capture),
        "captures": row.captures,
        "until": {"capture_id": row.until.capture_id, "fetched_at": row.until.fetched_at},
        "elsewhere": row.elsewhere,
        "extractor": row.extractor,
    }
    if row.before is not None:
        document["before"] = asdict(row.before)
    if row.said is not None:
        publisher = row.said.publisher
        document["title"] = row.said.title
        document["publisher"] = publisher.name if publisher else None
        document["notices"] = [_notice(one) for one in row.said.notices]
    if row.differences is not None:
        document |= described_differences(row.differences)
    if row.detail is not None:
        document["detail"] = row.detail
    return document


def described_differences(differences: Differences) -> dict[str, Any]:
    """What differs between two captures as JSON; null where nothing does."""
    words = differences.words
    return {
        "title": asdict(differences.title) if differences.title else None,
        "publisher": asdict(differences.publisher) if differences.publisher else None,
        "notices": [
            {"kind": one.kind, "how": one.how, "before": _notice(one.before), "after": _notice(one.after)}
            for one in differences.notices
        ],
        "more_notices": differences.more_notices,
        "text": asdict(words) if words else None,
        "text_elsewhere": differences.elsewhere,
        "text_detail": differences.detail,
        "not_compared": differences.not_compared,
    }


def _notice(notice: Any) -> dict[str, Any] | None:
    """A notice as a lookup shows it: what it has."""
    if notice is None:
        return None
    held = {name: getattr(notice, name) for name in notice.__struct_fields__}
    return {name: value for name, value in held.items() if value}


def tell(row: Row, *, with_text: bool) -> None:
    """A row of a history for people."""
    text = Text.assemble(*_named(row.capture), "  ")
    several = row.captures > 1
    until = f" until {row.until.fetched_at:%Y-%m-%d %H:%M:%S}" if several else ""
    if row.what is What.FIRST:
        text.append("first capture", style="bold")
    elif row.what is What.UNCHANGED:
        text.append(f"unchanged{f', seen {row.captures} times{until}' if several else ''}", style="dim")
        if row.elsewhere:
            text.append("; words outside the main text differ", style="dim")
    elif row.what is What.NOT_THE_PAGE:
        text.append(
            f"not the page: {safe(row.detail)}{f', {row.captures} times{until}' if several else ''}", style="yellow"
        )
    elif row.what is What.UNREADABLE:
        text.append(f"cannot be compared: {safe(row.detail)}", style="red")
    elif row.what is What.READ_ANEW:
        text.append(f"the page is the same; {safe(row.extractor)} reads of the capture before", style="dim")
    elif row.before is not None:
        text.append("changed", style="bold yellow")
        text.append(f" since {row.before.fetched_at:%Y-%m-%d %H:%M:%S} ({row.before.capture_id[:8]})")
    say(text)
    if row.said is not None:
        _show("title", row.said.title)
        _show("publisher", row.said.publisher.name if row.said.publisher else None)
        for notice in row.said.notices:
            _show(notice.kind, notice.text)
        if not row.said.notices:
            say(Text("    no notice was found", style="dim"))
    if row.differences is not None:
        tell_differences(row.differences, with_text=with_text)


def tell_differences(differences: Differences, *, with_text: bool) -> None:
    """What differs between two captures, for people."""
    for name, one in (("title", differences.title), ("publisher", differences.publisher)):
        if one is not None:
            say(Text(f"    {name}", style="magenta"))
            _two_sides(one.before, one.after)
    for notice in differences.notices:
        say(Text(f"    {safe(notice.kind, 60)} {notice.how}", style="bold magenta"))
        _two_sides(*(_words_of(one) for one in (notice.before, notice.after)))
    if differences.more_notices:
        say(Text(f"    and {differences.more_notices} more notices"))
    if differences.words is not None:
        _tell_words(differences.words, with_text=with_text)
    elif differences.elsewhere:
        say(Text("    text: only words outside the main text differ, as in navigation or footers", style="dim"))
    for said in (differences.detail, differences.not_compared):
        if said:
            say(Text(f"    {said}", style="yellow"))


def _tell_words(words: Words, *, with_text: bool) -> None:
    places = len(words.stretches) + words.more
    say(Text(f"    text: {words.share:g} % of the words, {places} place{'' if places == 1 else 's'}", style="magenta"))
    if not with_text:
        return
    for one in words.stretches:
        say(Text(f"      … {safe(one.lead, _LONGEST)}", style="dim"))
        _two_sides(one.before or None, one.after or None)
    if words.more:
        say(Text(f"      and {words.more} more places", style="dim"))


def _two_sides(before: str | None, after: str | None) -> None:
    if before is not None:
        say(Text(f"      - {safe(before, _LONGEST)}", style="red"))
    if after is not None:
        say(Text(f"      + {safe(after, _LONGEST)}", style="green"))


def _words_of(notice: Any) -> str | None:
    """A notice's words with the licence read from them."""
    if notice is None:
        return None
    read = ", ".join(filter(None, (notice.license, notice.license_url, notice.usage, notice.value)))
    return f"{notice.text}  [{read}]" if read else notice.text


def _show(name: str, value: str | None) -> None:
    if value:
        say(Text.assemble((f"    {safe(name, 60)}  ", "magenta"), safe(value, _LONGEST)))


def _named(mark: Mark) -> tuple[tuple[str, str], str]:
    """When a capture was made, and the beginning of its id."""
    return (f"{mark.fetched_at:%Y-%m-%d %H:%M:%S}", "cyan"), f"  {mark.capture_id[:8]}"
