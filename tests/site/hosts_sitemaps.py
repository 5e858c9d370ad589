# SPDX-License-Identifier: Apache-2.0
"""Sitemaps that name themselves, other hosts, too much, or what is no sitemap (sitemaps.org protocol 0.9)."""

import gzip

from tests.site.bombs import gzip_bomb
from tests.site.conversation import Conversation
from tests.site.host import MOST_CAPTURES, OUTSIDE, TAKEN, Host, Serve, echo, plain
from tests.site.pages import answer

_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XML = b"application/xml"


def _set(*places: str, dates: tuple[str, ...] = ()) -> bytes:
    dated = [*dates, *[""] * (len(places) - len(dates))]
    listed = "".join(
        f"<url><loc>{place}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>\n"
        for place, date in zip(places, dated, strict=True)
    )
    return f'<?xml version="1.0"?><urlset {_SPACE}>{listed}</urlset>'.encode()


def _here(conversation: Conversation, content: str) -> None:
    answer(conversation, content.replace("{host}", conversation.field("Host") or "").encode(), kind=_XML)


def _index_of_itself(conversation: Conversation) -> None:
    """An index that names itself, and under every name another one."""
    deeper = f"{conversation.target.partition('?')[0]}?{conversation.nth}{conversation.query}1"
    places = [f"http://{{host}}/{one}" for one in ("sitemap.xml", deeper.strip("/"), "pages.xml")]
    listed = "".join(f"<sitemap><loc>{place}</loc></sitemap>" for place in places)
    _here(conversation, f"<sitemapindex {_SPACE}>{listed}</sitemapindex>")


def _listed(conversation: Conversation) -> None:
    _here(conversation, _set("http://{host}/a", "http://{host}/b").decode())


_ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "/tide">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + f"]><urlset {_SPACE}><url><loc>http://{{host}}/&k;</loc></url></urlset>"
)
_DATES = (
    "9999-99-99", "0000-00-00", "yesterday", "2024-02-30T25:61:61Z", "-2024-01-01", "20240101", "2024-01-01T00:00:00+99:99",
    "1" * 5000, "2024-06-01", "\u0662\u0660\u0662\u0664-01-01",
)  # fmt: skip


def _many() -> bytes:
    return _set(*(f"/p/{number}" for number in range(200_000)))


def _sitemap(name: str, serve: Serve, *, path: str = "sitemap.xml", **expected: object) -> Host:
    served = {path: serve, "pages.xml": _listed}
    return Host(name=f"sitemap-{name}", family="sitemap", serve=served, rest=echo, seeds=(f"/{path}",), **expected)  # type: ignore[arg-type]


SITEMAPS: tuple[Host, ...] = (
    _sitemap(
        "index-of-itself", _index_of_itself, becomes={"/a": TAKEN, "/b": TAKEN}, captures=(4, 12), once=("/a", "/b")
    ),
    _sitemap(
        "off-host",
        plain(
            _set("http://elsewhere.invalid/a", "http://10.0.0.1/b", "/ours", "javascript:1", "file:///etc/passwd"),
            kind=_XML,
        ),
        becomes={"http://elsewhere.invalid/a": OUTSIDE, "http://10.0.0.1/b": OUTSIDE, "/ours": TAKEN},
        captures=(2, 2),
    ),
    _sitemap("entity-bomb", lambda conversation: _here(conversation, _ENTITIES), captures=(1, 1), found=(0, 0)),
    _sitemap(
        "gzip-bomb", plain(gzip_bomb, kind=b"application/gzip"), path="sitemap.xml.gz", captures=(1, 1), found=(0, 0)
    ),
    _sitemap(
        "gzip-bomb-of-locs",
        plain(
            lambda: gzip.compress(b"<urlset>" + b"<url><loc>/p/one</loc></url>" * 900_000, compresslevel=1, mtime=0),
            kind=b"application/gzip",
        ),
        path="sitemap.xml.gz",
        becomes={"/p/one": TAKEN},
        captures=(2, 2),
        found=(1, 1),
    ),
    _sitemap(
        "bad-dates",
        plain(_set(*(f"/d/{number}" for number in range(len(_DATES))), dates=_DATES), kind=_XML),
        becomes={f"/d/{number}": TAKEN for number in range(len(_DATES))},
        captures=(1 + len(_DATES), 1 + len(_DATES)),
    ),
    _sitemap(
        "200000-locs",
        plain(lambda: gzip.compress(_many(), compresslevel=1, mtime=0), kind=b"application/gzip"),
        path="sitemap.xml.gz",
        captures=(MOST_CAPTURES, MOST_CAPTURES),
        found=(200_000, 200_000),
        reasons=frozenset({"host-limit"}),
    ),
)
