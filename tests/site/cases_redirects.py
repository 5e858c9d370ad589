# SPDX-License-Identifier: Apache-2.0
"""Redirects, and the ways a redirect tries to lead the engine to an address it must not reach.

The redirect itself arrives whole; `next_outcome` says what becomes of its target. Addresses in disguise name the
canary on 127.0.0.2; the engine is allowed 127.0.0.1 on the site's own port only. However a target is read, the canary
must count no connection. Where readers of URLs disagree (WHATWG, RFC 3986) every refusal is right.
"""

from collections.abc import Callable, Iterable

from tests.site.case import COMPLETE, FAILED, REFUSED, Answer, Case, Family
from tests.site.conversation import Conversation, Places
from tests.site.wire import PAGE, reply

_redirect = Family("redirect-ssrf")

Target = Callable[[Places], bytes]

_ADDRESS: Answer = (REFUSED, "address-refused")
_SCHEME: Answer = (REFUSED, "scheme-refused")
_UNUSABLE: Answer = (REFUSED, "redirect-unusable")
_BAD_URL: Answer = (REFUSED, "bad-url")
_LOOP: Answer = (REFUSED, "redirect-loop")
_ARRIVES: Answer = (COMPLETE, None)
_DNS: Answer = (FAILED, "dns-failed")
_ANY_REFUSAL: tuple[Answer, ...] = (_ADDRESS, _BAD_URL, _UNUSABLE, _DNS)
_FLAGGED: tuple[Answer, ...] = ((COMPLETE, "framing-fault"),)
FOUND = b"HTTP/1.1 302 Found"


def _to(
    name: str,
    target: Target | bytes,
    leads: Answer,
    *,
    also: Iterable[tuple[str | None, str | None]] = (),
    line: bytes = FOUND,
    fields: tuple[bytes, ...] = (),
    reason: str | None = None,
    non_ascii: bool = False,
    note: str = "",
) -> Case:
    """`non_ascii` says that octets above 0x7F in the Location may be flagged (RFC 9110 section 5.5)."""

    def serve(conversation: Conversation) -> None:
        place = target if isinstance(target, bytes) else target(conversation.places)
        conversation.send(reply(b"over there", b"Location: " + place, *fields, line=line))
        conversation.close()

    code = int(line.split(b" ")[1])
    flagged = _FLAGGED if non_ascii else ()
    return _redirect.complete(
        f"redirect-{name}", serve, reason, code=code, also=flagged, leads=leads, leads_also=also, note=note
    )


def _canary(name: str, pattern: str, *, also: Iterable[Answer] = (), note: str = "") -> Case:
    """A target with `{p}` for the canary's port."""
    return _to(
        f"to-{name}",
        lambda places: pattern.replace("{p}", str(places.canary_port)).encode(),
        _ADDRESS,
        also=also,
        non_ascii=not pattern.isascii(),
        note=note,
    )


def _without_location(conversation: Conversation) -> None:
    conversation.send(reply(b"over there, somewhere", line=FOUND))
    conversation.close()


def _chain(last: int | None) -> Callable[[Conversation], None]:
    """A redirect to its own path with the next number, up to `last`, or without an end."""

    def serve(conversation: Conversation) -> None:
        step = int(conversation.query or "0") if (conversation.query or "0").isdigit() else 0
        if last is not None and step >= last:
            conversation.send(reply(PAGE))
        else:
            path = conversation.target.partition("?")[0].encode("latin-1")
            conversation.send(reply(b"go on", b"Location: %b?%d" % (path, step + 1), line=FOUND))
        conversation.close()

    return serve


def _cookie_loop(conversation: Conversation) -> None:
    if "seen=1" in (conversation.field("Cookie") or ""):
        conversation.send(reply(PAGE))
    else:
        fields = (b"Set-Cookie: seen=1; Path=/", b"Location: /redirect-cookie-loop")
        conversation.send(reply(b"take this and ask again", *fields, line=FOUND))
    conversation.close()


