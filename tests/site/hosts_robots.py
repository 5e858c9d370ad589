# SPDX-License-Identifier: Apache-2.0
"""Hosts that differ in their robots.txt (RFC 9309). What is said of `/open` and `/private/page` holds for a crawl that obeys.

Every host serves a front page that leads to both.
"""

import gzip

from tests.site.bombs import gzip_bomb
from tests.site.case import Answer
from tests.site.conversation import Conversation
from tests.site.host import DISALLOWED, TAKEN, UNAVAILABLE, Host, Serve, echo, linking, plain
from tests.site.pages import missing
from tests.site.wire import endless, reply

_FORBID = b"User-agent: *\nDisallow: /private/\n"
_TEXT = b"Content-Type: text/plain"


def _to_canary(conversation: Conversation) -> None:
    location = b"Location: " + conversation.places.canary.encode() + b"/robots.txt"
    conversation.send(reply(b"over there", location, line=b"HTTP/1.1 301 Moved Permanently"))
    conversation.close()


def _loop(conversation: Conversation) -> None:
    conversation.send(reply(b"again", b"Location: /robots.txt", line=b"HTTP/1.1 302 Found"))
    conversation.close()


def _moved(conversation: Conversation) -> None:
    conversation.send(reply(b"there", b"Location: /rules/here.txt", line=b"HTTP/1.1 302 Found"))
    conversation.close()


def _reset(conversation: Conversation) -> None:
    conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 500\r\n\r\nUser-agent: *\n")
    conversation.reset()


def _hang(conversation: Conversation) -> None:
    conversation.hang()


def _changing(conversation: Conversation) -> None:
    """Allows all to who asks first, and nothing from then on."""
    plain(_FORBID if conversation.nth > 1 else b"User-agent: *\nAllow: /\n")(conversation)


def _status(line: bytes, *fields: bytes) -> Serve:
    return plain(_FORBID, *fields, line=line)


def _robots(
    name: str,
    serve: Serve,
    private: Answer = DISALLOWED,
    open_: Answer = TAKEN,
    *,
    more: dict[str, Serve] | None = None,
    note: str = "",
) -> Host:
    served = {"": linking("/open", "/private/page"), "robots.txt": serve, **(more or {})}
    return Host(
        name=f"robots-{name}",
        family="robots",
        serve=served,
        rest=echo,
        seeds=("/", "/open", "/private/page"),
        becomes={"/open": open_, "/private/page": private},
        note=note,
    )


ROBOTS: tuple[Host, ...] = (
    _robots("allow", plain(b"User-agent: *\nAllow: /\n"), TAKEN),
    _robots("disallow", plain(b"User-agent: *\nDisallow: /\n"), DISALLOWED, DISALLOWED),
    _robots("disallowed-path", plain(_FORBID)),
    _robots("disallows-us", plain(b"User-agent: *\nAllow: /\n\nUser-agent: Colophon/2.0\nDisallow: /private\n")),
    _robots("disallows-others", plain(b"User-agent: wget\nDisallow: /\n"), TAKEN),
    _robots("404", missing, TAKEN),
    _robots("401", _status(b"401 Unauthorized", b"WWW-Authenticate: Basic"), TAKEN),
    _robots("403", _status(b"403 Forbidden"), TAKEN),
    _robots("429", _status(b"429 Too Many Requests", b"Retry-After: 99999999"), UNAVAILABLE, UNAVAILABLE),
    _robots("500", _status(b"500 Internal Server Error"), UNAVAILABLE, UNAVAILABLE),
    _robots("503", _status(b"503 Service Unavailable", b"Retry-After: 86400"), UNAVAILABLE, UNAVAILABLE),
    _robots("redirect", _moved, more={"rules/here.txt": plain(_FORBID)}),
    _robots("redirect-loop", _loop, TAKEN, note="after five redirects there are no rules (RFC 9309 section 2.3.1.2)"),
    _robots("redirect-canary", _to_canary, UNAVAILABLE, UNAVAILABLE),
    _robots(
        "html",
        plain(b"<!doctype html><title>Welcome</title><p>User-agent: all, Disallow: nothing", kind=b"text/html"),
        TAKEN,
    ),
    _robots("empty", plain(b""), TAKEN),
    _robots("bom", plain(b"\xef\xbb\xbf" + _FORBID)),
    _robots("utf16", plain(b"\xff\xfe" + _FORBID.decode().encode("utf-16-le"))),
    _robots("nul", plain(b"User-agent: *\n\0Disal\0low: /private/\n")),
    _robots("cr-only", plain(_FORBID.replace(b"\n", b"\r"))),
    _robots("odd-case", plain(b"uSER-aGENT: *\ndISALLOW: /private/\nDISALLOW: /OPEN\n")),
    _robots(
        "wildcards",
        plain(
            b"User-agent: *\nDisallow: /" + b"*a" * 4000 + b"$\nDisallow: /*" + b"*" * 5000 + b"b$\nDisallow: /p*v*/\n"
        ),
        note="patterns that cost a backtracking matcher for ever",
    ),
    _robots(
        "longest-match",
        plain(b"User-agent: *\nDisallow: /private\nAllow: /private/page\nDisallow: /op*n$\n"),
        TAKEN,
        DISALLOWED,
    ),
    _robots("encoded", plain(b"User-agent: *\nDisallow: /priv%61te/\n")),
    _robots("crawl-delay-huge", plain(_FORBID + b"Crawl-delay: 999999999999\n"), note="up to max_delay"),
    _robots("crawl-delay-bad", plain(_FORBID + b"Crawl-delay: -5\nCrawl-delay: banana\nCrawl-delay: 1e99\n")),
    _robots(
        "50000-sitemaps",
        plain(lambda: _FORBID + b"".join(b"Sitemap: http://h%d.invalid/s.xml\n" % n for n in range(50_000))),
    ),
    _robots("gzip", plain(gzip.compress(_FORBID, mtime=0), b"Content-Encoding: gzip")),
    _robots("gzip-bomb", plain(gzip_bomb, b"Content-Encoding: gzip"), TAKEN, note="128 MiB of NULs"),
    _robots(
        "late-disallow", plain(lambda: b"# tide\n" * 90_000 + _FORBID), TAKEN, note="the rule stands behind 600 KB"
    ),
    _robots("5mb-line", plain(lambda: _FORBID + b"Disallow: /" + b"x" * (5 << 20))),
    _robots(
        "50000-groups",
        plain(lambda: _FORBID + b"".join(b"User-agent: b%d\nDisallow: /\n" % n for n in range(50_000))),
    ),
    _robots("tdm", plain(_FORBID + b"Content-Signal: ai-train=no\nTDM-Reservation: 1\nTDM-Policy: /terms\n")),
    _robots("10mb", plain(lambda: _FORBID + b"Disallow: /x\n" * 800_000)),
    _robots("hang", _hang, UNAVAILABLE, UNAVAILABLE),
    _robots("reset", _reset, UNAVAILABLE, UNAVAILABLE),
    _robots("infinite", endless(b"HTTP/1.1 200 OK\r\n" + _TEXT + b"\r\n\r\n" + _FORBID, b"Disallow: /x\n" * 5000)),
    _robots("changes", _changing, TAKEN),
)
