# SPDX-License-Identifier: Apache-2.0
"""The report as a page for people: one file, nothing loaded and nothing run, light or dark as the reader has it.

It shows the numbers of the report and no others, each chart with its table. URLs are text, not links: a page that lists
hostile URLs should lead to none of them.
"""

from datetime import UTC, datetime, timedelta

from archiver.exchange import REASONS
from archiver.services.crawl_report.charts import over_time, side_by_side
from archiver.services.crawl_report.report import CrawlReport, Host, Listed
from archiver.services.markup import (
    duration,
    folded,
    framed,
    moment,
    number,
    octets,
    per_mille,
    table,
    tiles,
    words,
)
from manifests.capture import Outcome

_WAYS = {"finished": "finished", "limit": "ended at a limit", "stopped": "was stopped"}
_COLOURS = {
    Outcome.CAPTURED_COMPLETE.value: "good",
    Outcome.CAPTURED_TRUNCATED.value: "bar",
    Outcome.FAILED.value: "bad",
}
_OUTCOMES = {
    Outcome.CAPTURED_COMPLETE.value: "captured",
    Outcome.CAPTURED_TRUNCATED.value: "captured in part",
    Outcome.FAILED.value: "failed",
    Outcome.REFUSED.value: "refused",
    Outcome.SKIPPED.value: "skipped",
}
_DRAWN = 15


def page(report: CrawlReport) -> bytes:
    """The page, UTF-8."""
    parts = [
        _head(report), _outcomes(report), _rate(report), _changes(report), _hosts(report), _suspected(report),
        _failed(report), _robots(report), _events(report), _segments(report),
    ]  # fmt: skip
    return framed(f"Crawl of {report.job}, {report.created_at:%Y-%m-%d}", "".join(parts))


def _head(report: CrawlReport) -> str:
    totals = report.totals
    lines = [
        f"<h1>Crawl of {words(report.job)}</h1>\n",
        f"<p>It began {moment(report.created_at)}, {words(_WAYS.get(report.how, report.how))} {moment(report.ended_at)} "
        f"and took {duration(totals.seconds)}.</p>\n",
        f'<p class="soft">Crawl {words(report.crawl_id)} of archive {words(report.archive_id)}'
        + (f", due {moment(report.due)}" if report.due else "")
        + (f", a retry of crawl {words(report.first_crawl_id)}" if report.first_crawl_id else "")
        + f". Written by {words(report.software.name)} {words(report.software.version)}.</p>\n",
        tiles(
            [
                ("seeds", number(report.seeds)),
                ("URLs known", number(totals.urls)),
                ("captures", number(totals.captures)),
                ("received", octets(totals.octets)),
                ("WARC files", octets(totals.warc_octets)),
                (f"held already: {number(totals.revisits)}", per_mille(totals.revisits_per_mille)),
                ("captures a second", _rate_of(totals.captures, totals.seconds)),
                ("hosts", number(totals.hosts)),
                ("failed", number(totals.failed)),
                ("refused", number(totals.refused)),
                ("skipped", number(totals.skipped)),
                ("perhaps not what was meant", number(totals.suspected)),
            ]
        ),
    ]
    return "".join(lines)


def _rate_of(count: int, seconds: int) -> str:
    return f"{count / seconds:,.1f}" if seconds else number(count)


def _outcomes(report: CrawlReport) -> str:
    bars = [
        (_OUTCOMES.get(one.outcome, one.outcome) + (f": {one.reason}" if one.reason else ""), one.urls)
        for one in report.reasons
    ]
    colours = [_COLOURS.get(one.outcome, "grey") for one in report.reasons]
    drawn = [(name, urls, colour) for (name, urls), colour in zip(bars, colours, strict=True)][:_DRAWN]
    rows = [
        (words(_OUTCOMES.get(one.outcome, one.outcome)), words(one.reason or ""), words(_meaning(one.reason)), one.urls)
        for one in report.reasons
    ]
    codes = [(words(str(one.code)), one.captures) for one in report.codes]
    return (
        "<h2>What became of the URLs</h2>\n"
        + side_by_side("URLs by outcome and reason", drawn)
        + table("Every URL that the crawl knew", ("outcome", "reason", "meaning", "URLs"), rows)
        + folded("Status codes", table("Captures by status code", ("code", "captures"), codes))
    )


def _meaning(reason: str | None) -> str:
    return REASONS.get(reason, "") if reason else ""


def _later(begins_at: datetime, seconds: float) -> datetime:
    """So many seconds after a time; the last that can be told when that is beyond it."""
    left = datetime.max.replace(tzinfo=UTC) - begins_at
    return begins_at + (timedelta(seconds=max(seconds, 0.0)) if seconds < left.total_seconds() else left)


def _rate(report: CrawlReport) -> str:
    rate = report.rate
    times = [moment(_later(rate.begins_at, rate.seconds * place)) for place in range(len(rate.buckets))]
    bars = [
        (one.captures, one.failed, f"{at}: {number(one.captures)} captures, {octets(one.octets)}, {one.failed} failed")
        for at, one in zip(times, rate.buckets, strict=True)
    ]
    rows = [(at, one.captures, one.octets, one.failed) for at, one in zip(times, rate.buckets, strict=True)]
    chart = over_time(f"Captures in each {duration(rate.seconds)}", bars, times[0], times[-1]) if times else ""
    return (
        "<h2>Over time</h2>\n"
        f'<p class="soft">Captures in each {duration(rate.seconds)}, and how many of them failed.</p>\n'
        + (chart or "<p>There are none.</p>\n")
        + folded("The numbers", table("Captures over time", ("from", "captures", "bytes", "failed"), rows))
    )


