# SPDX-License-Identifier: Apache-2.0
"""What a site's robots.txt says of a URL (RFC 9309). It is always recorded; whether it is obeyed is the operator's choice."""

from dataclasses import dataclass
from typing import Literal

from protego import Protego

from archiver.exchange import Exchange
from archiver.services.payloads import payload_pieces
from archiver.urls import HttpUrl

PRODUCT_TOKEN = "colophon"
MAX_OCTETS = 512 << 10
"""RFC 9309 section 2.5 asks for at least 500 KiB to be read; what follows is not parsed."""

MAX_REDIRECTS = 5
"""RFC 9309 section 2.3.1.2: as many as a crawler should follow to a robots.txt."""

Decision = Literal["allowed", "disallowed", "unavailable", "not-asked"]


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of one origin, and the capture they were read from."""

    capture_id: str | None
    rules: Protego | None
    """None when the file could not be had."""

    def decision(self, url: HttpUrl) -> Decision:
        """The rule's answer for our product token."""
        if self.rules is None:
            return "unavailable"
        return "allowed" if self.rules.can_fetch(url.url, PRODUCT_TOKEN) else "disallowed"


def robots_url(url: HttpUrl) -> str:
    """Where the rules of a URL's origin are."""
    return f"{url.origin}/robots.txt"


def read_rules(exchange: Exchange) -> Protego | None:
    """The rules that an exchange for robots.txt brought; None when none could be had.

    A 4xx answer says that there is no such file, and so that everything is allowed (RFC 9309 section 2.3.1.3); a 5xx answer,
    that everything must be taken for disallowed (section 2.3.1.4). The tape is read here, so this comes before the exchange
    is recorded.
    """
    response = exchange.response
    if response is None or response.head.code is None:
        return None
    if 400 <= response.head.code < 500:
        return Protego.parse("")
    if 500 <= response.head.code < 600:
        return Protego.parse("User-agent: *\nDisallow: /")
    if response.head.code != 200:
        return None
    content = bytearray()
    for piece in payload_pieces(response):
        content += piece
        if len(content) >= MAX_OCTETS:
            break
    return Protego.parse(bytes(content[:MAX_OCTETS]).decode("utf-8", "replace"))
