# SPDX-License-Identifier: Apache-2.0
"""Telling what a crawl has seen change, by the ways its job names.

`tell` is called when a crawl was concluded. What is to be told is written to state in one transaction, with the mark that
the crawl was told; then it is delivered. So a kill in between delivers it later, perhaps a second time under the same
message id, and loses nothing. A crawl that was ended and not told is told with the next one of its job. What cannot be
delivered is tried again with the next crawl; it is an event of the crawl and never fails it.

`send_due` sends what was collected over a day that has passed; any scheduler may call it at any time.

The feed of a job is a file beside the state, made anew each time and replaced at once.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archiver.crawling.delivering import Post, deliver, shown
from archiver.crawling.planning import job_of
from archiver.errors import ArchiverError, NotFound, StateFault
from archiver.jobs.effective import Job, Notification, Secret
from archiver.jobs.schedule import read_zone
from archiver.services import outcomes
from archiver.services.ingest import World, new_uuid
from archiver.services.notify import feed
from archiver.services.notify.batch import Batch, batches
from archiver.services.notify.message import Message, from_json, message, to_json
from archiver.services.notify.observed import Tally, changes
from archiver.state.crawls import CrawlRow
from archiver.state.messages import Outgoing

__all__ = ["Post", "feed_file", "send_due", "tell"]

TOLD, NOT_TOLD = "told", "not-told"
"""Kinds of a crawl's events."""
MOST_BEHIND = 10
"""Crawls that were ended and not told, and still are."""
MOST_KEPT = 20
"""Messages of one way that are kept to be tried again."""
_ALONE = 600.0
"""Seconds for which a message is left to whoever delivers it."""


def tell(post: Post, crawl_id: str) -> None:
    """Tells what an ended crawl has seen change, and what could not be delivered before."""
    world = post.world
    crawl = world.state.crawls.get(crawl_id)
    with _on_record(world, crawl):
        job = job_of(crawl)
        if not job.notify:
            return
        sent: list[Outgoing] = []
        for one in _untold(world, crawl):
            with _on_record(world, one):  # what cannot be read of one crawl is not to keep the others from being told
                sent += _commit(world, one, job, _gathered(world, one, job))
        now = world.now().timestamp()
        with world.state.writing() as connection:
            sent = world.state.messages.take(connection, job.name, now, now + _ALONE) + sent
        _write_feed(world, job)
        _deliver(post, crawl, job, sent)


def send_due(post: Post, jobs: Iterable[Job], now: datetime) -> None:
    """Sends what jobs collected over a day that has passed; cheap when there is nothing. Any number may call it at once."""
    world = post.world
    known = {job.name: job for job in jobs if any(rule.every == "day" for rule in job.notify)}
    for name, way, content in world.state.messages.all_waiting():
        job = known.get(name)
        rule = _ways(job).get(way) if job else None
        if job is None or rule is None or not batches((), rule, _batch(content), **_when(job, now))[0]:
            continue
        with world.state.writing() as connection:
            held = world.state.messages.waiting(connection, name, way)  # another scheduler may have sent it just now
            over, kept = batches((), rule, _batch(held), **_when(job, now))
            world.state.messages.wait(connection, name, way, kept.to_json() if kept.changes else None)
            sent = _put(world, connection, job, way, rule, over, now)
        crawl = _crawl_of(world, job, over)
        if crawl is not None:
            with _on_record(world, crawl):
                _write_feed(world, job)
                _deliver(post, crawl, job, sent)


def feed_file(world: World, job: str) -> Path:
    """Where the Atom feed of a job is."""
    return world.spool.root.parent / "feeds" / f"{job}.xml"


def _ways(job: Job) -> dict[str, Notification]:
    """The ways of a job by a name that stays the same as long as it leads to the same place."""
    counts: Counter[str] = Counter()
    ways = {}
    for rule in job.notify:
        url = f"env:{rule.url.name}" if isinstance(rule.url, Secret) else rule.url
        place = f"{rule.to} {url or rule.address or ''}"
        counts[place] += 1
        ways[hashlib.sha256(f"{place} {counts[place]}".encode()).hexdigest()] = rule
    return ways


def _when(job: Job, now: datetime) -> dict[str, Any]:
    zone: tzinfo = read_zone(job.settings.schedule.zone) if job.settings.schedule else UTC
    return {"crawl_id": "", "now": now, "zone": zone}


@contextmanager
def _on_record(world: World, crawl: CrawlRow) -> Iterator[None]:
    """What goes wrong is an event of the crawl."""
    try:
        yield
    except (ArchiverError, OSError, ValueError) as fault:
        _note(world, crawl, NOT_TOLD, str(fault))


def _note(world: World, crawl: CrawlRow, kind: str, detail: str) -> None:
    world.state.crawls.note(crawl, world.now().isoformat(), kind, detail)


def _untold(world: World, crawl: CrawlRow) -> list[CrawlRow]:
    """This crawl after those of its job, oldest first, that were ended since the last that was told."""
    behind: list[CrawlRow] = []
    for one in world.state.crawls.all(crawl.job)[: MOST_BEHIND + 1]:
        if one.row < crawl.row and one.stage == "ended":
            if any(kind == TOLD for _, kind, _ in world.state.crawls.events(one)):
                return [*behind[::-1], crawl]
            behind.append(one)
    return [crawl]  # none was told: notifications are new to this job


