# SPDX-License-Identifier: Apache-2.0
"""Messages on their way: each through the guarded dialer, with the network allowances of the job that tells it.

What went wrong is an answer and never an exception: a crawl is not to fail because nobody listens. Secrets are looked up
only here, and stand in no answer. Messages travel at the same time, each for at most some three minutes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from archiver.crawling.planning import revealed
from archiver.dialer import Dialer
from archiver.errors import ArchiverError, BadInput
from archiver.jobs.effective import Job, Notification
from archiver.options import USER_AGENT, CaptureOptions
from archiver.services.ingest import World
from archiver.services.notify import email, webhook
from archiver.services.notify.message import Message
from archiver.services.notify.webhook import Delivery
from archiver.settings import Settings

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Post:
    """What delivering needs beside the message."""

    world: World
    settings: Settings
    environment: Mapping[str, str]
    """Where the values of secrets are."""
    pause: Pause = asyncio.sleep
    """Waits so many seconds before a message is tried again."""


def deliver(post: Post, job: Job, sent: Sequence[tuple[Notification, Message]]) -> list[Delivery]:
    """Delivers messages of a job by webhook or e-mail, and says what became of each; in a thread and event loop of its own."""
    if not sent:
        return []

    async def all_of_them() -> list[Delivery]:
        return await asyncio.gather(*(_deliver(post, job, rule, message) for rule, message in sent))

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="notify") as thread:
        return thread.submit(asyncio.run, all_of_them()).result()


def shown(rule: Notification) -> str:
    """A way in a few words, without what may be a secret."""
    if rule.to == "webhook":
        return "webhook"
    return f"e-mail to {rule.address}" if rule.to == "email" else "feed"


async def _deliver(post: Post, job: Job, rule: Notification, message: Message) -> Delivery:
    try:
        if rule.to == "webhook":
            return await _by_webhook(post, job, rule, message)
        return await _by_email(post, rule, message)
    except ArchiverError as fault:
        return Delivery(False, 0, str(fault))


async def _by_webhook(post: Post, job: Job, rule: Notification, message: Message) -> Delivery:
    assert rule.url is not None
    network = job.network
    proxy = revealed(network.proxy, post.environment) if network.proxy else None
    dialer = CaptureOptions(allow_private=network.allow_private, proxy=proxy).dialer()
    try:
        return await webhook.deliver(
            message,
            revealed(rule.url, post.environment),
            secret=revealed(rule.secret, post.environment).encode() if rule.secret else None,
            dialer=dialer,
            user_agent=USER_AGENT,
            now=post.world.now,
            pause=post.pause,
            chance=lambda: post.world.chance(1)[0] / 256,
        )
    finally:
        await dialer.close()


async def _by_email(post: Post, rule: Notification, message: Message) -> Delivery:
    settings, operator = post.settings, post.world.operator
    assert rule.address is not None
    if settings.smtp is None:
        raise BadInput("no mail server is named", "Set ARCHIVER_SMTP, as smtp://user@host:587.")
    sender = settings.smtp_from or (operator.contact if operator else None)
    if sender is None or "@" not in sender:
        raise BadInput("no address is named that mail is from", "Set ARCHIVER_SMTP_FROM.")
    server = email.Server.parse(settings.smtp, settings.smtp_password)
    return await email.deliver(
        message,
        rule.address,
        server=server,
        sender=sender,
        dialer=Dialer(allowed=(server.allowed,)),
        pause=post.pause,
        chance=lambda: post.world.chance(1)[0] / 256,
    )