def _beside(header: str) -> Callable[[Conversation], None]:
    """A faultless 200 whose header names the canary; `{p}` is its port, `{c}` its origin."""

    def serve(conversation: Conversation) -> None:
        places = conversation.places
        field = header.replace("{p}", str(places.canary_port)).replace("{c}", places.canary)
        conversation.send(reply(PAGE, field.encode()))
        conversation.close()

    return serve


def _use_proxy(conversation: Conversation) -> None:
    proxy = b"Location: " + conversation.places.canary.encode()
    conversation.send(reply(b"", proxy, line=b"HTTP/1.1 305 Use Proxy"))
    conversation.close()


_FOLLOWED = (
    _to("301", b"/article", _ARRIVES, line=b"HTTP/1.1 301 Moved Permanently"),
    _to("302", b"/article", _ARRIVES),
    _to("303", b"/article", _ARRIVES, line=b"HTTP/1.1 303 See Other"),
    _to("307", b"/article", _ARRIVES, line=b"HTTP/1.1 307 Temporary Redirect"),
    _to("308", b"/article", _ARRIVES, line=b"HTTP/1.1 308 Permanent Redirect"),
    _to("absolute", lambda places: f"{places.base}/article".encode(), _ARRIVES),
    _to("relative-dots", b"a/../b/./../article#part", _ARRIVES),
    _to("odd-scheme-case", lambda places: f"hTTp://127.0.0.1:{places.port}/article".encode(), _ARRIVES),
    _to(
        "raw-bytes",
        b"/cr\xeape/\xe6\xbc\xa2",
        _ARRIVES,
        also=(_UNUSABLE, _BAD_URL),
        non_ascii=True,
        note="leads to a 404",
    ),
    _to("encoded-crlf", b"/x%0d%0aSet-Cookie:%20forged=1", _ARRIVES, also=(_BAD_URL,), note="must stay encoded"),
    _redirect.complete("redirect-chain-short", _chain(5), code=302, leads=_ARRIVES, note="five, then a page"),
)

_ASTRAY = (
    _to("loop-self", b"/redirect-loop-self", _LOOP),
    _to("loop-self-fragment", b"/redirect-loop-self-fragment#again", _LOOP),
    _to("loop-one", b"/redirect-loop-two", _LOOP, note="the second step leads back here"),
    _to("loop-two", b"/redirect-loop-one", _LOOP),
    _redirect.complete("redirect-chain", _chain(None), code=302, leads=(REFUSED, "redirect-limit")),
    _redirect.complete(
        "redirect-cookie-loop",
        _cookie_loop,
        code=302,
        leads=_LOOP,
        leads_also=(_ARRIVES,),
        note="opens only to a client that keeps cookies",
    ),
    _redirect.complete("redirect-without-location", _without_location, code=302, leads=_UNUSABLE),
    _to("empty-location", b"", _LOOP, also=(_UNUSABLE,), note="an empty reference is the URL itself"),
    _to("two-locations", b"/article", _UNUSABLE, fields=(b"Location: /steady",)),
    _to("same-location-twice", b"/article", _UNUSABLE, fields=(b"Location: /article",), also=(_ARRIVES,)),
    _to("100kb-location", b"/" + b"far/" * 25_600, _UNUSABLE, also=(_BAD_URL, _ARRIVES)),
    _to("nul-in-location", b"/art\0icle", _UNUSABLE, reason="framing-fault", also=(_BAD_URL, _ARRIVES)),
    _to("file", b"file:///etc/passwd", _SCHEME, also=(_UNUSABLE,)),
    _to("file-odd-case", b"FiLe:///etc/passwd", _SCHEME, also=(_UNUSABLE,)),
    _to("data", b"data:text/html,<p>hello", _SCHEME, also=(_UNUSABLE,)),
    _to("javascript", b"javascript:alert(1)", _SCHEME, also=(_UNUSABLE,)),
    _to("gopher", lambda places: f"gopher://127.0.0.2:{places.canary_port}/_x".encode(), _SCHEME, also=(_UNUSABLE,)),
    _to("ftp", lambda places: f"ftp://127.0.0.2:{places.canary_port}/".encode(), _SCHEME, also=(_UNUSABLE,)),
    _to("websocket", lambda places: f"ws://127.0.0.2:{places.canary_port}/".encode(), _SCHEME, also=(_UNUSABLE,)),
    _to("about", b"about:blank", _SCHEME, also=(_UNUSABLE,)),
)

