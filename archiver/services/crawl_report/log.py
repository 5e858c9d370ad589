# SPDX-License-Identifier: Apache-2.0
"""`crawl.log.gz`: what was asked for, or would have been, in the twelve columns of Heritrix's crawl.log.

    1 time of the request, or of the decision (UTC)   7 media type: always -
    2 status code, or a negative code of Heritrix's   8 worker: always -
    3 octets received, heads included                 9 time of the request with seventeen digits
    4 URL                                            10 digest: always -
    5 discovery path                                 11 seed
    6 URL it was found on                            12 annotations, joined by commas

Columns are joined by single spaces; what is not known is `-`. Annotations are the reason, `3t` for the third attempt,
`revisit`, the change, and the signs. As with Heritrix, URLs that were found out of scope have no line; they are in the
outcomes. Lines stand in the order in which the URLs were found: sorted by bytes they are in that of time.
"""

from typing import Any

from manifests.capture import Outcome

NEGATIVE: dict[str, int] = {
    "address-refused": -5001,
    "bad-url": -7,
    "blocked-port": -5001,
    "connect-failed": -2,
    "connect-timeout": -2,
    "crawl-stopped": -6000,
    "dns-failed": -1,
    "header-cut": -3,
    "header-timeout": -4,
    "header-too-large": -3,
    "host-limit": -5003,
    "idle-timeout": -4,
    "limit-reached": -5004,
    "no-response": -404,
    "not-http": -3,
    "out-of-scope": -5000,
    "proxy-failed": -2,
    "redirect-limit": -4002,
    "robots-disallowed": -9998,
    "robots-unavailable": -61,
    "scheme-refused": -7,
    "tls-certificate": -2,
    "tls-failed": -2,
    "total-timeout": -4,
    "trap": -4000,
}
"""Reasons by the codes that Heritrix gives for such URLs; -5 for any other."""
_OTHER = -5
_SKIPPED = Outcome.SKIPPED.value


def log_line(told: dict[str, Any]) -> bytes | None:
    """The line of a URL, from what its line of the outcomes says; None for one that was found out of scope."""
    at = told.get("ended_at")
    if at is None:
        return None
    reason, code = told.get("reason"), told.get("code")
    if code is None:
        code = NEGATIVE.get(reason, _OTHER) if reason else _OTHER
    attempts = told.get("attempts", 0)
    annotations = [
        *((reason,) if reason else ()),
        *((f"{attempts}t",) if attempts > 1 else ()),
        *(("revisit",) if told.get("revisit") else ()),
        *((told["change"],) if "change" in told else ()),
        *(told.get("suspected", ())),
    ]
    asked = at.translate(_DIGITS) if told["outcome"] != _SKIPPED else "-"
    return (
        f"{at} {code} {told.get('octets', '-')} {told['url']} {told['path'] or '-'} {told.get('via', '-')} - - {asked} - "
        f"{told['seed']} {','.join(annotations) or '-'}"
    ).encode("utf-8", "backslashreplace")


_DIGITS = str.maketrans("", "", "-:.TZ")