def _gathered(world: World, crawl: CrawlRow, job: Job) -> tuple[list[Batch], Tally]:
    """What each way is to be told of one crawl."""
    tally = Tally()
    catalog = world.generations.current()
    told = changes(world.store, catalog, crawl.crawl_id, _lines(world, crawl), job.notify, tally)
    return told, tally


def _lines(world: World, crawl: CrawlRow) -> Iterator[Mapping[str, Any]]:
    """What became of every URL: from the store, or from the frontier when that could not be stored yet."""
    try:
        yield from outcomes.read(world.store, crawl.crawl_id)
    except NotFound:
        for row in world.state.frontier.known(crawl.row):
            yield outcomes.described(row, lambda _: "")


def _commit(world: World, crawl: CrawlRow, job: Job, gathered: tuple[list[Batch], Tally]) -> list[Outgoing]:
    """Writes down what is to be sent of a crawl and what waits for its day; returns what is to be delivered now."""
    told, tally = gathered
    now = world.now()
    sent: list[Outgoing] = []
    with world.state.writing() as connection:
        for (way, rule), batch in zip(_ways(job).items(), told, strict=True):
            held = world.state.messages.waiting(connection, job.name, way)
            over, kept = batches((), rule, _batch(held), **_when(job, now))
            kept = kept.joined(batch, rule.at_most)
            if rule.every == "crawl" and kept.changes:
                over, kept = (*over, kept), Batch()
            world.state.messages.wait(connection, job.name, way, kept.to_json() if kept.changes else None)
            sent += _put(world, connection, job, way, rule, over, now)
        detail = {
            "changes": [len(one.changes) + one.left_out for one in told],
            "compared": tally.compared,
            "not_compared": tally.left_out,
            "unreadable": tally.unreadable,
            "first_fault": tally.first_fault,
        }
        kept_detail = {name: value for name, value in detail.items() if value}
        world.state.crawls.note_within(connection, crawl, now.isoformat(), TOLD, json.dumps(kept_detail))
    return sent


def _put(
    world: World,
    connection: sa.Connection,
    job: Job,
    way: str,
    rule: Notification,
    over: Sequence[Batch],
    now: datetime,
) -> list[Outgoing]:
    """Messages of batches: into the feed, or among those that are to be delivered."""
    sent = []
    for batch in over:
        made = message(batch, message_id=new_uuid(world.chance), job=job.name, archive_id=world.archive_id, made_at=now)
        if rule.to == "feed":
            world.state.messages.show(connection, job.name, to_json(made), feed.MAX_ENTRIES)
        else:
            until = now.timestamp() + _ALONE
            sent.append(world.state.messages.send(connection, job.name, way, to_json(made), until))
    return sent


def _deliver(post: Post, crawl: CrawlRow, job: Job, sent: Sequence[Outgoing]) -> None:
    """Delivers messages; what was not taken stays, as an event says, up to a bound."""
    world, ways = post.world, _ways(job)
    done: list[int] = []
    told: list[tuple[int, Notification, Message]] = []
    counts: Counter[str] = Counter()
    for one in reversed(sent):  # of too many the newest are kept
        made = _message(one.content)
        counts[one.way] += 1
        if made is None or one.way not in ways or counts[one.way] > MOST_KEPT:
            done.append(one.row)
        else:
            told.insert(0, (one.row, ways[one.way], made))
    if done:
        _note(world, crawl, NOT_TOLD, f"{len(done)} earlier messages are given up")
    deliveries = deliver(post, job, [(rule, made) for _, rule, made in told])
    left = []
    for (row, rule, made), delivery in zip(told, deliveries, strict=True):
        if delivery.delivered:
            done.append(row)
        else:
            left.append(row)
            _note(world, crawl, NOT_TOLD, f"{shown(rule)}, message {made.message_id}: {delivery.detail}")
    world.state.messages.done(done)
    world.state.messages.leave(left)


def _write_feed(world: World, job: Job) -> None:
    if all(rule.to != "feed" for rule in job.notify):
        return
    named = job.operator or world.operator
    author = (named.name if named else None) or job.name
    kept = (_message(one) for one in world.state.messages.shown(job.name))
    content = feed.feed(
        (one for one in kept if one is not None),
        archive_id=world.archive_id,
        job=job.name,
        author=author,
        updated=world.now(),
    )
    path = feed_file(world, job.name)
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)


def _crawl_of(world: World, job: Job, over: Sequence[Batch]) -> CrawlRow | None:
    """The last crawl that batches tell of."""
    try:
        return world.state.crawls.get(over[-1].crawl_ids[-1])
    except (NotFound, IndexError):
        return next(iter(world.state.crawls.all(job.name)), None)


def _batch(content: bytes | None) -> Batch:
    """What waited; nothing where another version of this program kept it in another form."""
    try:
        return Batch.from_json(content) if content is not None else Batch()
    except StateFault:
        return Batch()


def _message(content: bytes) -> Message | None:
    """A message as it was kept; None where another version of this program kept it in another form."""
    try:
        return from_json(content)
    except ValueError:
        return None
