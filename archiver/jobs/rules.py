# SPDX-License-Identifier: Apache-2.0
"""What the keys of a job file demand of each other.

Works on the values as read, not on the models: so a wrong value in one place hides nothing that is wrong in another, and
all is reported at once. What a model refuses already is passed over here.
"""

from collections.abc import Iterator
from typing import Any

from archiver.errors import BadInput
from archiver.jobs.amounts import NotAnAmount, read_duration, read_size
from archiver.jobs.cron import read_cron
from archiver.jobs.mistakes import Path
from archiver.jobs.schedule import read_start, read_zone
from archiver.jobs.seed_urls import private_host
from archiver.jobs.shapes import CREDENTIALS

Fault = tuple[Path, str, str]
"""Where, what is wrong, what to write instead."""

MAX_SEGMENT = 1 << 30
MIN_SEGMENT = 1 << 20


def faults(values: dict[str, Any]) -> Iterator[Fault]:
    """Everything that is wrong between keys."""
    if not _list(values, "seeds") and not _list(values, "seeds_from"):
        yield ("seeds",), "the job has no seeds", "write `seeds:` with a URL a line, or `seeds_from:`"
    yield from _basis(_mapping(values, "basis"))
    yield from _scope(_mapping(values, "scope"), ("scope",), {})
    yield from _politeness(_mapping(values, "politeness"), ("politeness",), {})
    yield from _headers(values)
    yield from _retention(_mapping(values, "retention"))
    yield from _segments(_mapping(values, "segments"))
    for at, one in enumerate(_list(values, "seeds_from")):
        if isinstance(one, dict):
            yield from _source(one, ("seeds_from", at))
    for at, one in enumerate(_list(values, "notify")):
        if isinstance(one, dict):
            yield from _notify(one, ("notify", at))
    schedule = _mapping(values, "schedule")
    if isinstance(values.get("schedule"), dict):
        yield from schedule_faults(schedule, ("schedule",), {})
    allowed = [one for one in _list(_mapping(values, "network"), "allow_private") if isinstance(one, str)]
    for at, seed in enumerate(_list(values, "seeds")):
        yield from _seed(seed, ("seeds", at), values, allowed)


def _seed(seed: Any, path: Path, values: dict[str, Any], allowed: list[str]) -> Iterator[Fault]:
    url = seed.get("url") if isinstance(seed, dict) else seed
    if isinstance(url, str):
        host = private_host(url, allowed)
        if host:
            yield (
                (*path, "url") if isinstance(seed, dict) else path,
                f"{host} is not a public address",
                "list it under network.allow_private if it is meant",
            )
    if not isinstance(seed, dict):
        return
    yield from _scope(_mapping(seed, "scope"), (*path, "scope"), _mapping(values, "scope"))
    yield from _politeness(_mapping(seed, "politeness"), (*path, "politeness"), _mapping(values, "politeness"))
    if isinstance(seed.get("schedule"), dict):
        yield from schedule_faults(seed["schedule"], (*path, "schedule"), _mapping(values, "schedule"))


