# SPDX-License-Identifier: Apache-2.0
"""The sections of a job file, as written. The published JSON Schema is made from these models and their sentences.

A section is frozen, knows no other key, and takes nothing for another type than was written. What rules keys have about
each other is in `rules`.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from archiver.jobs.shapes import (
    BodySize,
    Contact,
    Count,
    Day,
    Days,
    Delay,
    Duration,
    Flag,
    HeaderSize,
    Line,
    MailAddress,
    Pattern,
    Percent,
    Positive,
    Private,
    Prose,
    Proxy,
    Selector,
    Size,
    Text,
    Timeout,
    Url,
    UrlOrVariable,
    Variable,
    Zone,
)


class Section(BaseModel):
    """A mapping of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class OperatorSection(Section):
    """Who runs the job."""

    name: Line
    """The person or organisation."""
    contact: Contact
    """E-mail address or page where owners of sites can write to."""


class BasisSection(Section):
    """Why this may be archived, as a person states it. Recorded, never computed."""

    purpose: Prose | None = None
    """What the captures are for."""
    legal_basis: Prose | None = None
    """The law or permission relied on; needs `assessor` and `date`."""
    fair_use: Prose | None = None
    """The assessor's reasoning about fair use; needs `assessor` and `date`."""
    assessor: Line | None = None
    """The person who assessed."""
    date: Day | None = None
    """The day of the assessment."""
    notes: Prose | None = None
    """What else should be on record."""


class ScopeSection(Section):
    """Which discovered URLs belong."""

    type: Literal["page", "prefix", "host", "domain", "any", "custom"] = "prefix"
    """`page` the seed alone; `prefix` what begins as the seed does, up to its last slash; `host`; `domain` with its subdomains;
    `any`; `custom` the seed and what `include` names."""
    include: tuple[Pattern, ...] = ()
    """Patterns that add URLs: RE2 expressions searched in the URL, or `glob:` and a glob of all of it."""
    exclude: tuple[Pattern, ...] = ()
    """Patterns, written alike, of URLs that are never taken; they win."""
    depth: Count | None = None
    """Most link steps from the seed; null: no limit."""
    hops: Count = 0
    """Link steps still taken beyond the scope."""
    embeds: Flag = True
    """Whether what a page embeds is taken from beyond the scope too."""


class LimitsSection(Section):
    """Where a crawl stops. null: no limit."""

    captures: Positive | None = None
    """Captures of a crawl."""
    bytes: Size | None = None
    """Octets received by a crawl."""
    time: Duration | None = None
    """Duration of a crawl."""
    captures_per_host: Positive | None = None
    """Captures of one host in a crawl."""
    bytes_per_host: Size | None = None
    """Octets received from one host in a crawl."""
    path_depth: Positive | None = 25
    """Most segments in a URL's path; deeper ones are taken for a trap."""
    header: HeaderSize = 2 << 20
    """Most octets of the header of one response; a longer one ends the exchange."""
    body: BodySize = 512 << 20
    """Octets kept of the body of one response, at most 900MiB; a longer one is cut and says so."""


class TimeoutsSection(Section):
    """How long one exchange may take; each is 0.1s to 1d. What a time-out cut off says which."""

    connect: Timeout = 10.0
    """For each step to a connection: the addresses of the name, TCP, TLS."""
    header: Timeout = 30.0
    """From sending the request to the end of the response's header."""
    idle: Timeout = 30.0
    """Between two pieces of the body."""
    total: Timeout = 600.0
    """From sending the request to the end of the response."""


class PolitenessSection(Section):
    """How a host is treated."""

    delay: Delay = "auto"
    """Pause between requests to a host; `auto` follows how fast it answers."""
    max_delay: Duration = 60.0
    """Longest pause that `auto`, robots.txt or trouble of the host can bring; not of `delay` itself."""
    per_host: Positive = 1
    """Requests at once to one host."""
    overall: Positive = 64
    """Requests at once to all hosts; only for the whole job."""
    robots: Literal["obey", "record"] = "obey"
    """`obey` robots.txt, or only `record` it; that needs `robots_reason`."""
    robots_reason: Line | None = None
    """Why robots.txt is not obeyed; on record with every crawl."""


