# SPDX-License-Identifier: Apache-2.0
"""What an exchange for robots.txt brought, and what follows from it for a URL (RFC 9309 section 2.3).

It is always recorded; whether it is obeyed is the operator's choice. What the file means is read in `archiver.robots`.
"""

from dataclasses import dataclass
from typing import Literal

from archiver.exchange import Exchange
from archiver.formats.coding import decode
from archiver.robots import MAX_OCTETS, MAX_REDIRECTS, PRODUCT_TOKEN, Rules, Standing, robots_url, standing
from archiver.services.payloads import payload_pieces
from archiver.urls import HttpUrl
from manifests.capture import Outcome

__all__ = ["MAX_OCTETS", "MAX_REDIRECTS", "PRODUCT_TOKEN", "SiteRules", "read_rules", "robots_url"]

Decision = Literal["allowed", "disallowed", "unavailable", "not-asked"]

_EVERYTHING_ALLOWED = Rules.parse(b"")
_NOTHING_ALLOWED = Rules.parse(b"User-agent: *\nDisallow: /")


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of one origin, and the capture they were read from."""

    capture_id: str | None
    rules: Rules | None
    """None when the file could not be had."""

    def decision(self, url: HttpUrl) -> Decision:
        """The rule's answer for our product token."""
        if self.rules is None:
            return "unavailable"
        return "allowed" if self.rules.allowed(url.target, PRODUCT_TOKEN).allowed else "disallowed"


def read_rules(exchange: Exchange) -> Rules | None:
    """The rules that an exchange for robots.txt brought; None when none could be had, and for redirects.

    A 4xx answer says that there is no such file, and so that everything is allowed (RFC 9309 section 2.3.1.3); a 5xx or 429
    answer, that everything must be taken for disallowed (section 2.3.1.4). A file that broke off before the part that is
    read is none: the missing lines may forbid. The tape is read here, so this comes before the exchange is recorded.
    """
    response = exchange.response
    if response is None or response.head.code is None:
        return None
    match standing(response.head.code):
        case Standing.ABSENT:
            return _EVERYTHING_ALLOWED
        case Standing.UNREACHABLE:
            return _NOTHING_ALLOWED
        case Standing.REDIRECTED:
            return None
    coding = ", ".join(response.head.get_all("content-encoding")) or None
    decoded = decode(payload_pieces(response), coding, limit=MAX_OCTETS + 1)
    whole = exchange.outcome is Outcome.CAPTURED_COMPLETE and decoded.complete
    return Rules.parse(decoded.content) if whole or decoded.limited else None
