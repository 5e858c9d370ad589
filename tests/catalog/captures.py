# SPDX-License-Identifier: Apache-2.0
"""Capture manifests by hand, with what the catalog reads of them, and segments to put them in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from archiver.catalog.catalog import Placed, StoredSegment
from archiver.catalog.entries import entry_of
from archiver.url_keys import url_key
from manifests import (
    Authority,
    CaptureManifest,
    Claims,
    Confidence,
    Digest,
    DigestSet,
    Evidence,
    Fetcher,
    Notice,
    Observation,
    Outcome,
    Place,
    RightsStatement,
    canonical_bytes,
)
from manifests.capture import Clock, FetchSettings, Party, RecordIds, ResponseSeen, Revisited, RobotsDecision

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
URL = "http://gazette.example/tides"
SOFTWARE = Fetcher(name="tests", version="0")
WORDS = Evidence(authority=Authority(kind="page"), place=Place(css_path="footer"), text="words")


def uuid(number: int) -> str:
    """A capture id that tells its number in its first digits."""
    digits = f"{number:08x}"
    return f"{digits}-0000-4000-8000-000000000000"


def digest_set(content: bytes) -> DigestSet:
    """The digests of a plain response with this payload."""
    payload = Digest.of(content)
    return DigestSet(
        block=(Digest.of(b"head" + content),), body=(payload,), payload=(Digest.of(content, "sha1"), payload), entity=(payload,)
    )  # fmt: skip


def manifest(
    number: int = 1,
    url: str = URL,
    at: datetime = AT,
    *,
    content: bytes | None = None,
    digests: DigestSet | None = None,
    outcome: Outcome = Outcome.CAPTURED_COMPLETE,
    revisits: Revisited | None = None,
    notices: Sequence[str] = (),
    publisher: str | None = None,
    text: bytes | None = None,
    code: int | None = 200,
    headers: Sequence[tuple[str, str]] = (),
    read: bool = True,
    version: str = "0",
) -> CaptureManifest:
    """The manifest of a capture; without `content` its payload is its number."""
    own = uuid(number)
    failed = outcome is Outcome.FAILED
    held = digests or (DigestSet() if failed else digest_set(b"%d" % number if content is None else content))
    observation = Observation(
        capture_id=own,
        job="adhoc",
        crawl_id="crawl",
        seed=url,
        discovery_path="",
        url=url,
        url_key=url_key(url),
        engine="http",
        software=SOFTWARE,
        settings=FetchSettings(user_agent="tests", robots="off"),
        requested_at=at,
        clock=Clock(source="system", offset="not measured"),
        response=None if failed else ResponseSeen(http_version="1.1", code=code, reason="", headers=tuple(headers)),
        outcome=outcome,
        digests=held,
        records=RecordIds(metadata=own, response=None if failed else own),
        revisits=revisits,
        robots=RobotsDecision(decision="not-asked", obeyed=False),
    )
    said = tuple(
        Notice(kind="copyright", text=one, evidence=WORDS, confidence=Confidence.HIGH, reason="a rule")
        for one in notices
    )
    claims = Claims(
        extractor=Fetcher(name="tests", version=version),
        observation_digest=Digest.of(b""),
        publisher=Party(name=publisher, evidence=WORDS, confidence=Confidence.HIGH, reason="a rule")
        if publisher
        else None,
        notices=said,
        rights=RightsStatement(statement="none-found"),
        text_digest=Digest.of(text) if text else None,
    )
    return CaptureManifest(observation=observation, claims=claims if read and not failed else None)


def not_modified(number: int, of: int, at: datetime, url: str = URL, **given: Any) -> CaptureManifest:
    """The manifest of a visit at which the server said that nothing has changed since another capture."""
    earlier = Revisited(relation="server-not-modified", capture_id=uuid(of), url=url, fetched_at=AT)
    return manifest(number, url, at, content=b"", revisits=earlier, code=304, read=False, **given)


def segment(name: str = "a", at: datetime = AT) -> StoredSegment:
    """A stored segment; its id is made of one letter."""
    return StoredSegment(
        name * 26, f"segments/adhoc/2026/03/03/{name * 26}/", f"{name}.warc.gz", Digest.of(name.encode()), at
    )


def placed(*manifests: CaptureManifest) -> list[Placed]:
    """Each manifest with places of its own."""
    return [
        Placed(entry_of(canonical_bytes(one)), None, None, None, None)
        if one.observation.response is None
        else Placed(entry_of(canonical_bytes(one)), 1000 * at, 600, 1000 * at + 600, 400)
        for at, one in enumerate(manifests)
    ]
