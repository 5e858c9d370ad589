# SPDX-License-Identifier: Apache-2.0
"""`archiver capture --with-original`: the named original is captured too, one step, linked back, under the same options."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faces.command import Ran, cli
from tests.faces.outlet import PAGE, Answer, Outlet


def reprint(*, based_on: str) -> Answer:
    """A page that says it is based on another."""
    said = f'<script type="application/ld+json">{{"@type": "NewsArticle", "isBasedOn": "{based_on}"}}</script>'
    return Answer(PAGE.replace(b"<head>", b"<head>" + said.encode()))


def capture(site: Outlet, cwd: Path, *options: str) -> Ran:
    """Captures the page /reprint, whose host is called otherwise than that of the original."""
    url = site.url("/reprint").replace("127.0.0.1", "localhost")
    allowed = ("--allow-private", site.place, "--allow-private", site.place.replace("127.0.0.1", "localhost"))
    return cli("capture", url, "--no-site-files", *allowed, *options, cwd=cwd)


def manifest(cwd: Path, capture_id: str) -> dict[str, Any]:
    shown = cli("manifest", capture_id, "--json", cwd=cwd)
    told: dict[str, Any] = json.loads(shown.out)
    return told


def paths(ran: Ran) -> dict[str, str]:
    """Discovery paths by the path of the URL, without robots.txt."""
    return {
        "/" + one["url"].split("/", 3)[3]: one["discovery_path"] for one in ran.lines if one["discovery_path"] != "P"
    }


def test_the_original_is_captured_with_what_it_embeds_and_names_the_page(tmp_path: Path) -> None:
    page = PAGE.replace(b"<head>", b'<head><link rel="stylesheet" href="/s.css">')
    with Outlet({"/original": Answer(page), "/s.css": Answer(b"b{}", "text/css")}) as site:
        site.answers["/reprint"] = reprint(based_on=site.url("/original"))
        ran = capture(site, tmp_path, "--with-original", "--json")
        assert ran.code == 0
        assert paths(ran) == {"/reprint": "", "/original": "L", "/s.css": "LE"}
        ids = {one["discovery_path"]: one["capture_id"] for one in ran.lines}
        (link,) = manifest(tmp_path, ids["L"])["observation"]["links"]
        assert (link["relation"], link["capture_id"]) == ("linked-from", ids[""])


def test_redirects_to_the_original_are_followed(tmp_path: Path) -> None:
    moved = Answer(code=301, headers=(("Location", "/original"),))
    with Outlet({"/old": moved, "/original": Answer(PAGE)}) as site:
        site.answers["/reprint"] = reprint(based_on=site.url("/old"))
        ran = capture(site, tmp_path, "--with-original", "--json")
    assert paths(ran) == {"/reprint": "", "/old": "L", "/original": "LR"}


def test_the_original_of_the_original_is_left_alone_and_nothing_is_asked_for_without_the_option(tmp_path: Path) -> None:
    with Outlet({"/first": Answer(PAGE)}) as site:
        site.answers["/original"] = reprint(based_on=site.url("/first").replace("127.0.0.1", "localhost"))
        site.answers["/reprint"] = reprint(based_on=site.url("/original"))
        assert paths(capture(site, tmp_path, "--json")) == {"/reprint": ""}
        assert paths(capture(site, tmp_path, "--with-original", "--json")) == {"/reprint": "", "/original": "L"}


@pytest.mark.parametrize(
    "body", ["<p>First published in Tide Watch.</p>", '<p>First published in <a href="{}">Tide Watch</a>.</p>']
)
def test_an_original_without_the_address_of_an_article_is_refused_politely(tmp_path: Path, body: str) -> None:
    with Outlet({}) as site:
        said = body.format(site.url("/")).encode()
        site.answers["/reprint"] = Answer(PAGE.replace(b"<h1>", said + b"<h1>", 1))
        ran = capture(site, tmp_path, "--with-original", "--json")
        told = capture(site, tmp_path, "--with-original")
    refused = next(one for one in ran.lines if one["discovery_path"] == "L")
    assert (ran.code, refused["outcome"], refused["reason"]) == (0, "refused-with-reason", "original-without-url")
    assert (refused["capture_id"], told.code) == (None, 0)
    assert "original: original-without-url" in told.err


def test_an_original_that_may_not_be_reached_is_refused_like_any_other_address(tmp_path: Path) -> None:
    with Outlet({"/original": Answer(PAGE)}) as site:
        site.answers["/reprint"] = reprint(based_on="http://10.255.255.1/original")
        ran = capture(site, tmp_path, "--with-original", "--json")
    refused = next(one for one in ran.lines if one["discovery_path"] == "L")
    assert (refused["outcome"], refused["reason"], ran.code) == ("refused-with-reason", "address-refused", 0)


def test_secrets_stay_with_the_page_s_host(tmp_path: Path) -> None:
    with Outlet({"/original": Answer(PAGE)}) as site:
        site.answers["/reprint"] = reprint(based_on=site.url("/original"))
        capture(site, tmp_path, "--with-original", "--secret-header", "X-Key: nets")
    sent = {path: headers.get("x-key") for path, headers in site.requests if path != "/robots.txt"}
    assert sent == {"/reprint": "nets", "/original": None}
