# SPDX-License-Identifier: Apache-2.0
"""URLs that are one and look like many, that are many and look like one, that break what reads them, and that never end."""

import hashlib
import itertools

from tests.site.case import REFUSED
from tests.site.conversation import Conversation
from tests.site.host import MOST_CAPTURES, OUTSIDE, TAKEN, TRAP, Host, Serve, echo, linking
from tests.site.pages import answer
from tests.site.wire import reply

_EQUIVALENT = (
    "same", "./same", "/./same", "/a/../same", "/a/b/../../same", "//{host}/same", "http://{host}/same", "HTTP://{host}/same",
    "/same#one", "/same#", " /same ", "/sa\nme", "/s\tame", "/%2e/same", "/a/%2E%2e/same", "\\same", "http:/same", "http:same",
)  # fmt: skip
_DISTINCT = (
    "/Case", "/case", "/case/", "/case?", "/a%2Fb", "/a/b", "/?a=1&b=2", "/?b=2&a=1", "/%7Eada", "/~ada", "/x//double",
    "/x/double", "/caf%C3%A9", "/caf%c3%a9", "/file;v=1", "/file;v=2", "/plus+sign", "/plus%20sign", "/index.html", "/index",
)  # fmt: skip
_CONTROLS = {
    "/nul%00end": "/nul%00end", "/line%0d%0aSet-Cookie:%20forged=1": "/line%0d%0aSet-Cookie:%20forged=1",
    "/bell\x07end": "/bell%07end", "/del\x7fend": "/del%7Fend", "/escape\x1b[2J": "/escape%1B[2J", "/esc%1b[31m": "/esc%1b[31m",
}  # fmt: skip
_TRAVERSALS = {
    "/../../etc/passwd": "/etc/passwd", "/%2e%2e/%2E%2E/etc/shadow": "/etc/shadow",
    "/..%2f..%2fetc/group": "/..%2f..%2fetc/group",
    "/x/..\\..\\windows": "/windows", "/con/aux/nul": "/con/aux/nul", "/~/.ssh/id": "/~/.ssh/id",
}  # fmt: skip
_UNICODE = {
    "/größe": "/gr%C3%B6%C3%9Fe", "/漢字?q=ö": "/%E6%BC%A2%E5%AD%97?q=%C3%B6", "/\u202egnp": "/%E2%80%AEgnp",
    "/\U0001f6a2": "/%F0%9F%9A%A2", "/e\u0301": "/e%CC%81", "/\u00e9": "/%C3%A9",
}  # fmt: skip
_OVERLONG = ("/" + "y" * 3900, "/" + "x" * 5000, "/" + "z" * 20_000)


def _calendar(conversation: Conversation) -> None:
    """A month that leads to the months beside it, for ever."""
    parts = conversation.target.strip("/").split("/")
    months = int(parts[1]) * 12 + int(parts[2]) - 1 if len(parts) == 3 and parts[1].isdigit() else 2500 * 12
    ways = [f"/calendar/{one // 12:04}/{one % 12 + 1:02}" for one in (months - 1, months + 1)]
    linking(*ways, title="Calendar")(conversation)


def _session(conversation: Conversation) -> None:
    """Every page leads to three, each time under a session id never seen before."""
    drawn = hashlib.sha256(f"{conversation.target} {conversation.nth}".encode()).hexdigest()
    ways = [f"/room/{number}?PHPSESSID={drawn[number : number + 32]}" for number in range(3)]
    linking(*ways, title="Shop")(conversation)


def _deeper(conversation: Conversation) -> None:
    path = conversation.target.rstrip("/")
    step = len(path)
    linking(f"{path}/more/", f"{path}/s{step}x/", title="Deep")(conversation)


def _facets(conversation: Conversation) -> None:
    values = [f"v{number}" for number in range(6)]
    choices = itertools.product(values, values, values, values)
    linking(*(f"/list?colour={a}&amp;size={b}&amp;rope={c}&amp;knot={d}" for a, b, c, d in choices), title="Facets")(
        conversation
    )


def _random(conversation: Conversation) -> None:
    """Every page leads to five that nobody has named before."""
    drawn = hashlib.sha256(conversation.target.encode()).hexdigest()
    linking(*(f"/{drawn[at : at + 12]}" for at in range(0, 50, 10)), title="Elsewhere")(conversation)


def _refreshing(conversation: Conversation) -> None:
    """Two pages that each send the reader to the other, by element and by header."""
    other = "/there" if conversation.target == "/" else "/"
    page = f'<!doctype html><meta http-equiv=refresh content="0; url={other}"><title>Round</title>'
    answer(conversation, page.encode(), b"Refresh: 0; url=" + other.encode())


def _ring(conversation: Conversation) -> None:
    """Six pages, each of which redirects to the next."""
    name = conversation.target.strip("/")
    at = int(name) if name.isdecimal() else 0
    conversation.send(reply(b"on", b"Location: /%d" % ((at + 1) % 6), line=b"HTTP/1.1 302 Found"))
    conversation.close()