def schedule_faults(own: dict[str, Any], path: Path, above: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong in a schedule; `above` is the job's when it is a seed's."""
    cron, every = own.get("cron"), own.get("every")
    if cron is not None and every is not None:
        yield (*path, "every"), "a schedule has `cron` and `every`", "keep one of them"
    elif cron is None and every is None and above.get("cron") is None and above.get("every") is None:
        yield path, "the schedule says neither `cron` nor `every`", 'write `cron: "30 2 * * *"` or `every: 6h`'
    if isinstance(cron, str):
        try:
            read_cron(cron)
        except BadInput as fault:
            position = fault.fields.get("position")
            at = f" (at character {position + 1} of the line)" if isinstance(position, int) else ""
            yield (*path, "cron"), f"{fault.what}{at}", fault.advice
    if every is not None and not _is_interval(every):
        yield (*path, "every"), "an interval is a minute to a year", "write 1m to 366d"
    start = own.get("from")
    if start is None:
        return
    if cron is not None or (every is None and above.get("every") is None):
        yield (*path, "from"), "`from` goes with `every`", "leave it out"
    if isinstance(start, str):
        zone = own.get("zone", above.get("zone", "UTC"))
        try:
            read_start(start, zone if isinstance(zone, str) and _is_zone(zone) else "UTC")
        except ValueError:
            yield (*path, "from"), "this is no moment", "write it as 2026-12-01T06:00 or 2026-12-01T06:00+01:00"


def _is_interval(written: Any) -> bool:
    try:
        return 60 <= read_duration(written) <= 366 * 86_400
    except NotAnAmount:
        return True  # said of the key itself


def _is_zone(name: str) -> bool:
    try:
        read_zone(name)
    except BadInput:
        return False
    return True


def _basis(basis: dict[str, Any]) -> Iterator[Fault]:
    stated = next((name for name in ("legal_basis", "fair_use") if basis.get(name) is not None), None)
    for name, advice in (("assessor", "write the person's name"), ("date", "write the day, as 2026-12-31")):
        if stated and basis.get(name) is None:
            what = f"`{stated}` is stated without `{name}`: an assessment is a person's, on a day"
            yield ("basis", stated), what, advice


def _scope(scope: dict[str, Any], path: Path, above: dict[str, Any]) -> Iterator[Fault]:
    if scope.get("type") == "custom" and not scope.get("include", above.get("include")):
        yield (*path, "type"), "a custom scope without `include` takes nothing", "list patterns under `include`"


def _politeness(own: dict[str, Any], path: Path, above: dict[str, Any]) -> Iterator[Fault]:
    if own.get("robots") == "record" and not own.get("robots_reason", above.get("robots_reason")):
        yield (*path, "robots"), "robots.txt is not obeyed without a reason", "write it under `robots_reason`"
    if "overall" in own and path[0] == "seeds":
        yield (*path, "overall"), "`overall` holds for the whole job", "write it under the job's `politeness`"
    most, overall = own.get("per_host", above.get("per_host", 1)), own.get("overall", above.get("overall", 64))
    given = "per_host" if "per_host" in own else "overall"
    if given in own and isinstance(most, int) and isinstance(overall, int) and most > overall:
        yield (*path, given), "`per_host` is more than `overall`", f"write `overall: {most}`, or fewer a host"


def _headers(values: dict[str, Any]) -> Iterator[Fault]:
    secret = {name.lower() for name in _mapping(values, "secret_headers")}
    for section in ("headers", "secret_headers"):
        for name in _mapping(values, section):
            if name.lower() in ("user-agent", "accept-language") and section == "headers":
                key = name.lower().replace("-", "_")
                yield (section, name), f"{name} has a key of its own", f"write it as `{key}:`"
            elif section == "headers" and name.lower() in CREDENTIALS:
                yield (section, name), f"{name} is a secret", "write it under `secret_headers` as env:NAME"
            elif section == "headers" and name.lower() in secret:
                yield (section, name), f"{name} stands under `secret_headers` too", "keep one of them"


def _retention(retention: dict[str, Any]) -> Iterator[Fault]:
    if retention.get("lock") in ("governance", "compliance") and retention.get("days") is None:
        yield ("retention", "lock"), "a lock without `days` has no end", "write `days:`, or `legal_hold: true`"


def _segments(segments: dict[str, Any]) -> Iterator[Fault]:
    try:
        octets = read_size(segments.get("octets", MAX_SEGMENT))
    except NotAnAmount:
        return  # said of the key itself
    if octets > MAX_SEGMENT:
        yield ("segments", "octets"), "a segment holds at most 1GiB", "write 1GiB or less"
    if octets < MIN_SEGMENT:
        yield ("segments", "octets"), "segments under 1MiB would be too many", "write 1MiB or more"


def _source(source: dict[str, Any], path: Path) -> Iterator[Fault]:
    kinds = [name for name in ("file", "sitemap", "feed") if source.get(name) is not None]
    if len(kinds) != 1:
        yield path, "a source names one of `file`, `sitemap` and `feed`", "write each as an entry of its own"
    for key, kind in (("url_column", "file"), ("since", "sitemap")):
        if source.get(key) is not None and kinds and kind not in kinds:
            yield (*path, key), f"`{key}` goes with `{kind}`", "leave it out"
    file = source.get("file")
    if isinstance(file, str) and (file.startswith(("/", "\\")) or ".." in file.replace("\\", "/").split("/")):
        yield (*path, "file"), "a list stands beside the job file or below", "write its name"


def _notify(entry: dict[str, Any], path: Path) -> Iterator[Fault]:
    to = entry.get("to")
    for key, kind in (("url", "webhook"), ("address", "email")):
        if to == kind and entry.get(key) is None:
            yield (*path, "to"), f"`to: {kind}` needs `{key}`", f"write `{key}:`"
        elif entry.get(key) is not None and to != kind and to in ("webhook", "email", "feed"):
            yield (*path, key), f"`{key}` goes with `to: {kind}`", "leave it out"
    if entry.get("secret") is not None and to in ("email", "feed"):
        yield (*path, "secret"), "`secret` signs a webhook", "leave it out"
    if entry.get("when") == []:
        yield (*path, "when"), "no change counts, so nothing is ever told", "leave `when` out, or name changes"


def _mapping(values: dict[str, Any], key: str) -> dict[str, Any]:
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _list(values: dict[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    return found if isinstance(found, list) else []
