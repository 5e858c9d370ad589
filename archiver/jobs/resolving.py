# SPDX-License-Identifier: Apache-2.0
"""From a job file that is known to be right to the `Job` it comes to."""

from archiver.jobs.effective import (
    Basis,
    Feed,
    Job,
    Limits,
    Network,
    Notification,
    Operator,
    Politeness,
    Retention,
    Secret,
    Seed,
    SeedSettings,
    Segments,
    Sitemap,
    Timeouts,
    fields_of,
    schedule_over,
    scope_keys,
)
from archiver.jobs.job import JobFile, OwnSection
from archiver.jobs.mistakes import Mistake
from archiver.jobs.sections import NotifySection
from archiver.scope import ScopeRule


def resolve(file: JobFile, listed: tuple[Seed, ...], mistakes: tuple[Mistake, ...]) -> Job:
    """The job of a file that is known to be right, with the seeds of its lists."""
    written = tuple(Seed(one.url, one.labels, one if _has_own(one) else None) for one in file.seeds)
    sources: list[Sitemap | Feed] = []
    for one in file.seeds_from:
        if one.sitemap is not None:
            sources.append(Sitemap(one.sitemap, one.since))
        elif one.feed is not None:
            sources.append(Feed(one.feed))
    network = fields_of(file.network) | {"proxy": Secret.of(file.network.proxy) if file.network.proxy else None}
    return Job(
        name=file.name,
        description=file.description,
        operator=Operator(**fields_of(file.operator)) if file.operator else None,
        basis=Basis(**fields_of(file.basis)),
        seeds=written + listed,
        sources=tuple(sources),
        settings=SeedSettings(
            scope=ScopeRule(**scope_keys(file.scope, every=True)),
            limits=Limits(**fields_of(file.limits)),
            politeness=Politeness(**fields_of(file.politeness)),
            engine=file.engine,
            schedule=schedule_over(None, file.schedule),
            labels=file.labels,
            collection=file.collection,
        ),
        headers=file.headers,
        secret_headers={name: Secret(value.removeprefix("env:")) for name, value in file.secret_headers.items()},
        user_agent=file.user_agent,
        accept_language=file.accept_language,
        site_files=file.site_files,
        timeouts=Timeouts(**fields_of(file.timeouts)),
        network=Network(**network),
        retention=Retention(**fields_of(file.retention)),
        segments=Segments(**fields_of(file.segments)),
        notify=tuple(_notification(one) for one in file.notify),
        parameters=file.parameters,
        mistakes=mistakes,
    )


def _has_own(own: OwnSection) -> bool:
    return any(getattr(own, name) is not None for name in OwnSection.model_fields)


def _notification(section: NotifySection) -> Notification:
    url = Secret.of(section.url) if section.url else None
    secret = Secret(section.secret.removeprefix("env:")) if section.secret else None
    return Notification(**fields_of(section) | {"url": url, "secret": secret})