def _crowd(number: int, embedded: bool) -> Serve:
    """A page that names as many private hosts."""
    urls = [f"http://10.{100 * embedded}.{at >> 8 & 255}.{at & 255}/x" for at in range(number)]
    return linking(embeds=tuple(urls)) if embedded else linking(*urls)


def _long_base(conversation: Conversation) -> None:
    """10,000 short links under a base that makes each of them 3,900 characters long."""
    links = "".join(f'<a href="{number}">' for number in range(10_000))
    answer(conversation, f"<!doctype html><base href='/{'b' * 3_900}/'><title>Base</title>{links}".encode())


def _url(name: str, serve: Serve, **expected: object) -> Host:
    expected.setdefault("rest", echo)
    return Host(name=f"url-{name}", family="url", **{"serve": {"": serve}, **expected})  # type: ignore[arg-type]


URLS: tuple[Host, ...] = (
    _url(
        "equivalents", linking(*_EQUIVALENT), becomes={"/same": TAKEN}, once=("/same",), captures=(2, 2), found=(1, 1)
    ),
    _url("distinct", linking(*_DISTINCT), becomes=dict.fromkeys(_DISTINCT, TAKEN), once=_DISTINCT, captures=(21, 21)),
    _url(
        "controls",
        linking(*_CONTROLS),
        becomes=dict.fromkeys(_CONTROLS.values(), TAKEN),
        once=tuple(_CONTROLS.values()),
    ),
    _url("traversal", linking(*_TRAVERSALS), becomes=dict.fromkeys(_TRAVERSALS.values(), TAKEN), captures=(7, 7)),
    _url(
        "overlong",
        linking(*_OVERLONG),
        becomes={_OVERLONG[0]: TAKEN, _OVERLONG[1]: TRAP},
        captures=(2, 2),
        note="20,000 characters are no URL",
    ),
    _url("unicode", linking(*_UNICODE), becomes=dict.fromkeys(_UNICODE.values(), TAKEN), captures=(7, 7)),
    _url(
        "homograph",
        linking(
            "http://аррӏе.invalid/", "http://xn--80ak6aa92e.invalid/", "http://bücher.invalid/", "http://apple.invalid/"
        ),
        becomes={
            "http://xn--80ak6aa92e.invalid/": OUTSIDE,
            "http://xn--bcher-kva.invalid/": OUTSIDE,
            "http://apple.invalid/": OUTSIDE,
        },
        captures=(1, 1),
        found=(3, 3),
    ),
    _url(
        "userinfo",
        linking("http://ada:lovelace@{host}/kept", "http://ada@{host}/kept", "http://{host}@harbour.invalid/"),
        becomes={"/kept": TAKEN, "http://harbour.invalid/": OUTSIDE},
        once=("/kept",),
        captures=(2, 2),
    ),
    _url(
        "ports",
        linking(
            "http://10.200.0.1:22/",
            "http://10.200.0.1:65616/",
            "http://10.200.0.1:-1/",
            embeds=("http://10.200.0.1:25/x.png",),
        ),
        becomes={"http://10.200.0.1:22/": OUTSIDE, "http://10.200.0.1:25/x.png": (REFUSED, "blocked-port")},
        captures=(1, 1),
    ),
    _url(
        "calendar",
        _calendar,
        rest=_calendar,
        seeds=("/calendar/2500/01",),
        reasons=frozenset({"trap"}),
        captures=(1, 1),
    ),
    _url("session", _session, rest=_session, reasons=frozenset({"trap"}), captures=(4, 4)),
    _url("depth", _deeper, rest=_deeper, seeds=("/d/",), reasons=frozenset({"trap"}), captures=(20, MOST_CAPTURES)),
    _url(
        "facets",
        _facets,
        rest=_facets,
        reasons=frozenset({"trap", "host-limit"}),
        captures=(MOST_CAPTURES, MOST_CAPTURES),
        found=(1296, 1296),
    ),
    _url("random", _random, rest=_random, reasons=frozenset({"host-limit"}), captures=(MOST_CAPTURES, MOST_CAPTURES)),
    _url("refresh-loop", _refreshing, rest=_refreshing, once=("/", "/there"), captures=(2, 2)),
    _url(
        "redirect-ring",
        _ring,
        rest=_ring,
        once=tuple(f"/{n}" for n in range(1, 6)),
        captures=(7, 7),
        note="/ and /0 are two",
    ),
    _url(
        "ten-thousand-hosts",
        _crowd(10_000, embedded=False),
        becomes={"http://10.0.39.15/x": OUTSIDE},
        found=(10_000, 10_000),
    ),
    _url(
        "two-thousand-embedded-hosts",
        _crowd(2_000, embedded=True),
        becomes={
            "http://10.100.0.0/x": (REFUSED, "address-refused"),
            "http://10.100.7.207/x": (REFUSED, "address-refused"),
        },
        found=(2_000, 2_000),
    ),
    _url(
        "long-base",
        _long_base,
        captures=(MOST_CAPTURES, MOST_CAPTURES),
        found=(0, 10_000),
        note="39 MB of URLs from 150 KB",
    ),
)
