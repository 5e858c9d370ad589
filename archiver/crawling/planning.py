# SPDX-License-Identifier: Apache-2.0
"""From a job to what its workers need: options of the engine, the plan of the crawl, and the plan of each seed."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from archiver.capture.http import Limits
from archiver.errors import BadInput
from archiver.jobs.document import read_document
from archiver.jobs.effective import Job, Secret, Seed, SeedSettings, Sitemap, given
from archiver.jobs.job import JobFile, OwnSection
from archiver.jobs.resolving import resolve
from archiver.options import USER_AGENT, CaptureOptions
from archiver.politeness import PaceRule
from archiver.scope import Scope
from archiver.services.crawler.plan import CrawlPlan, OwnLimits, SeedPlan, remembered
from archiver.services.ingest import SealLimits
from archiver.state.crawls import CrawlRow, SeedRow
from archiver.state.turn import Found
from archiver.traps import TrapLimits, Traps
from archiver.urls import parse
from manifests.agents import Agent
from manifests.capture import FetchSettings

SEED_PRIORITY = 0
_OF_THE_CRAWL = ("header", "body")
"""Limits that no seed can have of its own: its crawl would pass over them in silence."""
_OWN = set(OwnSection.model_fields) - {"schedule"}


def job_of(row: CrawlRow) -> Job:
    """The job of a crawl as it was when the crawl began; its seeds are in state."""
    return resolve(JobFile.model_validate(read_document(row.job_text, row.job).value), (), ())


def options_of(job: Job, environment: Mapping[str, str]) -> CaptureOptions:
    """How a job captures. Raises `BadInput` for secrets that the environment lacks, headers and proxies that cannot be used."""
    limits, timeouts, network = job.settings.limits, job.timeouts, job.network
    secret = {name: revealed(value, environment) for name, value in job.secret_headers.items()}
    proxy = revealed(network.proxy, environment) if network.proxy else None
    return CaptureOptions(
        robots=job.settings.politeness.robots,
        allow_private=network.allow_private,
        headers=tuple(f"{name}: {value}" for name, value in (*job.headers.items(), *secret.items())),
        secret_headers=frozenset(name.lower() for name in secret),
        user_agent=job.user_agent or _user_agent(job),
        accept_language=job.accept_language,
        proxy=proxy,
        accept_bad_certificate=network.accept_bad_certificate,
        dense=job.segments.dense,
        limits=Limits(
            connect=timeouts.connect,
            header=timeouts.header,
            idle=timeouts.idle,
            total=timeouts.total,
            max_header=limits.header,
            max_body=limits.body,
        ),
        purpose=job.basis.purpose,
    )


def revealed(value: "str | Secret", environment: Mapping[str, str]) -> str:
    """The value of a secret. Raises `BadInput`, which names the variable and never shows a value."""
    if not isinstance(value, Secret):
        return value
    found = environment.get(value.name, "")
    if not found or any(c in found for c in "\r\n\0"):
        wrong = "is not set" if not found else "holds a line break"
        raise BadInput(f"the variable {value.name}, which the job needs, {wrong}", f"Set {value.name} and try again.")
    return found


def plan_of(
    job: Job,
    row: CrawlRow,
    options: CaptureOptions,
    seed_row: Callable[[int], SeedRow],
    workers: int,
    operator: Agent | None,
) -> CrawlPlan:
    """The plan of one crawl of `job`, for each of so many workers."""
    settings = job.settings
    limits = settings.limits
    today = datetime.fromisoformat(row.created_at).date()
    traps = Traps(_trap_limits(settings), today=today)
    politeness = settings.politeness
    base = options.plan(row.job, row.crawl_id, operator)
    named = Agent(name=job.operator.name, contact=job.operator.contact) if job.operator else operator

    def seed_plan(number: int) -> SeedPlan:
        one = seed_row(number)
        seed = seed_of(one)
        own = job.settings_of(seed)
        url = parse(one.url)
        labels = dict(own.labels)
        if own.collection:
            labels["collection"] = own.collection
        return SeedPlan(
            url=url,
            scope=Scope(own.scope, url),
            pace=PaceRule(
                delay=own.politeness.delay,
                max_delay=own.politeness.max_delay,
                concurrency=own.politeness.per_host,
            ),
            traps=traps if own.limits == limits else Traps(_trap_limits(own), today=today),
            drop=job.parameters,
            captures_per_host=own.limits.captures_per_host,
            octets_per_host=own.limits.bytes_per_host,
            limits=_own_limits(seed),
            obey_robots=own.politeness.robots == "obey",
            labels=labels,
            source=json.loads(one.settings).get("source"),
            since=json.loads(one.settings).get("since"),
        )

    return CrawlPlan(
        job=row.job,
        crawl=row.row,
        crawl_id=row.crawl_id,
        headers=base.headers,
        secret_headers=base.secret_headers,
        settings=FetchSettings.model_validate(base.settings.model_dump() | {"robots": politeness.robots}),
        overall=max(1, politeness.overall // workers),
        seed=remembered(seed_plan),
        seal=SealLimits(octets=job.segments.octets, age=timedelta(seconds=job.segments.age)),
        self_contained=job.segments.self_contained,
        site_files=job.site_files,
        captures=limits.captures,
        octets=limits.bytes,
        seconds=limits.time,
        began_at=datetime.fromisoformat(row.created_at).timestamp(),
        operator=named,
        purpose=job.basis.purpose,
    )


def seeds_of(job: Job) -> Iterator[SeedRow]:
    """The seeds of a crawl that begins now, in order; sitemaps and feeds that name further ones are seeds themselves.

    Raises `BadInput` for a seed with settings of its own that only a whole crawl can have.
    """
    number = 0
    for seed in job.seeds:
        _fits(seed)
        own = (
            json.loads(seed.own.model_dump_json(exclude_unset=True, by_alias=True, include=_OWN)) if seed.own else None
        )
        kept = {"labels": dict(seed.labels), "own": own}
        yield SeedRow(number, parse(seed.url).url, json.dumps({k: v for k, v in kept.items() if v}, ensure_ascii=False))
        number += 1
    for source in job.sources:
        settings: dict[str, object] = {"source": "feed"}
        if isinstance(source, Sitemap):
            settings = {"source": "sitemap", "since": source.since}
        yield SeedRow(number, parse(source.url).url, json.dumps(settings))
        number += 1


def _fits(seed: Seed) -> None:
    own = given(seed.own.limits) if seed.own is not None else {}
    for key in _OF_THE_CRAWL:
        if key in own:
            raise BadInput(
                f"the seed {seed.url} has limits.{key} of its own, which holds for the whole crawl",
                "Write it in the job, or give the seed a job of its own.",
            )


def _own_limits(seed: Seed) -> OwnLimits | None:
    """The limits of the crawl that a seed has for itself; those of the job are the crawl's."""
    own = given(seed.own.limits) if seed.own is not None else {}
    limits = OwnLimits(own.get("captures"), own.get("bytes"), own.get("time"))
    return None if limits == OwnLimits() else limits


def seed_of(row: SeedRow) -> Seed:
    """The seed of a job as its row in state tells it."""
    kept = json.loads(row.settings)
    own = OwnSection.model_validate(kept["own"]) if kept.get("own") else None
    return Seed(row.url, kept.get("labels", {}), own)


def first_found(seeds: Iterable[SeedRow]) -> list[Found]:
    """What the frontier is begun with."""
    found = []
    for one in seeds:
        url = parse(one.url)
        found.append(Found(url.origin, url.target, SEED_PRIORITY, 0, 0, "", one.number, None, "seed"))
    return found


def _trap_limits(settings: SeedSettings) -> TrapLimits:
    depth = settings.limits.path_depth
    return TrapLimits() if depth is None else replace(TrapLimits(), segments=depth)


def _user_agent(job: Job) -> str:
    """Ours, with the operator's contact: a site owner must be able to ask."""
    contact = job.operator.contact if job.operator else ""
    return USER_AGENT.replace(")", f"; +{contact})") if contact.isascii() and contact else USER_AGENT
