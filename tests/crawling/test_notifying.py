# SPDX-License-Identifier: Apache-2.0
"""A crawl that has ended tells what changed, by webhook, e-mail and feed; what was not delivered is told with the next one."""

import email
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.policy import default
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from archiver import Archive
from archiver.crawling import notifying
from archiver.crawling.notifying import Post
from archiver.crawling.planning import job_of
from archiver.services.notify.feed import ATOM
from archiver.services.notify.message import Message, from_json, to_json
from archiver.services.notify.webhook import verified
from archiver.settings import Settings, read
from archiver.state.crawls import CrawlRow
from archiver.state.schema import events
from tests.end_to_end.crawl_pages import Answer, Shape
from tests.end_to_end.crawl_runs import job_text
from tests.end_to_end.crawl_site import CrawlSite
from tests.faces.command import cli, environment
from tests.services.notified import change, message
from tests.services.test_notify_delivery import MailHost, Pauses, Receiver

SECRET = "quay key"


@dataclass
class Told:
    """What three crawls of one site told; between the first and the second pages changed."""

    folder: Path
    site: CrawlSite
    hook: Receiver
    broken: Receiver
    """Refuses what the second crawl tells."""
    daily: Receiver
    mails: MailHost
    variables: dict[str, str]

    @property
    def settings(self) -> Settings:
        return read({"HOME": str(self.folder), **self.variables})

    @property
    def root(self) -> Path:
        return self.folder / "archive"

    def crawl(self) -> None:
        ran = cli(
            "--archive", str(self.root), "crawl", "job.yaml", "--json", "--workers", "1", "--keep-free", "0B", "--new",
            cwd=self.folder, env=environment(**self.variables),
        )  # fmt: skip
        assert ran.code == 0, ran.err

    def events(self) -> list[list[tuple[str, str]]]:
        """Kind and detail of what happened to each crawl that notifications have to do with, the first crawl first."""
        with Archive.open(self.root, settings=self.settings) as archive:
            crawls = archive.world().state.crawls
            return [
                [(kind, detail) for _, kind, detail in crawls.events(one) if kind in ("told", "not-told")]
                for one in crawls.all("quay")[::-1]
            ]

    def feed(self) -> ElementTree.Element:
        return ElementTree.fromstring((self.root / "feeds" / "quay.xml").read_bytes())


def _job(told: Told) -> str:
    allowed = [*told.site.allowed, told.hook.place, told.broken.place, told.daily.place]
    webhook = {"to": "webhook", "secret": "env:HOOK_KEY"}
    return job_text(
        told.site,
        network={"allow_private": allowed},
        notify=[
            {**webhook, "url": "env:HOOK"},
            {**webhook, "url": f"http://{told.broken.place}/", "when": ["removal"]},
            {
                **webhook,
                "url": f"http://{told.daily.place}/",
                "every": "day",
                "at_most": 2,
                "when": ["main-text", "new"],
            },
            {"to": "email", "address": "reader@gazette.example", "when": ["notices"]},
            {"to": "feed"},
        ],
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("told")
    with (
        CrawlSite(Shape(pages=12, embeds=2)) as site,
        Receiver(200) as hook,
        Receiver(400, 200) as broken,
        Receiver(200) as daily,
        MailHost() as mails,
    ):
        variables = {
            "HOOK": f"http://{hook.place}/hush",
            "HOOK_KEY": SECRET,
            "ARCHIVER_SMTP": f"smtp+plain://127.0.0.1:{mails.port}",
            "ARCHIVER_SMTP_FROM": "archive@quay.example",
        }
        one = Told(folder, site, hook, broken, daily, mails, variables)
        (folder / "job.yaml").write_text(_job(one), "utf-8")
        Archive.init(one.root, settings=one.settings).close()
        one.crawl()
        site.changes(site.url(0, "/page/3"))
        site.changes(site.url(0, "/embed/3-0.png"))
        site.changes(site.url(0, "/embed/3-1.css"))
        site.robots(0, "User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n")
        site.says(site.url(0, "/page/5"), Answer(b"<title>Gone</title>", code=404))
        page = site.shape.answer(site.origins, 0, "/page/7", 0).content.replace(b"The Quay. All", b"The Pier. All")
        site.says(site.url(0, "/page/7"), Answer(page))
        one.crawl()
        one.crawl()
        yield one


def _posts(receiver: Receiver) -> list[Message]:
    return [from_json(body) for _, _, body in receiver.received]


def _kinds(message: Message) -> dict[str, tuple[str, ...]]:
    return {change.url.rpartition("/")[2]: change.kinds for change in message.changes}


def test_a_webhook_tells_every_page_that_changed_and_nothing_else(told: Told) -> None:
    (message,) = _posts(told.hook)
    assert _kinds(message) == {"3": ("main-text",), "5": ("removal",), "7": ("notices",), "robots.txt": ("notices",)}
    assert (message.job, message.left_out, message.test) == ("quay", 0, False)


def test_a_change_shows_words_and_names_both_captures(told: Told) -> None:
    change = next(one for one in _posts(told.hook)[0].changes if one.url.endswith("/page/3"))
    assert change.words is not None
    assert [(one.before, one.after) for one in change.words.stretches] == [("", "Edition 1.")]
    with Archive.open(told.root, settings=told.settings) as archive:
        assert change.before is not None
        for side, edition in ((change.before, b""), (change.after, b"Edition 1.")):
            assert archive.find(side.capture_id).url == change.url
            assert edition in archive.entity(side.capture_id)
        assert change.before.captured_at < change.after.captured_at


def test_a_webhook_is_signed_with_the_jobs_secret(told: Told) -> None:
    ((path, headers, body),) = told.hook.received
    sent_at = int(headers["colophon-signature"].partition(",")[0].removeprefix("t="))
    assert path == "/hush"
    assert verified(headers["colophon-signature"], body, SECRET.encode(), sent_at)


def test_an_email_tells_what_its_own_rule_chooses(told: Told) -> None:
    (mail,) = [email.message_from_bytes(one, policy=default) for one in told.mails.mails]
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "reader@gazette.example",
        "archive@quay.example",
        "quay: 2 changes",
    )
    text = mail.get_body(("plain",))
    assert text is not None
    assert "The Pier" in text.get_content()
    assert "/page/3" not in text.get_content()


