# SPDX-License-Identifier: Apache-2.0
"""What robots.txt says about uses by machines becomes notices of the site, with their bytes."""

import pytest

from archiver.extract import read
from manifests.ranges import read_ranges

ROBOTS = b"""# the harbour's rules
User-agent: *
Allow: /
Content-Signal: ai-train=no, search=yes  # since spring

User-agent: lampbot
User-agent: quaybot
Disallow: /drafts/
Content-Usage: train-ai=n

License: https://rights.harbour.example/license.xml
"""


def _notices(url="https://harbour.example/robots.txt", content=ROBOTS):
    return read(content, url=url, content_type="text/plain").notices


def test_preferences_are_told_with_their_use_value_and_agents():
    told = [(n.kind, n.usage, n.value, n.agents) for n in _notices() if n.kind == "ai-preference"]
    assert told == [
        ("ai-preference", "ai-train", "disallow", ()),
        ("ai-preference", "search", "allow", ()),
        ("ai-preference", "train-ai", "disallow", ("lampbot", "quaybot")),
    ]


def test_the_license_of_the_site_is_told():
    (told,) = [n for n in _notices() if n.kind == "license"]
    assert told.license_url == "https://rights.harbour.example/license.xml"


def test_the_words_are_the_sites_and_read_back_from_their_bytes():
    found = _notices()
    assert found
    for notice in found:
        assert notice.evidence.authority.kind == "site"
        assert notice.evidence.place.ranges
        assert read_ranges(ROBOTS, notice.evidence.place.ranges, "utf-8") == notice.text
    assert found[0].text == "Content-Signal: ai-train=no, search=yes"


@pytest.mark.parametrize(
    "url", ["https://harbour.example/notes/robots.txt", "https://harbour.example/x", "http://[/robots.txt"]
)
def test_other_files_are_no_robots_txt(url):
    assert [n for n in _notices(url) if n.kind == "ai-preference"] == []


@pytest.mark.parametrize(
    "content", [b"", b"Content-Signal:", b"User-agent\nContent-Usage train-ai=n", b"\xff\xfe\x00C"]
)
def test_lines_that_say_nothing_are_passed_over(content):
    assert _notices(content=content) == ()