_PLAIN_ADDRESSES = (
    _canary("other-loopback", "http://127.0.0.2:{p}/"),
    _canary("no-scheme", "//127.0.0.2:{p}/"),
    _canary("ipv6-loopback", "http://[::1]:{p}/"),
    _canary("link-local-service", "http://169.254.169.254/latest/meta-data/"),
    _canary("ten-net", "http://10.0.0.1/"),
    _canary("one-nine-two-net", "http://192.168.0.1/"),
    _canary("one-seven-two-net", "http://172.16.0.1/"),
    _canary("carrier-net", "http://100.64.0.1/"),
    _canary("multicast", "http://224.0.0.1/"),
    _canary("broadcast", "http://255.255.255.255/"),
    _canary("unique-local", "http://[fd00::1]/"),
    _canary("mapped-dotted", "http://[::ffff:127.0.0.2]:{p}/"),
    _canary("mapped-hexadecimal", "http://[::ffff:7f00:2]:{p}/"),
    _canary("far-loopback", "http://127.255.255.254:{p}/"),
    _canary("zero-address", "http://0.0.0.0:{p}/"),
    _canary("unspecified-ipv6", "http://[::]:{p}/"),
    _to(
        "307-to-other-loopback",
        lambda places: f"{places.canary}/".encode(),
        _ADDRESS,
        line=b"HTTP/1.1 307 Temporary Redirect",
    ),
)