def test_the_feed_stands_beside_the_state_with_an_entry_a_change(told: Told) -> None:
    links = [one.get("href") for one in told.feed().iterfind(f"{{{ATOM}}}entry/{{{ATOM}}}link")]
    assert sorted(str(one).rpartition("/")[2] for one in links) == ["3", "5", "7", "robots.txt"]
    assert [one.name for one in (told.root / "feeds").iterdir()] == ["quay.xml"]


def test_what_was_refused_is_an_event_and_comes_with_the_next_crawl(told: Told) -> None:
    first, second = _posts(told.broken)
    assert first == second
    assert _kinds(first) == {"5": ("removal",)}
    _, events, later = told.events()
    assert [(kind, told.broken.place in detail and "400" in detail) for kind, detail in events] == [
        ("told", False),
        ("not-told", True),
    ]
    assert [kind for kind, _ in later] == ["told"]


def test_each_crawl_is_told_once_and_says_how_much_was_compared(told: Told) -> None:
    details = [json.loads(events[0][1]) for events in told.events()]
    assert details == [
        {"changes": [0, 0, 12, 0, 0], "compared": 12},
        {"changes": [4, 1, 1, 2, 4], "compared": 4},
        {"changes": [0] * 5},
    ]


class _Post:
    """Delivering in this process, at a time of one's own."""

    def __init__(self, told: Told, archive: Archive) -> None:
        self.pauses = Pauses()
        self.post = Post(archive.world(), told.settings, told.variables, self.pauses)
        self.crawls = self.post.world.state.crawls

    @property
    def last(self) -> CrawlRow:
        return self.crawls.all("quay")[0]


@pytest.fixture
def here(told: Told) -> Iterator[_Post]:
    with Archive.open(told.root, settings=told.settings) as archive:
        yield _Post(told, archive)


def test_what_waits_for_its_day_is_sent_once_when_that_has_passed(told: Told, here: _Post) -> None:
    job, now = job_of(here.last), datetime.now(UTC)
    notifying.send_due(here.post, [job], now)
    assert told.daily.received == []
    notifying.send_due(here.post, [], now + timedelta(days=1))
    assert told.daily.received == []
    for hours in (24, 24, 48):
        notifying.send_due(here.post, [job], now + timedelta(hours=hours))
    (message,) = _posts(told.daily)
    assert (len(message.changes), message.left_out, len(message.crawl_ids)) == (2, 11, 2)


def test_a_crawl_that_was_not_told_is_told_with_the_next_one(told: Told, here: _Post) -> None:
    third, second, _ = here.crawls.all("quay")
    before = len(told.hook.received)
    with here.post.world.state.writing() as connection:
        forgotten = sa.delete(events).where(events.c.crawl.in_([second.row, third.row]), events.c.kind == "told")
        connection.execute(forgotten)
    notifying.tell(here.post, third.crawl_id)
    (again,) = _posts(told.hook)[before:]
    assert _kinds(again) == _kinds(_posts(told.hook)[0])
    assert again.crawl_ids == (second.crawl_id,)
    notifying.tell(here.post, third.crawl_id)
    assert len(told.hook.received) == before + 1


def test_what_cannot_be_sent_is_an_event_and_no_error(told: Told, here: _Post) -> None:
    unset = replace(here.post, environment={}, settings=read({"HOME": "/nonexistent"}))
    with here.post.world.state.writing() as connection:
        ways = notifying._ways(job_of(here.last))
        for way in [way for way, rule in ways.items() if rule.to != "feed"]:
            content = to_json(message(change(), job="quay"))
            here.post.world.state.messages.send(connection, "quay", way, content, 0.0)
        here.post.world.state.messages.send(connection, "quay", "a way that is no more", content, 0.0)
        here.post.world.state.messages.send(connection, "quay", way, b"of another version", 0.0)
    notifying.tell(unset, here.last.crawl_id)
    said = [detail for kind, detail in told.events()[2] if kind == "not-told"]
    assert [("HOOK" in one, "ARCHIVER_SMTP" in one, "given up" in one) for one in said].count((False, False, True)) == 1
    assert any("HOOK" in one for one in said)
    assert any("ARCHIVER_SMTP" in one for one in said)


def test_a_crawl_of_a_job_without_notifications_has_nothing_on_record(told: Told, here: _Post) -> None:
    world = here.post.world
    with world.state.writing() as connection:
        row = here.crawls.begin(
            connection, "plain", "plain", "name: plain\nseeds: [http://a.example/]", "2026-03-03T10:00:00Z"
        )
    assert row is not None
    notifying.tell(here.post, "plain")
    assert here.crawls.events(here.crawls.get("plain")) == []