def _changes(report: CrawlReport) -> str:
    totals = report.totals
    counts = [
        ("new", totals.new, "bar"), ("changed", totals.changed, "bad"), ("unchanged", totals.unchanged, "good"),
        ("notices changed", totals.notices_changed, "bad"),
    ]  # fmt: skip
    return (
        "<h2>Against what the archive held</h2>\n"
        + side_by_side("Captures that are new, changed or unchanged", counts)
        + table(
            "Captures against those before of the same URL", ("change", "captures"), [(n, count) for n, count, _ in counts]
        )
        + _listed("Changed", report.changed)
        + _listed("Notices changed", report.notices_changed, opened=True)
    )  # fmt: skip


def _hosts(report: CrawlReport) -> str:
    bars = [(one.origin, one.captures, "bar") for one in report.hosts[:_DRAWN]]
    return (
        "<h2>Hosts</h2>\n"
        + side_by_side("Captures by host", bars)
        + folded(
            _counted(len(report.hosts), report.totals.hosts, "hosts"),
            table("The hosts with most captures", _HOST_HEADS, [_host(one) for one in report.hosts]),
        )
        + folded(
            "The slowest hosts",
            table(
                "The hosts that let most time pass between requests, pauses we kept included",
                _HOST_HEADS,
                [_host(one) for one in report.slowest],
            ),
        )
    )


_HOST_HEADS = ("host", "captures", "bytes", "failed", "400 and more", "suspected", "ms between requests")


def _host(one: Host) -> tuple[str | int, ...]:
    return (
        words(one.origin), one.captures, one.octets, one.failed, one.errors, one.suspected,
        one.milliseconds if one.milliseconds is not None else "",
    )  # fmt: skip


def _suspected(report: CrawlReport) -> str:
    if not report.totals.suspected:
        return ""
    rows = [
        (words(one.origin), one.suspected, words(", ".join(f"{sign.sign} {sign.captures}" for sign in one.signs)))
        for one in report.suspected_hosts
    ]
    return (
        "<h2>Perhaps not what was meant</h2>\n"
        + side_by_side("Captures by sign", [(one.sign, one.captures, "bad") for one in report.signs[:_DRAWN]])
        + table("By sign", ("sign", "captures"), [(words(one.sign), one.captures) for one in report.signs])
        + table("By host", ("host", "captures", "signs"), rows)
        + _listed("Suspected", report.suspected)
    )


def _failed(report: CrawlReport) -> str:
    return "<h2>Failed</h2>\n" + _listed("Failed", report.failed, opened=True) if report.failed.urls else ""


def _robots(report: CrawlReport) -> str:
    robots = report.robots
    policy = "The rules of robots.txt were obeyed." if robots.policy == "obey" else (
        "The rules of robots.txt were recorded and not followed: " + words(robots.policy_reason or "no reason was given")
    )  # fmt: skip
    if robots.seeds_otherwise:
        other = "recorded and not followed" if robots.policy == "obey" else "obeyed"
        seeds = f"{number(robots.seeds_otherwise)} seed{'' if robots.seeds_otherwise == 1 else 's'}"
        policy += f" For what was found from {seeds} they were {other}, as the job file says."
    rows: list[tuple[str, int]] = [
        ("hosts with a robots.txt", robots.found),
        ("hosts without one", robots.absent),
        ("hosts of which no rules could be had", robots.unavailable),
        ("URLs that rules disallow", robots.disallowed_urls),
        ("URLs without rules to go by", robots.unavailable_urls),
    ]
    hosts = [(words(one.origin), words(str(one.code or "")), one.disallowed, one.unavailable) for one in robots.hosts]
    return (
        f"<h2>robots.txt</h2>\n<p>{policy}</p>\n"
        + table("Decisions", ("what", "how many"), rows)
        + table("Hosts that kept us out", ("host", "code of robots.txt", "disallowed", "no rules"), hosts)
    )


def _events(report: CrawlReport) -> str:
    rows = [(moment(one.at), words(one.kind), words(one.detail)) for one in report.events]
    caption = f"The last {number(len(rows))} of {number(report.events_in_all)} events"
    return "<h2>What was done to it</h2>\n" + table(caption, ("when", "what", "detail"), rows) if rows else ""


def _segments(report: CrawlReport) -> str:
    rows = [(words(one),) for one in report.segments]
    return folded(f"{number(len(rows))} segments", table("Segments that hold its captures", ("segment",), rows))


def _listed(name: str, some: Listed, *, opened: bool = False) -> str:
    rows = [(words(one.url), words(one.words), words(one.capture_id or "")) for one in some.first]
    content = table(f"{name}: {_counted(len(rows), some.urls, 'URLs')}", ("URL", "why", "capture"), rows)
    return content if opened else folded(f"{name}: {number(some.urls)} URLs", content)


def _counted(shown: int, in_all: int, what: str) -> str:
    if shown == in_all:
        return f"{number(in_all)} {what}"
    return f"{number(shown)} of {number(in_all)} {what}; see outcomes.jsonl.gz for all"