_DISGUISES = (
    _canary("localhost", "http://localhost:{p}/", also=(_DNS, (FAILED, "connect-failed"))),
    _canary("localhost-dot", "http://LOCALHOST.:{p}/", also=(_DNS, (FAILED, "connect-failed"))),
    _canary("under-localhost", "http://x.localhost:{p}/", also=(_DNS, (FAILED, "connect-failed"))),
    _canary("compatible", "http://[::127.0.0.2]:{p}/", also=_ANY_REFUSAL),
    _canary("nat64", "http://[64:ff9b::7f00:2]:{p}/", also=_ANY_REFUSAL),
    _canary("6to4", "http://[2002:7f00:2::1]:{p}/", also=_ANY_REFUSAL),
    _canary("teredo", "http://[2001:0:7f00:2::1]:{p}/", also=_ANY_REFUSAL),
    _canary("zone-id", "http://[fe80::1%25lo]:{p}/", also=_ANY_REFUSAL),
    _canary("decimal", "http://2130706434:{p}/", also=_ANY_REFUSAL),
    _canary("hexadecimal", "http://0x7f000002:{p}/", also=_ANY_REFUSAL),
    _canary("octal", "http://0177.0.0.2:{p}/", also=_ANY_REFUSAL),
    _canary("octal-long", "http://017700000002:{p}/", also=_ANY_REFUSAL),
    _canary("mixed-bases", "http://0x7f.0.0.02:{p}/", also=_ANY_REFUSAL),
    _canary("short-form", "http://127.2:{p}/", also=_ANY_REFUSAL),
    _canary("zero", "http://0:{p}/", also=_ANY_REFUSAL),
    _canary("trailing-dot", "http://127.0.0.2.:{p}/", also=_ANY_REFUSAL),
    _canary("full-width", "http://１２７.0.0.2:{p}/", also=_ANY_REFUSAL),
    _canary("ideographic-stops", "http://127。0。0。2:{p}/", also=_ANY_REFUSAL),
    _canary("circled-digits", "http://①②⑦.⓪.⓪.②:{p}/", also=_ANY_REFUSAL),
    _canary("encoded-host", "http://%31%32%37.0.0.2:{p}/", also=_ANY_REFUSAL),
    _canary("userinfo", "http://harbour.invalid@127.0.0.2:{p}/", also=_ANY_REFUSAL),
    _canary("userinfo-allowed-host", "http://127.0.0.1:80@127.0.0.2:{p}/", also=_ANY_REFUSAL),
    _canary("backslash-before-at", "http://127.0.0.2:{p}\\@harbour.invalid/", also=_ANY_REFUSAL),
    _canary("backslashes", "http:\\\\127.0.0.2:{p}\\", also=(*_ANY_REFUSAL, _ARRIVES)),
    _canary("slash-backslash", "/\\127.0.0.2:{p}/", also=(*_ANY_REFUSAL, _ARRIVES)),
    _canary("fragment-at", "http://127.0.0.2:{p}#@harbour.invalid/", also=_ANY_REFUSAL),
    _canary("question-at", "http://127.0.0.2:{p}?@harbour.invalid/", also=_ANY_REFUSAL),
    _canary(
        "tab-in-scheme",
        "ht\ttp://127.0.0.2:{p}/",
        also=(*_ANY_REFUSAL, _SCHEME, _ARRIVES),
        note="read as a relative path it leads to a 404 of the site",
    ),
    _canary("tab-in-host", "http://127.0\t.0.2:{p}/", also=_ANY_REFUSAL),
    _canary("one-slash", "http:/127.0.0.2:{p}/", also=(*_ANY_REFUSAL, _ARRIVES)),
    _to(
        "to-host-overflow",
        lambda places: f"http://6425673730:{places.canary_port}/".encode(),
        _BAD_URL,
        also=_ANY_REFUSAL,
        note="2^32 more than the canary",
    ),
    _to(
        "to-octet-overflow",
        lambda places: f"http://383.0.0.2:{places.canary_port}/".encode(),
        _BAD_URL,
        also=_ANY_REFUSAL,
    ),
    _to(
        "to-bracketed-ipv4",
        lambda places: f"http://[127.0.0.2]:{places.canary_port}/".encode(),
        _BAD_URL,
        also=_ANY_REFUSAL,
    ),
    _to("to-empty-host", b"http:///article", _BAD_URL, also=(*_ANY_REFUSAL, _ARRIVES)),
    _to("to-port-22", b"http://127.0.0.1:22/", (REFUSED, "blocked-port"), also=(_ADDRESS,)),
    _to("to-port-25", b"http://127.0.0.1:25/", (REFUSED, "blocked-port"), also=(_ADDRESS,)),
    _to(
        "to-port-overflow",
        lambda places: f"http://127.0.0.2:{places.canary_port + 65536}/".encode(),
        _BAD_URL,
        also=(_ADDRESS, _UNUSABLE),
    ),
    _to("to-port-negative", b"http://127.0.0.2:-1/", _BAD_URL, also=(_ADDRESS, _UNUSABLE)),
)

_BESIDE = (
    _redirect.complete("refresh-header", _beside("Refresh: 0; url={c}/"), leads_also=(_ADDRESS,)),
    _redirect.complete("alt-svc-header", _beside('Alt-Svc: h2="127.0.0.2:{p}"; ma=9'), leads_also=(_ADDRESS,)),
    _redirect.complete("location-on-200", _beside("Location: {c}/"), leads_also=(_ADDRESS,)),
    _redirect.complete(
        "proxy-hint",
        _use_proxy,
        code=305,
        leads_also=(_ADDRESS, _UNUSABLE),
        note="305 is obsolete (RFC 9110 section 15.4.6) and never followed",
    ),
)

REDIRECTS: tuple[Case, ...] = _FOLLOWED + _ASTRAY + _PLAIN_ADDRESSES + _DISGUISES + _BESIDE
