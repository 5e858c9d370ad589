# SPDX-License-Identifier: Apache-2.0
"""Settings as YAML again, every default written out: what `archiver jobs check` prints. Secrets are names of variables.

What is printed for a seed, put into a job file, gives the same settings.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import yaml

from archiver.jobs.amounts import show_duration, show_size
from archiver.jobs.document import plain
from archiver.jobs.effective import Feed, Job, Secret, SeedSettings
from archiver.jobs.schedule import Schedule

_SIZES = frozenset({"bytes", "bytes_per_host", "header", "body", "octets"})
_DURATIONS = frozenset({"time", "delay", "max_delay", "every", "age", "since", "connect", "header", "idle", "total"})
"""`header` is a size among limits and a duration among time-outs: the former is an integer."""


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML quotes what YAML 1.1 would take for a number; what JSON takes for one (1e5) is left to us.
    style = "'" if plain(text) != text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def describe(settings: SeedSettings) -> str:
    """The settings of a seed, in the keys of a job file."""
    return _written(_of_settings(settings))


def describe_job(job: Job) -> str:
    """The settings that are the same for every seed of a job, and how many seeds and sources it has."""
    values: dict[str, Any] = {"name": job.name, "description": job.description}
    values |= {"operator": _of(job.operator), "basis": _of(job.basis)}
    values |= {"headers": dict(job.headers)}
    values["secret_headers"] = {name: f"env:{secret.name}" for name, secret in job.secret_headers.items()}
    values |= {"user_agent": job.user_agent, "accept_language": job.accept_language}
    values["site_files"] = job.site_files
    values |= {"timeouts": _of(job.timeouts), "network": _of(job.network)}
    values |= {"retention": _of(job.retention), "segments": _of(job.segments)}
    values["notify"] = [_of(one) for one in job.notify]
    values["parameters"] = list(job.parameters)
    values["seeds_from"] = [
        {"feed": one.url} if isinstance(one, Feed) else {"sitemap": one.url, "since": _amount("since", one.since)}
        for one in job.sources
    ]
    text = _written({key: value for key, value in values.items() if value not in (None, [], {})})
    return f"# {len(job.seeds)} seeds\n{text}"


def _of_settings(settings: SeedSettings) -> dict[str, Any]:
    scope = _of(settings.scope)
    assert scope is not None
    scope = {"type": scope.pop("kind"), **scope}
    values: dict[str, Any] = {"scope": scope}
    values |= {"limits": _of(settings.limits), "politeness": _of(settings.politeness)}
    values["engine"] = settings.engine
    if settings.schedule is not None:
        values["schedule"] = _of_schedule(settings.schedule)
    if settings.labels:
        values["labels"] = dict(settings.labels)
    if settings.collection is not None:
        values["collection"] = settings.collection
    return values


def _of_schedule(schedule: Schedule) -> dict[str, Any]:
    values = _of(schedule) or {}
    start = values.pop("start")
    if start is not None:
        values["from"] = start.isoformat()
    return {key: value for key, value in values.items() if value is not None}


def _of(value: Any) -> dict[str, Any] | None:
    """A frozen value as its mapping."""
    if value is None:
        return None
    return {field.name: _amount(field.name, getattr(value, field.name)) for field in fields(value)}


def _amount(name: str, value: Any) -> Any:
    if isinstance(value, Secret):
        return f"env:{value.name}"
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, int) and name in _SIZES:
        return show_size(value)
    if isinstance(value, float) and name in _DURATIONS:
        return show_duration(value)
    return value


def _written(values: Mapping[str, Any]) -> str:
    return yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
