# SPDX-License-Identifier: Apache-2.0
"""Captures in the order of their addresses and times."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.catalog.catalog import Catalog
from archiver.catalog.histories import address_of, walking
from manifests import Outcome
from tests.catalog.captures import AT, manifest, not_modified, placed, segment, uuid

URL = "http://gazette.example/tides"
DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.prepare()
    catalog.add(
        segment(),
        placed(
            manifest(3, URL, AT + 2 * DAY, notices=["b", "a"], publisher="The Gazette"),
            manifest(1, URL, AT, content=b"x", notices=["a"]),
            not_modified(2, of=1, at=AT + DAY, url=URL),
            manifest(4, URL + "/", AT + 3 * DAY, outcome=Outcome.FAILED),
            manifest(5, "http://gazette.example/Tides", AT),
            manifest(6, "http://gazette.example/alone", AT),
        ),
    )
    yield catalog.path
    catalog.close()


def test_the_captures_of_an_address_are_given_oldest_first_with_what_they_say(path: Path) -> None:
    with walking(path) as walk:
        found = walk.of("https://www.gazette.example/tides")
        assert [one.capture_id for one in found] == [uuid(n) for n in (1, 2, 3, 4)]
        assert [one.not_modified for one in found] == [False, True, False, False]
        assert [sorted(notice.text for notice in walk.notices(one.notices)) for one in found] == [
            ["a"],
            [],
            ["a", "b"],
            [],
        ]
        assert [(one.publisher, one.extractor) for one in found[2:]] == [("The Gazette", "tests/0"), (None, None)]
        assert [one.response_code for one in found] == [200, 304, 200, None]


def test_only_addresses_whose_captures_differ_are_walked_through(path: Path) -> None:
    with walking(path) as walk:
        assert [[one.capture_id for one in several] for several in walk.all()] == [[uuid(1), uuid(3)]]
        assert list(walk.all("herald.example")) == []


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("http://a.example/x", "https://www.a.example/x/", True),
        ("http://www2.a.example/", "http://a.example", True),
        ("http://a.example/x", "http://a.example/X", False),
        ("http://a.example/x?a=1&b=2", "http://a.example/x?b=2&a=1", False),
        ("http://b.a.example/", "http://a.example/", False),
        ("http://a.example:8080/", "http://a.example/", False),
    ],
)
def test_an_address_is_a_url_up_to_scheme_www_and_a_final_slash(url: str, other: str, same: bool) -> None:
    assert (address_of(url) == address_of(other)) is same
