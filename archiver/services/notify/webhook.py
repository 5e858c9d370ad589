# SPDX-License-Identifier: Apache-2.0
"""A notification sent to a URL: signed, through the guarded dialer, tried up to four times.

The body is `notification/0`. With a secret, a header proves that it comes from who knows it, and when it was sent:

    Colophon-Signature: t=<seconds since 1970>,v1=<hex of HMAC-SHA256 over "<t>.<body>">

A receiver computes v1 over the bytes received, compares in constant time, and refuses a `t` more than five minutes off;
`verified` does that. `Colophon-Message` repeats the message's id, by which a repeated delivery is known.

Redirects are not followed: a signed message goes where the operator said. The URL may be a secret, so words about a failure
name its origin only. Leaves to others: the dialer with the job's network allowances, and keeping what was not delivered.
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from archiver.capture.http import HttpEngine, Limits, Request
from archiver.dialer import Dialer
from archiver.exchange import Exchange
from archiver.politeness import backoff, worth_a_retry
from archiver.services.notify.message import Message, to_json
from archiver.urls import parse

SIGNATURE = "Colophon-Signature"
MESSAGE = "Colophon-Message"
TOLERANCE = 300
"""Seconds by which a signature's time may differ from the receiver's clock."""
RETRIES = 3
_LIMITS = Limits(connect=10.0, header=20.0, idle=20.0, total=30.0, max_header=64 << 10, max_body=64 << 10)
_SIGNED = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message on one way."""

    delivered: bool
    attempts: int
    detail: str
    """What the last attempt brought, without secrets."""


def signature(body: bytes, secret: bytes, at: int) -> str:
    """The value of `Colophon-Signature` for a body sent `at` seconds since 1970."""
    mac = hmac.new(secret, b"%d.%b" % (at, body), hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def verified(header: str, body: bytes, secret: bytes, now: int) -> bool:
    """Whether a `Colophon-Signature` is ours, over this body, and not older or younger than `TOLERANCE`."""
    match = _SIGNED.fullmatch(header)
    if match is None:
        return False
    at = int(match[1])
    return abs(now - at) <= TOLERANCE and hmac.compare_digest(signature(body, secret, at), header)


async def deliver(
    message: Message,
    url: str,
    *,
    secret: bytes | None,
    dialer: Dialer,
    user_agent: str,
    now: Callable[[], datetime],
    pause: Callable[[float], Awaitable[None]],
    chance: Callable[[], float],
) -> Delivery:
    """Posts the message to `url` and says what became of it; raises `BadInput` for a URL that cannot be posted to.

    A 2xx answer is delivery. What the network or the server may mend is tried again `RETRIES` times, after `pause` of 5,
    10 and 20 seconds, half more or less by `chance` (from [0, 1)). The dialer is not closed. Run it in an event loop.
    """
    where = parse(url)
    body = to_json(message)
    engine = HttpEngine(dialer, now=now, limits=_LIMITS, at_once=1, idle_a_host=0)
    attempt = 0
    while True:
        attempt += 1
        headers = [("User-Agent", user_agent), ("Content-Type", "application/json"), (MESSAGE, message.message_id)]
        if secret is not None:
            headers.append((SIGNATURE, signature(body, secret, int(now().timestamp()))))
        exchange = await engine.fetch(Request(where, method="POST", headers=tuple(headers), body=body))
        code = exchange.response.head.code if exchange.response else None
        if exchange.response is not None:
            exchange.response.tape.close()
        if code is not None and 200 <= code < 300:
            return Delivery(True, attempt, f"{where.origin} answered {code}")
        if attempt > RETRIES or not worth_a_retry(exchange.outcome, exchange.reason, code):
            return Delivery(False, attempt, _failure(exchange, where.origin, code))
        await pause(backoff(attempt, chance()))


def _failure(exchange: Exchange, origin: str, code: int | None) -> str:
    if code is None:
        return f"{origin}: {exchange.detail or exchange.reason}"
    if 300 <= code < 400:
        return f"{origin} answered {code}: redirects are not followed; name the URL it leads to"
    return f"{origin} answered {code}"
