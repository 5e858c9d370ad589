# SPDX-License-Identifier: Apache-2.0
"""The crawl site counts what it is asked for, answers conditions as HTTP has it, and misbehaves only where it is told to."""

import http.client
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin, urlsplit

import pytest

from tests.end_to_end.crawl_pages import Answer, Shape
from tests.end_to_end.crawl_site import ALLOW_ALL, CrawlSite

SHAPE = Shape(hosts=2, pages=30, embeds=2, redirects=2, copies=3)


@pytest.fixture
def site() -> Iterator[CrawlSite]:
    with CrawlSite(SHAPE) as one:
        yield one


def _get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Code, headers and content of one answer."""
    parts = urlsplit(url)
    client = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    try:
        client.request("GET", parts.path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = client.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        client.close()


def _walk(site: CrawlSite) -> None:
    """Asks once for all that links, embeds and redirects lead to."""
    todo, seen = list(site.seeds), set(site.seeds)
    while todo:
        url = todo.pop()
        _, headers, content = _get(url)
        html = content.decode() if headers["content-type"].startswith("text/html") else ""
        found = re.findall(r'(?:href|src)="([^"]+)"', html) + [headers[one] for one in ("location",) if one in headers]
        new = {urljoin(url, to) for to in found} - seen
        seen |= new
        todo += new


def test_a_walk_over_links_finds_every_url_once(site: CrawlSite) -> None:
    _walk(site)
    assert site.not_once() == {}
    assert set(site.counts()) == set(site.urls)
    assert len(site.urls) == 2 * (30 * 3 + 2 * 2 + 3)


def test_what_was_not_asked_for_once_is_named(site: CrawlSite) -> None:
    _walk(site)
    _get(site.url(0, "/page/3"))
    _get(site.url(1, "/nowhere"))
    _get(site.url(1, "/robots.txt"))
    assert site.not_once() == {site.url(0, "/page/3"): 2, site.url(1, "/nowhere"): 1}


def test_a_url_never_asked_for_is_named(site: CrawlSite) -> None:
    assert site.not_once() == dict.fromkeys(site.urls, 0)


def test_copies_are_equal_and_everything_else_differs(site: CrawlSite) -> None:
    contents = {url: _get(url)[2] for url in site.urls if "/moved/" not in url}
    copies = {content for url, content in contents.items() if "/copy/" in url}
    others = [content for url, content in contents.items() if not re.search("/(copy|new)/", url)]
    assert len(copies) == 1
    assert len(set(others)) == len(others)


def test_who_has_the_etag_gets_304_without_content(site: CrawlSite) -> None:
    code, headers, _ = _get(site.url(0, "/page/1"))
    assert code == 200
    for tags in (headers["etag"], f'"other", W/{headers["etag"]}'):
        code, again, content = _get(site.url(0, "/page/1"), If_None_Match=tags)
        assert (code, content, again["etag"]) == (304, b"", headers["etag"])
    assert [one.code for one in site.asked(site.url(0, "/page/1"))] == [200, 304, 304]


def test_who_has_the_date_gets_304_unless_the_etag_says_otherwise(site: CrawlSite) -> None:
    date = _get(site.url(0, "/page/1"))[1]["last-modified"]
    assert _get(site.url(0, "/page/1"), If_Modified_Since=date)[0] == 304
    assert _get(site.url(0, "/page/1"), If_Modified_Since=date, If_None_Match='"other"')[0] == 200
    assert _get(site.url(0, "/page/1"), If_Modified_Since="Thu, 01 Jan 2015 00:00:00 GMT")[0] == 200


def test_a_change_is_new_octets_a_new_etag_and_a_later_date(site: CrawlSite) -> None:
    for path in ("/", "/page/4", "/embed/4-0.png", "/embed/4-1.css"):
        url = site.url(0, path)
        _, before, content = _get(url)
        site.changes(url)
        code, after, changed = _get(url, If_None_Match=before["etag"], If_Modified_Since=before["last-modified"])
        assert (code, changed != content, after["etag"] != before["etag"]) == (200, True, True)
        assert _get(url, If_Modified_Since=before["last-modified"])[0] == 200
    assert _get(site.url(1, "/page/4"), If_None_Match=_get(site.url(1, "/page/4"))[1]["etag"])[0] == 304


def test_the_first_requests_fail_and_then_all_is_well(site: CrawlSite) -> None:
    url = site.url(0, "/page/2")
    site.fails(url, times=2, retry_after="7")
    answers = [_get(url) for _ in range(3)]
    assert [code for code, _, _ in answers] == [503, 503, 200]
    assert [headers.get("retry-after") for _, headers, _ in answers] == ["7", "7", None]


def test_a_dropped_connection_is_counted_and_has_no_code(site: CrawlSite) -> None:
    url = site.url(0, "/page/2")
    site.drops(url, times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        _get(url)
    assert _get(url)[0] == 200
    assert [one.code for one in site.asked(url)] == [None, 200]


def test_an_answer_is_held_until_it_is_released(site: CrawlSite) -> None:
    url = site.url(0, "/page/2")
    site.holds(url)
    with ThreadPoolExecutor(3) as pool:
        held = [pool.submit(_get, url) for _ in range(3)]
        site.wait_until_asked(3, url)
        assert _get(site.url(0, "/page/3"))[0] == 200
        assert not any(one.done() for one in held)
        assert site.most_at_once(0) == 4
        site.releases(url)
        assert [one.result()[0] for one in held] == [200, 200, 200]
    assert (_get(url)[0], site.most_at_once(1)) == (200, 0)


def test_waiting_for_requests_that_do_not_come_ends(site: CrawlSite) -> None:
    with pytest.raises(TimeoutError, match="0 of 1 requests came"):
        site.wait_until_asked(1, timeout=0.01)


def test_a_slow_answer_comes_late_and_alone(site: CrawlSite) -> None:
    site.delays(site.url(0, "/page/2"), 0.2)
    began = time.monotonic()
    assert _get(site.url(0, "/page/3"))[0] == 200
    assert time.monotonic() - began < 0.2
    began = time.monotonic()
    assert _get(site.url(0, "/page/2"))[0] == 200
    assert time.monotonic() - began >= 0.2


def test_rules_are_a_hosts_own(site: CrawlSite) -> None:
    site.robots(0, "User-agent: *\nDisallow: /page/\n")
    site.robots(1, Answer(code=503))
    assert _get(site.url(0, "/robots.txt"))[2] == b"User-agent: *\nDisallow: /page/\n"
    assert _get(site.url(1, "/robots.txt"))[0] == 503


def test_rules_allow_everything_unless_told_otherwise(site: CrawlSite) -> None:
    assert _get(site.url(0, "/robots.txt"))[2].decode() == ALLOW_ALL


def test_another_page_can_be_put_in(site: CrawlSite) -> None:
    site.says(site.url(0, "/sitemap.xml"), Answer(b"<urlset/>", "application/xml"))
    assert _get(site.url(0, "/sitemap.xml"))[2] == b"<urlset/>"


def test_requests_of_one_connection_are_answered_in_order(site: CrawlSite) -> None:
    site.delays(site.url(0, "/page/1"), 0.05)
    with socket.create_connection(("127.0.0.21", site.port), timeout=5) as client:
        for path in ("/page/1", "/page/2"):
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: quay\r\nConnection: keep-alive\r\n\r\n".encode())
        received = b""
        while received.count(b"</html>") < 2:
            received += client.recv(65536)
    assert received.index(b"<h1>Page 1 of") < received.index(b"<h1>Page 2 of")
    assert [one.headers["host"] for one in site.asked()] == ["quay", "quay"]


def test_another_process_reaches_it(site: CrawlSite) -> None:
    code = (
        f"import http.client; one = http.client.HTTPConnection({site.allowed[1]!r}); one.request('GET', '/'); "
        "print(one.getresponse().status)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "200\n"


def test_leaving_ends_the_thread_and_the_clients_that_wait() -> None:
    with ThreadPoolExecutor(1) as pool:
        with CrawlSite(SHAPE) as site:
            site.holds(site.seeds[0])
            waiting = pool.submit(_get, site.seeds[0])
            site.wait_until_asked(1)
        assert "crawl-site" not in [thread.name for thread in threading.enumerate()]
        with pytest.raises(ConnectionError):
            waiting.result(5)
    with pytest.raises(ConnectionRefusedError):
        _get(site.seeds[0])
