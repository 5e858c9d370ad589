# SPDX-License-Identifier: Apache-2.0
"""What a job comes to: frozen values with every default filled in. Secrets stay names of variables; reading those is the
caller's.

Sizes are octets, durations seconds, None is "no limit" or "not given". `Job.settings_of` is cheap for the seeds that have
nothing of their own: they share one value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any, Literal

from archiver.jobs.job import OwnSection
from archiver.jobs.mistakes import Mistake
from archiver.jobs.schedule import Schedule, read_start
from archiver.jobs.sections import ScheduleSection, ScopeSection, Section
from archiver.scope import ScopeRule


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that only the environment has."""

    name: str
    """The variable that holds it."""

    @classmethod
    def of(cls, written: str) -> "Secret | str":
        """A secret of `env:NAME`; other text as it is."""
        return cls(written.removeprefix("env:")) if written.startswith("env:") else written


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs a job."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a person says that this may be archived."""

    purpose: str | None = None
    legal_basis: str | None = None
    fair_use: str | None = None
    assessor: str | None = None
    date: str | None = None
    """ISO 8601 date."""
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a crawl stops. None: no limit."""

    captures: int | None
    bytes: int | None
    time: float | None
    captures_per_host: int | None
    bytes_per_host: int | None
    path_depth: int | None
    header: int
    body: int


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one exchange may take, in seconds."""

    connect: float
    header: float
    idle: float
    total: float


@dataclass(frozen=True, slots=True)
class Politeness:
    """How a host is treated."""

    delay: float | Literal["auto"]
    """Seconds between requests to a host."""
    max_delay: float
    per_host: int
    overall: int
    robots: Literal["obey", "record"]
    robots_reason: str | None


@dataclass(frozen=True, slots=True)
class Network:
    """What the guard lets through."""

    allow_private: tuple[str, ...]
    proxy: "str | Secret | None"
    accept_bad_certificate: bool


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is stored must stay."""

    days: int | None
    lock: Literal["none", "governance", "compliance"]
    legal_hold: bool


@dataclass(frozen=True, slots=True)
class Segments:
    """How captures are put into segments."""

    octets: int
    age: float
    self_contained: bool
    dense: bool


@dataclass(frozen=True, slots=True)
class Notification:
    """One way to be told of changes; `url` with `webhook`, `address` with `email`."""

    to: Literal["webhook", "email", "feed"]
    url: "str | Secret | None"
    address: str | None
    secret: Secret | None
    every: Literal["crawl", "day"]
    at_most: int
    when: tuple[str, ...]
    watch: str | None
    ignore: str | None
    share: float
    """Least percent of changed words, 0 to 100."""
    phrase: str | None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Seeds that a sitemap names when a crawl starts."""

    url: str
    since: float | None
    """Only those changed within so many seconds before the crawl, and those without a date."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Seeds that a feed names when a crawl starts."""

    url: str


@dataclass(frozen=True, slots=True)
class SeedSettings:
    """What holds for one seed."""

    scope: ScopeRule
    limits: Limits
    politeness: Politeness
    engine: str
    schedule: Schedule | None
    labels: Mapping[str, str]
    collection: str | None


@dataclass(frozen=True, slots=True)
class Seed:
    """A URL given by a person."""

    url: str
    """As given."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Its own, without the job's."""
    own: OwnSection | None = None
    """What it overrides; `Job.settings_of` says what that comes to."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job, everything resolved but secrets."""

    name: str
    description: str | None
    operator: Operator | None
    basis: Basis
    seeds: tuple[Seed, ...]
    """Of the file and its lists, in order."""
    sources: tuple[Sitemap | Feed, ...]
    """Where a crawl finds more seeds; they have `settings`."""
    settings: SeedSettings
    """What holds for seeds that override nothing."""
    headers: Mapping[str, str]
    secret_headers: Mapping[str, Secret]
    user_agent: str | None
    accept_language: str | None
    site_files: bool
    timeouts: Timeouts
    network: Network
    retention: Retention
    segments: Segments
    notify: tuple[Notification, ...]
    parameters: tuple[str, ...]
    """Query parameters that discovered URLs lose; `*` stands for any characters."""
    mistakes: tuple[Mistake, ...] = ()
    """Bad lines of seed lists; their seeds are left out."""

    def settings_of(self, seed: Seed) -> SeedSettings:
        """The job's settings with what the seed overrides."""
        settings, own = self.settings, seed.own
        if seed.labels:
            settings = replace(settings, labels={**settings.labels, **seed.labels})
        if own is None:
            return settings
        return replace(
            settings,
            scope=_over(settings.scope, scope_keys(own.scope)),
            limits=_over(settings.limits, given(own.limits)),
            politeness=_over(settings.politeness, given(own.politeness)),
            engine=own.engine or settings.engine,
            schedule=schedule_over(settings.schedule, own.schedule),
            collection=own.collection or settings.collection,
        )

    def schedules(self) -> dict[Schedule | None, list[Seed]]:
        """The seeds by when they are due: None, never by themselves. The job's own schedule comes first."""
        found: dict[Schedule | None, list[Seed]] = {self.settings.schedule: []}
        for seed in self.seeds:
            own = seed.own.schedule if seed.own else None
            found.setdefault(schedule_over(self.settings.schedule, own), []).append(seed)
        return found

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every variable the job needs, each once, by name."""
        told = [one for notification in self.notify for one in (notification.url, notification.secret)]
        every = [*self.secret_headers.values(), self.network.proxy, *told]
        return tuple(sorted({one for one in every if isinstance(one, Secret)}, key=lambda one: one.name))


def given(section: Section | None) -> dict[str, Any]:
    """The keys that were written in a section."""
    return {} if section is None else {name: getattr(section, name) for name in section.model_fields_set}


def fields_of(section: Section) -> dict[str, Any]:
    """Every key of a section, defaults included."""
    return {name: getattr(section, name) for name in type(section).model_fields}


def _over(base: Any, keys: dict[str, Any]) -> Any:
    return replace(base, **keys) if keys else base


def scope_keys(section: ScopeSection | None, *, every: bool = False) -> dict[str, Any]:
    """The keys of a `ScopeRule`: those written, or every one."""
    keys = fields_of(section) if every and section is not None else given(section)
    return {"kind" if name == "type" else name: value for name, value in keys.items()}


def schedule_over(base: Schedule | None, section: ScheduleSection | None) -> Schedule | None:
    """`base` with what was written in a section."""
    if section is None:
        return base
    keys = given(section)
    start = keys.pop("from_", None)
    if keys.get("cron") is not None:
        keys |= {"every": None, "start": None}
    if keys.get("every") is not None:
        keys |= {"cron": None}
    zone = keys.get("zone") or (base.zone if base else "UTC")
    if start is not None:
        # UTC, so that equal moments are equal schedules.
        keys |= {"start": read_start(start, zone).astimezone(UTC)}
    return replace(base or Schedule(), **keys)
