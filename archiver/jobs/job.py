# SPDX-License-Identifier: Apache-2.0
"""A job file as written: its keys at the top, and its seeds. The values it comes to are in `effective`."""

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from archiver.jobs.sections import (
    BasisSection,
    LimitsSection,
    NetworkSection,
    NotifySection,
    OperatorSection,
    PolitenessSection,
    RetentionSection,
    ScheduleSection,
    ScopeSection,
    Section,
    SegmentsSection,
    SourceSection,
    TimeoutsSection,
)
from archiver.jobs.shapes import (
    Flag,
    HeaderName,
    HeaderValue,
    Languages,
    Line,
    Name,
    Parameter,
    Prose,
    Text,
    Url,
    UserAgent,
    Variable,
    said,
)


class OwnSection(Section):
    """What a seed has of its own; the rest is the job's. Key by key: a list of its own replaces the job's list."""

    scope: ScopeSection | None = None
    """The seed's own keys of `scope`."""
    limits: LimitsSection | None = None
    """The seed's own keys of `limits`."""
    politeness: PolitenessSection | None = None
    """The seed's own keys of `politeness`."""
    engine: Literal["http"] | None = None
    """The seed's own engine."""
    schedule: ScheduleSection | None = None
    """The seed's own keys of `schedule`; `cron` and `every` replace each other."""
    collection: Name | None = None
    """The seed's own collection."""


class SeedSection(OwnSection):
    """One seed."""

    url: Url
    """The URL at which the crawl starts."""
    labels: dict[Line, Text] = Field(default_factory=dict)
    """Labels added to the job's; of equal names the seed's counts."""

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"url": given}
        if not isinstance(given, dict):
            raise said("a seed is a URL, or a mapping with `url`", "write - https://example.org/")
        return given


class _UrlOrSection:
    """Says in the schema what `_of_text` does."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "format": "uri"}, handler(core)]}


class JobFile(Section):
    """A job: what is archived, when, how, by whom and why."""

    name: Name
    """The job's name: a-z, 0-9 and hyphens, at most 64. Part of keys in the store; do not change it."""
    description: Prose | None = None
    """What the job is."""
    operator: OperatorSection | None = None
    """Who runs the job; else the archive's operator."""
    basis: BasisSection = BasisSection()
    """Why this may be archived, as a person states it."""
    seeds: tuple[Annotated[SeedSection, _UrlOrSection()], ...] = ()
    """URLs at which the crawl starts."""
    seeds_from: tuple[SourceSection, ...] = ()
    """Lists, sitemaps and feeds that hold more seeds."""
    scope: ScopeSection = ScopeSection()
    """Which discovered URLs belong."""
    limits: LimitsSection = LimitsSection()
    """Where a crawl stops."""
    timeouts: TimeoutsSection = TimeoutsSection()
    """How long one exchange may take."""
    politeness: PolitenessSection = PolitenessSection()
    """How a host is treated."""
    engine: Literal["http"] = "http"
    """How a page is fetched."""
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    """Further request headers; nothing secret."""
    secret_headers: dict[HeaderName, Variable] = Field(default_factory=dict)
    """Request headers whose values are in variables, as `env:NAME`. What is captured with them is not shown to all."""
    user_agent: UserAgent | None = None
    """The User-Agent header; else the archiver's, with the contact."""
    accept_language: Languages | None = None
    """The Accept-Language header."""
    site_files: Flag = True
    """Whether the files in which a site speaks for its pages are captured with the hosts of seeds: tdmrep.json, trust.txt,
    ai.txt, security.txt, RSL licences."""
    network: NetworkSection = NetworkSection()
    """What the guard of outgoing connections lets through."""
    schedule: ScheduleSection | None = None
    """When the job runs; else only when told."""
    retention: RetentionSection = RetentionSection()
    """How long what is stored must stay."""
    segments: SegmentsSection = SegmentsSection()
    """How captures are put into segments."""
    labels: dict[Line, Text] = Field(default_factory=dict)
    """Labels of every capture."""
    collection: Name | None = None
    """Collection that the captures join."""
    notify: tuple[NotifySection, ...] = ()
    """Who is told of changes."""
    parameters: tuple[Parameter, ...] = ()
    """Query parameters dropped from discovered URLs: names, or patterns as `utm_*`."""
