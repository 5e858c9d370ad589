# SPDX-License-Identifier: Apache-2.0
"""Changes over a whole archive: which captures of a page are compared, and which changes are told."""

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.catalog.catalog import Catalog
from archiver.errors import BadInput
from archiver.services.changes import Change, Tally, Wanted, changes
from manifests import CaptureManifest, Confidence, Notice, Outcome
from manifests.capture import Suspicion
from tests.catalog.captures import AT, WORDS, manifest, not_modified, placed, segment, uuid

DAY = timedelta(days=1)
URL = "https://www.gazette.example/tides"
BY, BY_NC = "CC-BY-4.0", "CC-BY-NC-4.0"


def _said(one: CaptureManifest, *notices: tuple[str, str, str | None], **claims: Any) -> CaptureManifest:
    """The capture with these notices: kind, text, SPDX identifier of the licence."""
    found = tuple(
        Notice(kind=kind, text=text, license=spdx, evidence=WORDS, confidence=Confidence.HIGH, reason="a rule")
        for kind, text, spdx in notices
    )
    assert one.claims is not None
    return one.model_copy(update={"claims": one.claims.model_copy(update={"notices": found, **claims})})


def _licensed(number: int, day: int, spdx: str | None, url: str = URL, **fields: Any) -> CaptureManifest:
    one = manifest(number, url, AT + day * DAY, **fields)
    return _said(one, ("license", f"All content is {spdx}", spdx)) if spdx else one


