# SPDX-License-Identifier: Apache-2.0
"""From an exchange to the two parts of its manifest: the observation, and the claims read from it.

Pure: ids, redacted request and measured payload are arguments.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from archiver.exchange import Exchange, Response
from archiver.extract import EXTRACTOR, Reading
from archiver.services.payloads import Payload
from archiver.version import VERSION
from manifests.agents import Agent, Fetcher
from manifests.canonical import unchecked
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
# What these hold was made here, or by the extractor, of values of their types.
_observation_of, _response_seen_of, _claims_of = unchecked(Observation), unchecked(ResponseSeen), unchecked(Claims)
_CLOCK = Clock(source="system", offset="not measured")

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

_TELLING = {spelt.encode("ascii"): name for name in TELLING_HEADERS for spelt in (name, name.title())}
"""By the name as it comes, in the two spellings that nearly every server uses."""
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
    digests, lengths = (payload.digests, payload.lengths) if payload else (DigestSet(), Lengths())
    if unchanged(earlier):
        # A 304 has no content (RFC 9110 section 15.4.5): digests of nothing would say nothing, on every unchanged page.
        digests, lengths = DigestSet(block=digests.block), Lengths(block=lengths.block)
    return _observation_of(
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
        clock=_CLOCK,
        origin_date_offset=_date_offset(response, exchange.first_byte_at),
        connection=exchange.connection,
        request=_request_sent(exchange, request_head, redacted) if exchange.request or redacted else None,
        response=_response_seen(response) if response else None,
        outcome=exchange.outcome,
        reason=exchange.reason,
        detail=exchange.detail,
        truncation=exchange.truncation,
        digests=digests,
        lengths=lengths,
        records=ids,
        revisits=earlier,
        robots=context.robots,
    )


def unchanged(earlier: Revisited | None) -> bool:
    """Whether the server said that nothing changed: then nothing came that could be digested or read."""
    return earlier is not None and earlier.relation == "server-not-modified"


def _request_sent(exchange: Exchange, redacted_head: bytes, redacted: tuple[Redaction, ...]) -> RequestSent:
    lines = redacted_head.split(b"\r\n\r\n", 1)[0].partition(b"\r\n")[2]
    if not redacted:
        return _sent_alike(exchange.method, lines, exchange.request_body_length)
    return RequestSent(
        method=exchange.method,
        headers=_fields_sent(lines),
        redacted=redacted,
        body_length=exchange.request_body_length,
    )


@lru_cache(maxsize=256)
def _sent_alike(method: str, lines: bytes, body_length: int) -> RequestSent:
    """One value for all the requests of a crawl to one host, which differ in nothing but the URL."""
    return RequestSent(method=method, headers=_fields_sent(lines), body_length=body_length)


def _fields_sent(lines: bytes) -> tuple[tuple[str, str], ...]:
    """Names and values of a request's fields."""
    return tuple(
        (name.decode("latin-1"), value.strip().decode("latin-1"))
        for name, _, value in (line.partition(b":") for line in lines.split(b"\r\n") if line)
    )


def _response_seen(response: Response) -> ResponseSeen:
    kept: list[tuple[str, str]] = []
    for raw_name, raw_value in response.head.fields:
        name = _TELLING.get(raw_name) or _TELLING.get(raw_name.lower())
        if name is not None and len(kept) < _MOST_HEADERS:
            value = raw_value.decode("latin-1")
            value = (_USERINFO.sub("", value) if "@" in value else value)[:_LONGEST_VALUE]
            if name == "set-cookie":
                value = value.partition("=")[0] + "=..." if "=" in value else "..."
            kept.append((name, value))
    return _response_seen_of(
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
        moment = _moment(stated) if len(stated) <= _LONGEST_DATE else parsedate_to_datetime(stated)
        return int((moment - first_byte_at).total_seconds()) if moment.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None  # an unreadable Date is evidence only of itself, and stands in the record block


_moment = lru_cache(maxsize=256)(parsedate_to_datetime)
"""The instant of a Date field, kept because many responses of one second state the same."""
_LONGEST_DATE = 64


def claims_of(observation: Observation, reading: Reading, observation_digest: Digest | None = None) -> Claims:
    """What the page claims, bound to the observation it was read from; its digest is given where it is known already."""
    return _claims_of(
        extractor=EXTRACTOR,
        observation_digest=observation_digest or canonical_digest(observation),
        charset=reading.charset,
        mime_detected=reading.mime_detected,
        title=reading.title,
        language=reading.language,
        published_at=reading.published_at,
        modified_at=reading.modified_at,
        canonical_url=reading.canonical_url,
        publisher=reading.publisher,
        authors=reading.authors,
        differing=reading.differing,
        notices=reading.notices,
        rights=reading.rights,
        reprint=reading.reprint,
        suspected=reading.suspected,
        requisites=reading.requisites,
        text_digest=Digest.of(reading.text.encode("utf-8", "surrogatepass")) if reading.text else None,
    )
