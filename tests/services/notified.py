# SPDX-License-Identifier: Apache-2.0
"""Captures of pages, rules and messages: what the tests of notifications work on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from archiver.extract import EXTRACTOR, read
from archiver.jobs.effective import Notification
from archiver.services.history.page import PageText
from archiver.services.notify.change import Change, Side
from archiver.services.notify.message import Message
from manifests.agents import Fetcher
from manifests.capture import (
    CaptureManifest,
    Claims,
    Clock,
    FetchSettings,
    Observation,
    Outcome,
    RecordIds,
    ResponseSeen,
    RobotsDecision,
)
from manifests.digest import Digest, DigestSet

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
URL = "https://gazette.example/tides"
ARCHIVE = "00000000-0000-4000-8000-00000000abcd"
HTML = "text/html; charset=utf-8"
MESSAGE = "5b0f3c1e-0d8a-4c57-9f54-2f6a8e6c7d10"


def uuid(number: int) -> str:
    """A UUID of a number."""
    return str(UUID(int=number, version=4))


def html(main: str, footer: str = "© 2025 The Gazette. All rights reserved.", site: str = "The Gazette") -> str:
    """A page with a navigation, an article and a footer."""
    return (
        f'<!doctype html><html lang=en><head><title>Tides</title><meta property="og:site_name" content="{site}"></head><body>'
        f"<nav>Home News {main.count(' ')}</nav><article><h1>Tides</h1>{main}</article><footer>{footer}</footer></body></html>"
    )


def page(
    content: str | bytes | None,
    *,
    number: int = 1,
    code: int | None = 200,
    content_type: str = HTML,
    outcome: Outcome = Outcome.CAPTURED_COMPLETE,
    reason: str | None = None,
    extractor: Fetcher = EXTRACTOR,
    headers: tuple[tuple[str, str], ...] = (),
    url: str = URL,
) -> PageText:
    """A capture with the claims that the extractor reads from its content; None for one whose entity is not held."""
    entity = content.encode() if isinstance(content, str) else content or b""
    fields = (("Content-Type", content_type), *headers)
    seen = Observation(
        capture_id=uuid(number),
        job="tides",
        crawl_id="crawl",
        seed=url,
        discovery_path="",
        url=url,
        url_key="example,gazette)/tides",
        engine="http",
        software=EXTRACTOR,
        settings=FetchSettings(user_agent="tests", robots="off"),
        requested_at=AT + timedelta(days=number),
        clock=Clock(source="system", offset="not measured"),
        response=None if code is None else ResponseSeen(http_version="1.1", code=code, reason="", headers=fields),
        outcome=outcome,
        reason=reason,
        digests=DigestSet(payload=(Digest.of(entity),)),
        records=RecordIds(metadata=uuid(number)),
        robots=RobotsDecision(decision="not-asked", obeyed=False),
    )
    reading = read(entity, url=url, content_type=content_type, headers=fields, code=code)
    claims = Claims(
        extractor=extractor,
        observation_digest=Digest.of(b""),
        publisher=reading.publisher,
        notices=reading.notices,
        rights=reading.rights,
        suspected=reading.suspected,
    )
    manifest = CaptureManifest(observation=seen, claims=None if code is None else claims)
    return PageText(manifest, None if content is None else entity)


def rule(**changes: Any) -> Notification:
    """The rule of a job that says nothing but how to be told; with changes."""
    usual: dict[str, Any] = {
        "to": "webhook", "url": None, "address": None, "secret": None, "every": "crawl", "at_most": 50,
        "when": ("main-text", "notices", "publisher", "removal"), "watch": None, "ignore": None, "share": 0.0, "phrase": None,
    }  # fmt: skip
    return Notification(**usual | changes)


def change(number: int = 1, **fields: Any) -> Change:
    """A small change."""
    side = Side(uuid(number), URL, AT, 200)
    return Change(URL, ("main-text",), Side(uuid(number + 1000), URL, AT - timedelta(days=1), 200), side, **fields)


def message(*changes: Change, **fields: Any) -> Message:
    """A message of these changes."""
    usual: dict[str, Any] = {
        "message_id": MESSAGE,
        "job": "tides",
        "archive_id": ARCHIVE,
        "crawl_ids": ("crawl",),
        "made_at": AT,
    }
    return Message(changes=changes, **usual | fields)
