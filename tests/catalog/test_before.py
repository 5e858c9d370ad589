# SPDX-License-Identifier: Apache-2.0
"""The captures of a URL before a time: what a later one is compared with."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.catalog.catalog import Catalog
from manifests import Outcome
from tests.catalog.captures import AT, URL, manifest, not_modified, placed, segment, uuid

HOUR = timedelta(hours=1)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    one = Catalog(tmp_path / "catalog.sqlite")
    one.prepare()
    one.add(
        segment(),
        placed(
            manifest(1, at=AT, notices=["All rights reserved.", "\u00a9 Ada"]),
            manifest(2, at=AT + HOUR, outcome=Outcome.FAILED),
            not_modified(3, of=1, at=AT + 2 * HOUR),
            manifest(4, at=AT + 3 * HOUR, code=503),
            manifest(5, "http://www.gazette.example/tides", at=AT),
            manifest(6, at=AT + 4 * HOUR),
        ),
    )
    yield one
    one.close()


def test_the_newest_comes_first_and_the_time_itself_is_not_before(catalog: Catalog) -> None:
    found = catalog.before(URL, AT + 4 * HOUR)
    assert [one.capture_id for one in found] == [uuid(4), uuid(2), uuid(1)]
    assert len(found[-1].notices) == 2


def test_an_answer_that_nothing_has_changed_and_another_spelling_are_left_out(catalog: Catalog) -> None:
    held = {one.capture_id for one in catalog.before(URL, AT + 9 * HOUR)}
    assert held == {uuid(1), uuid(2), uuid(4), uuid(6)}


def test_of_many_the_last_are_given(catalog: Catalog) -> None:
    assert [one.capture_id for one in catalog.before(URL, AT + 9 * HOUR, limit=2)] == [uuid(6), uuid(4)]


def test_before_the_first_there_is_nothing(catalog: Catalog) -> None:
    assert catalog.before(URL, AT) == []
