# SPDX-License-Identifier: Apache-2.0
"""From an exchange to the two parts of its manifest: the observation, and the claims read from it.

Pure: ids, redacted request and measured payload are arguments.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

from archiver.exchange import Exchange, Response
from archiver.extract import EXTRACTOR, Reading
from archiver.services.payloads import Payload
from archiver.version import VERSION
from manifests.agents import Agent, Fetcher
from manifests.capture import (
    BackLink,
    Claims,
    Clock,
    FetchSettings,
    InterimResponse,
    Lengths,
    Observation,
    RecordIds,
    Redaction,
    RequestSent,
    ResponseSeen,
    Revisited,
    RobotsDecision,
)
from manifests.digest import Digest, DigestSet, canonical_digest

SOFTWARE = Fetcher(name="colophon-archiver", version=VERSION)

TELLING_HEADERS = frozenset(
    [
        "accept-ranges",
        "age",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-range",
        "content-security-policy",
        "content-type",
        "content-usage",
        "date",
        "etag",
        "expires",
        "last-modified",
        "link",
        "location",
        "memento-datetime",
        "refresh",
        "retry-after",
        "server",
        "set-cookie",
        "tdm-policy",
        "tdm-reservation",
        "transfer-encoding",
        "vary",
        "via",
        "www-authenticate",
        "x-robots-tag",
    ]
)
"""Response headers copied into the manifest; every header is in the record block. Set-Cookie is kept by name only, and
URLs without their userinfo."""

_MOST_HEADERS = 200
_LONGEST_VALUE = 8192
_USERINFO = re.compile(r"(?<=//)[^/?#\s<>\"']*@")


@dataclass(frozen=True, slots=True)
class Context:
    """Why and how a URL was fetched: what the exchange itself cannot know."""

    job: str
    crawl_id: str
    seed: str
    discovery_path: str
    url_key: str
    settings: FetchSettings
    robots: RobotsDecision
    links: tuple[BackLink, ...] = ()
    engine: str = "http"
    operator: Agent | None = None
    purpose: str | None = None
    labels: dict[str, str] = field(default_factory=dict)


def observe(
    exchange: Exchange,
    context: Context,
    *,
    payload: Payload | None,
    ids: RecordIds,
    earlier: Revisited | None,
    request_head: bytes,
    redacted: tuple[Redaction, ...],
) -> Observation:
    """What happened, as the manifest says it. `request_head` is the head with its secrets replaced."""
    response = exchange.response
    return Observation(
        capture_id=ids.response or ids.revisit or ids.metadata,
        job=context.job,
        crawl_id=context.crawl_id,
        seed=context.seed,
        discovery_path=context.discovery_path,
        url=exchange.url,
        url_key=context.url_key,
        links=context.links,
        engine=context.engine,
        software=SOFTWARE,
        operator=context.operator,
        purpose=context.purpose,
        labels=context.labels,
        settings=context.settings,
        requested_at=exchange.requested_at,
        first_byte_at=exchange.first_byte_at,
        last_byte_at=exchange.last_byte_at,
        clock=Clock(source="system", offset="not measured"),
        origin_date_offset=_date_offset(response, exchange.first_byte_at),
        connection=exchange.connection,
        request=_request_sent(exchange, request_head, redacted) if exchange.request or redacted else None,
        response=_response_seen(response) if response else None,
        outcome=exchange.outcome,
        reason=exchange.reason,
        detail=exchange.detail,
        truncation=exchange.truncation,
        digests=payload.digests if payload else DigestSet(),
        lengths=payload.lengths if payload else Lengths(),
        records=ids,
        revisits=earlier,
        robots=context.robots,
    )


def _request_sent(exchange: Exchange, redacted_head: bytes, redacted: tuple[Redaction, ...]) -> RequestSent:
    lines = redacted_head.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:]
    headers = tuple(
        (name.decode("latin-1"), value.strip().decode("latin-1"))
        for name, _, value in (line.partition(b":") for line in lines if line)
    )
    return RequestSent(
        method=exchange.method,
        headers=headers,
        redacted=redacted,
        body_length=exchange.request_body_length,
    )


def _response_seen(response: Response) -> ResponseSeen:
    kept: list[tuple[str, str]] = []
    for raw_name, raw_value in response.head.fields:
        name = raw_name.decode("latin-1").lower()
        if name in TELLING_HEADERS and len(kept) < _MOST_HEADERS:
            value = _USERINFO.sub("", raw_value.decode("latin-1"))[:_LONGEST_VALUE]
            if name == "set-cookie":
                value = value.partition("=")[0] + "=..." if "=" in value else "..."
            kept.append((name, value))
    return ResponseSeen(
        http_version=response.head.version,
        code=response.head.code,
        reason=response.head.reason.decode("latin-1")[:256],
        headers=tuple(kept),
        interim=tuple(InterimResponse(code=code, raw=b64encode(raw).decode("ascii")) for code, raw in response.interim),
        faults=response.faults,
    )


def _date_offset(response: Response | None, first_byte_at: datetime | None) -> int | None:
    stated = response.head.get("date") if response else None
    if not stated or first_byte_at is None:
        return None
    try:
        moment = parsedate_to_datetime(stated)
        return int((moment - first_byte_at).total_seconds()) if moment.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None  # an unreadable Date is evidence only of itself, and stands in the record block


def claims_of(observation: Observation, reading: Reading) -> Claims:
    """What the page claims, bound to the observation it was read from."""
    return Claims(
        extractor=EXTRACTOR,
        observation_digest=canonical_digest(observation),
        charset=reading.charset,
        mime_detected=reading.mime_detected,
        title=reading.title,
        language=reading.language,
        published_at=reading.published_at,
        modified_at=reading.modified_at,
        canonical_url=reading.canonical_url,
        publisher=reading.publisher,
        authors=reading.authors,
        notices=reading.notices,
        rights=reading.rights,
        reprint=reading.reprint,
        suspected=reading.suspected,
        requisites=reading.requisites,
        text_digest=Digest.of(reading.text.encode("utf-8", "surrogatepass")) if reading.text else None,
    )