class Shelf:
    """A catalog to be filled and asked."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.tally = Tally()

    def hold(self, *captures: CaptureManifest, name: str = "a") -> None:
        assert self.catalog.add(segment(name), placed(*captures))

    def told(self, **wanted: Any) -> list[Change]:
        return list(changes(self.catalog, Wanted(**wanted), self.tally))

    def ids(self, **wanted: Any) -> list[tuple[str, str]]:
        return [(one.older.capture_id[:8], one.newer.capture_id[:8]) for one in self.told(**wanted)]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.prepare()
    yield Shelf(catalog)
    catalog.close()


def test_a_change_is_told_with_both_sides_and_both_captures(shelf: Shelf) -> None:
    shelf.hold(_licensed(1, 0, BY), _licensed(2, 1, BY_NC))
    (change,) = shelf.told()
    assert (change.kind, change.how) == ("license", "reworded")
    assert change.before is not None
    assert change.after is not None
    assert (change.before.text, change.before.license) == (f"All content is {BY}", BY)
    assert (change.after.text, change.after.license) == (f"All content is {BY_NC}", BY_NC)
    assert (change.older.capture_id, change.newer.capture_id) == (uuid(1), uuid(2))
    assert change.newer.fetched_at - change.older.fetched_at == DAY


def test_every_page_that_left_a_licence_in_any_version_is_found(shelf: Shelf) -> None:
    others = [URL + str(n) for n in range(5)]
    shelf.hold(
        _licensed(1, 0, BY), _licensed(2, 1, BY_NC),  # left
        _licensed(3, 0, "CC-BY-3.0", others[0]), _licensed(4, 1, None, others[0]),  # left for nothing
        _licensed(5, 0, "CC-BY-3.0", others[1]), _licensed(6, 1, BY, others[1]),  # another version of it
        _licensed(7, 0, BY_NC, others[2]), _licensed(8, 1, BY, others[2]),  # the other way round
        _licensed(9, 0, BY, others[3]),  # captured once
        _licensed(10, 0, BY, others[4]),
        _said(manifest(11, others[4], AT + DAY), ("license", f"Unless noted: {BY}", BY)),  # said elsewhere on the page
    )  # fmt: skip
    assert shelf.ids(kind="license", left="CC-BY") == [(uuid(1)[:8], uuid(2)[:8]), (uuid(3)[:8], uuid(4)[:8])]
    assert len(shelf.told(left="CC-BY", came="CC-BY-NC")) == 1
    assert len(shelf.told(came="CC-BY")) == 1
    assert len(shelf.told(kind="copyright")) == 0


def test_a_licence_left_for_reserved_rights_is_told_by_both_notices(shelf: Shelf) -> None:
    closed = _said(manifest(2, URL, AT + DAY), ("copyright", "© 2026 Ada. All rights reserved.", None))
    shelf.hold(_licensed(1, 0, BY), closed)
    assert [(one.kind, one.how) for one in shelf.told(left="CC-BY", came="all rights reserved")] == [
        ("license", "removed"),
        ("copyright", "added"),
    ]
    assert [one.kind for one in shelf.told(left="CC-BY")] == ["license"]


def test_what_does_not_show_the_page_is_passed_by(shelf: Shelf) -> None:
    check = _said(
        manifest(6, URL, AT + 5 * DAY),
        suspected=(Suspicion(sign="bot-check", confidence=Confidence.HIGH, reason="a rule"),),
    )
    shelf.hold(
        _licensed(1, 0, BY),
        _licensed(2, 1, None, code=503),
        _licensed(3, 2, None, code=404),
        manifest(4, URL, AT + 3 * DAY, outcome=Outcome.FAILED),
        not_modified(5, of=1, at=AT + 4 * DAY, url=URL),
        check,
        manifest(7, URL, AT + 6 * DAY, outcome=Outcome.CAPTURED_TRUNCATED),
        _licensed(8, 7, BY),
    )
    assert shelf.told() == []
    shelf.hold(_licensed(9, 8, BY_NC), name="b")
    assert shelf.ids() == [(uuid(8)[:8], uuid(9)[:8])]


def test_captures_read_by_two_extractors_are_passed_over_and_counted(shelf: Shelf) -> None:
    shelf.hold(
        _licensed(1, 0, BY, version="1"), _licensed(2, 1, None, version="2"), _licensed(3, 2, BY, version="2"),
        _licensed(4, 3, BY, version="3"),
    )  # fmt: skip
    assert [(one.how, one.newer.capture_id) for one in shelf.told()] == [("added", uuid(3))]
    assert shelf.tally.passed_over == 2


def test_a_page_that_moves_to_https_is_the_same_page_and_one_of_another_case_is_not(shelf: Shelf) -> None:
    shelf.hold(
        _licensed(1, 0, BY, "http://gazette.example/tides"),
        _licensed(2, 1, BY_NC, "https://www.gazette.example/tides/"),
        _licensed(3, 0, BY, "http://gazette.example/v?id=aB"),
        _licensed(4, 1, BY_NC, "http://gazette.example/v?id=Ab"),
    )
    assert shelf.ids() == [(uuid(1)[:8], uuid(2)[:8])]


def test_publishers_change_and_titles_only_when_they_are_asked_for(shelf: Shelf) -> None:
    shelf.hold(
        manifest(1, URL, AT, publisher="The Gazette"),
        manifest(2, URL, AT + DAY, publisher="The Herald"),
        manifest(3, URL, AT + 2 * DAY),
    )
    assert [(one.kind, one.how) for one in shelf.told()] == [("publisher", "reworded"), ("publisher", "removed")]
    assert [one.how for one in shelf.told(left="gazette")] == ["reworded"]
    assert [one.how for one in shelf.told(kind="publisher", came="The Herald")] == ["reworded"]
    assert shelf.told(kind="title") == []


def test_hosts_and_times_narrow_it_down(shelf: Shelf) -> None:
    other = "http://herald.example:8080/a"
    shelf.hold(_licensed(1, 0, BY), _licensed(2, 1, BY_NC), _licensed(3, 4, BY, other), _licensed(4, 5, BY_NC, other))
    assert len(shelf.told()) == 2
    for host, ids in (("gazette.example", [2]), ("www.gazette.example", [2]), ("herald.example", [4]), ("example", [])):
        assert [one.newer.capture_id for one in shelf.told(host=host)] == [uuid(n) for n in ids], host
    assert [one.newer.capture_id for one in shelf.told(since=AT + 2 * DAY)] == [uuid(4)]
    assert [one.newer.capture_id for one in shelf.told(until=AT + 5 * DAY)] == [uuid(2)]


def test_a_kind_that_is_none_and_a_value_without_words_are_mistakes(shelf: Shelf) -> None:
    for wanted in ({"kind": "licence"}, {"left": " "}, {"came": "--"}, {"host": ""}, {"host": "https://a.example/"}):
        with pytest.raises(BadInput):
            shelf.told(**wanted)


def test_words_in_another_voice_than_the_publishers_are_no_change(shelf: Shelf) -> None:
    comment = _licensed(2, 1, BY)
    assert comment.claims is not None
    said = [one.model_copy(update={"voice": "comment"}) for one in comment.claims.notices]
    shelf.hold(_licensed(1, 0, None), _said(comment, notices=tuple(said)))
    assert shelf.told() == []


def test_one_page_at_a_time_is_held_in_memory(shelf: Shelf) -> None:
    pages, number = 800, 0
    for visit, spdx in enumerate((BY, BY_NC)):
        shelf.hold(*(_licensed(number + n, visit, spdx, f"{URL}/{n}") for n in range(pages)), name="ab"[visit])
        number += pages
    tracemalloc.start()
    try:
        assert sum(1 for _ in changes(shelf.catalog, Wanted(), Tally())) == pages
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()