class NetworkSection(Section):
    """What the guard of outgoing connections lets through."""

    allow_private: tuple[Private, ...] = ()
    """Hosts with port, addresses or networks that may be reached although not public."""
    proxy: Proxy | None = None
    """URL of the proxy, http, https or socks5h; `env:NAME` where it holds a password."""
    accept_bad_certificate: Flag = False
    """Go on when a certificate is not valid; the captures say so."""


class ScheduleSection(Section):
    """When the job runs: `cron` or `every`."""

    cron: Text | None = None
    """Five fields, or @hourly, @daily, @weekly, @monthly, on the wall clock of `zone`."""
    zone: Zone = "UTC"
    """IANA time zone."""
    every: Duration | None = None
    """Time from one run to the next."""
    from_: Text | None = Field(default=None, alias="from")
    """First run of an interval, as 2026-12-01T06:00, in `zone` when it names no offset."""
    misfire: Literal["once", "skip"] = "once"
    """After missed runs: make up one, or none."""
    overlap: Literal["refuse"] = "refuse"
    """While the last crawl still runs, a due run is refused and recorded."""


class RetentionSection(Section):
    """How long what is stored must stay."""

    days: Days | None = None
    """Days; null: the store's own rule."""
    lock: Literal["none", "governance", "compliance"] = "none"
    """Object lock of the store; needs `days`."""
    legal_hold: Flag = False
    """Keep until a person lifts the hold."""


class SegmentsSection(Section):
    """How captures are put into segments."""

    octets: Size = 256 << 20
    """Size at which a segment is sealed; at most 1GiB."""
    age: Duration = 600.0
    """Time from its first record at which a segment is sealed."""
    self_contained: Flag = False
    """Never refer to a payload of another segment; larger, but each segment replays alone."""
    dense: Flag = False
    """Compress smaller, for about three times the time."""


class NotifySection(Section):
    """One way to be told of changes."""

    to: Literal["webhook", "email", "feed"]
    """How the message travels; `feed` is an Atom feed of the job."""
    url: UrlOrVariable | None = None
    """Where a webhook is sent; `env:NAME` where the URL is a secret."""
    address: MailAddress | None = None
    """Where an e-mail is sent."""
    secret: Variable | None = None
    """`env:NAME` of the key that signs a webhook."""
    every: Literal["crawl", "day"] = "crawl"
    """One message a crawl, or a day."""
    at_most: Positive = 50
    """Changes one message lists; it says how many more there are."""
    when: tuple[Literal["main-text", "notices", "publisher", "removal", "new"], ...] = (
        "main-text",
        "notices",
        "publisher",
        "removal",
    )
    """Changes that count."""
    watch: Selector | None = None
    """CSS selector: only changes inside count."""
    ignore: Selector | None = None
    """CSS selector: changes inside do not count."""
    share: Percent = 0.0
    """Least share of changed words, in percent."""
    phrase: Line | None = None
    """Tell only when this phrase appears or vanishes."""


class SourceSection(Section):
    """Seeds found elsewhere: one of `file`, `sitemap`, `feed`."""

    file: Line | None = None
    """List beside the job file: a URL a line, or CSV or TSV with a header."""
    url_column: Line | None = None
    """Column of the URL; else the first of url, link, address, uri, seed, source_url."""
    sitemap: Url | None = None
    """Sitemap or sitemap index whose URLs are seeds."""
    since: Duration | None = None
    """Of a sitemap, only URLs changed within this time before the crawl, and those without a date."""
    feed: Url | None = None
    """RSS or Atom feed whose entries are seeds."""
